/* SPDX-License-Identifier: MIT */
/* Measures pairs. */
#include "in_turns.h"

static bool verify(const struct bench_turns *turns, struct bench_limits *limits,
		   enum bench_turn turn)
{
	if (turns->verify(turns->user, turn))
		return true;
	limits->broken = true;
	return false;
}

bool bench_in_turns(const struct bench_turns *turns, struct bench_limits *limits,
		    struct mmi_sample *side, struct mmi_sample *baseline)
{
	for (unsigned i = 0; i < limits->nr_pairs + 1; i++) {
		double ns[2];
		for (unsigned j = 0; j < 2; j++) {
			const enum bench_turn turn = (i + j) % 2 ? BENCH_SIDE : BENCH_BASELINE;
			ns[turn] = turns->measure(turns->user, turn);
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
