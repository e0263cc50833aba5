/* SPDX-License-Identifier: MIT */
/* Who owns a section, where chunks end, who serves a node. */
#include "plan_fixture.h"
#include "property/arrays_apart.h"

#include <errno.h>

#include "deferred/chunk_rule.h"
#include "deferred/plan_parts.h"
#include "mminit/fault.h"

/* Memory of three nodes inside one section: node 5, node 7, node 5 again. */
static void test_interleaved_nodes_in_a_section_go_to_one_chunk(void **state)
{
	const uint64_t base = 8 * GIB;
	const struct mmi_spec_range memory[] = {{4 * GIB, 8 * GIB, 5, 0, 0},
						{base, base + 4 * MIB, 5, 0, 0},
						{base + 4 * MIB, base + 64 * MIB, 7, 0, 0},
						{base + 64 * MIB, base + 256 * MIB, 5, 0, 0},
						{base + 256 * MIB, base + 2 * GIB, 7, 0, 0}};
	struct mmi_machine_spec spec = x86_spec(memory, ARRAY_NR(memory));
	struct mmi_machine *machine = make_machine(*state, &spec);
	const struct mmi_plan_params params = {.rule = MMI_CHUNK_FIXED,
					       .chunk_pages = SECTION_PAGES};

	make_plan(machine, &params);
	const int64_t chunk = mmi_plan_find_chunk(&plan, base / 4096);
	assert_int_equal(mmi_plan_find_chunk(&plan, (base + 63 * MIB) / 4096), chunk);
	assert_int_equal(mmi_plan_find_chunk(&plan, (base + 65 * MIB) / 4096), chunk);
	assert_int_equal(plan.groups[0].nid, 5);
	assert_true((uint64_t)chunk < plan.groups[0].nr_chunks);
	drop_plan(machine);
}

/* facts: chunk = round_up(max(size / (workers * 4), section), section), at absolute multiples. */
static void test_chunks_follow_linux_rule(void **state)
{
	const struct mmi_spec_range memory[] = {{4 * GIB, 37 * GIB, 0, 0, 0}};
	const int cpus[] = {0, 0, 0, 0};
	struct mmi_machine_spec spec = x86_spec(memory, 1);
	const struct mmi_plan_params params = {.rule = MMI_CHUNK_LINUX};

	spec.cpu_nids = cpus;
	spec.nr_cpus = ARRAY_NR(cpus);
	struct mmi_machine *machine = make_machine(*state, &spec);
	make_plan(machine, &params);
	/* 33 GiB less one section, by 4 workers * 4: 2.055 GiB, up to a section: 17 sections. */
	assert_int_equal(plan.groups[0].nr_threads, 4);
	assert_int_equal(plan.groups[0].chunk_pages, 17 * SECTION_PAGES);
	/* 4 GiB is section 32; deferred from section 33, and the first border is section 34. */
	assert_int_equal(plan.chunks[0].start_pfn, 33 * SECTION_PAGES);
	assert_int_equal(plan.chunks[0].end_pfn, 34 * SECTION_PAGES);
	assert_int_equal(plan.chunks[1].end_pfn, 51 * SECTION_PAGES);
	drop_plan(machine);
}

/* Of our own choice: four chunks a worker, and none of more than 1 GiB. */
static void test_our_own_chunks_are_a_quarter_of_a_share_or_1_gib(void **state)
{
	const struct mmi_spec_range large[] = {{4 * GIB, 68 * GIB, 0, 0, 0}};
	const struct mmi_spec_range small[] = {{4 * GIB, 8 * GIB, 0, 0, 0}};
	const struct mmi_plan_params params = {.nr_threads = 2, .nothing_early = true};
	struct mmi_machine_spec spec = x86_spec(large, 1);
	struct mmi_machine *machine = make_machine(*state, &spec);

	make_plan(machine, &params);
	assert_int_equal(plan.groups[0].chunk_pages, 8 * SECTION_PAGES);
	drop_plan(machine);
	spec = x86_spec(small, 1);
	machine = make_machine(*state, &spec);
	make_plan(machine, &params);
	assert_int_equal(plan.groups[0].chunk_pages, 4 * SECTION_PAGES);
	drop_plan(machine);
}

