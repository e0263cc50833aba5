/* SPDX-License-Identifier: MIT */
/* Asserts the invariants of a plan that stand in deferred.h. */
#include <errno.h>

#include "deferred/plan_parts.h"

static int check_group(const struct mmi_plan *plan, const struct mmi_group *group,
		       struct mmi_error *err)
{
	uint32_t first_unit = 0;
	uint64_t previous_end = 0;

	for (uint64_t i = group->first_chunk; i < group->first_chunk + group->nr_chunks; i++) {
		const struct mmi_chunk *chunk = &plan->chunks[i];
		if ((chunk->start_pfn | chunk->end_pfn) & (plan->unit_pages - 1) ||
		    chunk->start_pfn >= chunk->end_pfn || chunk->start_pfn < previous_end)
			return mmi_error_set(err, -EINVAL,
					     "node %d chunk %llu: PFNs 0x%llx-0x%llx: sorted, "
					     "disjoint and aligned to 0x%llx expected",
					     group->nid, (unsigned long long)i,
					     (unsigned long long)chunk->start_pfn,
					     (unsigned long long)chunk->end_pfn,
					     (unsigned long long)plan->unit_pages);
		if (chunk->first_unit != first_unit ||
		    chunk->nr_units != (chunk->end_pfn - chunk->start_pfn) / plan->unit_pages)
			return mmi_error_set(err, -EINVAL, "node %d chunk %llu: units miscounted",
					     group->nid, (unsigned long long)i);
		first_unit += chunk->nr_units;
		previous_end = chunk->end_pfn;
	}
	if (first_unit != group->nr_units)
		return mmi_error_set(err, -EINVAL, "node %d: %u units in chunks, %u in the group",
				     group->nid, first_unit, group->nr_units);
	return 0;
}

/* Pages of memory in the chunk's range. */
static uint64_t present_in(const struct mmi_machine *machine, const struct mmi_chunk *chunk)
{
	uint64_t nr_pages = 0;

	for (size_t i = 0; i < machine->nr_memory; i++) {
		const struct mmi_mem_range *range = &machine->memory[i];
		const uint64_t start =
		    range->start_pfn > chunk->start_pfn ? range->start_pfn : chunk->start_pfn;
		const uint64_t end =
		    range->end_pfn < chunk->end_pfn ? range->end_pfn : chunk->end_pfn;
		nr_pages += start < end ? end - start : 0;
	}
	return nr_pages;
}

int mmi_plan_check(const struct mmi_plan *plan, struct mmi_error *err)
{
	const struct mmi_machine *machine = plan->layout->machine;
	uint64_t nr_expected = 0, nr_pages = 0;

	for (size_t i = 0; i < plan->nr_groups; i++) {
		const int ret = check_group(plan, &plan->groups[i], err);
		if (ret)
			return ret;
	}
	for (size_t i = 0; i < machine->nr_nodes; i++)
		nr_expected +=
		    plan->splits[i].nr_deferred_pages + plan->splits[i].nr_held_back_pages;
	for (uint64_t i = 0; i < plan->nr_chunks; i++)
		nr_pages += present_in(machine, &plan->chunks[i]);
	if (nr_pages != nr_expected)
		return mmi_error_set(
		    err, -EINVAL, "chunks hold %llu present pages, deferred and held back are %llu",
		    (unsigned long long)nr_pages, (unsigned long long)nr_expected);
	return 0;
}
