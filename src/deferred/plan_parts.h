/* SPDX-License-Identifier: MIT */
/* What the files of the plan share: groups and who serves them. */
#ifndef DEFERRED_PLAN_PARTS_H
#define DEFERRED_PLAN_PARTS_H

#include "deferred/unit_runs.h"
#include "mminit/deferred.h"

/*
 * Makes a group of every node that owns deferred units, with its threads, server and chunk size;
 * counts held-back pages into the splits.  No chunks yet.
 */
void mmi_plan_fill_groups(struct mmi_plan *plan, const struct mmi_unit_runs *deferred);

/* Scales the groups' threads down together where the plan's parameters ask for fewer in all. */
void mmi_plan_limit_threads(struct mmi_plan *plan);

/* The group that owns the units of node @nid, or NULL. */
struct mmi_group *mmi_plan_group(const struct mmi_plan *plan, int nid);

#endif
