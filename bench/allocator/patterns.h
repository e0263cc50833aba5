/* SPDX-License-Identifier: MIT */
/*
 * The patterns over any pair of take and give: inlined with both, so that nobody pays for a call
 * that the others do not have.
 */
#ifndef BENCH_PATTERNS_H
#define BENCH_PATTERNS_H

#include <stddef.h>
#include <stdlib.h>

#include "contender.h"
#include "platform/host_ops.h"

#define PATTERN_INLINE static inline __attribute__((always_inline))

/* The next of a sequence of numbers that is the same in every run. */
static inline uint64_t pattern_draw(uint64_t *state)
{
	*state = *state * 6364136223846793005ull + 1442695040888963407ull;
	return *state >> 33;
}

PATTERN_INLINE uint64_t pattern_repeat(void *state, uint64_t nr, void *(*take)(void *state),
				       void (*give)(void *state, void *object))
{
	const uint64_t start_ns = mmi_host_clock_ns(NULL);

	for (uint64_t i = 0; i < nr; i++) {
		void *object = take(state);
		if (!object)
			return 0;
		give(state, object);
	}
	return mmi_host_clock_ns(NULL) - start_ns;
}

PATTERN_INLINE uint64_t pattern_bulk(void *state, uint64_t nr,
				     bool (*take)(void *state, void **objects, unsigned nr),
				     void (*give)(void *state, void **objects, unsigned nr))
{
	_Alignas(64) void *objects[CONTENDER_BULK] = {NULL}; /* a bulk free leaves them empty */
	const uint64_t start_ns = mmi_host_clock_ns(NULL);

	for (uint64_t i = 0; i < nr; i += CONTENDER_BULK) {
		if (!take(state, objects, CONTENDER_BULK))
			return 0;
		give(state, objects, CONTENDER_BULK);
	}
	return mmi_host_clock_ns(NULL) - start_ns;
}

PATTERN_INLINE uint64_t pattern_random(void *state, uint64_t nr, void **held, size_t nr_held,
				       void *(*take)(void *state),
				       void (*give)(void *state, void *object))
{
	uint64_t drawn = 1;
	size_t nr_taken = 0;
	uint64_t elapsed_ns = 0;

	while (nr_taken < nr_held && (held[nr_taken] = take(state)) != NULL)
		nr_taken++;
	if (nr_taken == nr_held) {
		const uint64_t start_ns = mmi_host_clock_ns(NULL);
		for (uint64_t i = 0; i < nr; i++) {
			void **slot = &held[pattern_draw(&drawn) % nr_held];
			give(state, *slot);
			*slot = take(state);
		}
		elapsed_ns = mmi_host_clock_ns(NULL) - start_ns;
	}
	while (nr_taken)
		give(state, held[--nr_taken]);
	return elapsed_ns;
}

#endif
