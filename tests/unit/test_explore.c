/* SPDX-License-Identifier: MIT */
/* Explorations: what is wrong at one moment only is found, shrunk and shown again; ours is right. */
#include "explore_fixture.h"

static const struct mmi_program small_program = {
    .nr_workers = 2, .nr_allocators = 1, .nr_rounds = 2, .nothing_early = true};
static const struct mmi_program rich_program = {
    .nr_workers = 2, .nr_allocators = 2, .nr_rebuilders = 1, .nr_rounds = 4, .nothing_early = true};
static const struct mmi_program changing_program = {.nr_workers = 2,
						    .nr_allocators = 2,
						    .nr_rebuilders = 1,
						    .nr_changers = 1,
						    .nr_rounds = 4,
						    .nothing_early = true};

static const struct mmi_program workers_alone = {.nr_workers = 2, .nothing_early = true};

static void expect_nothing(const struct mmi_explore_result *result)
{
	if (result->is_broken)
		fail_msg("invariant %u: %s", result->invariant, result->why);
}

static void test_random_and_preempting_schedules_find_nothing(void **state)
{
	struct mmi_machine *machine = tiny_machine(*state, 2);

	for (int search = 0; search < MMI_SEARCH_EXHAUSTIVE; search++) {
		const struct mmi_explore_params params = {
		    .search = search,
		    .nr_preemptions = 3,
		    .nr_schedules = 1500,
		    .seed = 1,
		    .program = rich_program,
		};
		struct mmi_explore_result result = explore(machine, &params);
		expect_nothing(&result);
		assert_int_equal(result.nr_schedules, 1500);
		assert_false(result.is_complete);
		assert_true(result.nr_switches > result.nr_schedules);
		assert_true(result.nr_pages > 0);
		for (unsigned number = 5; number <= 11; number++)
			assert_true(result.nr_checks[number] > 0);
		mmi_explore_result_deinit(&result);
	}
	mmi_machine_destroy(machine);
}

/* A zone is listed by its managed pages there, and by those that are yet to come: never by neither. */
static void test_lists_by_managed_pages_lose_no_zone_while_it_is_initialised(void **state)
{
	const struct mmi_explore_params params = {
	    .search = MMI_SEARCH_RANDOM,
	    .nr_schedules = 600,
	    .seed = 2,
	    .program = {
		.nr_workers = 2, .nr_rebuilders = 2, .nr_rounds = 6, .nothing_early = true}};

	for (int version = 0; version < MMI_LINUX_6_1; version++) {
		struct mmi_machine *machine = tiny_machine(*state, 0);
		machine->linux_version = (enum mmi_linux_version)version;
		struct mmi_explore_result result = explore(machine, &params);
		expect_nothing(&result);
		assert_true(result.nr_checks[10] > 0);
		mmi_explore_result_deinit(&result);
		mmi_machine_destroy(machine);
	}
}

/* Blocks come, are allocated from, emptied and go; what stands at the end is judged like the rest. */
static void test_memory_comes_and_goes_and_nothing_is_found(void **state)
{
	struct mmi_machine *machine = tiny_machine(*state, 2);

	for (unsigned nr_changers = 1; nr_changers <= 2; nr_changers++) {
		struct mmi_explore_params params = {.nr_preemptions = 3,
						    .nr_schedules = 1000,
						    .seed = 1,
						    .program = changing_program};
		params.program.nr_changers = nr_changers;
		struct mmi_explore_result result = explore(machine, &params);
		expect_nothing(&result);
		assert_int_equal(result.nr_schedules, 1000);
		assert_true(result.nr_onlined > 100);
		assert_true(result.nr_offlined > 100);
		assert_true(result.nr_moved > 10);
		for (unsigned number = 5; number <= 11; number++)
			assert_true(result.nr_checks[number] > 0);
		mmi_explore_result_deinit(&result);
	}
	mmi_machine_destroy(machine);
}

