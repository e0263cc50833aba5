/* SPDX-License-Identifier: MIT */
/*
 * Two sides of a comparison, measured in turns in one process.
 *
 * The ratio of each pair of turns is one sample.  A turn is a few runs, of which the fastest counts:
 * what disturbs one of them says nothing of the side.  The two turns of a pair take place run by run,
 * for a machine has states that last longer than a run.  A run that was not calm (calm.h) from its
 * begin to its end is made again, until the row has lost half a minute by that and by waiting; from
 * then on runs count as they come.
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
 * that warms up; both sides are verified in the last pair.  @limits counts what was not calm.  False
 * when a run failed, or left something wrong, which is noted in @limits.
 */
bool bench_in_turns(const struct bench_turns *turns, struct bench_limits *limits,
		    struct mmi_sample *side, struct mmi_sample *baseline);

#endif
