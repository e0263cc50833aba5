/* SPDX-License-Identifier: MIT */
/* Controlled schedules: explored, or replayed from a file; what is broken is written down. */
#ifndef TOOL_SCHEDULES_H
#define TOOL_SCHEDULES_H

#include "tool/session.h"

struct mmi_schedules {
	const struct mmi_session *session;
	struct mmi_machine *miniature; /* what is run */
	struct mmi_fault fault;
	struct mmi_explore_params params;
	struct mmi_explore_result result;
	uint64_t start_ns;
	uint64_t end_ns;          /* by the clock of the session's platform; 0: no limit */
	uint64_t least_schedules; /* are run, whatever it says */
	struct mmi_report_explored report;
	char *script; /* of what is broken; NULL: nothing is */
};

/* Reads --schedule FILE.  MMI_EXIT_INPUT after a message; mmi_script_deinit() frees. */
enum mmi_exit mmi_schedules_read(const char *path, struct mmi_script *script);

/*
 * Explores as the options say, or runs @replayed when it is not NULL.  MMI_EXIT_BROKEN; or what it
 * failed with, after a message.  mmi_schedules_deinit() frees, whatever came of it.
 */
enum mmi_exit mmi_schedules_run(struct mmi_schedules *schedules, const struct mmi_session *session,
				const struct mmi_script *replayed);
void mmi_schedules_deinit(struct mmi_schedules *schedules);

#endif
