/* SPDX-License-Identifier: MIT */
/* One thread of a team on the CPUs of its node: bound, read back, watched, let go. */
#ifndef PLATFORM_THREAD_BINDING_H
#define PLATFORM_THREAD_BINDING_H

#include "platform/placement_hwloc.h"

/* A thread's stay on its node, kept by the thread itself. */
struct mmi_thread_stay {
	bool has_node;         /* the team named one for it */
	hwloc_cpuset_t before; /* CPUs to go back to; NULL: it was not bound */
	hwloc_cpuset_t ran_on; /* CPUs that it was seen on; NULL: no memory for them */
};

/*
 * Binds the calling thread, number @thread of its team, to the CPUs that serve @nid, starting on
 * another one than its neighbours in the team, and fills @binding but for ran_on.
 */
void mmi_thread_stay_begin(struct mmi_thread_stay *stay, const struct mmi_placement *placement,
			   unsigned thread, int nid, struct mmi_native_binding *binding);

/* Lets the thread go back to the CPUs it had before, and fills ran_on. */
void mmi_thread_stay_end(struct mmi_thread_stay *stay, const struct mmi_placement *placement,
			 struct mmi_native_binding *binding);

/* Notes the CPU that the calling thread, whose stay this is, runs on now; returns it, or -1. */
int mmi_thread_stay_look(struct mmi_thread_stay *stay);

/* See on_node() of struct mmi_platform_ops, for a thread that runs on @cpu. */
int mmi_placement_is_cpu_of(const struct mmi_placement *placement, int cpu, int nid);

#endif
