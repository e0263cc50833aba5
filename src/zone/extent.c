/* SPDX-License-Identifier: MIT */
/*
 * Extents: the PFNs that have struct pages, cut into runs that are all alike.
 *
 * Three sorted lists are merged in one walk: memory ranges (cut at zone borders), reservations,
 * and the holes between them that lie in subsections where memory is.
 */
#include <errno.h>
#include <string.h>

#include "machine/minmax.h"
#include "mminit/zone.h"

struct builder {
	struct mmi_extents *extents;
	const struct mmi_layout *layout;
	size_t next_reserved;
	uint64_t hole_pfn; /* where the hole below the next piece of memory begins */
};

static int reserve_room(struct mmi_extents *extents)
{
	const struct mmi_platform *platform = extents->platform;
	const size_t capacity = extents->capacity ? extents->capacity * 2 : 64;
	struct mmi_extent *items;

	if (extents->nr < extents->capacity)
		return 0;
	items = platform->ops->alloc(platform->ctx, capacity * sizeof(*items));
	if (!items)
		return -ENOMEM;
	if (extents->nr)
		memcpy(items, extents->items, extents->nr * sizeof(*items));
	platform->ops->free(platform->ctx, extents->items, extents->capacity * sizeof(*items));
	extents->items = items;
	extents->capacity = capacity;
	return 0;
}

static int add(struct builder *b, uint64_t start_pfn, uint64_t end_pfn, int nid,
	       enum mmi_zone_type zone, enum mmi_extent_kind kind)
{
	struct mmi_extents *extents = b->extents;
	struct mmi_extent *last = extents->nr ? &extents->items[extents->nr - 1] : NULL;

	if (start_pfn >= end_pfn)
		return 0;
	if (last && last->end_pfn == start_pfn && last->nid == nid && last->zone == zone &&
	    last->kind == kind) {
		last->end_pfn = end_pfn;
		return 0;
	}
	const int ret = reserve_room(extents);
	if (!ret)
		extents->items[extents->nr++] = (struct mmi_extent){
		    start_pfn, end_pfn, (int16_t)nid, (uint8_t)zone, (uint8_t)kind};
	return ret;
}

/*
 * The hole [hole_pfn, end_pfn): only what lies in a subsection with memory has struct pages,
 * which is the rest of the subsection below and the beginning of the one above.
 */
static int add_hole(struct builder *b, uint64_t end_pfn, int nid, enum mmi_zone_type zone)
{
	const uint64_t sub_pages = mmi_subsection_pages(&b->layout->machine->geometry);
	const uint64_t low_end = mmi_smaller(mmi_align_up(b->hole_pfn, sub_pages), end_pfn);
	const uint64_t high_start = mmi_larger(mmi_align_down(end_pfn, sub_pages), low_end);

	const int ret = add(b, b->hole_pfn, low_end, nid, zone, MMI_EXTENT_HOLE);
	return ret ? ret : add(b, high_start, end_pfn, nid, zone, MMI_EXTENT_HOLE);
}

/* A piece of memory of one node and zone: cut at reservations. */
static int add_memory(struct builder *b, uint64_t start_pfn, uint64_t end_pfn, int nid,
		      enum mmi_zone_type zone, bool never_free)
{
	const struct mmi_machine *machine = b->layout->machine;
	uint64_t pfn = start_pfn;
	int ret = 0;

	if (never_free)
		return add(b, start_pfn, end_pfn, nid, zone, MMI_EXTENT_RESERVED);
	while (!ret && pfn < end_pfn) {
		while (b->next_reserved < machine->nr_reserved &&
		       machine->reserved[b->next_reserved].end_pfn <= pfn)
			b->next_reserved++;
		const struct mmi_pfn_range *reserved = b->next_reserved < machine->nr_reserved
							   ? &machine->reserved[b->next_reserved]
							   : NULL;
		const bool is_reserved = reserved && reserved->start_pfn <= pfn;
		uint64_t end =
		    is_reserved ? reserved->end_pfn : (reserved ? reserved->start_pfn : end_pfn);
		end = mmi_smaller(end, end_pfn);
		ret = add(b, pfn, end, nid, zone,
			  is_reserved ? MMI_EXTENT_RESERVED : MMI_EXTENT_FREE);
		pfn = end;
	}
	return ret;
}

/* One memory range: cut at zone borders, with the hole below it. */
static int add_range(struct builder *b, const struct mmi_mem_range *range,
		     enum mmi_zone_type *last_zone)
{
	const size_t index = (size_t)mmi_machine_node_index(b->layout->machine, range->nid);
	const struct mmi_node_layout *node = &b->layout->nodes[index];
	uint64_t pfn = range->start_pfn;
	int ret = 0;

	while (!ret && pfn < range->end_pfn) {
		const enum mmi_zone_type zone = mmi_layout_zone(b->layout, index, pfn);
		const uint64_t end = mmi_smaller(node->zones[zone].end_pfn, range->end_pfn);
		ret = add_hole(b, pfn, range->nid, zone);
		if (!ret)
			ret =
			    add_memory(b, pfn, end, range->nid, zone, range->flags & MMI_MEM_NOMAP);
		b->hole_pfn = pfn = end;
		*last_zone = zone;
	}
	return ret;
}

int mmi_extents_init(struct mmi_extents *extents, const struct mmi_layout *layout,
		     struct mmi_error *err)
{
	const struct mmi_machine *machine = layout->machine;
	struct builder b = {.extents = extents, .layout = layout};
	enum mmi_zone_type last_zone = MMI_ZONE_NORMAL;
	int ret = 0;

	*extents = (struct mmi_extents){.platform = machine->platform};
	b.hole_pfn =
	    mmi_align_down(machine->memory[0].start_pfn, mmi_subsection_pages(&machine->geometry));
	for (size_t i = 0; !ret && i < machine->nr_memory; i++)
		ret = add_range(&b, &machine->memory[i], &last_zone);
	if (!ret)
		ret = add_hole(&b, mmi_align_up(b.hole_pfn, mmi_section_pages(&machine->geometry)),
			       machine->memory[machine->nr_memory - 1].nid, last_zone);
	if (ret) {
		mmi_extents_deinit(extents);
		return mmi_error_set(err, ret, "no memory for the extents of %zu memory ranges",
				     machine->nr_memory);
	}
	return 0;
}

void mmi_extents_deinit(struct mmi_extents *extents)
{
	if (extents->items)
		extents->platform->ops->free(extents->platform->ctx, extents->items,
					     extents->capacity * sizeof(*extents->items));
	extents->items = NULL;
}

size_t mmi_extents_find(const struct mmi_extents *extents, uint64_t pfn)
{
	size_t low = 0, high = extents->nr;

	while (low < high) {
		const size_t middle = (low + high) / 2;
		if (extents->items[middle].end_pfn <= pfn)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}
