/* SPDX-License-Identifier: MIT */
/* Moves free blocks to the lists of another migratetype, a max-order block at a time. */
#include "zone/isolate.h"

#include <string.h>

#include "memmap/page_init.h"
#include "zone/buddy.h"
#include "zone/list.h"

/*
 * Takes the free blocks of the max-order block at @start_pfn off the zone's lists and chains them on
 * @taken; each remembers its order in page->index, which nobody uses in a free page.
 */
static void take_free_blocks(struct mmi_zone *zone, uint64_t start_pfn, struct mmi_list *taken)
{
	const struct mmi_memmap *map = &zone->mem->map;
	const uint64_t end_pfn = start_pfn + mmi_block_pages(&map->geometry);

	for (uint64_t pfn = start_pfn; pfn < end_pfn;) {
		struct mmi_page *page = mmi_page_access(map, mmi_pfn_page(map, pfn));
		if (!mmi_page_is_buddy(page)) {
			pfn++;
			continue;
		}
		const unsigned order = mmi_buddy_remove_locked(zone, page);
		page->index = order;
		mmi_list_add_tail(taken, &page->lru);
		pfn += 1ull << order;
	}
}

static void free_taken_blocks(struct mmi_zone *zone, struct mmi_list *taken)
{
	while (!mmi_list_is_empty(taken)) {
		struct mmi_page *page = mmi_list_page(taken->next);
		const uint64_t pfn = mmi_page_pfn(&zone->mem->map, page);
		const uint64_t nr_pages = 1ull << page->index;
		mmi_list_remove(&page->lru);
		page->index = 0;
		mmi_buddy_free_range_locked(zone, pfn, pfn + nr_pages);
	}
}

/* Gives the pageblocks of the max-order block at @start_pfn new types, which replace their old ones. */
static void exchange_types(struct mmi_zone *zone, uint64_t start_pfn, uint8_t *types)
{
	struct mmi_memmap *map = &zone->mem->map;
	const struct mmi_platform *platform = map->platform;
	const uint64_t end_pfn = start_pfn + mmi_block_pages(&map->geometry);
	struct mmi_list taken;

	mmi_list_init(&taken);
	platform->ops->lock(platform->ctx, &zone->lock);
	take_free_blocks(zone, start_pfn, &taken);
	for (uint64_t pfn = start_pfn; pfn < end_pfn; pfn += mmi_pageblock_pages(&map->geometry)) {
		const enum mmi_migratetype old_type = mmi_pageblock_type(map, pfn);
		mmi_pageblock_set_type(map, pfn, *types);
		*types++ = (uint8_t)old_type;
	}
	free_taken_blocks(zone, &taken);
	platform->ops->unlock(platform->ctx, &zone->lock);
}

void mmi_pageblocks_isolate(struct mmi_zone *zone, uint64_t start_pfn, uint64_t end_pfn,
			    uint8_t *old_types)
{
	const struct mmi_geometry *g = &zone->mem->map.geometry;
	const uint64_t nr_types = mmi_block_pages(g) >> g->pageblock_order;

	for (uint64_t pfn = start_pfn; pfn < end_pfn; pfn += mmi_block_pages(g)) {
		memset(old_types, MMI_MIGRATE_ISOLATE, nr_types);
		exchange_types(zone, pfn, old_types);
		old_types += nr_types;
	}
}

void mmi_pageblocks_release(struct mmi_zone *zone, uint64_t start_pfn, uint64_t end_pfn,
			    const uint8_t *types)
{
	const struct mmi_geometry *g = &zone->mem->map.geometry;
	const uint64_t nr_types = mmi_block_pages(g) >> g->pageblock_order;
	uint8_t exchanged[1u << MMI_MAX_PAGE_ORDER];

	for (uint64_t pfn = start_pfn; pfn < end_pfn; pfn += mmi_block_pages(g)) {
		memcpy(exchanged, types, nr_types);
		exchange_types(zone, pfn, exchanged);
		types += nr_types;
	}
}
