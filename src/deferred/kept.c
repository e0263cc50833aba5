/* SPDX-License-Identifier: MIT */
/* Keeps reserved memory that came back too early, and frees it in time. */
#include "deferred/kept.h"

#include <errno.h>
#include <string.h>

#include "memmap/atomic.h"
#include "memmap/page_init.h"
#include "zone/buddy.h"

void mmi_kept_deinit(struct mmi_kept *kept, const struct mmi_platform *platform)
{
	platform->ops->free(platform->ctx, kept->ranges, kept->capacity * sizeof(*kept->ranges));
}

static int make_room(struct mmi_kept *kept, const struct mmi_platform *platform)
{
	const size_t capacity = kept->capacity ? kept->capacity * 2 : 16;

	if (kept->nr < kept->capacity)
		return 0;
	struct mmi_pfn_range *ranges =
	    platform->ops->alloc(platform->ctx, capacity * sizeof(*ranges));
	if (!ranges)
		return -ENOMEM;
	if (kept->nr)
		memcpy(ranges, kept->ranges, kept->nr * sizeof(*ranges));
	platform->ops->free(platform->ctx, kept->ranges, kept->capacity * sizeof(*ranges));
	kept->ranges = ranges;
	kept->capacity = capacity;
	return 0;
}

int mmi_kept_add_locked(struct mmi_kept *kept, const struct mmi_platform *platform,
			struct mmi_pfn_range range)
{
	const int ret = make_room(kept, platform);

	if (!ret)
		kept->ranges[kept->nr++] = range;
	return ret;
}

bool mmi_kept_overlaps_locked(const struct mmi_kept *kept, uint64_t start_pfn, uint64_t end_pfn)
{
	for (size_t i = 0; i < kept->nr; i++)
		if (kept->ranges[i].start_pfn < end_pfn && kept->ranges[i].end_pfn > start_pfn)
			return true;
	return false;
}

void mmi_kept_release_locked(struct mmi_kept *kept, struct mmi_mem *mem, uint64_t start_pfn,
			     uint64_t end_pfn)
{
	for (size_t i = 0; i < kept->nr;) {
		const struct mmi_pfn_range range = kept->ranges[i];
		if (range.start_pfn < start_pfn || range.end_pfn > end_pfn) {
			i++;
			continue;
		}
		kept->ranges[i] = kept->ranges[--kept->nr];
		mmi_reserved_free(mem, range.start_pfn, range.end_pfn);
	}
}

/* [start_pfn, end_pfn) in one zone. */
static void free_in_zone(struct mmi_zone *zone, uint64_t start_pfn, uint64_t end_pfn)
{
	const struct mmi_memmap *map = &zone->mem->map;
	const struct mmi_platform *platform = zone->mem->platform;

	platform->ops->lock(platform->ctx, &zone->lock);
	for (uint64_t pfn = start_pfn; pfn < end_pfn; pfn++) {
		struct mmi_page *page = mmi_page_access(map, mmi_pfn_page(map, pfn));
		page->flags &= ~MMI_PG_RESERVED;
		page->refcount = 0;
	}
	mmi_atomic_put64(&zone->nr_managed_pages, zone->nr_managed_pages + (end_pfn - start_pfn));
	mmi_buddy_free_range_locked(zone, start_pfn, end_pfn);
	platform->ops->unlock(platform->ctx, &zone->lock);
}

void mmi_reserved_free(struct mmi_mem *mem, uint64_t start_pfn, uint64_t end_pfn)
{
	const struct mmi_extents *extents = &mem->extents;

	for (size_t i = mmi_extents_find(extents, start_pfn); start_pfn < end_pfn; i++) {
		const struct mmi_extent *extent = &extents->items[i];
		const uint64_t end = extent->end_pfn < end_pfn ? extent->end_pfn : end_pfn;
		free_in_zone(mmi_mem_zone(mem, extent->nid, extent->zone), start_pfn, end);
		start_pfn = end;
	}
}
