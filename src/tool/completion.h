/* SPDX-License-Identifier: MIT */
/* Completion of the command line in bash and zsh: scripts printed from the tables of the tool. */
#ifndef TOOL_COMPLETION_H
#define TOOL_COMPLETION_H

#include <stddef.h>
#include <stdio.h>

#include "tool/command.h"

struct mmi_completion {
	FILE *out;
	const struct mmi_command *const *commands;
	size_t nr_commands;
};

/* Errors of out are the caller's to look for. */
void mmi_completion_print_bash(const struct mmi_completion *completion);
void mmi_completion_print_zsh(const struct mmi_completion *completion);

#endif
