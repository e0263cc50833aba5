/* SPDX-License-Identifier: MIT */
/* Moves free blocks to the lists of another migratetype, a max-order block at a time. */
#include "zone/isolate.h"

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

static void retype_block(struct mmi_zone *zone, uint64_t start_pfn, const uint8_t *types)
{
	struct mmi_memmap *map = &zone->mem->map;
	const struct mmi_platform *platform = map->platform;
	const uint64_t end_pfn = start_pfn + mmi_block_pages(&map->geometry);
	struct mmi_list taken;

	mmi_list_init(&taken);
	platform->ops->lock(platform->ctx, &zone->lock);
	take_free_blocks(zone, start_pfn, &taken);
	for (uint64_t pfn = start_pfn; pfn < end_pfn; pfn += mmi_pageblock_pages(&map->geometry))
		mmi_pageblock_set_type(map, pfn, *types++);
	free_taken_blocks(zone, &taken);
	platform->ops->unlock(platform->ctx, &zone->lock);
}

void mmi_pageblocks_retype(struct mmi_zone *zone, uint64_t start_pfn, uint64_t end_pfn,
			   const uint8_t *types)
{
	const struct mmi_geometry *g = &zone->mem->map.geometry;
	const uint64_t block_pages = mmi_block_pages(g);

	for (uint64_t pfn = start_pfn; pfn < end_pfn; pfn += block_pages) {
		retype_block(zone, pfn, types);
		types += block_pages >> g->pageblock_order;
	}
}

void mmi_pageblocks_types(const struct mmi_memmap *map, uint64_t start_pfn, uint64_t end_pfn,
			  uint8_t *types)
{
	for (uint64_t pfn = start_pfn; pfn < end_pfn; pfn += mmi_pageblock_pages(&map->geometry))
		*types++ = (uint8_t)mmi_pageblock_type(map, pfn);
}
