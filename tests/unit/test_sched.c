/* SPDX-License-Identifier: MIT */
/*
 * The controlled scheduler and its searches, on programs so small that all there is to know of them
 * can be worked out by hand: how many interleavings they have, and which of them are wrong.
 */
#include "machine_fixture.h"

#include <errno.h>
#include <stdlib.h>

#include "mminit/explore.h"
#include "verify/sched.h"
#include "verify/search.h"

#define MAX_THREADS 3
#define MAX_STEPS   16
#define MAX_RUNS    2000

/* Threads that do nothing but take steps, with a yield point between two of them. */
struct walk {
	struct mmi_sched sched;
	struct mmi_search_state search;
	struct mmi_explore_params params;
	unsigned nr_threads;
	unsigned nr_steps[MAX_THREADS];
	char trace[MAX_STEPS]; /* who took each step */
	unsigned nr_traced;
};

static void take_steps(void *arg, unsigned thread)
{
	struct walk *w = arg;

	for (unsigned i = 0; i < w->nr_steps[thread]; i++) {
		if (i)
			mmi_sched_yield(&w->sched);
		w->trace[w->nr_traced++] = (char)('0' + thread);
	}
}

static void walk_main(void *arg)
{
	struct walk *w = arg;
	const struct mmi_platform *platform = &w->sched.platform;

	assert_int_equal(platform->ops->run_team(platform->ctx, w->nr_threads, NULL, take_steps, w),
			 w->nr_threads);
}

static void walk_open(struct walk *w, unsigned nr_threads, const unsigned *nr_steps)
{
	*w = (struct walk){.nr_threads = nr_threads};
	for (unsigned i = 0; i < nr_threads; i++)
		w->nr_steps[i] = nr_steps[i];
	assert_int_equal(mmi_sched_init(&w->sched, NULL), 0);
	mmi_search_init(&w->search, &w->params);
}

static void walk_close(struct walk *w)
{
	mmi_search_deinit(&w->search);
	mmi_sched_deinit(&w->sched);
}

/* One run, number @number of its search; leaves its trace. */
static void walk_once(struct walk *w, uint64_t number)
{
	const struct mmi_sched_driver driver = {.user = &w->search, .choose = mmi_search_choose};
	struct mmi_error err = {0};

	w->nr_traced = 0;
	mmi_search_begin(&w->search, number);
	if (mmi_sched_run(&w->sched, &driver, walk_main, w, &err))
		fail_msg("%s", err.text);
}

/* Switches away from a thread that has steps left. */
static unsigned count_preemptions(const struct walk *w)
{
	unsigned nr_left[MAX_THREADS], nr = 0;

	memcpy(nr_left, w->nr_steps, sizeof(nr_left));
	for (unsigned i = 0; i < w->nr_traced; i++) {
		const int thread = w->trace[i] - '0';
		const int before = i ? w->trace[i - 1] - '0' : thread;
		nr += before != thread && nr_left[before];
		nr_left[thread]--;
	}
	return nr;
}

/* Runs all there is with at most @nr_preemptions: each trace is another.  Returns how many. */
static unsigned walk_everywhere(struct walk *w, unsigned nr_preemptions)
{
	static char traces[MAX_RUNS][MAX_STEPS];
	unsigned nr_runs = 0;

	w->params = (struct mmi_explore_params){.search = MMI_SEARCH_EXHAUSTIVE,
						.nr_preemptions = nr_preemptions};
	do {
		walk_once(w, nr_runs);
		assert_true(count_preemptions(w) <= nr_preemptions);
		for (unsigned i = 0; i < nr_runs; i++)
			assert_memory_not_equal(traces[i], w->trace, w->nr_traced);
		assert_true(nr_runs < MAX_RUNS);
		memcpy(traces[nr_runs++], w->trace, MAX_STEPS);
	} while (mmi_search_end(&w->search));
	return nr_runs;
}

