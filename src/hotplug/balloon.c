/* SPDX-License-Identifier: MIT */
/* Pages that a balloon driver keeps: present, but not managed; given back and taken again. */
#include <errno.h>

#include "hotplug/hotplug_parts.h"
#include "memmap/page_init.h"
#include "zone/buddy.h"

/* Under the lock of another zone, too, it is looked at which zone a page is linked to. */
void mmi_page_keep(struct mmi_page *page)
{
	mmi_atomic_put64(&page->flags, page->flags | MMI_PG_RESERVED);
	page->page_type = MMI_PAGE_TYPE_OFFLINE;
	mmi_page_set_count(page, 1);
}

void mmi_page_unkeep(struct mmi_page *page)
{
	mmi_atomic_put64(&page->flags, page->flags & ~MMI_PG_RESERVED);
	page->page_type = MMI_PAGE_TYPE_NONE;
	mmi_page_set_count(page, 0);
}

/*
 * The zone that all pages of the range are linked to; NULL: they are of several, of none, or some a
 * device's.
 */
static struct mmi_zone *zone_of_range(struct mmi_hotplug *hotplug, uint64_t start_pfn,
				      uint64_t end_pfn)
{
	const struct mmi_memmap *map = &hotplug->mem->map;
	struct mmi_zone *zone = NULL;

	if (mmi_hotplug_find_device(hotplug, start_pfn, end_pfn))
		return NULL;
	for (uint64_t pfn = start_pfn; pfn < end_pfn; pfn++) {
		if (!mmi_pfn_valid(map, pfn))
			return NULL;
		const uint64_t flags = mmi_page_access(map, mmi_pfn_page(map, pfn))->flags;
		struct mmi_zone *linked =
		    mmi_mem_zone(hotplug->mem, mmi_flags_nid(flags), mmi_flags_zone(flags));
		if (zone && zone != linked)
			return NULL;
		zone = linked;
	}
	return zone;
}

/* From 7.x on protection follows managed pages at once; all else waits for the next calculation. */
static void managed_changed(struct mmi_hotplug *hotplug)
{
	struct mmi_alloc *alloc = hotplug->alloc;

	if (alloc->counts.version < MMI_LINUX_7_X)
		return;
	mmi_alloc_counts_read(alloc);
	mmi_protection_set(&alloc->counts);
	mmi_alloc_figures_publish(alloc);
}

/* Zone lock held. */
static void add_managed(struct mmi_zone *zone, int64_t nr_pages)
{
	mmi_atomic_put64(&zone->nr_managed_pages, zone->nr_managed_pages + (uint64_t)nr_pages);
}

static bool all_kept(const struct mmi_memmap *map, uint64_t start_pfn, uint64_t end_pfn)
{
	for (uint64_t pfn = start_pfn; pfn < end_pfn; pfn++)
		if (!mmi_page_is_kept(mmi_page_access(map, mmi_pfn_page(map, pfn))))
			return false;
	return true;
}

static void give_locked(struct mmi_zone *zone, uint64_t start_pfn, uint64_t end_pfn)
{
	const struct mmi_memmap *map = &zone->mem->map;

	for (uint64_t pfn = start_pfn; pfn < end_pfn; pfn++)
		mmi_page_unkeep(mmi_page_access(map, mmi_pfn_page(map, pfn)));
	add_managed(zone, (int64_t)(end_pfn - start_pfn));
	mmi_buddy_free_range_locked(zone, start_pfn, end_pfn);
}

int mmi_balloon_give(struct mmi_hotplug *hotplug, uint64_t start_pfn, uint64_t end_pfn,
		     struct mmi_error *err)
{
	const struct mmi_platform *p = hotplug->platform;
	int ret = 0;

	mmi_hotplug_lock(hotplug);
	struct mmi_zone *zone = zone_of_range(hotplug, start_pfn, end_pfn);
	if (!zone || !all_kept(&hotplug->mem->map, start_pfn, end_pfn)) {
		ret = mmi_error_set(err, -EINVAL,
				    "PFNs 0x%llx-0x%llx: kept pages of one zone expected",
				    (unsigned long long)start_pfn, (unsigned long long)end_pfn);
	} else {
		p->ops->lock(p->ctx, &zone->lock);
		give_locked(zone, start_pfn, end_pfn);
		p->ops->unlock(p->ctx, &zone->lock);
		managed_changed(hotplug);
	}
	mmi_hotplug_unlock(hotplug);
	return ret;
}

