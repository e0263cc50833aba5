/* SPDX-License-Identifier: MIT */
/* One exploration at work: its scheduler, its search, and what it has come to. */
#ifndef VERIFY_EXPLORATION_H
#define VERIFY_EXPLORATION_H

#include "verify/program.h"
#include "verify/search.h"

struct mmi_exploration {
	const struct mmi_machine *machine;
	const struct mmi_explore_params *params;
	struct mmi_sched sched;
	struct mmi_search_state search;
	struct mmi_explore_result *result;
};

/*
 * Runs @program as number @number of the search, or by @rerun where that is not NULL.  Its turns
 * are in the search then.  Errors as mmi_program_run().
 */
int mmi_exploration_run(struct mmi_exploration *x, const struct mmi_program *program,
			uint64_t number, const struct mmi_schedule *rerun,
			struct mmi_program_run *run);

/*
 * Makes the program of @broken smaller and the schedule of the result, which breaks it, shorter, as
 * long as it fails alike; the same run comes to the same end.  -ENOMEM, or what could not be run.
 */
int mmi_exploration_shrink(struct mmi_exploration *x, struct mmi_program_run *broken);

#endif
