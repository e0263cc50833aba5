/* SPDX-License-Identifier: MIT */
/* The order in which Linux counts memory that comes and goes. */
#include "hotplug/recount.h"

static uint64_t zone_end_pfn(const struct mmi_zone_counts *zone)
{
	return zone->start_pfn + zone->nr_spanned_pages;
}

static bool intersects(const struct mmi_zone_counts *zone, uint64_t start_pfn, uint64_t end_pfn)
{
	return zone->nr_spanned_pages && zone->start_pfn < end_pfn &&
	       start_pfn < zone_end_pfn(zone);
}

/* The lowest kernel zone whose span the range touches, else NORMAL. */
static enum mmi_zone_type kernel_zone(const struct mmi_node_counts *node, uint64_t start_pfn,
				      uint64_t end_pfn)
{
	for (int z = 0; z < MMI_ZONE_NORMAL; z++)
		if (intersects(&node->zones[z], start_pfn, end_pfn))
			return z;
	return MMI_ZONE_NORMAL;
}

enum mmi_zone_type mmi_online_zone(const struct mmi_mem_counts *counts, size_t node,
				   uint64_t start_pfn, uint64_t end_pfn, enum mmi_online_type type)
{
	const struct mmi_zone_counts *zones = counts->nodes[node].zones;
	const enum mmi_zone_type kernel = kernel_zone(&counts->nodes[node], start_pfn, end_pfn);
	const bool in_kernel = intersects(&zones[kernel], start_pfn, end_pfn);
	const bool in_movable = intersects(&zones[MMI_ZONE_MOVABLE], start_pfn, end_pfn);

	if (type == MMI_ONLINE_MOVABLE)
		return MMI_ZONE_MOVABLE;
	if (type == MMI_ONLINE_KERNEL)
		return kernel;
	/* Without a wish a range inside one of the two alone goes there. */
	if (in_kernel != in_movable)
		return in_movable ? MMI_ZONE_MOVABLE : kernel;
	return counts->movable_node ? MMI_ZONE_MOVABLE : kernel;
}

unsigned mmi_online_zones(const struct mmi_mem_counts *counts, size_t node, uint64_t start_pfn,
			  uint64_t end_pfn, enum mmi_zone_type zones[MMI_VALID_ZONES])
{
	static const enum mmi_online_type wishes[] = {MMI_ONLINE_KERNEL, MMI_ONLINE_MOVABLE};
	unsigned nr = 0;

	zones[nr++] = mmi_online_zone(counts, node, start_pfn, end_pfn, MMI_ONLINE);
	for (unsigned i = 0; i < sizeof(wishes) / sizeof(wishes[0]); i++) {
		const enum mmi_zone_type zone =
		    mmi_online_zone(counts, node, start_pfn, end_pfn, wishes[i]);
		if (zone != zones[0])
			zones[nr++] = zone;
	}
	return nr;
}

void mmi_span_grow(struct mmi_zone_counts *zone, uint64_t start_pfn, uint64_t end_pfn)
{
	const uint64_t old_end = zone_end_pfn(zone);

	if (!zone->nr_spanned_pages || start_pfn < zone->start_pfn)
		zone->start_pfn = start_pfn;
	zone->nr_spanned_pages = (end_pfn > old_end ? end_pfn : old_end) - zone->start_pfn;
}

static uint64_t smaller(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* Where what is left of the zone in [pfn, end_pfn) begins; end_pfn: nothing is. */
static uint64_t first_left(const struct mmi_recount *r, uint64_t pfn, uint64_t end_pfn)
{
	const uint64_t sub_pages = mmi_subsection_pages(&r->counts->geometry);

	while ((pfn = mmi_block_table_next_pfn(r->blocks, pfn)) < end_pfn) {
		const uint64_t sub_end = smaller(pfn + sub_pages, end_pfn);
		if (r->ops->is_in_zone(r->user, pfn, sub_end))
			return pfn;
		pfn = sub_end;
	}
	return end_pfn;
}

/* Where it ends in [start_pfn, pfn); start_pfn: nothing is. */
static uint64_t last_left(const struct mmi_recount *r, uint64_t start_pfn, uint64_t pfn)
{
	const uint64_t sub_pages = mmi_subsection_pages(&r->counts->geometry);

	while ((pfn = mmi_block_table_prev_pfn(r->blocks, pfn)) > start_pfn) {
		const uint64_t sub = pfn - start_pfn > sub_pages ? pfn - sub_pages : start_pfn;
		if (r->ops->is_in_zone(r->user, sub, pfn))
			return pfn;
		pfn = sub;
	}
	return start_pfn;
}

/*
 * A span shrinks only at an end, to the next subsection that is still in the zone.  Linux looks at
 * one page of each; where zones share a subsection that would cut pages off, so all are looked at.
 */
static void shrink_span(const struct mmi_recount *r, struct mmi_zone_counts *zone)
{
	uint64_t start_pfn = zone->start_pfn, end_pfn = zone_end_pfn(zone);

	if (start_pfn == r->start_pfn)
		start_pfn = first_left(r, r->end_pfn, end_pfn);
	else if (end_pfn == r->end_pfn)
		end_pfn = last_left(r, start_pfn, r->start_pfn);
	zone->nr_spanned_pages = end_pfn - start_pfn;
	zone->start_pfn = zone->nr_spanned_pages ? start_pfn : 0;
}

/* From 7.x on protection follows managed pages at once. */
static void managed_changed(struct mmi_mem_counts *counts)
{
	if (counts->version >= MMI_LINUX_7_X)
		mmi_protection_set(counts);
}

int mmi_recount_online(const struct mmi_recount *r)
{
	struct mmi_node_counts *node = &r->counts->nodes[r->node];
	struct mmi_zone_counts *zone = &node->zones[r->zone];
	const bool was_populated = zone->nr_present_pages > 0;
	int ret = 0;

	mmi_span_grow(zone, r->start_pfn, r->end_pfn);
	zone->nr_managed_pages += r->nr_managed_pages;
	managed_changed(r->counts);
	zone->nr_present_pages += r->end_pfn - r->start_pfn;
	node->has_memory = true;
	if (!was_populated)
		ret = r->ops->rebuild(r->user);
	if (ret)
		return ret;
	if (r->ops->release)
		r->ops->release(r->user);
	mmi_figures_set(r->counts);
	return 0;
}

static bool has_present_pages(const struct mmi_node_counts *node)
{
	for (int z = 0; z < MMI_NR_ZONES; z++)
		if (node->zones[z].nr_present_pages)
			return true;
	return false;
}

int mmi_recount_offline(const struct mmi_recount *r)
{
	struct mmi_node_counts *node = &r->counts->nodes[r->node];
	struct mmi_zone_counts *zone = &node->zones[r->zone];
	int ret = 0;

	zone->nr_managed_pages -= r->nr_managed_pages;
	managed_changed(r->counts);
	zone->nr_present_pages -= r->end_pfn - r->start_pfn;
	if (r->counts->version >= MMI_LINUX_6_12)
		node->has_memory = has_present_pages(node);
	mmi_figures_set(r->counts);
	if (!zone->nr_present_pages)
		ret = r->ops->rebuild(r->user);
	if (ret)
		return ret;
	node->has_memory = has_present_pages(node);
	shrink_span(r, zone);
	return 0;
}
