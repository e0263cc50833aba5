/* SPDX-License-Identifier: MIT */
/*
 * Linux 6.1's order of work, chunks of one block, and an arena's repeated runs: what they leave is what the engine
 * leaves, page by page and block by block.
 */
#include "machine_fixture.h"

#include "tune/arena.h"
#include "tune/linux_order.h"
#include "tune/one_block.h"
#include "tune/scaled.h"

static const struct mmi_spec_range memory[] = {{MIB, 2 * GIB, 0, 0, 0},
					       {2 * GIB, 3 * GIB + 36 * MIB, 1, 0, 0}};
static const struct mmi_spec_range reserved[] = {{5 * MIB, 5 * MIB + 4096, -1, 0, 0},
						 {GIB + 12345, GIB + 3 * MIB, -1, 0, 0}};

static struct mmi_machine *two_nodes(struct mmi_platform *platform)
{
	struct mmi_machine_spec spec = x86_spec(memory, ARRAY_NR(memory));

	spec.reserved = reserved;
	spec.nr_reserved = ARRAY_NR(reserved);
	return make_machine(platform, &spec);
}

static void run(struct mmi_arena *arena, const struct mmi_deferred_ops *ops)
{
	const struct mmi_arena_job job = {.plan = {.nr_threads = 1}, .run = {.ops = ops}};
	struct mmi_arena_result result;
	struct mmi_error err = {0};

	if (mmi_arena_run(arena, &job, &result, &err) || mmi_arena_check(arena, &err))
		fail_msg("%s", err.text);
	assert_int_equal(result.nr_free_pages, ((3 * GIB + 35 * MIB) >> 12) - 1 - (768 - 3));
}

/* List links depend on the order of freeing; all else must not. */
static void expect_same_pages(const struct mmi_memmap *a, const struct mmi_memmap *b)
{
	for (uint64_t pfn = a->start_pfn; pfn < a->end_pfn; pfn++) {
		if (!mmi_pfn_valid(a, pfn))
			continue;
		const struct mmi_page *x = mmi_pfn_page(a, pfn), *y = mmi_pfn_page(b, pfn);
		assert_int_equal(x->flags, y->flags);
		assert_int_equal(x->refcount, y->refcount);
		assert_int_equal(x->page_type, y->page_type);
		assert_int_equal(x->private_data, y->private_data);
		assert_int_equal(x->mapping | x->index | x->memcg_data, 0);
	}
}

static void test_linux_order_leaves_what_the_engine_leaves(void **state)
{
	struct mmi_machine *machine = two_nodes(*state);
	const struct mmi_memmap_options options = {0};
	struct mmi_arena engine, order;

	assert_int_equal(mmi_arena_init(&engine, machine, &options, NULL), 0);
	assert_int_equal(mmi_arena_init(&order, machine, &options, NULL), 0);
	run(&engine, NULL);
	run(&order, mmi_linux_order());
	expect_same_pages(&engine.mem.map, &order.mem.map);
	mmi_arena_deinit(&engine);
	mmi_arena_deinit(&order);
	mmi_machine_destroy(machine);
}

/* 2 GiB and a GiB, less the early part, in blocks of 4 MiB; sections that end early are cut whole. */
static void test_chunks_of_one_block_leave_what_the_engine_leaves(void **state)
{
	struct mmi_machine *machine = two_nodes(*state);
	const struct mmi_memmap_options options = {0};
	const struct mmi_plan_params params = {.nr_threads = 2};
	struct mmi_arena engine, blocks;
	struct mmi_plan plan;

	assert_true(mmi_one_block_applies(&machine->geometry));
	assert_int_equal(mmi_arena_init(&engine, machine, &options, NULL), 0);
	assert_int_equal(mmi_arena_init(&blocks, machine, &options, NULL), 0);
	run(&engine, NULL);
	run(&blocks, mmi_one_block_chunks());
	expect_same_pages(&engine.mem.map, &blocks.mem.map);
	for (uint64_t i = 0; i < engine.mem.map.nr_sections; i++)
		assert_int_equal(engine.mem.map.sections[i].state,
				 blocks.mem.map.sections[i].state);
	assert_int_equal(
	    mmi_deferred_plan(mmi_one_block_chunks(), &plan, &blocks.mem.layout, &params, NULL), 0);
	for (uint64_t i = 0; i < plan.nr_chunks; i++)
		assert_int_equal(plan.chunks[i].end_pfn - plan.chunks[i].start_pfn, 1024);
	mmi_plan_deinit(&plan);
	mmi_arena_deinit(&engine);
	mmi_arena_deinit(&blocks);
	mmi_machine_destroy(machine);
}

