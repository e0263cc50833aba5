/* SPDX-License-Identifier: MIT */
/*
 * Which PFNs belong to which zone: arithmetic over a machine, no memory touched.
 *
 * A zone type has limits for the whole machine; a zone of a node is the node's span clamped to
 * them and then cut by ZONE_MOVABLE.
 */
#include <errno.h>

#include "machine/minmax.h"
#include "zone/movable.h"

static bool arch_has(const struct mmi_geometry *g, enum mmi_zone_type type)
{
	return g->zone_mask >> type & 1;
}

/* Where a zone type ends by the architecture; the top one takes the rest. */
static uint64_t arch_zone_end(const struct mmi_geometry *g, enum mmi_zone_type type, uint64_t end)
{
	const bool is_top = type == MMI_ZONE_NORMAL || !arch_has(g, MMI_ZONE_NORMAL);

	if (is_top)
		return end;
	const uint64_t limit = type == MMI_ZONE_DMA ? g->dma_end_pfn : g->dma32_end_pfn;
	return limit < end ? limit : end;
}

static void fill_limits(struct mmi_layout *layout)
{
	const struct mmi_machine *machine = layout->machine;
	const uint64_t end = machine->memory[machine->nr_memory - 1].end_pfn;
	uint64_t start = machine->memory[0].start_pfn;

	for (int z = MMI_ZONE_DMA; z <= MMI_ZONE_NORMAL; z++) {
		uint64_t zone_end = start;
		if (arch_has(&machine->geometry, z))
			zone_end = arch_zone_end(&machine->geometry, z, end);
		if (zone_end < start)
			zone_end = start;
		layout->zone_start_pfn[z] = start;
		layout->zone_end_pfn[z] = zone_end;
		if (zone_end > start)
			layout->movable_zone = z;
		start = zone_end;
	}
	layout->zone_start_pfn[MMI_ZONE_MOVABLE] = layout->zone_start_pfn[layout->movable_zone];
	layout->zone_end_pfn[MMI_ZONE_MOVABLE] = layout->zone_end_pfn[layout->movable_zone];
}

static void fill_node_spans(struct mmi_layout *layout)
{
	const struct mmi_machine *machine = layout->machine;

	for (size_t i = 0; i < machine->nr_nodes; i++)
		layout->nodes[i].nid = machine->nodes[i].nid;
	for (size_t i = 0; i < machine->nr_memory; i++) {
		const struct mmi_mem_range *range = &machine->memory[i];
		struct mmi_node_layout *node =
		    &layout->nodes[mmi_machine_node_index(machine, range->nid)];
		if (!node->end_pfn)
			node->start_pfn = range->start_pfn;
		node->end_pfn = range->end_pfn;
	}
}

static struct mmi_zone_span clamp_zone(const struct mmi_layout *layout,
				       const struct mmi_node_layout *node, enum mmi_zone_type type)
{
	struct mmi_zone_span span = {.start_pfn = layout->zone_start_pfn[type],
				     .end_pfn = layout->zone_end_pfn[type]};
	const uint64_t movable = node->movable_start_pfn;

	if (type == MMI_ZONE_MOVABLE && !movable)
		return (struct mmi_zone_span){0};
	if (span.start_pfn < node->start_pfn)
		span.start_pfn = node->start_pfn;
	if (span.end_pfn > node->end_pfn)
		span.end_pfn = node->end_pfn;
	if (type == MMI_ZONE_MOVABLE)
		span.start_pfn = movable;
	else if (movable && span.end_pfn > movable)
		span.end_pfn = movable;
	return span.start_pfn < span.end_pfn ? span : (struct mmi_zone_span){0};
}

static void add_present(struct mmi_node_layout *node, const struct mmi_mem_range *range)
{
	for (int z = 0; z < MMI_NR_ZONES; z++) {
		struct mmi_zone_span *zone = &node->zones[z];
		zone->nr_present_pages += mmi_excess(mmi_smaller(range->end_pfn, zone->end_pfn),
						     mmi_larger(range->start_pfn, zone->start_pfn));
	}
}

int mmi_layout_init(struct mmi_layout *layout, const struct mmi_machine *machine,
		    struct mmi_error *err)
{
	const struct mmi_platform *platform = machine->platform;

	*layout = (struct mmi_layout){.machine = machine};
	layout->nodes =
	    platform->ops->alloc(platform->ctx, machine->nr_nodes * sizeof(*layout->nodes));
	if (!layout->nodes)
		return mmi_error_set(err, -ENOMEM, "no memory for the layout of %zu nodes",
				     machine->nr_nodes);
	fill_limits(layout);
	fill_node_spans(layout);
	mmi_movable_place(layout);
	for (size_t i = 0; i < machine->nr_nodes; i++)
		for (int z = 0; z < MMI_NR_ZONES; z++)
			layout->nodes[i].zones[z] = clamp_zone(layout, &layout->nodes[i], z);
	for (size_t i = 0; i < machine->nr_memory; i++)
		add_present(&layout->nodes[mmi_machine_node_index(machine, machine->memory[i].nid)],
			    &machine->memory[i]);
	return mmi_layout_check(layout, err);
}

void mmi_layout_deinit(struct mmi_layout *layout)
{
	if (!layout->nodes)
		return;
	const struct mmi_platform *platform = layout->machine->platform;
	platform->ops->free(platform->ctx, layout->nodes,
			    layout->machine->nr_nodes * sizeof(*layout->nodes));
	layout->nodes = NULL;
}

int mmi_layout_check(const struct mmi_layout *layout, struct mmi_error *err)
{
	uint64_t nr_present_pages = 0;

	for (size_t i = 0; i < layout->machine->nr_nodes; i++) {
		for (int z = 0; z < MMI_NR_ZONES; z++) {
			const struct mmi_zone_span *zone = &layout->nodes[i].zones[z];
			if (zone->end_pfn - zone->start_pfn < zone->nr_present_pages)
				return mmi_error_set(err, -EINVAL,
						     "node %d zone %s: present above spanned",
						     layout->nodes[i].nid, mmi_zone_type_name(z));
			nr_present_pages += zone->nr_present_pages;
		}
	}
	if (nr_present_pages != layout->machine->nr_present_pages)
		return mmi_error_set(err, -EINVAL,
				     "zones hold %llu present pages, the machine %llu",
				     (unsigned long long)nr_present_pages,
				     (unsigned long long)layout->machine->nr_present_pages);
	return 0;
}

enum mmi_zone_type mmi_layout_zone(const struct mmi_layout *layout, size_t node, uint64_t pfn)
{
	const struct mmi_node_layout *n = &layout->nodes[node];

	for (int z = 0; z < MMI_NR_ZONES; z++)
		if (pfn >= n->zones[z].start_pfn && pfn < n->zones[z].end_pfn)
			return z;
	return layout->movable_zone;
}
