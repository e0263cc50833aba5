/* SPDX-License-Identifier: MIT */
/* Nodes, CPUs and distances of a topology, as hwloc sees it. */
#ifndef INPUT_TOPOLOGY_HWLOC_H
#define INPUT_TOPOLOGY_HWLOC_H

#include <hwloc.h>

#include "input/draft.h"

/* Fills nodes, CPUs and distances of @draft.  -ENOMEM; -EINVAL: what no machine can have. */
int mmi_topology_read(hwloc_topology_t topology, struct mmi_draft *draft, struct mmi_error *err);

/* The same of the machine that this process runs on; -ENOSYS where hwloc fails. */
int mmi_topology_read_host(struct mmi_draft *draft, struct mmi_error *err);

#endif
