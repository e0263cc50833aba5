/* SPDX-License-Identifier: MIT */
/*
 * Serving a request: which zones, down to which watermark, and what to do when all say no.
 *
 * Zones are asked in the order of the zonelist.  One that lacks memory because some of it is not
 * initialised yet is grown before the next is asked, so that memory comes from where it was wanted.
 */
#include "page_alloc/request.h"

#include "memmap/page_init.h"

bool mmi_request_init(struct mmi_request *rq, struct mmi_cpu *cpu, unsigned gfp, unsigned order,
		      int nid, const struct mmi_nodemask *nodemask)
{
	const struct mmi_machine *machine = cpu->alloc->mem->machine;

	*rq = (struct mmi_request){
	    .cpu = cpu,
	    .gfp = gfp,
	    .order = order,
	    .type = mmi_gfp_type(gfp),
	    .highest = mmi_gfp_zone(gfp),
	    .nid = nid,
	    .nodemask = nodemask,
	};
	return order <= machine->geometry.max_page_order &&
	       (nid < 0 || mmi_machine_node_index(machine, nid) >= 0);
}

void mmi_request_look_up(struct mmi_request *rq)
{
	const struct mmi_alloc *alloc = rq->cpu->alloc;
	size_t node = rq->nid < 0 ? rq->cpu->node : alloc->node_of_nid[rq->nid];

	rq->lists = mmi_alloc_lists(alloc);
	/* A thread on a node without memory is at home on the nearest that has some. */
	if (rq->nid < 0)
		node = rq->lists->nodes[node].nearest_node;
	rq->list = &rq->lists->nodes[node];
	rq->nr_refs = rq->gfp & MMI_GFP_THISNODE ? rq->list->nr_own : rq->list->nr;
}

uint32_t mmi_request_next(const struct mmi_request *rq, uint32_t i)
{
	const struct mmi_node *nodes = rq->cpu->alloc->mem->nodes;

	for (; i < rq->nr_refs; i++) {
		const struct mmi_zoneref *ref = &rq->list->refs[i];
		const int nid = nodes[ref->node].nid;
		if (ref->type <= rq->highest && mmi_cpu_may_use(rq->cpu, nid) &&
		    (!rq->nodemask || mmi_nodemask_has(rq->nodemask, nid)))
			break;
	}
	return i;
}

/* Pages below which the request must not take the zone. */
static uint64_t floor_pages(const struct mmi_request *rq, const struct mmi_zone_figures *figures,
			    enum mmi_mark mark)
{
	uint64_t nr_pages =
	    mmi_atomic_peek64(mark == MMI_MARK_LOW ? &figures->low_pages : &figures->min_pages);

	if (mark == MMI_MARK_MIN && rq->gfp & MMI_GFP_HIGH)
		nr_pages -= nr_pages / 2;
	return nr_pages + mmi_atomic_peek64(&figures->protection_pages[rq->highest]);
}

bool mmi_request_may_take(const struct mmi_request *rq, size_t number, enum mmi_mark mark,
			  uint64_t nr_pages)
{
	const struct mmi_alloc *alloc = rq->cpu->alloc;
	const struct mmi_zone *zone = mmi_numbered_zone(alloc->mem, number);
	const uint64_t floor = floor_pages(rq, &alloc->figures[number], mark);

	/* In this order: a page that is not missing any more is seen free. */
	return mmi_atomic_read64(&zone->nr_missing_pages) ||
	       mmi_atomic_peek64(&zone->nr_free_pages) > floor + nr_pages ||
	       (mark == MMI_MARK_MIN && rq->gfp & MMI_GFP_MEMALLOC);
}

struct mmi_page *mmi_request_take(struct mmi_request *rq, size_t number)
{
	const struct mmi_alloc *alloc = rq->cpu->alloc;
	struct mmi_zone *zone = mmi_numbered_zone(alloc->mem, number);
	struct mmi_pcp *pcp = &rq->cpu->pcps[number];
	const unsigned index = mmi_pcp_index(rq->order, alloc->mem->map.geometry.pageblock_order);
	struct mmi_page *page;

	if (index < MMI_PCP_ORDERS && pcp->lists[rq->type][index].nr) {
		page = mmi_pcp_pop(pcp, &pcp->lists[rq->type][index], rq->order);
	} else {
		mmi_pcp_fit(pcp, zone, &alloc->figures[number]);
		page = mmi_pcp_refill(pcp, zone, rq->order, rq->type);
		rq->cpu->stats.nr_refills += page != NULL;
	}
	return page;
}

