/* SPDX-License-Identifier: MIT */
/* What of a node is early, and where its deferred part begins. */
#include "plan_fixture.h"

#include "deferred/plan_parts.h"

/*
 * 6 GiB, the captured boot section-shared: node 0 ends at 0x142400000, in the middle of a section.
 * Linux stops node 0's NORMAL zone after one section, at 0x108000, and node 1's (which starts at
 * 0x142400) at the first section border with 32768 pages before it: 0x150000.
 */
static void test_early_stops_at_the_first_section_border_after_a_section_of_memory(void **state)
{
	const struct mmi_spec_range memory[] = {{0x1000, 0x9f000, 0, 0, 0},
						{0x100000, 0xbffe0000, 0, 0, 0},
						{0x100000000, 0x142400000, 0, 0, 0},
						{0x142400000, 0x1c0000000, 1, 0, 0}};
	struct mmi_machine_spec spec = x86_spec(memory, ARRAY_NR(memory));
	struct mmi_machine *machine = make_machine(*state, &spec);
	const struct mmi_plan_params params = {.rule = MMI_CHUNK_FIXED,
					       .chunk_pages = SECTION_PAGES};

	make_plan(machine, &params);
	assert_int_equal(plan.splits[0].first_deferred_pfn, 0x108000);
	assert_int_equal(plan.splits[1].first_deferred_pfn, 0x150000);
	/* The shared section belongs to node 0, whose memory comes first. */
	const int64_t shared = mmi_plan_find_chunk(&plan, 0x142400);
	assert_int_equal(plan.chunks[shared].start_pfn, 0x140000);
	assert_int_equal(plan.chunks[shared].end_pfn, 0x148000);
	assert_true((uint64_t)shared < plan.groups[0].first_chunk + plan.groups[0].nr_chunks);
	/* Node 1's early pages in it are held back; those of 0x148000-0x150000 are early. */
	assert_int_equal(plan.splits[1].nr_held_back_pages, 0x148000 - 0x142400);
	assert_int_equal(mmi_plan_find_chunk(&plan, 0x148000), -1);
	drop_plan(machine);
}

/* From a page behind a border on, a whole section ends a page behind the next: the border after it. */
static void test_a_section_less_a_page_is_not_a_section_of_memory(void **state)
{
	const struct mmi_spec_range memory[] = {{4 * GIB + 4096, 8 * GIB, 0, 0, 0}};
	struct mmi_machine_spec spec = x86_spec(memory, 1);
	struct mmi_machine *machine = make_machine(*state, &spec);
	const struct mmi_plan_params params = {0};

	make_plan(machine, &params);
	assert_int_equal(plan.splits[0].first_deferred_pfn, 0x100000 + 2 * SECTION_PAGES);
	drop_plan(machine);
}

/* Half a section before a hole counts: half a section behind it is what is missing. */
static void test_memory_before_a_hole_counts_towards_the_early_section(void **state)
{
	const struct mmi_spec_range memory[] = {{4 * GIB, 4 * GIB + 64 * MIB, 0, 0, 0},
						{5 * GIB + 64 * MIB, 8 * GIB, 0, 0, 0}};
	struct mmi_machine_spec spec = x86_spec(memory, ARRAY_NR(memory));
	struct mmi_machine *machine = make_machine(*state, &spec);
	const struct mmi_plan_params params = {0};

	make_plan(machine, &params);
	assert_int_equal(plan.splits[0].first_deferred_pfn, (5 * GIB >> 12) + SECTION_PAGES);
	drop_plan(machine);
}

static void test_a_machine_of_one_section_defers_nothing(void **state)
{
	const struct mmi_spec_range memory[] = {{0, 128 * MIB, 0, 0, 0}};
	struct mmi_machine_spec spec = x86_spec(memory, 1);
	struct mmi_machine *machine = make_machine(*state, &spec);
	const struct mmi_plan_params params = {0};

	make_plan(machine, &params);
	assert_false(plan.splits[0].has_deferred);
	assert_int_equal(plan.nr_chunks, 0);
	assert_int_equal(plan.nr_groups, 0);
	assert_int_equal(plan.nr_early, 1);
	assert_null(mmi_plan_group(&plan, 0));
	drop_plan(machine);
}

