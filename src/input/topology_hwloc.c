/* SPDX-License-Identifier: MIT */
/*
 * Nodes, CPUs and distances through hwloc.
 *
 * hwloc gives a node without CPUs the CPUs that are near to it, which other nodes have too: a CPU
 * belongs to the node with the fewest of them.
 */
#include <errno.h>
#include <hwloc.h>
#include <hwloc/distances.h>

#include "input/topology_hwloc.h"

/*
 * The node that @pu belongs to, NULL where hwloc shows none: a node without memory may be left out.
 */
static hwloc_obj_t node_of_pu(hwloc_topology_t topology, hwloc_obj_t pu)
{
	hwloc_obj_t node = NULL, best = NULL;

	while ((node = hwloc_get_next_obj_by_type(topology, HWLOC_OBJ_NUMANODE, node))) {
		if (!hwloc_bitmap_isset(node->cpuset, pu->os_index))
			continue;
		if (!best || hwloc_bitmap_weight(node->cpuset) < hwloc_bitmap_weight(best->cpuset))
			best = node;
	}
	return best;
}

/* CPUs come core by core: one that shares its core shares it with the one before. */
static int read_cpus(hwloc_topology_t topology, struct mmi_draft *draft, struct mmi_error *err)
{
	const hwloc_obj_t first = hwloc_get_obj_by_type(topology, HWLOC_OBJ_NUMANODE, 0);
	hwloc_obj_t pu = NULL, last_core = NULL;
	int ret = 0;

	while (!ret && (pu = hwloc_get_next_obj_by_type(topology, HWLOC_OBJ_PU, pu))) {
		const hwloc_obj_t core =
		    hwloc_get_ancestor_obj_by_type(topology, HWLOC_OBJ_CORE, pu);
		const hwloc_obj_t node = node_of_pu(topology, pu);
		ret = mmi_draft_add_cpu(draft, (int)(node ? node : first)->os_index, err);
		if (!ret)
			draft->cpu_is_sibling[draft->nr_cpus - 1] = core && core == last_core;
		last_core = core;
	}
	return ret;
}

static int read_nodes(hwloc_topology_t topology, struct mmi_draft *draft, struct mmi_error *err)
{
	hwloc_obj_t node = NULL;

	while ((node = hwloc_get_next_obj_by_type(topology, HWLOC_OBJ_NUMANODE, node))) {
		if (node->os_index >= MMI_MAX_NODES)
			return mmi_error_set(err, -EINVAL, "node %u: node ids are 0 to %d",
					     node->os_index, MMI_MAX_NODES - 1);
		draft->is_online[node->os_index] = true;
	}
	return 0;
}

static int fill_distances(const struct hwloc_distances_s *matrix, struct mmi_draft *draft,
			  struct mmi_error *err)
{
	const size_t nr = matrix->nbobjs;
	const int ret = nr <= MMI_MAX_NODES ? mmi_draft_alloc_distances(draft, nr, err) : 0;

	if (ret || nr > MMI_MAX_NODES)
		return ret;
	for (size_t i = 0; i < nr; i++) {
		draft->distance_nids[i] = (int)matrix->objs[i]->os_index;
		for (size_t j = 0; j < nr; j++) {
			if (matrix->values[i * nr + j] > UINT16_MAX)
				return mmi_error_set(
				    err, -EINVAL, "distance %llu: a number below 65536 expected",
				    (unsigned long long)matrix->values[i * nr + j]);
			draft->distances[i * nr + j] = (uint16_t)matrix->values[i * nr + j];
		}
	}
	return 0;
}

static int read_distances(hwloc_topology_t topology, struct mmi_draft *draft, struct mmi_error *err)
{
	struct hwloc_distances_s *matrix = NULL;
	unsigned nr = 1;
	int ret = 0;

	if (hwloc_distances_get_by_type(topology, HWLOC_OBJ_NUMANODE, &nr, &matrix,
					HWLOC_DISTANCES_KIND_MEANS_LATENCY, 0) ||
	    !nr || !matrix)
		return 0;
	ret = fill_distances(matrix, draft, err);
	hwloc_distances_release(topology, matrix);
	return ret;
}

int mmi_topology_read(hwloc_topology_t topology, struct mmi_draft *draft, struct mmi_error *err)
{
	int ret = read_nodes(topology, draft, err);

	if (!ret)
		ret = read_cpus(topology, draft, err);
	return ret ? ret : read_distances(topology, draft, err);
}

int mmi_topology_read_host(struct mmi_draft *draft, struct mmi_error *err)
{
	hwloc_topology_t topology;
	int ret;

	if (hwloc_topology_init(&topology))
		return mmi_error_set(err, -ENOMEM, "hwloc cannot be started");
	if (hwloc_topology_load(topology) == 0)
		ret = mmi_topology_read(topology, draft, err);
	else
		ret = mmi_error_set(err, -ENOSYS, "hwloc cannot read this machine's topology");
	hwloc_topology_destroy(topology);
	return ret;
}
