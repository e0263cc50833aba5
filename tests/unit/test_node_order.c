/* SPDX-License-Identifier: MIT */
/* Fallback orders against those that were published and captured, by version of Linux. */
#include "machine_fixture.h"

#include <stdio.h>

#include "mminit/figures.h"

#define MAX_NODES 8

/* Writes the orders of all nodes as "0 1 2|1 2 0|..."; every node is online. */
static void print_orders(char *text, size_t size_bytes, enum mmi_linux_version version,
			 struct mmi_order_node *nodes, size_t nr_nodes, const uint16_t *distances)
{
	struct mmi_node_order order = {.version = version,
				       .nodes = nodes,
				       .nr_nodes = nr_nodes,
				       .distances = distances,
				       .nr_online_nodes = nr_nodes};
	size_t length = 0;
	int nids[MAX_NODES];

	text[0] = '\0';
	for (size_t i = 0; i < nr_nodes; i++) {
		const size_t nr = mmi_node_order_fill(&order, i, nids);
		for (size_t j = 0; j < nr; j++)
			length += (size_t)snprintf(text + length, size_bytes - length, "%s%d",
						   j ? " " : (i ? "|" : ""), nids[j]);
	}
}

static void fill_nodes(struct mmi_order_node *nodes, size_t nr_nodes)
{
	for (size_t i = 0; i < nr_nodes; i++)
		nodes[i] =
		    (struct mmi_order_node){.nid = (int)i, .has_memory = true, .has_cpus = true};
}

static void assert_orders(enum mmi_linux_version version, size_t nr_nodes,
			  const uint16_t *distances, const char *expected)
{
	struct mmi_order_node nodes[MAX_NODES];
	char text[512];

	fill_nodes(nodes, nr_nodes);
	print_orders(text, sizeof(text), version, nodes, nr_nodes, distances);
	assert_string_equal(text, expected);
}

/* Two groups of four: 10 local, 12 inside a group, 32 across. */
static void fill_two_groups(uint16_t *distances)
{
	for (size_t i = 0; i < 8; i++)
		for (size_t j = 0; j < 8; j++)
			distances[i * 8 + j] = i == j ? 10 : i / 4 == j / 4 ? 12 : 32;
}

static void test_eight_nodes_before_loads_added_up(void **state)
{
	uint16_t distances[64];

	(void)state;
	fill_two_groups(distances);
	/* Every far order of nodes 4 to 7 begins with node 0: what the change was made for. */
	assert_orders(MMI_LINUX_4_13, 8, distances,
		      "0 1 2 3 4 5 6 7|1 2 3 0 5 6 7 4|2 3 0 1 6 7 4 5|3 0 1 2 7 4 5 6|"
		      "4 5 6 7 0 1 2 3|5 6 7 4 0 1 2 3|6 7 4 5 0 1 2 3|7 4 5 6 0 1 2 3");
}

static void test_eight_nodes_since_loads_add_up(void **state)
{
	static const char expected[] =
	    "0 1 2 3 4 5 6 7|1 2 3 0 5 6 7 4|2 3 0 1 6 7 4 5|3 0 1 2 7 4 5 6|"
	    "4 5 6 7 0 1 2 3|5 6 7 4 1 2 3 0|6 7 4 5 2 3 0 1|7 4 5 6 3 0 1 2";
	uint16_t distances[64];

	(void)state;
	fill_two_groups(distances);
	assert_orders(MMI_LINUX_5_16, 8, distances, expected);
	assert_orders(MMI_LINUX_6_1, 8, distances, expected);
	assert_orders(MMI_LINUX_7_X, 8, distances, expected);
}

/* The captured ring of four: neighbours 20, opposite 30. */
static void test_a_ring_of_four(void **state)
{
	static const uint16_t distances[16] = {10, 20, 30, 20, 20, 10, 20, 30,
					       30, 20, 10, 20, 20, 30, 20, 10};

	(void)state;
	assert_orders(MMI_LINUX_6_1, 4, distances, "0 1 3 2|1 2 0 3|2 3 1 0|3 0 2 1");
}

/* Two groups of two: 12 inside, 32 across.  The last order is the one that the change was about. */
static void test_four_nodes_before_and_since_loads_add_up(void **state)
{
	static const uint16_t distances[16] = {10, 12, 32, 32, 12, 10, 32, 32,
					       32, 32, 10, 12, 32, 32, 12, 10};

	(void)state;
	assert_orders(MMI_LINUX_4_13, 4, distances, "0 1 2 3|1 0 3 2|2 3 0 1|3 2 0 1");
	assert_orders(MMI_LINUX_5_16, 4, distances, "0 1 2 3|1 0 3 2|2 3 0 1|3 2 1 0");
	assert_orders(MMI_LINUX_6_1, 4, distances, "0 1 2 3|1 0 3 2|2 3 0 1|3 2 1 0");
}

/* Four equal nodes take turns in every version. */
static void test_four_equal_nodes_take_turns(void **state)
{
	static const uint16_t distances[16] = {10, 20, 20, 20, 20, 10, 20, 20,
					       20, 20, 10, 20, 20, 20, 20, 10};
	static const char expected[] = "0 1 2 3|1 2 3 0|2 3 0 1|3 0 1 2";

	(void)state;
	assert_orders(MMI_LINUX_4_13, 4, distances, expected);
	assert_orders(MMI_LINUX_5_16, 4, distances, expected);
	assert_orders(MMI_LINUX_6_1, 4, distances, expected);
}

