/* SPDX-License-Identifier: MIT */
/* What every subcommand begins with: a platform, and the machine that was asked for. */
#ifndef TOOL_SESSION_H
#define TOOL_SESSION_H

#include "mminit/fault.h"
#include "mminit/platform_native.h"
#include "mminit/report.h"
#include "tool/command.h"

struct mmi_session {
	const struct mmi_options *options;
	struct mmi_platform *platform;
	struct mmi_machine *machine;
	struct mmi_input_info info;
};

/*
 * Creates the platform and reads the machine that the options name; the machine's nodes stand on
 * the host's from then on.  On failure a message has been printed, and nothing is left.
 */
enum mmi_exit mmi_session_open(struct mmi_session *session, const struct mmi_options *options);
void mmi_session_close(struct mmi_session *session);

/* What of placement is not as asked for, in words; NULL: nothing. */
const char *mmi_session_placement_warning(const struct mmi_session *session);
/* The same on stderr, unless --quiet: for commands that run workers. */
void mmi_session_warn(const struct mmi_session *session);

/* The machine and where it came from, for the reports. */
struct mmi_report_source mmi_session_source(const struct mmi_session *session);

/* The program and this host, for results that will be compared. */
struct mmi_report_context mmi_session_context(void);

/* How text on stdout is to look: colour on a terminal only, and not with NO_COLOR. */
struct mmi_report_style mmi_session_style(const struct mmi_session *session);

/* --chunk, with @chunk instead when it is not given.  MMI_EXIT_USAGE after a message. */
enum mmi_exit mmi_session_plan_params(const struct mmi_session *session, const char *chunk,
				      struct mmi_plan_params *params);

/* Memory that a run of the machine needs, the memmap and all beside it. */
uint64_t mmi_session_needed_bytes(const struct mmi_session *session);

/* MMI_EXIT_RESOURCES, after a message that says what would fit, when it does not fit here. */
enum mmi_exit mmi_session_check_memory(const struct mmi_session *session);

/* Creates a system that is not booted; a message has been printed on failure. */
enum mmi_exit mmi_session_create(const struct mmi_session *session,
				 const struct mmi_system_options *options,
				 struct mmi_system **system);

/* Boots it; a message has been printed on failure. */
enum mmi_exit mmi_session_boot(const struct mmi_session *session, struct mmi_system *system);

/* Makes its allocator, at which @fault may strike; a message has been printed on failure. */
enum mmi_exit mmi_session_alloc(const struct mmi_session *session, struct mmi_system *system,
				const struct mmi_fault *fault);

/*
 * Reads --inject.  Where it gives no number, --seed does, another one for each @run.
 * MMI_EXIT_USAGE after a message.
 */
enum mmi_exit mmi_session_fault(const struct mmi_session *session, uint64_t run,
				struct mmi_fault *fault);

/*
 * As mmi_fault_apply(); a number that the seed gave is made smaller until there is a place of that
 * number.
 */
int mmi_session_arm(const struct mmi_session *session, struct mmi_system *system,
		    struct mmi_fault *fault, struct mmi_error *err);

/* The machine as one JSON document, "mminit-machine/1".  A message has been printed on failure. */
enum mmi_exit mmi_session_print_json(const struct mmi_session *session, FILE *out);

/* Prints a library's error about the machine's own text or about the work on it. */
enum mmi_exit mmi_session_fail(const struct mmi_session *session, int error,
			       const struct mmi_error *err);

#endif
