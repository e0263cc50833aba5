/* SPDX-License-Identifier: MIT */
/*
 * Calm: is every CPU as fast as it can be just now?
 *
 * A machine that is shared has spells of up to seconds in which a core does half as much, as when
 * its other hyperthread works for somebody else.  They hit what is compared unequally: a side that
 * is limited by the core suffers more than one that waits for memory.  So a short loop of stores,
 * which nothing but the core limits, is timed on every CPU before and after what is measured.
 */
#ifndef BENCH_CALM_H
#define BENCH_CALM_H

#include <stdbool.h>
#include <stdint.h>

#define BENCH_CALM_MAX_CPUS 64 /* more are not looked at */

struct bench_calm {
	unsigned nr_cpus;
	int cpus[BENCH_CALM_MAX_CPUS];
	double fastest_ns[BENCH_CALM_MAX_CPUS]; /* a store, in the fastest look so far */
};

/* Looks at the CPUs that this thread may use a few hundred times: how fast they can be. */
void bench_calm_init(struct bench_calm *calm);

/* Is no CPU slower than 1.2 times what it can be? */
bool bench_calm_look(struct bench_calm *calm);

/* Waits until it is calm, for @most_ns at most: false. */
bool bench_calm_wait(struct bench_calm *calm, uint64_t most_ns);

#endif
