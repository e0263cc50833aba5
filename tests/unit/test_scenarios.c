/* SPDX-License-Identifier: MIT */
/*
 * Bugs that real kernels had in this work, each as a test that bears its name.
 *
 * tests/tool/scenarios.sh takes our answer to each out of the source again and expects the test to
 * fail.  With a word as argument only the tests are run whose names it matches, as a pattern.
 */
#include "alloc_fixture.h"
#include "lock_watch.h"
#include "verify_fixture.h"

#include <errno.h>

#include "deferred/plan_parts.h"

#define PFN(address)  ((uint64_t)(address) >> 12)
#define SECTION_PAGES 0x8000ull

static struct mmi_machine *make_x86(struct mmi_platform *platform,
				    const struct mmi_spec_range *memory, size_t nr_memory,
				    const struct mmi_spec_range *reserved, size_t nr_reserved)
{
	struct mmi_machine_spec spec = x86_spec(memory, nr_memory);

	spec.reserved = reserved;
	spec.nr_reserved = nr_reserved;
	return make_machine(platform, &spec);
}

/* Boots @machine, which goes with the system; every invariant must hold. */
static struct mmi_system *boot_right(struct mmi_machine *machine)
{
	const struct mmi_system_options options = {.plan.nr_threads = 2};
	struct mmi_system *system = create_system(machine, &options);
	struct mmi_verdict verdict;

	assert_int_equal(mmi_plan_check(&system->plan, NULL), 0);
	boot_system(system);
	verify_system(system, &verdict);
	for (unsigned i = 1; i <= MMI_NR_INVARIANTS; i++)
		if (verdict.invariants[i].judgement == MMI_BROKEN)
			fail_msg("invariant %u: %s", i, verdict.invariants[i].why);
	return system;
}

static void destroy(struct mmi_system *system)
{
	struct mmi_machine *machine = (struct mmi_machine *)system->mem.machine;

	mmi_system_destroy(system);
	mmi_machine_destroy(machine);
}

static const struct mmi_page *page_at(const struct mmi_system *system, uint64_t pfn)
{
	return mmi_pfn_page(&system->mem.map, pfn);
}

/* A 4 MiB free set the type of one of its two pageblocks; the last block was never freed. */
static void test_01_both_pageblocks_of_a_4_mib_block_get_their_type(void **state)
{
	static const struct mmi_spec_range memory[] = {{4 * GIB, 5 * GIB, 0, 0, 0}};
	struct mmi_system *system = boot_right(make_x86(*state, memory, 1, NULL, 0));

	for (uint64_t pfn = PFN(4 * GIB); pfn < PFN(5 * GIB); pfn += 512)
		assert_int_equal(mmi_pageblock_type(&system->mem.map, pfn), MMI_MIGRATE_MOVABLE);
	assert_int_equal(mmi_mem_zone(&system->mem, 0, MMI_ZONE_NORMAL)->areas[10].nr_free, 256);
	destroy(system);
}

/* Reserved pages freed inside the deferred range: the merge read what nobody had initialised. */
static void test_02_reserved_pages_given_back_early_are_not_looked_at(void **state)
{
	static const struct mmi_spec_range memory[] = {{4 * GIB, 5 * GIB, 0, 0, 0}};
	static const struct mmi_spec_range reserved[] = {
	    {4 * GIB + 300 * MIB, 4 * GIB + 301 * MIB, -1, 0, 0}};
	struct mmi_machine_spec spec = x86_spec(memory, 1);
	struct alloc_fixture f;
	struct mmi_verdict verdict;

	spec.reserved = reserved;
	spec.nr_reserved = 1;
	alloc_open(&f, *state, &spec, EARLY_ONLY);
	const uint64_t nr_early = alloc_nr_managed(&f);
	assert_int_equal(mmi_deferred_free_reserved(&f.system->run, PFN(reserved[0].start),
						    PFN(reserved[0].end)),
			 0);
	assert_int_equal(alloc_nr_managed(&f), nr_early);
	mmi_system_finish(f.system);
	verify_system(f.system, &verdict);
	for (unsigned i = 1; i <= 4; i++)
		assert_int_not_equal(verdict.invariants[i].judgement, MMI_BROKEN);
	assert_int_equal(alloc_nr_managed(&f), PFN(GIB));
	alloc_close(&f);
}

