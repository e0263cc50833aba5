/* SPDX-License-Identifier: MIT */
/*
 * Zonelists that another thread rebuilds while the only block of a zone comes or goes.  When there is
 * then no memory for the lists of who changes the zone, all is as before: the lists that stand are
 * those of the zones that stand, whatever the other thread met in between.
 */
#include "stress/threads_test.h"
#include "unit/hotplug_fixture.h"

#include <errno.h>
#include <sched.h>

#include "page_alloc/alloc_cpu.h"

/* Block 32 is there at boot, in Normal; 33 comes and goes, and is all of Movable. */
static const struct mmi_spec_range memory[] = {{4 * GIB, 4 * GIB + 128 * MIB, 0, 0, 0}};
static const struct mmi_spec_range windows[] = {
    {4 * GIB + 128 * MIB, 4 * GIB + 256 * MIB, 0, 0, 0}};
#define BLOCK 33

static struct {
	struct mmi_platform_ops ops;
	struct mmi_platform platform;
	const struct mmi_platform *threads;
	struct hotplug_fixture f;
	/* The other rebuilds when it gets its first pages, or has lost its last. */
	const struct mmi_zone *watched;
	bool was_populated;
	bool is_short; /* from then on only the other gets memory */
	pthread_t other;
	uint32_t awaited_rank; /* atomic: of the lock that the other asks for */
} run;

static _Thread_local bool is_other;

static void *rebuild(void *arg)
{
	is_other = true;
	return mmi_zonelists_rebuild(arg) ? arg : NULL;
}

/* Returns when the other has published his lists, or waits until nobody changes zones. */
static void let_other_rebuild(void)
{
	struct mmi_alloc *alloc = run.f.a.alloc;
	const struct mmi_zonelists *before = alloc->zonelists;

	assert_int_equal(pthread_create(&run.other, NULL, rebuild, alloc), 0);
	while (__atomic_load_n(&alloc->zonelists, __ATOMIC_ACQUIRE) == before &&
	       __atomic_load_n(&run.awaited_rank, __ATOMIC_ACQUIRE) != MMI_LOCK_ZONELISTS)
		sched_yield();
}

static void lock_and_tell(void *ctx, struct mmi_lock *lock)
{
	if (is_other)
		__atomic_store_n(&run.awaited_rank, lock->rank, __ATOMIC_RELEASE);
	run.threads->ops->lock(ctx, lock);
	if (is_other)
		__atomic_store_n(&run.awaited_rank, 0, __ATOMIC_RELEASE);
}

static void strike_at_unlock(void *ctx, struct mmi_lock *lock)
{
	run.threads->ops->unlock(ctx, lock);
	if (is_other || !run.watched || lock != &run.watched->lock ||
	    run.was_populated == (run.watched->nr_present_pages > 0))
		return;
	run.watched = NULL;
	let_other_rebuild();
	run.is_short = true;
}

static void *alloc_unless_short(void *ctx, size_t size_bytes)
{
	return !is_other && run.is_short ? NULL : run.threads->ops->alloc(ctx, size_bytes);
}

static void open_run(struct mmi_platform *threads)
{
	struct mmi_machine_spec spec = x86_spec(memory, ARRAY_NR(memory));

	spec.windows = windows;
	spec.nr_windows = ARRAY_NR(windows);
	run.threads = threads;
	run.ops = *threads->ops;
	run.ops.lock = lock_and_tell;
	run.ops.unlock = strike_at_unlock;
	run.ops.alloc = alloc_unless_short;
	run.platform = (struct mmi_platform){&run.ops, threads->ctx};
	hotplug_open(&run.f, &run.platform, &spec);
	add_blocks(&run.f, 0, BLOCK, 1);
}

/* Fails for want of memory, and leaves all as it was. */
static void change_in_vain(enum mmi_online_type type)
{
	const uint64_t digest = hotplug_digest(&run.f);
	void *failed = NULL;

	run.watched = alloc_zone(&run.f.a, 0, MMI_ZONE_MOVABLE);
	run.was_populated = run.watched->nr_present_pages > 0;
	write_states(&run.f, BLOCK, 1, type, -ENOMEM);
	assert_true(run.is_short);
	run.is_short = false;
	assert_int_equal(pthread_join(run.other, &failed), 0);
	assert_null(failed);
	hotplug_check_sound(&run.f);
	assert_true(digest == hotplug_digest(&run.f));
}

static void test_a_zone_that_stays_is_in_the_lists_of_who_saw_it_empty(void **state)
{
	open_run(*state);
	write_states(&run.f, BLOCK, 1, MMI_ONLINE_MOVABLE, 0);
	change_in_vain(MMI_OFFLINE);
	write_states(&run.f, BLOCK, 1, MMI_OFFLINE, 0);
	hotplug_close(&run.f);
}

static void test_a_zone_that_does_not_come_is_in_no_lists(void **state)
{
	open_run(*state);
	change_in_vain(MMI_ONLINE_MOVABLE);
	write_states(&run.f, BLOCK, 1, MMI_ONLINE_MOVABLE, 0);
	hotplug_close(&run.f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    threads_test(test_a_zone_that_stays_is_in_the_lists_of_who_saw_it_empty),
	    threads_test(test_a_zone_that_does_not_come_is_in_no_lists),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