static uint64_t explore_all(struct mmi_platform *platform, unsigned size,
			    const struct mmi_program *program, unsigned nr_preemptions)
{
	struct mmi_machine *machine = tiny_machine(platform, size);
	const struct mmi_explore_params params = {
	    .search = MMI_SEARCH_EXHAUSTIVE, .nr_preemptions = nr_preemptions, .program = *program};
	struct mmi_explore_result result = explore(machine, &params);
	const uint64_t nr_schedules = result.nr_schedules;

	expect_nothing(&result);
	assert_true(result.is_complete);
	mmi_explore_result_deinit(&result);
	mmi_machine_destroy(machine);
	return nr_schedules;
}

/* Every schedule of two workers with two preemptions, and beside an allocator with one, wherever. */
static void test_all_schedules_of_a_small_shape_are_right(void **state)
{
	const uint64_t nr_without = explore_all(*state, 0, &workers_alone, 0);
	const uint64_t nr_with_one = explore_all(*state, 0, &workers_alone, 1);

	assert_int_equal(nr_without, 2); /* who begins */
	assert_true(nr_with_one > nr_without);
	assert_true(explore_all(*state, 0, &workers_alone, 2) > nr_with_one);
	assert_true(explore_all(*state, 1, &small_program, 1) > nr_with_one);
}

static void test_the_same_seed_is_the_same_exploration(void **state)
{
	struct mmi_machine *machine = tiny_machine(*state, 2);
	const struct mmi_explore_params params = {
	    .nr_schedules = 20, .seed = 5, .program = rich_program};
	struct mmi_explore_result first = explore(machine, &params);
	struct mmi_explore_result second = explore(machine, &params);

	assert_int_equal(first.nr_yields, second.nr_yields);
	assert_int_equal(first.nr_switches, second.nr_switches);
	assert_int_equal(first.nr_requests, second.nr_requests);
	mmi_explore_result_deinit(&first);
	mmi_explore_result_deinit(&second);
	mmi_machine_destroy(machine);
}

#ifdef MMI_CHECKED

static struct mmi_fault parse_fault(const char *text)
{
	struct mmi_fault fault;
	struct mmi_error err = {0};

	if (mmi_fault_parse(text, &fault, &err))
		fail_msg("%s", err.text);
	return fault;
}

/* Finds the fault; its schedule, shrunk, shows it again, and without the fault shows nothing. */
static void expect_found(struct mmi_machine *machine, const char *text, enum mmi_search search,
			 const struct mmi_program *program)
{
	struct mmi_fault fault = parse_fault(text);
	const struct mmi_explore_params params = {
	    .search = search,
	    .nr_preemptions = 2,
	    .nr_schedules = 2000,
	    .seed = 1,
	    .program = *program,
	    .fault = &fault,
	};
	struct mmi_explore_result found = explore(machine, &params), again;
	struct mmi_error err = {0};

	assert_true(found.is_broken);
	assert_true(fault.kind->invariants >> found.invariant & 1);
	assert_true(found.schedule.nr_turns <= found.nr_turns_found);
	assert_true(found.schedule.nr_turns > 0);
	assert_int_equal(
	    mmi_explore_replay(machine, &found.program, &found.schedule, &fault, &again, &err), 0);
	assert_true(again.is_broken);
	assert_int_equal(again.invariant, found.invariant);
	assert_string_equal(again.why, found.why);
	mmi_explore_result_deinit(&again);
	assert_int_equal(
	    mmi_explore_replay(machine, &found.program, &found.schedule, NULL, &again, &err), 0);
	expect_nothing(&again);
	mmi_explore_result_deinit(&again);
	mmi_explore_result_deinit(&found);
	mmi_machine_destroy(machine);
}

/*
 * Scenario 3 of test_scenarios.c as an algorithm's mistake: who asks for more than there is goes
 * round in circles, and who does not leaves a count of memory that never comes.
 */