bool mmi_request_grow(struct mmi_request *rq, size_t number)
{
	struct mmi_alloc *alloc = rq->cpu->alloc;
	struct mmi_zone *zone = mmi_numbered_zone(alloc->mem, number);
	const uint64_t generation = rq->lists->generation;

	if (rq->gfp & MMI_GFP_NOWAIT || rq->others_stopped || !alloc->run ||
	    !mmi_atomic_peek64(&zone->nr_missing_pages))
		return false;
	/* Nobody who waits is inside: others may have to wait for him. */
	mmi_cpu_leave(rq->cpu);
	const enum mmi_growth growth = mmi_deferred_grow(alloc->run, zone);
	mmi_cpu_enter(rq->cpu);
	rq->cpu->stats.nr_grows += growth == MMI_GREW;
	mmi_request_look_up(rq);
	return growth == MMI_GREW || rq->lists->generation != generation;
}

/* All zones once; begins anew whenever one has grown. */
static struct mmi_page *try_zones(struct mmi_request *rq, enum mmi_mark mark)
{
	uint32_t first = mmi_request_next(rq, 0);
	uint32_t i = first;

	while (i < rq->nr_refs) {
		const struct mmi_zoneref *ref = &rq->list->refs[i];
		const size_t number = mmi_zone_number(ref->node, ref->type);
		struct mmi_page *page = NULL;
		if (mmi_request_may_take(rq, number, mark, (1ull << rq->order) - 1))
			page = mmi_request_take(rq, number);
		if (page) {
			rq->cpu->stats.nr_foreign += i != first;
			return page;
		}
		if (mmi_request_grow(rq, number))
			i = first = mmi_request_next(rq, 0);
		else
			i = mmi_request_next(rq, i + 1);
	}
	return NULL;
}

/*
 * Brings home what lies on lists: of all contexts, or where waiting is not allowed our own.  The
 * request is served before others go on, who would have it all on their lists again.
 */
static struct mmi_page *gather(struct mmi_request *rq)
{
	struct mmi_alloc *alloc = rq->cpu->alloc;
	struct mmi_page *page;

	if (rq->gfp & MMI_GFP_NOWAIT) {
		mmi_cpu_drain_lists(rq->cpu);
		return NULL;
	}
	mmi_cpu_leave(rq->cpu);
	mmi_cpus_stop(alloc);
	mmi_cpus_drain(alloc);
	mmi_request_look_up(rq);
	rq->others_stopped = true;
	page = try_zones(rq, MMI_MARK_MIN);
	rq->others_stopped = false;
	mmi_cpus_resume(alloc);
	mmi_cpu_enter(rq->cpu);
	mmi_request_look_up(rq);
	return page;
}

struct mmi_page *mmi_request_serve(struct mmi_request *rq)
{
	struct mmi_alloc *alloc = rq->cpu->alloc;
	struct mmi_page *page;

	for (;;) {
		mmi_request_look_up(rq);
		page = try_zones(rq, MMI_MARK_LOW);
		if (!page)
			page = try_zones(rq, MMI_MARK_MIN);
		if (!page)
			page = gather(rq);
		if (!page)
			page = try_zones(rq, MMI_MARK_MIN);
		/* A zone that came while the old list was read must not be missed. */
		if (page || rq->lists == mmi_alloc_lists(alloc))
			break;
		rq->cpu->stats.nr_restarts++;
	}
	return page;
}

void mmi_request_find_shortcut(const struct mmi_request *rq)
{
	const struct mmi_alloc *alloc = rq->cpu->alloc;
	const struct mmi_zonelist *list = rq->list;

	if (rq->nid >= 0 || list->first[rq->highest] >= list->nr_own)
		return;
	const struct mmi_zoneref *ref = &list->refs[list->first[rq->highest]];
	if (!mmi_cpu_may_use(rq->cpu, alloc->mem->nodes[ref->node].nid))
		return;
	const size_t number = mmi_zone_number(ref->node, ref->type);
	const struct mmi_zone_figures *figures = &alloc->figures[number];
	struct mmi_pcp *pcp = &rq->cpu->pcps[number];
	rq->cpu->shortcuts[rq->gfp % MMI_GFP_KINDS] = (struct mmi_shortcut){
	    .generation = rq->lists->generation,
	    .pcp = pcp,
	    .lists = pcp->lists[rq->type],
	    .nr_free_pages = &mmi_numbered_zone(alloc->mem, number)->nr_free_pages,
	    .low_pages = &figures->low_pages,
	    .protection_pages = &figures->protection_pages[rq->highest],
	};
}
