/* SPDX-License-Identifier: MIT */
/*
 * The smaller and the larger of two numbers, and their distance: for ranges cut at each other's
 * ends.
 */
#ifndef MACHINE_MINMAX_H
#define MACHINE_MINMAX_H

#include <stdint.h>

static inline uint64_t mmi_smaller(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static inline uint64_t mmi_larger(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/* By how much @a is above @b: 0 where it is not. */
static inline uint64_t mmi_excess(uint64_t a, uint64_t b)
{
	return a > b ? a - b : 0;
}

#endif
