/* SPDX-License-Identifier: MIT */
/* Measures pairs. */
#include "in_turns.h"

#include <math.h>

#include "platform/host_ops.h"

#define PATIENCE_NS 30000000000ull /* that a row may lose */

static bool verify(const struct bench_turns *turns, struct bench_limits *limits,
		   enum bench_turn turn)
{
	if (turns->verify(turns->user, turn))
		return true;
	limits->broken = true;
	return false;
}

/* What is left of the row's patience. */
static uint64_t patience_ns(const struct bench_limits *limits)
{
	return limits->lost_ns < PATIENCE_NS ? PATIENCE_NS - limits->lost_ns : 0;
}

/* One run, after a wait for calm: its time, and whether calm lasted to its end. */
static double take_run(const struct bench_turns *turns, struct bench_limits *limits,
		       enum bench_turn turn, bool *is_calm)
{
	const uint64_t start_ns = mmi_host_clock_ns(NULL);
	const bool was_calm = bench_calm_wait(&limits->calm, patience_ns(limits));
	const uint64_t begin_ns = mmi_host_clock_ns(NULL);
	const double ns = turns->measure(turns->user, turn);

	*is_calm = was_calm && bench_calm_look(&limits->calm);
	limits->lost_ns += (*is_calm ? begin_ns : mmi_host_clock_ns(NULL)) - start_ns;
	return ns;
}

/* What has come of one side's turn so far. */
struct turn_state {
	unsigned nr_calm, nr_disturbed; /* runs */
	double fastest_ns;
};

/* A row that has lost its patience takes the runs as they come. */
static bool is_done(const struct turn_state *state, const struct bench_turns *turns,
		    const struct bench_limits *limits)
{
	return state->nr_calm >= turns->nr_runs ||
	       (!patience_ns(limits) && state->nr_calm + state->nr_disturbed >= turns->nr_runs);
}

/* False: the run failed. */
static bool add_run(const struct bench_turns *turns, struct bench_limits *limits,
		    enum bench_turn turn, struct turn_state *state)
{
	bool is_calm;
	const double ns = take_run(turns, limits, turn, &is_calm);

	if (ns < 0)
		return false;
	state->fastest_ns = fmin(state->fastest_ns, ns);
	if (is_calm)
		state->nr_calm++;
	else
		state->nr_disturbed++;
	return true;
}

static double end_turn(struct bench_limits *limits, const struct bench_turns *turns,
		       const struct turn_state *state)
{
	limits->nr_again += state->nr_disturbed;
	limits->nr_kept += state->nr_calm < turns->nr_runs;
	return state->fastest_ns;
}

double bench_take_turn(const struct bench_turns *turns, struct bench_limits *limits,
		       enum bench_turn turn)
{
	struct turn_state state = {.fastest_ns = INFINITY};

	while (!is_done(&state, turns, limits))
		if (!add_run(turns, limits, turn, &state))
			return -1;
	return end_turn(limits, turns, &state);
}

/* A run of @turn, if its turn is not done; @verifies: one that every turn has is looked at. */
static bool go_on(const struct bench_turns *turns, struct bench_limits *limits,
		  enum bench_turn turn, struct turn_state *state, bool verifies)
{
	if (is_done(state, turns, limits))
		return true;
	if (!add_run(turns, limits, turn, state))
		return false;
	return !verifies || state->nr_calm + state->nr_disturbed != turns->nr_runs ||
	       verify(turns, limits, turn);
}

/* Both sides' turns, run by run: what the machine is like for a while it is for both. */
static bool take_pair(const struct bench_turns *turns, struct bench_limits *limits, unsigned pair,
		      double ns[2])
{
	const enum bench_turn first = pair % 2 ? BENCH_SIDE : BENCH_BASELINE;
	const enum bench_turn second = pair % 2 ? BENCH_BASELINE : BENCH_SIDE;
	const bool is_last = pair == limits->nr_pairs;
	struct turn_state states[2] = {{.fastest_ns = INFINITY}, {.fastest_ns = INFINITY}};

	while (!is_done(&states[0], turns, limits) || !is_done(&states[1], turns, limits))
		if (!go_on(turns, limits, first, &states[first], is_last) ||
		    !go_on(turns, limits, second, &states[second], is_last))
			return false;
	for (unsigned turn = 0; turn < 2; turn++)
		ns[turn] = end_turn(limits, turns, &states[turn]);
	return true;
}

bool bench_in_turns(const struct bench_turns *turns, struct bench_limits *limits,
		    struct mmi_sample *side, struct mmi_sample *baseline)
{
	double ns[2];

	if (!take_pair(turns, limits, 0, ns)) /* warms up */
		return false;
	for (unsigned pair = 1; pair <= limits->nr_pairs; pair++) {
		if (!take_pair(turns, limits, pair, ns))
			return false;
		mmi_sample_add(side, ns[BENCH_SIDE]);
		mmi_sample_add(baseline, ns[BENCH_BASELINE]);
	}
	return true;
}
