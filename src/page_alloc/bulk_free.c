/* SPDX-License-Identifier: MIT */
/*
 * Taking back many single pages at once.
 *
 * Pages with adjacent PFNs form a run, as far as they are in one section and one zone.  A run that
 * fits goes onto the context's lists, looked up once a pageblock; a longer one goes to its zone as
 * its largest aligned blocks, under the lock once, without passing through lists of single pages.
 */
#include "memmap/page_init.h"
#include "page_alloc/alloc_cpu.h"
#include "zone/buddy.h"
#include "zone/list.h"

static bool is_allocated(const struct mmi_page *page)
{
	return page->refcount == 1 && !(page->flags & MMI_PG_RESERVED) && !page->mapping;
}

/* Pages of the run that begins with pages[0], which is allocated: at most @nr. */
static int run_length(const struct mmi_memmap *map, struct mmi_page *const *pages, int nr)
{
	const uint64_t section_pages = mmi_section_pages(&map->geometry);
	const uint64_t pfn = mmi_page_pfn(map, pages[0]);
	const uint64_t to_border = section_pages - (pfn & (section_pages - 1));
	const uint64_t zone_bits = pages[0]->flags >> MMI_PG_ZONE_SHIFT;
	int length = 1;

	if ((uint64_t)nr > to_border)
		nr = (int)to_border;
	while (length < nr && pages[length] == pages[0] + length &&
	       pages[length]->flags >> MMI_PG_ZONE_SHIFT == zone_bits &&
	       is_allocated(pages[length]))
		length++;
	return length;
}

/* Onto the context's lists, which have room, up to a pageblock that has none; how many went. */
static int push_run(struct mmi_pcp *pcp, const struct mmi_memmap *map, struct mmi_page *page,
		    int nr)
{
	const uint64_t pageblock_pages = mmi_pageblock_pages(&map->geometry);
	int nr_pushed = 0;

	while (nr_pushed < nr) {
		const uint64_t pfn = mmi_page_pfn(map, page + nr_pushed);
		const uint64_t to_border = pageblock_pages - (pfn & (pageblock_pages - 1));
		const int left = nr - nr_pushed;
		const int nr_here = (uint64_t)left < to_border ? left : (int)to_border;
		const unsigned type = mmi_pageblock_type(map, pfn);
		if (type >= MMI_PCP_TYPES)
			break;
		struct mmi_pcp_list *list = &pcp->lists[type][0];
		struct mmi_page **slots = &list->pages[list->nr];
		for (int i = 0; i < nr_here; i++, nr_pushed++) {
			mmi_page_set_count(&page[nr_pushed], 0);
			slots[i] = &page[nr_pushed];
		}
		list->nr += (uint32_t)nr_here;
		pcp->nr_pages += (uint32_t)nr_here;
	}
	return nr_pushed;
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

static void free_run(struct mmi_cpu *cpu, struct mmi_page *page, int nr)
{
	struct mmi_alloc *alloc = cpu->alloc;
	const size_t number = mmi_page_zone_number(alloc, page);
	struct mmi_zone *zone = mmi_numbered_zone(alloc->mem, number);
	struct mmi_pcp *pcp = &cpu->pcps[number];
	int nr_pushed = 0;

	if (pcp->nr_pages + (uint32_t)nr > pcp->high) {
		mmi_pcp_fit(pcp, zone, &alloc->figures[number]);
		mmi_pcp_flush(pcp, zone, pcp->batch);
		cpu->stats.nr_flushes++;
	}
	if (pcp->nr_pages + (uint32_t)nr <= pcp->high)
		nr_pushed = push_run(pcp, &alloc->mem->map, page, nr);
	if (nr_pushed < nr) {
		pcp->nr_taken_pages -= nr - nr_pushed;
		free_to_zone(zone, page + nr_pushed, nr - nr_pushed);
	}
}

void mmi_free_pages_bulk(struct mmi_cpu *cpu, struct mmi_page **array, int nr_pages)
{
	const struct mmi_memmap *map = &cpu->alloc->mem->map;

	mmi_cpu_enter(cpu);
	for (int i = 0; i < nr_pages;) {
		int length = 1;
		if (array[i] && !is_allocated(mmi_page_access(map, array[i])))
			cpu->stats.nr_bad_frees++;
		else if (array[i]) {
			length = run_length(map, &array[i], nr_pages - i);
			free_run(cpu, array[i], length);
		}
		for (int end = i + length; i < end; i++)
			array[i] = NULL;
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
