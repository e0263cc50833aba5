/* SPDX-License-Identifier: MIT */
/*
 * Where what is early ends on each node, by the rule of the machine's Linux version: zones below a
 * node's highest are early; that one is until, at a section border, a section's worth of pages has
 * been counted.
 *
 * Worked out once more for invariant 5: like the reference of 9 it reads the arrays of struct
 * mmi_machine and shares no code with the plan that is judged.
 */
#ifndef VERIFY_EARLY_BORDER_H
#define VERIFY_EARLY_BORDER_H

#include "mminit/machine.h"

#define MMI_NOTHING_DEFERRED UINT64_MAX

struct mmi_node_border {
	uint64_t movable_start_pfn; /* 0: no ZONE_MOVABLE.  The caller's */
	uint64_t end_pfn;
	uint64_t first_deferred_pfn; /* or MMI_NOTHING_DEFERRED */
	uint64_t nr_deferred_pages;  /* the caller's to count */
};

/* Fills the ends and borders of @nodes, MMI_MAX_NODES of them, zeroed, by nid. */
void mmi_early_borders(const struct mmi_machine *machine, struct mmi_node_border *nodes);

#endif
