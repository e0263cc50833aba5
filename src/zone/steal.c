/* SPDX-License-Identifier: MIT */
/*
 * Taking free blocks of another migratetype when the wanted one has none left.
 *
 * A migratetype keeps what it takes together: where at least half of a pageblock is free, the
 * whole pageblock changes its type, and all its free blocks move to the lists of the new type.
 * Otherwise one block is taken, the smallest that will do, and what is split off stays with the
 * old type.  Either way no free block is left on a list that is not its pageblock's.
 */
#include "memmap/page_init.h"
#include "zone/buddy.h"
#include "zone/list.h"

#define NR_FALLBACKS 2
#define OF_TWO_ZONES (-1)

/* Whom to take from, the likeliest to leave early first. */
static const enum mmi_migratetype fallbacks[][NR_FALLBACKS] = {
    [MMI_MIGRATE_UNMOVABLE] = {MMI_MIGRATE_RECLAIMABLE, MMI_MIGRATE_MOVABLE},
    [MMI_MIGRATE_MOVABLE] = {MMI_MIGRATE_RECLAIMABLE, MMI_MIGRATE_UNMOVABLE},
    [MMI_MIGRATE_RECLAIMABLE] = {MMI_MIGRATE_UNMOVABLE, MMI_MIGRATE_MOVABLE},
};

static struct mmi_page *first_block(struct mmi_zone *zone, unsigned order,
				    enum mmi_migratetype type)
{
	struct mmi_list *list = &zone->areas[order].lists[type];

	return mmi_list_is_empty(list) ? NULL : mmi_list_page(list->next);
}

static void move_block(struct mmi_zone *zone, struct mmi_page *page, unsigned order,
		       enum mmi_migratetype type)
{
	mmi_list_remove(&page->lru);
	mmi_list_add(&zone->areas[order].lists[type], &page->lru);
}

/* A free block of order @pageblock_order or more: its pageblocks go with it. */
static void claim_block(struct mmi_zone *zone, struct mmi_page *page, unsigned order,
			enum mmi_migratetype type)
{
	struct mmi_memmap *map = &zone->mem->map;
	const uint64_t start_pfn = mmi_page_pfn(map, page);

	for (uint64_t pfn = start_pfn; pfn < start_pfn + (1ull << order);
	     pfn += mmi_pageblock_pages(&map->geometry))
		mmi_pageblock_set_type(map, pfn, type);
	move_block(zone, page, order, type);
}

/*
 * Walks the pageblock at @start_pfn from free block to free block and moves them to the lists of
 * @type, unless @type is MMI_NR_MIGRATETYPES.  Returns how many of its pages are free;
 * OF_TWO_ZONES when pages of another zone lie in it, whose lock we do not hold.
 */
static int64_t walk_pageblock(struct mmi_zone *zone, uint64_t start_pfn, enum mmi_migratetype type)
{
	struct mmi_memmap *map = &zone->mem->map;
	const uint64_t end_pfn = start_pfn + mmi_pageblock_pages(&map->geometry);
	const uint64_t sub_pages = mmi_subsection_pages(&map->geometry);
	int64_t nr_free = 0;

	for (uint64_t pfn = start_pfn; pfn < end_pfn;) {
		if (!mmi_pfn_valid(map, pfn)) {
			pfn = mmi_align_down(pfn, sub_pages) + sub_pages;
			continue;
		}
		struct mmi_page *page = mmi_page_access(map, mmi_pfn_page(map, pfn));
		if (!mmi_zone_has_page(zone, page))
			return OF_TWO_ZONES;
		if (!mmi_page_is_buddy(page)) {
			pfn++;
			continue;
		}
		const unsigned order = (unsigned)page->private_data;
		if (type != MMI_NR_MIGRATETYPES)
			move_block(zone, page, order, type);
		nr_free += 1ll << order;
		pfn += 1ull << order;
	}
	return nr_free;
}

/* Gives the pageblock of a free block to @type where that is allowed and worth it. */
static bool claim(struct mmi_zone *zone, struct mmi_page *page, unsigned order,
		  enum mmi_migratetype type)
{
	struct mmi_memmap *map = &zone->mem->map;
	const struct mmi_geometry *g = &map->geometry;
	const uint64_t start_pfn = mmi_align_down(mmi_page_pfn(map, page), mmi_pageblock_pages(g));

	if (order >= g->pageblock_order) {
		claim_block(zone, page, order, type);
		return true;
	}
	/* A small movable request does no harm in a foreign pageblock: it can be moved out. */
	if (type == MMI_MIGRATE_MOVABLE && order < g->pageblock_order / 2)
		return false;
	if (walk_pageblock(zone, start_pfn, MMI_NR_MIGRATETYPES) <
	    (int64_t)(mmi_pageblock_pages(g) / 2))
		return false;
	walk_pageblock(zone, start_pfn, type);
	mmi_pageblock_set_type(map, start_pfn, type);
	return true;
}

/* Largest first: a claim is to last, and to leave the small blocks to their own type. */
static bool claim_any(struct mmi_zone *zone, unsigned order, enum mmi_migratetype type)
{
	for (unsigned from = MMI_NR_PAGE_ORDERS; from-- > order;) {
		for (int i = 0; i < NR_FALLBACKS; i++) {
			struct mmi_page *page = first_block(zone, from, fallbacks[type][i]);
			if (page && claim(zone, page, from, type))
				return true;
		}
	}
	return false;
}

struct mmi_page *mmi_buddy_steal_locked(struct mmi_zone *zone, unsigned order,
					enum mmi_migratetype type)
{
	if (claim_any(zone, order, type))
		return mmi_buddy_alloc_locked(zone, order, type);
	for (unsigned from = order; from <= zone->mem->map.geometry.max_page_order; from++) {
		for (int i = 0; i < NR_FALLBACKS; i++) {
			struct mmi_page *page = first_block(zone, from, fallbacks[type][i]);
			if (!page)
				continue;
			mmi_buddy_take_locked(zone, page, from, order, fallbacks[type][i]);
			return page;
		}
	}
	return NULL;
}