/* "Grew" was the answer with nothing left to grow: an endless loop in the allocator. */
static void test_03_growing_with_nothing_left_comes_to_an_end(void **state)
{
	static const struct mmi_spec_range memory[] = {{4 * GIB, 5 * GIB, 0, 0, 0}};
	const struct mmi_machine_spec spec = x86_spec(memory, 1);
	struct alloc_fixture f;
	unsigned nr_growths = 0;

	alloc_open(&f, *state, &spec, ON_DEMAND);
	while (mmi_deferred_grow(&f.system->run, alloc_zone(&f, 0, MMI_ZONE_NORMAL)) == MMI_GREW)
		assert_true(++nr_growths <= 8);
	assert_int_equal(nr_growths, 8);
	alloc_close(&f);
}

/* The early budget counted anew for each range: nothing was deferred at all. */
static void test_04_the_early_budget_is_the_zones_not_a_ranges(void **state)
{
	struct mmi_spec_range memory[64];
	struct mmi_system *system;

	for (size_t i = 0; i < ARRAY_NR(memory); i++)
		memory[i] = (struct mmi_spec_range){4 * GIB + i * 32 * MIB,
						    4 * GIB + i * 32 * MIB + 30 * MIB, 0, 0, 0};
	system = boot_right(make_x86(*state, memory, ARRAY_NR(memory), NULL, 0));
	/* 128 MiB are the first four ranges and 8 MiB of the fifth, which is in the second section. */
	assert_true(system->plan.splits[0].has_deferred);
	assert_int_equal(system->plan.splits[0].first_deferred_pfn,
			 PFN(4 * GIB) + 2 * SECTION_PAGES);
	destroy(system);
}

static void test_05_growing_ends_with_the_zone(void **state)
{
	static const struct mmi_spec_range memory[] = {{MIB, 2 * GIB, 0, 0, 0},
						       {4 * GIB, 5 * GIB, 0, 0, 0}};
	const struct mmi_machine_spec spec = x86_spec(memory, ARRAY_NR(memory));
	struct alloc_fixture f;

	alloc_open(&f, *state, &spec, ON_DEMAND);
	while (mmi_deferred_grow(&f.system->run, alloc_zone(&f, 0, MMI_ZONE_DMA32)) == MMI_GREW)
		;
	assert_int_equal(alloc_zone(&f, 0, MMI_ZONE_DMA32)->nr_managed_pages,
			 PFN(2 * GIB - 16 * MIB));
	assert_int_equal(alloc_zone(&f, 0, MMI_ZONE_NORMAL)->nr_managed_pages, 0);
	alloc_close(&f);
}

/* A range for another purpose, not aligned: its neighbour's block was freed across the border. */
static void test_06_a_range_given_back_leaves_its_neighbours_alone(void **state)
{
	static const struct mmi_spec_range memory[] = {{4 * GIB, 5 * GIB, 0, 0, 0}};
	static const struct mmi_spec_range reserved[] = {
	    {4 * GIB + 300 * MIB, 4 * GIB + 308 * MIB, -1, 0, 0}};
	const uint64_t start = PFN(4 * GIB + 302 * MIB), end = start + 700;
	struct mmi_system *system = boot_right(make_x86(*state, memory, 1, reserved, 1));
	struct mmi_zone *zone = mmi_mem_zone(&system->mem, 0, MMI_ZONE_NORMAL);
	const uint64_t nr_before = zone->nr_free_pages;

	assert_int_equal(mmi_deferred_free_reserved(&system->run, start, end), 0);
	assert_int_equal(zone->nr_free_pages, nr_before + 700);
	assert_int_equal(mmi_zone_check(zone, NULL), 0);
	for (uint64_t pfn = PFN(reserved[0].start); pfn < PFN(reserved[0].end); pfn++) {
		const bool is_free = pfn >= start && pfn < end;
		assert_int_equal(!(page_at(system, pfn)->flags & MMI_PG_RESERVED), is_free);
		assert_int_equal(page_at(system, pfn)->refcount, !is_free);
	}
	destroy(system);
}

/* Two free ranges meet inside a max-order block; the first was freed before the second was there. */
static void test_07_ranges_that_meet_in_a_block_are_freed_together(void **state)
{
	static const struct mmi_spec_range memory[] = {
	    {4 * GIB, 4 * GIB + 513 * MIB, 0, 0, 0},
	    {4 * GIB + 513 * MIB, 5 * GIB, 0, MMI_MEM_MIRROR, 0}};
	struct mmi_system *system = boot_right(make_x86(*state, memory, ARRAY_NR(memory), NULL, 0));

	assert_int_equal(page_at(system, PFN(4 * GIB + 512 * MIB))->private_data, 10);
	assert_int_equal(mmi_mem_zone(&system->mem, 0, MMI_ZONE_NORMAL)->areas[10].nr_free, 256);
	destroy(system);
}

