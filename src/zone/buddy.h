/* SPDX-License-Identifier: MIT */
/*
 * The buddy lists of a zone, and the private lists on which a worker collects free blocks.
 *
 * A free block is named by its head page: page_type BUDDY, private_data = order, lru on a list.
 * Nothing but the head of a block is touched when it is freed, split or merged.
 */
#ifndef ZONE_BUDDY_H
#define ZONE_BUDDY_H

#include "memmap/atomic.h"
#include "mminit/zone.h"

/*
 * Free blocks that only one thread knows yet, all of them MOVABLE.  Sorted by order are those of
 * one zone; what a section has of other zones, too, waits aside: to join any of them before the
 * whole section is initialised would let others write its pageblocks.
 *   nr_pages = sum over orders of (nr_blocks << order)
 */
struct mmi_free_batch {
	struct mmi_zone *zone;  /* NULL: empty */
	struct mmi_list others; /* blocks of other zones */
	uint64_t nr_others;
	struct mmi_list lists[MMI_NR_PAGE_ORDERS];
	uint64_t nr_blocks[MMI_NR_PAGE_ORDERS];
	uint64_t nr_pages;
	/* Over the batch's whole life, for statistics. */
	uint64_t total_blocks;
	uint64_t total_pages;
	uint64_t total_splices;
};

/*
 * Is @page linked to @zone?  Of one that is not nothing else may be looked at under this zone's
 * lock: where zones meet inside a block, the lock of its own is what it is written under.
 */
static inline bool mmi_zone_has_page(const struct mmi_zone *zone, const struct mmi_page *page)
{
	const uint64_t flags = mmi_atomic_glance64(&page->flags);

	return mmi_flags_nid(flags) == zone->nid && mmi_flags_zone(flags) == zone->type;
}

/* The largest order of a block that begins at @pfn and does not pass @end_pfn, up to @max_order. */
unsigned mmi_largest_order(uint64_t pfn, uint64_t end_pfn, unsigned max_order);

void mmi_batch_init(struct mmi_free_batch *batch);

/* Collects [start_pfn, end_pfn), initialised free pages of @zone, as its largest aligned blocks. */
void mmi_batch_add(struct mmi_free_batch *batch, struct mmi_zone *zone, uint64_t start_pfn,
		   uint64_t end_pfn);

/* Joins all blocks to their zones' lists, under their locks: they become managed and free. */
void mmi_batch_splice(struct mmi_free_batch *batch);

/* Makes every list empty and every counter 0. */
void mmi_zone_init_lists(struct mmi_zone *zone);

/*
 * Frees the block at @pfn, merging it with its buddies as far as they are free.  Zone lock held;
 * the block's pages are initialised and in the zone.
 */
void mmi_buddy_free_locked(struct mmi_zone *zone, uint64_t pfn, unsigned order);

/* The same for a block that has never been free: it becomes managed.  Zone lock held. */
void mmi_buddy_add_locked(struct mmi_zone *zone, uint64_t pfn, unsigned order);

/* Frees [start_pfn, end_pfn), pages of the zone, as their largest aligned blocks.  Lock held. */
void mmi_buddy_free_range_locked(struct mmi_zone *zone, uint64_t start_pfn, uint64_t end_pfn);

/*
 * Takes a block of @order of migratetype @type, splitting a larger one when it must; its pages'
 * head gets refcount 1.  Zone lock held.  The head page, or NULL when no list has one.
 */
struct mmi_page *mmi_buddy_alloc_locked(struct mmi_zone *zone, unsigned order,
					enum mmi_migratetype type);

/*
 * Takes up to @nr_wanted blocks of @order that lie one behind the other out of one free block;
 * which one, and which part of it, is as if they were taken one by one.  Their heads keep refcount
 * 0.  Zone lock held.  The first and, in *@nr, how many; NULL when no list has one, *@nr as it was.
 */
struct mmi_page *mmi_buddy_alloc_run_locked(struct mmi_zone *zone, unsigned order,
					    enum mmi_migratetype type, uint32_t nr_wanted,
					    uint32_t *nr);

/*
 * Takes the free block of @from_order that begins at @page off its list and splits it down to
 * @order; what is over goes to the lists of @type.  Head as above.  Zone lock held.
 */
void mmi_buddy_take_locked(struct mmi_zone *zone, struct mmi_page *page, unsigned from_order,
			   unsigned order, enum mmi_migratetype type);

/*
 * Takes the whole free block that begins at @page off its list; its pages are nobody's, with
 * refcount 0.  Zone lock held.  Returns its order.
 */
unsigned mmi_buddy_remove_locked(struct mmi_zone *zone, struct mmi_page *page);

/*
 * When no list of @type has a block of @order: takes one of another migratetype (steal.c says
 * which), and with it the whole pageblock where most of that is free.  Every free block stands on
 * the list of its pageblock's type before and after.  Zone lock held.  NULL: no block at all.
 */
struct mmi_page *mmi_buddy_steal_locked(struct mmi_zone *zone, unsigned order,
					enum mmi_migratetype type);

#endif
