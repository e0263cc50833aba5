/* SPDX-License-Identifier: MIT */
/*
 * A discrete-event simulation of the workers of one node.
 *
 * Every worker goes round: claim a chunk, then for each block of it visit after visit compute (beside
 * all others) and be served by the node's memory (one at a time, in exponential times: requests of
 * many cores meet at random; a worker alone meets none and takes the mean), then be served by the
 * zone's lock (one at a time, a fixed time).  Stations serve in the order of arrival, and events are
 * taken in the order of time, so a station needs to know only when it is free again.
 */
#ifndef TUNE_SIMULATE_H
#define TUNE_SIMULATE_H

#include "mminit/deferred.h"

struct mmi_simulation {
	const struct mmi_platform *platform;
	const struct mmi_chunk *chunks; /* claimed in this order */
	uint64_t nr_chunks;
	uint64_t block_pages; /* between two visits to the lock, counted from a chunk's start */
	uint64_t visit_pages; /* between two visits to memory; at most a block's */
	unsigned nr_threads;
	double own_ns;    /* a page */
	double shared_ns; /* a page, in the mean */
	double lock_ns;   /* a block: how long the lock is held */
	double block_ns;  /* a block: what else several threads add to each */
	double claim_ns;  /* a chunk: the cursor's line is fetched */
	uint64_t seed;
};

/* Time until the last worker has ended; -ENOMEM.  Deterministic for a seed. */
int mmi_simulate(const struct mmi_simulation *simulation, double *elapsed_ns);

#endif
