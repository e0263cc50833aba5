/* SPDX-License-Identifier: MIT */
/* Walks over free memory, range by range. */
#include "deferred/free_runs.h"

size_t mmi_memory_find(const struct mmi_machine *machine, uint64_t pfn)
{
	size_t low = 0, high = machine->nr_memory;

	while (low < high) {
		const size_t middle = (low + high) / 2;
		if (machine->memory[middle].end_pfn <= pfn)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

size_t mmi_reserved_find(const struct mmi_machine *machine, uint64_t pfn)
{
	size_t low = 0, high = machine->nr_reserved;

	while (low < high) {
		const size_t middle = (low + high) / 2;
		if (machine->reserved[middle].end_pfn <= pfn)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

uint64_t mmi_memory_count_sections(const struct mmi_machine *machine)
{
	const uint64_t section_pages = mmi_section_pages(&machine->geometry);
	uint64_t nr_pages = 0;

	for (size_t i = 0; i < machine->nr_memory; i++)
		nr_pages += mmi_align_up(machine->memory[i].end_pfn, section_pages) -
			    mmi_align_down(machine->memory[i].start_pfn, section_pages);
	return nr_pages / section_pages;
}

bool mmi_split_defers(const struct mmi_node_split *splits, size_t node, uint64_t pfn)
{
	return splits[node].has_deferred && pfn >= splits[node].first_deferred_pfn;
}

void mmi_free_runs_init(struct mmi_free_runs *runs, const struct mmi_layout *layout,
			const struct mmi_node_split *splits, uint64_t start_pfn)
{
	*runs = (struct mmi_free_runs){
	    .layout = layout,
	    .splits = splits,
	    .range = mmi_memory_find(layout->machine, start_pfn),
	    .reserved = mmi_reserved_find(layout->machine, start_pfn),
	    .pfn = start_pfn,
	};
}

/* Moves pfn to the next free page of the range at hand; false: none is left in it. */
static bool skip_reserved(struct mmi_free_runs *runs, const struct mmi_mem_range *range)
{
	const struct mmi_machine *machine = runs->layout->machine;

	if (runs->pfn < range->start_pfn)
		runs->pfn = range->start_pfn;
	if (range->flags & MMI_MEM_NOMAP)
		return false;
	for (; runs->reserved < machine->nr_reserved; runs->reserved++) {
		const struct mmi_pfn_range *reserved = &machine->reserved[runs->reserved];
		if (reserved->start_pfn > runs->pfn)
			break;
		if (reserved->end_pfn > runs->pfn)
			runs->pfn = reserved->end_pfn;
	}
	return runs->pfn < range->end_pfn;
}

/* Where the run that begins at pfn ends: at the next reservation, zone or deferred part. */
static uint64_t run_end(const struct mmi_free_runs *runs, const struct mmi_mem_range *range,
			size_t node, enum mmi_zone_type zone)
{
	const struct mmi_machine *machine = runs->layout->machine;
	const struct mmi_node_split *split = &runs->splits[node];
	const uint64_t borders[] = {
	    runs->reserved < machine->nr_reserved ? machine->reserved[runs->reserved].start_pfn : 0,
	    runs->layout->nodes[node].zones[zone].end_pfn,
	    split->has_deferred ? split->first_deferred_pfn : 0,
	};
	uint64_t end_pfn = range->end_pfn;

	for (size_t i = 0; i < sizeof(borders) / sizeof(borders[0]); i++)
		if (borders[i] > runs->pfn && borders[i] < end_pfn)
			end_pfn = borders[i];
	return end_pfn;
}

bool mmi_free_runs_next(struct mmi_free_runs *runs, struct mmi_free_run *run)
{
	const struct mmi_machine *machine = runs->layout->machine;

	while (runs->range < machine->nr_memory &&
	       !skip_reserved(runs, &machine->memory[runs->range]))
		runs->range++;
	if (runs->range == machine->nr_memory)
		return false;
	const struct mmi_mem_range *range = &machine->memory[runs->range];
	const size_t node = (size_t)mmi_machine_node_index(machine, range->nid);
	const enum mmi_zone_type zone = mmi_layout_zone(runs->layout, node, runs->pfn);
	*run = (struct mmi_free_run){
	    .start_pfn = runs->pfn,
	    .end_pfn = run_end(runs, range, node, zone),
	    .node = node,
	    .nid = range->nid,
	    .zone = zone,
	    .is_deferred = mmi_split_defers(runs->splits, node, runs->pfn),
	};
	runs->pfn = run->end_pfn;
	return true;
}
