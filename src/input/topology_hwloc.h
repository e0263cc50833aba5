/* SPDX-License-Identifier: MIT */
/* Nodes, CPUs and distances of the machine that this process runs on, as hwloc sees them. */
#ifndef INPUT_TOPOLOGY_HWLOC_H
#define INPUT_TOPOLOGY_HWLOC_H

#include "input/draft.h"

/* Fills nodes, CPUs and distances of @draft.  -ENOMEM, or -ENOSYS where hwloc fails. */
int mmi_topology_hwloc_read(struct mmi_draft *draft, struct mmi_error *err);

#endif
