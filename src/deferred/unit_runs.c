/* SPDX-License-Identifier: MIT */
/* Cuts a machine into units, deferred and early, and says who owns each. */
#include <errno.h>
#include <string.h>

#include "deferred/free_runs.h"
#include "deferred/unit_runs.h"

static int add_run(struct mmi_unit_runs *runs, uint64_t start_pfn, uint64_t end_pfn, int nid)
{
	const struct mmi_platform *platform = runs->platform;
	struct mmi_unit_run *last = runs->nr ? &runs->items[runs->nr - 1] : NULL;

	if (start_pfn >= end_pfn)
		return 0;
	if (last && last->end_pfn == start_pfn && last->nid == nid) {
		last->end_pfn = end_pfn;
		return 0;
	}
	if (runs->nr == runs->capacity) {
		const size_t capacity = runs->capacity ? runs->capacity * 2 : 32;
		struct mmi_unit_run *items =
		    platform->ops->alloc(platform->ctx, capacity * sizeof(*items));
		if (!items)
			return -ENOMEM;
		if (runs->nr)
			memcpy(items, runs->items, runs->nr * sizeof(*items));
		platform->ops->free(platform->ctx, runs->items, runs->capacity * sizeof(*items));
		runs->items = items;
		runs->capacity = capacity;
	}
	runs->items[runs->nr++] = (struct mmi_unit_run){start_pfn, end_pfn, nid};
	return 0;
}

/*
 * Adds the units of [start_pfn, end_pfn), memory of node @nid, from @done_pfn on.  Only the first
 * of them can begin with memory of another node.
 */
static int add_units(struct mmi_unit_runs *runs, const struct mmi_machine *machine,
		     uint64_t start_pfn, uint64_t end_pfn, int nid, uint64_t unit_pages,
		     uint64_t *done_pfn)
{
	uint64_t start = mmi_align_down(start_pfn, unit_pages);
	const uint64_t end = mmi_align_up(end_pfn, unit_pages);
	int ret = 0;

	if (start < *done_pfn)
		start = *done_pfn;
	if (start < start_pfn) {
		ret = add_run(runs, start, start + unit_pages,
			      machine->memory[mmi_memory_find(machine, start)].nid);
		start += unit_pages;
	}
	if (!ret)
		ret = add_run(runs, start, end, nid);
	*done_pfn = end;
	return ret;
}

/* All units with memory that are not in @deferred. */
static int add_early(struct mmi_unit_runs *early, const struct mmi_unit_runs *deferred,
		     const struct mmi_machine *machine, uint64_t unit_pages)
{
	struct mmi_unit_runs all = {.platform = early->platform};
	uint64_t done_pfn = 0;
	size_t next = 0;
	int ret = 0;

	for (size_t i = 0; !ret && i < machine->nr_memory; i++) {
		const struct mmi_mem_range *range = &machine->memory[i];
		ret = add_units(&all, machine, range->start_pfn, range->end_pfn, range->nid,
				unit_pages, &done_pfn);
	}
	for (size_t i = 0; !ret && i < all.nr; i++) {
		uint64_t pfn = all.items[i].start_pfn;
		while (!ret && pfn < all.items[i].end_pfn) {
			while (next < deferred->nr && deferred->items[next].end_pfn <= pfn)
				next++;
			const struct mmi_unit_run *d =
			    next < deferred->nr ? &deferred->items[next] : NULL;
			uint64_t end = all.items[i].end_pfn;
			if (d && d->start_pfn <= pfn) {
				pfn = d->end_pfn;
				continue;
			}
			if (d && d->start_pfn < end)
				end = d->start_pfn;
			ret = add_run(early, pfn, end, all.items[i].nid);
			pfn = end;
		}
	}
	mmi_unit_runs_deinit(&all);
	return ret;
}

int mmi_unit_runs_deferred(struct mmi_unit_runs *deferred, struct mmi_unit_runs *early,
			   const struct mmi_machine *machine, const struct mmi_node_split *splits,
			   uint64_t unit_pages)
{
	uint64_t done_pfn = 0;
	int ret = 0;

	*deferred = (struct mmi_unit_runs){.platform = machine->platform};
	for (size_t i = 0; !ret && i < machine->nr_memory; i++) {
		const struct mmi_mem_range *range = &machine->memory[i];
		const struct mmi_node_split *split =
		    &splits[mmi_machine_node_index(machine, range->nid)];
		if (!split->has_deferred || range->end_pfn <= split->first_deferred_pfn)
			continue;
		const uint64_t start = range->start_pfn > split->first_deferred_pfn
					   ? range->start_pfn
					   : split->first_deferred_pfn;
		ret = add_units(deferred, machine, start, range->end_pfn, range->nid, unit_pages,
				&done_pfn);
	}
	*early = (struct mmi_unit_runs){.platform = machine->platform};
	if (!ret)
		ret = add_early(early, deferred, machine, unit_pages);
	return ret;
}

void mmi_unit_runs_deinit(struct mmi_unit_runs *runs)
{
	if (runs->items)
		runs->platform->ops->free(runs->platform->ctx, runs->items,
					  runs->capacity * sizeof(*runs->items));
}
