/* SPDX-License-Identifier: MIT */
/*
 * Invariant 6: the counters of a zone against its lists, and both against the struct pages.
 *
 * Three counts are made of each zone: what its free lists hold, what the struct pages say is free,
 * and what is neither free nor reserved, which is allocated.  All must agree with the counters.
 */
#include <errno.h>
#include <stdlib.h>

#include "hotplug/hotplug_parts.h"
#include "verify/examination.h"
#include "verify/struct_pages.h"

/* What was found of one zone. */
struct tally {
	uint64_t nr_listed[MMI_NR_PAGE_ORDERS]; /* blocks on the lists */
	uint64_t nr_heads[MMI_NR_PAGE_ORDERS];  /* blocks by their head pages */
	uint64_t nr_allocated;                  /* pages */
};

static struct tally *tally_of(struct tally *tallies, const struct mmi_mem *mem,
			      const struct mmi_zone *zone)
{
	const size_t node = (size_t)mmi_machine_node_index(mem->machine, zone->nid);

	return &tallies[node * MMI_NR_ZONES + zone->type];
}

static void count_lists(struct mmi_examination *x, struct tally *tallies)
{
	const struct mmi_mem *mem = &x->system->mem;
	struct mmi_list_walk walk = {.mem = mem};
	struct mmi_listed_block block;
	enum mmi_walk_step step;

	while ((step = mmi_list_walk_next(&walk, &block)) != MMI_WALK_END) {
		if (step == MMI_WALK_TORN)
			mmi_examination_offend(
			    x, 6, block.pfn, "node %d zone %s: list of order %u is torn",
			    block.zone->nid, mmi_zone_type_name(block.zone->type), block.order);
		else
			tally_of(tallies, mem, block.zone)->nr_listed[block.order]++;
	}
}

/* One page that is no part of a free block: reserved, or allocated. */
static void count_page(struct mmi_examination *x, struct tally *tallies, uint64_t pfn)
{
	const struct mmi_mem *mem = &x->system->mem;
	const struct mmi_page *page = mmi_pfn_page(&mem->map, pfn);
	const struct mmi_zone *zone = mmi_linked_zone(mem, page->flags);

	if (page->refcount != 1)
		mmi_examination_offend(
		    x, 6, pfn, "in no free block, with refcount %d: expected 1, reserved or in use",
		    page->refcount);
	else if (!(page->flags & MMI_PG_RESERVED) && zone)
		tally_of(tallies, mem, zone)->nr_allocated++;
}

static void check_block_counts(struct mmi_examination *x, uint64_t pfn, unsigned order)
{
	const struct mmi_page *page = mmi_pfn_page(&x->system->mem.map, pfn);

	for (uint64_t i = 0; i < 1ull << order; i++)
		if (page[i].refcount)
			mmi_examination_offend(x, 6, pfn + i, "free, with refcount %d",
					       page[i].refcount);
}

/*
 * The end of the device memory that @pfn lies in, which is neither free nor allocated, and of whose
 * compound pages not every struct page is written; @pfn: it lies in none.
 */
static uint64_t device_end(const struct mmi_system *system, uint64_t pfn)
{
	const struct mmi_device_range *device =
	    system->hotplug ? mmi_hotplug_find_device(system->hotplug, pfn, pfn + 1) : NULL;

	return device ? device->end_pfn : pfn;
}

/* Counts the free block that begins at @pfn, or the page that is in none; returns where it ends. */
static uint64_t count_at(struct mmi_examination *x, struct tally *tallies, uint64_t pfn,
			 uint64_t end_pfn)
{
	const struct mmi_mem *mem = &x->system->mem;
	const int order = mmi_head_order(&mem->map, pfn);

	if (order < 0 || 1ull << order > end_pfn - pfn) {
		count_page(x, tallies, pfn);
		return pfn + 1;
	}
	const struct mmi_zone *zone = mmi_linked_zone(mem, mmi_pfn_page(&mem->map, pfn)->flags);
	if (zone)
		tally_of(tallies, mem, zone)->nr_heads[order]++;
	check_block_counts(x, pfn, (unsigned)order);
	return pfn + (1ull << order);
}

