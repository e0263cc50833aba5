/* SPDX-License-Identifier: MIT */
/* Verification of systems that are right: every invariant is judged and holds, whatever the work. */
#include "verify_fixture.h"

#include <errno.h>

static void assert_good(const struct mmi_system *system, const char *shape)
{
	struct mmi_verdict verdict;

	verify_system(system, &verdict);
	for (unsigned number = 1; number <= MMI_NR_INVARIANTS; number++) {
		const struct mmi_invariant_verdict *v = &verdict.invariants[number];
		if (v->judgement == MMI_BROKEN)
			fail_msg("%s: invariant %u, PFN 0x%llx: %s", shape, number,
				 (unsigned long long)v->pfn, v->why);
		if (number == 12 && v->judgement == MMI_HOLDS)
			continue; /* a host with several nodes */
		assert_int_equal(v->judgement, is_judged(number) ? MMI_HOLDS : MMI_NOT_JUDGED);
		if (is_judged(number))
			assert_true(v->nr_checks > 0);
		else
			assert_true(v->why[0]);
	}
	assert_true(mmi_verdict_is_good(&verdict));
}

/* Three orders of work, chunks of 1 and 3 sections and Linux's, 1 to 3 threads a node. */
static void boot_all_ways(struct mmi_platform *platform, const struct verify_shape *shape)
{
	struct mmi_machine *machine = make_shape(platform, shape);
	const uint64_t section_pages = mmi_section_pages(&machine->geometry);

	for (unsigned way = 0; way < 9; way++) {
		const struct mmi_system_options options = {
		    .memmap.no_huge_pages = way == 4,
		    .plan.rule = way / 3 == 2 ? MMI_CHUNK_LINUX : MMI_CHUNK_FIXED,
		    .plan.chunk_pages = (way / 3 ? 3 : 1) * section_pages,
		    .plan.nr_threads = 1 + (way + way / 3) % 3,
		    .plan.nothing_early = way == 7,
		    .run.batch = (enum mmi_batch)(way % 3)};
		struct mmi_system *system = create_system(machine, &options);

		boot_system(system);
		assert_good(system, shape->name);
		mmi_system_destroy(system);
	}
	mmi_machine_destroy(machine);
}

static void test_serial_work_is_right_in_all_ways(void **state)
{
	for (size_t i = 0; i < ARRAY_NR(verify_shapes); i++)
		boot_all_ways(*state, &verify_shapes[i]);
}

static void test_parallel_work_is_right_in_all_ways(void **state)
{
	for (size_t i = 0; i < ARRAY_NR(verify_shapes); i++)
		boot_all_ways(*state, &verify_shapes[i]);
}

/* Nodes with and without CPUs and memory; one comes later, when the others' lists stand. */
static void test_zonelists_are_judged_as_they_were_built(void **state)
{
	static const struct mmi_spec_range memory[] = {{4 * GIB, 4 * GIB + 128 * MIB, 0, 0, 0},
						       {5 * GIB, 5 * GIB + 128 * MIB, 1, 0, 0},
						       {6 * GIB, 6 * GIB + 128 * MIB, 2, 0, 0}};
	static const struct mmi_spec_node nodes[] = {{3, false}};
	static const int nids[] = {0, 1, 2, 3};
	static const uint16_t distances[] = {10, 12, 32, 32, 12, 10, 32, 32,
					     32, 32, 10, 12, 32, 32, 12, 10};
	struct mmi_machine_spec spec = x86_spec(memory, ARRAY_NR(memory));

	spec.nodes = nodes;
	spec.nr_nodes = ARRAY_NR(nodes);
	spec.distance_nids = nids;
	spec.distances = distances;
	spec.nr_distance_nodes = ARRAY_NR(nids);
	for (int version = 0; version < MMI_NR_LINUX_VERSIONS; version++) {
		const struct mmi_system_options options = {0};
		spec.linux_version = version;
		struct mmi_machine *machine = make_machine(*state, &spec);
		struct mmi_system *system = create_system(machine, &options);
		boot_system(system);
		assert_good(system, "built whole");
		assert_int_equal(mmi_zonelists_rebuild_node(system->alloc, 3), 0);
		assert_good(system, "node 3 built alone");
		mmi_system_destroy(system);
		mmi_machine_destroy(machine);
	}
}

