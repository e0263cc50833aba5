/* SPDX-License-Identifier: MIT */
/* Per-CPU lists of a zone: stacks of runs, refilled and flushed a batch at a time. */
#include "page_alloc/pcp_lists.h"

#include <errno.h>

#include "memmap/atomic.h"
#include "memmap/page_init.h"
#include "zone/buddy.h"

#define MOST_SHIFT 5

static unsigned order_of(const struct mmi_pcp *pcp, unsigned index)
{
	return index <= MMI_PCP_COSTLY ? index : pcp->pageblock_order;
}

/* Slots of the stack of one order: it can hold all pages alone, each a run. */
static size_t nr_slots(uint64_t high, unsigned order)
{
	return (size_t)(high >> order) + 1;
}

static void make_stacks(struct mmi_pcp *pcp, const struct mmi_platform *platform, uint32_t high)
{
	size_t nr_all = 0;
	uintptr_t *next;

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
			pcp->lists[type][i].runs = next;
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
	pcp->low_pages = mmi_atomic_peek64(&figures->low_pages);
	if (pcp->high == high)
		return;
	mmi_pcp_drain(pcp, zone);
	mmi_pcp_release(pcp, platform);
	pcp->pageblock_order = (uint8_t)zone->mem->map.geometry.pageblock_order;
	make_stacks(pcp, platform, high);
}

/*
 * Who only takes, or only gives, asks for the lock ever more seldom, and moves ever longer runs of
 * pages; who does both by turns moves a batch.  Linux scales both since 6.7.
 */
static uint64_t batch_of_row(const struct mmi_pcp *pcp, uint8_t *shift, uint8_t *other_shift)
{
	const uint64_t nr_pages = (uint64_t)pcp->batch << *shift;

	*shift += *shift < MOST_SHIFT;
	*other_shift = 0;
	return nr_pages;
}

/* Linux: fewer blocks of a higher order, but two at least. */
static uint32_t blocks_of_refill(struct mmi_pcp *pcp, const struct mmi_zone *zone, unsigned order)
{
	uint64_t nr_pages = batch_of_row(pcp, &pcp->refill_shift, &pcp->flush_shift);

	if (mmi_atomic_peek64(&zone->nr_free_pages) < pcp->low_pages + nr_pages)
		nr_pages = pcp->batch;
	const uint32_t nr = (uint32_t)(nr_pages >> order);
	return pcp->batch > 1 && nr < 2 ? 2 : nr ? nr : 1;
}

/* Puts @nr blocks, one behind the other from @first on, on the list: the lowest are uppermost. */
static void push_run(struct mmi_pcp *pcp, struct mmi_pcp_list *list, unsigned order,
		     struct mmi_page *first, uint32_t nr)
{
	pcp->nr_pages += nr << order;
	while (nr) {
		const uint32_t nr_last = (nr - 1) % MMI_PCP_RUN + 1;
		nr -= nr_last;
		list->runs[list->nr++] = mmi_run(first + ((size_t)nr << order), nr_last);
	}
}

struct mmi_page *mmi_pcp_refill(struct mmi_pcp *pcp, struct mmi_zone *zone, unsigned order,
				enum mmi_migratetype type)
{
	const struct mmi_platform *platform = zone->mem->platform;
	const unsigned index = mmi_pcp_index(order, pcp->pageblock_order);
	uint32_t nr_more = 0, nr = 1;
	struct mmi_page *first, *page;

	if (index < MMI_PCP_ORDERS && pcp->high) {
		const uint32_t nr_room = (pcp->high - pcp->nr_pages) >> order;
		nr_more = blocks_of_refill(pcp, zone, order) - 1;
		nr_more = nr_more < nr_room ? nr_more : nr_room;
	}
	platform->ops->lock(platform->ctx, &zone->lock);
	first = mmi_buddy_alloc_run_locked(zone, order, type, nr_more + 1, &nr);
	if (!first)
		first = mmi_buddy_steal_locked(zone, order, type);
	if (first)
		pcp->nr_taken_pages += (int64_t)nr << order;
	if (first)
		push_run(pcp, &pcp->lists[type][index], order, first + (1ull << order), nr - 1);
	for (nr_more -= nr - 1; first && nr_more; nr_more -= nr) {
		page = mmi_buddy_alloc_run_locked(zone, order, type, nr_more, &nr);
		if (!page)
			break;
		pcp->nr_taken_pages += (int64_t)nr << order;
		push_run(pcp, &pcp->lists[type][index], order, page, nr);
	}
	platform->ops->unlock(platform->ctx, &zone->lock);
	if (first)
		mmi_page_set_count(first, 1);
	return first;
}

