/* SPDX-License-Identifier: MIT */
/*
 * Two sides of a comparison, measured in turns in one process.
 *
 * What slows the machine for a while slows both; the ratio of each pair is one sample.  A turn of
 * either side that ended when it was not calm (calm.h) is taken again, a few times.
 */
#ifndef BENCH_IN_TURNS_H
#define BENCH_IN_TURNS_H

#include <stdbool.h>

#include "limits.h"

enum bench_turn { BENCH_SIDE, BENCH_BASELINE };

struct bench_turns {
	/* One measured run: its time for a unit of work; negative, with a message: it failed. */
	double (*measure)(void *user, enum bench_turn turn);
	/* Did the last run leave what it should?  Prints what it did not. */
	bool (*verify)(void *user, enum bench_turn turn);
	void *user;
};

/*
 * Adds the pairs of @limits to @side and @baseline, each side first in every other one, after a pair
 * that warms up; both sides are verified in the end.  @limits counts the turns that were not calm.  False when a run failed, or left something
 * wrong, which is noted in @limits.
 */
bool bench_in_turns(const struct bench_turns *turns, struct bench_limits *limits,
		    struct mmi_sample *side, struct mmi_sample *baseline);

#endif
