/* SPDX-License-Identifier: MIT */
/*
 * Placement: which host node stands for a machine's node, and whether threads and memory are bound.
 *
 * hwloc reports success for bindings on a topology that is not this system's (one read from XML,
 * say) and does nothing; such a topology, and a system that cannot bind, place nothing here.
 */
#ifndef PLATFORM_PLACEMENT_HWLOC_H
#define PLATFORM_PLACEMENT_HWLOC_H

#include "mminit/platform_native.h"
#include "platform/host_nodes.h"

#define MMI_PLACEMENT_STATE_BYTES 256

struct mmi_placement {
	hwloc_topology_t topology;
	struct mmi_host_nodes host;
	bool binds_threads;
	bool binds_strictly; /* a thread may run nowhere else */
	bool binds_memory;
	char bind_state[MMI_PLACEMENT_STATE_BYTES]; /* both in words */
	char memory_state[MMI_PLACEMENT_STATE_BYTES];
	char warning[2 * MMI_PLACEMENT_STATE_BYTES]; /* what should have been and is not; or "" */
	int16_t host_nids[MMI_NATIVE_MAX_NID + 1];   /* by the machine's nid; -1: none */
};

/* @options NULL: all defaults. */
int mmi_placement_init(struct mmi_placement *placement, const struct mmi_native_options *options,
		       struct mmi_error *err);
void mmi_placement_deinit(struct mmi_placement *placement);

/* See mmi_native_map_nodes() and mmi_native_map_node(). */
int mmi_placement_map_nodes(struct mmi_placement *placement, const int *nids, size_t nr_nids);
int mmi_placement_map_node(struct mmi_placement *placement, int nid, int host_nid);

/* The host's node for @nid, or -1. */
int mmi_placement_host_nid(const struct mmi_placement *placement, int nid);

/* The host's node whose CPUs serve @nid, or NULL. */
const struct mmi_host_node *mmi_placement_server(const struct mmi_placement *placement, int nid);

/* Asks that pages of the range come from @nid's host node, while that has any. 0 or -errno. */
int mmi_placement_bind_memory(const struct mmi_placement *placement, void *start, size_t size_bytes,
			      int nid);

#endif
