/* SPDX-License-Identifier: MIT */
/* What stands before a kernel message: times, levels, hosts, threads, quoting. */
#ifndef INPUT_LINE_PREFIX_H
#define INPUT_LINE_PREFIX_H

#include "input/scan.h"

/* Passes all prefixes, in whatever order they come, and blanks. */
void mmi_line_prefix_skip(struct mmi_scan *scan);

#endif
