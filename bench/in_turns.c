/* SPDX-License-Identifier: MIT */
/* Measures pairs. */
#include "in_turns.h"

#define MOST_AGAIN 40 /* times that one turn is taken again */

static bool verify(const struct bench_turns *turns, struct bench_limits *limits,
		   enum bench_turn turn)
{
	if (turns->verify(turns->user, turn))
		return true;
	limits->broken = true;
	return false;
}

/* Where it does not become calm, nothing is gained by another try. */
static double measure(const struct bench_turns *turns, struct bench_limits *limits,
		      enum bench_turn turn)
{
	double ns = -1;

	for (unsigned i = 0; i <= MOST_AGAIN; i++) {
		const bool was_calm = bench_calm_wait(&limits->calm);
		ns = turns->measure(turns->user, turn);
		if (ns < 0 || (was_calm && bench_calm_look(&limits->calm)))
			return ns;
		if (!was_calm || i == MOST_AGAIN)
			break;
		limits->nr_again++;
	}
	limits->nr_disturbed++;
	return ns;
}

bool bench_in_turns(const struct bench_turns *turns, struct bench_limits *limits,
		    struct mmi_sample *side, struct mmi_sample *baseline)
{
	for (unsigned i = 0; i < limits->nr_pairs + 1; i++) {
		double ns[2];
		for (unsigned j = 0; j < 2; j++) {
			const enum bench_turn turn = (i + j) % 2 ? BENCH_SIDE : BENCH_BASELINE;
			ns[turn] = measure(turns, limits, turn);
			if (ns[turn] < 0 || (i == limits->nr_pairs && !verify(turns, limits, turn)))
				return false;
		}
		if (i == 0)
			continue; /* warms up */
		mmi_sample_add(side, ns[BENCH_SIDE]);
		mmi_sample_add(baseline, ns[BENCH_BASELINE]);
	}
	return true;
}
