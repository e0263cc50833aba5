/* SPDX-License-Identifier: MIT */
/* A worker: one thread's view of a run, and the steps of the built-in engine. */
#ifndef DEFERRED_WORKER_H
#define DEFERRED_WORKER_H

#include "deferred/claims.h"
#include "mminit/steps.h"
#include "zone/buddy.h"

/* Used by one thread; nothing in it but the claims is shared. */
struct mmi_worker {
	struct mmi_mem *mem;
	struct mmi_claims *claims;
	const struct mmi_deferred_ops *ops;
	enum mmi_batch batch;
	int nid;                      /* of the group whose chunk it is at; -1: early work */
	size_t extent;                /* where the last range ended: the next begins here or near */
	struct mmi_zone *zone;        /* of the last free extent */
	struct mmi_free_batch blocks; /* freed, not yet on the zone's lists */
	uint64_t standing_pfn;        /* below it, all of the chunk is on the zone's lists */
	struct mmi_worker_stats *stats;
};

void mmi_worker_init(struct mmi_worker *worker, struct mmi_claims *claims,
		     const struct mmi_run_params *params, struct mmi_worker_stats *stats);

/*
 * Runs one chunk through the worker's operations, joins its blocks to the zone, counts it.  The
 * chunk stands afterwards.
 */
void mmi_worker_do_chunk(struct mmi_worker *worker, uint64_t start_pfn, uint64_t end_pfn);

/* The zone of @pfn, which has a struct page. */
struct mmi_zone *mmi_worker_zone(struct mmi_worker *worker, uint64_t pfn);

#endif