/* A walk over all struct pages met some that had been skipped. */
static void test_08_no_struct_page_is_skipped(void **state)
{
	static const struct mmi_spec_range memory[] = {
	    {4 * GIB, 4 * GIB + 301 * MIB, 0, 0, 0},
	    {4 * GIB + 303 * MIB + 20 * KIB, 5 * GIB - 12 * KIB, 0, 0, 0}};
	struct mmi_system *system = boot_right(make_x86(*state, memory, ARRAY_NR(memory), NULL, 0));
	uint64_t nr_pages = 0;

	for (uint64_t pfn = PFN(4 * GIB); pfn < PFN(5 * GIB); pfn++) {
		if (!mmi_pfn_valid(&system->mem.map, pfn))
			continue;
		nr_pages++;
		assert_int_equal(page_at(system, pfn)->flags & MMI_PG_LAST_CPUPID,
				 MMI_PG_LAST_CPUPID);
		assert_int_equal(mmi_flags_zone(page_at(system, pfn)->flags), MMI_ZONE_NORMAL);
	}
	assert_int_equal(nr_pages, PFN(GIB)); /* the hole lies in subsections with memory */
	destroy(system);
}

static void test_09_holes_are_linked_to_the_memory_above(void **state)
{
	static const struct mmi_spec_range memory[] = {{MIB, 512 * MIB - 20 * KIB, 0, 0, 0},
						       {4 * GIB + MIB, 5 * GIB - 8 * KIB, 1, 0, 0}};
	struct mmi_system *system = boot_right(make_x86(*state, memory, ARRAY_NR(memory), NULL, 0));
	static const struct {
		uint64_t pfn;
		int nid;
		enum mmi_zone_type zone;
	} holes[] = {
	    {0, 0, MMI_ZONE_DMA}, /* below memory of ZONE_DMA */
	    {(512 * MIB >> 12) - 1, 1, MMI_ZONE_NORMAL},
	    {4 * GIB >> 12, 1, MMI_ZONE_NORMAL},
	    {(5 * GIB >> 12) - 1, 1, MMI_ZONE_NORMAL}, /* the tail: to the memory below */
	};

	for (size_t i = 0; i < ARRAY_NR(holes); i++) {
		const uint64_t flags = page_at(system, holes[i].pfn)->flags;
		assert_true(flags & MMI_PG_RESERVED);
		assert_int_equal(mmi_flags_nid(flags), holes[i].nid);
		assert_int_equal(mmi_flags_zone(flags), holes[i].zone);
	}
	destroy(system);
}

/* A hole from PFN 0 to memory at 1 TiB was walked page by page. */
static void test_10_a_hole_below_1_tib_is_not_walked(void **state)
{
	static const struct mmi_spec_range memory[] = {
	    {MIB, 2 * MIB, 0, 0, 0}, {(1ull << 40) + MIB, (1ull << 40) + 64 * MIB, 0, 0, 0}};
	struct mmi_machine *machine = make_x86(*state, memory, ARRAY_NR(memory), NULL, 0);
	struct mmi_layout layout;
	struct mmi_extents extents;
	uint64_t nr_pages = 0;

	assert_int_equal(mmi_layout_init(&layout, machine, NULL), 0);
	assert_int_equal(mmi_extents_init(&extents, &layout, NULL), 0);
	for (size_t i = 0; i < extents.nr; i++)
		nr_pages += extents.items[i].end_pfn - extents.items[i].start_pfn;
	assert_int_equal(nr_pages, PFN(2 * MIB + 64 * MIB)); /* a MiB of hole on each side */
	mmi_extents_deinit(&extents);
	mmi_layout_deinit(&layout);
	mmi_machine_destroy(machine);
}

