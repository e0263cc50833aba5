/* SPDX-License-Identifier: MIT */
/* The plan that a kernel would make: its jobs, threads and chunks. */
#ifndef VERIFY_LINUX_PLAN_H
#define VERIFY_LINUX_PLAN_H

#include "deferred/linux_jobs.h"

/*
 * Makes the plan of @layout by @rules; of @params it takes the threads and the unit.  A group has
 * its node's memory only.  Where several nodes have deferred memory in a section, it is whole in a
 * chunk of the node whose page is the first; the others have chunks of less than a section, from
 * their first page in it to their last, which claim nothing.  As mmi_plan_init().
 */
int mmi_linux_plan_init(struct mmi_plan *plan, const struct mmi_linux_rules *rules,
			const struct mmi_layout *layout, const struct mmi_plan_params *params,
			struct mmi_error *err);

#endif