/*
 * Takes at most @most blocks off @list: the last of the uppermost run, and with them all runs that
 * follow, border on what there is and are not too long.  As they were handed out together they are
 * often given back together, and go to the zone as one.
 */
static void pop_runs(struct mmi_pcp_list *list, unsigned order, const struct mmi_memmap *map,
		     uint64_t most, uint64_t *start_pfn, uint64_t *end_pfn)
{
	uint64_t start = 0, end = 0;

	while (list->nr && most) {
		uintptr_t *top = &list->runs[list->nr - 1];
		const uint32_t nr = mmi_run_nr(*top);
		const uint32_t nr_popped = nr < most ? nr : (uint32_t)most;
		const uint64_t run_pfn = mmi_page_pfn(map, mmi_run_first(*top));
		const uint64_t run_end_pfn = run_pfn + ((uint64_t)nr << order);
		if (start == end)
			start = end = run_end_pfn;
		if (run_end_pfn == start)
			start -= (uint64_t)nr_popped << order;
		else if (run_pfn == end && nr_popped == nr)
			end = run_end_pfn;
		else
			break;
		if (nr_popped == nr)
			list->nr--;
		else
			*top -= nr_popped;
		most -= nr_popped;
	}
	*start_pfn = start;
	*end_pfn = end;
}

/* Empties @list as far as @nr_pages asks; returns how many pages went.  Zone lock held. */
static uint64_t flush_list_locked(struct mmi_pcp *pcp, struct mmi_pcp_list *list, unsigned order,
				  struct mmi_zone *zone, uint64_t nr_pages)
{
	uint64_t nr_flushed = 0, start_pfn, end_pfn;

	while (list->nr && nr_flushed < nr_pages) {
		const uint64_t nr_more = nr_pages - nr_flushed;
		pop_runs(list, order, &zone->mem->map, (nr_more + (1ull << order) - 1) >> order,
			 &start_pfn, &end_pfn);
		mmi_buddy_free_range_locked(zone, start_pfn, end_pfn);
		nr_flushed += end_pfn - start_pfn;
	}
	pcp->nr_pages -= (uint32_t)nr_flushed;
	pcp->nr_taken_pages -= (int64_t)nr_flushed;
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

void mmi_pcp_drain(struct mmi_pcp *pcp, struct mmi_zone *zone)
{
	mmi_pcp_flush(pcp, zone, pcp->nr_pages);
	pcp->refill_shift = pcp->flush_shift = 0;
}

void mmi_pcp_make_room(struct mmi_pcp *pcp, struct mmi_zone *zone, uint64_t nr_pages)
{
	const uint64_t nr_batch = batch_of_row(pcp, &pcp->flush_shift, &pcp->refill_shift);

	mmi_pcp_flush(pcp, zone, nr_batch > nr_pages ? nr_batch : nr_pages);
}

static int check_page(const struct mmi_page *page, const struct mmi_zone *zone,
		      struct mmi_error *err)
{
	if (page->refcount == 0 && !mmi_page_is_buddy(page) && mmi_zone_has_page(zone, page))
		return 0;
	return mmi_error_set(err, -EINVAL,
			     "node %d zone %s: PFN 0x%llx on a CPU's list: refcount %d, page type "
			     "0x%x, node %d zone %d",
			     zone->nid, mmi_zone_type_name(zone->type),
			     (unsigned long long)mmi_page_pfn(&zone->mem->map, page),
			     page->refcount, page->page_type, mmi_flags_nid(page->flags),
			     (int)mmi_flags_zone(page->flags));
}

static int check_run(uintptr_t run, unsigned order, const struct mmi_zone *zone, uint64_t *nr_pages,
		     struct mmi_error *err)
{
	const uint32_t nr = mmi_run_nr(run);
	int ret = 0;

	for (uint32_t n = 0; !ret && n < nr; n++)
		ret = check_page(mmi_run_first(run) + ((size_t)n << order), zone, err);
	*nr_pages += (uint64_t)nr << order;
	return ret;
}

int mmi_pcp_check(const struct mmi_pcp *pcp, const struct mmi_zone *zone, struct mmi_error *err)
{
	uint64_t nr_pages = 0;
	int ret = 0;

	for (unsigned type = 0; type < MMI_PCP_TYPES; type++) {
		for (unsigned i = 0; i < MMI_PCP_ORDERS; i++) {
			const struct mmi_pcp_list *list = &pcp->lists[type][i];
			for (uint32_t n = 0; !ret && n < list->nr; n++)
				ret = check_run(list->runs[n], order_of(pcp, i), zone, &nr_pages,
						err);
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
