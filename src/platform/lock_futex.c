/* SPDX-License-Identifier: MIT */
/*
 * The native platform's lock and its wait on a word.
 *
 * What the core does under a lock takes less time than to put a thread to sleep and wake it, so a
 * waiter first looks at the word for a while.  It sleeps all the same when that does not help:
 * the holder may have lost its CPU.  A word says LOCKED_AND_AWAITED as long as somebody may be
 * asleep, so that an unlock without waiters needs no system call.
 */
#include "platform/lock_futex.h"

#include <limits.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "platform/die.h"
#include "platform/lock_rank.h"

enum { UNLOCKED, LOCKED, LOCKED_AND_AWAITED };

#define NR_SPINS 128

void mmi_futex_relax(void *ctx)
{
	(void)ctx;
#if defined(__x86_64__)
	__builtin_ia32_pause();
#elif defined(__aarch64__)
	__asm__ volatile("yield");
#else
	__asm__ volatile("" ::: "memory");
#endif
}

/* Returns at once when *@word is not @value, and sometimes for no reason. */
static void futex_wait(const uint32_t *word, uint32_t value)
{
	syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, value, NULL, NULL, 0);
}

static void futex_wake(const uint32_t *word, int nr_threads)
{
	syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, nr_threads, NULL, NULL, 0);
}

static bool try_lock(uint32_t *word)
{
	uint32_t expected = UNLOCKED;

	return __atomic_compare_exchange_n(word, &expected, LOCKED, false, __ATOMIC_ACQUIRE,
					   __ATOMIC_RELAXED);
}

static bool spin_for_lock(uint32_t *word)
{
	for (unsigned i = 0; i < NR_SPINS; i++) {
		uint32_t seen = __atomic_load_n(word, __ATOMIC_RELAXED);

		if (seen == UNLOCKED && try_lock(word))
			return true;
		if (seen == LOCKED_AND_AWAITED)
			return false; /* others sleep already: it is held for long */
		mmi_futex_relax(NULL);
	}
	return false;
}

void mmi_futex_lock(void *ctx, struct mmi_lock *lock)
{
	(void)ctx;
	if (mmi_lock_rank_enforced)
		mmi_lock_rank_acquire(lock);
	if (try_lock(&lock->word) || spin_for_lock(&lock->word))
		return;
	while (__atomic_exchange_n(&lock->word, LOCKED_AND_AWAITED, __ATOMIC_ACQUIRE) != UNLOCKED)
		futex_wait(&lock->word, LOCKED_AND_AWAITED);
}

void mmi_futex_unlock(void *ctx, struct mmi_lock *lock)
{
	uint32_t before;

	(void)ctx;
	if (mmi_lock_rank_enforced)
		mmi_lock_rank_release(lock);
	before = __atomic_exchange_n(&lock->word, UNLOCKED, __ATOMIC_RELEASE);
	if (before == UNLOCKED)
		mmi_platform_die("a lock is given back that nobody holds");
	if (before == LOCKED_AND_AWAITED)
		futex_wake(&lock->word, 1);
}

void mmi_futex_wait(void *ctx, const uint32_t *word, uint32_t value)
{
	for (unsigned i = 0; i < NR_SPINS; i++) {
		if (__atomic_load_n(word, __ATOMIC_ACQUIRE) != value)
			return;
		mmi_futex_relax(ctx);
	}
	futex_wait(word, value);
}

void mmi_futex_wake(void *ctx, const uint32_t *word)
{
	(void)ctx;
	futex_wake(word, INT_MAX);
}
