/* SPDX-License-Identifier: MIT */
/* The native platform's locks, waits and process-wide barrier, and the order of locks. */
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "mminit/platform_native.h"
#include "platform/lock_rank.h"
#include "unit/test_platform_death.h"

static struct mmi_platform *platform;

static int make_platform(void **state)
{
	(void)state;
	return mmi_platform_native_create(NULL, &platform, NULL);
}

static int destroy_platform(void **state)
{
	(void)state;
	mmi_platform_native_destroy(platform);
	return 0;
}

static void run_team(unsigned nr_threads, void (*work)(void *arg, unsigned thread), void *arg)
{
	assert_int_equal(platform->ops->run_team(platform->ctx, nr_threads, NULL, work, arg),
			 nr_threads);
}

static void lock(struct mmi_lock *lock)
{
	platform->ops->lock(platform->ctx, lock);
}

static void unlock(struct mmi_lock *lock)
{
	platform->ops->unlock(platform->ctx, lock);
}

/* Counts the caller in and waits for @nr_arrivals; yields only to one that has lost its CPU. */
static void meet(uint32_t *arrived, uint32_t nr_arrivals)
{
	__atomic_add_fetch(arrived, 1, __ATOMIC_ACQ_REL);
	for (unsigned i = 1; __atomic_load_n(arrived, __ATOMIC_ACQUIRE) < nr_arrivals; i++)
		if (i % 1024 == 0)
			sched_yield();
}

#define NR_INCREMENTS 20000

struct counter {
	uint32_t arrived;
	struct mmi_lock lock;
	volatile uint64_t plain; /* not atomic: only the lock keeps it whole */
};

/* In two steps with time between them, so that another thread in here would be lost. */
static void increment_slowly(struct counter *counter)
{
	uint64_t seen = counter->plain;

	for (volatile int delay = 0; delay < 100; delay++)
		;
	counter->plain = seen + 1;
}

static void count_under_lock(void *arg, unsigned thread)
{
	struct counter *counter = arg;

	(void)thread;
	meet(&counter->arrived, 4);
	for (unsigned i = 0; i < NR_INCREMENTS; i++) {
		lock(&counter->lock);
		increment_slowly(counter);
		unlock(&counter->lock);
	}
}

static void lock_excludes_other_threads(void **state)
{
	struct counter counter = {.lock = {.rank = MMI_LOCK_ZONE}};

	(void)state;
	run_team(4, count_under_lock, &counter);
	assert_int_equal(counter.plain, 4 * NR_INCREMENTS);
	assert_int_equal(counter.lock.word, 0);
}

static void count_and_let_others_pile_up(void *arg, unsigned thread)
{
	struct counter *counter = arg;

	(void)thread;
	for (unsigned i = 0; i < 50; i++) {
		lock(&counter->lock);
		counter->plain++;
		usleep(100); /* long enough that the others stop spinning and sleep */
		unlock(&counter->lock);
	}
}

static void sleeping_waiters_all_get_the_lock(void **state)
{
	struct counter counter = {.lock = {.rank = MMI_LOCK_ZONE}};

	(void)state;
	run_team(4, count_and_let_others_pile_up, &counter);
	assert_int_equal(counter.plain, 4 * 50);
	assert_int_equal(counter.lock.word, 0);
}

#define NR_TURNS 2000

/* Threads 0 and 1 take turns: even turns are 0's. */
static void take_turns(void *arg, unsigned thread)
{
	uint32_t *turn = arg;

	for (uint32_t mine = thread; mine < NR_TURNS; mine += 2) {
		uint32_t now;

		while ((now = __atomic_load_n(turn, __ATOMIC_ACQUIRE)) != mine)
			platform->ops->wait(platform->ctx, turn, now);
		__atomic_store_n(turn, mine + 1, __ATOMIC_RELEASE);
		platform->ops->wake(platform->ctx, turn);
	}
}

static void wake_ends_a_wait(void **state)
{
	uint32_t turn = 0;

	(void)state;
	run_team(2, take_turns, &turn);
	assert_int_equal(turn, NR_TURNS);
}

static void wait_for_another_value_returns_at_once(void **state)
{
	const uint32_t word = 7;

	(void)state;
	platform->ops->wait(platform->ctx, &word, 8); /* would never end otherwise */
}

#define NR_ROUNDS 3000

/*
 *   thread 0                       thread 1
 *   flag[0] = 1                    flag[1] = 1
 *   (nothing for the processor)    process-wide barrier
 *   saw[0] = flag[1]               saw[1] = flag[0]
 *
 * Expect that not both see 0.  Thread 0's store may otherwise stay behind its load.
 */
struct crossing {
	uint32_t flag[2];
	uint32_t saw[2];
	uint32_t arrived;
	unsigned nr_both_missed;
};

static void cross(struct crossing *crossing, unsigned thread)
{
	__atomic_store_n(&crossing->flag[thread], 1, __ATOMIC_RELAXED);
	if (thread == 0)
		__asm__ volatile("" ::: "memory");
	else
		platform->ops->process_barrier(platform->ctx);
	crossing->saw[thread] = __atomic_load_n(&crossing->flag[1 - thread], __ATOMIC_RELAXED);
}