/* Device memory of a few subsections, in a section that boot memory uses. */
static void test_11_device_memory_spares_the_rest_of_its_section(void **state)
{
	static const struct mmi_spec_range memory[] = {{4 * GIB, 4 * GIB + 192 * MIB, 0, 0, 0}};
	const uint64_t start = PFN(4 * GIB + 200 * MIB), end = PFN(4 * GIB + 216 * MIB);
	struct mmi_system *system = boot_right(make_x86(*state, memory, 1, NULL, 0));
	struct mmi_hotplug *hotplug = mmi_system_hotplug(system, NULL);
	struct mmi_digest before, after;

	assert_non_null(hotplug);
	mmi_verify_digest(system, &before);
	assert_int_equal(mmi_device_add(hotplug, 0, start, end, 0, NULL), 0);
	for (uint64_t pfn = PFN(4 * GIB); pfn < PFN(4 * GIB + 256 * MIB); pfn++) {
		const bool is_device = pfn >= start && pfn < end;
		assert_int_equal(mmi_pfn_valid(&system->mem.map, pfn),
				 is_device || pfn < PFN(memory[0].end));
		if (mmi_pfn_valid(&system->mem.map, pfn))
			assert_int_equal(mmi_flags_zone(page_at(system, pfn)->flags),
					 is_device ? MMI_ZONE_DEVICE : MMI_ZONE_NORMAL);
	}
	assert_int_equal(mmi_zone_check(mmi_mem_zone(&system->mem, 0, MMI_ZONE_NORMAL), NULL), 0);
	assert_int_equal(mmi_device_remove(hotplug, start, end, NULL), 0);
	mmi_verify_digest(system, &after);
	assert_memory_equal(&before, &after, sizeof(before));
	destroy(system);
}

/* A chunk of 0 was divided by; an alignment was asked for and not kept. */
static void test_12_chunks_are_never_0_and_keep_their_alignment(void **state)
{
	static const struct mmi_spec_range memory[] = {{4 * GIB, 8 * GIB, 0, 0, 0}};
	struct mmi_machine *machine = make_x86(*state, memory, 1, NULL, 0);
	struct mmi_plan_params params = {.rule = MMI_CHUNK_FIXED};
	struct mmi_layout layout;
	struct mmi_plan plan;

	assert_int_equal(mmi_layout_init(&layout, machine, NULL), 0);
	assert_int_equal(mmi_plan_init(&plan, &layout, &params, NULL), -EINVAL);
	params.chunk_pages = SECTION_PAGES + 512;
	assert_int_equal(mmi_plan_init(&plan, &layout, &params, NULL), -EINVAL);
	params.chunk_pages = 3 * SECTION_PAGES;
	assert_int_equal(mmi_plan_init(&plan, &layout, &params, NULL), 0);
	for (uint64_t i = 1; i < plan.nr_chunks; i++)
		assert_int_equal(plan.chunks[i].start_pfn % (3 * SECTION_PAGES), 0);
	assert_true(plan.nr_chunks > 9);
	mmi_plan_deinit(&plan);
	mmi_layout_deinit(&layout);
	mmi_machine_destroy(machine);
}

/* Given back before the deferred part had ended, reserved memory was lost without a word. */
static void test_13_reserved_memory_given_back_early_is_not_lost(void **state)
{
	static const struct mmi_spec_range memory[] = {{4 * GIB, 5 * GIB, 0, 0, 0}};
	static const struct mmi_spec_range reserved[] = {
	    {4 * GIB + 300 * MIB, 4 * GIB + 301 * MIB, -1, 0, 0}};
	struct mmi_machine_spec spec = x86_spec(memory, 1);
	struct alloc_fixture f;

	spec.reserved = reserved;
	spec.nr_reserved = 1;
	alloc_open(&f, *state, &spec, ON_DEMAND);
	assert_int_equal(mmi_deferred_free_reserved(&f.system->run, PFN(reserved[0].start),
						    PFN(reserved[0].end)),
			 0);
	mmi_system_finish(f.system);
	assert_int_equal(alloc_nr_managed(&f), PFN(GIB));
	assert_int_equal(alloc_zone(&f, 0, MMI_ZONE_NORMAL)->areas[10].nr_free, 256);
	alloc_close(&f);
}

