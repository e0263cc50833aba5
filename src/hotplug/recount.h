/* SPDX-License-Identifier: MIT */
/*
 * Linux's rules of memory that comes and goes, on counted pages alone: which zone a block joins,
 * how spans grow and shrink, and in which order counters, zonelists and figures change.
 *
 * No memmap is needed: a replay counts with these what the engine does with struct pages.
 */
#ifndef HOTPLUG_RECOUNT_H
#define HOTPLUG_RECOUNT_H

#include "hotplug/block_table.h"
#include "mminit/hotplug.h"

/* What happens at certain points of the order. */
struct mmi_recount_ops {
	/* Zonelists of all nodes are built; the counts are those of this moment.  0, or -errno. */
	int (*rebuild)(void *user);
	/* Online: the pages leave isolation; may be NULL. */
	void (*release)(void *user);
	/*
	 * Offline: does a struct page of [start_pfn, end_pfn), of one subsection, belong to the
	 * zone?
	 */
	bool (*is_in_zone)(void *user, uint64_t start_pfn, uint64_t end_pfn);
};

/* A range that comes or goes. */
struct mmi_recount {
	struct mmi_mem_counts *counts;
	size_t node; /* number of the node */
	enum mmi_zone_type zone;
	uint64_t start_pfn;
	uint64_t end_pfn;
	uint64_t nr_managed_pages;            /* of the range */
	const struct mmi_block_table *blocks; /* offline: nothing of the zone is outside of these */
	const struct mmi_recount_ops *ops;
	void *user;
};

/*
 * Online: span, managed, present, node with memory; zonelists if the zone was not populated;
 * release; then all figures.  What rebuild() failed with; then the counts are half changed.
 */
int mmi_recount_online(const struct mmi_recount *recount);

/*
 * Offline: managed, present; all figures; zonelists if the zone is empty now; the span.  A node
 * that has lost its last page counts as one with memory until after the zonelists, from 6.12 on
 * until before the figures.  As above.
 */
int mmi_recount_offline(const struct mmi_recount *recount);

/*
 * The zone that [start_pfn, end_pfn) of node number @node comes online in; @type is not
 * MMI_OFFLINE.
 */
enum mmi_zone_type mmi_online_zone(const struct mmi_mem_counts *counts, size_t node,
				   uint64_t start_pfn, uint64_t end_pfn, enum mmi_online_type type);

/*
 * The zones that an offline range could go to, first that of a plain "online": what valid_zones
 * lists.  Returns how many.
 */
unsigned mmi_online_zones(const struct mmi_mem_counts *counts, size_t node, uint64_t start_pfn,
			  uint64_t end_pfn, enum mmi_zone_type zones[MMI_VALID_ZONES]);

/* The span covers [start_pfn, end_pfn), too. */
void mmi_span_grow(struct mmi_zone_counts *zone, uint64_t start_pfn, uint64_t end_pfn);

#endif
