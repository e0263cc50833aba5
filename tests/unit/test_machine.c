/* SPDX-License-Identifier: MIT */
/* Making a machine: rounding, sorting, merging, nodes, distances; what is refused, and how. */
#include "machine_fixture.h"

#include <errno.h>

static void test_memory_is_rounded_inwards_sorted_and_merged(void **state)
{
	const struct mmi_spec_range memory[] = {
	    {8 * MIB, 12 * MIB, 0, 0, 0},
	    {4 * MIB + 1, 8 * MIB, 0, 0, 0},                 /* begins inside a page */
	    {12 * MIB, 13 * MIB - 1, 0, MMI_MEM_HOTPLUG, 0}, /* other flags: not merged */
	    {20 * MIB, 20 * MIB + 100, 0, 0, 0},             /* no whole page */
	};
	struct mmi_machine_spec spec = x86_spec(memory, ARRAY_NR(memory));
	struct mmi_machine *machine = make_machine(*state, &spec);

	assert_int_equal(machine->nr_memory, 2);
	assert_int_equal(machine->memory[0].start_pfn, 1025);
	assert_int_equal(machine->memory[0].end_pfn, 3072);
	assert_int_equal(machine->memory[1].end_pfn, 13 * 256 - 1);
	assert_int_equal(machine->nr_present_pages, 3072 - 1025 + 255);
	mmi_machine_destroy(machine);
}

static void test_reservations_are_rounded_outwards_and_may_overlap(void **state)
{
	const struct mmi_spec_range memory[] = {{0, 64 * MIB, 0, 0, 0}};
	const struct mmi_spec_range reserved[] = {
	    {0x5001, 0x5002, -1, 0, 0}, /* a byte takes its page */
	    {0x6000, 0x9000, -1, 0, 0}, /* touches it */
	    {0x7000, 0x8000, -1, 0, 0},
	    {0xfffffff080100000, 0xfffffff080100528, -1, 0, 0}, /* garbage of a real log */
	};
	struct mmi_machine_spec spec = x86_spec(memory, ARRAY_NR(memory));

	spec.reserved = reserved;
	spec.nr_reserved = ARRAY_NR(reserved);
	struct mmi_machine *machine = make_machine(*state, &spec);
	assert_int_equal(machine->nr_reserved, 1);
	assert_int_equal(machine->reserved[0].start_pfn, 5);
	assert_int_equal(machine->reserved[0].end_pfn, 9);
	mmi_machine_destroy(machine);
}

static void test_nodes_are_those_that_anything_names(void **state)
{
	const struct mmi_spec_range memory[] = {{0, GIB, 8, 0, 0}};
	const struct mmi_spec_range windows[] = {{GIB, 2 * GIB, 252, 0, 0}};
	const struct mmi_spec_node nodes[] = {{5, true}, {9, false}};
	const int cpus[] = {8, 0, 8};
	struct mmi_machine_spec spec = x86_spec(memory, ARRAY_NR(memory));

	spec.windows = windows;
	spec.nr_windows = ARRAY_NR(windows);
	spec.nodes = nodes;
	spec.nr_nodes = ARRAY_NR(nodes);
	spec.cpu_nids = cpus;
	spec.nr_cpus = ARRAY_NR(cpus);
	struct mmi_machine *machine = make_machine(*state, &spec);
	const int nids[] = {0, 5, 8, 9, 252};
	const bool online[] = {true, true, true, false, false};
	const unsigned nr_cpus[] = {1, 0, 2, 0, 0};
	assert_int_equal(machine->nr_nodes, 5);
	for (size_t i = 0; i < 5; i++) {
		assert_int_equal(machine->nodes[i].nid, nids[i]);
		assert_int_equal(machine->nodes[i].online, online[i]);
		assert_int_equal(machine->nodes[i].nr_cpus, nr_cpus[i]);
		assert_int_equal(mmi_machine_node_index(machine, nids[i]), i);
	}
	assert_int_equal(mmi_machine_node_index(machine, 1), -1);
	mmi_machine_destroy(machine);
}

static void test_distances_default_and_decide_the_nearest_cpu_node(void **state)
{
	const struct mmi_spec_range memory[] = {
	    {0, GIB, 0, 0, 0}, {GIB, 2 * GIB, 1, 0, 0}, {2 * GIB, 3 * GIB, 2, 0, 0}};
	const int cpus[] = {0, 1};
	const int nids[] = {1, 2};
	const uint16_t distances[] = {10, 15, 15, 10};
	struct mmi_machine_spec spec = x86_spec(memory, ARRAY_NR(memory));

	spec.cpu_nids = cpus;
	spec.nr_cpus = ARRAY_NR(cpus);
	spec.distance_nids = nids;
	spec.distances = distances;
	spec.nr_distance_nodes = 2;
	struct mmi_machine *machine = make_machine(*state, &spec);
	assert_int_equal(mmi_machine_distance(machine, 0, 0), 10);
	assert_int_equal(mmi_machine_distance(machine, 0, 1), 20);
	assert_int_equal(mmi_machine_distance(machine, 1, 2), 15);
	assert_int_equal(mmi_machine_nearest_cpu_node(machine, 0), 0);
	assert_int_equal(mmi_machine_nearest_cpu_node(machine, 2), 1);
	mmi_machine_destroy(machine);
}

