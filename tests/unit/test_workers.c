/* SPDX-License-Identifier: MIT */
/* Workers: what the platform is asked for them, where they were, what they count, what is refused. */
#include "machine_fixture.h"
#include "property/arrays_apart.h"

#include <errno.h>

#include "deferred/worker.h"

#define SECTION_PAGES 0x8000ull

static struct mmi_system *create(struct mmi_machine *machine,
				 const struct mmi_system_options *options)
{
	struct mmi_system *system = NULL;
	struct mmi_error err = {0};

	if (mmi_system_create(machine, options, &system, &err))
		fail_msg("create: %s", err.text);
	return system;
}

static struct mmi_system *boot(struct mmi_machine *machine,
			       const struct mmi_system_options *options)
{
	struct mmi_system *system = create(machine, options);
	struct mmi_error err = {0};

	if (mmi_system_boot(system, &err))
		fail_msg("boot: %s", err.text);
	return system;
}

static void destroy(struct mmi_system *system, struct mmi_machine *machine)
{
	mmi_system_destroy(system);
	mmi_machine_destroy(machine);
}

/* Where the worker is, look after look; negative: the platform cannot say. */
static const int *next_answer;

static int answer_in_turn(void *ctx, int nid)
{
	(void)ctx;
	assert_int_equal(nid, 3);
	return *next_answer++;
}

/* Three chunks of a section, a look at both ends of each: two have no answer, two are elsewhere. */
static void test_looks_are_counted_and_the_first_chunk_away_is_named(void **state)
{
	static const struct mmi_spec_range memory[] = {{4 * GIB, 4 * GIB + 384 * MIB, 3, 0, 0}};
	static const int nids[] = {3}, answers[] = {1, -1, 1, 0, 0, -1};
	const struct mmi_platform *serial = *state;
	struct mmi_platform_ops ops = *serial->ops;
	struct mmi_platform platform = {&ops, serial->ctx};
	const struct mmi_system_options options = {
	    .plan = {.rule = MMI_CHUNK_FIXED, .chunk_pages = SECTION_PAGES, .nothing_early = true}};
	struct mmi_machine_spec spec = x86_spec(memory, ARRAY_NR(memory));

	ops.on_node = answer_in_turn;
	next_answer = answers;
	spec.cpu_nids = nids;
	spec.nr_cpus = ARRAY_NR(nids);
	struct mmi_machine *machine = make_machine(&platform, &spec);
	struct mmi_system *system = boot(machine, &options);
	const struct mmi_worker_stats *worker = &system->run.workers[0];
	assert_ptr_equal(next_answer, answers + ARRAY_NR(answers));
	assert_int_equal(worker->nr_chunks, 3);
	assert_int_equal(worker->nr_looks, 4);
	assert_int_equal(worker->nr_looks_away, 2);
	assert_int_equal(worker->away_pfn, (4 * GIB >> 12) + SECTION_PAGES);
	destroy(system, machine);
}

/* A team of which nobody starts. */
static int nids_of_team[4];

static unsigned start_nobody(void *ctx, unsigned nr_threads, const int *nids,
			     void (*work)(void *arg, unsigned thread), void *arg)
{
	(void)ctx;
	(void)work;
	(void)arg;
	assert_int_equal(nr_threads, ARRAY_NR(nids_of_team));
	memcpy(nids_of_team, nids, sizeof(nids_of_team));
	return 0;
}

