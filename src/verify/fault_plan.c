/* SPDX-License-Identifier: MIT */
/* Faults of a plan: chunks whose borders stand where they must not. */
#include "verify/fault_parts.h"

/* What ended and began at the end of the fault's range does so at its start. */
void mmi_plan_move_border(const struct mmi_fault *fault, struct mmi_plan *plan)
{
	for (uint64_t i = 0; i < plan->nr_chunks; i++) {
		struct mmi_chunk *chunk = &plan->chunks[i];
		if (chunk->end_pfn == fault->end_pfn)
			chunk->end_pfn = fault->start_pfn;
		else if (chunk->start_pfn == fault->end_pfn)
			chunk->start_pfn = fault->start_pfn;
	}
}

/* The chunk that ended with this unit ends before it: nobody has it. */
void mmi_plan_drop_unit(const struct mmi_fault *fault, struct mmi_plan *plan)
{
	for (uint64_t i = 0; i < plan->nr_chunks; i++)
		if (plan->chunks[i].end_pfn == fault->end_pfn)
			plan->chunks[i].end_pfn = fault->start_pfn;
}

/* The chunk above this unit begins with it: two have it. */
void mmi_plan_share_unit(const struct mmi_fault *fault, struct mmi_plan *plan)
{
	for (uint64_t i = 0; i < plan->nr_chunks; i++)
		if (plan->chunks[i].start_pfn == fault->end_pfn)
			plan->chunks[i].start_pfn = fault->start_pfn;
}
