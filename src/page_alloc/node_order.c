/* SPDX-License-Identifier: MIT */
/*
 * Fallback orders of nodes: nearest first, nodes at one distance taking turns by load.
 *
 * Only the node that is picked gets load, and nobody picks it again for the same list: what is left
 * to choose from keeps its scores.  So an order is the candidates sorted by score, lowest index
 * first on ties; a key is the score with the index below it, and is sorted digit by digit.
 */
#include "mminit/figures.h"

#define INDEX_BITS 10 /* of a node; scores stay below 1 << 48 */
#define DIGIT_BITS 8
#define NR_DIGITS  (1u << DIGIT_BITS)

_Static_assert(MMI_MAX_NODES == 1u << INDEX_BITS, "a key holds the index of any node");

static unsigned digit(uint64_t key, unsigned shift)
{
	return key >> shift & (NR_DIGITS - 1);
}

/* Distances must outweigh any load; 4.13 and 5.16 put loads of up to the number of nodes on it. */
static uint64_t distance_weight(const struct mmi_node_order *order)
{
	const bool by_count = order->version < MMI_LINUX_6_1;

	return by_count ? MMI_MAX_NODES * (uint64_t)order->nr_online_nodes : MMI_MAX_NODES;
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

/*
 * The keys of all nodes but the local one that can be picked, and which bits are not alike in all;
 * returns how many.
 */
static size_t fill_keys(const struct mmi_node_order *order, size_t local, uint64_t *keys,
			uint64_t *varying)
{
	size_t nr = 0;

	for (size_t i = 0; i < order->nr_nodes; i++) {
		if (!order->nodes[i].has_memory || i == local)
			continue;
		const uint64_t key = score(order, local, i) << INDEX_BITS | i;
		keys[nr++] = key;
		*varying |= key ^ *keys;
	}
	return nr;
}

/* Puts @from in the order of one digit into @to; keys of the same digit stay as they are. */
static void sort_by_digit(const uint64_t *from, uint64_t *to, size_t nr, unsigned shift)
{
	uint16_t next[NR_DIGITS] = {0};
	uint16_t nr_below = 0;

	for (size_t i = 0; i < nr; i++)
		next[digit(from[i], shift)]++;
	for (unsigned d = 0; d < NR_DIGITS; d++) {
		const uint16_t nr_equal = next[d];
		next[d] = nr_below;
		nr_below = (uint16_t)(nr_below + nr_equal);
	}
	for (size_t i = 0; i < nr; i++)
		to[next[digit(from[i], shift)]++] = from[i];
}

/*
 * Sorts @keys by score; returns where they are then, there or in @spare.  They come by index, so
 * equal scores keep that order.  Distances are few and loads small: most digits are all alike.
 */
static const uint64_t *sort_keys(uint64_t *keys, uint64_t *spare, size_t nr, uint64_t varying)
{
	unsigned shift = INDEX_BITS;

	for (uint64_t rest = varying >> shift; rest; rest >>= DIGIT_BITS, shift += DIGIT_BITS) {
		if (!digit(rest, 0))
			continue;
		sort_by_digit(keys, spare, nr, shift);
		uint64_t *const sorted = spare;
		spare = keys;
		keys = sorted;
	}
	return keys;
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
	uint64_t keys[MMI_MAX_NODES], spare[MMI_MAX_NODES], varying = 0;
	const size_t nr_keys = fill_keys(order, local, keys, &varying);
	const uint64_t *sorted = sort_keys(keys, spare, nr_keys, varying);
	unsigned previous = distance(order, local, local);
	uint64_t count_down = order->nr_online_nodes;
	size_t nr = 0;

	if (order->version < MMI_LINUX_6_12 || order->nodes[local].has_memory) {
		nids[nr++] = order->nodes[local].nid;
		count_down--;
	}
	for (size_t i = 0; i < nr_keys; i++) {
		struct mmi_order_node *next = &order->nodes[sorted[i] % MMI_MAX_NODES];
		const unsigned next_distance = distance(order, local, sorted[i] % MMI_MAX_NODES);
		if (next_distance != previous)
			add_load(order, next, count_down);
		previous = next_distance;
		nids[nr++] = next->nid;
		count_down--;
	}
	return nr;
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
