/* SPDX-License-Identifier: MIT */
/* Cuts a plan into blocks, and does one at a time. */
#include "tune/one_block.h"

#include <errno.h>

#include "memmap/atomic.h"

static uint64_t count_blocks(const struct mmi_plan *plan, uint64_t block_pages)
{
	uint64_t nr_blocks = 0;

	for (uint64_t i = 0; i < plan->nr_chunks; i++)
		nr_blocks += (plan->chunks[i].end_pfn - plan->chunks[i].start_pfn) / block_pages;
	return nr_blocks;
}

/* The blocks of @group's chunks to @blocks, where @nr_before stand; each counts as a unit. */
static uint64_t cut_group(const struct mmi_plan *plan, struct mmi_group *group,
			  uint64_t block_pages, struct mmi_chunk *blocks, uint64_t nr_before)
{
	uint64_t nr = nr_before;

	for (uint64_t i = 0; i < group->nr_chunks; i++) {
		const struct mmi_chunk *chunk = &plan->chunks[group->first_chunk + i];
		for (uint64_t pfn = chunk->start_pfn; pfn < chunk->end_pfn; pfn += block_pages) {
			const uint32_t unit = (uint32_t)(nr - nr_before);
			blocks[nr++] = (struct mmi_chunk){pfn, pfn + block_pages, unit, 1};
		}
	}
	group->first_chunk = nr_before;
	group->nr_chunks = nr - nr_before;
	group->nr_units = (uint32_t)(nr - nr_before);
	group->chunk_pages = block_pages;
	return nr;
}

static int make_plan(struct mmi_plan *plan, const struct mmi_layout *layout,
		     const struct mmi_plan_params *params, struct mmi_error *err)
{
	const struct mmi_platform *platform = layout->machine->platform;
	const uint64_t block_pages = mmi_block_pages(&layout->machine->geometry);
	int ret = mmi_plan_init(plan, layout, params, err);

	if (ret)
		return ret;
	const uint64_t nr_blocks = count_blocks(plan, block_pages);
	struct mmi_chunk *blocks =
	    platform->ops->alloc(platform->ctx, (nr_blocks + 1) * sizeof(*blocks));
	if (!blocks) {
		mmi_plan_deinit(plan);
		return mmi_error_set(err, -ENOMEM, "no memory for a plan of %llu blocks",
				     (unsigned long long)nr_blocks);
	}
	uint64_t nr = 0;
	for (size_t i = 0; i < plan->nr_groups; i++)
		nr = cut_group(plan, &plan->groups[i], block_pages, blocks, nr);
	platform->ops->free(platform->ctx, plan->chunks,
			    plan->chunk_capacity * sizeof(*plan->chunks));
	plan->chunks = blocks;
	plan->chunk_capacity = nr_blocks + 1;
	plan->nr_chunks = nr;
	return 0;
}

/* A block of a present section.  READY says little of it: another's block may not be done. */
static void do_block(struct mmi_worker *worker, struct mmi_section *section, uint64_t start_pfn)
{
	const struct mmi_geometry *g = &mmi_worker_mem(worker)->map.geometry;
	const uint64_t end_pfn = start_pfn + mmi_block_pages(g);

	for (uint64_t pfn = start_pfn; pfn < end_pfn; pfn += mmi_pageblock_pages(g))
		mmi_worker_set_pageblock(worker, pfn, MMI_MIGRATE_MOVABLE);
	mmi_worker_init_pages(worker, start_pfn, end_pfn);
	mmi_worker_free_pages(worker, start_pfn, end_pfn);
	mmi_atomic_publish32(&section->state, MMI_SECTION_READY);
}

/* A block of the plan's, or an early run of whole sections. */
static void do_chunk(struct mmi_worker *worker, uint64_t start_pfn, uint64_t end_pfn)
{
	const struct mmi_memmap *map = &mmi_worker_mem(worker)->map;

	for (uint64_t pfn = start_pfn; pfn < end_pfn; pfn += mmi_block_pages(&map->geometry)) {
		struct mmi_section *section = mmi_pfn_section(map, pfn);
		if (mmi_atomic_read32(&section->state) != MMI_SECTION_ABSENT)
			do_block(worker, section, pfn);
	}
}

static const struct mmi_deferred_ops one_block = {
    .name = "mminit-one-block",
    .plan = make_plan,
    .chunk = do_chunk,
};

const struct mmi_deferred_ops *mmi_one_block_chunks(void)
{
	return &one_block;
}

bool mmi_one_block_applies(const struct mmi_geometry *geometry)
{
	return mmi_block_pages(geometry) < mmi_unit_pages(geometry, false);
}