static void test_growing_without_end_is_found(void **state)
{
	struct mmi_fault fault = parse_fault("grow-endless");
	struct mmi_machine *machine = tiny_machine(*state, 0);
	unsigned nr_endless = 0, nr_counted = 0;

	for (uint64_t seed = 1; seed <= 8; seed++) {
		struct mmi_explore_params params = {.nr_schedules = 1,
						    .seed = seed,
						    .program = rich_program,
						    .is_fixed = true,
						    .fault = &fault};
		params.program.seed = seed;
		struct mmi_explore_result result = explore(machine, &params);
		assert_true(result.is_broken);
		nr_endless += !result.invariant && strstr(result.why, "an endless loop");
		nr_counted += result.invariant == 6 && strstr(result.why, "never handed over");
		mmi_explore_result_deinit(&result);
	}
	assert_int_equal(nr_endless + nr_counted, 8);
	assert_true(nr_endless > 0);
	assert_true(nr_counted > 0);
	mmi_machine_destroy(machine);
}

/* Scenario 13 of test_scenarios.c as an algorithm's mistake. */
static void test_reserved_memory_that_is_lost_is_found(void **state)
{
	expect_found(tiny_machine(*state, 2), "kept-lost", MMI_SEARCH_RANDOM, &rich_program);
	expect_found(tiny_machine(*state, 2), "kept-lost", MMI_SEARCH_MIXED, &changing_program);
}

/* Load and store in place of the compare-and-swap: two workers take one chunk. */
static void test_a_claim_by_load_and_store_is_found(void **state)
{
	expect_found(tiny_machine(*state, 2), "torn-claim", MMI_SEARCH_RANDOM, &rich_program);
	expect_found(tiny_machine(*state, 2), "torn-claim", MMI_SEARCH_MIXED, &rich_program);
	expect_found(tiny_machine(*state, 0), "torn-claim", MMI_SEARCH_EXHAUSTIVE, &workers_alone);
}

static void test_zonelists_rebuilt_in_place_are_found(void **state)
{
	expect_found(tiny_machine(*state, 2), "zonelist-in-place", MMI_SEARCH_RANDOM,
		     &rich_program);
	expect_found(tiny_machine(*state, 2), "zonelist-in-place", MMI_SEARCH_MIXED, &rich_program);
}

/* Two zones in one section: their pageblocks share a word, and each has its own lock. */
static void test_lost_updates_of_pageblocks_are_found(void **state)
{
	static const struct mmi_spec_range memory[] = {
	    {4 * GIB, 4 * GIB + 4 * MIB, 0, 0, 0}, {4 * GIB + 4 * MIB, 4 * GIB + 8 * MIB, 1, 0, 0}};
	const struct mmi_machine_spec spec = x86_spec(memory, ARRAY_NR(memory));

	expect_found(make_machine(*state, &spec), "torn-pageblock", MMI_SEARCH_RANDOM,
		     &rich_program);
	expect_found(make_machine(*state, &spec), "torn-pageblock", MMI_SEARCH_MIXED,
		     &rich_program);
}

/*
 * Two workers and one chunk each: who has read the cursor is switched away from, and comes back when
 * the other has his chunk.  That takes two turns, and both are needed.
 */
static void test_a_schedule_is_shrunk_to_what_is_needed(void **state)
{
	struct mmi_machine *machine = tiny_machine(*state, 0);
	struct mmi_fault fault = parse_fault("torn-claim");

	for (uint64_t seed = 1; seed <= 5; seed++) {
		struct mmi_explore_params params = {
		    .search = MMI_SEARCH_RANDOM,
		    .seed = seed,
		    .nr_schedules = 2000,
		    .program = workers_alone,
		    .is_fixed = true,
		    .fault = &fault,
		};
		struct mmi_explore_result found = explore(machine, &params), again;
		assert_true(found.is_broken);
		for (size_t i = 0; i < found.schedule.nr_turns; i++) {
			struct mmi_turn turns[64];
			struct mmi_schedule shorter = {.turns = turns};
			assert_in_range(found.schedule.nr_turns, 2, ARRAY_NR(turns));
			for (size_t n = 0; n < found.schedule.nr_turns; n++)
				if (n != i)
					turns[shorter.nr_turns++] = found.schedule.turns[n];
			assert_int_equal(mmi_explore_replay(machine, &found.program, &shorter,
							    &fault, &again, NULL),
					 0);
			expect_nothing(&again);
			mmi_explore_result_deinit(&again);
		}
		mmi_explore_result_deinit(&found);
	}
	mmi_machine_destroy(machine);
}

