/* SPDX-License-Identifier: MIT */
/* A program: what the threads of a controlled run do, and what is judged when they have done it. */
#ifndef VERIFY_PROGRAM_H
#define VERIFY_PROGRAM_H

#include "verify/fault_parts.h"
#include "verify/sched.h"
#include "verify/schedule.h"

struct mmi_program_run {
	/* What is to be run. */
	struct mmi_sched *sched;
	const struct mmi_machine *machine;
	struct mmi_program program;
	const struct mmi_deferred_ops *ops; /* NULL: the engine */
	struct mmi_fault *fault;            /* NULL: none */
	/* What came of it. */
	struct mmi_verdict verdict;
	struct mmi_error err; /* code not 0: why it could not be run, or what it failed with */
	bool is_broken;
	unsigned broken; /* the invariant that a failure is about; 0: none of them */
	uint64_t nr_chunks;
	uint64_t nr_pages;
	uint64_t nr_requests;
	bool has_fault; /* it found a place */
	/* While it runs. */
	struct mmi_machine copy; /* of machine, on the scheduler */
	struct mmi_system *system;
	struct mmi_alloc *alloc;
	struct mmi_cpu *cpus[MMI_SCHED_MAX_THREADS];
	unsigned nr_workers;
	uint64_t nr_returned_pages; /* by whomever, so far */
};

/*
 * Runs the program under @choose(@user).  0, also where what ran is broken; or what a system could
 * not be made with, -ENOMEM.  Nothing is left in the scheduler.
 */
int mmi_program_run(struct mmi_program_run *run,
		    unsigned (*choose)(void *user, const struct mmi_sched_choice *choice),
		    void *user);

#endif
