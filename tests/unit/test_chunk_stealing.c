/* SPDX-License-Identifier: MIT */
/*
 * Workers that are done take chunks of other nodes: of which, when, and how that is counted.
 *
 * One thread plays both workers: in the middle of node 1's first chunk it does all that node 0's
 * worker has to do.
 */
#include "verify_fixture.h"

#include <errno.h>

#include "deferred/claims.h"

static struct mmi_system *system_at_work;
static bool is_nested;

static void chunk_with_the_other_inside(struct mmi_worker *worker, uint64_t start_pfn,
					uint64_t end_pfn)
{
	if (!is_nested) {
		is_nested = true;
		mmi_deferred_work(&system_at_work->run, 0);
	}
	mmi_deferred_engine()->chunk(worker, start_pfn, end_pfn);
}

/* Two nodes of 8 sections, each with one CPU; one section of each is early: 7 chunks of one. */
static struct mmi_machine *make_two_nodes(struct mmi_platform *platform, uint16_t distance)
{
	static const struct mmi_spec_range memory[] = {{4 * GIB, 5 * GIB, 0, 0, 0},
						       {5 * GIB, 6 * GIB, 1, 0, 0}};
	static const int nids[] = {0, 1};
	const uint16_t distances[] = {10, distance, distance, 10};
	struct mmi_machine_spec spec = x86_spec(memory, 2);

	spec.cpu_nids = nids;
	spec.nr_cpus = 2;
	spec.distance_nids = nids;
	spec.distances = distances;
	spec.nr_distance_nodes = 2;
	return make_machine(platform, &spec);
}

/* Boots; worker 1 is at work while worker 0 works, or comes after it. */
static struct mmi_system *boot(struct mmi_machine *machine, enum mmi_steal steal, bool nested)
{
	struct mmi_deferred_ops ops = *mmi_deferred_engine();
	const struct mmi_system_options options = {
	    .plan = {.rule = MMI_CHUNK_FIXED, .chunk_pages = mmi_section_pages(&machine->geometry)},
	    .run = {.steal = steal, .record_chunks = true, .ops = &ops},
	};
	struct mmi_error err = {0};

	system_at_work = create_system(machine, &options);
	assert_int_equal(system_at_work->plan.nr_chunks, 14);
	is_nested = true; /* the early part is not meant */
	ops.chunk = chunk_with_the_other_inside;
	if (mmi_system_start(system_at_work, &err))
		fail_msg("%s", err.text);
	is_nested = !nested;
	if (!nested)
		mmi_deferred_work(&system_at_work->run, 0);
	mmi_deferred_work(&system_at_work->run, 1);
	system_at_work->run.nr_started = 2;
	mmi_system_finish(system_at_work);
	system_at_work->run.params.ops = NULL;
	return system_at_work;
}

static uint64_t count_stolen(struct mmi_platform *platform, uint16_t distance, enum mmi_steal steal,
			     bool nested)
{
	struct mmi_machine *machine = make_two_nodes(platform, distance);
	struct mmi_system *system = boot(machine, steal, nested);
	const struct mmi_worker_stats *workers = system->run.workers;
	const uint64_t nr_stolen = workers[0].nr_stolen_chunks;
	uint64_t nr_records = 0;
	struct mmi_verdict verdict;

	verify_system(system, &verdict);
	assert_true(mmi_verdict_is_good(&verdict));
	assert_int_equal(workers[1].nr_stolen_chunks, 0);
	assert_int_equal(workers[0].nr_chunks, 7 + nr_stolen);
	assert_int_equal(workers[1].nr_chunks, 7 - nr_stolen);
	assert_int_equal(workers[0].nr_stolen_pages,
			 nr_stolen * mmi_section_pages(&machine->geometry));
	for (uint64_t i = 0; i < system->run.nr_records; i++)
		nr_records += system->run.records[i].nid == 1 && system->run.records[i].thread == 0;
	assert_int_equal(nr_records, nr_stolen);
	mmi_system_destroy(system);
	mmi_machine_destroy(machine);
	return nr_stolen;
}

static void near_nodes_are_helped(void **state)
{
	assert_int_equal(count_stolen(*state, 20, MMI_STEAL_NEAR, true), 6);
	assert_int_equal(count_stolen(*state, 20, MMI_STEAL_ALWAYS, true), 6);
	assert_int_equal(count_stolen(*state, 20, MMI_STEAL_NEVER, true), 0);
}

static void far_nodes_are_helped_on_request(void **state)
{
	assert_int_equal(count_stolen(*state, 21, MMI_STEAL_NEAR, true), 0);
	assert_int_equal(count_stolen(*state, 21, MMI_STEAL_ALWAYS, true), 6);
}

