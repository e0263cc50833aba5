/* SPDX-License-Identifier: MIT */
/* A machine made smaller, of the same shape. */
#ifndef TUNE_SCALED_H
#define TUNE_SCALED_H

#include "mminit/machine.h"

/*
 * A copy of @machine with every memory range cut down to @scale of its length (whole sections) from
 * its start, and of many ranges shorter than that all but some: each node keeps @scale of its memory,
 * and at least a section where it had as much.  Nodes, distances and reservations stay, and
 * kernelcore= and movablecore= are as large a part.  -ENOMEM.  The caller owns it.
 */
int mmi_machine_scale(const struct mmi_machine *machine, double scale, struct mmi_machine **scaled,
		      struct mmi_error *err);

#endif
