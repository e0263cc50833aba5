/* SPDX-License-Identifier: MIT */
/* Decides what is bound and what is not, and which host node stands for a machine's node. */
#define _GNU_SOURCE /* CPU sets */
#include "platform/placement_hwloc.h"

#include <errno.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <hwloc/glibc-sched.h> /* wants sched.h before it */

#include "platform/given_cpus.h"

static void say(char state[MMI_PLACEMENT_STATE_BYTES], const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void say(char state[MMI_PLACEMENT_STATE_BYTES], const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(state, MMI_PLACEMENT_STATE_BYTES, format, args);
	va_end(args);
}

/* @state is not what anybody who asks for nothing would expect. */
static void warn(struct mmi_placement *placement, const char *what, const char *state)
{
	const size_t used = strlen(placement->warning);

	snprintf(placement->warning + used, sizeof(placement->warning) - used, "%s%s %s",
		 used ? "; " : "", what, state);
}

/* What tells an OpenMP runtime to bind, and is set: "OMP_PLACES=cores"; "" when nothing is. */
static const char *runtime_orders(char text[MMI_PLACEMENT_STATE_BYTES])
{
	static const char *const names[] = {"OMP_PROC_BIND", "OMP_PLACES", "GOMP_CPU_AFFINITY"};
	size_t used = 0;

	text[0] = '\0';
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *value = getenv(names[i]);
		if (!value || used >= MMI_PLACEMENT_STATE_BYTES)
			continue;
		used += (size_t)snprintf(text + used, MMI_PLACEMENT_STATE_BYTES - used,
					 "%s%s=%.40s", used ? " " : "", names[i], value);
	}
	return text;
}

/* hwloc knows what the system has, not what a container is kept from: try, changing nothing. */
static int try_to_bind(hwloc_topology_t topology, int flags)
{
	hwloc_cpuset_t own = hwloc_bitmap_alloc();
	int ret = -ENOMEM;

	if (own) {
		errno = 0;
		ret = hwloc_get_cpubind(topology, own, HWLOC_CPUBIND_THREAD) == 0 &&
			      hwloc_set_cpubind(topology, own, HWLOC_CPUBIND_THREAD | flags) == 0
			  ? 0
			  : -(errno ? errno : ENOSYS);
	}
	hwloc_bitmap_free(own);
	return ret;
}

/* What came of binding by hwloc, in words. */
static void describe_binding(struct mmi_placement *placement, const struct mmi_given_cpus *given,
			     hwloc_const_cpuset_t cpus)
{
	char list[MMI_NATIVE_CPUS_BYTES];
	const char *strictly = placement->binds_strictly ? "" : ", not strictly: not supported";

	hwloc_bitmap_list_snprintf(list, sizeof(list), cpus);
	if (given->is_incomplete)
		say(placement->bind_state,
		    "bound to the CPUs of their node%s, within the OpenMP runtime's places (CPUs "
		    "%s): it has bound the first thread, and what that had before is not known",
		    strictly, list);
	else if (given->runtime_narrowed)
		say(placement->bind_state,
		    "bound to the CPUs of their node%s, the OpenMP runtime's binding undone",
		    strictly);
	else if (hwloc_bitmap_isincluded(hwloc_topology_get_complete_cpuset(placement->topology),
					 cpus))
		say(placement->bind_state, "bound to the CPUs of their node%s", strictly);
	else
		say(placement->bind_state,
		    "bound to the CPUs of their node%s, as far as this process was given them (%s)",
		    strictly, list);
	if (given->is_incomplete || !placement->binds_strictly)
		warn(placement, "threads are", placement->bind_state);
}

static void bind_by_hwloc(struct mmi_placement *placement, const struct mmi_given_cpus *given,
			  hwloc_const_cpuset_t cpus)
{
	int ret = try_to_bind(placement->topology, HWLOC_CPUBIND_STRICT);

	placement->binds_strictly = ret == 0;
	if (ret)
		ret = try_to_bind(placement->topology, 0);
	placement->binds_threads = ret == 0;
	if (placement->binds_threads) {
		describe_binding(placement, given, cpus);
		return;
	}
	say(placement->bind_state, "not bound: this system does not let us (%s)", strerror(-ret));
	warn(placement, "threads are", placement->bind_state);
}

