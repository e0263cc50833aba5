/* SPDX-License-Identifier: MIT */
/* Invariant 9: every struct page, pageblock and free block against the third reference. */
#include <errno.h>
#include <stdlib.h>

#include "verify/examination.h"
#include "verify/reference.h"
#include "verify/struct_pages.h"

struct count {
	uint64_t nr_pages;  /* with a struct page */
	uint64_t nr_blocks; /* free */
};

static void give_movable_starts(struct mmi_reference *reference, const struct mmi_layout *layout)
{
	for (size_t i = 0; i < layout->machine->nr_nodes; i++)
		reference->movable_start_pfn[layout->nodes[i].nid] =
		    layout->nodes[i].movable_start_pfn;
}

/* Compares all but the list links, which no order of work has to repeat. */
static void compare_page(struct mmi_examination *x, uint64_t pfn, const struct mmi_page *page,
			 const struct mmi_page *expected)
{
	const struct {
		const char *name;
		uint64_t is, expected;
	} fields[] = {
	    {"flags", page->flags, expected->flags},
	    {"refcount", (uint32_t)page->refcount, (uint32_t)expected->refcount},
	    {"page_type", page->page_type, expected->page_type},
	    {"order", page->private_data, expected->private_data},
	    {"mapping", page->mapping, expected->mapping},
	    {"index", page->index, expected->index},
	    {"memcg_data", page->memcg_data, expected->memcg_data},
	};

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		if (fields[i].is == fields[i].expected)
			continue;
		mmi_examination_offend(
		    x, 9, pfn, "struct page: %s 0x%llx, the reference has 0x%llx", fields[i].name,
		    (unsigned long long)fields[i].is, (unsigned long long)fields[i].expected);
		return;
	}
}

static bool is_equal(const struct mmi_page *a, const struct mmi_page *b)
{
	return a->flags == b->flags && a->refcount == b->refcount && a->page_type == b->page_type &&
	       a->private_data == b->private_data && a->mapping == b->mapping &&
	       a->index == b->index && a->memcg_data == b->memcg_data;
}

static void compare_block(struct mmi_examination *x, const struct mmi_reference *reference,
			  struct count *count)
{
	const struct mmi_memmap *map = &x->system->mem.map;
	const uint64_t sub_pages = mmi_subsection_pages(&map->geometry);
	const uint64_t pageblock_pages = mmi_pageblock_pages(&map->geometry);
	const uint64_t step = sub_pages < pageblock_pages ? sub_pages : pageblock_pages;

	for (uint64_t i = 0; i < mmi_block_pages(&map->geometry); i++) {
		const uint64_t pfn = reference->block_pfn + i;
		const struct mmi_reference_page *page = &reference->pages[i];

		if (mmi_pfn_valid(map, pfn) != page->is_valid)
			mmi_examination_offend(x, 9, pfn, "struct page %s, not so by the reference",
					       page->is_valid ? "missing" : "present");
		if (!page->is_valid || !mmi_pfn_valid(map, pfn))
			continue;
		const struct mmi_page expected = mmi_reference_struct_page(page);
		if (!is_equal(mmi_pfn_page(map, pfn), &expected))
			compare_page(x, pfn, mmi_pfn_page(map, pfn), &expected);
		if (i % step == 0 && mmi_pageblock_type(map, pfn) != MMI_MIGRATE_MOVABLE)
			mmi_examination_offend(
			    x, 9, pfn, "pageblock of migratetype %d, at boot all are %d",
			    (int)mmi_pageblock_type(map, pfn), MMI_MIGRATE_MOVABLE);
		count->nr_pages++;
		count->nr_blocks += page->order >= 0;
	}
}

/*
 * The free blocks that the lists hold.  Each has been compared by its head page; here it must be
 * on a list of the order and migratetype that the reference has, and no head may be on no list.
 */
static void compare_lists(struct mmi_examination *x, uint64_t nr_expected)
{
	const struct mmi_mem *mem = &x->system->mem;
	struct mmi_list_walk walk = {.mem = mem};
	struct mmi_listed_block block;
	enum mmi_walk_step step;
	uint64_t nr_blocks = 0;

	while ((step = mmi_list_walk_next(&walk, &block)) != MMI_WALK_END) {
		if (step == MMI_WALK_TORN)
			continue;
		nr_blocks++;
		if (block.type != MMI_MIGRATE_MOVABLE ||
		    mmi_head_order(&mem->map, block.pfn) != (int)block.order)
			mmi_examination_offend(
			    x, 9, block.pfn,
			    "free block on the list of order %u, migratetype %d: not so by the "
			    "reference",
			    block.order, (int)block.type);
	}
	if (nr_blocks != nr_expected)
		mmi_examination_offend_somewhere(
		    x, 9, mem->map.start_pfn, "%llu free blocks on lists, the reference has %llu",
		    (unsigned long long)nr_blocks, (unsigned long long)nr_expected);
}

/* No struct page is where the reference has none. */
static void compare_presence(struct mmi_examination *x, uint64_t nr_expected)
{
	const struct mmi_memmap *map = &x->system->mem.map;
	struct mmi_pfn_range run = {0};
	uint64_t nr_pages = 0;

	while (mmi_valid_run(map, run.end_pfn, &run))
		nr_pages += run.end_pfn - run.start_pfn;
	if (nr_pages != nr_expected)
		mmi_examination_offend_somewhere(
		    x, 9, map->start_pfn, "%llu struct pages, the reference has %llu",
		    (unsigned long long)nr_pages, (unsigned long long)nr_expected);
}

int mmi_check_reference(struct mmi_examination *x, struct mmi_error *err)
{
	struct mmi_reference *reference;
	struct count count = {0};

	if (x->changes.has_others) {
		mmi_examination_pass_over(x, 9,
					  "the reference knows no devices, and nothing of what "
					  "balloons keep");
		return 0;
	}
	reference = calloc(1, sizeof(*reference));
	if (!reference)
		return mmi_error_set(err, -ENOMEM, "no memory for the reference");
	mmi_reference_init(reference, x->system->mem.machine);
	give_movable_starts(reference, &x->system->mem.layout);
	reference->changed = x->changes.blocks;
	reference->nr_changed = x->changes.nr;
	while (mmi_reference_next(reference))
		compare_block(x, reference, &count);
	mmi_examination_judge(x, 9, count.nr_pages);
	compare_lists(x, count.nr_blocks);
	compare_presence(x, count.nr_pages);
	free(reference);
	return 0;
}
