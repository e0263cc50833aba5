/* SPDX-License-Identifier: MIT */
/* Handing out and taking back one block. */
#include "memmap/page_init.h"
#include "page_alloc/request.h"
#include "zone/buddy.h"

/*
 * The short way, which nearly all requests go: the first zone of the list is above its low
 * watermark, and the context has a block of that kind.  NULL: not that way.
 */
static struct mmi_page *take_listed(const struct mmi_shortcut *shortcut, unsigned order)
{
	const unsigned index = mmi_pcp_index(order, shortcut->pcp->pageblock_order);
	struct mmi_pcp_list *list = &shortcut->lists[index];

	if (index == MMI_PCP_ORDERS || !list->nr || !mmi_shortcut_has(shortcut, 1ull << order))
		return NULL;
	return mmi_pcp_pop(shortcut->pcp, list, order);
}

/* The context is entered, but for somebody who may be asking something of it; it is left. */
static __attribute__((noinline)) struct mmi_page *
alloc_the_long_way(struct mmi_cpu *cpu, unsigned gfp, unsigned order, int nid,
		   const struct mmi_nodemask *nodemask)
{
	struct mmi_request rq;
	struct mmi_page *page = NULL;

	mmi_cpu_answer_if_asked(cpu);
	if (mmi_request_init(&rq, cpu, gfp, order, nid, nodemask)) {
		page = mmi_request_serve(&rq);
		mmi_request_find_shortcut(&rq);
	}
	cpu->stats.nr_allocs += page != NULL;
	cpu->stats.nr_failed += page == NULL;
	mmi_cpu_leave(cpu);
	return page;
}

static __attribute__((noinline)) struct mmi_page *answer(struct mmi_cpu *cpu, struct mmi_page *page)
{
	mmi_cpu_answer(cpu);
	return page;
}

/* The lists are looked up before it is known whether anything is asked, and looked at after. */
struct mmi_page *mmi_alloc_pages(struct mmi_cpu *cpu, unsigned gfp, unsigned order, int nid,
				 const struct mmi_nodemask *nodemask)
{
	const struct mmi_shortcut *shortcut = &cpu->shortcuts[gfp % MMI_GFP_KINDS];
	const uint32_t epoch = mmi_cpu_begin(cpu);
	const struct mmi_zonelists *lists = mmi_alloc_lists(cpu->alloc);
	struct mmi_page *page = NULL;

	if (MMI_LIKELY(nid < 0 && !nodemask && !mmi_cpu_is_asked(cpu) &&
		       shortcut->generation == lists->generation))
		page = take_listed(shortcut, order);
	if (!MMI_LIKELY(page))
		return alloc_the_long_way(cpu, gfp, order, nid, nodemask);
	cpu->stats.nr_allocs++;
	return MMI_LIKELY(!mmi_cpu_end(cpu, epoch)) ? page : answer(cpu, page);
}

/* Past the lists: blocks of other orders and types, and all where there are no lists. */
static void free_to_zone(struct mmi_zone *zone, uint64_t pfn, unsigned order)
{
	const struct mmi_platform *platform = zone->mem->platform;

	platform->ops->lock(platform->ctx, &zone->lock);
	mmi_buddy_free_locked(zone, pfn, order);
	platform->ops->unlock(platform->ctx, &zone->lock);
}

/* Makes room for a block on the context's lists; false: they are not for blocks of that size. */
static bool make_room(struct mmi_cpu *cpu, size_t number, unsigned order)
{
	struct mmi_zone *zone = mmi_numbered_zone(cpu->alloc->mem, number);
	struct mmi_pcp *pcp = &cpu->pcps[number];
	const uint32_t nr_pages = 1u << order;

	mmi_pcp_fit(pcp, zone, &cpu->alloc->figures[number]);
	if (nr_pages > pcp->high)
		return false;
	if (pcp->nr_pages + nr_pages > pcp->high) {
		mmi_pcp_make_room(pcp, zone, nr_pages);
		cpu->stats.nr_flushes++;
	}
	return true;
}

/* The context is entered, but for somebody who may be asking something of it; it is left. */
static __attribute__((noinline)) void free_the_long_way(struct mmi_cpu *cpu, struct mmi_page *page,
							unsigned order)
{
	struct mmi_alloc *alloc = cpu->alloc;
	const struct mmi_memmap *map = &alloc->mem->map;
	const unsigned index = mmi_pcp_index(order, map->geometry.pageblock_order);
	const uint64_t pfn = mmi_page_pfn(map, page);
	const size_t number = mmi_page_zone_number(alloc, page);
	struct mmi_pcp *pcp = &cpu->pcps[number];

	mmi_cpu_answer_if_asked(cpu);
	const unsigned type = mmi_pageblock_type(map, pfn);
	mmi_cpu_free_to(cpu, pcp, page);
	if (index < MMI_PCP_ORDERS && type < MMI_PCP_TYPES && make_room(cpu, number, order)) {
		mmi_pcp_push(pcp, &pcp->lists[type][index], order, page);
	} else {
		pcp->nr_taken_pages -= 1ll << order;
		free_to_zone(mmi_numbered_zone(alloc->mem, number), pfn, order);
	}
	cpu->stats.nr_frees++;
	mmi_cpu_leave(cpu);
}

/* As a rule a page goes where the page before went, and there is room. */
void mmi_free_pages(struct mmi_cpu *cpu, struct mmi_page *page, unsigned order)
{
	const struct mmi_memmap *map = &cpu->alloc->mem->map;
	struct mmi_pcp *pcp = cpu->freed_pcp;

	if (!MMI_LIKELY(mmi_page_is_allocated(mmi_page_access(map, page)))) {
		cpu->stats.nr_bad_frees++;
		return;
	}
	const uint32_t epoch = mmi_cpu_begin(cpu);
	const unsigned type = mmi_pageblock_peek(map, mmi_page_pfn(map, page));
	if (!MMI_LIKELY(order <= MMI_PCP_COSTLY && !mmi_cpu_is_asked(cpu) &&
			mmi_page_zone_bits(page) == cpu->freed_zone_bits && type < MMI_PCP_TYPES &&
			pcp->nr_pages + (1u << order) <= pcp->high)) {
		free_the_long_way(cpu, page, order);
		return;
	}
	mmi_pcp_push(pcp, &mmi_cpu_freed_lists(cpu, type)[order], order, page);
	cpu->stats.nr_frees++;
	if (!MMI_LIKELY(!mmi_cpu_end(cpu, epoch)))
		mmi_cpu_answer(cpu);
}