static void test_what_no_thread_does_is_done_for_every_node(void **state)
{
	static const struct mmi_spec_range memory[] = {{4 * GIB, 5 * GIB, 5, 0, 0},
						       {5 * GIB, 6 * GIB, 6, 0, 0}};
	static const int nids[] = {5, 6}, expected[] = {5, 5, 6, 6};
	const struct mmi_platform *serial = *state;
	struct mmi_platform_ops ops = *serial->ops;
	struct mmi_platform platform = {&ops, serial->ctx};
	const struct mmi_system_options options = {.plan.nr_threads = 2,
						   .run.steal = MMI_STEAL_NEVER};
	struct mmi_machine_spec spec = x86_spec(memory, ARRAY_NR(memory));

	ops.run_team = start_nobody;
	spec.cpu_nids = nids;
	spec.nr_cpus = ARRAY_NR(nids);
	struct mmi_machine *machine = make_machine(&platform, &spec);
	struct mmi_system *system = boot(machine, &options);
	assert_memory_equal(nids_of_team, expected, sizeof(expected));
	assert_int_equal(system->run.nr_started, 0);
	for (uint64_t i = 0; i < system->mem.map.nr_sections; i++)
		assert_int_equal(system->mem.map.sections[i].state, MMI_SECTION_READY);
	destroy(system, machine);
}

/* A chunk of reserved memory alone, with free memory of another node behind it. */
static void test_a_chunk_without_free_memory_joins_nothing(void **state)
{
	static const struct mmi_spec_range memory[] = {
	    {4 * GIB, 4 * GIB + 256 * MIB, 0, 0, 0},
	    {4 * GIB + 256 * MIB, 4 * GIB + 384 * MIB, 1, 0, 0}};
	static const struct mmi_spec_range reserved[] = {
	    {4 * GIB + 128 * MIB, 4 * GIB + 256 * MIB, -1, 0, 0}};
	const struct mmi_system_options options = {
	    .plan = {.rule = MMI_CHUNK_FIXED, .chunk_pages = SECTION_PAGES, .nothing_early = true},
	    .run.steal = MMI_STEAL_NEVER};
	struct mmi_machine_spec spec = x86_spec(memory, ARRAY_NR(memory));

	spec.reserved = reserved;
	spec.nr_reserved = ARRAY_NR(reserved);
	struct mmi_machine *machine = make_machine(*state, &spec);
	struct mmi_system *system = boot(machine, &options);
	assert_int_equal(system->run.workers[0].nr_chunks, 2);
	assert_int_equal(system->run.workers[0].nr_splices, 1);
	assert_int_equal(system->run.workers[1].nr_splices, 1);
	assert_int_equal(mmi_mem_zone(&system->mem, 1, MMI_ZONE_NORMAL)->nr_splices, 1);
	destroy(system, machine);
}

/* Somebody begins to wait in the second section of four, and no longer waits in the third. */
static uint64_t nr_free_at[4];

static void note_what_is_free(struct mmi_worker *worker, uint64_t start_pfn, uint64_t end_pfn)
{
	const uint64_t section = (start_pfn - (4 * GIB >> 12)) / SECTION_PAGES;

	if (!(start_pfn % SECTION_PAGES))
		nr_free_at[section] = mmi_worker_zone(worker, start_pfn)->nr_free_pages;
	worker->claims->nr_waiters = section == 1;
	mmi_deferred_engine()->init_range(worker, start_pfn, end_pfn);
}

static void test_blocks_join_at_a_section_border_while_somebody_waits(void **state)
{
	static const struct mmi_spec_range memory[] = {{4 * GIB, 4 * GIB + 512 * MIB, 0, 0, 0}};
	const uint64_t expected[] = {0, 0, 2 * SECTION_PAGES, 2 * SECTION_PAGES};
	const struct mmi_machine_spec spec = x86_spec(memory, ARRAY_NR(memory));
	struct mmi_deferred_ops ops = *mmi_deferred_engine();
	const struct mmi_system_options options = {.plan = {.rule = MMI_CHUNK_FIXED,
							    .chunk_pages = 4 * SECTION_PAGES,
							    .nothing_early = true},
						   .run.ops = &ops};

	ops.init_range = note_what_is_free;
	struct mmi_machine *machine = make_machine(*state, &spec);
	struct mmi_system *system = boot(machine, &options);
	assert_memory_equal(nr_free_at, expected, sizeof(expected));
	assert_int_equal(system->run.workers[0].nr_chunks, 1);
	assert_int_equal(system->run.workers[0].nr_splices, 2);
	assert_int_equal(mmi_mem_zone(&system->mem, 0, MMI_ZONE_NORMAL)->nr_free_pages,
			 4 * SECTION_PAGES);
	destroy(system, machine);
}

