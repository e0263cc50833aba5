/* SPDX-License-Identifier: MIT */
/*
 * The host's nodes: the CPUs of each that this process may use, and who serves those without any.
 *
 * hwloc leaves out nodes without memory, and gives a node without CPUs those of its neighbours.
 * Where the topology is this system's, sysfs says what is so.
 */
#ifndef PLATFORM_HOST_NODES_H
#define PLATFORM_HOST_NODES_H

#include <hwloc.h>
#include <stdbool.h>

struct mmi_host_node {
	int nid;
	bool has_memory;
	hwloc_cpuset_t cpus; /* its own, as far as this process may use them */
	/*
	 * Whose CPUs serve it: its own number, or the nearest node's that has some; -1: nobody's.
	 */
	int server_nid;
};

struct mmi_host_nodes {
	struct mmi_host_node *nodes; /* by nid */
	unsigned nr_nodes;
	unsigned nr_with_memory;
};

/*
 * Reads the nodes of @topology.  Of CPUs only those in @given count, NULL: all; of each core only
 * one when @one_per_core.  -ENOMEM.
 */
int mmi_host_nodes_init(struct mmi_host_nodes *host, hwloc_topology_t topology,
			hwloc_const_cpuset_t given, bool one_per_core);
void mmi_host_nodes_deinit(struct mmi_host_nodes *host);

/* The host's node of this number, or NULL. */
const struct mmi_host_node *mmi_host_node_find(const struct mmi_host_nodes *host, int nid);

#endif
