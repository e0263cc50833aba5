/* SPDX-License-Identifier: MIT */
/* Lock ranks: the stack of locks that a thread holds. */
#include "platform/lock_rank.h"

#include "platform/die.h"

#define MAX_HELD_LOCKS 16

struct held_locks {
	const struct mmi_lock *locks[MAX_HELD_LOCKS];
	unsigned nr;
};

static _Thread_local struct held_locks held;

static void check_order(const struct mmi_lock *taken, const struct mmi_lock *lock)
{
	if (taken == lock)
		mmi_platform_die("the %s lock is taken by a thread that holds it",
				 mmi_lock_rank_name(lock->rank));
	if (lock->rank != 0 && taken->rank >= lock->rank)
		mmi_platform_die("a lock of rank %s is taken while one of rank %s is held",
				 mmi_lock_rank_name(lock->rank), mmi_lock_rank_name(taken->rank));
}

void mmi_lock_rank_acquire(const struct mmi_lock *lock)
{
	for (unsigned i = 0; i < held.nr; i++)
		check_order(held.locks[i], lock);
	if (held.nr == MAX_HELD_LOCKS)
		mmi_platform_die("a thread holds more than %u locks", MAX_HELD_LOCKS);
	held.locks[held.nr++] = lock;
}

/* Locks may be given back in any order. */
void mmi_lock_rank_release(const struct mmi_lock *lock)
{
	unsigned i = held.nr;

	while (i > 0 && held.locks[i - 1] != lock)
		i--;
	if (i == 0)
		mmi_platform_die("the %s lock is given back by a thread that does not hold it",
				 mmi_lock_rank_name(lock->rank));
	for (; i < held.nr; i++)
		held.locks[i - 1] = held.locks[i];
	held.nr--;
}