static void test_a_chunk_of_0_or_no_multiple_of_a_section_is_refused(void **state)
{
	const struct mmi_spec_range memory[] = {{4 * GIB, 8 * GIB, 0, 0, 0}};
	struct mmi_machine_spec spec = x86_spec(memory, 1);
	struct mmi_machine *machine = make_machine(*state, &spec);
	struct mmi_plan_params params = {.rule = MMI_CHUNK_FIXED};
	struct mmi_error err = {0};

	assert_int_equal(mmi_layout_init(&layout, machine, NULL), 0);
	assert_int_equal(mmi_plan_init(&plan, &layout, &params, &err), -EINVAL);
	params.chunk_pages = SECTION_PAGES + 512;
	assert_int_equal(mmi_plan_init(&plan, &layout, &params, &err), -EINVAL);
	assert_non_null(strstr(err.text, "multiple"));
	drop_plan(machine);
}

static void test_a_node_without_cpus_is_served_by_its_nearest(void **state)
{
	const struct mmi_spec_range memory[] = {{4 * GIB, 8 * GIB, 0, 0, 0},
						{8 * GIB, 12 * GIB, 1, 0, 0},
						{12 * GIB, 16 * GIB, 2, 0, 0}};
	const int cpus[] = {0, 2, 2, 2};
	const int nids[] = {0, 1, 2};
	const uint16_t distances[] = {10, 30, 20, 30, 10, 15, 20, 15, 10};
	struct mmi_machine_spec spec = x86_spec(memory, ARRAY_NR(memory));
	const struct mmi_plan_params params = {0};

	spec.cpu_nids = cpus;
	spec.nr_cpus = ARRAY_NR(cpus);
	spec.distance_nids = nids;
	spec.distances = distances;
	spec.nr_distance_nodes = 3;
	struct mmi_machine *machine = make_machine(*state, &spec);
	make_plan(machine, &params);
	assert_int_equal(plan.nr_groups, 3);
	assert_int_equal(plan.groups[0].server_nid, 0);
	assert_int_equal(plan.groups[1].server_nid, 2);
	assert_int_equal(plan.groups[1].nr_threads, 3);
	assert_int_equal(plan.groups[2].server_nid, 2);
	drop_plan(machine);
}

/* arm64 with 64 KiB pages: a huge page holds the struct pages of four sections. */
static void test_units_go_by_the_larger_of_section_and_huge_page(void **state)
{
	const struct mmi_spec_range memory[] = {{4 * GIB, 20 * GIB, 0, 0, 0}};
	struct mmi_machine_spec spec = x86_spec(memory, 1);
	const struct mmi_plan_params params = {.rule = MMI_CHUNK_FIXED, .chunk_pages = 8192};

	mmi_geometry_init(&spec.geometry, MMI_ARCH_ARM64_64K);
	struct mmi_machine *machine = make_machine(*state, &spec);
	make_plan(machine, &params);
	assert_int_equal(plan.unit_pages, 4 * 8192);
	assert_int_equal(plan.groups[0].chunk_pages, 4 * 8192);
	assert_int_equal(plan.chunks[0].start_pfn % plan.unit_pages, 0);
	drop_plan(machine);
}

