/* SPDX-License-Identifier: MIT */
/* Measures pairs. */
#include "in_turns.h"

#include <math.h>

#define MOST_AGAIN 40 /* disturbed runs of one turn */

static bool verify(const struct bench_turns *turns, struct bench_limits *limits,
		   enum bench_turn turn)
{
	if (turns->verify(turns->user, turn))
		return true;
	limits->broken = true;
	return false;
}

/* Where it does not become calm, nothing is gained by another try. */
double bench_take_turn(const struct bench_turns *turns, struct bench_limits *limits,
		       enum bench_turn turn)
{
	unsigned nr_calm = 0, nr_disturbed = 0;
	double fastest_ns = INFINITY;
	bool was_calm;

	do {
		was_calm = bench_calm_wait(&limits->calm);
		const double ns = turns->measure(turns->user, turn);
		if (ns < 0)
			return ns;
		fastest_ns = fmin(fastest_ns, ns);
		if (was_calm && bench_calm_look(&limits->calm))
			nr_calm++;
		else
			nr_disturbed++;
	} while (nr_calm < turns->nr_runs && was_calm && nr_disturbed <= MOST_AGAIN);
	limits->nr_again += nr_disturbed;
	limits->nr_kept += nr_calm < turns->nr_runs;
	return fastest_ns;
}

bool bench_in_turns(const struct bench_turns *turns, struct bench_limits *limits,
		    struct mmi_sample *side, struct mmi_sample *baseline)
{
	for (unsigned i = 0; i < limits->nr_pairs + 1; i++) {
		double ns[2];
		for (unsigned j = 0; j < 2; j++) {
			const enum bench_turn turn = (i + j) % 2 ? BENCH_SIDE : BENCH_BASELINE;
			ns[turn] = bench_take_turn(turns, limits, turn);
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
