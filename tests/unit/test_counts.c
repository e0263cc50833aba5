/* SPDX-License-Identifier: MIT */
/*
 * What a run costs, counted instead of timed: struct page writes, later accesses, blocks put on
 * lists, locks, splices and wakes of given shapes are exact numbers, whatever the clock says.
 *
 * The checked core counts accesses of struct pages; a platform that wraps the serial one counts
 * locks, wakes and claims in both cores.  Atomic words: test_atomic_counts.c.
 */
#include "fragmented_machine.h"

#include "memmap/shadow.h"

#define NR_SECTIONS    8 /* 1 GiB */
#define SECTION_BLOCKS 32
#define BLOCK_PAGES    1024
#define NR_BLOCKS      (NR_SECTIONS * SECTION_BLOCKS)
#define NR_PAGES       (NR_BLOCKS * BLOCK_PAGES)

struct counts {
	uint64_t zone_locks;
	uint64_t other_locks;
	uint64_t wakes;
	uint64_t claims; /* tries to claim a chunk */
};

static struct counts counts;
static const struct mmi_platform_ops *counted; /* operations of the platform below */

static void count_lock(void *ctx, struct mmi_lock *lock)
{
	if (lock->rank == MMI_LOCK_ZONE)
		counts.zone_locks++;
	else
		counts.other_locks++;
	counted->lock(ctx, lock);
}

static void count_wake(void *ctx, const uint32_t *word)
{
	counts.wakes++;
	counted->wake(ctx, word);
}

static void count_yield(void *ctx, enum mmi_yield where, uint64_t pfn)
{
	counts.claims += where == MMI_YIELD_CHUNK;
	counted->yield_point(ctx, where, pfn);
}

/* What is expected of one run. */
struct shape {
	const char *name;
	uint64_t reserve_every_bytes; /* a page in the middle of each; 0: none */
	uint64_t chunk_sections;
	enum mmi_batch batch;
	uint64_t nr_blocks; /* free blocks made: list operations */
	uint64_t nr_frees;  /* runs handed to the lists */
};

static void expect_counts(const struct shape *shape, const struct mmi_system *system)
{
	const uint64_t nr_chunks = NR_SECTIONS / shape->chunk_sections;
	const struct mmi_worker_stats *stats = &system->run.workers[0];
	const uint64_t nr_reserved =
	    shape->reserve_every_bytes ? GIB / shape->reserve_every_bytes : 0;

	print_message("%s: %llu blocks, %llu zone locks, %llu other locks, %llu wakes\n",
		      shape->name, (unsigned long long)stats->nr_blocks,
		      (unsigned long long)counts.zone_locks, (unsigned long long)counts.other_locks,
		      (unsigned long long)counts.wakes);
	assert_int_equal(stats->nr_init_pages, NR_PAGES);
	assert_int_equal(stats->nr_free_pages, NR_PAGES - nr_reserved);
	assert_int_equal(stats->nr_blocks, shape->nr_blocks);
	assert_int_equal(stats->nr_splices, nr_chunks);
	/* A chunk: the zone's lock once, to splice; the claims' lock once, to say that it stands. */
	assert_int_equal(counts.zone_locks, nr_chunks);
	assert_int_equal(counts.other_locks, nr_chunks);
	assert_int_equal(counts.claims, nr_chunks + 1);
	assert_int_equal(counts.wakes, 0); /* nobody waits */
#ifdef MMI_CHECKED
	assert_int_equal(system->mem.map.shadow->nr_inits, NR_PAGES); /* each line once */
	assert_int_equal(system->mem.map.shadow->nr_accesses, shape->nr_blocks); /* heads only */
	assert_int_equal(system->mem.map.shadow->nr_frees, shape->nr_frees);
#endif
}

static void hold_shape(struct mmi_platform *serial, const struct shape *shape)
{
	struct mmi_platform_ops ops = *serial->ops;
	struct mmi_platform platform = {&ops, serial->ctx};
	const struct mmi_system_options options = {
	    .plan = {.rule = MMI_CHUNK_FIXED,
		     .chunk_pages = shape->chunk_sections * SECTION_BLOCKS * BLOCK_PAGES,
		     .nr_threads = 1,
		     .nothing_early = true},
	    .run = {.batch = shape->batch},
	};
	const struct mmi_machine_spec spec = fragmented_spec(shape->reserve_every_bytes);
	struct mmi_system *system = NULL;
	struct mmi_error err = {0};

	counted = serial->ops;
	ops.lock = count_lock;
	ops.wake = count_wake;
	ops.yield_point = count_yield;
	struct mmi_machine *machine = make_machine(&platform, &spec);
	if (mmi_system_create(machine, &options, &system, &err))
		fail_msg("create: %s", err.text);
	counts = (struct counts){0};
	if (mmi_system_boot(system, &err))
		fail_msg("boot: %s", err.text);
	expect_counts(shape, system);
	mmi_system_destroy(system);
	mmi_machine_destroy(machine);
}

/* A block is one list operation; nothing else is written after the page itself. */
static void test_a_whole_map_costs_one_list_operation_a_block(void **state)
{
	const struct shape shapes[] = {
	    {"whole, 1s, block", 0, 1, MMI_BATCH_BLOCK, NR_BLOCKS, NR_BLOCKS},
	    {"whole, 4s, block", 0, 4, MMI_BATCH_BLOCK, NR_BLOCKS, NR_BLOCKS},
	    {"whole, 8s, block", 0, 8, MMI_BATCH_BLOCK, NR_BLOCKS, NR_BLOCKS},
	    {"whole, 4s, section", 0, 4, MMI_BATCH_SECTION, NR_BLOCKS, NR_SECTIONS},
	    {"whole, 4s, chunk", 0, 4, MMI_BATCH_CHUNK, NR_BLOCKS, 2},
	};

	for (size_t i = 0; i < ARRAY_NR(shapes); i++)
		hold_shape(*state, &shapes[i]);
}

/*
 * Pages 256 and 768 of every 1024 are reserved.  Free are 0-255 (one block of order 8), 257-767
 * (orders 0 to 7, then 8) and 769-1023 (orders 0 to 7): 1 + 9 + 8 blocks in three runs.
 */
static void test_a_fragmented_map_is_freed_in_its_largest_aligned_runs(void **state)
{
	const struct shape shapes[] = {
	    {"fragmented, 1s, block", 2 * MIB, 1, MMI_BATCH_BLOCK, 18 * NR_BLOCKS, 3 * NR_BLOCKS},
	    {"fragmented, 4s, block", 2 * MIB, 4, MMI_BATCH_BLOCK, 18 * NR_BLOCKS, 3 * NR_BLOCKS},
	};

	for (size_t i = 0; i < ARRAY_NR(shapes); i++)
		hold_shape(*state, &shapes[i]);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    serial_test(test_a_whole_map_costs_one_list_operation_a_block),
	    serial_test(test_a_fragmented_map_is_freed_in_its_largest_aligned_runs),
	};
	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
