/* SPDX-License-Identifier: MIT */
/*
 * Invariants 7 and 8: each free block on a list is what a free block must be.
 *
 * Every page of every block is looked at, not its head alone.
 */
#include "verify/examination.h"
#include "verify/struct_pages.h"

/* Has every page of [start_pfn, end_pfn) a struct page? */
static bool is_all_valid(const struct mmi_memmap *map, uint64_t start_pfn, uint64_t end_pfn)
{
	const uint64_t sub_pages = mmi_subsection_pages(&map->geometry);

	for (uint64_t pfn = start_pfn; pfn < end_pfn;
	     pfn = mmi_align_down(pfn, sub_pages) + sub_pages)
		if (!mmi_pfn_valid(map, pfn))
			return false;
	return true;
}

/* The block has a place where a block of its order can be. */
static bool check_place(struct mmi_examination *x, const struct mmi_listed_block *block)
{
	const struct mmi_zone *zone = block->zone;
	const uint64_t nr_pages = 1ull << block->order;
	const char *what = NULL;

	if (block->pfn & (nr_pages - 1))
		what = "is not aligned to its order";
	else if (!is_all_valid(&x->system->mem.map, block->pfn, block->pfn + nr_pages))
		what = "reaches where no struct pages are";
	else if (block->pfn < zone->start_pfn ||
		 block->pfn + nr_pages > zone->start_pfn + zone->nr_spanned_pages)
		what = "lies outside of its zone";
	if (what)
		mmi_examination_offend(x, 7, block->pfn, "free block of order %u %s", block->order,
				       what);
	return !what;
}

static bool is_linked_to(const struct mmi_page *page, const struct mmi_zone *zone)
{
	return mmi_flags_nid(page->flags) == zone->nid && mmi_flags_zone(page->flags) == zone->type;
}

/* Its pages are managed, of its zone, and marked as they must be. */
static void check_pages(struct mmi_examination *x, const struct mmi_listed_block *block)
{
	const struct mmi_memmap *map = &x->system->mem.map;
	const struct mmi_zone *zone = block->zone;
	const struct mmi_page *page = mmi_pfn_page(map, block->pfn);

	if (mmi_head_order(map, block->pfn) != (int)block->order)
		mmi_examination_offend(x, 7, block->pfn,
				       "on a list of order %u, its head is not marked so",
				       block->order);
	for (uint64_t i = 0; i < 1ull << block->order; i++) {
		if (!is_linked_to(&page[i], zone))
			mmi_examination_offend(
			    x, 7, block->pfn + i,
			    "linked to node %d zone %d, in a free block of node %d zone %s",
			    mmi_flags_nid(page[i].flags), (int)mmi_flags_zone(page[i].flags),
			    zone->nid, mmi_zone_type_name(zone->type));
		if (page[i].flags & MMI_PG_RESERVED)
			mmi_examination_offend(x, 7, block->pfn + i, "reserved, in a free block");
		if (i && page[i].page_type != MMI_PAGE_TYPE_NONE)
			mmi_examination_offend(x, 7, block->pfn + i,
					       "inside a free block, with a page type of its own");
	}
}

static void check_types(struct mmi_examination *x, const struct mmi_listed_block *block)
{
	const struct mmi_memmap *map = &x->system->mem.map;
	const uint64_t pageblock_pages = mmi_pageblock_pages(&map->geometry);
	const enum mmi_migratetype type = mmi_pageblock_type(map, block->pfn);

	if (type != block->type)
		mmi_examination_offend(x, 8, block->pfn,
				       "on the list of migratetype %d, its pageblock has %d",
				       (int)block->type, (int)type);
	for (uint64_t i = pageblock_pages; i < 1ull << block->order; i += pageblock_pages) {
		const enum mmi_migratetype other = mmi_pageblock_type(map, block->pfn + i);
		if (other != type)
			mmi_examination_offend(
			    x, 7, block->pfn + i,
			    "pageblock of migratetype %d in a free block that begins with %d",
			    (int)other, (int)type);
	}
}

/* Its buddy is not free, or cannot be joined with it. */
static void check_buddy(struct mmi_examination *x, const struct mmi_listed_block *block)
{
	const struct mmi_memmap *map = &x->system->mem.map;
	const uint64_t buddy_pfn = block->pfn ^ 1ull << block->order;

	if (block->order >= map->geometry.max_page_order || !mmi_pfn_valid(map, buddy_pfn) ||
	    mmi_head_order(map, buddy_pfn) != (int)block->order ||
	    !is_linked_to(mmi_pfn_page(map, buddy_pfn), block->zone))
		return;
	if (mmi_pageblock_type(map, buddy_pfn) == mmi_pageblock_type(map, block->pfn))
		mmi_examination_offend(x, 7, block->pfn < buddy_pfn ? block->pfn : buddy_pfn,
				       "two free buddies of order %u that were not merged",
				       block->order);
}

void mmi_check_blocks(struct mmi_examination *x)
{
	struct mmi_list_walk walk = {.mem = &x->system->mem};
	struct mmi_listed_block block;
	enum mmi_walk_step step;

	mmi_examination_judge(x, 7, 0);
	mmi_examination_judge(x, 8, 0);
	while ((step = mmi_list_walk_next(&walk, &block)) != MMI_WALK_END) {
		if (step == MMI_WALK_TORN) /* the counters' checker has said it */
			continue;
		mmi_examination_judge(x, 7, 1);
		mmi_examination_judge(x, 8, 1);
		if (!check_place(x, &block))
			continue;
		check_pages(x, &block);
		check_types(x, &block);
		check_buddy(x, &block);
	}
}
