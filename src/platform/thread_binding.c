/* SPDX-License-Identifier: MIT */
/* Binds threads by hwloc, reads back what came of it, and watches where they run. */
#define _GNU_SOURCE /* sched_getcpu() */
#include "platform/thread_binding.h"

#include <errno.h>
#include <sched.h>
#include <string.h>

static void list_cpus(hwloc_const_cpuset_t cpus, char text[MMI_NATIVE_CPUS_BYTES])
{
	if (!cpus || hwloc_bitmap_list_snprintf(text, MMI_NATIVE_CPUS_BYTES, cpus) < 0)
		text[0] = '\0';
}

/*
 * A team's threads wake up where the thread runs that called them, and the system takes longer than
 * a run to spread them: each is sent to a CPU of its own first, and may leave it afterwards.
 */
static void send_to_cpu(const struct mmi_placement *placement, hwloc_const_cpuset_t cpus,
			unsigned thread)
{
	unsigned skip = thread % (unsigned)hwloc_bitmap_weight(cpus);
	hwloc_cpuset_t one = hwloc_bitmap_alloc();
	int cpu = hwloc_bitmap_first(cpus);

	while (skip--)
		cpu = hwloc_bitmap_next(cpus, cpu);
	if (one && hwloc_bitmap_only(one, (unsigned)cpu) == 0)
		hwloc_set_cpubind(placement->topology, one, HWLOC_CPUBIND_THREAD);
	hwloc_bitmap_free(one);
}

/* The mask that the thread has now, as the system tells it, into @text. */
static void read_back(const struct mmi_placement *placement, char text[MMI_NATIVE_CPUS_BYTES])
{
	hwloc_cpuset_t now = hwloc_bitmap_alloc();

	if (now && hwloc_get_cpubind(placement->topology, now, HWLOC_CPUBIND_THREAD) == 0)
		list_cpus(now, text);
	hwloc_bitmap_free(now);
}

/* True when the thread now runs on the CPUs of @server only. */
static bool bind_to_node(const struct mmi_placement *placement, unsigned thread,
			 const struct mmi_host_node *server)
{
	const int strict = placement->binds_strictly ? HWLOC_CPUBIND_STRICT : 0;

	if (!placement->binds_threads || !server)
		return false;
	send_to_cpu(placement, server->cpus, thread);
	return hwloc_set_cpubind(placement->topology, server->cpus,
				 HWLOC_CPUBIND_THREAD | strict) == 0;
}

void mmi_thread_stay_begin(struct mmi_thread_stay *stay, const struct mmi_placement *placement,
			   unsigned thread, int nid, struct mmi_native_binding *binding)
{
	const struct mmi_host_node *server = mmi_placement_server(placement, nid);

	stay->has_node = nid >= 0;
	stay->before = hwloc_bitmap_alloc();
	stay->ran_on = hwloc_bitmap_alloc();
	memset(binding, 0, sizeof(*binding));
	binding->nid = nid;
	binding->host_nid = server ? server->nid : -1;
	if (stay->before &&
	    hwloc_get_cpubind(placement->topology, stay->before, HWLOC_CPUBIND_THREAD) == 0) {
		list_cpus(stay->before, binding->cpus_before);
		binding->bound = bind_to_node(placement, thread, server);
	}
	if (!binding->bound) {
		hwloc_bitmap_free(stay->before);
		stay->before = NULL;
	}
	read_back(placement, binding->cpus_during);
	binding->cpu = mmi_thread_stay_look(stay);
}

void mmi_thread_stay_end(struct mmi_thread_stay *stay, const struct mmi_placement *placement,
			 struct mmi_native_binding *binding)
{
	mmi_thread_stay_look(stay);
	list_cpus(stay->ran_on, binding->ran_on);
	if (stay->before)
		hwloc_set_cpubind(placement->topology, stay->before, HWLOC_CPUBIND_THREAD);
	hwloc_bitmap_free(stay->before);
	hwloc_bitmap_free(stay->ran_on);
	*stay = (struct mmi_thread_stay){0};
}

int mmi_thread_stay_look(struct mmi_thread_stay *stay)
{
	int cpu = sched_getcpu();

	if (cpu >= 0 && stay->ran_on)
		hwloc_bitmap_set(stay->ran_on, (unsigned)cpu);
	return cpu;
}

int mmi_placement_is_cpu_of(const struct mmi_placement *placement, int cpu, int nid)
{
	const struct mmi_host_node *server = mmi_placement_server(placement, nid);

	/* On a system of one node there is nowhere else to be. */
	if (!placement->binds_threads || placement->host.nr_nodes < 2 || !server || cpu < 0)
		return -ENOSYS;
	return hwloc_bitmap_isset(server->cpus, (unsigned)cpu);
}