/* The same number, by going through all orders of steps. */
static unsigned count_orders(unsigned *nr_left, unsigned nr_threads, int current,
			     int nr_preemptions)
{
	unsigned nr_orders = 0, nr_all = 0;

	for (unsigned i = 0; i < nr_threads; i++) {
		const bool preempts = current >= 0 && current != (int)i && nr_left[current];
		nr_all += nr_left[i];
		if (!nr_left[i] || (preempts && !nr_preemptions))
			continue;
		nr_left[i]--;
		nr_orders +=
		    count_orders(nr_left, nr_threads, (int)i, nr_preemptions - (int)preempts);
		nr_left[i]++;
	}
	return nr_all ? nr_orders : 1;
}

static void test_exhaustive_runs_each_interleaving_once(void **state)
{
	/* (a + b + c)! / (a! b! c!) */
	static const struct {
		unsigned nr_threads, nr_steps[MAX_THREADS], nr_interleavings;
	} programs[] = {{1, {4}, 1},       {2, {1, 1}, 2},     {2, {2, 2}, 6},
			{2, {3, 1}, 4},    {2, {3, 3}, 20},    {2, {5, 5}, 252},
			{3, {1, 1, 1}, 6}, {3, {2, 2, 2}, 90}, {3, {3, 3, 3}, 1680}};

	(void)state;
	for (size_t i = 0; i < ARRAY_NR(programs); i++) {
		struct walk w;
		walk_open(&w, programs[i].nr_threads, programs[i].nr_steps);
		assert_int_equal(walk_everywhere(&w, 100), programs[i].nr_interleavings);
		walk_close(&w);
	}
}

static void test_preemptions_are_bounded_and_none_is_left_out(void **state)
{
	static const unsigned programs[][MAX_THREADS] = {{4, 4, 0}, {3, 3, 2}, {1, 2, 5}};

	(void)state;
	for (size_t i = 0; i < ARRAY_NR(programs); i++)
		for (unsigned nr_preemptions = 0; nr_preemptions < 4; nr_preemptions++) {
			const unsigned nr_threads = programs[i][2] ? 3 : 2;
			unsigned nr_left[MAX_THREADS];
			struct walk w;
			memcpy(nr_left, programs[i], sizeof(nr_left));
			walk_open(&w, nr_threads, nr_left);
			assert_int_equal(
			    walk_everywhere(&w, nr_preemptions),
			    count_orders(nr_left, nr_threads, -1, (int)nr_preemptions));
			walk_close(&w);
		}
}

static void test_a_seed_is_a_schedule(void **state)
{
	static const unsigned nr_steps[] = {5, 5, 5};
	static const enum mmi_search searches[] = {MMI_SEARCH_RANDOM, MMI_SEARCH_PREEMPT};
	char trace[MAX_STEPS];

	(void)state;
	for (size_t s = 0; s < ARRAY_NR(searches); s++) {
		unsigned nr_others = 0;
		for (uint64_t seed = 0; seed < 20; seed++) {
			for (unsigned again = 0; again < 2; again++) {
				struct walk w;
				walk_open(&w, 3, nr_steps);
				w.params.search = searches[s];
				w.params.nr_preemptions = 3;
				w.params.seed = seed;
				walk_once(&w, 7);
				if (again)
					assert_memory_equal(trace, w.trace, w.nr_traced);
				else
					nr_others += memcmp(trace, w.trace, w.nr_traced) != 0;
				memcpy(trace, w.trace, sizeof(trace));
				walk_close(&w);
			}
		}
		assert_true(nr_others > 10);
	}
}

