/* SPDX-License-Identifier: MIT */
/*
 * Nodes, zones and the buddy lists: the memory of one machine while it runs.
 *
 *   layout    which PFNs belong to which zone of which node; pure arithmetic over a machine
 *   extent    a run of PFNs with struct pages that are all alike (node, zone, free or not)
 *   zone      spans, counters and free lists of one zone of one node
 *   mem       all of it: memmap, nodes, zones, extents and platform of one machine
 *
 * A layout can be made for a machine of any size without touching memory; a mem holds a memmap.
 */
#ifndef MMINIT_ZONE_H
#define MMINIT_ZONE_H

#include "mminit/memmap.h"

MMI_DECLARATIONS_BEGIN

/*
 * Where a zone lies.  An empty zone is all 0.
 *   spanned = end_pfn - start_pfn, present = spanned - holes      (spanned >= present)
 */
struct mmi_zone_span {
	uint64_t start_pfn;
	uint64_t end_pfn;
	uint64_t nr_present_pages;
};

struct mmi_node_layout {
	int nid;
	uint64_t start_pfn;         /* of its first present page */
	uint64_t end_pfn;           /* past its last present page */
	uint64_t movable_start_pfn; /* 0: the node has no ZONE_MOVABLE */
	struct mmi_zone_span zones[MMI_NR_ZONES];
};

/*
 * Invariants (mmi_layout_check):
 *   nodes[i].nid = machine->nodes[i].nid
 *   sum of present over all zones = machine->nr_present_pages
 *   zone_start_pfn[z] <= zone_end_pfn[z]; equal: the machine has nothing there ("empty")
 */
struct mmi_layout {
	const struct mmi_machine *machine;
	struct mmi_node_layout *nodes; /* machine->nr_nodes of them */
	/* The "Zone ranges" of the boot log: limits of each zone type over the whole machine. */
	uint64_t zone_start_pfn[MMI_NR_ZONES];
	uint64_t zone_end_pfn[MMI_NR_ZONES];
	enum mmi_zone_type movable_zone; /* highest zone below MOVABLE that is not empty */
};

/* Makes the layout of @machine, which must outlive it.  -ENOMEM.  Any thread. */
int mmi_layout_init(struct mmi_layout *layout, const struct mmi_machine *machine,
		    struct mmi_error *err);
void mmi_layout_deinit(struct mmi_layout *layout); /* a zeroed layout is allowed */
/* Asserts the invariants above; -EINVAL with the first that breaks.  Any thread. */
int mmi_layout_check(const struct mmi_layout *layout, struct mmi_error *err);

/*
 * The zone of node index @node that @pfn lies in; where it lies in none of that node, the highest
 * that has memory in the machine.
 */
enum mmi_zone_type mmi_layout_zone(const struct mmi_layout *layout, size_t node, uint64_t pfn);

enum mmi_extent_kind {
	MMI_EXTENT_FREE,     /* goes to the buddy allocator */
	MMI_EXTENT_RESERVED, /* memory that is taken at hand-over, or NOMAP */
	MMI_EXTENT_HOLE,     /* no memory, but a struct page: the rest of a present subsection */
};

/*
 * Extents: sorted, disjoint, each as long as it can be; together they are exactly the PFNs of
 * present subsections.  A hole is linked to the node and zone of the memory above it, one at the
 * end to those below it (Linux, init_unavailable_range).
 */
struct mmi_extent {
	uint64_t start_pfn;
	uint64_t end_pfn;
	int16_t nid;
	uint8_t zone; /* enum mmi_zone_type */
	uint8_t kind; /* enum mmi_extent_kind */
};

struct mmi_extents {
	struct mmi_extent *items;
	size_t nr;
	size_t capacity;
	const struct mmi_platform *platform;
};

/* Makes the extents of @layout's machine.  -ENOMEM.  Any thread. */
int mmi_extents_init(struct mmi_extents *extents, const struct mmi_layout *layout,
		     struct mmi_error *err);
void mmi_extents_deinit(struct mmi_extents *extents); /* a zeroed object is allowed */
/* Index of the first extent that ends above @pfn; nr when there is none. */
size_t mmi_extents_find(const struct mmi_extents *extents, uint64_t pfn);

struct mmi_mem;

/*
 * The free blocks of one order, by migratetype.
 *   nr_free = number of blocks on all lists of the order
 */
struct mmi_free_area {
	struct mmi_list lists[MMI_NR_MIGRATETYPES];
	uint64_t nr_free;
};

/*
 * A zone.  Invariants (mmi_zone_check, zone lock held or machine quiet):
 *   spanned >= present >= managed
 *   nr_free_pages + nr_isolated_pages = sum over orders of (nr_free << order)
 *   managed = nr_free_pages + nr_isolated_pages + pages on CPU lists + allocated
 *   nr_missing_pages = pages free at hand-over - those that were ever on the lists: not initialised,
 *   or on a worker's list still
 *   a block on lists[t] of order o: aligned to o, wholly in the zone, pageblock type t, its head
 *   is a buddy of that order with refcount 0, and its buddy is no free block of order o
 */
struct mmi_zone {
	struct mmi_lock lock; /* of all that changes below; start_pfn and spanned: to change them */
	enum mmi_zone_type type;
	int nid;
	struct mmi_mem *mem;
	uint64_t start_pfn;
	uint64_t nr_spanned_pages;
	uint64_t nr_present_pages;  /* written under the lock, read by anyone: atomic */
	uint64_t nr_managed_pages;  /* so is this */
	uint64_t nr_free_pages;     /* and this: pages that a request can have */
	uint64_t nr_missing_pages;  /* and this */
	uint64_t nr_isolated_pages; /* free, in isolated pageblocks: about to leave, or just come */
	uint64_t nr_splices;        /* how often a worker's list was joined to this one's */
	struct mmi_free_area areas[MMI_NR_PAGE_ORDERS];
} __attribute__((aligned(128)));

enum {
	MMI_NODE_ONLINE = 1,
	MMI_NODE_MEMORY = 2, /* counts as a node with memory when fallback orders are made */
};

struct mmi_node {
	int nid;
	uint32_t states; /* MMI_NODE_*; atomic */
	uint64_t start_pfn;
	uint64_t nr_spanned_pages;
	uint64_t nr_present_pages;
	struct mmi_zone zones[MMI_NR_ZONES];
};

/*
 * The memory of one machine.
 *   nodes[i].nid = machine->nodes[i].nid
 */
struct mmi_mem {
	const struct mmi_machine *machine;
	const struct mmi_platform *platform;
	struct mmi_memmap map;
	struct mmi_layout layout;
	struct mmi_extents extents;
	struct mmi_node *nodes;
	size_t nr_nodes;
};

/*
 * Lays out, reserves and backs the memory of @machine (which must outlive it); every zone is
 * empty of managed pages.  -ENOMEM or what the platform said.  One thread.
 */
int mmi_mem_init(struct mmi_mem *mem, const struct mmi_machine *machine,
		 const struct mmi_memmap_options *options, struct mmi_error *err);
void mmi_mem_deinit(struct mmi_mem *mem); /* a zeroed mem is allowed */

/* The zone; NULL when the machine has no node @nid. */
struct mmi_zone *mmi_mem_zone(struct mmi_mem *mem, int nid, enum mmi_zone_type type);

/* Asserts the invariants of a zone, walking its lists.  -EINVAL with the first that breaks. */
int mmi_zone_check(struct mmi_zone *zone, struct mmi_error *err);

static inline bool mmi_zone_is_populated(const struct mmi_zone *zone)
{
	return zone->nr_present_pages > 0;
}

MMI_DECLARATIONS_END

#endif
