/* SPDX-License-Identifier: MIT */
/* How what the tool prints is to look. */
#ifndef TOOL_STYLE_H
#define TOOL_STYLE_H

#include "tool/options.h"

/* Colour on a terminal only, and not with NO_COLOR. */
struct mmi_report_style mmi_tool_style(const struct mmi_options *options);

#endif
