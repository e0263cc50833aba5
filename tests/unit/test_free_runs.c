/* SPDX-License-Identifier: MIT */
/* Free memory, run by run: where runs are cut, and what is in none. */
#include "machine_fixture.h"

#include "deferred/free_runs.h"
#include "property/arrays_apart.h"

struct expected_run {
	uint64_t start_pfn, end_pfn;
	int nid;
	enum mmi_zone_type zone;
	bool is_deferred;
};

static void assert_runs(const struct mmi_layout *layout, const struct mmi_node_split *splits,
			uint64_t from_pfn, const struct expected_run *expected, size_t nr)
{
	struct mmi_free_runs runs;
	struct mmi_free_run run;
	size_t i = 0;

	mmi_free_runs_init(&runs, layout, splits, from_pfn);
	for (; mmi_free_runs_next(&runs, &run); i++) {
		assert_in_range(i, 0, nr - 1);
		assert_int_equal(run.start_pfn, expected[i].start_pfn);
		assert_int_equal(run.end_pfn, expected[i].end_pfn);
		assert_int_equal(run.nid, expected[i].nid);
		assert_int_equal(run.zone, expected[i].zone);
		assert_int_equal(run.is_deferred, expected[i].is_deferred);
	}
	assert_int_equal(i, nr);
}

/*
 *     0      1 MiB  2 MiB      16 MiB       64 MiB     65 MiB    66 MiB   128 MiB
 *     | free | res. |  free    | free, DMA32 |  NOMAP  | reserved |  free  | node 1, from
 *     |              DMA       |             |         |          |        | 192 MiB deferred
 */
static void test_runs_end_at_reservations_zones_and_the_deferred_part(void **state)
{
	const struct mmi_spec_range memory[] = {{0, 64 * MIB, 0, 0, 0},
						{64 * MIB, 65 * MIB, 0, MMI_MEM_NOMAP, 0},
						{65 * MIB, 128 * MIB, 0, 0, 0},
						{128 * MIB, 256 * MIB, 1, 0, 0}};
	const struct mmi_spec_range reserved[] = {{MIB, 2 * MIB, -1, 0, 0},
						  {65 * MIB, 66 * MIB, -1, 0, 0},
						  {255 * MIB, 300 * MIB, -1, 0, 0}};
	const struct expected_run expected[] = {
	    {0x0, 0x100, 0, MMI_ZONE_DMA, false},       {0x200, 0x1000, 0, MMI_ZONE_DMA, false},
	    {0x1000, 0x4000, 0, MMI_ZONE_DMA32, false}, {0x4200, 0x8000, 0, MMI_ZONE_DMA32, false},
	    {0x8000, 0xc000, 1, MMI_ZONE_DMA32, false}, {0xc000, 0xff00, 1, MMI_ZONE_DMA32, true},
	};
	const struct expected_run from_the_middle[] = {
	    {0x4800, 0x8000, 0, MMI_ZONE_DMA32, false},
	    {0x8000, 0xc000, 1, MMI_ZONE_DMA32, false},
	    {0xc000, 0xff00, 1, MMI_ZONE_DMA32, true},
	};
	const struct mmi_node_split splits[] = {
	    {.nid = 0}, {.nid = 1, .has_deferred = true, .first_deferred_pfn = 0xc000}};
	struct mmi_machine_spec spec = x86_spec(memory, ARRAY_NR(memory));
	struct arrays_apart apart;
	struct mmi_layout layout;

	spec.reserved = reserved;
	spec.nr_reserved = ARRAY_NR(reserved);
	struct mmi_machine *machine = make_machine(*state, &spec);
	assert_int_equal(mmi_layout_init(&layout, machine, NULL), 0);
	arrays_move_apart(&apart, machine);
	assert_runs(&layout, splits, 0, expected, ARRAY_NR(expected));
	assert_runs(&layout, splits, 0x4800, from_the_middle, ARRAY_NR(from_the_middle));
	assert_runs(&layout, splits, 0xff00, NULL, 0);
	arrays_move_together(&apart, machine);
	mmi_layout_deinit(&layout);
	mmi_machine_destroy(machine);
}

/* No reservation at all: a run from PFN 0 to the end of its zone, and none in NOMAP memory behind. */
static void test_nothing_cuts_a_run_where_nothing_is_reserved(void **state)
{
	const struct mmi_spec_range memory[] = {{0, 8 * MIB, 0, 0, 0},
						{8 * MIB, 12 * MIB, 0, MMI_MEM_NOMAP, 0}};
	const struct expected_run expected[] = {{0x0, 0x800, 0, MMI_ZONE_DMA, false}};
	const struct mmi_node_split splits[] = {{.nid = 0}};
	struct mmi_machine_spec spec = x86_spec(memory, ARRAY_NR(memory));
	struct mmi_machine *machine = make_machine(*state, &spec);
	struct arrays_apart apart;
	struct mmi_layout layout;

	assert_int_equal(mmi_layout_init(&layout, machine, NULL), 0);
	arrays_move_apart(&apart, machine);
	assert_runs(&layout, splits, 0, expected, ARRAY_NR(expected));
	arrays_move_together(&apart, machine);
	mmi_layout_deinit(&layout);
	mmi_machine_destroy(machine);
}

static void test_a_section_counts_for_each_range_that_has_a_part_of_it(void **state)
{
	const struct mmi_spec_range memory[] = {
	    {0, 2 * MIB, 0, 0, 0}, {64 * MIB, 130 * MIB, 1, 0, 0}, {1 * GIB, 2 * GIB, 0, 0, 0}};
	const struct mmi_spec_range reserved[] = {{0, MIB, -1, 0, 0}, {GIB, 2 * GIB, -1, 0, 0}};
	struct mmi_machine_spec spec = x86_spec(memory, ARRAY_NR(memory));

	spec.reserved = reserved;
	spec.nr_reserved = ARRAY_NR(reserved);
	struct mmi_machine *machine = make_machine(*state, &spec);
	assert_int_equal(mmi_memory_count_sections(machine), 1 + 2 + 8);
	assert_int_equal(mmi_memory_find(machine, 0), 0);
	assert_int_equal(mmi_memory_find(machine, 0x1ff), 0);
	assert_int_equal(mmi_memory_find(machine, 0x200), 1);
	assert_int_equal(mmi_memory_find(machine, 2 * GIB >> 12), 3);
	assert_int_equal(mmi_reserved_find(machine, 0), 0);
	assert_int_equal(mmi_reserved_find(machine, 0xff), 0);
	assert_int_equal(mmi_reserved_find(machine, 0x100), 1);
	assert_int_equal(mmi_reserved_find(machine, 2 * GIB >> 12), 2);
	mmi_machine_destroy(machine);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    serial_test(test_runs_end_at_reservations_zones_and_the_deferred_part),
	    serial_test(test_nothing_cuts_a_run_where_nothing_is_reserved),
	    serial_test(test_a_section_counts_for_each_range_that_has_a_part_of_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
