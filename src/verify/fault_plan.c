/* SPDX-License-Identifier: MIT */
/* Faults of a plan: chunks whose borders stand where they must not. */
#include <errno.h>
#include <string.h>

#include "verify/fault_parts.h"

/* What ended and began at the end of the fault's range does so at its start. */
int mmi_plan_move_border(const struct mmi_fault *fault, struct mmi_plan *plan)
{
	for (uint64_t i = 0; i < plan->nr_chunks; i++) {
		struct mmi_chunk *chunk = &plan->chunks[i];
		if (chunk->end_pfn == fault->end_pfn)
			chunk->end_pfn = fault->start_pfn;
		else if (chunk->start_pfn == fault->end_pfn)
			chunk->start_pfn = fault->start_pfn;
	}
	return 0;
}

/* The chunk that ended with this unit ends before it: nobody has it. */
int mmi_plan_drop_unit(const struct mmi_fault *fault, struct mmi_plan *plan)
{
	for (uint64_t i = 0; i < plan->nr_chunks; i++)
		if (plan->chunks[i].end_pfn == fault->end_pfn)
			plan->chunks[i].end_pfn = fault->start_pfn;
	return 0;
}

/* The chunk above this unit begins with it: two have it. */
int mmi_plan_share_unit(const struct mmi_fault *fault, struct mmi_plan *plan)
{
	for (uint64_t i = 0; i < plan->nr_chunks; i++)
		if (plan->chunks[i].start_pfn == fault->end_pfn)
			plan->chunks[i].start_pfn = fault->start_pfn;
	return 0;
}

/* One more early run.  -ENOMEM. */
static int add_early(struct mmi_plan *plan, struct mmi_pfn_range range)
{
	const struct mmi_platform *platform = plan->layout->machine->platform;
	const size_t size_bytes = plan->early_capacity * sizeof(*plan->early);
	struct mmi_pfn_range *early =
	    platform->ops->alloc(platform->ctx, size_bytes + sizeof(*early));

	if (!early)
		return -ENOMEM;
	memcpy(early, plan->early, plan->nr_early * sizeof(*early));
	platform->ops->free(platform->ctx, plan->early, size_bytes);
	plan->early = early;
	plan->early_capacity++;
	plan->early[plan->nr_early++] = range;
	return 0;
}

/* The chunk that ended with this unit ends before it: it is initialised before the workers. */
int mmi_plan_make_early(const struct mmi_fault *fault, struct mmi_plan *plan)
{
	const int ret = add_early(plan, (struct mmi_pfn_range){fault->start_pfn, fault->end_pfn});

	return ret ? ret : mmi_plan_drop_unit(fault, plan);
}
