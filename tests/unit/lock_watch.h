/* SPDX-License-Identifier: MIT */
/* Two growers want a zone's only unit, on a platform that watches who waits with which locks held. */
#ifndef TESTS_UNIT_LOCK_WATCH_H
#define TESTS_UNIT_LOCK_WATCH_H

#include "machine_fixture.h"

/* One for the program: the platform's calls get the serial platform's own context. */
static struct lock_watch {
	const struct mmi_platform *serial;
	struct mmi_platform_ops ops;
	struct mmi_platform platform;
	struct mmi_deferred_ops steps;
	struct mmi_system *system;
	unsigned nr_held;
	unsigned nr_waits;
	bool is_nested;
} lock_watch;

static inline void lock_watch_lock(void *ctx, struct mmi_lock *lock)
{
	lock_watch.nr_held++;
	lock_watch.serial->ops->lock(ctx, lock);
}

static inline void lock_watch_unlock(void *ctx, struct mmi_lock *lock)
{
	lock_watch.nr_held--;
	lock_watch.serial->ops->unlock(ctx, lock);
}

static inline void lock_watch_wait(void *ctx, const uint32_t *word, uint32_t value)
{
	(void)ctx;
	assert_int_equal(*word, value);
	assert_int_equal(lock_watch.nr_held, 0);
	lock_watch.nr_waits++;
}

static inline int lock_watch_grow(void)
{
	struct mmi_system *system = lock_watch.system;

	return mmi_deferred_grow(&system->run, mmi_mem_zone(&system->mem, 0, MMI_ZONE_NORMAL));
}

/* In the middle of the zone's only unit somebody else wants more: all is in flight, he waits. */
static inline void lock_watch_init_range(struct mmi_worker *worker, uint64_t start_pfn,
					 uint64_t end_pfn)
{
	mmi_deferred_engine()->init_range(worker, start_pfn, end_pfn);
	if (lock_watch.is_nested)
		return;
	lock_watch.is_nested = true;
	assert_int_equal(lock_watch_grow(), MMI_GREW);
	lock_watch.is_nested = false;
}

/* A zone of one section, none of it initialised; lock_watch_end() ends it. */
static inline void lock_watch_begin(const struct mmi_platform *serial)
{
	static const struct mmi_spec_range memory[] = {{4 * GIB, 4 * GIB + 128 * MIB, 0, 0, 0}};
	const struct mmi_machine_spec spec = x86_spec(memory, ARRAY_NR(memory));
	const struct mmi_system_options options = {.plan.nothing_early = true,
						   .run.ops = &lock_watch.steps};

	lock_watch = (struct lock_watch){
	    .serial = serial, .ops = *serial->ops, .steps = *mmi_deferred_engine()};
	lock_watch.ops.lock = lock_watch_lock;
	lock_watch.ops.unlock = lock_watch_unlock;
	lock_watch.ops.wait = lock_watch_wait;
	lock_watch.platform = (struct mmi_platform){&lock_watch.ops, serial->ctx};
	lock_watch.steps.init_range = lock_watch_init_range;
	assert_int_equal(mmi_system_create(make_machine(&lock_watch.platform, &spec), &options,
					   &lock_watch.system, NULL),
			 0);
	assert_int_equal(mmi_system_start(lock_watch.system, NULL), 0);
}

static inline void lock_watch_end(void)
{
	struct mmi_machine *machine = (struct mmi_machine *)lock_watch.system->mem.machine;

	mmi_system_destroy(lock_watch.system);
	mmi_machine_destroy(machine);
}

#endif
