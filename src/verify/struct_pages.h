/* SPDX-License-Identifier: MIT */
/*
 * Walks over a memmap and its free lists that trust nothing they read.
 *
 * What they look at may be broken: a list may be torn, loop or lead out of the memmap.  They end
 * all the same, after at most as many steps as there are struct pages, and follow no pointer that
 * does not point to the links of a struct page.
 */
#ifndef VERIFY_STRUCT_PAGES_H
#define VERIFY_STRUCT_PAGES_H

#include "mminit/zone.h"

/* The next run of PFNs at or above @pfn that have struct pages; false: none is left. */
bool mmi_valid_run(const struct mmi_memmap *map, uint64_t pfn, struct mmi_pfn_range *run);

/* The zone that @flags link a page to, or NULL: the machine has no such zone. */
const struct mmi_zone *mmi_linked_zone(const struct mmi_mem *mem, uint64_t flags);

/* Is @page marked as the head of a free block that can stand at @pfn?  Then its order, or -1. */
int mmi_head_order(const struct mmi_memmap *map, uint64_t pfn);

enum mmi_walk_step {
	MMI_WALK_END,
	MMI_WALK_BLOCK,
	MMI_WALK_TORN, /* the list cannot be followed further; the walk goes on with the next */
};

/* One block, as the list on which it stands has it. */
struct mmi_listed_block {
	const struct mmi_zone *zone;
	unsigned order;
	enum mmi_migratetype type;
	uint64_t pfn; /* torn: of the last page that could be reached */
};

/* A walk over all free lists of all zones.  Zeroed but for mem at its beginning. */
struct mmi_list_walk {
	const struct mmi_mem *mem;
	uint64_t list;                /* number of the list at hand, over all nodes and zones */
	const struct mmi_list *place; /* in that list; NULL: before its head */
};

enum mmi_walk_step mmi_list_walk_next(struct mmi_list_walk *walk, struct mmi_listed_block *block);

#endif
