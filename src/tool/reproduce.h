/* SPDX-License-Identifier: MIT */
/* The command that does one run over again. */
#ifndef TOOL_REPRODUCE_H
#define TOOL_REPRODUCE_H

#include "tool/session.h"

/* What one run was, where it is not the command line's own. */
struct mmi_reproduction {
	const char *chunk;             /* NULL: the default */
	unsigned nr_threads;           /* 0: the default */
	const char *batch;             /* NULL: the default */
	const struct mmi_fault *fault; /* NULL: none */
};

/*
 * "mminit run MACHINE ..." with words quoted for a shell.  The caller frees it; NULL: no memory.
 * A machine that came on standard input has to be given there again.
 */
char *mmi_reproduce(const struct mmi_options *options, const struct mmi_reproduction *run);

#endif