/* Else whoever comes first would do the work of all who are on their way. */
static void nodes_whose_workers_have_not_begun_are_left_to_them(void **state)
{
	assert_int_equal(count_stolen(*state, 20, MMI_STEAL_ALWAYS, false), 0);
}

/* Worker 1 of three, alone once all have begun: its own node, the next, and around to the first. */
static void help_goes_around_from_the_next_node_on(void **state)
{
	static const struct mmi_spec_range memory[] = {
	    {4 * GIB, 5 * GIB, 0, 0, 0}, {5 * GIB, 6 * GIB, 1, 0, 0}, {6 * GIB, 7 * GIB, 2, 0, 0}};
	static const int nids[] = {0, 1, 2}, order[] = {1, 2, 0};
	struct mmi_machine_spec spec = x86_spec(memory, ARRAY_NR(memory));
	struct mmi_error err = {0};

	spec.cpu_nids = nids;
	spec.nr_cpus = ARRAY_NR(nids);
	struct mmi_machine *machine = make_machine(*state, &spec);
	const struct mmi_system_options options = {
	    .plan = {.rule = MMI_CHUNK_FIXED, .chunk_pages = mmi_section_pages(&machine->geometry)},
	    .run = {.steal = MMI_STEAL_ALWAYS, .record_chunks = true},
	};
	struct mmi_system *system = create_system(machine, &options);
	if (mmi_system_start(system, &err))
		fail_msg("%s", err.text);
	const struct mmi_deferred_run *run = &system->run;
	assert_int_equal(run->early.nid, -1);
	assert_int_equal(run->early.nr_units, 3);
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(run->workers[i].nid, i);
		assert_int_equal(run->workers[i].thread, i);
		if (i != 1)
			mmi_claims_begin_worker(run->claims, i);
	}
	mmi_deferred_work(&system->run, 1);
	assert_int_equal(run->nr_records, 3 * 7);
	assert_int_equal(run->workers[1].nr_units, 3 * 7);
	assert_int_equal(run->workers[0].nr_units, 0);
	for (uint64_t i = 0; i < run->nr_records; i++) {
		assert_int_equal(run->records[i].nid, order[i / 7]);
		assert_int_equal(run->records[i].thread, 1);
	}
	mmi_system_finish(system);
	mmi_system_destroy(system);
	mmi_machine_destroy(machine);
}

/* Where each thread of a team is to run: on the node whose memory it initialises. */
static int nids_of_team[8];

static unsigned run_no_team(void *ctx, unsigned nr_threads, const int *nids,
			    void (*work)(void *arg, unsigned thread), void *arg)
{
	(void)ctx;
	(void)work;
	(void)arg;
	memcpy(nids_of_team, nids, nr_threads * sizeof(*nids));
	return 0;
}

/* From node 6 node 5 is near and node 7 far: help goes to the one that it may go to. */
static void help_goes_to_near_nodes_past_far_ones(void **state)
{
	static const struct mmi_spec_range memory[] = {
	    {4 * GIB, 5 * GIB, 5, 0, 0}, {5 * GIB, 6 * GIB, 6, 0, 0}, {6 * GIB, 7 * GIB, 7, 0, 0}};
	static const int nids[] = {5, 6, 7};
	static const uint16_t distances[] = {10, 20, 20, 20, 10, 30, 20, 30, 10};
	struct mmi_machine_spec spec = x86_spec(memory, ARRAY_NR(memory));
	const struct mmi_system_options options = {
	    .run = {.steal = MMI_STEAL_NEAR, .record_chunks = true}};
	struct mmi_error err = {0};

	spec.cpu_nids = nids;
	spec.nr_cpus = ARRAY_NR(nids);
	spec.distance_nids = nids;
	spec.distances = distances;
	spec.nr_distance_nodes = ARRAY_NR(nids);
	struct mmi_machine *machine = make_machine(*state, &spec);
	struct mmi_system *system = create_system(machine, &options);
	if (mmi_system_start(system, &err))
		fail_msg("%s", err.text);
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(system->run.workers[i].nid, nids[i]);
	mmi_claims_begin_worker(system->run.claims, 0);
	mmi_claims_begin_worker(system->run.claims, 2);
	mmi_deferred_work(&system->run, 1);
	const uint64_t nr_of_node = system->plan.groups[0].nr_chunks;
	assert_int_equal(system->run.nr_records, 2 * nr_of_node);
	for (uint64_t i = 0; i < 2 * nr_of_node; i++)
		assert_int_equal(system->run.records[i].nid, i < nr_of_node ? 6 : 5);
	mmi_system_finish(system);
	mmi_system_destroy(system);
	mmi_machine_destroy(machine);
}

