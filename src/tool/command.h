/* SPDX-License-Identifier: MIT */
/* The subcommands of mminit, and how they end. */
#ifndef TOOL_COMMAND_H
#define TOOL_COMMAND_H

#include "tool/options.h"

enum mmi_exit {
	MMI_EXIT_GOOD = 0,
	MMI_EXIT_FAILED = 1,
	MMI_EXIT_USAGE = 2,
	MMI_EXIT_INPUT = 3,
	MMI_EXIT_BROKEN = 4, /* an invariant does not hold */
	MMI_EXIT_RESOURCES = 5,
	MMI_EXIT_UNSUPPORTED = 6,
	MMI_EXIT_INTERRUPTED = 130, /* as shells have it: 128 and the number of the signal */
};

struct mmi_command {
	const char *name;
	const char *operands; /* NULL: [MACHINE] */
	enum mmi_exit (*run)(const struct mmi_options *options);
	const char *summary; /* for the list of commands */
	const char *help;    /* what it does, with examples */
	unsigned options;    /* MMI_OPTION_* that it takes */
};

extern const struct mmi_command mmi_command_run;
extern const struct mmi_command mmi_command_plan;
extern const struct mmi_command mmi_command_show;
extern const struct mmi_command mmi_command_audit;
extern const struct mmi_command mmi_command_verify;
extern const struct mmi_command mmi_command_tune;
extern const struct mmi_command mmi_command_predict;
extern const struct mmi_command mmi_command_stress;
extern const struct mmi_command mmi_command_replay;
extern const struct mmi_command mmi_command_report;
extern const struct mmi_command mmi_command_compare;
extern const struct mmi_command mmi_command_import;

/* How the command ends when the library said @error, a negative errno. */
enum mmi_exit mmi_exit_of(int error);
/* The same of one that prints, and has printed nothing if it failed; says so. */
enum mmi_exit mmi_exit_of_print(int error);

/* "file:line:column: what was read: what was expected" on stderr, and how the command ends. */
enum mmi_exit mmi_complain_at(const char *file, const struct mmi_error *err);

/* "mminit: message" on stderr; returns @exit. */
enum mmi_exit mmi_complain(enum mmi_exit exit, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
