/* SPDX-License-Identifier: MIT */
/* Placement of threads and memory on the host's nodes, by hwloc. */
#define _GNU_SOURCE /* sched_getcpu() */
#include "platform/placement_hwloc.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static bool runtime_binds(void)
{
	return getenv("OMP_PROC_BIND") || getenv("OMP_PLACES") || getenv("GOMP_CPU_AFFINITY");
}

static bool can_bind_threads(const struct mmi_placement *placement)
{
	const struct hwloc_topology_support *support =
	    hwloc_topology_get_support(placement->topology);

	return support->cpubind->set_thisthread_cpubind && support->cpubind->get_thisthread_cpubind;
}

static void decide_thread_binding(struct mmi_placement *placement, enum mmi_native_bind bind)
{
	placement->binds_threads = false;
	if (bind == MMI_NATIVE_BIND_NEVER)
		placement->bind_state = "not bound: not asked for";
	else if (!hwloc_topology_is_thissystem(placement->topology))
		placement->bind_state = "not bound: the topology is not this system's";
	else if (!can_bind_threads(placement))
		placement->bind_state = "not bound: this system cannot bind threads";
	else if (bind == MMI_NATIVE_BIND_AUTO && runtime_binds())
		placement->bind_state = "not bound by us: OMP_PROC_BIND, OMP_PLACES or "
					"GOMP_CPU_AFFINITY is set";
	else
		placement->binds_threads = true;
	if (placement->binds_threads)
		placement->bind_state = "bound to the CPUs of their node";
}

static hwloc_obj_t host_node(const struct mmi_placement *placement, int host_nid)
{
	return hwloc_get_numanode_obj_by_os_index(placement->topology, (unsigned)host_nid);
}