/* A section exactly, and the next memory of the node begins in the middle of one: it is early, too. */
static void test_the_deferred_part_begins_at_a_section_though_memory_does_not(void **state)
{
	const struct mmi_spec_range memory[] = {{4 * GIB, 4 * GIB + 128 * MIB, 0, 0, 0},
						{4 * GIB + 192 * MIB, 5 * GIB, 0, 0, 0}};
	struct mmi_machine_spec spec = x86_spec(memory, ARRAY_NR(memory));
	struct mmi_machine *machine = make_machine(*state, &spec);
	const struct mmi_plan_params params = {0};

	make_plan(machine, &params);
	assert_int_equal(plan.splits[0].first_deferred_pfn, (4 * GIB + 256 * MIB) >> 12);
	assert_int_equal(plan.splits[0].nr_early_pages, (128 + 64) * MIB >> 12);
	drop_plan(machine);
}

/* Two pieces of 48 MiB behind holes, and the third: together they have the section of 128 MiB. */
static void test_every_piece_before_the_border_counts(void **state)
{
	const struct mmi_spec_range memory[] = {{4 * GIB, 4 * GIB + 48 * MIB, 0, 0, 0},
						{4 * GIB + 128 * MIB, 4 * GIB + 176 * MIB, 0, 0, 0},
						{4 * GIB + 264 * MIB, 6 * GIB, 0, 0, 0}};
	struct mmi_machine_spec spec = x86_spec(memory, ARRAY_NR(memory));
	struct mmi_machine *machine = make_machine(*state, &spec);
	const struct mmi_plan_params params = {0};

	/* 32 MiB are missing, up to 4 GiB + 296 MiB. */
	make_plan(machine, &params);
	assert_int_equal(plan.splits[0].first_deferred_pfn, (4 * GIB + 384 * MIB) >> 12);
	drop_plan(machine);
}

/* On arm64 a machine may have nothing but DMA: that is its last zone, then. */
static void test_a_node_with_dma_alone_is_deferred_too(void **state)
{
	const struct mmi_spec_range memory[] = {{GIB, 3 * GIB, 0, 0, 0}};
	struct mmi_machine_spec spec = x86_spec(memory, ARRAY_NR(memory));
	const struct mmi_plan_params params = {0};

	mmi_geometry_init(&spec.geometry, MMI_ARCH_ARM64_4K);
	struct mmi_machine *machine = make_machine(*state, &spec);
	make_plan(machine, &params);
	assert_int_equal(layout.nodes[0].zones[MMI_ZONE_DMA].end_pfn, 3 * GIB >> 12);
	assert_int_equal(plan.splits[0].first_deferred_pfn, (GIB + 128 * MIB) >> 12);
	drop_plan(machine);
}

/*
 * Node 0 ends in DMA32; 16 MiB of node 1's DMA32 lie among its memory, which is not node 1's last zone.
 * 6.1 counts anew behind them: a section from 1 GiB + 240 MiB on.  From 6.12 on only 16 MiB are missing.
 */
static void test_what_restarts_the_count_depends_on_the_version(void **state)
{
	const struct mmi_spec_range memory[] = {{GIB, GIB + 112 * MIB, 0, 0, 0},
						{GIB + 112 * MIB, GIB + 240 * MIB, 1, 0, 0},
						{GIB + 240 * MIB, 3 * GIB, 0, 0, 0},
						{4 * GIB, 5 * GIB, 1, 0, 0}};
	const enum mmi_linux_version versions[] = {MMI_LINUX_6_1, MMI_LINUX_6_12, MMI_LINUX_7_X};
	const uint64_t borders[] = {GIB + 384 * MIB, GIB + 256 * MIB, GIB + 256 * MIB};
	struct mmi_machine_spec spec = x86_spec(memory, ARRAY_NR(memory));
	const struct mmi_plan_params params = {0};

	for (size_t i = 0; i < ARRAY_NR(versions); i++) {
		spec.linux_version = versions[i];
		struct mmi_machine *machine = make_machine(*state, &spec);
		make_plan(machine, &params);
		assert_int_equal(plan.splits[0].first_deferred_pfn, borders[i] >> 12);
		drop_plan(machine);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    serial_test(test_early_stops_at_the_first_section_border_after_a_section_of_memory),
	    serial_test(test_a_section_less_a_page_is_not_a_section_of_memory),
	    serial_test(test_memory_before_a_hole_counts_towards_the_early_section),
	    serial_test(test_a_machine_of_one_section_defers_nothing),
	    serial_test(test_the_deferred_part_begins_at_a_section_though_memory_does_not),
	    serial_test(test_every_piece_before_the_border_counts),
	    serial_test(test_a_node_with_dma_alone_is_deferred_too),
	    serial_test(test_what_restarts_the_count_depends_on_the_version),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
