/* SPDX-License-Identifier: MIT */
/* Reads the host's nodes from hwloc, and what hwloc leaves out from sysfs. */
#include "platform/host_nodes.h"

#include <errno.h>
#include <hwloc/linux.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#define PATH_BYTES 128
#define SYSFS      "/sys/devices/system/node"

static void node_path(char path[PATH_BYTES], int nid, const char *name)
{
	snprintf(path, PATH_BYTES, SYSFS "/node%d/%s", nid, name);
}

/* Numbers of the nodes that sysfs or, without it, hwloc has. */
static hwloc_bitmap_t list_nids(hwloc_topology_t topology)
{
	hwloc_bitmap_t nids = hwloc_bitmap_dup(hwloc_topology_get_topology_nodeset(topology));
	char line[4096];
	hwloc_bitmap_t online;
	FILE *file;

	file = hwloc_topology_is_thissystem(topology) ? fopen(SYSFS "/online", "re") : NULL;
	if (!nids || !file)
		return nids;
	online = hwloc_bitmap_alloc();
	if (online && fgets(line, sizeof(line), file) &&
	    hwloc_bitmap_list_sscanf(online, line) == 0)
		hwloc_bitmap_or(nids, nids, online);
	hwloc_bitmap_free(online);
	fclose(file);
	return nids;
}

/* The node's own CPUs into @cpus. */
static void read_cpus(hwloc_topology_t topology, int nid, hwloc_obj_t object, hwloc_cpuset_t cpus)
{
	char path[PATH_BYTES];

	node_path(path, nid, "cpumap");
	if (hwloc_topology_is_thissystem(topology) &&
	    hwloc_linux_read_path_as_cpumask(path, cpus) == 0)
		hwloc_bitmap_and(cpus, cpus, hwloc_topology_get_topology_cpuset(topology));
	else if (object)
		hwloc_bitmap_copy(cpus, object->cpuset);
}

static int read_node(struct mmi_host_node *node, hwloc_topology_t topology, int nid,
		     hwloc_const_cpuset_t given, bool one_per_core)
{
	hwloc_obj_t object = hwloc_get_numanode_obj_by_os_index(topology, (unsigned)nid);

	node->nid = nid;
	node->has_memory = object && object->attr->numanode.local_memory > 0;
	node->cpus = hwloc_bitmap_alloc();
	if (!node->cpus)
		return -ENOMEM;
	read_cpus(topology, nid, object, node->cpus);
	if (given)
		hwloc_bitmap_and(node->cpus, node->cpus, given);
	if (one_per_core)
		hwloc_bitmap_singlify_per_core(topology, node->cpus, 0);
	return 0;
}

/* The node's distances to all others, in the order of sysfs's nodes, which is ours. */
static void find_server(struct mmi_host_nodes *host, struct mmi_host_node *node)
{
	unsigned distance, best = UINT_MAX;
	char path[PATH_BYTES];
	FILE *file;

	node->server_nid = hwloc_bitmap_iszero(node->cpus) ? -1 : node->nid;
	if (node->server_nid >= 0)
		return;
	node_path(path, node->nid, "distance");
	file = fopen(path, "re");
	for (unsigned i = 0; i < host->nr_nodes; i++) {
		const struct mmi_host_node *other = &host->nodes[i];
		/* Where no distance is known all others are equally far. */
		if (!file || fscanf(file, "%u", &distance) != 1)
			distance = UINT_MAX - 1;
		if (distance >= best || hwloc_bitmap_iszero(other->cpus))
			continue;
		best = distance;
		node->server_nid = other->nid;
	}
	if (file)
		fclose(file);
}

int mmi_host_nodes_init(struct mmi_host_nodes *host, hwloc_topology_t topology,
			hwloc_const_cpuset_t given, bool one_per_core)
{
	hwloc_bitmap_t nids = list_nids(topology);
	int nr_nids = nids ? hwloc_bitmap_weight(nids) : -1;
	int ret = 0;

	*host = (struct mmi_host_nodes){0};
	if (nr_nids > 0)
		host->nodes = calloc((size_t)nr_nids, sizeof(*host->nodes));
	if (!host->nodes)
		ret = -ENOMEM;
	for (int nid = -1; !ret && host->nr_nodes < (unsigned)nr_nids;) {
		nid = hwloc_bitmap_next(nids, nid);
		ret = read_node(&host->nodes[host->nr_nodes], topology, nid, given, one_per_core);
		host->nr_with_memory += host->nodes[host->nr_nodes++].has_memory;
	}
	hwloc_bitmap_free(nids);
	if (ret) {
		mmi_host_nodes_deinit(host);
		return ret;
	}
	for (unsigned i = 0; i < host->nr_nodes; i++)
		find_server(host, &host->nodes[i]);
	return 0;
}

void mmi_host_nodes_deinit(struct mmi_host_nodes *host)
{
	for (unsigned i = 0; i < host->nr_nodes; i++)
		hwloc_bitmap_free(host->nodes[i].cpus);
	free(host->nodes);
	*host = (struct mmi_host_nodes){0};
}

const struct mmi_host_node *mmi_host_node_find(const struct mmi_host_nodes *host, int nid)
{
	for (unsigned i = 0; i < host->nr_nodes; i++)
		if (host->nodes[i].nid == nid)
			return &host->nodes[i];
	return NULL;
}
