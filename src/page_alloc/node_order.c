/* SPDX-License-Identifier: MIT */
/* Fallback orders of nodes: nearest first, nodes at one distance taking turns by load. */
#include "mminit/page_alloc.h"

/* Distances must outweigh any load; 4.13 and 5.16 put loads of up to the number of nodes on it. */
static uint64_t distance_weight(const struct mmi_node_order *order)
{
	if (order->version >= MMI_LINUX_6_1)
		return MMI_MAX_NODES;
	return MMI_MAX_NODES * (uint64_t)order->nr_online_nodes;
}

static unsigned distance(const struct mmi_node_order *order, size_t from, size_t to)
{
	return order->distances[from * order->nr_nodes + to];
}

static uint64_t score(const struct mmi_node_order *order, size_t local, size_t candidate)
{
	const struct mmi_order_node *node = &order->nodes[candidate];
	const uint64_t cost =
	    distance(order, local, candidate) + (candidate < local) + node->has_cpus;

	return cost * distance_weight(order) + node->load;
}

static bool is_used(const int *nids, size_t nr, int nid)
{
	for (size_t i = 0; i < nr; i++)
		if (nids[i] == nid)
			return true;
	return false;
}

/* Index of the next node, or nr_nodes when none is left. */
static size_t next_node(const struct mmi_node_order *order, size_t local, const int *nids,
			size_t nr)
{
	const bool local_counts = order->version < MMI_LINUX_6_12 || order->nodes[local].has_memory;
	size_t best = order->nr_nodes;
	uint64_t best_score = UINT64_MAX;

	if (local_counts && !is_used(nids, nr, order->nodes[local].nid))
		return local;
	for (size_t i = 0; i < order->nr_nodes; i++) {
		if (!order->nodes[i].has_memory || is_used(nids, nr, order->nodes[i].nid))
			continue;
		const uint64_t s = score(order, local, i);
		if (s < best_score) {
			best_score = s;
			best = i;
		}
	}
	return best;
}

static void add_load(const struct mmi_node_order *order, struct mmi_order_node *node,
		     uint64_t count_down)
{
	if (order->version >= MMI_LINUX_6_1)
		node->load++;
	else if (order->version >= MMI_LINUX_5_16)
		node->load += count_down;
	else
		node->load = count_down;
}

size_t mmi_node_order_fill(struct mmi_node_order *order, size_t local, int *nids)
{
	uint64_t count_down = order->nr_online_nodes;
	size_t previous = local;
	size_t nr = 0;

	for (;;) {
		const size_t next = next_node(order, local, nids, nr);
		if (next == order->nr_nodes)
			return nr;
		if (distance(order, local, next) != distance(order, local, previous))
			add_load(order, &order->nodes[next], count_down);
		nids[nr++] = order->nodes[next].nid;
		previous = next;
		count_down--;
	}
}

bool mmi_zone_is_listed(enum mmi_linux_version version, enum mmi_zone_type type,
			const struct mmi_zone_counts *zone)
{
	if (type == MMI_ZONE_DEVICE)
		return false;
	if (version < MMI_LINUX_6_1)
		return zone->nr_managed_pages > 0;
	return zone->nr_present_pages > 0;
}