/* Somebody who stops the run in the middle of chunk number @stop_at. */
static struct {
	unsigned nr_chunks, stop_at;
	uint32_t stop;
} interruption;

static void stop_in_time(struct mmi_worker *worker, uint64_t start_pfn, uint64_t end_pfn)
{
	if (++interruption.nr_chunks == interruption.stop_at)
		interruption.stop = 1;
	mmi_deferred_engine()->chunk(worker, start_pfn, end_pfn);
}

/* Of 14 chunks of a section, and two early sections before them; the last chunk is as good as all. */
static void what_stands_when_it_is_stopped_is_told(void **state)
{
	static const char *const texts[] = {
	    "interrupted: 1 of 14 deferred sections or units stand, 98304 struct pages are",
	    "interrupted: 13 of 14 deferred sections or units stand, 491520 struct pages are",
	    NULL};
	const unsigned stops[] = {1, 13, 14};
	struct mmi_deferred_ops ops = *mmi_deferred_engine();

	ops.chunk = stop_in_time;
	for (size_t i = 0; i < ARRAY_NR(stops); i++) {
		struct mmi_machine *machine = make_two_nodes(*state, 20);
		const struct mmi_system_options options = {
		    .plan = {.rule = MMI_CHUNK_FIXED,
			     .chunk_pages = mmi_section_pages(&machine->geometry)},
		    .run = {.ops = &ops, .steal = MMI_STEAL_NEVER, .stop = &interruption.stop},
		};
		struct mmi_system *system = create_system(machine, &options);
		struct mmi_error err = {0};
		/* The early part is two chunks, too. */
		interruption.nr_chunks = 0;
		interruption.stop_at = stops[i] + 2;
		interruption.stop = 0;
		const int ret = mmi_system_boot(system, &err);
		assert_int_equal(ret, texts[i] ? -EINTR : 0);
		if (texts[i])
			assert_non_null(strstr(err.text, texts[i]));
		mmi_system_destroy(system);
		mmi_machine_destroy(machine);
	}
}

/* A node of two workers has begun with the second. */
static void a_node_has_begun_with_its_last_worker(void **state)
{
	struct mmi_machine *machine = make_two_nodes(*state, 20);
	const struct mmi_system_options options = {.plan.nr_threads = 2};
	struct mmi_system *system = create_system(machine, &options);
	struct mmi_error err = {0};

	if (mmi_system_start(system, &err))
		fail_msg("%s", err.text);
	assert_false(mmi_claims_have_all_begun(system->run.claims, 1));
	mmi_claims_begin_worker(system->run.claims, 1);
	assert_false(mmi_claims_have_all_begun(system->run.claims, 1));
	mmi_claims_begin_worker(system->run.claims, 1);
	assert_true(mmi_claims_have_all_begun(system->run.claims, 1));
	assert_false(mmi_claims_have_all_begun(system->run.claims, 0));
	mmi_system_finish(system);
	mmi_system_destroy(system);
	mmi_machine_destroy(machine);
}

/* A clock of a tick a look: what passed is a few ticks, however late it is. */
static uint64_t late_clock(void *ctx)
{
	static uint64_t nr_looks;

	(void)ctx;
	return (1ull << 60) + nr_looks++;
}

static void a_team_is_told_the_node_of_every_thread(void **state)
{
	const struct mmi_platform *serial = *state;
	struct mmi_platform_ops ops = *serial->ops;
	struct mmi_platform platform = {&ops, serial->ctx};
	struct mmi_machine *machine = make_two_nodes(&platform, 20);
	const struct mmi_system_options options = {.plan.nr_threads = 2};
	const int expected[] = {0, 0, 1, 1};

	ops.run_team = run_no_team;
	ops.clock_ns = late_clock;
	struct mmi_system *system = create_system(machine, &options);
	boot_system(system);
	assert_int_equal(system->run.nr_workers, 4);
	assert_memory_equal(nids_of_team, expected, sizeof(expected));
	assert_in_range(system->run.early_ns, 1, 1000);
	assert_in_range(system->run.deferred_ns, 1, 1000);
	mmi_system_destroy(system);
	mmi_machine_destroy(machine);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    serial_test(near_nodes_are_helped),
	    serial_test(far_nodes_are_helped_on_request),
	    serial_test(nodes_whose_workers_have_not_begun_are_left_to_them),
	    serial_test(help_goes_around_from_the_next_node_on),
	    serial_test(help_goes_to_near_nodes_past_far_ones),
	    serial_test(what_stands_when_it_is_stopped_is_told),
	    serial_test(a_node_has_begun_with_its_last_worker),
	    serial_test(a_team_is_told_the_node_of_every_thread),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
