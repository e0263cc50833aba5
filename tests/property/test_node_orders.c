/* SPDX-License-Identifier: MIT */
/*
 * Fallback orders of random machines against a reference that picks node by node, as the rules say
 * it: few and many distances, nodes without CPUs and without memory, every version's rules.
 */
#include "property/random_machine.h"

#define NR_MACHINES 4000
#define MAX_SMALL   24

struct sample {
	struct mmi_node_order order;
	struct mmi_order_node nodes[MMI_MAX_NODES];
	uint16_t *distances;
	int nids[MMI_MAX_NODES];
};

/* The reference's own copy of the loads, and who was picked. */
struct reference {
	uint64_t loads[MMI_MAX_NODES];
	bool picked[MMI_MAX_NODES];
};

static unsigned distance(const struct sample *s, size_t from, size_t to)
{
	return s->distances[from * s->order.nr_nodes + to];
}

static uint64_t weight(const struct mmi_node_order *order)
{
	return order->version < MMI_LINUX_6_1 ? MMI_MAX_NODES * (uint64_t)order->nr_online_nodes
					      : MMI_MAX_NODES;
}

/* The node that is to come next; nr_nodes: none. */
static size_t pick(const struct sample *s, const struct reference *ref, size_t local)
{
	const struct mmi_order_node *nodes = s->nodes;
	size_t best = s->order.nr_nodes;
	uint64_t best_score = 0;

	if (!ref->picked[local] && (nodes[local].has_memory || s->order.version < MMI_LINUX_6_12))
		return local;
	for (size_t i = 0; i < s->order.nr_nodes; i++) {
		if (ref->picked[i] || !nodes[i].has_memory)
			continue;
		const uint64_t score =
		    (distance(s, local, i) + (i < local) + nodes[i].has_cpus) * weight(&s->order) +
		    ref->loads[i];
		if (best == s->order.nr_nodes || score < best_score) {
			best = i;
			best_score = score;
		}
	}
	return best;
}

static void add_load(const struct sample *s, struct reference *ref, size_t node, size_t nr_before)
{
	const uint64_t left = s->order.nr_online_nodes - nr_before;

	if (s->order.version == MMI_LINUX_4_13)
		ref->loads[node] = left;
	else
		ref->loads[node] += s->order.version == MMI_LINUX_5_16 ? left : 1;
}

static size_t fill_by_reference(const struct sample *s, struct reference *ref, size_t local,
				int *nids)
{
	size_t previous = local, next;
	size_t nr = 0;

	memset(ref->picked, 0, sizeof(ref->picked));
	while ((next = pick(s, ref, local)) < s->order.nr_nodes) {
		if (distance(s, local, next) != distance(s, local, previous))
			add_load(s, ref, next, nr);
		ref->picked[next] = true;
		nids[nr++] = s->nodes[next].nid;
		previous = next;
	}
	return nr;
}

static void fill_sample(struct sample *s, struct random_source *source, size_t nr_nodes)
{
	const uint64_t nr_distances = 1 + random_below(source, random_below(source, 4) ? 4 : 240);
	const uint64_t without = 1 + random_below(source, 6);

	s->order = (struct mmi_node_order){.version = random_below(source, MMI_NR_LINUX_VERSIONS),
					   .nodes = s->nodes,
					   .nr_nodes = nr_nodes,
					   .distances = s->distances,
					   .nr_online_nodes = nr_nodes};
	for (size_t i = 0; i < nr_nodes; i++)
		s->nodes[i] = (struct mmi_order_node){.nid = (int)i,
						      .has_memory = random_below(source, without),
						      .has_cpus = random_below(source, without)};
	for (size_t i = 0; i < nr_nodes * nr_nodes; i++)
		s->distances[i] =
		    i % nr_nodes == i / nr_nodes
			? MMI_LOCAL_DISTANCE
			: (uint16_t)(11 + random_below(source, nr_distances) *
					      (nr_distances > 4 ? 1 : 1 + random_below(source, 2)));
}

/* Every @step-th node in turn, as a full build takes them. */
static void assert_equal_orders(struct sample *s, uint64_t seed, size_t step)
{
	static struct reference ref;
	int expected[MMI_MAX_NODES];

	ref = (struct reference){0};
	for (size_t local = 0; local < s->order.nr_nodes; local += step) {
		const size_t nr = fill_by_reference(s, &ref, local, expected);
		const size_t nr_filled = mmi_node_order_fill(&s->order, local, s->nids);
		if (nr != nr_filled || memcmp(expected, s->nids, nr * sizeof(*expected)) != 0)
			fail_msg("seed %llu: %zu nodes, rules of %s: another order of node %zu",
				 (unsigned long long)seed, s->order.nr_nodes,
				 mmi_linux_version_name(s->order.version), local);
	}
}

static struct sample *new_sample(size_t nr_nodes)
{
	struct sample *s = test_malloc(sizeof(*s));

	s->distances = test_malloc(nr_nodes * nr_nodes * sizeof(*s->distances));
	return s;
}

static void free_sample(struct sample *s)
{
	test_free(s->distances);
	test_free(s);
}

static void test_orders_of_random_machines(void **state)
{
	struct sample *s = new_sample(MAX_SMALL);

	(void)state;
	for (uint64_t seed = 0; seed < NR_MACHINES; seed++) {
		struct random_source source = {seed};
		fill_sample(s, &source, 1 + random_below(&source, MAX_SMALL));
		assert_equal_orders(s, seed, 1);
	}
	free_sample(s);
}

/* As many nodes as there can be: of some of them, since the reference takes its time. */
static void test_orders_of_machines_of_all_possible_nodes(void **state)
{
	struct sample *s = new_sample(MMI_MAX_NODES);

	(void)state;
	for (uint64_t seed = 0; seed < 5; seed++) {
		struct random_source source = {seed};
		fill_sample(s, &source, MMI_MAX_NODES);
		assert_equal_orders(s, seed, 101);
	}
	free_sample(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_orders_of_random_machines),
	    cmocka_unit_test(test_orders_of_machines_of_all_possible_nodes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
