/* SPDX-License-Identifier: MIT */
/*
 * Atomic words: the compiler's builtins under names that say the order.
 *
 * In the checked core a controlled scheduler may switch before each of them.
 */
#ifndef MEMMAP_ATOMIC_H
#define MEMMAP_ATOMIC_H

#include <stdbool.h>
#include <stdint.h>

#include "mminit/platform.h"

/* For the few accesses of atomic words that are not among those below. */
static inline void mmi_atomic_yield(enum mmi_yield where, const void *word)
{
#ifdef MMI_CHECKED
	mmi_checked_yield(where, word);
#else
	(void)where;
	(void)word;
#endif
}

static inline uint32_t mmi_atomic_read32(const uint32_t *word)
{
	mmi_atomic_yield(MMI_YIELD_ATOMIC, word);
	return __atomic_load_n(word, __ATOMIC_ACQUIRE);
}
static inline uint64_t mmi_atomic_read64(const uint64_t *word)
{
	mmi_atomic_yield(MMI_YIELD_ATOMIC, word);
	return __atomic_load_n(word, __ATOMIC_ACQUIRE);
}
/*
 * For words that only lead to others, which are read in their turn: no switch is worth its while.
 */
static inline uint64_t mmi_atomic_glance64(const uint64_t *word)
{
	return __atomic_load_n(word, __ATOMIC_ACQUIRE);
}
/* For words that stand alone: no order with what is around them. */
static inline uint64_t mmi_atomic_peek64(const uint64_t *word)
{
	mmi_atomic_yield(MMI_YIELD_ATOMIC, word);
	return __atomic_load_n(word, __ATOMIC_RELAXED);
}
static inline void mmi_atomic_put64(uint64_t *word, uint64_t value)
{
	mmi_atomic_yield(MMI_YIELD_ATOMIC, word);
	__atomic_store_n(word, value, __ATOMIC_RELAXED);
}
static inline void mmi_atomic_publish32(uint32_t *word, uint32_t value)
{
	mmi_atomic_yield(MMI_YIELD_ATOMIC, word);
	__atomic_store_n(word, value, __ATOMIC_RELEASE);
}
static inline void mmi_atomic_publish64(uint64_t *word, uint64_t value)
{
	__atomic_store_n(word, value, __ATOMIC_RELEASE);
}
/* Returns the new value. */
static inline uint32_t mmi_atomic_add32(uint32_t *word, uint32_t value)
{
	mmi_atomic_yield(MMI_YIELD_UPDATE, word);
	return __atomic_add_fetch(word, value, __ATOMIC_ACQ_REL);
}
static inline uint64_t mmi_atomic_add64(uint64_t *word, uint64_t value)
{
	mmi_atomic_yield(MMI_YIELD_UPDATE, word);
	return __atomic_add_fetch(word, value, __ATOMIC_ACQ_REL);
}
/* These four return the value that was there. */
static inline uint64_t mmi_atomic_or64(uint64_t *word, uint64_t bits)
{
	mmi_atomic_yield(MMI_YIELD_UPDATE, word);
	return __atomic_fetch_or(word, bits, __ATOMIC_ACQ_REL);
}
static inline uint64_t mmi_atomic_and64(uint64_t *word, uint64_t bits)
{
	mmi_atomic_yield(MMI_YIELD_UPDATE, word);
	return __atomic_fetch_and(word, bits, __ATOMIC_ACQ_REL);
}
static inline uint32_t mmi_atomic_or32(uint32_t *word, uint32_t bits)
{
	mmi_atomic_yield(MMI_YIELD_UPDATE, word);
	return __atomic_fetch_or(word, bits, __ATOMIC_ACQ_REL);
}
static inline uint32_t mmi_atomic_and32(uint32_t *word, uint32_t bits)
{
	mmi_atomic_yield(MMI_YIELD_UPDATE, word);
	return __atomic_fetch_and(word, bits, __ATOMIC_ACQ_REL);
}
/*
 * What this thread wrote before is seen by whoever passes one of these later, and so is his here.
 */
static inline void mmi_atomic_fence(void)
{
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}
/* True when *@word was *@expected and is now @value; else *@expected is what it was. */
static inline bool mmi_atomic_cas32(uint32_t *word, uint32_t *expected, uint32_t value)
{
	mmi_atomic_yield(MMI_YIELD_CAS32, word);
	return __atomic_compare_exchange_n(word, expected, value, false, __ATOMIC_ACQ_REL,
					   __ATOMIC_ACQUIRE);
}
static inline bool mmi_atomic_cas64(uint64_t *word, uint64_t *expected, uint64_t value)
{
	mmi_atomic_yield(MMI_YIELD_CAS64, word);
	return __atomic_compare_exchange_n(word, expected, value, false, __ATOMIC_ACQ_REL,
					   __ATOMIC_ACQUIRE);
}

#endif
