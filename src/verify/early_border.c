/* SPDX-License-Identifier: MIT */
/*
 * Counts early pages from section border to section border, range after range, upwards.
 *
 * The count belongs to the walk and not to a node: it starts anew when the zone at hand ends
 * elsewhere than the last one did, for which versions before 6.12 look at every zone, later ones at
 * highest zones that have nothing deferred yet.
 */
#include "verify/early_border.h"

#include "mminit/zone.h"

struct count {
	const struct mmi_machine *machine;
	uint64_t section_pages;
	uint64_t zone_end_pfn; /* of the zone that is counted in */
	uint64_t nr_pages;
};

static uint64_t smaller(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* The end of the node's zone that holds @pfn. */
static uint64_t zone_end(const struct mmi_geometry *g, const struct mmi_node_border *node,
			 uint64_t pfn)
{
	const bool has_normal = g->zone_mask >> MMI_ZONE_NORMAL & 1;
	uint64_t end_pfn = node->end_pfn;

	if (node->movable_start_pfn && pfn >= node->movable_start_pfn)
		return end_pfn;
	if (node->movable_start_pfn)
		end_pfn = smaller(end_pfn, node->movable_start_pfn);
	if (has_normal && g->zone_mask >> MMI_ZONE_DMA & 1 && pfn < g->dma_end_pfn)
		return smaller(end_pfn, g->dma_end_pfn);
	if (has_normal && g->zone_mask >> MMI_ZONE_DMA32 & 1 && pfn < g->dma32_end_pfn)
		return smaller(end_pfn, g->dma32_end_pfn);
	return end_pfn;
}

static void begin_zone(struct count *c, uint64_t zone_end_pfn)
{
	if (c->zone_end_pfn == zone_end_pfn)
		return;
	c->zone_end_pfn = zone_end_pfn;
	c->nr_pages = 0;
}

/* Counts [start_pfn, end_pfn) of the node's highest zone, up to the border if that lies in it. */
static void count_pages(struct count *c, struct mmi_node_border *node, uint64_t start_pfn,
			uint64_t end_pfn)
{
	uint64_t pfn = start_pfn;

	while (pfn < end_pfn) {
		if (pfn % c->section_pages == 0 && c->nr_pages >= c->section_pages) {
			node->first_deferred_pfn = pfn;
			return;
		}
		const uint64_t next =
		    smaller(end_pfn, (pfn / c->section_pages + 1) * c->section_pages);
		c->nr_pages += next - pfn;
		pfn = next;
	}
}

static void count_range(struct count *c, const struct mmi_mem_range *range,
			struct mmi_node_border *node)
{
	for (uint64_t pfn = range->start_pfn, end; pfn < range->end_pfn; pfn = end) {
		const uint64_t zone = zone_end(&c->machine->geometry, node, pfn);
		const bool counts =
		    zone == node->end_pfn && node->first_deferred_pfn == MMI_NOTHING_DEFERRED;
		end = smaller(zone, range->end_pfn);
		if (counts || c->machine->linux_version < MMI_LINUX_6_12)
			begin_zone(c, zone);
		if (counts)
			count_pages(c, node, pfn, end);
	}
}

void mmi_early_borders(const struct mmi_machine *machine, struct mmi_node_border *nodes)
{
	const struct mmi_geometry *g = &machine->geometry;
	struct count c = {.machine = machine,
			  .section_pages = 1ull << (g->section_shift - g->page_shift)};

	for (size_t i = 0; i < MMI_MAX_NODES; i++)
		nodes[i].first_deferred_pfn = MMI_NOTHING_DEFERRED;
	for (size_t i = 0; i < machine->nr_memory; i++) /* upwards: the last of each node stays */
		nodes[machine->memory[i].nid].end_pfn = machine->memory[i].end_pfn;
	for (size_t i = 0; i < machine->nr_memory; i++)
		count_range(&c, &machine->memory[i], &nodes[machine->memory[i].nid]);
}
