/* SPDX-License-Identifier: MIT */
/*
 * Taking back many single pages at once.
 *
 * Pages with adjacent PFNs form a run, as far as they are in one section and one zone.  A run that
 * fits goes onto the context's lists, looked up once a pageblock; a longer one goes to its zone as
 * its largest aligned blocks, under the lock once, without passing through lists of single pages.
 */
#include "machine/minmax.h"
#include "page_alloc/bulk_listed.h"
#include "zone/buddy.h"
#include "zone/list.h"

/* Pages of the run that begins with pages[0], which is allocated: at most @nr. */
static int run_length(const struct mmi_memmap *map, struct mmi_page *const *pages, int nr)
{
	const uint64_t section_pages = mmi_section_pages(&map->geometry);
	const uint64_t pfn = mmi_page_pfn(map, pages[0]);
	const uint64_t to_border = section_pages - (pfn & (section_pages - 1));
	const uint64_t zone_bits = pages[0]->flags >> MMI_PG_ZONE_SHIFT;
	int length = 1;

	nr = (int)mmi_smaller((uint64_t)nr, to_border);
	while (length < nr && pages[length] == pages[0] + length &&
	       pages[length]->flags >> MMI_PG_ZONE_SHIFT == zone_bits &&
	       mmi_page_is_allocated(pages[length]))
		length++;
	return length;
}

static void free_to_zone(struct mmi_zone *zone, struct mmi_page *page, int nr)
{
	const struct mmi_platform *platform = zone->mem->platform;
	const uint64_t pfn = mmi_page_pfn(&zone->mem->map, page);

	platform->ops->lock(platform->ctx, &zone->lock);
	for (int i = 0; i < nr; i++)
		mmi_page_set_count(&page[i], 0);
	mmi_buddy_free_range_locked(zone, pfn, pfn + (uint64_t)nr);
	platform->ops->unlock(platform->ctx, &zone->lock);
}

static int push_listed(struct mmi_cpu *cpu, struct mmi_page **pages, int nr)
{
	return mmi_push_listed(cpu, pages, nr, cpu->alloc->bulk->take_back);
}

/* A run of allocated pages of one zone: onto the context's lists if it fits, else to the zone. */
static void free_run(struct mmi_cpu *cpu, struct mmi_page **pages, int nr)
{
	struct mmi_alloc *alloc = cpu->alloc;
	struct mmi_page *page = pages[0];
	const size_t number = mmi_page_zone_number(alloc, page);
	struct mmi_zone *zone = mmi_numbered_zone(alloc->mem, number);
	struct mmi_pcp *pcp = &cpu->pcps[number];
	int nr_pushed = 0, nr_more;

	mmi_cpu_free_to(cpu, pcp, page);
	if (pcp->nr_pages + (uint32_t)nr > pcp->high) {
		mmi_pcp_fit(pcp, zone, &alloc->figures[number]);
		if (pcp->nr_pages) {
			mmi_pcp_make_room(pcp, zone, 1);
			cpu->stats.nr_flushes++;
		}
	}
	while (nr_pushed < nr &&
	       (nr_more = push_listed(cpu, pages + nr_pushed, nr - nr_pushed)) > 0)
		nr_pushed += nr_more;
	if (nr_pushed < nr) {
		pcp->nr_taken_pages -= nr - nr_pushed;
		free_to_zone(zone, page + nr_pushed, nr - nr_pushed);
	}
}

/* The run that begins with pages[0], whatever that is; returns of how many slots. */
static int free_first_run(struct mmi_cpu *cpu, struct mmi_page **pages, int nr)
{
	const struct mmi_memmap *map = &cpu->alloc->mem->map;
	int length = 1;

	if (!mmi_page_is_allocated(mmi_page_access(map, pages[0]))) {
		cpu->stats.nr_bad_frees++;
	} else {
		length = run_length(map, pages, nr);
		free_run(cpu, pages, length);
	}
	for (int i = 0; i < length; i++)
		pages[i] = NULL;
	return length;
}

void mmi_bulk_free_the_long_way(struct mmi_cpu *cpu, struct mmi_page **array, int nr_pages)
{
	mmi_cpu_answer_if_asked(cpu);
	for (int i = 0; i < nr_pages;) {
		if (!array[i]) {
			i++;
			continue;
		}
		const int nr = push_listed(cpu, &array[i], nr_pages - i);
		i += nr ? nr : free_first_run(cpu, &array[i], nr_pages - i);
	}
	mmi_cpu_leave(cpu);
}

#define LIST_RUN 64

void mmi_free_pages_bulk_list(struct mmi_cpu *cpu, struct mmi_list *list)
{
	struct mmi_page *pages[LIST_RUN];
	int nr;

	do {
		for (nr = 0; nr < LIST_RUN && !mmi_list_is_empty(list); nr++) {
			pages[nr] = mmi_list_page(list->next);
			mmi_list_remove(list->next);
		}
		mmi_free_pages_bulk(cpu, pages, nr);
	} while (nr == LIST_RUN);
}
