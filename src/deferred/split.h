/* SPDX-License-Identifier: MIT */
/* What Linux initialises early, and what it defers, on each node. */
#ifndef DEFERRED_SPLIT_H
#define DEFERRED_SPLIT_H

#include "mminit/deferred.h"

/*
 * Fills @splits, one for each node of the machine, by the rule of its Linux version: zones below
 * a node's highest whole; in the highest, up to the first section border before which a section's
 * worth of memory is initialised.  nr_held_back_pages is left 0.
 */
void mmi_splits_fill(struct mmi_node_split *splits, const struct mmi_layout *layout,
		     bool nothing_early);

#endif