static void cross_many_times(void *arg, unsigned thread)
{
	struct crossing *crossing = arg;

	for (uint32_t round = 0; round < NR_ROUNDS; round++) {
		meet(&crossing->arrived, round * 6 + 2);
		cross(crossing, thread);
		meet(&crossing->arrived, round * 6 + 4);
		if (thread == 0 && !crossing->saw[0] && !crossing->saw[1])
			crossing->nr_both_missed++;
		__atomic_store_n(&crossing->flag[thread], 0, __ATOMIC_RELAXED);
		meet(&crossing->arrived, round * 6 + 6);
	}
}

static void process_barrier_orders_other_threads_too(void **state)
{
	struct crossing crossing = {0};

	(void)state;
	run_team(2, cross_many_times, &crossing);
	assert_int_equal(crossing.nr_both_missed, 0);
}

static void unlock_what_is_free(void *arg)
{
	unlock(arg);
}

static void unlock_of_a_free_lock_aborts(void **state)
{
	struct mmi_lock free_lock = {.rank = MMI_LOCK_ZONE};
	char said[512];

	(void)state;
	assert_int_equal(signal_that_ends(unlock_what_is_free, &free_lock, said, sizeof(said)),
			 SIGABRT);
	assert_non_null(strstr(said, "given back"));
}

/* The order itself: in every flavour, as the functions are there in every flavour. */
static struct mmi_lock pcp_lock = {.rank = MMI_LOCK_PCP};
static struct mmi_lock zone_lock = {.rank = MMI_LOCK_ZONE};
static struct mmi_lock other_zone_lock = {.rank = MMI_LOCK_ZONE};
static struct mmi_lock unranked_lock;

static void take_rising(void *arg)
{
	(void)arg;
	mmi_lock_rank_acquire(&pcp_lock);
	mmi_lock_rank_acquire(&zone_lock);
	mmi_lock_rank_acquire(&unranked_lock);
	mmi_lock_rank_release(&pcp_lock);
	mmi_lock_rank_release(&unranked_lock);
	mmi_lock_rank_release(&zone_lock);
	mmi_lock_rank_acquire(&pcp_lock);
	mmi_lock_rank_release(&pcp_lock);
}

static void take_falling(void *arg)
{
	(void)arg;
	mmi_lock_rank_acquire(&zone_lock);
	mmi_lock_rank_acquire(&pcp_lock);
}

static void take_two_of_one_rank(void *arg)
{
	(void)arg;
	mmi_lock_rank_acquire(&zone_lock);
	mmi_lock_rank_acquire(&other_zone_lock);
}

static void take_twice(void *arg)
{
	(void)arg;
	mmi_lock_rank_acquire(&unranked_lock);
	mmi_lock_rank_acquire(&unranked_lock);
}

static void give_back_what_is_not_held(void *arg)
{
	(void)arg;
	mmi_lock_rank_acquire(&pcp_lock);
	mmi_lock_rank_release(&zone_lock);
}

static void ranks_accept_a_rising_order_only(void **state)
{
	char said[512];

	(void)state;
	assert_int_equal(signal_that_ends(take_rising, NULL, said, sizeof(said)), 0);
	assert_string_equal(said, "");
	assert_int_equal(signal_that_ends(take_falling, NULL, said, sizeof(said)), SIGABRT);
	assert_non_null(strstr(said, "rank per-CPU is taken while one of rank zone is held"));
	assert_int_equal(signal_that_ends(take_two_of_one_rank, NULL, said, sizeof(said)), SIGABRT);
	assert_non_null(strstr(said, "rank zone is taken while one of rank zone is held"));
	assert_int_equal(signal_that_ends(take_twice, NULL, said, sizeof(said)), SIGABRT);
	assert_non_null(strstr(said, "taken by a thread that holds it"));
	assert_int_equal(signal_that_ends(give_back_what_is_not_held, NULL, said, sizeof(said)),
			 SIGABRT);
	assert_non_null(strstr(said, "does not hold it"));
}

static void lock_falling(void *arg)
{
	(void)arg;
	lock(&zone_lock);
	lock(&pcp_lock);
}

static void checked_flavour_enforces_ranks(void **state)
{
	char said[512];
	int expected = mmi_lock_rank_enforced ? SIGABRT : 0;

	(void)state;
	assert_int_equal(signal_that_ends(lock_falling, NULL, said, sizeof(said)), expected);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(lock_excludes_other_threads),
	    cmocka_unit_test(sleeping_waiters_all_get_the_lock),
	    cmocka_unit_test(wake_ends_a_wait),
	    cmocka_unit_test(wait_for_another_value_returns_at_once),
	    cmocka_unit_test(process_barrier_orders_other_threads_too),
	    cmocka_unit_test(unlock_of_a_free_lock_aborts),
	    cmocka_unit_test(ranks_accept_a_rising_order_only),
	    cmocka_unit_test(checked_flavour_enforces_ranks),
	};

	return cmocka_run_group_tests(tests, make_platform, destroy_platform);
}