#ifndef MMI_CHECKED /* which takes a second initialisation for the offence that it is */
static void test_an_arena_forgets_the_last_run(void **state)
{
	struct mmi_machine *machine = two_nodes(*state);
	const struct mmi_memmap_options options = {0};
	struct mmi_arena arena;

	assert_int_equal(mmi_arena_init(&arena, machine, &options, NULL), 0);
	run(&arena, NULL);
	run(&arena, mmi_linux_order());
	run(&arena, NULL);
	assert_int_equal(mmi_arena_renew(&arena, NULL), 0);
	run(&arena, NULL);
	mmi_arena_deinit(&arena);
	mmi_machine_destroy(machine);
}
#endif

/* A tenth of 16 sections less 1 MiB is 1.6, so 2 sections; of 8 sections and 36 MiB one. */
static void test_a_scaled_machine_keeps_its_shape(void **state)
{
	struct mmi_machine *machine = two_nodes(*state), *scaled;

	assert_int_equal(mmi_machine_scale(machine, 0.1, &scaled, NULL), 0);
	assert_int_equal(scaled->nr_memory, 2);
	assert_int_equal(scaled->memory[0].start_pfn, 256);
	assert_int_equal(scaled->memory[0].end_pfn, 256 + 2 * 32768);
	assert_int_equal(scaled->memory[1].start_pfn, 2 * GIB >> 12);
	assert_int_equal(scaled->memory[1].end_pfn, (2 * GIB >> 12) + 32768);
	assert_int_equal(scaled->nr_reserved, 2);
	mmi_machine_destroy(scaled);
	assert_int_equal(mmi_machine_scale(machine, 1, &scaled, NULL), 0);
	assert_int_equal(scaled->nr_present_pages, machine->nr_present_pages);
	mmi_machine_destroy(scaled);
	mmi_machine_destroy(machine);
}

/* kernelcore= and movablecore= are amounts of the machine's memory, or shares of it. */
static void test_a_scaled_machine_has_as_large_a_movable_zone(void **state)
{
	struct mmi_machine_spec spec = x86_spec(memory, ARRAY_NR(memory));
	struct mmi_machine *scaled;

	spec.kernelcore = (struct mmi_amount){MMI_AMOUNT_PAGES, 300000};
	spec.movablecore = (struct mmi_amount){MMI_AMOUNT_PERCENT, 30};
	struct mmi_machine *machine = make_machine(*state, &spec);
	assert_int_equal(mmi_machine_scale(machine, 0.25, &scaled, NULL), 0);
	assert_int_equal(scaled->kernelcore.unit, MMI_AMOUNT_PAGES);
	assert_int_equal(scaled->kernelcore.value, 75000);
	assert_int_equal(scaled->movablecore.unit, MMI_AMOUNT_PERCENT);
	assert_int_equal(scaled->movablecore.value, 30);
	mmi_machine_destroy(scaled);
	mmi_machine_destroy(machine);
}

/* Two nodes take turns every section, 32 times, 40 apart: an eighth is four sections of each node. */
static void test_of_many_short_ranges_some_are_left(void **state)
{
	static const uint16_t distances[] = {10, 40, 40, 10};
	static const int nids[] = {0, 1};
	struct mmi_spec_range turns[64];
	uint64_t nr_pages[2] = {0};
	struct mmi_machine *scaled;

	for (size_t i = 0; i < ARRAY_NR(turns); i++)
		turns[i] = (struct mmi_spec_range){
		    4 * GIB + i * 128 * MIB, 4 * GIB + (i + 1) * 128 * MIB, (int)(i % 2), 0, 0};
	struct mmi_machine_spec spec = x86_spec(turns, ARRAY_NR(turns));
	spec.distances = distances;
	spec.distance_nids = nids;
	spec.nr_distance_nodes = 2;
	struct mmi_machine *machine = make_machine(*state, &spec);
	assert_int_equal(mmi_machine_scale(machine, 0.124, &scaled, NULL), 0);
	for (size_t i = 0; i < scaled->nr_memory; i++)
		nr_pages[scaled->memory[i].nid] +=
		    scaled->memory[i].end_pfn - scaled->memory[i].start_pfn;
	assert_int_equal(nr_pages[0], 4 * 32768);
	assert_int_equal(nr_pages[1], 4 * 32768);
	assert_int_equal(mmi_machine_distance(scaled, 0, 1), 40);
	mmi_machine_destroy(scaled);
	mmi_machine_destroy(machine);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    serial_test(test_linux_order_leaves_what_the_engine_leaves),
	    serial_test(test_chunks_of_one_block_leave_what_the_engine_leaves),
#ifndef MMI_CHECKED
	    serial_test(test_an_arena_forgets_the_last_run),
#endif
	    serial_test(test_of_many_short_ranges_some_are_left),
	    serial_test(test_a_scaled_machine_keeps_its_shape),
	    serial_test(test_a_scaled_machine_has_as_large_a_movable_zone),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
