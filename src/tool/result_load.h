/* SPDX-License-Identifier: MIT */
/* Reads the result files that a command line names. */
#ifndef TOOL_RESULT_LOAD_H
#define TOOL_RESULT_LOAD_H

#include "mminit/result.h"
#include "tool/command.h"

/* Reads @path, "-" for standard input.  On failure a message has been printed. */
enum mmi_exit mmi_result_load(const char *path, struct mmi_result **result);

#endif