/* Most of the last section has no memory: nothing is looked up behind the last extent. */
static void test_the_last_section_may_end_without_memory(void **state)
{
	static const struct mmi_spec_range memory[] = {{4 * GIB, 5 * GIB + 9 * MIB, 0, 0, 0}};
	const struct mmi_machine_spec spec = x86_spec(memory, ARRAY_NR(memory));
	struct mmi_machine *machine = make_machine(*state, &spec);

	for (int batch = MMI_BATCH_BLOCK; batch <= MMI_BATCH_CHUNK; batch++) {
		const struct mmi_system_options options = {.run.batch = batch};
		struct mmi_system *system = create(machine, &options);
		struct mmi_extents *extents = &system->mem.extents;
		const struct mmi_zone *zone = mmi_mem_zone(&system->mem, 0, MMI_ZONE_NORMAL);
		struct arrays_apart apart;
		struct mmi_error err = {0};
		extents_move_apart(&apart, extents);
		const int ret = mmi_system_boot(system, &err);
		extents_move_together(&apart, extents);
		assert_int_equal(ret, 0);
		assert_int_equal(zone->nr_free_pages, (GIB + 9 * MIB) >> 12);
		mmi_system_destroy(system);
	}
	mmi_machine_destroy(machine);
}

/* Four sections of 512 MiB share a huge page of the memmap, whose units they are; not the plan's. */
static void test_a_plan_of_smaller_units_is_refused(void **state)
{
	static const struct mmi_spec_range memory[] = {{4 * GIB, 8 * GIB, 0, 0, 0}};
	const struct mmi_plan_params params = {.no_huge_pages = true};
	const struct mmi_run_params run_params = {0};
	struct mmi_machine_spec spec = x86_spec(memory, ARRAY_NR(memory));
	struct mmi_deferred_run run;
	struct mmi_error err = {0};
	struct mmi_plan plan;

	mmi_geometry_init(&spec.geometry, MMI_ARCH_ARM64_64K);
	struct mmi_machine *machine = make_machine(*state, &spec);
	struct mmi_system *system = create(machine, &(const struct mmi_system_options){0});
	assert_int_equal(mmi_plan_init(&plan, &system->mem.layout, &params, NULL), 0);
	assert_int_equal(mmi_deferred_run(&run, &system->mem, &plan, &run_params, &err), -EINVAL);
	assert_string_equal(err.text, "plan has units of 8192 pages, the memmap of 32768");
	mmi_deferred_run_deinit(&run, &system->mem); /* there is nothing to give back */
	mmi_plan_deinit(&plan);
	destroy(system, machine);
}

static void test_a_run_may_be_deinitialised_again(void **state)
{
	static const struct mmi_spec_range memory[] = {{4 * GIB, 5 * GIB, 0, 0, 0}};
	const struct mmi_machine_spec spec = x86_spec(memory, ARRAY_NR(memory));
	struct mmi_machine *machine = make_machine(*state, &spec);
	struct mmi_system *system = boot(machine, &(const struct mmi_system_options){0});

	mmi_deferred_run_deinit(&system->run, &system->mem);
	assert_null(system->run.plan);
	mmi_deferred_run_deinit(&system->run, &system->mem);
	mmi_plan_deinit(&system->plan);
	assert_null(system->plan.layout);
	mmi_plan_deinit(&system->plan);
	destroy(system, machine);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    serial_test(test_looks_are_counted_and_the_first_chunk_away_is_named),
	    serial_test(test_what_no_thread_does_is_done_for_every_node),
	    serial_test(test_a_chunk_without_free_memory_joins_nothing),
	    serial_test(test_blocks_join_at_a_section_border_while_somebody_waits),
	    serial_test(test_the_last_section_may_end_without_memory),
	    serial_test(test_a_plan_of_smaller_units_is_refused),
	    serial_test(test_a_run_may_be_deinitialised_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
