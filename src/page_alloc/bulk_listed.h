/* SPDX-License-Identifier: MIT */
/*
 * The short ways of bulk requests: all pages come from one list of the context, or go to lists.
 *
 * A page costs two stores, to lines of their own, and stores are what limits it; so slots and what
 * is looked at beside them are dealt with up to sixteen at a time, in as wide words as the memmap's
 * store has, without a call between.  The choice is made once, when the allocator is made.
 */
#ifndef PAGE_ALLOC_BULK_LISTED_H
#define PAGE_ALLOC_BULK_LISTED_H

#include "machine/minmax.h"
#include "page_alloc/alloc_cpu.h"

/* Hands out @nr pages from @first on: they stand in @slots, with refcount 1. */
typedef void mmi_hand_out_fn(struct mmi_page *first, struct mmi_page **slots, size_t nr);

/*
 * Takes back the run that begins with slots[0]: of at most @nr pages, all of whose struct pages
 * there are, as many as lie one behind the other, are allocated (mmi_page_is_allocated()), carry no
 * type, and are of the node and zone that @flags says.  They have refcount 0 then, and their slots
 * are empty.  Returns how many.
 */
typedef size_t mmi_take_back_fn(const struct mmi_memmap *map, struct mmi_page **slots, size_t nr,
				uint64_t flags);

struct mmi_bulk_ways {
	/* mmi_alloc_pages_bulk() and mmi_free_pages_bulk(), which go the long ways if they must. */
	int (*alloc)(struct mmi_cpu *cpu, unsigned gfp, int nid,
		     const struct mmi_nodemask *nodemask, int nr_pages, struct mmi_page **array);
	void (*free)(struct mmi_cpu *cpu, struct mmi_page **array, int nr_pages);
	mmi_hand_out_fn *hand_out;
	mmi_take_back_fn *take_back;
};

/* The functions that go with @store, which is not MMI_STORE_AUTO and which this CPU has. */
const struct mmi_bulk_ways *mmi_bulk_ways(enum mmi_store store);

/*
 * The ways of all other requests.  The context is entered, but for somebody who may be asking
 * something of it; it is left.
 */
int mmi_bulk_alloc_the_long_way(struct mmi_cpu *cpu, unsigned gfp, int nid,
				const struct mmi_nodemask *nodemask, int nr_pages,
				struct mmi_page **array);
void mmi_bulk_free_the_long_way(struct mmi_cpu *cpu, struct mmi_page **array, int nr_pages);

#define MMI_RUNS_LOOKED_AT 8

/*
 * Puts a run that has @nr pages, or as many as a run can have, uppermost, if one of the uppermost
 * few has: what is handed out as one run is taken back as one.
 */
static inline void mmi_raise_run(struct mmi_pcp_list *list, uint32_t nr)
{
	const uint32_t top = list->nr - 1;
	const uint32_t nr_looks = (uint32_t)mmi_smaller(list->nr, MMI_RUNS_LOOKED_AT);
	uint32_t i = 0;

	nr = (uint32_t)mmi_smaller(nr, MMI_PCP_RUN);
	while (i < nr_looks && mmi_run_nr(list->runs[top - i]) < nr)
		i++;
	if (i < nr_looks) {
		const uintptr_t raised = list->runs[top - i];
		list->runs[top - i] = list->runs[top];
		list->runs[top] = raised;
	}
}

/* Hands out up to @nr pages of a list of single pages; returns how many it had. */
__attribute__((always_inline)) static inline uint32_t
mmi_pop_listed(struct mmi_pcp *pcp, struct mmi_pcp_list *list, struct mmi_page **slots, uint32_t nr,
	       mmi_hand_out_fn *hand_out)
{
	uint32_t nr_popped = 0;

	while (nr_popped < nr && list->nr) {
		mmi_raise_run(list, nr - nr_popped);
		const uintptr_t run = list->runs[list->nr - 1];
		const uint32_t nr_wanted = nr - nr_popped;
		const uint32_t nr_more = (uint32_t)mmi_smaller(mmi_run_nr(run), nr_wanted);
		hand_out(mmi_run_first(run), &slots[nr_popped], nr_more);
		mmi_pcp_shorten(list, 0, nr_more);
		nr_popped += nr_more;
	}
	pcp->nr_pages -= nr_popped;
	return nr_popped;
}

/*
 * As much of the run that begins with pages[0] as lies in one pageblock and makes one run of a list
 * goes onto the list that the page before went onto; nothing, unless there is room for all of @nr.
 * Returns how many went.
 */
__attribute__((always_inline)) static inline int
mmi_push_listed(struct mmi_cpu *cpu, struct mmi_page **pages, int nr, mmi_take_back_fn *take_back)
{
	const struct mmi_memmap *map = &cpu->alloc->mem->map;
	struct mmi_pcp *pcp = cpu->freed_pcp;
	struct mmi_page *first = pages[0];
	const uint64_t pfn = mmi_page_pfn(map, first);
	const uint64_t pageblock_pages = mmi_pageblock_pages(&map->geometry);
	const uint64_t to_border = pageblock_pages - (pfn & (pageblock_pages - 1));
	const uint64_t most = mmi_smaller(to_border, MMI_PCP_RUN);
	const unsigned type = mmi_pageblock_peek(map, pfn);

	if (type >= MMI_PCP_TYPES || (uint32_t)nr > pcp->high - pcp->nr_pages)
		return 0;
	struct mmi_pcp_list *list = mmi_cpu_freed_lists(cpu, type);
	const uint64_t flags = (uint64_t)cpu->freed_zone_bits << MMI_PG_ZONE_SHIFT;
	const uint32_t nr_pushed =
	    (uint32_t)take_back(map, pages, (size_t)mmi_smaller((uint64_t)nr, most), flags);
	if (nr_pushed)
		list->runs[list->nr++] = mmi_run(first, nr_pushed);
	pcp->nr_pages += nr_pushed;
	return (int)nr_pushed;
}

#endif
