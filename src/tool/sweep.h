/* SPDX-License-Identifier: MIT */
/* Many runs over one machine: every batch, chunk rule and number of threads, each one judged. */
#ifndef TOOL_SWEEP_H
#define TOOL_SWEEP_H

#include "tool/session.h"

struct mmi_sweep {
	const struct mmi_session *session;
	struct mmi_platform *serial; /* to compare with; NULL: no memory for a second memmap */
	uint64_t nr_planned;
	uint64_t nr_runs; /* done */
	uint64_t nr_chunks;
	uint64_t nr_pages; /* struct pages initialised */
	uint64_t nr_checks[MMI_NR_INVARIANTS + 1];
	uint64_t nr_faults;        /* runs in which the fault found a place to strike */
	struct mmi_error no_place; /* why it found none, the last time */
	uint64_t elapsed_ns;
	char schedules[128]; /* in words */
	/* The last run: the broken one, where one was found. */
	struct mmi_system *system;
	struct mmi_fault fault;
	struct mmi_verdict verdict;
	char *reproduce;
};

/*
 * Runs until an invariant breaks or every schedule has had its turn.  MMI_EXIT_BROKEN; or what a
 * run failed with, after a message.  mmi_sweep_deinit() frees, whatever came of it.
 */
enum mmi_exit mmi_sweep_run(struct mmi_sweep *sweep, const struct mmi_session *session);
void mmi_sweep_deinit(struct mmi_sweep *sweep);

#endif
