/* SPDX-License-Identifier: MIT */
/*
 * Many single pages at once.
 *
 * A bulk request is served from one zone, the first of the preferred node that can give all of it
 * and stay above its low watermark; what is already in the array is left alone.  It is an offer,
 * not a promise: where no zone can, one page comes the ordinary way, and who wants more asks again.
 */
#include "page_alloc/bulk_listed.h"
#include "page_alloc/request.h"
#include "zone/buddy.h"
#include "zone/list.h"

#define NO_ZONE SIZE_MAX

/* Can the zone give @nr_pages and stay above its low watermark?  @preferred: the first zone. */
static bool can_serve(const struct mmi_request *rq, size_t number, enum mmi_zone_type preferred,
		      uint64_t nr_pages)
{
	const struct mmi_alloc *alloc = rq->cpu->alloc;
	const struct mmi_zone *zone = mmi_numbered_zone(alloc->mem, number);
	const struct mmi_zone_figures *figures = &alloc->figures[number];
	uint64_t floor = 0;

	if (!mmi_atomic_read64(&zone->nr_missing_pages))
		floor = mmi_atomic_peek64(&figures->low_pages) +
			mmi_atomic_peek64(&figures->protection_pages[preferred]);
	return mmi_atomic_peek64(&zone->nr_free_pages) > floor + nr_pages;
}

/* The number of the zone that serves the request, or NO_ZONE. */
static size_t find_zone(struct mmi_request *rq, uint64_t nr_pages)
{
	uint32_t first = mmi_request_next(rq, 0);
	uint32_t i = first;

	while (i < rq->nr_refs && rq->list->refs[i].node == rq->list->refs[first].node) {
		const struct mmi_zoneref *ref = &rq->list->refs[i];
		const size_t number = mmi_zone_number(ref->node, ref->type);
		if (can_serve(rq, number, rq->list->refs[first].type, nr_pages))
			return number;
		if (mmi_request_grow(rq, number))
			i = first = mmi_request_next(rq, 0);
		else
			i = mmi_request_next(rq, i + 1);
	}
	return NO_ZONE;
}

/* Takes @nr_wanted pages of one zone into @pages; returns how many it had. */
static uint32_t take_pages(struct mmi_request *rq, size_t number, struct mmi_page **pages,
			   uint32_t nr_wanted)
{
	struct mmi_pcp *pcp = &rq->cpu->pcps[number];
	struct mmi_pcp_list *list = &pcp->lists[rq->type][0];
	uint32_t nr = 0;

	while (nr < nr_wanted) {
		nr += mmi_pop_listed(pcp, list, &pages[nr], nr_wanted - nr,
				     rq->cpu->alloc->bulk->hand_out);
		if (nr == nr_wanted)
			break;
		pages[nr] = mmi_request_take(rq, number); /* brings the next batch */
		if (!pages[nr])
			break;
		nr++;
	}
	return nr;
}

/* The ordinary way, for one page. */
static struct mmi_page *take_one(struct mmi_request *rq)
{
	struct mmi_page *page = mmi_request_serve(rq);

	rq->cpu->stats.nr_bulk_pages += page != NULL;
	rq->cpu->stats.nr_failed += page == NULL;
	return page;
}

static int count_filled(struct mmi_page *const *array, int nr_pages)
{
	int nr_filled = 0;

	for (int i = 0; i < nr_pages; i++)
		nr_filled += array[i] != NULL;
	return nr_filled;
}

/* The first empty slot from @i on; nr_pages: none. */
static int next_empty(struct mmi_page *const *array, int i, int nr_pages)
{
	while (i < nr_pages && array[i])
		i++;
	return i;
}

/* Empty slots from @i on, in a row. */
static int count_empty(struct mmi_page *const *array, int i, int nr_pages)
{
	const int start = i;

	while (i < nr_pages && !array[i])
		i++;
	return i - start;
}

/* Fills the empty slots from one zone, run by run; returns how many. */
static int fill_slots(struct mmi_request *rq, size_t number, struct mmi_page **array, int nr_pages)
{
	int nr_got = 0;

	for (int i = next_empty(array, 0, nr_pages); i < nr_pages;
	     i = next_empty(array, i, nr_pages)) {
		const int nr_empty = count_empty(array, i, nr_pages);
		const int nr = (int)take_pages(rq, number, &array[i], (uint32_t)nr_empty);
		nr_got += nr;
		if (nr < nr_empty)
			break;
		i += nr;
	}
	rq->cpu->stats.nr_bulk_pages += (uint64_t)nr_got;
	return nr_got;
}

int mmi_bulk_alloc_the_long_way(struct mmi_cpu *cpu, unsigned gfp, int nid,
				const struct mmi_nodemask *nodemask, int nr_pages,
				struct mmi_page **array)
{
	const int first = next_empty(array, 0, nr_pages);
	const bool wants_more = next_empty(array, first + 1, nr_pages) < nr_pages;
	struct mmi_request rq;
	size_t number = NO_ZONE;
	int nr_got = 0;

	mmi_cpu_answer_if_asked(cpu);
	if (first < nr_pages && mmi_request_init(&rq, cpu, gfp, 0, nid, nodemask)) {
		mmi_request_look_up(&rq);
		if (wants_more)
			number = find_zone(&rq, (uint64_t)nr_pages);
		if (number != NO_ZONE)
			nr_got = fill_slots(&rq, number, array, nr_pages);
		if (!nr_got)
			array[first] = take_one(&rq);
		mmi_request_find_shortcut(&rq);
	}
	mmi_cpu_leave(cpu);
	return count_filled(array, nr_pages);
}

#define LIST_RUN 64

static int fill_list(struct mmi_request *rq, size_t number, struct mmi_list *list, int nr_pages)
{
	struct mmi_page *pages[LIST_RUN];
	int nr_got = 0;

	while (nr_got < nr_pages) {
		const int nr_wanted = nr_pages - nr_got < LIST_RUN ? nr_pages - nr_got : LIST_RUN;
		const int nr = (int)take_pages(rq, number, pages, (uint32_t)nr_wanted);
		for (int i = 0; i < nr; i++)
			mmi_list_add_tail(list, &pages[i]->lru);
		nr_got += nr;
		if (nr < nr_wanted)
			break;
	}
	rq->cpu->stats.nr_bulk_pages += (uint64_t)nr_got;
	return nr_got;
}

int mmi_alloc_pages_bulk_list(struct mmi_cpu *cpu, unsigned gfp, int nid,
			      const struct mmi_nodemask *nodemask, int nr_pages,
			      struct mmi_list *list)
{
	struct mmi_request rq;
	struct mmi_page *page;
	size_t number = NO_ZONE;
	int nr_got = 0;

	if (nr_pages <= 0 || !mmi_request_init(&rq, cpu, gfp, 0, nid, nodemask))
		return 0;
	mmi_cpu_enter(cpu);
	mmi_request_look_up(&rq);
	if (nr_pages > 1)
		number = find_zone(&rq, (uint64_t)nr_pages);
	if (number != NO_ZONE)
		nr_got = fill_list(&rq, number, list, nr_pages);
	if (!nr_got && (page = take_one(&rq)) != NULL) {
		mmi_list_add_tail(list, &page->lru);
		nr_got = 1;
	}
	mmi_cpu_leave(cpu);
	return nr_got;
}