/*
 * Nodes with CPUs of their own are asked after those without, once nodes know their CPUs.  Node 3
 * at distance 20 of all: 0 and 2 have CPUs (22), 1 has none (21).
 */
static void test_nodes_without_cpus_come_first(void **state)
{
	static const uint16_t distances[16] = {10, 20, 20, 20, 20, 10, 20, 20,
					       20, 20, 10, 20, 20, 20, 20, 10};
	struct mmi_order_node nodes[4];
	struct mmi_node_order order = {.version = MMI_LINUX_6_1,
				       .nodes = nodes,
				       .nr_nodes = 4,
				       .distances = distances,
				       .nr_online_nodes = 4};
	int nids[4];

	(void)state;
	fill_nodes(nodes, 4);
	nodes[1].has_cpus = false;
	assert_int_equal(mmi_node_order_fill(&order, 3, nids), 4);
	assert_int_equal(nids[0], 3);
	assert_int_equal(nids[1], 1);
}

/* A node without memory heads its own list up to 6.1; from 6.12 on it is in none. */
static void test_a_node_without_memory(void **state)
{
	static const uint16_t distances[9] = {10, 20, 20, 20, 10, 20, 20, 20, 10};
	struct mmi_order_node nodes[3];
	char text[128];

	(void)state;
	fill_nodes(nodes, 3);
	nodes[2].has_memory = false;
	print_orders(text, sizeof(text), MMI_LINUX_6_1, nodes, 3, distances);
	assert_string_equal(text, "0 1|1 0|2 0 1");
	fill_nodes(nodes, 3);
	nodes[2].has_memory = false;
	print_orders(text, sizeof(text), MMI_LINUX_6_12, nodes, 3, distances);
	assert_string_equal(text, "0 1|1 0|0 1");
}

/*
 * Node 0 is a little nearer to all others than these are to each other, so that each of them picks it
 * first.  However much load it bears by then, that little outweighs it: in 5.16 by far the most.
 */
static void test_distance_outweighs_any_load(void **state)
{
	enum { NR_NODES = 64 };
	static uint16_t distances[NR_NODES * NR_NODES];

	(void)state;
	for (size_t i = 0; i < NR_NODES * NR_NODES; i++) {
		const size_t from = i / NR_NODES, to = i % NR_NODES;
		distances[i] = from == to ? 10 : to == 0 ? 20 : 22;
	}
	for (enum mmi_linux_version version = 0; version < MMI_NR_LINUX_VERSIONS; version++) {
		struct mmi_order_node nodes[NR_NODES];
		struct mmi_node_order order = {.version = version,
					       .nodes = nodes,
					       .nr_nodes = NR_NODES,
					       .distances = distances,
					       .nr_online_nodes = NR_NODES};
		int nids[NR_NODES];
		fill_nodes(nodes, NR_NODES);
		for (size_t local = 1; local < NR_NODES; local++) {
			assert_int_equal(mmi_node_order_fill(&order, local, nids), NR_NODES);
			assert_int_equal(nids[0], local);
			assert_int_equal(nids[1], 0);
		}
	}
}

/* A balloon holds all pages of a zone: present, not managed. */
static void test_a_zone_without_managed_pages_is_listed_since_2022(void **state)
{
	const struct mmi_zone_counts ballooned = {.nr_present_pages = 1024};
	const struct mmi_zone_counts full = {.nr_present_pages = 1024, .nr_managed_pages = 1024};
	const struct mmi_zone_counts empty = {0};

	(void)state;
	assert_false(mmi_zone_is_listed(MMI_LINUX_4_13, MMI_ZONE_NORMAL, &ballooned));
	assert_false(mmi_zone_is_listed(MMI_LINUX_5_16, MMI_ZONE_NORMAL, &ballooned));
	assert_true(mmi_zone_is_listed(MMI_LINUX_6_1, MMI_ZONE_NORMAL, &ballooned));
	assert_true(mmi_zone_is_listed(MMI_LINUX_4_13, MMI_ZONE_NORMAL, &full));
	assert_false(mmi_zone_is_listed(MMI_LINUX_6_1, MMI_ZONE_NORMAL, &empty));
	assert_false(mmi_zone_is_listed(MMI_LINUX_6_1, MMI_ZONE_DEVICE, &full));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_eight_nodes_before_loads_added_up),
	    cmocka_unit_test(test_eight_nodes_since_loads_add_up),
	    cmocka_unit_test(test_a_ring_of_four),
	    cmocka_unit_test(test_four_nodes_before_and_since_loads_add_up),
	    cmocka_unit_test(test_four_equal_nodes_take_turns),
	    cmocka_unit_test(test_nodes_without_cpus_come_first),
	    cmocka_unit_test(test_a_node_without_memory),
	    cmocka_unit_test(test_distance_outweighs_any_load),
	    cmocka_unit_test(test_a_zone_without_managed_pages_is_listed_since_2022),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
