/* SPDX-License-Identifier: MIT */
/* hwloc topologies as machines: whose CPUs are whose, and what is refused before hwloc sees it. */
#include "machine_fixture.h"

#include <errno.h>
#include <stdlib.h>

static int read_text(struct mmi_platform *platform, const char *text, struct mmi_machine **machine,
		     struct mmi_error *err)
{
	return mmi_input_topology(platform, text, strlen(text), NULL, machine, NULL, err);
}

static struct mmi_machine *read_good(struct mmi_platform *platform, const char *text)
{
	struct mmi_machine *machine;
	struct mmi_error err = {0};

	if (read_text(platform, text, &machine, &err))
		fail_msg("%s: %s", text, err.text);
	assert_int_equal(mmi_machine_check(machine, &err), 0);
	return machine;
}

static void cores_and_threads_are_told_apart(void **state)
{
	struct mmi_machine *machine = read_good(*state, "numa:2(memory=4GiB) core:26 pu:2");

	assert_int_equal(machine->nr_nodes, 2);
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(machine->nodes[i].nid, i);
		assert_int_equal(machine->nodes[i].nr_cpus, 52);
		assert_int_equal(machine->nodes[i].nr_cores, 26);
		assert_int_equal(machine->nodes[i].nr_present_pages, 1 << 20);
	}
	mmi_machine_destroy(machine);
}

/*
 *	0        3G   4G       9G
 *	|0000 0888|gap|88888888|
 */
static void sparse_nodes_keep_their_numbers(void **state)
{
	struct mmi_machine *machine =
	    read_good(*state, "numa:2(memory=4GiB indexes=0,8) core:1 pu:1");

	assert_int_equal(machine->nodes[1].nid, 8);
	assert_int_equal(machine->nr_memory, 3);
	assert_int_equal(machine->memory[1].start_pfn, 4 * GIB >> 12);
	assert_int_equal(machine->memory[1].end_pfn, 5 * GIB >> 12);
	assert_int_equal(machine->memory[2].nid, 8);
	assert_int_equal(machine->memory[2].end_pfn, 9 * GIB >> 12);
	mmi_machine_destroy(machine);
}

/* hwloc lends a node without CPUs those of the whole machine. */
static void node_without_cpus_has_none(void **state)
{
	struct mmi_machine *machine =
	    read_good(*state, "[numa(memory=8GiB)] pack:2 [numa(memory=2GiB)] core:4 pu:1");

	assert_int_equal(machine->nr_nodes, 3);
	assert_int_equal(machine->nodes[0].nr_cpus, 4);
	assert_int_equal(machine->nodes[1].nr_cpus, 4);
	assert_int_equal(machine->nodes[2].nr_cpus, 0);
	assert_int_equal(mmi_machine_nearest_cpu_node(machine, 2), 0);
	mmi_machine_destroy(machine);
}

static void refuse(struct mmi_platform *platform, const char *text, unsigned line, unsigned column,
		   const char *said)
{
	struct mmi_machine *machine = NULL;
	struct mmi_error err = {0};

	assert_int_equal(read_text(platform, text, &machine, &err), -EINVAL);
	assert_null(machine);
	assert_int_equal(err.line, line);
	assert_int_equal(err.column, column);
	if (!strstr(err.text, said))
		fail_msg("%s: \"%s\" expected in: %s", text, said, err.text);
}

static void bad_descriptions_are_refused(void **state)
{
	char *many = malloc(8192);

	refuse(*state, "", 1, 1, "synthetic topology");
	refuse(*state, "numa:2 core", 1, 1, "synthetic topology");
	refuse(*state, "numa:2\ncore:x", 1, 1, "synthetic topology");
	refuse(*state, "# a comment\nnuma:0 core:1 pu:1", 2, 6, "count from 1");
	refuse(*state, "numa:4096 core:4096 pu:1", 1, 16, "65536 CPUs");
	refuse(*state, "4294967297 1", 1, 1, "65536 CPUs");
	refuse(*state, "numa:99999999999999999999 pu:1", 1, 6, "65536 CPUs");
	refuse(*state, "numa:1(indexes=5000) pu:1", 0, 0, "node 5000: node ids are 0 to 1023");
	refuse(*state, "numa:2(memory=9000TiB) pu:1", 0, 0, "2^52 bytes");
	assert_non_null(many);
	memset(many, '1', 8191);
	many[8191] = '\0';
	refuse(*state, many, 1, 1, "at most 4096");
	free(many);
}

static void bad_xml_is_refused(void **state)
{
	refuse(*state, "<?xml version=\"1.0\"?>\n<html></html>", 1, 1, "<topology>");
	refuse(*state, "<?xml version=\"1.0\"?>\n<topology version=\"3.0\"></topology>", 2, 11,
	       "--export-xml-flags v2");
	refuse(*state, "<?xml version=\"1.0\"?>\n<topology version=\"2.0\">\n<object type=\"PU\"",
	       1, 1, "hwloc XML");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    serial_test(cores_and_threads_are_told_apart),
	    serial_test(sparse_nodes_keep_their_numbers),
	    serial_test(node_without_cpus_has_none),
	    serial_test(bad_descriptions_are_refused),
	    serial_test(bad_xml_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