/* Node 0, node 1, node 0 in a section, one border inside a pageblock. */
static void test_14_nodes_may_take_turns_inside_a_section(void **state)
{
	static const struct mmi_spec_range memory[] = {
	    {4 * GIB, 4 * GIB + 520 * MIB, 0, 0, 0},
	    {4 * GIB + 520 * MIB, 4 * GIB + 521 * MIB, 1, 0, 0},
	    {4 * GIB + 521 * MIB, 5 * GIB, 0, 0, 0},
	    {5 * GIB, 6 * GIB, 1, 0, 0}};
	struct mmi_system *system = boot_right(make_x86(*state, memory, ARRAY_NR(memory), NULL, 0));

	for (size_t i = 0; i < ARRAY_NR(memory); i++) {
		const struct mmi_spec_range *range = &memory[i];
		assert_int_equal(mmi_flags_nid(page_at(system, PFN(range->start))->flags),
				 range->nid);
		assert_int_equal(mmi_flags_nid(page_at(system, PFN(range->end) - 1)->flags),
				 range->nid);
	}
	assert_int_equal(mmi_mem_zone(&system->mem, 0, MMI_ZONE_NORMAL)->nr_managed_pages,
			 PFN(GIB - MIB));
	assert_int_equal(mmi_mem_zone(&system->mem, 1, MMI_ZONE_NORMAL)->nr_managed_pages,
			 PFN(GIB + MIB));
	destroy(system);
}

static void test_15_nobody_sleeps_while_a_lock_is_held(void **state)
{
	lock_watch_begin(*state);
	assert_int_equal(lock_watch_grow(), MMI_GREW);
	assert_true(lock_watch.nr_waits > 0);
	lock_watch_end();
}

/*
 * A map in which every section has its reservation was initialised by one thread.  That is slow and
 * breaks no invariant, so no fault stands for it: the plan shows it, and the audit names it.
 */
static void test_16_a_fragmented_map_is_shared_by_all_threads(void **state)
{
	static const struct mmi_spec_range memory[] = {{4 * GIB, 8 * GIB, 0, 0, 0}};
	struct mmi_spec_range reserved[32];
	const struct mmi_plan_params params = {.nr_threads = 4};
	struct mmi_machine *machine;
	struct mmi_layout layout;
	struct mmi_audit audit;
	struct mmi_plan plan;

	for (size_t i = 0; i < ARRAY_NR(reserved); i++) {
		const uint64_t start = 4 * GIB + i * 128 * MIB + 64 * MIB;
		reserved[i] = (struct mmi_spec_range){start, start + 4 * KIB, -1, 0, 0};
	}
	machine = make_x86(*state, memory, 1, reserved, ARRAY_NR(reserved));
	assert_int_equal(mmi_layout_init(&layout, machine, NULL), 0);
	assert_int_equal(mmi_plan_init(&plan, &layout, &params, NULL), 0);
	assert_int_equal(plan.groups[0].nr_threads, 4);
	assert_true(plan.nr_chunks >= 16);
	for (uint64_t i = 0; i < plan.nr_chunks; i++)
		assert_true(plan.chunks[i].nr_units <= plan.groups[0].nr_units / 8);
	/* Linux 6.1 would have a job for each run. */
	assert_int_equal(mmi_audit_init(&audit, &layout, 0, NULL), 0);
	assert_int_equal(audit.nodes[0].nr_jobs, 31);
	mmi_audit_deinit(&audit);
	mmi_plan_deinit(&plan);
	mmi_layout_deinit(&layout);
	mmi_machine_destroy(machine);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    serial_test(test_01_both_pageblocks_of_a_4_mib_block_get_their_type),
	    serial_test(test_02_reserved_pages_given_back_early_are_not_looked_at),
	    serial_test(test_03_growing_with_nothing_left_comes_to_an_end),
	    serial_test(test_04_the_early_budget_is_the_zones_not_a_ranges),
	    serial_test(test_05_growing_ends_with_the_zone),
	    serial_test(test_06_a_range_given_back_leaves_its_neighbours_alone),
	    serial_test(test_07_ranges_that_meet_in_a_block_are_freed_together),
	    serial_test(test_08_no_struct_page_is_skipped),
	    serial_test(test_09_holes_are_linked_to_the_memory_above),
	    serial_test(test_10_a_hole_below_1_tib_is_not_walked),
	    serial_test(test_11_device_memory_spares_the_rest_of_its_section),
	    serial_test(test_12_chunks_are_never_0_and_keep_their_alignment),
	    serial_test(test_13_reserved_memory_given_back_early_is_not_lost),
	    serial_test(test_14_nodes_may_take_turns_inside_a_section),
	    serial_test(test_15_nobody_sleeps_while_a_lock_is_held),
	    serial_test(test_16_a_fragmented_map_is_shared_by_all_threads),
	};

	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