/* hwloc knows what the system has, not what a container is kept from: try. */
static bool binding_memory_works(const struct mmi_placement *placement)
{
	size_t page_bytes = (size_t)sysconf(_SC_PAGESIZE);
	hwloc_obj_t node = hwloc_get_obj_by_type(placement->topology, HWLOC_OBJ_NUMANODE, 0);
	void *page = mmap(NULL, page_bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	bool works;

	if (page == MAP_FAILED)
		return false;
	works = hwloc_set_area_membind(placement->topology, page, page_bytes, node->nodeset,
				       HWLOC_MEMBIND_BIND, HWLOC_MEMBIND_BYNODESET) == 0;
	munmap(page, page_bytes);
	return works;
}

static void decide_memory_binding(struct mmi_placement *placement)
{
	placement->binds_memory = false;
	if (!hwloc_topology_is_thissystem(placement->topology))
		placement->memory_state = "not placed: the topology is not this system's";
	else if (hwloc_get_nbobjs_by_type(placement->topology, HWLOC_OBJ_NUMANODE) < 2)
		placement->memory_state = "not placed: this system has one node";
	else if (!binding_memory_works(placement))
		placement->memory_state = "not placed: this system does not let us";
	else
		placement->binds_memory = true;
	if (placement->binds_memory)
		placement->memory_state = "placed on its node";
}

static void map_nodes_to_themselves(struct mmi_placement *placement)
{
	for (int nid = 0; nid <= MMI_NATIVE_MAX_NID; nid++)
		placement->host_nids[nid] = (int16_t)(host_node(placement, nid) ? nid : -1);
}

int mmi_placement_init(struct mmi_placement *placement, enum mmi_native_bind bind,
		       struct mmi_error *err)
{
	if (hwloc_topology_init(&placement->topology) < 0)
		return mmi_error_set(err, -ENOMEM, "no memory for this machine's topology");
	/* Caches and devices are not asked about, and take most of the time to find. */
	hwloc_topology_set_cache_types_filter(placement->topology, HWLOC_TYPE_FILTER_KEEP_NONE);
	if (hwloc_topology_load(placement->topology) < 0) {
		hwloc_topology_destroy(placement->topology);
		return mmi_error_set(err, -ENOMEM, "hwloc cannot read this machine's topology");
	}
	decide_thread_binding(placement, bind);
	decide_memory_binding(placement);
	map_nodes_to_themselves(placement);
	return 0;
}

void mmi_placement_deinit(struct mmi_placement *placement)
{
	hwloc_topology_destroy(placement->topology);
}

/* The first host node after @host_nid that has CPUs, going round; -1 when none has. */
static int next_node_with_cpus(const struct mmi_placement *placement, int host_nid)
{
	hwloc_const_nodeset_t nodes = hwloc_topology_get_topology_nodeset(placement->topology);
	int nr_nodes = hwloc_bitmap_weight(nodes);

	for (int i = 0; i < nr_nodes; i++) {
		host_nid = hwloc_bitmap_next(nodes, host_nid);
		if (host_nid < 0)
			host_nid = hwloc_bitmap_first(nodes);
		if (!hwloc_bitmap_iszero(host_node(placement, host_nid)->cpuset))
			return host_nid;
	}
	return -1;
}

int mmi_placement_map_nodes(struct mmi_placement *placement, const int *nids, size_t nr_nids)
{
	int host_nid = -1;

	for (size_t i = 0; i < nr_nids; i++)
		if (nids[i] < 0 || nids[i] > MMI_NATIVE_MAX_NID)
			return -EINVAL;
	memset(placement->host_nids, -1, sizeof(placement->host_nids));
	for (size_t i = 0; i < nr_nids; i++) {
		host_nid = next_node_with_cpus(placement, host_nid);
		placement->host_nids[nids[i]] = (int16_t)host_nid;
	}
	return 0;
}

int mmi_placement_host_nid(const struct mmi_placement *placement, int nid)
{
	return nid < 0 || nid > MMI_NATIVE_MAX_NID ? -1 : placement->host_nids[nid];
}

static void list_cpus(hwloc_const_cpuset_t cpus, char text[MMI_NATIVE_CPUS_BYTES])
{
	if (hwloc_bitmap_list_snprintf(text, MMI_NATIVE_CPUS_BYTES, cpus) < 0)
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

/* True when the thread now runs on the CPUs of binding->host_nid only. */
static bool bind_to_node(const struct mmi_placement *placement, unsigned thread,
			 struct mmi_native_binding *binding)
{
	hwloc_obj_t node;

	if (!placement->binds_threads || binding->host_nid < 0)
		return false;
	node = host_node(placement, binding->host_nid);
	if (hwloc_bitmap_iszero(node->cpuset))
		return false;
	send_to_cpu(placement, node->cpuset, thread);
	if (hwloc_set_cpubind(placement->topology, node->cpuset, HWLOC_CPUBIND_THREAD) < 0)
		return false;
	list_cpus(node->cpuset, binding->cpus_during);
	return true;
}

hwloc_cpuset_t mmi_placement_bind_thread(const struct mmi_placement *placement, unsigned thread,
					 int nid, struct mmi_native_binding *binding)
{
	hwloc_cpuset_t before = hwloc_bitmap_alloc();

	memset(binding, 0, sizeof(*binding));
	binding->nid = nid;
	binding->host_nid = mmi_placement_host_nid(placement, nid);
	if (before && hwloc_get_cpubind(placement->topology, before, HWLOC_CPUBIND_THREAD) == 0) {
		list_cpus(before, binding->cpus_before);
		memcpy(binding->cpus_during, binding->cpus_before, sizeof(binding->cpus_during));
		binding->bound = bind_to_node(placement, thread, binding);
	}
	binding->cpu = sched_getcpu();
	if (binding->bound)
		return before;
	hwloc_bitmap_free(before);
	return NULL;
}

void mmi_placement_unbind_thread(const struct mmi_placement *placement, hwloc_cpuset_t before)
{
	if (!before)
		return;
	hwloc_set_cpubind(placement->topology, before, HWLOC_CPUBIND_THREAD);
	hwloc_bitmap_free(before);
}

int mmi_placement_bind_memory(const struct mmi_placement *placement, void *start, size_t size_bytes,
			      int nid)
{
	int host_nid = mmi_placement_host_nid(placement, nid);

	if (!placement->binds_memory || host_nid < 0)
		return 0;
	/* Not strict: on a full node memory from another is better than none, as in the kernel. */
	if (hwloc_set_area_membind(placement->topology, start, size_bytes,
				   host_node(placement, host_nid)->nodeset, HWLOC_MEMBIND_BIND,
				   HWLOC_MEMBIND_BYNODESET) < 0)
		return -errno;
	return 0;
}

int mmi_placement_memory_nid(const struct mmi_placement *placement, const void *address)
{
	hwloc_nodeset_t nodes = hwloc_bitmap_alloc();
	int nid = -ENOSYS;

	if (nodes && hwloc_topology_is_thissystem(placement->topology) &&
	    hwloc_get_area_memlocation(placement->topology, address, 1, nodes,
				       HWLOC_MEMBIND_BYNODESET) == 0)
		nid = hwloc_bitmap_iszero(nodes) ? -EFAULT : hwloc_bitmap_first(nodes);
	hwloc_bitmap_free(nodes);
	return nid;
}
