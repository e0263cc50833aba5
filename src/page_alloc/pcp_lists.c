/* SPDX-License-Identifier: MIT */
/* Per-CPU lists of a zone: stacks of pages, refilled and flushed a batch at a time. */
#include "page_alloc/pcp_lists.h"

#include <errno.h>

#include "memmap/atomic.h"
#include "memmap/page_init.h"
#include "zone/buddy.h"

static unsigned order_of(const struct mmi_pcp *pcp, unsigned index)
{
	return index <= MMI_PCP_COSTLY ? index : pcp->pageblock_order;
}

/* Slots of the stack of one order: it can hold all pages alone. */
static size_t nr_slots(uint64_t high, unsigned order)
{
	return (size_t)(high >> order) + 1;
}

static void make_stacks(struct mmi_pcp *pcp, const struct mmi_platform *platform, uint32_t high)
{
	size_t nr_all = 0;
	struct mmi_page **next;

	for (unsigned i = 0; i < MMI_PCP_ORDERS; i++)
		nr_all += MMI_PCP_TYPES * nr_slots(high, order_of(pcp, i));
	next = platform->ops->alloc(platform->ctx, nr_all * sizeof(*next));
	if (!next)
		return;
	pcp->slots = next;
	pcp->slots_bytes = nr_all * sizeof(*next);
	pcp->high = high;
	for (unsigned type = 0; type < MMI_PCP_TYPES; type++) {
		for (unsigned i = 0; i < MMI_PCP_ORDERS; i++) {
			pcp->lists[type][i].pages = next;
			next += nr_slots(high, order_of(pcp, i));
		}
	}
}

void mmi_pcp_release(struct mmi_pcp *pcp, const struct mmi_platform *platform)
{
	platform->ops->free(platform->ctx, pcp->slots, pcp->slots_bytes);
	pcp->slots = NULL;
	pcp->slots_bytes = 0;
	pcp->high = 0;
}

void mmi_pcp_fit(struct mmi_pcp *pcp, struct mmi_zone *zone, const struct mmi_zone_figures *figures)
{
	const struct mmi_platform *platform = zone->mem->platform;
	const uint64_t wanted_high = mmi_atomic_peek64(&figures->pcp_high);
	const uint32_t high = wanted_high < UINT32_MAX ? (uint32_t)wanted_high : UINT32_MAX;

	pcp->batch = (uint32_t)mmi_atomic_peek64(&figures->pcp_batch);
	if (pcp->high == high)
		return;
	mmi_pcp_flush(pcp, zone, pcp->nr_pages);
	mmi_pcp_release(pcp, platform);
	pcp->pageblock_order = zone->mem->map.geometry.pageblock_order;
	make_stacks(pcp, platform, high);
}

/* Linux: fewer blocks of a higher order, but two at least. */
static uint32_t blocks_of_batch(const struct mmi_pcp *pcp, unsigned order)
{
	const uint32_t nr = pcp->batch >> order;

	return pcp->batch > 1 && nr < 2 ? 2 : nr ? nr : 1;
}

static struct mmi_page *take_block(struct mmi_zone *zone, unsigned order, enum mmi_migratetype type)
{
	struct mmi_page *page = mmi_buddy_alloc_locked(zone, order, type);

	return page ? page : mmi_buddy_steal_locked(zone, order, type);
}

struct mmi_page *mmi_pcp_refill(struct mmi_pcp *pcp, struct mmi_zone *zone, unsigned order,
				enum mmi_migratetype type)
{
	const struct mmi_platform *platform = zone->mem->platform;
	const unsigned index = mmi_pcp_index(order, pcp->pageblock_order);
	uint32_t nr_wanted = 1;
	struct mmi_page *first, *page;

	if (index < MMI_PCP_ORDERS && pcp->high)
		nr_wanted = blocks_of_batch(pcp, order);
	platform->ops->lock(platform->ctx, &zone->lock);
	first = take_block(zone, order, type);
	while (first && --nr_wanted && pcp->nr_pages + (1u << order) <= pcp->high &&
	       (page = take_block(zone, order, type)) != NULL) {
		struct mmi_pcp_list *list = &pcp->lists[type][index];
		mmi_page_set_count(page, 0);
		list->pages[list->nr++] = page;
		pcp->nr_pages += 1u << order;
	}
	platform->ops->unlock(platform->ctx, &zone->lock);
	return first;
}

/* Empties @list as far as @nr_pages asks; returns how many pages went.  Zone lock held. */
static uint64_t flush_list_locked(struct mmi_pcp *pcp, struct mmi_pcp_list *list, unsigned order,
				  struct mmi_zone *zone, uint64_t nr_pages)
{
	uint64_t nr_flushed = 0;

	while (list->nr && nr_flushed < nr_pages) {
		struct mmi_page *page = list->pages[--list->nr];
		mmi_buddy_free_locked(zone, mmi_page_pfn(&zone->mem->map, page), order);
		nr_flushed += 1ull << order;
	}
	pcp->nr_pages -= (uint32_t)nr_flushed;
	return nr_flushed;
}

void mmi_pcp_flush(struct mmi_pcp *pcp, struct mmi_zone *zone, uint64_t nr_pages)
{
	const struct mmi_platform *platform = zone->mem->platform;
	uint64_t nr_flushed = 0;

	if (!pcp->nr_pages)
		return;
	platform->ops->lock(platform->ctx, &zone->lock);
	for (unsigned i = 0; i < MMI_PCP_ORDERS; i++)
		for (unsigned type = 0; type < MMI_PCP_TYPES && nr_flushed < nr_pages; type++)
			nr_flushed += flush_list_locked(pcp, &pcp->lists[type][i], order_of(pcp, i),
							zone, nr_pages - nr_flushed);
	platform->ops->unlock(platform->ctx, &zone->lock);
}

static int check_page(const struct mmi_page *page, const struct mmi_zone *zone,
		      struct mmi_error *err)
{
	if (page->refcount == 0 && !mmi_page_is_buddy(page) &&
	    mmi_flags_nid(page->flags) == zone->nid && mmi_flags_zone(page->flags) == zone->type)
		return 0;
	return mmi_error_set(err, -EINVAL,
			     "node %d zone %s: PFN 0x%llx on a CPU's list: refcount %d, page type "
			     "0x%x, node %d zone %d",
			     zone->nid, mmi_zone_type_name(zone->type),
			     (unsigned long long)mmi_page_pfn(&zone->mem->map, page),
			     page->refcount, page->page_type, mmi_flags_nid(page->flags),
			     (int)mmi_flags_zone(page->flags));
}

int mmi_pcp_check(const struct mmi_pcp *pcp, const struct mmi_zone *zone, struct mmi_error *err)
{
	uint64_t nr_pages = 0;
	int ret = 0;

	for (unsigned type = 0; type < MMI_PCP_TYPES; type++) {
		for (unsigned i = 0; i < MMI_PCP_ORDERS; i++) {
			const struct mmi_pcp_list *list = &pcp->lists[type][i];
			for (uint32_t n = 0; !ret && n < list->nr; n++)
				ret = check_page(list->pages[n], zone, err);
			nr_pages += (uint64_t)list->nr << order_of(pcp, i);
		}
	}
	if (!ret && (nr_pages != pcp->nr_pages || nr_pages > pcp->high))
		ret = mmi_error_set(err, -EINVAL,
				    "node %d zone %s: %llu pages on a CPU's lists, %u counted, at "
				    "most %u expected",
				    zone->nid, mmi_zone_type_name(zone->type),
				    (unsigned long long)nr_pages, pcp->nr_pages, pcp->high);
	return ret;
}
