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

/* The node that @pu belongs to; -1: none. */
static int nid_of_pu(hwloc_topology_t topology, hwloc_obj_t pu)
{
	hwloc_obj_t node = NULL, best = NULL;

	while ((node = hwloc_get_next_obj_by_type(topology, HWLOC_OBJ_NUMANODE, node))) {
		if (!hwloc_bitmap_isset(node->cpuset, pu->os_index))
			continue;
		if (!best || hwloc_bitmap_weight(node->cpuset) < hwloc_bitmap_weight(best->cpuset))
			best = node;
	}
	return best && best->os_index < MMI_MAX_NODES ? (int)best->os_index : -1;
}

static int read_cpus(hwloc_topology_t topology, struct mmi_draft *draft, struct mmi_error *err)
{
	hwloc_obj_t pu = NULL;
	int ret = 0;

	while (!ret && (pu = hwloc_get_next_obj_by_type(topology, HWLOC_OBJ_PU, pu))) {
		const int nid = nid_of_pu(topology, pu);
		ret = mmi_draft_add_cpu(draft, nid < 0 ? 0 : nid, err);
	}
	return ret;
}

static void read_nodes(hwloc_topology_t topology, struct mmi_draft *draft)
{
	hwloc_obj_t node = NULL;

	while ((node = hwloc_get_next_obj_by_type(topology, HWLOC_OBJ_NUMANODE, node)))
		if (node->os_index < MMI_MAX_NODES)
			draft->is_online[node->os_index] = true;
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
		for (size_t j = 0; j < nr; j++)
			draft->distances[i * nr + j] = (uint16_t)matrix->values[i * nr + j];
	}
	return 0;
}

static int read_distances(hwloc_topology_t topology, struct mmi_draft *draft, struct mmi_error *err)
{
	struct hwloc_distances_s *matrix = NULL;
	unsigned nr = 1;
	int ret = 0;

	if (hwloc_distances_get_by_type(
		topology, HWLOC_OBJ_NUMANODE, &nr, &matrix,
		HWLOC_DISTANCES_KIND_FROM_OS | HWLOC_DISTANCES_KIND_MEANS_LATENCY, 0) ||
	    !nr || !matrix)
		return 0;
	ret = fill_distances(matrix, draft, err);
	hwloc_distances_release(topology, matrix);
	return ret;
}

int mmi_topology_hwloc_read(struct mmi_draft *draft, struct mmi_error *err)
{
	hwloc_topology_t topology;
	int ret;

	if (hwloc_topology_init(&topology))
		return mmi_error_set(err, -ENOMEM, "hwloc cannot be started");
	if (hwloc_topology_load(topology)) {
		hwloc_topology_destroy(topology);
		return mmi_error_set(err, -ENOSYS, "hwloc cannot read this machine's topology");
	}
	read_nodes(topology, draft);
	ret = read_cpus(topology, draft, err);
	if (!ret)
		ret = read_distances(topology, draft, err);
	hwloc_topology_destroy(topology);
	return ret;
}