static void assert_refused(void **state, const struct mmi_machine_spec *spec, const char *words)
{
	struct mmi_machine *machine = (void *)1;
	struct mmi_error err = {0};

	assert_int_equal(mmi_machine_create(*state, spec, &machine, &err), -EINVAL);
	assert_null(machine);
	if (!strstr(err.text, words))
		fail_msg("\"%s\" does not say \"%s\"", err.text, words);
}

static void test_bad_memory_is_refused_with_its_line(void **state)
{
	const struct mmi_spec_range overlapping[] = {{0, GIB, 0, 0, 7},
						     {GIB - 4096, 2 * GIB, 1, 0, 8}};
	const struct mmi_spec_range backwards[] = {{GIB, MIB, 0, 0, 3}};
	const struct mmi_spec_range high_node[] = {{0, GIB, 1024, 0, 3}};
	const struct mmi_spec_range too_high[] = {{0, GIB, 0, 0, 1},
						  {1ull << 52, (1ull << 52) + GIB, 0, 0, 9}};
	struct mmi_machine_spec spec = x86_spec(overlapping, 2);
	struct mmi_machine *machine;
	struct mmi_error err = {0};

	assert_refused(state, &spec, "overlaps");
	mmi_machine_create(*state, &spec, &machine, &err);
	assert_int_equal(err.line, 8);
	spec = x86_spec(backwards, 1);
	assert_refused(state, &spec, "above the start");
	spec = x86_spec(high_node, 1);
	assert_refused(state, &spec, "node 1024");
	spec = x86_spec(too_high, 2);
	assert_refused(state, &spec, "address bits");
	spec = x86_spec(NULL, 0);
	assert_refused(state, &spec, "no memory");
}

static void test_bad_distances_are_refused(void **state)
{
	const struct mmi_spec_range memory[] = {{0, GIB, 0, 0, 0}, {GIB, 2 * GIB, 1, 0, 0}};
	const int nids[] = {0, 1};
	const uint16_t to_itself[] = {11, 20, 20, 10}, nearer_than_itself[] = {10, 9, 20, 10};
	struct mmi_machine_spec spec = x86_spec(memory, 2);

	spec.distance_nids = nids;
	spec.nr_distance_nodes = 2;
	spec.distances = to_itself;
	assert_refused(state, &spec, "distance 11");
	spec.distances = nearer_than_itself;
	assert_refused(state, &spec, "distance 9 from node 0 to node 1");
}

static void test_memory_block_size_follows_linux(void **state)
{
	const struct {
		uint64_t end;
		bool virtual_machine;
		uint64_t block_bytes;
	} cases[] = {
	    {6 * GIB, true, 128 * MIB},
	    {64 * GIB, false, 2 * GIB},
	    {258 * GIB, true, 2 * GIB},
	    {257 * GIB, true, GIB},
	    {257 * GIB + 256 * MIB, true, 256 * MIB},
	};

	for (size_t i = 0; i < ARRAY_NR(cases); i++) {
		const struct mmi_spec_range memory[] = {{4096, cases[i].end, 0, 0, 0}};
		struct mmi_machine_spec spec = x86_spec(memory, 1);
		spec.virtual_machine = cases[i].virtual_machine;
		struct mmi_machine *machine = make_machine(*state, &spec);
		assert_int_equal(machine->memory_block_bytes, cases[i].block_bytes);
		mmi_machine_destroy(machine);
	}
}

static void test_versions_take_the_newest_rules_at_or_below(void **state)
{
	(void)state;
	assert_int_equal(mmi_linux_version_of(4, 19), MMI_LINUX_4_13);
	assert_int_equal(mmi_linux_version_of(5, 10), MMI_LINUX_4_13);
	assert_int_equal(mmi_linux_version_of(5, 16), MMI_LINUX_5_16);
	assert_int_equal(mmi_linux_version_of(6, 0), MMI_LINUX_5_16);
	assert_int_equal(mmi_linux_version_of(6, 1), MMI_LINUX_6_1);
	assert_int_equal(mmi_linux_version_of(6, 11), MMI_LINUX_6_1);
	assert_int_equal(mmi_linux_version_of(6, 12), MMI_LINUX_6_12);
	assert_int_equal(mmi_linux_version_of(7, 2), MMI_LINUX_7_X);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    serial_test(test_memory_is_rounded_inwards_sorted_and_merged),
	    serial_test(test_reservations_are_rounded_outwards_and_may_overlap),
	    serial_test(test_nodes_are_those_that_anything_names),
	    serial_test(test_distances_default_and_decide_the_nearest_cpu_node),
	    serial_test(test_bad_memory_is_refused_with_its_line),
	    serial_test(test_bad_distances_are_refused),
	    serial_test(test_memory_block_size_follows_linux),
	    cmocka_unit_test(test_versions_take_the_newest_rules_at_or_below),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
