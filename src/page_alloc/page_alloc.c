/* SPDX-License-Identifier: MIT */
/* Handing out and taking back one block. */
#include "memmap/page_init.h"
#include "page_alloc/request.h"
#include "zone/buddy.h"

/*
 * The short way, which nearly all requests go: the first zone of the list is above its low
 * watermark, and the context has a block of that kind.  Refuses what it does not know at sight.
 */
static struct mmi_page *take_listed(struct mmi_cpu *cpu, unsigned gfp, unsigned order, int nid)
{
	const struct mmi_alloc *alloc = cpu->alloc;
	const struct mmi_mem *mem = alloc->mem;
	const enum mmi_zone_type highest = mmi_gfp_zone(gfp);
	const unsigned index = mmi_pcp_index(order, mem->map.geometry.pageblock_order);
	const struct mmi_zonelists *lists = mmi_alloc_lists(alloc);
	const size_t node =
	    nid < 0 ? lists->nodes[cpu->node].nearest_node : alloc->node_of_nid[nid];
	const struct mmi_zonelist *list = &lists->nodes[node];

	if (index == MMI_PCP_ORDERS || list->first[highest] >= list->nr_own)
		return NULL;
	const struct mmi_zoneref *ref = &list->refs[list->first[highest]];
	const size_t number = mmi_zone_number(ref->node, ref->type);
	const struct mmi_zone_figures *figures = &alloc->figures[number];
	struct mmi_pcp *pcp = &cpu->pcps[number];
	struct mmi_pcp_list *stack = &pcp->lists[mmi_gfp_type(gfp)][index];
	const uint64_t floor = mmi_atomic_peek64(&figures->low_pages) +
			       mmi_atomic_peek64(&figures->protection_pages[highest]) +
			       (1ull << order);

	if (!stack->nr ||
	    mmi_atomic_peek64(&mem->nodes[ref->node].zones[ref->type].nr_free_pages) < floor)
		return NULL;
	struct mmi_page *page = stack->pages[--stack->nr];
	pcp->nr_pages -= 1u << order;
	pcp->nr_given_pages += 1ll << order;
	mmi_page_set_count(page, 1);
	return page;
}

static bool is_nid(const struct mmi_alloc *alloc, int nid)
{
	return nid < 0 ||
	       (nid < MMI_MAX_NODES && alloc->mem->nodes[alloc->node_of_nid[nid]].nid == nid);
}

struct mmi_page *mmi_alloc_pages(struct mmi_cpu *cpu, unsigned gfp, unsigned order, int nid,
				 const struct mmi_nodemask *nodemask)
{
	struct mmi_request rq;
	struct mmi_page *page = NULL;

	if (!is_nid(cpu->alloc, nid)) {
		cpu->stats.nr_failed++;
		return NULL;
	}
	mmi_cpu_enter(cpu);
	if (!nodemask)
		page = take_listed(cpu, gfp, order, nid);
	if (!page && mmi_request_init(&rq, cpu, gfp, order, nid, nodemask))
		page = mmi_request_serve(&rq);
	cpu->stats.nr_allocs += page != NULL;
	cpu->stats.nr_failed += page == NULL;
	mmi_cpu_leave(cpu);
	return page;
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

	mmi_pcp_fit(pcp, zone, &cpu->alloc->figures[number]);
	if (pcp->nr_pages + (1u << order) > pcp->high) {
		mmi_pcp_flush(pcp, zone, pcp->batch > 1u << order ? pcp->batch : 1u << order);
		cpu->stats.nr_flushes++;
	}
	return pcp->nr_pages + (1u << order) <= pcp->high;
}

void mmi_free_pages(struct mmi_cpu *cpu, struct mmi_page *page, unsigned order)
{
	struct mmi_alloc *alloc = cpu->alloc;
	const struct mmi_memmap *map = &alloc->mem->map;
	const uint64_t pfn = mmi_page_pfn(map, mmi_page_access(map, page));
	const unsigned index = mmi_pcp_index(order, map->geometry.pageblock_order);

	if (page->refcount != 1 || page->flags & MMI_PG_RESERVED || page->mapping) {
		cpu->stats.nr_bad_frees++;
		return;
	}
	mmi_cpu_enter(cpu);
	const size_t number = mmi_page_zone_number(alloc, page);
	struct mmi_pcp *pcp = &cpu->pcps[number];
	const unsigned type = mmi_pageblock_type(map, pfn);
	if (index < MMI_PCP_ORDERS && type < MMI_PCP_TYPES &&
	    (pcp->nr_pages + (1u << order) <= pcp->high || make_room(cpu, number, order))) {
		struct mmi_pcp_list *list = &pcp->lists[type][index];
		mmi_page_set_count(page, 0);
		list->pages[list->nr++] = page;
		pcp->nr_pages += 1u << order;
	} else {
		free_to_zone(mmi_numbered_zone(alloc->mem, number), pfn, order);
	}
	pcp->nr_given_pages -= 1ll << order;
	cpu->stats.nr_frees++;
	mmi_cpu_leave(cpu);
}