/* Prints the turns of the last run as a script, and reads them back. */
static struct mmi_script write_and_read(const struct walk *w)
{
	const struct mmi_program program = {.nr_workers = 3,
					    .nr_allocators = 2,
					    .nr_rebuilders = 1,
					    .nr_changers = 4,
					    .nr_rounds = 9,
					    .batch = MMI_BATCH_CHUNK,
					    .mixed = true,
					    .seed = UINT64_MAX};
	const struct mmi_script script = {.program = program, .schedule = w->search.turns};
	struct mmi_error err = {0};
	struct mmi_script read;
	size_t size_bytes;
	char *text;
	FILE *out = open_memstream(&text, &size_bytes);

	assert_non_null(out);
	mmi_script_print(out, &script);
	assert_int_equal(fclose(out), 0);
	if (mmi_script_read(text, size_bytes, &read, &err))
		fail_msg("%s: %s", text, err.text);
	free(text);
	assert_memory_equal(&read.program, &program, sizeof(program));
	assert_int_equal(read.schedule.nr_turns, w->search.turns.nr_turns);
	return read;
}

static void test_a_script_runs_what_was_written_down(void **state)
{
	static const unsigned nr_steps[] = {5, 5, 5};
	size_t nr_turns = 0;

	(void)state;
	for (uint64_t seed = 0; seed < 50; seed++) {
		char trace[MAX_STEPS];
		struct walk w;
		walk_open(&w, 3, nr_steps);
		w.params.search = MMI_SEARCH_RANDOM;
		w.params.seed = seed;
		walk_once(&w, 0);
		memcpy(trace, w.trace, sizeof(trace));
		struct mmi_script script = write_and_read(&w);
		nr_turns += script.schedule.nr_turns;
		w.search.rerun = &script.schedule;
		walk_once(&w, 0);
		w.search.rerun = NULL;
		assert_memory_equal(trace, w.trace, w.nr_traced);
		mmi_script_deinit(&script);
		walk_close(&w);
	}
	assert_true(nr_turns > 50);
}

#define PROGRAM                                                                                    \
	"program workers=2 allocators=0 rebuilders=0 rounds=1 batch=0 early=0 mixed=0 seed=1\n"