static void leave_to_runtime(struct mmi_placement *placement, const struct mmi_given_cpus *given,
			     const char *orders)
{
	if (given->runtime_binds) {
		say(placement->bind_state, "not bound by us: left to the OpenMP runtime%s%s",
		    orders[0] ? ", " : "", orders);
		return;
	}
	say(placement->bind_state, "not bound by us, nor by the OpenMP runtime%s%s",
	    orders[0] ? ": " : "", orders);
	warn(placement, "threads are", placement->bind_state);
}

static void decide_thread_binding(struct mmi_placement *placement, enum mmi_native_bind bind,
				  const struct mmi_given_cpus *given, hwloc_const_cpuset_t cpus)
{
	char orders[MMI_PLACEMENT_STATE_BYTES];

	runtime_orders(orders);
	if (bind == MMI_NATIVE_BIND_NEVER) {
		say(placement->bind_state, "not bound: not asked for");
	} else if (!hwloc_topology_is_thissystem(placement->topology)) {
		say(placement->bind_state, "not bound: the topology is not this system's");
		warn(placement, "threads are", placement->bind_state);
	} else if (bind == MMI_NATIVE_BIND_RUNTIME) {
		leave_to_runtime(placement, given, orders);
	} else if (bind == MMI_NATIVE_BIND_AUTO && (orders[0] || given->runtime_binds)) {
		say(placement->bind_state, "not bound by us: the OpenMP runtime's affair, %s",
		    orders);
	} else {
		bind_by_hwloc(placement, given, cpus);
	}
}

static int bind_area(const struct mmi_placement *placement, void *start, size_t size_bytes,
		     int host_nid)
{
	hwloc_obj_t node =
	    hwloc_get_numanode_obj_by_os_index(placement->topology, (unsigned)host_nid);

	if (!node)
		return 0;
	/* Not strict: on a full node memory from another is better than none, as in the kernel. */
	if (hwloc_set_area_membind(placement->topology, start, size_bytes, node->nodeset,
				   HWLOC_MEMBIND_BIND, HWLOC_MEMBIND_BYNODESET) < 0)
		return -errno;
	return 0;
}