static struct mmi_explore_result explore_torn_claim(const struct mmi_machine *machine,
						    uint64_t seed, bool is_fixed)
{
	struct mmi_fault fault = parse_fault("torn-claim");
	const struct mmi_explore_params params = {
	    .search = MMI_SEARCH_RANDOM,
	    .nr_schedules = 2000,
	    .seed = seed,
	    .program = rich_program,
	    .is_fixed = is_fixed,
	    .fault = &fault,
	};

	return explore(machine, &params);
}

/*
 * Five threads and some hundred turns: what is found is one claim that is torn, however much has led
 * there.  Each seed is another schedule, of other programs or always of the whole one.
 */
static void test_a_torn_claim_of_a_rich_program_takes_few_turns(void **state)
{
	struct mmi_machine *machine = tiny_machine(*state, 2);
	struct mmi_fault fault = parse_fault("torn-claim");
	size_t nr_turns_found = 0;

	for (uint64_t seed = 1; seed <= 8; seed++) {
		struct mmi_explore_result found = explore_torn_claim(machine, seed, seed % 2),
					  again;
		assert_true(found.is_broken);
		assert_in_range(found.schedule.nr_turns, 1, 6);
		nr_turns_found += found.nr_turns_found;
		assert_int_equal(mmi_explore_replay(machine, &found.program, &found.schedule,
						    &fault, &again, NULL),
				 0);
		assert_true(again.is_broken);
		assert_int_equal(again.invariant, found.invariant);
		assert_string_equal(again.why, found.why);
		mmi_explore_result_deinit(&again);
		mmi_explore_result_deinit(&found);
	}
	assert_true(nr_turns_found > 1000);
	mmi_machine_destroy(machine);
}

/*
 * The whole program, and no smaller one, with memory that comes and goes: long runs, in which most
 * turns only hand on to somebody else.
 */
static void test_a_whole_changing_program_takes_few_turns(void **state)
{
	static const uint64_t seeds[] = {6, 29};
	struct mmi_machine *machine = tiny_machine(*state, 2);
	size_t nr_turns_found = 0;

	for (size_t i = 0; i < ARRAY_NR(seeds); i++) {
		struct mmi_fault fault = parse_fault("torn-claim");
		struct mmi_explore_params params = {.nr_preemptions = 3,
						    .nr_schedules = 2000,
						    .seed = seeds[i],
						    .program = changing_program,
						    .is_fixed = true,
						    .fault = &fault};
		params.program.seed = seeds[i];
		struct mmi_explore_result found = explore(machine, &params);
		assert_true(found.is_broken);
		assert_in_range(found.schedule.nr_turns, 1, 8);
		assert_int_equal(found.program.nr_changers, 1);
		assert_int_equal(found.program.nr_rounds, changing_program.nr_rounds);
		nr_turns_found += found.nr_turns_found;
		mmi_explore_result_deinit(&found);
	}
	assert_true(nr_turns_found > 500);
	mmi_machine_destroy(machine);
}

/*
 * One thread rebuilds in place, another has memory come or go and publishes other lists: what was
 * rebuilt is freed, and is not written to any more.
 */
static void test_zonelists_are_not_rebuilt_where_they_are_freed(void **state)
{
	struct mmi_fault fault = parse_fault("zonelist-in-place");
	struct mmi_machine *machine = tiny_machine(*state, 2);
	unsigned nr_broken = 0, nr_unbroken = 0;

	for (uint64_t seed = 1; seed <= 8; seed++) {
		struct mmi_explore_params params = {.search = MMI_SEARCH_PREEMPT,
						    .nr_preemptions = 3,
						    .nr_schedules = 5,
						    .seed = seed,
						    .program = changing_program,
						    .is_fixed = true,
						    .fault = &fault};
		params.program.seed = seed;
		struct mmi_explore_result result = explore(machine, &params);
		if (result.is_broken)
			assert_int_equal(result.invariant, 10);
		nr_broken += result.is_broken;
		nr_unbroken += !result.is_broken;
		mmi_explore_result_deinit(&result);
	}
	assert_true(nr_broken > 0);
	assert_true(nr_unbroken > 0);
	mmi_machine_destroy(machine);
}

