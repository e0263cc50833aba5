/* SPDX-License-Identifier: MIT */
/* Finds out whether standard output can show colours, and whether it may. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tool/style.h"

struct mmi_report_style mmi_tool_style(const struct mmi_options *options)
{
	const char *no_color = getenv("NO_COLOR");
	const char *term = getenv("TERM");
	const bool plain = (no_color && no_color[0]) || !term || !strcmp(term, "dumb");

	return (struct mmi_report_style){
	    .colour = !plain && isatty(STDOUT_FILENO),
	    .verbose = options->verbose,
	};
}
