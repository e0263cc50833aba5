/* SPDX-License-Identifier: MIT */
/*
 * Lock ranks: each thread's stack of held locks, and the order that it proves.
 *
 * A thread takes locks in rising rank only (enum mmi_lock_rank), so no circle of waiting threads
 * can form.  A lock of rank 0 takes no part in the order.  The checked flavour of the platforms
 * tells every lock and unlock to this file; a violation is a bug, and ends the process.
 */
#ifndef PLATFORM_LOCK_RANK_H
#define PLATFORM_LOCK_RANK_H

#include <stdbool.h>

#include "mminit/platform.h"

#ifdef MMI_CHECKED
static const bool mmi_lock_rank_enforced = true;
#else
static const bool mmi_lock_rank_enforced = false;
#endif

/* Before the calling thread waits for @lock, so that a violation is told and not a deadlock. */
void mmi_lock_rank_acquire(const struct mmi_lock *lock);
void mmi_lock_rank_release(const struct mmi_lock *lock);

#endif
