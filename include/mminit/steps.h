/* SPDX-License-Identifier: MIT */
/*
 * Steps: what an algorithm's chunk() and begin() are made of (struct mmi_deferred_ops).
 *
 *	static void chunk(struct mmi_worker *worker, uint64_t start_pfn, uint64_t end_pfn)
 *	{
 *		mmi_worker_begin_sections(worker, start_pfn, end_pfn);
 *		mmi_worker_init_pages(worker, start_pfn, end_pfn);
 *		mmi_worker_free_pages(worker, start_pfn, end_pfn);
 *		mmi_worker_end_sections(worker, start_pfn, end_pfn);
 *	}
 *
 * A worker is one thread's view of the run; the calls may be made by that thread only, inside of
 * the operation that it was passed to.  Where an algorithm breaks an invariant of verify.h it is
 * not stopped here: the checked core records it, and verification names it.
 */
#ifndef MMINIT_STEPS_H
#define MMINIT_STEPS_H

#include "mminit/deferred.h"

MMI_DECLARATIONS_BEGIN

/* The memory that is initialised; its extents tell what is where. */
struct mmi_mem *mmi_worker_mem(const struct mmi_worker *worker);
const struct mmi_plan *mmi_worker_plan(const struct mmi_worker *worker);
void *mmi_worker_user(const struct mmi_worker *worker); /* of the operations */
int mmi_worker_nid(const struct mmi_worker *worker);    /* whose chunk it is at; -1: early work */

/*
 * The present sections of [start_pfn, end_pfn), whole ones, become BUSY and their pageblocks
 * MOVABLE; then READY, with every struct page initialised.  A section that ends has been freed:
 * while somebody waits its blocks join the zone at once.
 */
void mmi_worker_begin_sections(struct mmi_worker *worker, uint64_t start_pfn, uint64_t end_pfn);
void mmi_worker_end_sections(struct mmi_worker *worker, uint64_t start_pfn, uint64_t end_pfn);

/* Writes each struct page of [start_pfn, end_pfn) once, in its final state; not absent ones. */
void mmi_worker_init_pages(struct mmi_worker *worker, uint64_t start_pfn, uint64_t end_pfn);

/*
 * Frees what is free memory of [start_pfn, end_pfn), as the largest aligned blocks there are, onto
 * the worker's own list; they join the zone when the chunk ends.
 */
void mmi_worker_free_pages(struct mmi_worker *worker, uint64_t start_pfn, uint64_t end_pfn);

/*
 * Frees the block of 1 << @order pages at @pfn, free memory of one zone, onto the zone's lists at
 * once, under its lock, merging it with its buddies.
 */
void mmi_worker_free_block(struct mmi_worker *worker, uint64_t pfn, unsigned order);

/* Gives the pageblock of @pfn its type. */
void mmi_worker_set_pageblock(struct mmi_worker *worker, uint64_t pfn, enum mmi_migratetype type);

MMI_DECLARATIONS_END

#endif