/* Each is refused with its line, and what was expected there. */
static void test_scripts_that_are_none_are_refused(void **state)
{
	static const struct {
		const char *text;
		uint32_t line;
		const char *expected;
	} scripts[] = {
	    {"", 1, "expected \"mminit schedule 2\""},
	    {"mminit schedule 3\n", 1, "expected \"mminit schedule 2\""},
	    {"mminit schedule 1\n" PROGRAM "at 3 run 1\n", 1, "explore again"},
	    {"mminit schedule 2\n", 0, "no line \"program\""},
	    {"mminit schedule 2\nprogram workers=2 seed=1\n", 2, "expected a line"},
	    {"mminit schedule 2\n" PROGRAM PROGRAM, 3, "expected a line"},
	    {"mminit schedule 2\n" PROGRAM "at 3 run 1\n", 3, "THREAD KIND NTH"},
	    {"mminit schedule 2\n" PROGRAM "at nobody cas64 3 run 1\n", 3, "THREAD KIND NTH"},
	    {"mminit schedule 2\n" PROGRAM "at 64 cas64 3 run 1\n", 3, "THREAD KIND NTH"},
	    {"mminit schedule 2\n" PROGRAM "at 0 cas16 3 run 1\n", 3, "THREAD KIND NTH"},
	    {"mminit schedule 2\n" PROGRAM "at 0 cas64 0 run 1\n", 3, "THREAD KIND NTH"},
	    {"mminit schedule 2\n" PROGRAM "at 0 cas64 3 run 1 2\n", 3, "THREAD KIND NTH"},
	    {"mminit schedule 2\n" PROGRAM "at 0 page 3 run 1\nat 0 cas64 3 run 1\n"
	     "at 0 page 3 run 0\n",
	     5, "rising"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_NR(scripts); i++) {
		struct mmi_error err = {0};
		struct mmi_script script;
		assert_int_equal(
		    mmi_script_read(scripts[i].text, strlen(scripts[i].text), &script, &err),
		    -EINVAL);
		if (err.line != scripts[i].line || !strstr(err.text, scripts[i].expected))
			fail_msg("\"%s\": line %u: %s", scripts[i].text, err.line, err.text);
	}
}

/* Two locks, taken in the order that each thread is told; no rank forbids either. */
struct philosophers {
	struct mmi_sched sched;
	struct mmi_search_state search;
	struct mmi_explore_params params;
	struct mmi_lock forks[2];
	bool opposed;
};

static void eat(void *arg, unsigned thread)
{
	struct philosophers *p = arg;
	const struct mmi_platform *platform = &p->sched.platform;
	const unsigned first = p->opposed ? thread : 0;

	platform->ops->lock(platform->ctx, &p->forks[first]);
	platform->ops->lock(platform->ctx, &p->forks[!first]);
	platform->ops->unlock(platform->ctx, &p->forks[!first]);
	platform->ops->unlock(platform->ctx, &p->forks[first]);
}

static void dine(void *arg)
{
	struct philosophers *p = arg;
	const struct mmi_platform *platform = &p->sched.platform;

	p->forks[0] = p->forks[1] = (struct mmi_lock){0};
	platform->ops->run_team(platform->ctx, 2, NULL, eat, p);
}

/* Every schedule with so many preemptions: how many end in a deadlock? */
static unsigned count_deadlocks(bool opposed, unsigned nr_preemptions)
{
	struct philosophers p = {
	    .opposed = opposed,
	    .params = {.search = MMI_SEARCH_EXHAUSTIVE, .nr_preemptions = nr_preemptions}};
	const struct mmi_sched_driver driver = {.user = &p.search, .choose = mmi_search_choose};
	unsigned nr_deadlocks = 0, nr_runs = 0;

	assert_int_equal(mmi_sched_init(&p.sched, NULL), 0);
	mmi_search_init(&p.search, &p.params);
	do {
		struct mmi_error err = {0};
		mmi_search_begin(&p.search, nr_runs++);
		const int ret = mmi_sched_run(&p.sched, &driver, dine, &p, &err);
		assert_true(!ret || ret == -EDEADLK);
		nr_deadlocks += ret != 0;
		if (ret)
			assert_string_equal(err.text,
					    "deadlock: no thread can run; thread 1 waits for "
					    "unranked lock; thread 2 waits for unranked lock");
	} while (mmi_search_end(&p.search));
	mmi_search_deinit(&p.search);
	mmi_sched_deinit(&p.sched);
	return nr_deadlocks;
}

static void test_a_deadlock_is_found_where_there_is_one(void **state)
{
	(void)state;
	assert_int_equal(count_deadlocks(false, 4), 0);
	assert_int_equal(count_deadlocks(true, 0), 0);
	/* Either begins, and is switched away from behind its first lock. */
	assert_int_equal(count_deadlocks(true, 1), 2);
	assert_true(count_deadlocks(true, 2) > 2);
}

/* What a run comes to in which @main is all there is. */
static int run_alone(void (*main)(void *arg), uint64_t max_yields, struct mmi_error *err)
{
	const struct mmi_sched_driver driver = {.choose = mmi_search_choose};
	struct mmi_sched sched;

	assert_int_equal(mmi_sched_init(&sched, NULL), 0);
	sched.max_yields = max_yields;
	const int ret = mmi_sched_run(&sched, &driver, main, &sched, err);
	mmi_sched_memory_drop(&sched.memory);
	mmi_sched_deinit(&sched);
	return ret;
}

static void wait_for_nobody(void *arg)
{
	struct mmi_sched *sched = arg;
	static const uint32_t word = 3;

	sched->platform.ops->wait(sched, &word, 3);
}

static void go_round(void *arg)
{
	struct mmi_sched *sched = arg;
	static const uint32_t word = 3;

	for (;;)
		sched->platform.ops->wait(sched, &word, 4); /* is not so: returns */
}

static void unlock_what_is_free(void *arg)
{
	struct mmi_sched *sched = arg;
	struct mmi_lock lock = {.rank = MMI_LOCK_ZONE};

	sched->platform.ops->unlock(sched, &lock);
}

static void lock_downwards(void *arg)
{
	struct mmi_sched *sched = arg;
	struct mmi_lock zone = {.rank = MMI_LOCK_ZONE}, pcp = {.rank = MMI_LOCK_PCP};

	sched->platform.ops->lock(sched, &zone);
	sched->platform.ops->lock(sched, &pcp);
}

static void sleep_with_a_lock(void *arg)
{
	struct mmi_sched *sched = arg;
	struct mmi_lock lock = {.rank = MMI_LOCK_NODE_RESIZE};
	static const uint32_t word;

	sched->platform.ops->lock(sched, &lock);
	sched->platform.ops->wait(sched, &word, 0);
}

static void hold_too_many_locks(void *arg)
{
	struct mmi_sched *sched = arg;
	struct mmi_lock locks[MMI_SCHED_MAX_HELD + 1] = {0};

	for (size_t i = 0; i < ARRAY_NR(locks); i++)
		sched->platform.ops->lock(sched, &locks[i]);
}

static void keep_a_lock(void *arg, unsigned thread)
{
	static struct mmi_lock lock;
	struct mmi_sched *sched = arg;

	(void)thread;
	lock = (struct mmi_lock){.rank = MMI_LOCK_PCP};
	sched->platform.ops->lock(sched, &lock);
}

static void end_with_a_lock(void *arg)
{
	struct mmi_sched *sched = arg;

	sched->platform.ops->run_team(sched, 1, NULL, keep_a_lock, sched);
}

static void free_by_another_size(void *arg)
{
	struct mmi_sched *sched = arg;

	sched->platform.ops->free(sched, sched->platform.ops->alloc(sched, 100), 99);
}

static void release_half(void *arg)
{
	struct mmi_sched *sched = arg;
	void *start = sched->platform.ops->reserve(sched, 2 * MIB, 2 * MIB);

	sched->platform.ops->release(sched, start, MIB);
}

static void test_what_goes_wrong_is_named(void **state)
{
	static const struct {
		void (*main)(void *arg);
		int ret;
		const char *text;
	} runs[] = {
	    {wait_for_nobody, -EDEADLK, "thread 0 waits for a wake"},
	    {go_round, -ELOOP, "no end after 1000 yield points"},
	    {unlock_what_is_free, -EPERM, "gives back a zone lock that it does not hold"},
	    {lock_downwards, -EPERM, "takes a per-CPU lock while it holds a zone lock"},
	    {sleep_with_a_lock, -EPERM, "thread 0 sleeps while it holds a node resize lock"},
	    {hold_too_many_locks, -EPERM, "thread 0 holds 8 locks"},
	    {end_with_a_lock, -EPERM, "thread 1 ends while it holds a per-CPU lock"},
	    {free_by_another_size, -EPERM, "memory is freed as 99 bytes, of another size"},
	    {release_half, -EPERM, "address space is released that is not reserved so"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_NR(runs); i++) {
		struct mmi_error err = {0};
		assert_int_equal(run_alone(runs[i].main, 1000, &err), runs[i].ret);
		if (!strstr(err.text, runs[i].text))
			fail_msg("\"%s\": expected \"%s\" in it", err.text, runs[i].text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_exhaustive_runs_each_interleaving_once),
	    cmocka_unit_test(test_preemptions_are_bounded_and_none_is_left_out),
	    cmocka_unit_test(test_a_seed_is_a_schedule),
	    cmocka_unit_test(test_a_script_runs_what_was_written_down),
	    cmocka_unit_test(test_scripts_that_are_none_are_refused),
	    cmocka_unit_test(test_a_deadlock_is_found_where_there_is_one),
	    cmocka_unit_test(test_what_goes_wrong_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
