/* SPDX-License-Identifier: MIT */
/* Where ZONE_MOVABLE begins on each node, from kernelcore= and movablecore=. */
#ifndef ZONE_MOVABLE_H
#define ZONE_MOVABLE_H

#include "mminit/zone.h"

/*
 * Fills movable_start_pfn of every node (0: none).  The layout's limits and node spans stand.
 * Linux 6.1's find_zone_movable_pfns_for_nodes, in facts: kernel memory is spread evenly over
 * the nodes, what a node lacks is taken from the others.
 */
void mmi_movable_place(struct mmi_layout *layout);

#endif
