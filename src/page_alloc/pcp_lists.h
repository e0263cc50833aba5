/* SPDX-License-Identifier: MIT */
/*
 * The per-CPU lists of one zone: free pages that one context holds, by order and migratetype.
 *
 * A list is a stack of runs: blocks one behind the other, as the zone gave them or as they were
 * taken back together.  A run is one word, whatever its length, so what moves as a run costs
 * nothing for each page but its struct page.  The stacks hold `high` pages together at most; they
 * are made when a context first has to do with the zone, and made anew when the zone's figures have
 * changed.  Where there is no memory for them, the zone itself serves the context.
 */
#ifndef PAGE_ALLOC_PCP_LISTS_H
#define PAGE_ALLOC_PCP_LISTS_H

#include "memmap/page_init.h"
#include "mminit/page_alloc.h"

#define MMI_PCP_TYPES  3  /* UNMOVABLE, MOVABLE, RECLAIMABLE: the first migratetypes */
#define MMI_PCP_ORDERS 5  /* 0 to 3, and that of a pageblock */
#define MMI_PCP_COSTLY 3  /* the highest of the small orders */
#define MMI_PCP_RUN    64 /* blocks of a run at most */

/* A run: the address of its first struct page, and the number of the blocks behind that. */
static inline uintptr_t mmi_run(const struct mmi_page *first, uint32_t nr)
{
	_Static_assert(sizeof(struct mmi_page) % MMI_PCP_RUN == 0,
		       "an address has bits for the number");
	return (uintptr_t)first + (nr - 1);
}
static inline struct mmi_page *mmi_run_first(uintptr_t run)
{
	return (struct mmi_page *)(run - run % MMI_PCP_RUN);
}
static inline uint32_t mmi_run_nr(uintptr_t run)
{
	return (uint32_t)(run % MMI_PCP_RUN) + 1;
}

struct mmi_pcp_list {
	uintptr_t *runs;
	uint32_t nr; /* of runs */
};

/*
 *   nr_pages = sum over lists of (blocks of the runs << order) <= high
 *   a page on a list: refcount 0, of the zone, no head of a free block
 *   nr_taken_pages = nr_pages + pages handed out less pages taken back, by this context
 *   over all contexts: managed pages of the zone = free + nr_taken_pages
 */
struct mmi_pcp {
	uint32_t nr_pages;
	uint32_t high; /* 0: there are no stacks */
	uint32_t batch;
	/*
	 * Refills or flushes in a row: each moves twice what the one before did, up to 2^5 batches.
	 */
	uint8_t refill_shift;
	uint8_t flush_shift;
	uint8_t pageblock_order;
	uint64_t low_pages;     /* the zone's watermark: only a batch is taken that leads below */
	int64_t nr_taken_pages; /* from the zone, less those that went back to it */
	uintptr_t *slots;
	size_t slots_bytes;
	struct mmi_pcp_list lists[MMI_PCP_TYPES][MMI_PCP_ORDERS];
} __attribute__((aligned(64)));

/* Index of the lists of @order; MMI_PCP_ORDERS: blocks of it are not kept. */
static inline unsigned mmi_pcp_index(unsigned order, unsigned pageblock_order)
{
	if (order <= MMI_PCP_COSTLY)
		return order;
	return order == pageblock_order ? MMI_PCP_COSTLY + 1 : MMI_PCP_ORDERS;
}

/* Puts a block that is given back on a list, which has room. */
static inline void mmi_pcp_push(struct mmi_pcp *pcp, struct mmi_pcp_list *list, unsigned order,
				struct mmi_page *page)
{
	mmi_page_set_count(page, 0);
	list->runs[list->nr++] = mmi_run(page, 1);
	pcp->nr_pages += 1u << order;
}

/* Takes the first @nr blocks, so many there are, off the uppermost run. */
static inline void mmi_pcp_shorten(struct mmi_pcp_list *list, unsigned order, uint32_t nr)
{
	uintptr_t *top = &list->runs[list->nr - 1];

	if (nr == mmi_run_nr(*top))
		list->nr--;
	else
		*top += nr * ((sizeof(struct mmi_page) << order) - 1);
}

/* Hands out the uppermost block of a list, which has one. */
static inline struct mmi_page *mmi_pcp_pop(struct mmi_pcp *pcp, struct mmi_pcp_list *list,
					   unsigned order)
{
	struct mmi_page *page = mmi_run_first(list->runs[list->nr - 1]);

	mmi_pcp_shorten(list, order, 1);
	pcp->nr_pages -= 1u << order;
	mmi_page_set_count(page, 1);
	return page;
}

/* Stacks for @figures, if that is not what there is; what is on the old ones goes to @zone. */
void mmi_pcp_fit(struct mmi_pcp *pcp, struct mmi_zone *zone,
		 const struct mmi_zone_figures *figures);

/*
 * Takes up to a batch of blocks from @zone, under its lock once, or more if this is one of several
 * refills in a row and the zone stays above its low watermark: the first is returned, with refcount
 * 1, the others go on the list.  NULL: the zone has none.
 */
struct mmi_page *mmi_pcp_refill(struct mmi_pcp *pcp, struct mmi_zone *zone, unsigned order,
				enum mmi_migratetype type);

/* Gives at least @nr_pages (or all there are) back to @zone, under its lock once. */
void mmi_pcp_flush(struct mmi_pcp *pcp, struct mmi_zone *zone, uint64_t nr_pages);

/* Gives all back; what comes next begins a new row. */
void mmi_pcp_drain(struct mmi_pcp *pcp, struct mmi_zone *zone);

/*
 * Makes room for @nr_pages: gives a batch at least back, more if this is one of several in a row.
 */
void mmi_pcp_make_room(struct mmi_pcp *pcp, struct mmi_zone *zone, uint64_t nr_pages);

/* Frees the stacks, which are empty. */
void mmi_pcp_release(struct mmi_pcp *pcp, const struct mmi_platform *platform);

/* Asserts the invariants above but the last. */
int mmi_pcp_check(const struct mmi_pcp *pcp, const struct mmi_zone *zone, struct mmi_error *err);

#endif
