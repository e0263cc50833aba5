/* SPDX-License-Identifier: MIT */
/*
 * Prediction: how long initialisation takes on a machine that is not at hand, by thread count.
 *
 * Two times of that machine say all that is known of it: one thread's, and the best that any number
 * of threads reached.  What happens in between is simulated, not fitted: threads claim the very
 * chunks of the plan (Linux's: job by job, as its version makes them), and page after page take time
 * of their own (they run beside each other), the node's shared memory (one after another, in random
 * service times, as requests from many cores meet at random) and, where the algorithm frees block by block, the zone's lock.
 *
 *   one thread   = own + shared                        per page
 *   best         = the simulation's with all CPUs      solves for shared; one thread shares nothing
 *   several      moreover move cache lines from core to core at every free: counted, not fitted
 */
#ifndef MMINIT_PREDICT_H
#define MMINIT_PREDICT_H

#include <stdio.h>

#include "mminit/report.h"

MMI_DECLARATIONS_BEGIN

#define MMI_PREDICT_MAX_CPUS 4096

/* What is known of the machine, all of it for its node with most deferred pages. */
struct mmi_predict_params {
	unsigned cpus_per_node;    /* all of them reached best_ns; 0: the node's own, at least 1 */
	uint64_t one_thread_ns;    /* Linux, one thread */
	uint64_t best_ns;          /* Linux, the best of all thread counts */
	uint64_t line_transfer_ns; /* of a cache line between cores of a node; 0: 70 */
	double engine_cost;        /* our time a page / Linux's, one thread; 0: 0.6 */
	uint64_t seed;
};

/* How one thread count works out. */
struct mmi_prediction {
	unsigned nr_threads;
	uint64_t linux_chunk_pages; /* that Linux's rule chooses, for the largest of its jobs */
	uint64_t linux_nr_chunks;   /* of all jobs */
	uint64_t linux_ns;
	uint64_t engine_chunk_pages; /* and ours */
	uint64_t engine_ns;
};

struct mmi_predictor;

/*
 * Makes a predictor for @machine, which must outlive it.  -EINVAL: too many CPUs, a best time that is
 * 0, above one thread's, or far better than all CPUs could be together, or a machine with nothing
 * deferred; -ENOMEM.  The caller owns it.
 */
int mmi_predictor_create(const struct mmi_machine *machine, const struct mmi_predict_params *params,
			 struct mmi_predictor **predictor, struct mmi_error *err);
void mmi_predictor_destroy(struct mmi_predictor *predictor); /* NULL is allowed */

/* What was solved for: nanoseconds a page, alone and of shared memory. */
double mmi_predictor_own_ns(const struct mmi_predictor *predictor);
double mmi_predictor_shared_ns(const struct mmi_predictor *predictor);
/*
 * Do the two times tell what memory makes all threads share?  Not where Linux has one thread in every
 * job, for want of CPUs or because each run of free memory is too short: nothing is then taken to be
 * shared, and what is predicted of our engine is the best that could be.
 */
bool mmi_predictor_knows_limit(const struct mmi_predictor *predictor);
int mmi_predictor_nid(const struct mmi_predictor *predictor); /* the node it is about */
/* What it was made with, defaults filled in; valid as long as it. */
const struct mmi_predict_params *mmi_predictor_params(const struct mmi_predictor *predictor);

/*
 * Gives Linux of the machine's version a node there one thread, whatever its CPUs?  What is predicted
 * of more threads is then what they would take by its rules.
 */
bool mmi_predictor_linux_is_serial(const struct mmi_predictor *predictor);

/* @nr_threads from 1 to cpus_per_node.  -EINVAL, -ENOMEM.  Deterministic. */
int mmi_predict(const struct mmi_predictor *predictor, unsigned nr_threads,
		struct mmi_prediction *prediction, struct mmi_error *err);

/*
 * One JSON document and a newline, of @nr_rows predictions.  -ENOMEM, having written nothing.
 */
int mmi_predict_print_json(FILE *out, const struct mmi_report_source *source,
			   const struct mmi_predictor *predictor, const struct mmi_prediction *rows,
			   size_t nr_rows);

MMI_DECLARATIONS_END

#endif
