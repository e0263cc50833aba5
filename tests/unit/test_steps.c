/* SPDX-License-Identifier: MIT */
/* The steps of an algorithm of one's own: each page in its zone, each block counted. */
#include "machine_fixture.h"

#include "deferred/worker.h"

#define BLOCK_PAGES 1024ull

/* A section that two nodes have a half of, all of it free. */
static const struct mmi_spec_range memory[] = {{4 * GIB, 4 * GIB + 64 * MIB, 0, 0, 0},
					       {4 * GIB + 64 * MIB, 4 * GIB + 128 * MIB, 1, 0, 0}};

/* Block by block, onto the zone's lists at once. */
static void chunk_of_blocks(struct mmi_worker *worker, uint64_t start_pfn, uint64_t end_pfn)
{
	mmi_worker_begin_sections(worker, start_pfn, end_pfn);
	for (uint64_t pfn = start_pfn; pfn < end_pfn; pfn += BLOCK_PAGES) {
		mmi_worker_init_pages(worker, pfn, pfn + BLOCK_PAGES);
		mmi_worker_free_block(worker, pfn, 10);
	}
	mmi_worker_end_sections(worker, start_pfn, end_pfn);
}

/* From the last block to the first, and the zone of each before it. */
static void chunk_from_behind(struct mmi_worker *worker, uint64_t start_pfn, uint64_t end_pfn)
{
	assert_ptr_equal(mmi_worker_plan(worker)->layout, &mmi_worker_mem(worker)->layout);
	assert_int_equal(mmi_worker_nid(worker), 0); /* whose chunk it is, not whose block */
	mmi_worker_begin_sections(worker, start_pfn, end_pfn);
	for (uint64_t pfn = end_pfn; pfn > start_pfn; pfn -= BLOCK_PAGES) {
		const uint64_t from = pfn - BLOCK_PAGES;
		assert_int_equal(mmi_worker_zone(worker, from)->nid,
				 from < (4 * GIB + 64 * MIB) >> 12 ? 0 : 1);
		mmi_worker_init_pages(worker, from, pfn);
		mmi_worker_free_block(worker, from, 10);
	}
	mmi_worker_end_sections(worker, start_pfn, end_pfn);
}

/* The engine's own chunk, twice, with the border in the middle of the section. */
static void chunk_of_two_halves(struct mmi_worker *worker, uint64_t start_pfn, uint64_t end_pfn)
{
	const uint64_t middle = (start_pfn + end_pfn) / 2;

	mmi_deferred_engine()->chunk(worker, start_pfn, middle);
	mmi_deferred_engine()->chunk(worker, middle, end_pfn);
}

static void assert_each_node_has_its_half(struct mmi_platform *platform,
					  const struct mmi_deferred_ops *ops, enum mmi_batch batch,
					  uint64_t nr_splices)
{
	const struct mmi_machine_spec spec = x86_spec(memory, ARRAY_NR(memory));
	const struct mmi_system_options options = {.plan.nothing_early = true,
						   .run = {.ops = ops, .batch = batch}};
	struct mmi_machine *machine = make_machine(platform, &spec);
	struct mmi_system *system = NULL;
	struct mmi_error err = {0};

	if (mmi_system_create(machine, &options, &system, &err) || mmi_system_boot(system, &err))
		fail_msg("%s", err.text);
	for (int nid = 0; nid < 2; nid++) {
		struct mmi_zone *zone = mmi_mem_zone(&system->mem, nid, MMI_ZONE_NORMAL);
		if (mmi_zone_check(zone, &err))
			fail_msg("%s", err.text);
		assert_int_equal(zone->nr_free_pages, 64 * MIB >> 12);
		assert_int_equal(zone->nr_managed_pages, 64 * MIB >> 12);
		assert_int_equal(zone->nr_missing_pages, 0);
	}
	assert_int_equal(system->run.workers[0].nr_init_pages, 128 * MIB >> 12);
	assert_int_equal(system->run.workers[0].nr_free_pages, 128 * MIB >> 12);
	assert_int_equal(system->run.workers[0].nr_blocks, 32);
	assert_int_equal(system->run.workers[0].nr_splices, nr_splices);
	mmi_system_destroy(system);
	mmi_machine_destroy(machine);
}

static void test_blocks_go_to_the_zone_that_they_are_of(void **state)
{
	static const struct mmi_deferred_ops upwards = {.name = "blocks", .chunk = chunk_of_blocks};
	static const struct mmi_deferred_ops downwards = {.name = "from behind",
							  .chunk = chunk_from_behind};

	assert_each_node_has_its_half(*state, &upwards, MMI_BATCH_BLOCK, 0);
	assert_each_node_has_its_half(*state, &downwards, MMI_BATCH_BLOCK, 0);
}

/* However long a step is, it ends where its chunk does: no page is written twice. */
static void test_a_chunk_may_end_inside_of_a_section(void **state)
{
	struct mmi_deferred_ops halves = *mmi_deferred_engine();

	halves.chunk = chunk_of_two_halves;
	for (int batch = MMI_BATCH_BLOCK; batch <= MMI_BATCH_CHUNK; batch++)
		assert_each_node_has_its_half(*state, &halves, batch, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    serial_test(test_blocks_go_to_the_zone_that_they_are_of),
	    serial_test(test_a_chunk_may_end_inside_of_a_section),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
