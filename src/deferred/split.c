/* SPDX-License-Identifier: MIT */
/*
 * The early and the deferred part of each node.
 *
 * Linux walks memory ranges in address order, and the zones inside each; a counter of pages
 * initialised starts anew whenever the end of the zone changes.  That restart is part of the rule:
 * with interleaved nodes it decides where the border lies.
 */
#include "deferred/split.h"

struct walk {
	const struct mmi_layout *layout;
	struct mmi_node_split *splits;
	uint64_t zone_end_pfn; /* of the zone walked last */
	uint64_t nr_counted;   /* pages initialised since that changed */
};

/* 6.12 and later restart the counter only where it is used. */
static bool restarts_at_every_zone(enum mmi_linux_version version)
{
	return version < MMI_LINUX_6_12;
}

static void restart_at(struct walk *w, uint64_t zone_end_pfn)
{
	if (w->zone_end_pfn != zone_end_pfn) {
		w->zone_end_pfn = zone_end_pfn;
		w->nr_counted = 0;
	}
}

/* One piece of memory inside one zone. */
static void walk_piece(struct walk *w, size_t node, uint64_t start_pfn, uint64_t end_pfn,
		       uint64_t zone_end_pfn)
{
	const struct mmi_machine *machine = w->layout->machine;
	const uint64_t section_pages = mmi_section_pages(&machine->geometry);
	struct mmi_node_split *split = &w->splits[node];

	if (restarts_at_every_zone(machine->linux_version))
		restart_at(w, zone_end_pfn);
	if (zone_end_pfn < w->layout->nodes[node].end_pfn || split->has_deferred)
		return;
	restart_at(w, zone_end_pfn);
	const uint64_t nr_missing =
	    section_pages > w->nr_counted ? section_pages - w->nr_counted : 0;
	const uint64_t border = mmi_align_up(start_pfn + nr_missing, section_pages);
	if (border < end_pfn) {
		split->has_deferred = true;
		split->first_deferred_pfn = border;
	}
	w->nr_counted += end_pfn - start_pfn;
}

static void walk_range(struct walk *w, const struct mmi_mem_range *range)
{
	const size_t node = (size_t)mmi_machine_node_index(w->layout->machine, range->nid);

	for (int z = 0; z < MMI_NR_ZONES; z++) {
		const struct mmi_zone_span *zone = &w->layout->nodes[node].zones[z];
		const uint64_t start =
		    range->start_pfn > zone->start_pfn ? range->start_pfn : zone->start_pfn;
		const uint64_t end =
		    range->end_pfn < zone->end_pfn ? range->end_pfn : zone->end_pfn;
		if (start < end)
			walk_piece(w, node, start, end, zone->end_pfn);
	}
}

static void count_pages(struct mmi_node_split *splits, const struct mmi_machine *machine)
{
	for (size_t i = 0; i < machine->nr_memory; i++) {
		const struct mmi_mem_range *range = &machine->memory[i];
		struct mmi_node_split *split = &splits[mmi_machine_node_index(machine, range->nid)];
		uint64_t border = split->has_deferred ? split->first_deferred_pfn : range->end_pfn;

		if (border < range->start_pfn)
			border = range->start_pfn;
		if (border > range->end_pfn)
			border = range->end_pfn;
		split->nr_early_pages += border - range->start_pfn;
		split->nr_deferred_pages += range->end_pfn - border;
	}
}

void mmi_splits_fill(struct mmi_node_split *splits, const struct mmi_layout *layout,
		     bool nothing_early)
{
	const struct mmi_machine *machine = layout->machine;
	struct walk w = {.layout = layout, .splits = splits};

	for (size_t i = 0; i < machine->nr_nodes; i++) {
		splits[i] = (struct mmi_node_split){.nid = machine->nodes[i].nid};
		if (nothing_early && machine->nodes[i].nr_present_pages) {
			splits[i].has_deferred = true;
			splits[i].first_deferred_pfn = layout->nodes[i].start_pfn;
		}
	}
	for (size_t i = 0; i < machine->nr_memory; i++)
		walk_range(&w, &machine->memory[i]);
	count_pages(splits, machine);
}
