/* SPDX-License-Identifier: MIT */
/* The smaller and the larger of two numbers: where ranges are cut at each other's ends. */
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

#endif
