/* SPDX-License-Identifier: MIT */
/* Teams of threads, by OpenMP; each thread bound to its node while it works. */
#ifndef PLATFORM_TEAM_OPENMP_H
#define PLATFORM_TEAM_OPENMP_H

#include "platform/thread_binding.h"

/* Where the threads of the last team ran. */
struct mmi_team_log {
	struct mmi_native_binding *bindings;
	unsigned nr_threads;
	unsigned capacity;
};

void mmi_team_log_deinit(struct mmi_team_log *log);

/*
 * Runs @work on up to @nr_threads threads and returns how many there were.  None when there is no
 * memory for the log.  @nids NULL: no thread is bound.
 */
unsigned mmi_team_run(const struct mmi_placement *placement, struct mmi_team_log *log,
		      unsigned nr_threads, const int *nids,
		      void (*work)(void *arg, unsigned thread), void *arg);

/* Number of the calling thread in its team; 0 outside of one. */
unsigned mmi_team_self(void);

/* See on_node() of struct mmi_platform_ops; also notes the CPU that the thread runs on. */
int mmi_team_on_node(const struct mmi_placement *placement, int nid);

#endif