static void expect_same_turns(const struct mmi_schedule *a, const struct mmi_schedule *b)
{
	assert_int_equal(a->nr_turns, b->nr_turns);
	for (size_t i = 0; i < a->nr_turns; i++) {
		assert_int_equal(a->turns[i].thread, b->turns[i].thread);
		assert_int_equal(a->turns[i].where, b->turns[i].where);
		assert_int_equal(a->turns[i].nth, b->turns[i].nth);
		assert_int_equal(a->turns[i].next, b->turns[i].next);
	}
}

static void test_a_schedule_is_shrunk_to_the_same_again(void **state)
{
	for (uint64_t seed = 1; seed <= 2; seed++) {
		struct mmi_explore_result results[2];
		for (size_t i = 0; i < ARRAY_NR(results); i++) {
			struct mmi_machine *machine = tiny_machine(*state, 2);
			results[i] = explore_torn_claim(machine, seed, seed % 2);
			mmi_machine_destroy(machine);
		}
		expect_same_turns(&results[0].schedule, &results[1].schedule);
		assert_int_equal(results[0].nr_turns_found, results[1].nr_turns_found);
		assert_string_equal(results[0].why, results[1].why);
		mmi_explore_result_deinit(&results[0]);
		mmi_explore_result_deinit(&results[1]);
	}
}

/*
 * Zonelists rebuilt in place by who has memory come and go, and by nobody else: seen by a request
 * that reads them just then, and by nothing that happens alone.
 */
static void test_zonelists_rebuilt_in_place_by_hotplug_are_found(void **state)
{
	struct mmi_fault fault = parse_fault("zonelist-in-place");
	struct mmi_machine *machine = tiny_machine(*state, 2);
	struct mmi_program program = changing_program;
	struct mmi_explore_params params = {.nr_schedules = 500, .seed = 1, .fault = &fault};

	program.nr_rebuilders = 0;
	params.program = program;
	params.program.nr_allocators = 0;
	struct mmi_explore_result result = explore(machine, &params);
	expect_nothing(&result);
	assert_true(result.nr_onlined > 100);
	mmi_explore_result_deinit(&result);
	params.program = program;
	params.program.nr_changers = 0;
	result = explore(machine, &params);
	expect_nothing(&result);
	mmi_explore_result_deinit(&result);
	mmi_machine_destroy(machine);
	expect_found(tiny_machine(*state, 2), "zonelist-in-place", MMI_SEARCH_PREEMPT, &program);
	expect_found(tiny_machine(*state, 2), "zonelist-in-place", MMI_SEARCH_MIXED, &program);
}

#endif

int main(void)
{
	const struct CMUnitTest tests[] = {
	    serial_test(test_random_and_preempting_schedules_find_nothing),
	    serial_test(test_lists_by_managed_pages_lose_no_zone_while_it_is_initialised),
	    serial_test(test_memory_comes_and_goes_and_nothing_is_found),
	    serial_test(test_all_schedules_of_a_small_shape_are_right),
	    serial_test(test_the_same_seed_is_the_same_exploration),
#ifdef MMI_CHECKED
	    serial_test(test_growing_without_end_is_found),
	    serial_test(test_reserved_memory_that_is_lost_is_found),
	    serial_test(test_a_claim_by_load_and_store_is_found),
	    serial_test(test_zonelists_rebuilt_in_place_are_found),
	    serial_test(test_lost_updates_of_pageblocks_are_found),
	    serial_test(test_a_schedule_is_shrunk_to_what_is_needed),
	    serial_test(test_a_torn_claim_of_a_rich_program_takes_few_turns),
	    serial_test(test_a_whole_changing_program_takes_few_turns),
	    serial_test(test_zonelists_are_not_rebuilt_where_they_are_freed),
	    serial_test(test_a_schedule_is_shrunk_to_the_same_again),
	    serial_test(test_zonelists_rebuilt_in_place_by_hotplug_are_found),
#endif
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
