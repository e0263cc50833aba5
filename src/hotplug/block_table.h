/* SPDX-License-Identifier: MIT */
/*
 * The memory blocks of a machine: which there are, and where their pages belong.  It only counts.
 */
#ifndef HOTPLUG_BLOCK_TABLE_H
#define HOTPLUG_BLOCK_TABLE_H

#include "mminit/hotplug.h"

struct mmi_memory_block {
	uint64_t number;
	size_t node; /* number of the machine's node; of a block that nodes share, the last */
	int zone;    /* enum mmi_zone_type; -1: offline, or pages of more than one zone or node */
	bool online;
	bool rezoned; /* came online after boot: all its pages are of node and zone */
};

/* items: by number, each once. */
struct mmi_block_table {
	const struct mmi_layout *layout;
	const struct mmi_extents *extents;
	struct mmi_memory_block *items;
	size_t nr;
	size_t capacity;
	uint64_t block_pages;
};

/*
 * The blocks that are there at boot, all online.  Both arguments must outlive the table.  -ENOMEM;
 * mmi_block_table_deinit() may be called all the same.
 */
int mmi_block_table_init(struct mmi_block_table *table, const struct mmi_layout *layout,
			 const struct mmi_extents *extents);
void mmi_block_table_deinit(struct mmi_block_table *table); /* a zeroed table is allowed */

/* Index of the first block at or above @number; table->nr: none. */
size_t mmi_block_table_find(const struct mmi_block_table *table, uint64_t number);
/* Block number @number; NULL: there is none. */
struct mmi_memory_block *mmi_block_table_get(const struct mmi_block_table *table, uint64_t number);

/*
 * For walks over spans: the first PFN at or above @pfn that lies in a block, UINT64_MAX: none does;
 * and where blocks end at or below @pfn, 0: there is none below.
 */
uint64_t mmi_block_table_next_pfn(const struct mmi_block_table *table, uint64_t pfn);
uint64_t mmi_block_table_prev_pfn(const struct mmi_block_table *table, uint64_t pfn);

/* Adds offline blocks [first, end) of node number @node where there are none.  -ENOMEM. */
int mmi_block_table_add(struct mmi_block_table *table, uint64_t first, uint64_t end, size_t node);
void mmi_block_table_remove(struct mmi_block_table *table, uint64_t first, uint64_t end);

/*
 * Does a struct page of [start_pfn, end_pfn), which lies in one block, belong to zone @zone of node
 * number @node?  Offline blocks have none.
 */
bool mmi_block_table_in_zone(const struct mmi_block_table *table, uint64_t start_pfn,
			     uint64_t end_pfn, size_t node, enum mmi_zone_type zone);

/* Is the whole block, which is online, memory of its zone?  Holes and shared blocks are not. */
bool mmi_block_is_whole(const struct mmi_block_table *table, const struct mmi_memory_block *block);

#endif
