/* SPDX-License-Identifier: MIT */
/*
 * The serial platform: one thread, memory without placement; the test double.
 *
 * With one thread a lock that is taken twice and a wait for what nobody can change are deadlocks
 * that need no schedule to show: both end the process.  So do memory that is not given back as it
 * was taken, and a call to back nothing.
 */
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "mminit/platform_native.h"
#include "platform/die.h"
#include "platform/host_ops.h"
#include "platform/lock_rank.h"
#include "platform/memory_mmap.h"
#include "platform/memory_strict.h"

struct serial {
	struct mmi_platform platform; /* its ctx is this struct */
	unsigned thread;              /* that the team is at */
	struct mmi_strict_memory memory;
};

static void *alloc(void *ctx, size_t size_bytes)
{
	struct serial *serial = ctx;

	return mmi_strict_alloc(&serial->memory, size_bytes);
}

static void free_memory(void *ctx, void *memory, size_t size_bytes)
{
	struct serial *serial = ctx;

	mmi_strict_free(&serial->memory, memory, size_bytes);
}

static void *reserve(void *ctx, size_t size_bytes, size_t align)
{
	struct serial *serial = ctx;

	return mmi_strict_reserve(&serial->memory, size_bytes, align);
}

static void release(void *ctx, void *start, size_t size_bytes)
{
	struct serial *serial = ctx;

	mmi_strict_release(&serial->memory, start, size_bytes);
}

static int commit(void *ctx, void *start, size_t size_bytes, const struct mmi_backing *backing)
{
	(void)ctx;
	if (!size_bytes)
		mmi_platform_die("serial: nothing is to be backed");
	return mmi_mmap_commit(NULL, start, size_bytes, backing);
}

static unsigned run_team(void *ctx, unsigned nr_threads, const int *nids,
			 void (*work)(void *arg, unsigned thread), void *arg)
{
	struct serial *serial = ctx;

	(void)nids;
	for (unsigned i = 0; i < nr_threads; i++) {
		serial->thread = i;
		work(arg, i);
	}
	serial->thread = 0;
	return nr_threads;
}

static unsigned thread_self(void *ctx)
{
	const struct serial *serial = ctx;

	return serial->thread;
}

static void lock(void *ctx, struct mmi_lock *lock)
{
	(void)ctx;
	if (lock->word != 0)
		mmi_platform_die("serial: a lock is taken that is held: a deadlock");
	if (mmi_lock_rank_enforced)
		mmi_lock_rank_acquire(lock);
	lock->word = 1;
}

static void unlock(void *ctx, struct mmi_lock *lock)
{
	(void)ctx;
	if (lock->word == 0)
		mmi_platform_die("serial: a lock is given back that nobody holds");
	if (mmi_lock_rank_enforced)
		mmi_lock_rank_release(lock);
	lock->word = 0;
}

static void wait_on(void *ctx, const uint32_t *word, uint32_t value)
{
	(void)ctx;
	if (*word == value)
		mmi_platform_die("serial: a wait for a word that nobody else can change");
}

static void wake(void *ctx, const uint32_t *word)
{
	(void)ctx;
	(void)word;
}

static void process_barrier(void *ctx)
{
	(void)ctx;
	atomic_thread_fence(memory_order_seq_cst);
}

static const struct mmi_platform_ops serial_ops = {
    .alloc = alloc,
    .free = free_memory,
    .reserve = reserve,
    .commit = commit,
    .release = release,
    .run_team = run_team,
    .thread_self = thread_self,
    .lock = lock,
    .unlock = unlock,
    .wait = wait_on,
    .wake = wake,
    .process_barrier = process_barrier,
    .clock_ns = mmi_host_clock_ns,
    .yield_point = mmi_host_yield_point,
};

int mmi_platform_serial_create(struct mmi_platform **platform, struct mmi_error *err)
{
	struct serial *serial = calloc(1, sizeof(*serial));

	if (!serial)
		return mmi_error_set(err, -ENOMEM, "no memory for the serial platform");
	serial->platform.ops = &serial_ops;
	serial->platform.ctx = serial;
	*platform = &serial->platform;
	return 0;
}

void mmi_platform_serial_destroy(struct mmi_platform *platform)
{
	if (!platform)
		return;
	struct serial *serial = platform->ctx;
	mmi_strict_check_empty(&serial->memory);
	free(serial);
}
