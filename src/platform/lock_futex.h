/* SPDX-License-Identifier: MIT */
/* The native platform's lock and its wait on a word: a short spin, then a futex. */
#ifndef PLATFORM_LOCK_FUTEX_H
#define PLATFORM_LOCK_FUTEX_H

#include "mminit/platform.h"

/* Operations of struct mmi_platform_ops; @ctx is not looked at. */
void mmi_futex_lock(void *ctx, struct mmi_lock *lock);
void mmi_futex_unlock(void *ctx, struct mmi_lock *lock);
void mmi_futex_wait(void *ctx, const uint32_t *word, uint32_t value);
void mmi_futex_wake(void *ctx, const uint32_t *word);
void mmi_futex_relax(void *ctx);

#endif