/* As many threads as are allowed are kept; one less, and every node gives, down to one. */
static void test_a_limit_of_threads_is_shared_by_the_nodes(void **state)
{
	const struct mmi_spec_range memory[] = {
	    {4 * GIB, 6 * GIB, 0, 0, 0}, {6 * GIB, 8 * GIB, 1, 0, 0}, {8 * GIB, 10 * GIB, 2, 0, 0}};
	const int cpus[] = {0, 0, 0, 0, 1, 1, 1, 2};
	const unsigned limits[] = {0, 9, 8, 7, 2};
	const unsigned expected[][3] = {{4, 3, 1}, {4, 3, 1}, {4, 3, 1}, {3, 2, 1}, {1, 1, 1}};
	struct mmi_machine_spec spec = x86_spec(memory, ARRAY_NR(memory));

	spec.cpu_nids = cpus;
	spec.nr_cpus = ARRAY_NR(cpus);
	for (size_t i = 0; i < ARRAY_NR(limits); i++) {
		const struct mmi_plan_params params = {.max_threads = limits[i]};
		struct mmi_machine *machine = make_machine(*state, &spec);
		make_plan(machine, &params);
		for (size_t node = 0; node < 3; node++) {
			const int64_t last =
			    mmi_plan_find_chunk(&plan, ((6 + 2 * node) * GIB >> 12) - 1);
			assert_int_equal(plan.groups[node].nr_threads, expected[i][node]);
			assert_int_equal(last + 1, plan.groups[node].first_chunk +
						       plan.groups[node].nr_chunks);
		}
		assert_int_equal(mmi_plan_find_chunk(&plan, 10 * GIB >> 12), -1);
		drop_plan(machine);
	}
}

static void test_a_machine_without_cpus_has_one_worker_a_node(void **state)
{
	const struct mmi_spec_range memory[] = {{4 * GIB, 6 * GIB, 0, 0, 0},
						{6 * GIB, 8 * GIB, 1, 0, 0}};
	struct mmi_machine_spec spec = x86_spec(memory, ARRAY_NR(memory));
	struct mmi_machine *machine = make_machine(*state, &spec);
	const struct mmi_plan_params params = {0};

	make_plan(machine, &params);
	assert_int_equal(plan.nr_groups, 2);
	assert_int_equal(plan.groups[0].nr_threads, 1);
	assert_int_equal(plan.groups[1].nr_threads, 1);
	assert_int_equal(plan.groups[1].server_nid, -1);
	drop_plan(machine);
}

/* Nodes take turns every section, a hundred times: as many runs of units, and room for them all. */
static void test_a_node_may_own_a_hundred_runs_of_units(void **state)
{
	static struct mmi_spec_range memory[200];
	const struct mmi_plan_params params = {.nothing_early = true};

	for (uint64_t i = 0; i < ARRAY_NR(memory); i++)
		memory[i] = (struct mmi_spec_range){4 * GIB + i * 128 * MIB,
						    4 * GIB + (i + 1) * 128 * MIB, i % 2, 0, 0};
	struct mmi_machine_spec spec = x86_spec(memory, ARRAY_NR(memory));
	struct mmi_machine *machine = make_machine(*state, &spec);
	make_plan(machine, &params);
	assert_int_equal(plan.nr_chunks, ARRAY_NR(memory));
	assert_int_equal(plan.groups[0].nr_units, 100);
	assert_int_equal(plan.groups[1].nr_units, 100);
	assert_int_equal(plan.groups[1].nr_present_pages, 100 * SECTION_PAGES);
	drop_plan(machine);
}

/* Node 0 is early, and its unit holds all that node 1 has deferred: the unit is node 0's. */
static void test_a_node_with_its_deferred_part_in_a_unit_of_another_has_no_group(void **state)
{
	const struct mmi_spec_range memory[] = {{4 * GIB, 4 * GIB + 512 * MIB, 0, 0, 0},
						{4 * GIB + 512 * MIB, 6 * GIB, 1, 0, 0}};
	struct mmi_machine_spec spec = x86_spec(memory, ARRAY_NR(memory));
	const struct mmi_plan_params params = {0};

	/* Sections of 512 MiB, four to a unit. */
	mmi_geometry_init(&spec.geometry, MMI_ARCH_ARM64_64K);
	struct mmi_machine *machine = make_machine(*state, &spec);
	make_plan(machine, &params);
	assert_false(plan.splits[0].has_deferred);
	assert_int_equal(plan.splits[1].first_deferred_pfn, 5 * GIB >> 16);
	assert_int_equal(plan.nr_groups, 1);
	assert_int_equal(plan.groups[0].nid, 0);
	assert_int_equal(plan.groups[0].nr_units, 1);
	assert_int_equal(plan.nr_early, 0);
	drop_plan(machine);
}

