/* SPDX-License-Identifier: MIT */
/*
 * Atomic words, counted instead of timed: how often a run reads, writes and updates them is a matter
 * of chunks, units and sections alone, whatever lies in a chunk and however two workers take turns.
 *
 * Only the checked core says where an atomic word is touched; locks are counted in both.  The
 * controlled scheduler runs two workers the same way every time.
 */
#include "fragmented_machine.h"

#include <stdlib.h>

#include "verify/sched.h"

#define NR_SECTIONS   8 /* 1 GiB */
#define SECTION_PAGES 32768
#define SEED          4

struct atomic_counts {
	uint64_t reads_writes; /* plain instructions on most CPUs */
	uint64_t updates;      /* added to, or bits changed */
	uint64_t section_swaps;
	uint64_t cursor_swaps;
	uint64_t zone_locks;
	uint64_t other_locks;
};

static struct atomic_counts counts;
static const struct mmi_platform_ops *counted; /* operations of the platform below */

static uint64_t count_word(struct mmi_fault *fault, enum mmi_yield where, const void *word)
{
	(void)fault;
	(void)word;
	counts.reads_writes += where == MMI_YIELD_ATOMIC;
	counts.updates += where == MMI_YIELD_UPDATE;
	counts.section_swaps += where == MMI_YIELD_CAS32;
	counts.cursor_swaps += where == MMI_YIELD_CAS64;
	return 0;
}

static void count_lock(void *ctx, struct mmi_lock *lock)
{
	if (lock->rank == MMI_LOCK_ZONE)
		counts.zone_locks++;
	else
		counts.other_locks++;
	counted->lock(ctx, lock);
}

/* Who goes on where both can: the same thread, the other one, or one by lot. */
static unsigned choose_same(void *user, const struct mmi_sched_choice *choice)
{
	(void)user;
	return choice->fallback;
}

static unsigned choose_other(void *user, const struct mmi_sched_choice *choice)
{
	const uint32_t above = choice->runnable & ~((2u << choice->current) - 1);

	(void)user;
	return (unsigned)__builtin_ctz(above ? above : choice->runnable);
}

static unsigned choose_by_lot(void *user, const struct mmi_sched_choice *choice)
{
	uint32_t *state = user;

	*state = *state * 1664525 + 1013904223;
	return *state >> 31 ? choice->fallback : choose_other(NULL, choice);
}

struct shape {
	const char *name;
	uint64_t reserve_every_bytes; /* a page in the middle of each; 0: none */
	uint64_t chunk_sections;
	unsigned nr_threads;
	enum mmi_batch batch;
	uint64_t nr_blocks; /* free blocks made */
};

/* One boot under the scheduler. */
struct boot {
	const struct shape *shape;
	struct mmi_platform platform;
	int ret;
	struct mmi_error err;
	struct atomic_counts counts;
};

static void run_boot(void *arg)
{
	struct boot *boot = arg;
	const struct mmi_system_options options = {
	    .plan = {.rule = MMI_CHUNK_FIXED,
		     .chunk_pages = boot->shape->chunk_sections * SECTION_PAGES,
		     .nr_threads = boot->shape->nr_threads,
		     .nothing_early = true},
	    .run = {.batch = boot->shape->batch},
	};
	const struct mmi_machine_spec spec = fragmented_spec(boot->shape->reserve_every_bytes);
	struct mmi_machine *machine = NULL;
	struct mmi_system *system = NULL;

	boot->ret = mmi_machine_create(&boot->platform, &spec, &machine, &boot->err);
	if (!boot->ret)
		boot->ret = mmi_system_create(machine, &options, &system, &boot->err);
	counts = (struct atomic_counts){0};
	if (!boot->ret)
		boot->ret = mmi_system_boot(system, &boot->err);
	boot->counts = counts;
	mmi_system_destroy(system);
	mmi_machine_destroy(machine);
}

static struct atomic_counts count_boot(const struct shape *shape,
				       unsigned (*choose)(void *, const struct mmi_sched_choice *))
{
	uint32_t lots = SEED;
	const struct mmi_sched_driver driver = {
	    .user = &lots, .choose = choose, .leave = count_word};
	struct mmi_sched *sched = calloc(1, sizeof(*sched));
	struct mmi_error err = {0};

	assert_non_null(sched);
	assert_int_equal(mmi_sched_init(sched, &err), 0);
	struct mmi_platform_ops ops = *sched->platform.ops;
	struct boot boot = {.shape = shape, .platform = {&ops, sched->platform.ctx}};
	counted = sched->platform.ops;
	ops.lock = count_lock;
	if (mmi_sched_run(sched, &driver, run_boot, &boot, &err))
		fail_msg("%s: %s", shape->name, err.text);
	if (boot.ret)
		fail_msg("%s: %s", shape->name, boot.err.text);
	mmi_sched_memory_drop(&sched->memory);
	mmi_sched_deinit(sched);
	free(sched);
	print_message("%s: %llu updates, %llu and %llu swaps, %llu reads and writes, %llu and %llu "
		      "locks\n",
		      shape->name, (unsigned long long)boot.counts.updates,
		      (unsigned long long)boot.counts.section_swaps,
		      (unsigned long long)boot.counts.cursor_swaps,
		      (unsigned long long)boot.counts.reads_writes,
		      (unsigned long long)boot.counts.zone_locks,
		      (unsigned long long)boot.counts.other_locks);
	return boot.counts;
}

