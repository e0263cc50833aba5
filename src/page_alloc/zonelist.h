/* SPDX-License-Identifier: MIT */
/*
 * Zonelists: for each node, which zones serve its requests, in order.
 *
 * All lists of a machine are one object, built aside, published by one pointer store and never
 * changed: a reader takes one acquire load and finds every list whole.  FALLBACK is a node's own
 * zones from the highest down, then those of the next node in order, and so on; NOFALLBACK is the
 * first of these parts alone.
 */
#ifndef PAGE_ALLOC_ZONELIST_H
#define PAGE_ALLOC_ZONELIST_H

#include "mminit/page_alloc.h"

/*
 *   refs[0 .. nr_own)  zones of the node itself: NOFALLBACK
 *   refs[0 .. nr)      FALLBACK
 *   first[z]           the first ref of a zone up to type z; nr when there is none
 */
struct mmi_zonelist {
	const struct mmi_zoneref *refs;
	uint32_t nr;
	uint32_t nr_own;
	/*
	 * The node of the first zone: itself, or for a node without memory the nearest with some.
	 */
	uint32_t nearest_node;
	uint32_t first[MMI_NR_ZONES];
};

struct mmi_zonelists {
	uint64_t generation;
	size_t size_bytes;
	size_t nr_nodes;
	size_t nr_online_nodes;     /* when the lists of all nodes were built */
	struct mmi_zonelist *nodes; /* by the machine's node number */
	struct mmi_zoneref *refs;   /* of all lists */
	size_t nr_refs;
};

/*
 * Builds the lists of @mem's machine as it is now, for all its nodes.  NULL: no memory.  Freed with
 * mmi_zonelists_free().
 */
struct mmi_zonelists *mmi_zonelists_build(const struct mmi_mem *mem, uint64_t generation);
/* The same, but only the list of node number @node is new, the others are those of @from. */
struct mmi_zonelists *mmi_zonelists_build_node(const struct mmi_mem *mem,
					       const struct mmi_zonelists *from, size_t node,
					       uint64_t generation);
void mmi_zonelists_free(struct mmi_zonelists *lists, const struct mmi_platform *platform);

/* Asserts that the lists hold the populated zones but DEVICE, each once, a node's together. */
int mmi_zonelists_check(const struct mmi_zonelists *lists, const struct mmi_mem *mem,
			struct mmi_error *err);

#endif