static void count_struct_pages(struct mmi_examination *x, struct tally *tallies)
{
	struct mmi_pfn_range run = {0};

	while (mmi_valid_run(&x->system->mem.map, run.end_pfn, &run)) {
		uint64_t pfn = device_end(x->system, run.start_pfn);
		mmi_examination_judge(x, 6, run.end_pfn - run.start_pfn);
		while (pfn < run.end_pfn)
			pfn = device_end(x->system, count_at(x, tallies, pfn, run.end_pfn));
	}
}

static void check_orders(struct mmi_examination *x, const struct mmi_zone *zone,
			 const struct tally *tally)
{
	for (unsigned order = 0; order < MMI_NR_PAGE_ORDERS; order++) {
		const uint64_t nr_free = zone->areas[order].nr_free;
		if (nr_free == tally->nr_listed[order] && nr_free == tally->nr_heads[order])
			continue;
		mmi_examination_offend_somewhere(
		    x, 6, zone->start_pfn,
		    "node %d zone %s order %u: nr_free %llu, %llu on lists, %llu by struct pages",
		    zone->nid, mmi_zone_type_name(zone->type), order, (unsigned long long)nr_free,
		    (unsigned long long)tally->nr_listed[order],
		    (unsigned long long)tally->nr_heads[order]);
	}
}

static void check_zone(struct mmi_examination *x, const struct mmi_zone *zone,
		       const struct tally *tally)
{
	uint64_t nr_listed = 0;

	check_orders(x, zone, tally);
	for (unsigned order = 0; order < MMI_NR_PAGE_ORDERS; order++)
		nr_listed += tally->nr_listed[order] << order;
	if (zone->nr_free_pages + zone->nr_isolated_pages != nr_listed ||
	    zone->nr_managed_pages != nr_listed + tally->nr_allocated)
		mmi_examination_offend_somewhere(
		    x, 6, zone->start_pfn,
		    "node %d zone %s: managed %llu, free %llu; %llu on lists, %llu allocated",
		    zone->nid, mmi_zone_type_name(zone->type),
		    (unsigned long long)zone->nr_managed_pages,
		    (unsigned long long)zone->nr_free_pages, (unsigned long long)nr_listed,
		    (unsigned long long)tally->nr_allocated);
	if (zone->nr_missing_pages)
		mmi_examination_offend_somewhere(
		    x, 6, zone->start_pfn,
		    "node %d zone %s: %llu free pages were never handed over", zone->nid,
		    mmi_zone_type_name(zone->type), (unsigned long long)zone->nr_missing_pages);
	if (zone->nr_spanned_pages < zone->nr_present_pages ||
	    zone->nr_present_pages < zone->nr_managed_pages)
		mmi_examination_offend_somewhere(
		    x, 6, zone->start_pfn,
		    "node %d zone %s: spanned %llu, present %llu, managed %llu", zone->nid,
		    mmi_zone_type_name(zone->type), (unsigned long long)zone->nr_spanned_pages,
		    (unsigned long long)zone->nr_present_pages,
		    (unsigned long long)zone->nr_managed_pages);
}

int mmi_check_counters(struct mmi_examination *x, struct mmi_error *err)
{
	const struct mmi_mem *mem = &x->system->mem;
	struct tally *tallies = calloc(mem->nr_nodes * MMI_NR_ZONES, sizeof(*tallies));

	if (!tallies)
		return mmi_error_set(err, -ENOMEM, "no memory to count the zones of %zu nodes",
				     mem->nr_nodes);
	count_lists(x, tallies);
	count_struct_pages(x, tallies);
	for (size_t i = 0; i < mem->nr_nodes * MMI_NR_ZONES; i++)
		check_zone(x, &mem->nodes[i / MMI_NR_ZONES].zones[i % MMI_NR_ZONES], &tallies[i]);
	free(tallies);
	return 0;
}