/*
 * Every worker updates once, to say that it has begun.  A chunk is: in flight and landed, twice (the
 * second time nothing is left of it), two more that tell of progress, and one when it stands.
 */
static uint64_t expected_updates(const struct shape *shape, uint64_t nr_chunks)
{
	return shape->nr_threads + nr_chunks * (2 * (1 + 2) + 1);
}

/*
 * A free block's order is written, once.  A section: looked for, then, if it is there, BUSY and, if
 * it is there, READY, and does somebody wait for it?  A chunk: the cursor, two counters of the zone,
 * and three times whether somebody sleeps.
 * In the end every worker looks at the cursor, and two words say that all have landed.
 */
static uint64_t expected_reads_writes(const struct shape *shape, uint64_t nr_chunks)
{
	const uint64_t nr_looks = shape->batch == MMI_BATCH_CHUNK ? nr_chunks : NR_SECTIONS;

	return shape->nr_blocks + 5 * NR_SECTIONS + nr_looks + nr_chunks * (1 + 2 + 3) +
	       shape->nr_threads + 2;
}

static void hold_shape(const struct shape *shape,
		       unsigned (*choose)(void *, const struct mmi_sched_choice *))
{
	const uint64_t nr_chunks = NR_SECTIONS / shape->chunk_sections;
	const struct atomic_counts got = count_boot(shape, choose);

	assert_int_equal(got.zone_locks, nr_chunks);
	assert_int_equal(got.other_locks, nr_chunks);
#ifdef MMI_CHECKED
	assert_int_equal(got.updates, expected_updates(shape, nr_chunks));
	assert_int_equal(got.section_swaps, NR_SECTIONS); /* each claimed once */
	assert_int_equal(got.reads_writes, expected_reads_writes(shape, nr_chunks));
	/* Who was overtaken tries again; each claim overtakes every other worker once at most. */
	assert_true(got.cursor_swaps >= nr_chunks);
	assert_true(got.cursor_swaps <= nr_chunks * shape->nr_threads);
	if (choose == choose_same)
		assert_int_equal(got.cursor_swaps, nr_chunks);
#else
	(void)expected_updates;
	(void)expected_reads_writes;
#endif
}

/* Whole: 256 blocks.  Fragmented: 18 of each, as test_counts.c says. */
static void test_atomics_go_by_chunks_and_sections_not_by_what_lies_in_them(void **state)
{
	const struct shape shapes[] = {
	    {"whole, 1s, block", 0, 1, 1, MMI_BATCH_BLOCK, 256},
	    {"whole, 4s, block", 0, 4, 1, MMI_BATCH_BLOCK, 256},
	    {"whole, 8s, block", 0, 8, 1, MMI_BATCH_BLOCK, 256},
	    {"whole, 4s, section", 0, 4, 1, MMI_BATCH_SECTION, 256},
	    {"whole, 4s, chunk", 0, 4, 1, MMI_BATCH_CHUNK, 256},
	    {"fragmented, 1s, block", 2 * MIB, 1, 1, MMI_BATCH_BLOCK, 18 * 256},
	    {"fragmented, 4s, block", 2 * MIB, 4, 1, MMI_BATCH_BLOCK, 18 * 256},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_NR(shapes); i++)
		hold_shape(&shapes[i], choose_same);
}

/* One after the other, by turns at every step, and by lot. */
static void test_two_workers_cost_what_one_does_however_they_take_turns(void **state)
{
	const struct shape shapes[] = {
	    {"two workers, 1s", 0, 1, 2, MMI_BATCH_BLOCK, 256},
	    {"two workers, 4s", 0, 4, 2, MMI_BATCH_BLOCK, 256},
	    {"two workers, fragmented, 2s", 2 * MIB, 2, 2, MMI_BATCH_BLOCK, 18 * 256},
	};

	(void)state;
	print_message("seed %d\n", SEED);
	for (size_t i = 0; i < ARRAY_NR(shapes); i++) {
		hold_shape(&shapes[i], choose_same);
		hold_shape(&shapes[i], choose_other);
		hold_shape(&shapes[i], choose_by_lot);
	}
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_atomics_go_by_chunks_and_sections_not_by_what_lies_in_them),
	    cmocka_unit_test(test_two_workers_cost_what_one_does_however_they_take_turns),
	};
	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
