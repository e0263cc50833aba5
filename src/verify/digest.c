/* SPDX-License-Identifier: MIT */
/*
 * A digest of the end state, and with it "parallel = serial".
 *
 * Sums of one hash a page and one a block: the order in which things were done leaves no trace in
 * it, and two end states can be compared without holding both in memory.
 */
#include <errno.h>

#include "verify/examination.h"
#include "verify/struct_pages.h"

/* A mixing step: each bit of @value reaches about half of the bits of the result. */
static uint64_t mix(uint64_t hash, uint64_t value)
{
	hash = (hash ^ value) * 0x9e3779b97f4a7c15ull;
	return hash ^ hash >> 29;
}

static uint64_t hash_page(uint64_t pfn, const struct mmi_page *page)
{
	uint64_t hash = mix(0, pfn);

	hash = mix(hash, page->flags);
	hash = mix(hash, page->mapping);
	hash = mix(hash, page->index);
	hash = mix(hash, page->private_data);
	hash = mix(hash, (uint64_t)page->page_type << 32 | (uint32_t)page->refcount);
	return mix(hash, page->memcg_data);
}

static uint64_t hash_block(const struct mmi_listed_block *block)
{
	uint64_t hash = mix(1, block->pfn);

	hash = mix(hash, block->order);
	hash = mix(hash, block->type);
	return mix(hash, (uint64_t)block->zone->nid << 8 | block->zone->type);
}

void mmi_verify_digest(const struct mmi_system *system, struct mmi_digest *digest)
{
	const struct mmi_memmap *map = &system->mem.map;
	struct mmi_list_walk walk = {.mem = &system->mem};
	struct mmi_listed_block block;
	struct mmi_pfn_range run = {0};
	enum mmi_walk_step step;

	*digest = (struct mmi_digest){0};
	while (mmi_valid_run(map, run.end_pfn, &run)) {
		digest->nr_pages += run.end_pfn - run.start_pfn;
		for (uint64_t pfn = run.start_pfn; pfn < run.end_pfn; pfn++)
			digest->pages += hash_page(pfn, mmi_pfn_page(map, pfn));
	}
	while ((step = mmi_list_walk_next(&walk, &block)) != MMI_WALK_END) {
		digest->nr_blocks += step == MMI_WALK_BLOCK;
		digest->blocks += hash_block(&block) + (uint64_t)step;
	}
}

static bool is_equal(const struct mmi_digest *a, const struct mmi_digest *b)
{
	return a->nr_pages == b->nr_pages && a->pages == b->pages && a->nr_blocks == b->nr_blocks &&
	       a->blocks == b->blocks;
}

/* Boots the machine of @system once more, on @serial, and digests what comes out. */
static int boot_serially(const struct mmi_system *system, const struct mmi_platform *serial,
			 struct mmi_digest *digest, struct mmi_error *err)
{
	struct mmi_machine machine = *system->mem.machine;
	struct mmi_system_options options = system->options;
	struct mmi_system *second;
	int ret;

	machine.platform = serial;
	options.plan.nr_threads = 1;
	options.run = (struct mmi_run_params){.batch = system->options.run.batch};
	ret = mmi_system_create(&machine, &options, &second, err);
	if (ret)
		return ret;
	ret = mmi_system_boot(second, err);
	if (!ret)
		mmi_verify_digest(second, digest);
	mmi_system_destroy(second);
	return ret;
}

int mmi_verify_serial(const struct mmi_system *system, const struct mmi_platform *serial,
		      struct mmi_verdict *verdict, struct mmi_error *err)
{
	struct mmi_examination x = {.system = system, .verdict = verdict};
	struct mmi_digest parallel, once_more;
	int ret = mmi_block_changes_init(&x.changes, system);
	const bool has_changed = x.changes.nr || x.changes.has_others;

	mmi_block_changes_deinit(&x.changes);
	if (ret)
		return mmi_error_set(err, ret, "no memory to judge memory that came and went");
	if (has_changed)
		return mmi_error_set(err, -EINVAL,
				     "memory has come or gone since boot: no boot gives the same");
	ret = boot_serially(system, serial, &once_more, err);
	if (ret)
		return ret;
	mmi_verify_digest(system, &parallel);
	mmi_examination_judge(&x, 9, parallel.nr_pages);
	if (!is_equal(&parallel, &once_more))
		mmi_examination_offend_somewhere(
		    &x, 9, system->mem.map.start_pfn,
		    "serial work gives other struct pages or free blocks: digest 0x%llx 0x%llx, "
		    "this system has 0x%llx 0x%llx",
		    (unsigned long long)once_more.pages, (unsigned long long)once_more.blocks,
		    (unsigned long long)parallel.pages, (unsigned long long)parallel.blocks);
	return 0;
}
