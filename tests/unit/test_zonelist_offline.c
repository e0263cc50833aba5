/* SPDX-License-Identifier: MIT */
/*
 * What failed in Linux from 2017 to 2022.  The zonelist is {Movable, Normal}.  A request has asked
 * Movable in vain and goes on at slot 1; in between Movable is emptied and goes offline, and the
 * list becomes {Normal}.  Rebuilt in place it has nothing at slot 1: the request fails, though
 * Normal is full of free pages.  Lists that are replaced whole do not lose it.
 *
 *   Movable   free pages, but no two together: it passes its watermark and has no block of order 4
 *   Normal    all of it is held; given back at the very moment at which Movable goes
 */
#include "alloc_fixture.h"

#include <pthread.h>
#include <sched.h>

#include "zonelist_in_place.h"

#define ORDER       4
#define NR_PAGES    (128 * MIB >> 12)
#define NEVER       0
#define MOST_VISITS 16

static const struct mmi_spec_range memory[] = {{4 * GIB, 4 * GIB + 128 * MIB, 0, 0, 0}};

/* One run: Movable goes when its lock is given back for the @visit-th time in the request. */
static struct {
	struct mmi_platform_ops ops;
	struct mmi_platform platform;
	const struct mmi_platform *native;
	struct alloc_fixture f;
	struct mmi_cpu *holder;
	struct mmi_page *held[NR_PAGES]; /* of Normal */
	size_t nr_held;
	unsigned visit; /* from 1; NEVER */
	unsigned nr_visits;
	bool in_place;
	bool struck;
	bool all_stopped; /* by the request: it takes what it gathered, nobody else does anything */
} run;

static struct mmi_zone *movable(void)
{
	return alloc_zone(&run.f, 0, MMI_ZONE_MOVABLE);
}

static void *rebuild(void *arg)
{
	(void)arg;
	return mmi_zonelists_rebuild(run.f.alloc) ? &run : NULL;
}

/* By a thread of its own: it waits for the end of the request that stands in the old list. */
static void start_rebuild(pthread_t *thread)
{
	const struct mmi_zonelists *old = run.f.alloc->zonelists;

	assert_int_equal(pthread_create(thread, NULL, rebuild, NULL), 0);
	while (__atomic_load_n(&run.f.alloc->zonelists, __ATOMIC_ACQUIRE) == old)
		sched_yield();
}

static pthread_t rebuilder;

static void strike(void)
{
	run.struck = true;
	for (size_t i = 0; i < run.nr_held; i++)
		mmi_free_pages(run.holder, run.held[i], 0);
	mmi_cpu_drain(run.holder);
	movable()->nr_present_pages = 0;
	if (run.in_place)
		assert_int_equal(zonelists_rebuild_in_place(run.f.alloc), 0);
	else
		start_rebuild(&rebuilder);
}

/* Until the strike there is but one thread. */
static void note_lock(void *ctx, struct mmi_lock *lock)
{
	run.native->ops->lock(ctx, lock);
	if (!run.struck && lock->rank == MMI_LOCK_PCP)
		run.all_stopped = true;
}

static void strike_at_unlock(void *ctx, struct mmi_lock *lock)
{
	run.native->ops->unlock(ctx, lock);
	if (run.struck)
		return;
	if (lock->rank == MMI_LOCK_PCP)
		run.all_stopped = false;
	if (run.visit != NEVER && !run.all_stopped && lock == &movable()->lock &&
	    ++run.nr_visits == run.visit)
		strike();
}

static void open_run(const struct mmi_platform *native)
{
	struct mmi_machine_spec spec = x86_spec(memory, ARRAY_NR(memory));

	run.native = native;
	run.ops = *native->ops;
	run.ops.lock = note_lock;
	run.ops.unlock = strike_at_unlock;
	run.platform = (struct mmi_platform){&run.ops, native->ctx};
	run.visit = NEVER;
	run.nr_visits = 0;
	run.struck = false;
	run.all_stopped = false;
	spec.movablecore = (struct mmi_amount){MMI_AMOUNT_PERCENT, 50};
	alloc_open(&run.f, &run.platform, &spec, ALL_BOOTED);
	assert_int_equal(mmi_cpu_create(run.f.alloc, 0, &run.holder, NULL), 0);
}