/* A zone that has come or gone without a rebuild. */
static void test_zonelists_that_are_out_of_date_are_named(void **state)
{
	struct mmi_machine *machine = make_shape(*state, &verify_shapes[0]);
	const struct mmi_system_options options = {0};
	struct mmi_system *system = create_system(machine, &options);
	struct mmi_verdict verdict;

	boot_system(system);
	struct mmi_zone *zone = mmi_mem_zone(&system->mem, 0, MMI_ZONE_DMA32);
	const uint64_t nr_present = zone->nr_present_pages;
	zone->nr_present_pages = 0;
	verify_system(system, &verdict);
	zone->nr_present_pages = nr_present;
	assert_int_equal(verdict.invariants[10].judgement, MMI_BROKEN);
	assert_string_equal(verdict.invariants[10].why,
			    "node 0, fallback list, slot 1: node 0 DMA32: expected node 0 DMA");
	mmi_system_destroy(system);
	mmi_machine_destroy(machine);
}

/* What is handed out is managed, and on no list. */
static void test_a_system_in_use_is_right(void **state)
{
	struct mmi_machine *machine = make_shape(*state, &verify_shapes[0]);
	const struct mmi_system_options options = {0};
	struct mmi_system *system = create_system(machine, &options);
	struct mmi_verdict verdict;
	struct mmi_cpu *cpu = NULL;

	boot_system(system);
	assert_int_equal(mmi_cpu_create(system->alloc, 0, &cpu, NULL), 0);
	struct mmi_page *page = mmi_alloc_pages(cpu, MMI_GFP_KERNEL, 0, -1, NULL);
	assert_non_null(page);
	mmi_cpu_drain(cpu);
	verify_system(system, &verdict);
	assert_int_equal(verdict.invariants[6].judgement, MMI_HOLDS);
	mmi_free_pages(cpu, page, 0);
	mmi_cpu_destroy(cpu);
	mmi_system_destroy(system);
	mmi_machine_destroy(machine);
}

/* The checks count what they say: struct pages, units, blocks. */
static void test_the_number_of_checks_is_that_of_what_there_is(void **state)
{
	/* 2 MiB of DMA32, one section: 512 pages in one block of order 9. */
	static const struct mmi_spec_range memory[] = {{64 * MIB, 66 * MIB, 0, 0, 0}};
	const struct mmi_machine_spec spec = x86_spec(memory, 1);
	struct mmi_machine *machine = make_machine(*state, &spec);
	const struct mmi_system_options options = {0};
	struct mmi_system *system = create_system(machine, &options);
	struct mmi_verdict verdict;

	boot_system(system);
	verify_system(system, &verdict);
	assert_int_equal(verdict.invariants[1].nr_checks, mmi_verify_is_checked_core() ? 512 : 0);
	assert_int_equal(verdict.invariants[5].nr_checks, 1);
	assert_int_equal(verdict.invariants[6].nr_checks, 512);
	assert_int_equal(verdict.invariants[7].nr_checks, 1);
	assert_int_equal(verdict.invariants[8].nr_checks, 1);
	assert_int_equal(verdict.invariants[9].nr_checks, 512);
	assert_int_equal(verdict.invariants[11].nr_checks, 1);
	mmi_system_destroy(system);
	mmi_machine_destroy(machine);
}

static void test_every_invariant_has_a_text(void **state)
{
	(void)state;
	assert_null(mmi_invariant_text(0));
	assert_null(mmi_invariant_text(MMI_NR_INVARIANTS + 1));
	for (unsigned number = 1; number <= MMI_NR_INVARIANTS; number++)
		assert_true(strlen(mmi_invariant_text(number)) > 10);
}

