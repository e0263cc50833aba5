/* SPDX-License-Identifier: MIT */
/*
 * What the files of the room share: the hotplug object, and how ranges of pages come and go.  Where
 * no lock is named the hotplug lock is held; verify, which looks at blocks and device memory, does
 * so while nobody changes any.
 */
#ifndef HOTPLUG_HOTPLUG_PARTS_H
#define HOTPLUG_HOTPLUG_PARTS_H

#include "hotplug/block_table.h"
#include "hotplug/recount.h"
#include "page_alloc/alloc_figures.h"

/* Device memory that was added as one range. */
struct mmi_device_range {
	uint64_t start_pfn;
	uint64_t end_pfn;
	struct mmi_device_range *next;
};

struct mmi_hotplug {
	struct mmi_alloc *alloc;
	struct mmi_mem *mem;
	const struct mmi_platform *platform;
	struct mmi_hotplug_options options;
	struct mmi_lock lock; /* of everything below, and of alloc->counts */
	struct mmi_block_table blocks;
	struct mmi_device_range *devices; /* in any order */
	struct mmi_cpu *cpu;              /* where pages that move go through */
	bool (*keeps)(void *user, uint64_t start_pfn, unsigned order);
	void *keeps_user;
};

/* A range of one zone that comes or goes, and what to restore when it does not. */
struct mmi_move {
	struct mmi_hotplug *hotplug;
	struct mmi_zone *zone;
	size_t node;
	uint64_t start_pfn;
	uint64_t end_pfn;
	uint64_t nr_kept_pages;             /* of it, by a balloon driver */
	uint8_t *types;                     /* of its pageblocks, when they are not isolated */
	struct mmi_node_counts *old_counts; /* of all nodes */
	uint64_t old_min_free_kbytes;
};

void mmi_hotplug_lock(struct mmi_hotplug *hotplug);
void mmi_hotplug_unlock(struct mmi_hotplug *hotplug);

/* Whole blocks?  -EINVAL. */
int mmi_hotplug_check_aligned(const struct mmi_hotplug *hotplug, uint64_t start_pfn,
			      uint64_t end_pfn, struct mmi_error *err);

/* Device memory in [start_pfn, end_pfn): one range of it; NULL: there is none. */
const struct mmi_device_range *mmi_hotplug_find_device(const struct mmi_hotplug *hotplug,
						       uint64_t start_pfn, uint64_t end_pfn);

/* Begins a move of the range: reads the counts, and saves them.  -ENOMEM. */
int mmi_move_init(struct mmi_move *move, struct mmi_hotplug *hotplug, size_t node,
		  enum mmi_zone_type zone, uint64_t start_pfn, uint64_t end_pfn,
		  struct mmi_error *err);
void mmi_move_deinit(struct mmi_move *move);
/* The counts are what they were when the move began. */
void mmi_move_restore_counts(struct mmi_move *move);
/* Zone, node and their states are as the counts say: their spans; whether the node has memory. */
void mmi_move_publish_spans(struct mmi_move *move);
void mmi_move_publish_states(struct mmi_move *move);
/* The range's blocks are online in its zone from now on, or offline. */
void mmi_move_mark_blocks(struct mmi_move *move, bool online);

/*
 * Operations of a recount (recount.h) whose @user is a move: zonelists of what the counts say, by
 * whoever has them locked; and which struct pages a span keeps.
 */
int mmi_move_rebuild(void *user);
bool mmi_move_is_in_zone(void *user, uint64_t start_pfn, uint64_t end_pfn);

/*
 * The free and the kept pages of the range, which holds no others, leave the zone: neither present
 * nor managed.  Returns how many were managed.
 */
uint64_t mmi_move_take_pages(struct mmi_move *move);
/* They join the zone, kept ones as they are; the others are free.  Its pageblocks are isolated. */
void mmi_move_put_pages(struct mmi_move *move);
/* The struct pages of the range are no more. */
void mmi_hotplug_forget_pages(struct mmi_hotplug *hotplug, uint64_t start_pfn, uint64_t end_pfn);

/*
 * Moves away what is allocated in the range, whose pageblocks are isolated, until all of it is free
 * or kept.  -EBUSY, -ENOMEM.
 */
int mmi_move_clear_range(struct mmi_move *move, struct mmi_error *err);
/* Is there something in the range that nobody can move?  -EBUSY.  Changes nothing. */
int mmi_move_check_movable(struct mmi_move *move, struct mmi_error *err);

/* Kept by a balloon driver? */
static inline bool mmi_page_is_kept(const struct mmi_page *page)
{
	return page->page_type == MMI_PAGE_TYPE_OFFLINE;
}
/* The page, which is free and on no list, is kept; or is not any more.  Zone lock held. */
void mmi_page_keep(struct mmi_page *page);
void mmi_page_unkeep(struct mmi_page *page);

/*
 * How struct pages of a range are to be: plain ones, or compound pages of order @compound_order
 * whose needed tails alone are written.
 */
struct mmi_page_fill {
	uint64_t flags;
	int32_t refcount;
	unsigned compound_order;
	uint64_t nr_written; /* of a compound page */
};

/*
 * Initialises the struct pages of [start_pfn, end_pfn), whole sections of node @nid that are
 * PRESENT, by a plan and a team.  -ENOMEM; then some are initialised, and some not.
 */
int mmi_fill_sections(struct mmi_hotplug *hotplug, int nid, uint64_t start_pfn, uint64_t end_pfn,
		      const struct mmi_page_fill *fill, struct mmi_error *err);
/* The same by the caller himself, of a part of a section. */
void mmi_fill_pages(struct mmi_memmap *map, uint64_t start_pfn, uint64_t end_pfn,
		    const struct mmi_page_fill *fill);

#endif
