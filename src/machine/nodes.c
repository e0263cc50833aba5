/* SPDX-License-Identifier: MIT */
/* The nodes of a machine: which there are, their CPUs, their memory, how far apart they lie. */
#include <errno.h>
#include <string.h>

#include "machine/machine_parts.h"

static int note_node(struct mmi_machine_parts *parts, int nid, uint32_t line, const char *who,
		     struct mmi_error *err)
{
	if (nid < 0 || nid >= MMI_MAX_NODES)
		return mmi_error_set_at(err, -EINVAL, line, 0, "%s: node %d: node ids are 0 to %d",
					who, nid, MMI_MAX_NODES - 1);
	const uint64_t bit = 1ull << (nid % 64);
	parts->nr_nodes += !(parts->node_bits[nid / 64] & bit);
	parts->node_bits[nid / 64] |= bit;
	return 0;
}

int mmi_machine_count_nodes(const struct mmi_machine_spec *spec, struct mmi_machine_parts *parts,
			    struct mmi_error *err)
{
	int ret = 0;

	for (size_t i = 0; !ret && i < spec->nr_memory; i++)
		ret = note_node(parts, spec->memory[i].nid, spec->memory[i].line, "memory", err);
	for (size_t i = 0; !ret && i < spec->nr_windows; i++)
		ret = note_node(parts, spec->windows[i].nid, spec->windows[i].line,
				"hotplug window", err);
	for (size_t i = 0; !ret && i < spec->nr_nodes; i++)
		ret = note_node(parts, spec->nodes[i].nid, 0, "node list", err);
	for (size_t i = 0; !ret && i < spec->nr_cpus; i++)
		ret = note_node(parts, spec->cpu_nids[i], 0, "CPU", err);
	return ret;
}

static void fill_ids(struct mmi_machine_node *nodes, const struct mmi_machine_parts *parts)
{
	size_t n = 0;

	for (int nid = 0; nid < MMI_MAX_NODES; nid++)
		if (parts->node_bits[nid / 64] >> (nid % 64) & 1)
			nodes[n++] = (struct mmi_machine_node){.nid = nid};
}

static void fill_contents(struct mmi_machine *machine, struct mmi_machine_node *nodes,
			  const struct mmi_machine_spec *spec, int *cpu_nids)
{
	for (size_t i = 0; i < spec->nr_cpus; i++) {
		struct mmi_machine_node *node =
		    &nodes[mmi_machine_node_index(machine, spec->cpu_nids[i])];
		cpu_nids[i] = node->nid;
		node->nr_cpus++;
		node->nr_cores += !(spec->cpu_is_sibling && spec->cpu_is_sibling[i]);
	}
	for (size_t i = 0; i < machine->nr_memory; i++) {
		const struct mmi_mem_range *range = &machine->memory[i];
		const uint64_t nr_pages = range->end_pfn - range->start_pfn;
		nodes[mmi_machine_node_index(machine, range->nid)].nr_present_pages += nr_pages;
		machine->nr_present_pages += nr_pages;
	}
	for (size_t i = 0; i < spec->nr_nodes; i++)
		if (spec->nodes[i].online)
			nodes[mmi_machine_node_index(machine, spec->nodes[i].nid)].online = true;
	for (size_t i = 0; i < machine->nr_nodes; i++)
		if (nodes[i].nr_cpus || nodes[i].nr_present_pages)
			nodes[i].online = true;
}

static int fill_distances(const struct mmi_machine *machine, uint16_t *distances,
			  const struct mmi_machine_spec *spec, struct mmi_error *err)
{
	const size_t nr = machine->nr_nodes;

	for (size_t i = 0; i < nr * nr; i++)
		distances[i] = i % (nr + 1) ? MMI_REMOTE_DISTANCE : MMI_LOCAL_DISTANCE;
	for (size_t i = 0; i < spec->nr_distance_nodes; i++) {
		for (size_t j = 0; j < spec->nr_distance_nodes; j++) {
			const uint16_t value = spec->distances[i * spec->nr_distance_nodes + j];
			const int from = spec->distance_nids[i], to = spec->distance_nids[j];
			const int row = mmi_machine_node_index(machine, from);
			const int column = mmi_machine_node_index(machine, to);
			if (i == j ? value != MMI_LOCAL_DISTANCE : value < MMI_LOCAL_DISTANCE)
				return mmi_error_set(err, -EINVAL,
						     "distance %u from node %d to node %d: a node "
						     "is %d from itself and no nearer to others",
						     value, from, to, MMI_LOCAL_DISTANCE);
			if (row >= 0 && column >= 0)
				distances[(size_t)row * nr + (size_t)column] = value;
		}
	}
	return 0;
}

int mmi_machine_fill_nodes(struct mmi_machine *machine, const struct mmi_machine_spec *spec,
			   const struct mmi_machine_parts *parts, struct mmi_error *err)
{
	char *base = (char *)machine;
	struct mmi_machine_node *nodes = (void *)(base + parts->nodes_offset);

	fill_ids(nodes, parts);
	fill_contents(machine, nodes, spec, (void *)(base + parts->cpus_offset));
	return fill_distances(machine, (void *)(base + parts->distances_offset), spec, err);
}

int mmi_machine_node_index(const struct mmi_machine *machine, int nid)
{
	size_t low = 0, high = machine->nr_nodes;

	while (low < high) {
		const size_t middle = (low + high) / 2;
		if (machine->nodes[middle].nid < nid)
			low = middle + 1;
		else
			high = middle;
	}
	return low < machine->nr_nodes && machine->nodes[low].nid == nid ? (int)low : -1;
}

unsigned mmi_machine_distance(const struct mmi_machine *machine, int from_nid, int to_nid)
{
	const int from = mmi_machine_node_index(machine, from_nid);
	const int to = mmi_machine_node_index(machine, to_nid);

	if (from < 0 || to < 0)
		return from_nid == to_nid ? MMI_LOCAL_DISTANCE : MMI_REMOTE_DISTANCE;
	return machine->distances[(size_t)from * machine->nr_nodes + (size_t)to];
}

int mmi_machine_nearest_cpu_node(const struct mmi_machine *machine, int nid)
{
	unsigned best_distance = ~0u;
	int best = -1;

	for (size_t i = 0; i < machine->nr_nodes; i++) {
		const struct mmi_machine_node *node = &machine->nodes[i];
		const unsigned distance = mmi_machine_distance(machine, nid, node->nid);
		if (node->nr_cpus && distance < best_distance) {
			best_distance = distance;
			best = node->nid;
		}
	}
	return best;
}
