/* SPDX-License-Identifier: MIT */
/*
 * How far long work is, on a terminal's stderr: one line that is drawn over and taken away at the
 * end.  Nothing is shown for work under a second, in a pipe, or with --quiet.
 *
 *	mmi_progress_begin(&progress, options, "round", nr_rounds);
 *	mmi_progress_set(&progress, i);           as often as one likes, from any thread
 *	mmi_progress_end(&progress);
 *
 * A thread of its own draws, so that work that says nothing for a while is seen to go on; it is
 * not started where nothing will be shown.
 */
#ifndef TOOL_PROGRESS_H
#define TOOL_PROGRESS_H

#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

#include "tool/options.h"

struct mmi_progress {
	bool shown;
	const char *command;
	const char *noun;            /* what is counted, "round"; NULL: time is */
	_Atomic uint64_t nr_planned; /* of these, or seconds; 0: not known */
	_Atomic uint64_t nr_done;
	struct timespec start;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t ending;
	bool ended; /* under the lock */
};

void mmi_progress_begin(struct mmi_progress *progress, const struct mmi_options *options,
			const char *noun, uint64_t nr_planned);
void mmi_progress_set(struct mmi_progress *progress, uint64_t nr_done);
/* How many it will be at most, where that was not known. */
void mmi_progress_plan(struct mmi_progress *progress, uint64_t nr_planned);
/* The line is gone when this returns.  Once for each begin. */
void mmi_progress_end(struct mmi_progress *progress);

#endif