static int try_to_place(const struct mmi_placement *placement)
{
	size_t page_bytes = (size_t)sysconf(_SC_PAGESIZE);
	hwloc_obj_t node = hwloc_get_obj_by_type(placement->topology, HWLOC_OBJ_NUMANODE, 0);
	void *page = mmap(NULL, page_bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int ret;

	if (page == MAP_FAILED)
		return -errno;
	ret = bind_area(placement, page, page_bytes, (int)node->os_index);
	munmap(page, page_bytes);
	return ret;
}

static void decide_memory_binding(struct mmi_placement *placement)
{
	int ret;

	placement->binds_memory = false;
	if (!hwloc_topology_is_thissystem(placement->topology)) {
		say(placement->memory_state, "not placed: the topology is not this system's");
		warn(placement, "memory is", placement->memory_state);
		return;
	}
	if (placement->host.nr_with_memory < 2) {
		say(placement->memory_state, "not placed: this system has one node");
		return;
	}
	ret = try_to_place(placement);
	placement->binds_memory = ret == 0;
	if (placement->binds_memory) {
		say(placement->memory_state, "placed on its node");
		return;
	}
	say(placement->memory_state, "not placed: this system does not let us (%s)",
	    strerror(-ret));
	warn(placement, "memory is", placement->memory_state);
}

static void map_nodes_to_themselves(struct mmi_placement *placement)
{
	for (int nid = 0; nid <= MMI_NATIVE_MAX_NID; nid++)
		placement->host_nids[nid] =
		    (int16_t)(mmi_host_node_find(&placement->host, nid) ? nid : -1);
}

/* All CPUs where the process's own are not to be had, or the topology is not this system's. */
static hwloc_cpuset_t cpus_of(const struct mmi_placement *placement,
			      const struct mmi_given_cpus *given)
{
	hwloc_cpuset_t cpus =
	    hwloc_bitmap_dup(hwloc_topology_get_topology_cpuset(placement->topology));

	if (cpus && given->set && hwloc_topology_is_thissystem(placement->topology))
		hwloc_cpuset_from_glibc_sched_affinity(placement->topology, cpus, given->set,
						       given->set_bytes);
	return cpus;
}

static int load_topology(struct mmi_placement *placement, struct mmi_error *err)
{
	if (hwloc_topology_init(&placement->topology) < 0)
		return mmi_error_set(err, -ENOMEM, "no memory for this machine's topology");
	/* Caches and devices are not asked about, and take most of the time to find. */
	hwloc_topology_set_cache_types_filter(placement->topology, HWLOC_TYPE_FILTER_KEEP_NONE);
	if (hwloc_topology_load(placement->topology) == 0)
		return 0;
	hwloc_topology_destroy(placement->topology);
	return mmi_error_set(err, -ENOMEM, "hwloc cannot read this machine's topology");
}

int mmi_placement_init(struct mmi_placement *placement, const struct mmi_native_options *options,
		       struct mmi_error *err)
{
	const struct mmi_native_options defaults = {.bind = MMI_NATIVE_BIND_AUTO};
	struct mmi_given_cpus given = {0};
	hwloc_cpuset_t cpus;
	int ret = load_topology(placement, err);

	if (ret)
		return ret;
	if (!options)
		options = &defaults;
	mmi_given_cpus_read(&given);
	cpus = cpus_of(placement, &given);
	ret = cpus ? mmi_host_nodes_init(&placement->host, placement->topology, cpus,
					 options->one_per_core)
		   : -ENOMEM;
	if (!ret) {
		decide_thread_binding(placement, options->bind, &given, cpus);
		decide_memory_binding(placement);
		map_nodes_to_themselves(placement);
	}
	hwloc_bitmap_free(cpus);
	mmi_given_cpus_deinit(&given);
	if (!ret)
		return 0;
	hwloc_topology_destroy(placement->topology);
	return mmi_error_set(err, ret, "no memory for this machine's nodes");
}

void mmi_placement_deinit(struct mmi_placement *placement)
{
	mmi_host_nodes_deinit(&placement->host);
	hwloc_topology_destroy(placement->topology);
}

/*
 * May a node of some machine stand here?  Better with CPUs; a node's worth of memory it must have.
 */
static bool can_stand(const struct mmi_host_node *node, bool with_cpus)
{
	return node->has_memory && (!with_cpus || node->server_nid == node->nid);
}

/* The index of the next node after @i for some machine's node, going round; -1: there is none. */
static int next_host(const struct mmi_host_nodes *host, int i)
{
	for (int with_cpus = 1; with_cpus >= 0; with_cpus--)
		for (unsigned n = 1; n <= host->nr_nodes; n++) {
			const unsigned at = (unsigned)(i + (int)n) % host->nr_nodes;
			if (can_stand(&host->nodes[at], with_cpus))
				return (int)at;
		}
	return -1;
}

int mmi_placement_map_nodes(struct mmi_placement *placement, const int *nids, size_t nr_nids)
{
	int at = -1;

	for (size_t i = 0; i < nr_nids; i++)
		if (nids[i] < 0 || nids[i] > MMI_NATIVE_MAX_NID)
			return -EINVAL;
	memset(placement->host_nids, -1, sizeof(placement->host_nids));
	for (size_t i = 0; i < nr_nids; i++) {
		at = next_host(&placement->host, at);
		if (at >= 0)
			placement->host_nids[nids[i]] = (int16_t)placement->host.nodes[at].nid;
	}
	return 0;
}

int mmi_placement_map_node(struct mmi_placement *placement, int nid, int host_nid)
{
	const struct mmi_host_node *node = mmi_host_node_find(&placement->host, host_nid);

	if (nid < 0 || nid > MMI_NATIVE_MAX_NID)
		return -EINVAL;
	if (!node || !node->has_memory)
		return -ENOENT;
	placement->host_nids[nid] = (int16_t)host_nid;
	return 0;
}

int mmi_placement_host_nid(const struct mmi_placement *placement, int nid)
{
	return nid < 0 || nid > MMI_NATIVE_MAX_NID ? -1 : placement->host_nids[nid];
}

const struct mmi_host_node *mmi_placement_server(const struct mmi_placement *placement, int nid)
{
	const struct mmi_host_node *node =
	    mmi_host_node_find(&placement->host, mmi_placement_host_nid(placement, nid));

	return node ? mmi_host_node_find(&placement->host, node->server_nid) : NULL;
}

int mmi_placement_bind_memory(const struct mmi_placement *placement, void *start, size_t size_bytes,
			      int nid)
{
	int host_nid = mmi_placement_host_nid(placement, nid);

	if (!placement->binds_memory || host_nid < 0)
		return 0;
	return bind_area(placement, start, size_bytes, host_nid);
}