/* Where flags change and nothing else does, neither a chunk ends nor an early run. */
static void test_ranges_that_touch_are_one_run_of_units(void **state)
{
	const struct mmi_spec_range memory[] = {
	    {GIB, GIB + 512 * MIB, 0, 0, 0},
	    {GIB + 512 * MIB, 2 * GIB, 0, MMI_MEM_MIRROR, 0},
	    {4 * GIB, 5 * GIB + 512 * MIB, 0, 0, 0},
	    {5 * GIB + 512 * MIB, 6 * GIB, 0, MMI_MEM_MIRROR, 0}};
	struct mmi_machine_spec spec = x86_spec(memory, ARRAY_NR(memory));
	const struct mmi_plan_params params = {.rule = MMI_CHUNK_FIXED,
					       .chunk_pages = 8 * SECTION_PAGES};
	struct mmi_machine *machine = make_machine(*state, &spec);

	make_plan(machine, &params);
	assert_int_equal(plan.nr_early, 2);
	assert_int_equal(plan.early[0].end_pfn, 2 * GIB >> 12);
	assert_int_equal(plan.early[1].end_pfn, (4 * GIB + 128 * MIB) >> 12);
	assert_int_equal(plan.nr_chunks, 2);
	assert_int_equal(plan.chunks[1].start_pfn, 5 * GIB >> 12);
	assert_int_equal(plan.chunks[1].end_pfn, 6 * GIB >> 12);
	drop_plan(machine);
}

/* Nothing is looked up behind the last range. */
static void test_a_plan_needs_no_more_than_the_machine_has(void **state)
{
	const struct mmi_spec_range memory[] = {{4 * GIB, 6 * GIB, 0, 0, 0},
						{6 * GIB, 8 * GIB, 1, 0, 0}};
	const struct mmi_spec_range reserved[] = {{8 * GIB - MIB, 8 * GIB, -1, 0, 0}};
	struct mmi_machine_spec spec = x86_spec(memory, ARRAY_NR(memory));
	const struct mmi_plan_params params = {0};
	struct arrays_apart apart;

	spec.reserved = reserved;
	spec.nr_reserved = ARRAY_NR(reserved);
	struct mmi_machine *machine = make_machine(*state, &spec);
	arrays_move_apart(&apart, machine);
	make_plan(machine, &params);
	arrays_move_together(&apart, machine);
	assert_int_equal(plan.groups[0].nr_units, 15);
	assert_int_equal(plan.groups[1].nr_units, 15);
	drop_plan(machine);
}

/* Node 1 has the second half of node 0's last section, and nothing else: it owns no unit. */
static void test_a_node_inside_a_unit_of_another_has_no_group(void **state)
{
	const struct mmi_spec_range memory[] = {{4 * GIB, 5 * GIB - 64 * MIB, 0, 0, 0},
						{5 * GIB - 64 * MIB, 5 * GIB, 1, 0, 0},
						{6 * GIB, 7 * GIB, 2, 0, 0}};
	struct mmi_machine_spec spec = x86_spec(memory, ARRAY_NR(memory));
	struct mmi_machine *machine = make_machine(*state, &spec);
	const struct mmi_plan_params params = {.nothing_early = true};

	make_plan(machine, &params);
	assert_int_equal(plan.nr_groups, 2);
	assert_int_equal(plan.groups[0].nr_units, 8);
	assert_int_equal(plan.groups[1].nid, 2);
	assert_null(mmi_plan_group(&plan, 1));
	drop_plan(machine);
}

