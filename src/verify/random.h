/* SPDX-License-Identifier: MIT */
/* Numbers at random that a seed fixes: splitmix64, whose state is one word of any value. */
#ifndef VERIFY_RANDOM_H
#define VERIFY_RANDOM_H

#include <stdint.h>

/* The next number after @state, which moves on. */
static inline uint64_t mmi_random_next(uint64_t *state)
{
	uint64_t x = *state += 0x9e3779b97f4a7c15u;

	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
	x = (x ^ x >> 27) * 0x94d049bb133111ebu;
	return x ^ x >> 31;
}

#endif