/* The head of the zone's free block that holds @pfn; NULL: the page is not free. */
static struct mmi_page *free_head(const struct mmi_zone *zone, uint64_t pfn)
{
	const struct mmi_memmap *map = &zone->mem->map;

	for (unsigned order = 0; order <= map->geometry.max_page_order; order++) {
		const uint64_t head_pfn = mmi_align_down(pfn, 1ull << order);
		if (!mmi_pfn_valid(map, head_pfn))
			return NULL;
		struct mmi_page *page = mmi_page_access(map, mmi_pfn_page(map, head_pfn));
		if (!mmi_zone_has_page(zone, page))
			return NULL;
		if (mmi_page_is_buddy(page))
			return page->private_data >= order ? page : NULL;
	}
	return NULL;
}

/* The first page of the range that is not free; end_pfn: all are.  Zone lock held. */
static uint64_t first_used(const struct mmi_zone *zone, uint64_t start_pfn, uint64_t end_pfn)
{
	while (start_pfn < end_pfn) {
		const struct mmi_page *head = free_head(zone, start_pfn);
		if (!head)
			return start_pfn;
		start_pfn = mmi_page_pfn(&zone->mem->map, head) + (1ull << head->private_data);
	}
	return end_pfn;
}

/* Free blocks that the range touches leave their lists; what is over goes back. */
static void take_locked(struct mmi_zone *zone, uint64_t start_pfn, uint64_t end_pfn)
{
	const struct mmi_memmap *map = &zone->mem->map;

	for (uint64_t pfn = start_pfn; pfn < end_pfn;) {
		struct mmi_page *head = free_head(zone, pfn);
		const uint64_t head_pfn = mmi_page_pfn(map, head);
		const uint64_t head_end = head_pfn + (1ull << mmi_buddy_remove_locked(zone, head));
		const uint64_t end = head_end < end_pfn ? head_end : end_pfn;
		for (uint64_t kept = pfn; kept < end; kept++)
			mmi_page_keep(mmi_page_access(map, mmi_pfn_page(map, kept)));
		mmi_buddy_free_range_locked(zone, head_pfn, pfn);
		mmi_buddy_free_range_locked(zone, end, head_end);
		pfn = end;
	}
	add_managed(zone, -(int64_t)(end_pfn - start_pfn));
}

static int take(struct mmi_hotplug *hotplug, struct mmi_zone *zone, uint64_t start_pfn,
		uint64_t end_pfn, struct mmi_error *err)
{
	const struct mmi_platform *p = hotplug->platform;
	int ret = 0;

	mmi_alloc_drain(hotplug->alloc);
	p->ops->lock(p->ctx, &zone->lock);
	const uint64_t used_pfn = first_used(zone, start_pfn, end_pfn);
	if (used_pfn < end_pfn)
		ret = mmi_error_set(err, -EBUSY, "PFN 0x%llx is not free",
				    (unsigned long long)used_pfn);
	else
		take_locked(zone, start_pfn, end_pfn);
	p->ops->unlock(p->ctx, &zone->lock);
	if (!ret)
		managed_changed(hotplug);
	return ret;
}

int mmi_balloon_take(struct mmi_hotplug *hotplug, uint64_t start_pfn, uint64_t end_pfn,
		     struct mmi_error *err)
{
	int ret;

	mmi_hotplug_lock(hotplug);
	struct mmi_zone *zone = zone_of_range(hotplug, start_pfn, end_pfn);
	if (zone)
		ret = take(hotplug, zone, start_pfn, end_pfn, err);
	else
		ret = mmi_error_set(err, -EINVAL, "PFNs 0x%llx-0x%llx: pages of one zone expected",
				    (unsigned long long)start_pfn, (unsigned long long)end_pfn);
	mmi_hotplug_unlock(hotplug);
	return ret;
}
