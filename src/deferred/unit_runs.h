/* SPDX-License-Identifier: MIT */
/* Runs of units: which are deferred and whose, which are early. */
#ifndef DEFERRED_UNIT_RUNS_H
#define DEFERRED_UNIT_RUNS_H

#include "mminit/deferred.h"

/* Consecutive units with one owner; PFNs unit-aligned. */
struct mmi_unit_run {
	uint64_t start_pfn;
	uint64_t end_pfn;
	int nid;
};

struct mmi_unit_runs {
	struct mmi_unit_run *items;
	size_t nr;
	size_t capacity;
	const struct mmi_platform *platform;
};

/*
 * The units that hold a deferred page, with the node of their first present page; sorted.
 * @early gets the other units that hold memory.  -ENOMEM.
 */
int mmi_unit_runs_deferred(struct mmi_unit_runs *deferred, struct mmi_unit_runs *early,
			   const struct mmi_machine *machine, const struct mmi_node_split *splits,
			   uint64_t unit_pages);
void mmi_unit_runs_deinit(struct mmi_unit_runs *runs);

#endif