/* What mmi_plan_check() says of a plan that somebody has changed by hand, of the first group too. */
static void test_the_check_sees_chunks_that_are_not_right(void **state)
{
	const struct mmi_spec_range memory[] = {{4 * GIB, 6 * GIB, 0, 0, 0},
						{6 * GIB, 8 * GIB, 1, 0, 0}};
	struct mmi_machine_spec spec = x86_spec(memory, ARRAY_NR(memory));
	struct mmi_machine *machine = make_machine(*state, &spec);
	const struct mmi_plan_params params = {.rule = MMI_CHUNK_FIXED,
					       .chunk_pages = 4 * SECTION_PAGES};

	make_plan(machine, &params);
	for (size_t group = 0; group < 2; group++) {
		struct mmi_chunk *chunk = &plan.chunks[plan.groups[group].first_chunk + 1];
		const struct mmi_chunk as_it_was = *chunk;
		struct mmi_error err = {0};
		chunk->start_pfn++;
		chunk->end_pfn++;
		assert_int_equal(mmi_plan_check(&plan, &err), -EINVAL);
		assert_null(strstr(err.text, "miscounted"));
		*chunk = as_it_was;
		chunk->nr_units++;
		assert_int_equal(mmi_plan_check(&plan, &err), -EINVAL);
		assert_non_null(strstr(err.text, "miscounted"));
		*chunk = as_it_was;
		plan.groups[group].nr_units++;
		assert_int_equal(mmi_plan_check(&plan, &err), -EINVAL);
		assert_non_null(strstr(err.text, "in the group"));
		plan.groups[group].nr_units--;
		assert_int_equal(mmi_plan_check(&plan, &err), 0);
	}
	/* No chunk behind the last that it could overlap. */
	struct mmi_chunk *last = &plan.chunks[plan.nr_chunks - 1];
	struct mmi_error err = {0};
	last->start_pfn++;
	last->end_pfn++;
	assert_int_equal(mmi_plan_check(&plan, &err), -EINVAL);
	assert_non_null(strstr(err.text, "aligned to 0x8000"));
	drop_plan(machine);
}

static void test_a_share_of_a_page_more_than_a_unit_is_two_units(void **state)
{
	const struct mmi_plan_params params = {.rule = MMI_CHUNK_AUTO};

	(void)state;
	assert_int_equal(mmi_chunk_pages(&params, 100, 2 * 4 * 100, 2, 12), 100);
	assert_int_equal(mmi_chunk_pages(&params, 100, 2 * 4 * 101, 2, 12), 200);
	assert_int_equal(mmi_chunk_pages(&params, 100, 2 * 4 * 200, 2, 12), 200);
	/* Linux's workers: as many as there are smallest chunks, one at least. */
	assert_int_equal(mmi_linux_nr_workers(99, 100, 8), 1);
	assert_int_equal(mmi_linux_nr_workers(299, 100, 8), 2);
	assert_int_equal(mmi_linux_nr_workers(1000, 100, 8), 8);
}

/* Memory that has come: all of it is in chunks of its node's, by the size that it has. */
static void test_a_plan_for_a_range_counts_its_pages(void **state)
{
	const struct mmi_spec_range memory[] = {{4 * GIB, 5 * GIB, 0, 0, 0},
						{5 * GIB, 6 * GIB, 1, 0, 0}};
	const struct mmi_pfn_range range = {8 * GIB >> 12, 12 * GIB >> 12};
	const struct mmi_plan_params params = {.rule = MMI_CHUNK_LINUX, .nr_threads = 2};
	struct mmi_machine_spec spec = x86_spec(memory, ARRAY_NR(memory));
	struct mmi_machine *machine = make_machine(*state, &spec);

	assert_int_equal(mmi_layout_init(&layout, machine, NULL), 0);
	assert_int_equal(mmi_plan_range_init(&plan, &layout, &range, 1, &params, NULL), 0);
	assert_int_equal(plan.nr_groups, 1);
	assert_int_equal(plan.groups[0].nid, 1);
	assert_int_equal(plan.groups[0].nr_present_pages, 4 * GIB >> 12);
	/* 32 sections by 2 workers * 4 */
	assert_int_equal(plan.groups[0].chunk_pages, 4 * SECTION_PAGES);
	assert_int_equal(plan.nr_chunks, 8);
	assert_null(mmi_plan_group(&plan, 0));
	drop_plan(machine);
}

