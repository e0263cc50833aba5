/* SPDX-License-Identifier: MIT */
/*
 * The benchmark harness: what a benchmark in C says and is told.
 *
 * A family is one function over the cross product of its arguments' values.  It is called once a
 * combination, does a fixed number of rounds, and times itself: only what lies between the two
 * clock reads of its own counts.  Results that nobody has verified are errors.
 *
 *	static void run(struct bench_state *state)
 *	{
 *		... set up from bench_arg(state, 0) ...
 *		while (bench_next(state))
 *			bench_set_time_ns(state, ... one round, timed ...);
 *		bench_verified(state, ... is what it left right? ...);
 *	}
 *
 * harness_google.cpp binds it to Google Benchmark; nothing else of the benchmarks is C++.
 */
#ifndef BENCH_HARNESS_H
#define BENCH_HARNESS_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define BENCH_MAX_ARGS   6
#define BENCH_MAX_VALUES 8

#define BENCH_REPETITIONS 9 /* with fewer, compare.py calls its own test unreliable */

/* One argument: its name, and the values it takes. */
struct bench_arg_values {
	const char *name;
	int64_t values[BENCH_MAX_VALUES];
	unsigned nr_values;
};

struct bench_state;

struct bench_family {
	const char *name;
	void (*run)(struct bench_state *state);
	struct bench_arg_values args[BENCH_MAX_ARGS];
	unsigned nr_args;
	unsigned nr_rounds;      /* of each repetition; fixed, so that runs can be compared */
	unsigned nr_repetitions; /* median and spread are taken over these */
};

/* @family is copied by reference and lives as long as the program. */
void bench_register(const struct bench_family *family);

/* Another round?  False when all are done, or after bench_skip(). */
bool bench_next(struct bench_state *state);
int64_t bench_arg(const struct bench_state *state, unsigned number);
/* How long the round took. */
void bench_set_time_ns(struct bench_state *state, uint64_t elapsed_ns);
/* How much a round does: shown as items and bytes a second. */
void bench_set_work(struct bench_state *state, uint64_t nr_items, uint64_t nr_bytes);
void bench_set_counter(struct bench_state *state, const char *name, double value);
void bench_set_label(struct bench_state *state, const char *label);
/* What was left behind is right, or is not because of @why; without a call it counts as not. */
void bench_verified(struct bench_state *state, const char *why_not);
/* Cannot be measured here: not a failure. */
void bench_skip(struct bench_state *state, const char *reason);

/* "key: value" among the facts of the run, in text and JSON. */
void bench_add_context(const char *key, const char *value);

/*
 * Runs what the command line selects (--benchmark_filter and the other options of Google
 * Benchmark).  The exit code: 0; 1 a filter that matches nothing, a result that is not verified,
 * or a build that is no release.
 */
int bench_main(int argc, char **argv);

#ifdef __cplusplus
}
#endif

#endif
