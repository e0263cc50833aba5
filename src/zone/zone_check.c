/* SPDX-License-Identifier: MIT */
/* Asserts the invariants of a zone that stand in zone.h, by walking its lists. */
#include <errno.h>

#include "memmap/page_init.h"
#include "zone/buddy.h"
#include "zone/list.h"

static int fail(const struct mmi_zone *zone, uint64_t pfn, const char *what, struct mmi_error *err)
{
	return mmi_error_set(err, -EINVAL, "node %d zone %s: PFN 0x%llx: %s", zone->nid,
			     mmi_zone_type_name(zone->type), (unsigned long long)pfn, what);
}

static bool buddy_is_free(const struct mmi_zone *zone, uint64_t pfn, unsigned order)
{
	const struct mmi_memmap *map = &zone->mem->map;
	const uint64_t buddy_pfn = pfn ^ 1ull << order;

	if (order >= map->geometry.max_page_order || !mmi_pfn_valid(map, buddy_pfn))
		return false;
	const struct mmi_page *buddy = mmi_pfn_page(map, buddy_pfn);
	if (!mmi_zone_has_page(zone, buddy) || !mmi_page_is_buddy(buddy) ||
	    buddy->private_data != order)
		return false;
	return order < map->geometry.pageblock_order ||
	       mmi_pageblock_type(map, buddy_pfn) == mmi_pageblock_type(map, pfn);
}

static int check_block(const struct mmi_zone *zone, const struct mmi_page *page, unsigned order,
		       enum mmi_migratetype type, struct mmi_error *err)
{
	const struct mmi_memmap *map = &zone->mem->map;
	const uint64_t pfn = mmi_page_pfn(map, page);

	if (!mmi_pfn_valid(map, pfn))
		return fail(zone, pfn, "on a free list, but has no struct page", err);
	if (pfn & ((1ull << order) - 1))
		return fail(zone, pfn, "free block not aligned to its order", err);
	if (pfn < zone->start_pfn ||
	    pfn + (1ull << order) > zone->start_pfn + zone->nr_spanned_pages)
		return fail(zone, pfn, "free block outside of the zone's span", err);
	if (!mmi_page_is_buddy(page) || page->private_data != order)
		return fail(zone, pfn, "head of a free block is not marked so", err);
	if (mmi_pageblock_type(map, pfn) != type)
		return fail(zone, pfn, "free block on the list of another migratetype", err);
	if (buddy_is_free(zone, pfn, order))
		return fail(zone, pfn, "free block and its buddy are not merged", err);
	for (uint64_t i = 0; i < 1ull << order; i++) {
		if (!mmi_zone_has_page(zone, &page[i]))
			return fail(zone, pfn + i, "page of a free block is linked to another zone",
				    err);
		if (page[i].refcount || page[i].flags & MMI_PG_RESERVED)
			return fail(zone, pfn + i, "page of a free block is reserved or in use",
				    err);
	}
	return 0;
}

/* Walks one list; counts its blocks, at most @limit of them. */
static int check_list(const struct mmi_zone *zone, unsigned order, enum mmi_migratetype type,
		      uint64_t limit, uint64_t *nr_blocks, struct mmi_error *err)
{
	struct mmi_list *head = (struct mmi_list *)&zone->areas[order].lists[type];

	for (struct mmi_list *item = head->next; item != head; item = item->next) {
		if (item->next->prev != item)
			return fail(zone, mmi_page_pfn(&zone->mem->map, mmi_list_page(item)),
				    "free list is torn", err);
		const int ret = check_block(zone, mmi_list_page(item), order, type, err);
		if (ret)
			return ret;
		if (++*nr_blocks > limit)
			return mmi_error_set(
			    err, -EINVAL,
			    "node %d zone %s order %u: more blocks on the lists than nr_free %llu",
			    zone->nid, mmi_zone_type_name(zone->type), order,
			    (unsigned long long)limit);
	}
	return 0;
}

int mmi_zone_check(struct mmi_zone *zone, struct mmi_error *err)
{
	const uint64_t nr_counted_pages = zone->nr_free_pages + zone->nr_isolated_pages;
	uint64_t nr_free_pages = 0, nr_isolated_pages = 0;

	for (unsigned order = 0; order < MMI_NR_PAGE_ORDERS; order++) {
		uint64_t nr_blocks = 0;
		int ret = 0;
		for (int type = 0; !ret && type < MMI_NR_MIGRATETYPES; type++) {
			const uint64_t nr_before = nr_blocks;
			ret = check_list(zone, order, type, zone->areas[order].nr_free, &nr_blocks,
					 err);
			if (type == MMI_MIGRATE_ISOLATE)
				nr_isolated_pages += (nr_blocks - nr_before) << order;
		}
		if (ret)
			return ret;
		if (nr_blocks != zone->areas[order].nr_free)
			return mmi_error_set(
			    err, -EINVAL,
			    "node %d zone %s order %u: nr_free %llu, on the lists %llu", zone->nid,
			    mmi_zone_type_name(zone->type), order,
			    (unsigned long long)zone->areas[order].nr_free,
			    (unsigned long long)nr_blocks);
		nr_free_pages += nr_blocks << order;
	}
	if (nr_free_pages != nr_counted_pages || nr_isolated_pages != zone->nr_isolated_pages ||
	    nr_free_pages > zone->nr_managed_pages ||
	    zone->nr_managed_pages > zone->nr_present_pages ||
	    zone->nr_present_pages > zone->nr_spanned_pages)
		return mmi_error_set(
		    err, -EINVAL,
		    "node %d zone %s: spanned %llu, present %llu, managed %llu, free and isolated "
		    "%llu, on the lists %llu: each at least the next expected",
		    zone->nid, mmi_zone_type_name(zone->type),
		    (unsigned long long)zone->nr_spanned_pages,
		    (unsigned long long)zone->nr_present_pages,
		    (unsigned long long)zone->nr_managed_pages,
		    (unsigned long long)nr_counted_pages, (unsigned long long)nr_free_pages);
	return 0;
}