static void test_a_plan_for_a_range_is_whole_or_not_at_all(void **state)
{
	const struct mmi_spec_range memory[] = {{4 * GIB, 5 * GIB, 0, 0, 0},
						{5 * GIB, 6 * GIB, 1, 0, 0}};
	const struct mmi_pfn_range range = {8 * GIB >> 12, 12 * GIB >> 12};
	const struct mmi_plan_params params = {0}, no_chunks = {.rule = MMI_CHUNK_FIXED};
	struct mmi_machine_spec spec = x86_spec(memory, ARRAY_NR(memory));
	struct mmi_failing_platform failing;
	uint64_t nr_refused = 0;

	mmi_failing_platform_init(&failing, *state, MMI_CALL_ALLOC, UINT64_MAX);
	struct mmi_machine *machine = make_machine(&failing.platform, &spec);
	assert_int_equal(mmi_layout_init(&layout, machine, NULL), 0);
	const int64_t nr_held = failing.nr_held;
	for (;; nr_refused++) {
		struct mmi_error err = {0};
		failing.number = failing.nr_calls + nr_refused;
		const int ret = mmi_plan_range_init(&plan, &layout, &range, 1, &params, &err);
		if (!ret)
			break;
		assert_int_equal(ret, -ENOMEM);
		assert_string_equal(err.text, "no memory for the plan of 2 memory ranges");
		assert_int_equal(failing.nr_held, nr_held);
		assert_null(plan.layout);
	}
	assert_int_equal(nr_refused, 3); /* splits, groups, chunks */
	mmi_plan_deinit(&plan);
	assert_int_equal(mmi_plan_range_init(&plan, &layout, &range, 1, &no_chunks, NULL), -EINVAL);
	assert_int_equal(failing.nr_held, nr_held);
	drop_plan(machine);
}

/* 30 TiB on 32 nodes of 64 KiB pages: nothing is reserved, and the plan stands at once. */
static void test_a_plan_of_30_tib_needs_no_memmap(void **state)
{
	static struct mmi_spec_range memory[32];
	struct mmi_machine_spec spec = x86_spec(memory, ARRAY_NR(memory));
	const struct mmi_plan_params params = {.rule = MMI_CHUNK_FIXED, .chunk_pages = 256};

	for (uint64_t i = 0; i < ARRAY_NR(memory); i++)
		memory[i] =
		    (struct mmi_spec_range){i * 960 * GIB, (i + 1) * 960 * GIB, (int)i, 0, 0};
	mmi_geometry_init(&spec.geometry, MMI_ARCH_PPC64_64K);
	struct mmi_machine *machine = make_machine(*state, &spec);
	make_plan(machine, &params);
	assert_int_equal(plan.nr_groups, 32);
	uint64_t nr_units = 0;
	for (size_t i = 0; i < plan.nr_groups; i++)
		nr_units += plan.groups[i].nr_units;
	/* A unit is 128 sections of 16 MiB: 2 GiB; each node's first is held back, not early. */
	assert_int_equal(nr_units, 32 * 480);
	drop_plan(machine);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    serial_test(test_interleaved_nodes_in_a_section_go_to_one_chunk),
	    serial_test(test_chunks_follow_linux_rule),
	    serial_test(test_our_own_chunks_are_a_quarter_of_a_share_or_1_gib),
	    serial_test(test_a_chunk_of_0_or_no_multiple_of_a_section_is_refused),
	    serial_test(test_a_node_without_cpus_is_served_by_its_nearest),
	    serial_test(test_units_go_by_the_larger_of_section_and_huge_page),
	    serial_test(test_a_limit_of_threads_is_shared_by_the_nodes),
	    serial_test(test_a_machine_without_cpus_has_one_worker_a_node),
	    serial_test(test_a_node_may_own_a_hundred_runs_of_units),
	    serial_test(test_the_check_sees_chunks_that_are_not_right),
	    serial_test(test_a_node_inside_a_unit_of_another_has_no_group),
	    serial_test(test_a_node_with_its_deferred_part_in_a_unit_of_another_has_no_group),
	    serial_test(test_ranges_that_touch_are_one_run_of_units),
	    serial_test(test_a_plan_needs_no_more_than_the_machine_has),
	    serial_test(test_a_share_of_a_page_more_than_a_unit_is_two_units),
	    serial_test(test_a_plan_for_a_range_counts_its_pages),
	    serial_test(test_a_plan_for_a_range_is_whole_or_not_at_all),
	    serial_test(test_a_plan_of_30_tib_needs_no_memmap),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
