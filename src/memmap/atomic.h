/* SPDX-License-Identifier: MIT */
/* Atomic words: the compiler's builtins under names that say the order. */
#ifndef MEMMAP_ATOMIC_H
#define MEMMAP_ATOMIC_H

#include <stdbool.h>
#include <stdint.h>

static inline uint32_t mmi_atomic_read32(const uint32_t *word)
{
	return __atomic_load_n(word, __ATOMIC_ACQUIRE);
}
static inline uint64_t mmi_atomic_read64(const uint64_t *word)
{
	return __atomic_load_n(word, __ATOMIC_ACQUIRE);
}
/* For words that stand alone: no order with what is around them. */
static inline uint64_t mmi_atomic_peek64(const uint64_t *word)
{
	return __atomic_load_n(word, __ATOMIC_RELAXED);
}
static inline void mmi_atomic_put64(uint64_t *word, uint64_t value)
{
	__atomic_store_n(word, value, __ATOMIC_RELAXED);
}
static inline void mmi_atomic_publish32(uint32_t *word, uint32_t value)
{
	__atomic_store_n(word, value, __ATOMIC_RELEASE);
}
/* Returns the new value. */
static inline uint32_t mmi_atomic_add32(uint32_t *word, uint32_t value)
{
	return __atomic_add_fetch(word, value, __ATOMIC_ACQ_REL);
}
static inline uint64_t mmi_atomic_add64(uint64_t *word, uint64_t value)
{
	return __atomic_add_fetch(word, value, __ATOMIC_ACQ_REL);
}
/* What this thread wrote before is seen by whoever passes one of these later, and so is his here. */
static inline void mmi_atomic_fence(void)
{
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}
/* True when *@word was *@expected and is now @value; else *@expected is what it was. */
static inline bool mmi_atomic_cas32(uint32_t *word, uint32_t *expected, uint32_t value)
{
	return __atomic_compare_exchange_n(word, expected, value, false, __ATOMIC_ACQ_REL,
					   __ATOMIC_ACQUIRE);
}
static inline bool mmi_atomic_cas64(uint64_t *word, uint64_t *expected, uint64_t value)
{
	return __atomic_compare_exchange_n(word, expected, value, false, __ATOMIC_ACQ_REL,
					   __ATOMIC_ACQUIRE);
}

#endif
