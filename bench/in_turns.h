/* SPDX-License-Identifier: MIT */
/*
 * Two sides of a comparison, measured in turns in one process.
 *
 * What slows the machine for a while slows both; the ratio of each pair is one sample.  A turn is a
 * few runs, of which the fastest counts: what disturbs one of them says nothing of the side.  A run
 * that ended when it was not calm (calm.h) is made again, a few times a turn.
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
	unsigned nr_runs; /* of a turn: as short as they can be, so that calm lasts */
};

/* One turn of @turn: its time; negative, with a message: a run failed. */
double bench_take_turn(const struct bench_turns *turns, struct bench_limits *limits,
		       enum bench_turn turn);

/*
 * Adds the pairs of @limits to @side and @baseline, each side first in every other one, after a pair
 * that warms up; both sides are verified in the end.  @limits counts what was not calm.  False when a
 * run failed, or left something wrong, which is noted in @limits.
 */
bool bench_in_turns(const struct bench_turns *turns, struct bench_limits *limits,
		    struct mmi_sample *side, struct mmi_sample *baseline);

#endif