/* Every page but each second one of Movable; returns those of Movable by @kept. */
static size_t hold_pages(struct mmi_page **kept)
{
	const unsigned gfp = MMI_GFP_MOVABLE | MMI_GFP_MEMALLOC;
	size_t nr_kept = 0;
	struct mmi_page *page;

	run.nr_held = 0;
	while ((page = mmi_alloc_pages(run.holder, gfp, 0, 0, NULL)) != NULL) {
		if (mmi_flags_zone(page->flags) == MMI_ZONE_MOVABLE)
			kept[nr_kept++] = page;
		else
			run.held[run.nr_held++] = page;
	}
	size_t nr_left = 0;
	for (size_t i = 0; i < nr_kept; i++) {
		if (alloc_pfn(&run.f, kept[i]) & 1)
			mmi_free_pages(run.holder, kept[i], 0);
		else
			kept[nr_left++] = kept[i];
	}
	mmi_cpu_drain(run.holder);
	return nr_left;
}

/* Movable comes back, and all that is held is given back. */
static void close_run(struct mmi_page **kept, size_t nr_kept, uint64_t nr_present)
{
	void *failed = NULL;

	if (run.struck && !run.in_place)
		assert_int_equal(pthread_join(rebuilder, &failed), 0);
	run.visit = NEVER;
	assert_null(failed);
	movable()->nr_present_pages = nr_present;
	assert_int_equal(mmi_zonelists_rebuild(run.f.alloc), 0);
	for (size_t i = 0; i < nr_kept; i++)
		mmi_free_pages(run.holder, kept[i], 0);
	for (size_t i = 0; !run.struck && i < run.nr_held; i++)
		mmi_free_pages(run.holder, run.held[i], 0);
	mmi_cpu_destroy(run.holder);
	assert_int_equal(alloc_nr_free(&run.f), NR_PAGES);
	alloc_close(&run.f);
}

enum answer { SERVED, FAILED, NOT_STRUCK };

static enum answer request_while_movable_goes(const struct mmi_platform *native, unsigned visit,
					      bool in_place)
{
	static struct mmi_page *kept[NR_PAGES];
	enum answer answer = FAILED;

	run.in_place = in_place;
	open_run(native);
	const uint64_t nr_present = movable()->nr_present_pages;
	const size_t nr_kept = hold_pages(kept);
	run.visit = visit;
	struct mmi_page *page = mmi_alloc_pages(run.f.cpu, MMI_GFP_MOVABLE, ORDER, 0, NULL);
	if (page) {
		assert_int_equal(mmi_flags_zone(page->flags), MMI_ZONE_NORMAL);
		mmi_free_pages(run.f.cpu, page, ORDER);
		answer = SERVED;
	} else if (!run.struck) {
		answer = NOT_STRUCK;
	} else {
		assert_true(alloc_zone(&run.f, 0, MMI_ZONE_NORMAL)->nr_free_pages > NR_PAGES / 4);
	}
	mmi_cpu_drain(run.f.cpu);
	close_run(kept, nr_kept, nr_present);
	return answer;
}

/* At every moment at which Movable can go: how often the request then failed. */
static unsigned count_failures(const struct mmi_platform *native, bool in_place)
{
	unsigned nr_failed = 0;
	unsigned visit = 1;
	enum answer answer;

	while ((answer = request_while_movable_goes(native, visit, in_place)) != NOT_STRUCK) {
		nr_failed += answer == FAILED;
		assert_true(++visit < MOST_VISITS);
	}
	assert_true(visit > 2); /* it asks more than once before it gives up */
	return nr_failed;
}

static void test_a_request_outlives_that_its_first_zone_goes(void **state)
{
	assert_int_equal(count_failures(*state, false), 0);
}

static void test_rebuilt_in_place_the_request_would_fail(void **state)
{
	assert_true(count_failures(*state, true) > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    native_test(test_a_request_outlives_that_its_first_zone_goes),
	    native_test(test_rebuilt_in_place_the_request_would_fail),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