static bool is_same(const struct mmi_digest *a, const struct mmi_digest *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

static void test_the_digest_is_that_of_the_end_state_not_of_the_work(void **state)
{
	struct mmi_machine *machine = make_shape(*state, &verify_shapes[0]);
	struct mmi_digest first = {0}, digest;

	for (unsigned way = 0; way < 3; way++) {
		const struct mmi_system_options options = {.plan.rule = MMI_CHUNK_FIXED,
							   .plan.chunk_pages = (way + 1) * 0x8000,
							   .plan.nr_threads = way + 1,
							   .run.batch = (enum mmi_batch)way};
		struct mmi_system *system = create_system(machine, &options);

		boot_system(system);
		mmi_verify_digest(system, way ? &digest : &first);
		if (way)
			assert_true(is_same(&first, &digest));
		mmi_system_destroy(system);
	}
	mmi_machine_destroy(machine);
}

static void test_the_digest_notices_each_field_and_each_list(void **state)
{
	struct mmi_machine *machine = make_shape(*state, &verify_shapes[0]);
	const struct mmi_system_options options = {0};
	struct mmi_system *system = create_system(machine, &options);
	struct mmi_page *page = mmi_pfn_page(&system->mem.map, 0x100400);
	struct mmi_digest before, after;
	uint64_t *const words[] = {&page->flags, &page->mapping, &page->index, &page->private_data,
				   &page->memcg_data};

	boot_system(system);
	mmi_verify_digest(system, &before);
	for (size_t i = 0; i < ARRAY_NR(words); i++) {
		*words[i] ^= 1ull << (7 * i);
		mmi_verify_digest(system, &after);
		assert_true(before.pages != after.pages && before.blocks == after.blocks);
		*words[i] ^= 1ull << (7 * i);
	}
	page->refcount++;
	mmi_verify_digest(system, &after);
	assert_true(before.pages != after.pages);
	page->refcount--;
	mmi_verify_digest(system, &after);
	assert_true(is_same(&before, &after));
	/* The block leaves its list. */
	page->lru.prev->next = page->lru.next;
	page->lru.next->prev = page->lru.prev;
	mmi_verify_digest(system, &after);
	assert_true(before.pages == after.pages && before.blocks != after.blocks);
	assert_int_equal(after.nr_blocks, before.nr_blocks - 1);
	mmi_system_destroy(system);
	mmi_machine_destroy(machine);
}

/* A parallel system against serial work, as it is and with one page spoilt. */
static void test_parallel_work_equals_serial_work(void **state)
{
	const struct mmi_system_options options = {.plan.nr_threads = 3};
	struct mmi_platform *native;
	struct mmi_verdict verdict;
	struct mmi_machine *machine;
	struct mmi_system *system;

	assert_int_equal(mmi_platform_native_create(NULL, &native, NULL), 0);
	machine = make_shape(native, &verify_shapes[0]);
	system = create_system(machine, &options);
	boot_system(system);
	verify_system(system, &verdict);
	const uint64_t nr_checks = verdict.invariants[9].nr_checks;
	assert_int_equal(mmi_verify_serial(system, *state, &verdict, NULL), 0);
	assert_int_equal(verdict.invariants[9].judgement, MMI_HOLDS);
	assert_int_equal(verdict.invariants[9].nr_checks, 2 * nr_checks);
	mmi_pfn_page(&system->mem.map, 0x100400)->mapping = 8;
	assert_int_equal(mmi_verify_serial(system, *state, &verdict, NULL), 0);
	assert_int_equal(verdict.invariants[9].judgement, MMI_BROKEN);
	assert_false(mmi_verdict_is_good(&verdict));
	mmi_system_destroy(system);
	mmi_machine_destroy(machine);
	mmi_platform_native_destroy(native);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    serial_test(test_serial_work_is_right_in_all_ways),
	    native_test(test_parallel_work_is_right_in_all_ways),
	    serial_test(test_zonelists_are_judged_as_they_were_built),
	    serial_test(test_zonelists_that_are_out_of_date_are_named),
	    serial_test(test_a_system_in_use_is_right),
	    serial_test(test_the_number_of_checks_is_that_of_what_there_is),
	    cmocka_unit_test(test_every_invariant_has_a_text),
	    serial_test(test_the_digest_is_that_of_the_end_state_not_of_the_work),
	    serial_test(test_the_digest_notices_each_field_and_each_list),
	    serial_test(test_parallel_work_equals_serial_work),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
