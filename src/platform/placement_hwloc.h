/* SPDX-License-Identifier: MIT */
/*
 * Placement: which host node stands for a machine's node, and how threads and memory get there.
 *
 * hwloc reports success for bindings on a topology that is not this system's (one read from XML,
 * say) and does nothing; such a topology, and a system that cannot bind, place nothing here.
 */
#ifndef PLATFORM_PLACEMENT_HWLOC_H
#define PLATFORM_PLACEMENT_HWLOC_H

#include <hwloc.h>

#include "mminit/platform_native.h"

struct mmi_placement {
	hwloc_topology_t topology;
	bool binds_threads;
	bool binds_memory;
	const char *bind_state; /* both in words */
	const char *memory_state;
	int16_t host_nids[MMI_NATIVE_MAX_NID + 1]; /* by the machine's nid; -1: none */
};

int mmi_placement_init(struct mmi_placement *placement, enum mmi_native_bind bind,
		       struct mmi_error *err);
void mmi_placement_deinit(struct mmi_placement *placement);

/* See mmi_native_map_nodes(). */
int mmi_placement_map_nodes(struct mmi_placement *placement, const int *nids, size_t nr_nids);

/* The host's node for @nid, or -1. */
int mmi_placement_host_nid(const struct mmi_placement *placement, int nid);

/*
 * Binds the calling thread, number @thread of its team, to the CPUs of @nid's host node, starting on
 * another one than its neighbours in the team, and fills @binding.  Returns the CPUs
 * that the thread had before, for mmi_placement_unbind_thread(), which frees them; NULL when it
 * has not been bound.
 */
hwloc_cpuset_t mmi_placement_bind_thread(const struct mmi_placement *placement, unsigned thread,
					 int nid, struct mmi_native_binding *binding);
void mmi_placement_unbind_thread(const struct mmi_placement *placement, hwloc_cpuset_t before);

/* Asks that pages of the range come from @nid's host node, while that has any. 0 or -errno. */
int mmi_placement_bind_memory(const struct mmi_placement *placement, void *start, size_t size_bytes,
			      int nid);

/* See mmi_native_memory_nid(). */
int mmi_placement_memory_nid(const struct mmi_placement *placement, const void *address);

#endif
