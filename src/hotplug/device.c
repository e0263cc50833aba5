/* SPDX-License-Identifier: MIT */
/*
 * Device memory: ZONE_DEVICE, whose struct pages exist and are never free.
 *
 * Whole sections are filled by a plan and its workers; what is left at both ends, where boot memory
 * may use the same section, by the caller.  There a subsection becomes present only when its struct
 * pages stand, since others who look at the section's pages are not stopped.
 */
#include <errno.h>

#include "hotplug/hotplug_parts.h"
#include "memmap/backing.h"
#include "memmap/page_init.h"
#include "memmap/presence.h"

const struct mmi_device_range *mmi_hotplug_find_device(const struct mmi_hotplug *hotplug,
						       uint64_t start_pfn, uint64_t end_pfn)
{
	const struct mmi_device_range *device = hotplug->devices;

	while (device && (device->start_pfn >= end_pfn || device->end_pfn <= start_pfn))
		device = device->next;
	return device;
}

static int check_range(const struct mmi_hotplug *hotplug, uint64_t start_pfn, uint64_t end_pfn,
		       unsigned compound_order, struct mmi_error *err)
{
	const struct mmi_memmap *map = &hotplug->mem->map;
	const struct mmi_geometry *g = &map->geometry;
	const uint64_t sub_pages = mmi_subsection_pages(g);
	const uint64_t compound_pages = compound_order < 64 ? 1ull << compound_order : 0;

	if (!mmi_arch_has_zone(g, MMI_ZONE_DEVICE))
		return mmi_error_set(err, -EOPNOTSUPP, "%s has no zone Device",
				     mmi_arch_name(g->arch));
	if (start_pfn >= end_pfn || (start_pfn | end_pfn) & (sub_pages - 1))
		return mmi_error_set(
		    err, -EINVAL, "PFNs 0x%llx-0x%llx: whole subsections of 0x%llx pages expected",
		    (unsigned long long)start_pfn, (unsigned long long)end_pfn,
		    (unsigned long long)sub_pages);
	if (!compound_pages || (start_pfn | end_pfn) & (compound_pages - 1))
		return mmi_error_set(
		    err, -EINVAL, "PFNs 0x%llx-0x%llx: no whole compound pages of order %u",
		    (unsigned long long)start_pfn, (unsigned long long)end_pfn, compound_order);
	if (start_pfn < map->start_pfn || end_pfn > map->end_pfn)
		return mmi_error_set(
		    err, -ERANGE, "PFNs 0x%llx-0x%llx: within 0x%llx-0x%llx expected",
		    (unsigned long long)start_pfn, (unsigned long long)end_pfn,
		    (unsigned long long)map->start_pfn, (unsigned long long)map->end_pfn);
	return 0;
}

/*
 * Nothing is there: neither struct pages, of memory or another device, nor memory in a block that
 * is offline.
 */
static int check_unused(const struct mmi_hotplug *hotplug, uint64_t start_pfn, uint64_t end_pfn,
			struct mmi_error *err)
{
	const struct mmi_memmap *map = &hotplug->mem->map;
	const struct mmi_block_table *blocks = &hotplug->blocks;

	for (uint64_t pfn = start_pfn; pfn < end_pfn; pfn += mmi_subsection_pages(&map->geometry)) {
		const struct mmi_memory_block *block =
		    mmi_block_table_get(blocks, pfn / blocks->block_pages);
		if (mmi_pfn_valid(map, pfn) || (block && !block->online))
			return mmi_error_set(err, -EEXIST, "PFN 0x%llx: there is memory already",
					     (unsigned long long)pfn);
	}
	return 0;
}

/* A part of a section, which boot memory may share. */
static void add_part(struct mmi_hotplug *hotplug, uint64_t start_pfn, uint64_t end_pfn, int nid,
		     const struct mmi_page_fill *fill)
{
	struct mmi_memmap *map = &hotplug->mem->map;
	struct mmi_section *section;

	if (start_pfn >= end_pfn)
		return;
	section = mmi_pfn_section(map, start_pfn);
	mmi_fill_pages(map, start_pfn, end_pfn, fill);
	mmi_presence_add(map, start_pfn, end_pfn, nid);
	if (section->state == MMI_SECTION_PRESENT) {
		mmi_section_init_pageblocks(map, section, MMI_MIGRATE_MOVABLE);
		mmi_atomic_publish32(&section->state, MMI_SECTION_READY);
	}
}

static int add_sections(struct mmi_hotplug *hotplug, uint64_t start_pfn, uint64_t end_pfn, int nid,
			const struct mmi_page_fill *fill, struct mmi_error *err)
{
	if (start_pfn >= end_pfn)
		return 0;
	mmi_presence_add(&hotplug->mem->map, start_pfn, end_pfn, nid);
	const int ret = mmi_fill_sections(hotplug, nid, start_pfn, end_pfn, fill, err);
	if (ret)
		mmi_hotplug_forget_pages(hotplug, start_pfn, end_pfn);
	return ret;
}

/* The whole sections first: they alone can fail. */
static int fill_range(struct mmi_hotplug *hotplug, uint64_t start_pfn, uint64_t end_pfn, int nid,
		      const struct mmi_page_fill *fill, struct mmi_error *err)
{
	const uint64_t section_pages = mmi_section_pages(&hotplug->mem->map.geometry);
	uint64_t first = mmi_align_up(start_pfn, section_pages);
	uint64_t last = mmi_align_down(end_pfn, section_pages);

	if (first > last) /* all in one section */
		first = last = end_pfn;
	const int ret = add_sections(hotplug, first, last, nid, fill, err);
	if (ret)
		return ret;
	add_part(hotplug, start_pfn, first, nid, fill);
	add_part(hotplug, last, end_pfn, nid, fill);
	return 0;
}

static void grow_span(struct mmi_hotplug *hotplug, size_t node, uint64_t start_pfn,
		      uint64_t end_pfn)
{
	struct mmi_zone *zone = &hotplug->mem->nodes[node].zones[MMI_ZONE_DEVICE];
	struct mmi_move move = {.hotplug = hotplug, .zone = zone, .node = node};

	mmi_alloc_counts_read(hotplug->alloc);
	mmi_span_grow(&hotplug->alloc->counts.nodes[node].zones[MMI_ZONE_DEVICE], start_pfn,
		      end_pfn);
	mmi_move_publish_spans(&move);
}

static int add_locked(struct mmi_hotplug *hotplug, size_t node, struct mmi_device_range *range,
		      unsigned compound_order, struct mmi_error *err)
{
	const int nid = hotplug->mem->nodes[node].nid;
	const struct mmi_geometry *g = &hotplug->mem->map.geometry;
	const struct mmi_page_fill fill = {
	    .flags = mmi_page_flags(nid, MMI_ZONE_DEVICE) | MMI_PG_RESERVED,
	    .refcount = 1,
	    .compound_order = compound_order,
	    .nr_written = mmi_compound_written_pages(g, compound_order),
	};
	int ret = check_unused(hotplug, range->start_pfn, range->end_pfn, err);

	if (!ret)
		ret = mmi_memmap_back_range(&hotplug->mem->map, hotplug->mem->machine,
					    range->start_pfn, range->end_pfn, nid, err);
	if (!ret)
		ret = fill_range(hotplug, range->start_pfn, range->end_pfn, nid, &fill, err);
	if (ret)
		return ret;
	grow_span(hotplug, node, range->start_pfn, range->end_pfn);
	range->next = hotplug->devices;
	hotplug->devices = range;
	return 0;
}

int mmi_device_add(struct mmi_hotplug *hotplug, int nid, uint64_t start_pfn, uint64_t end_pfn,
		   unsigned compound_order, struct mmi_error *err)
{
	const struct mmi_platform *p = hotplug->platform;
	const int node = mmi_machine_node_index(hotplug->mem->machine, nid);
	int ret = check_range(hotplug, start_pfn, end_pfn, compound_order, err);

	if (ret)
		return ret;
	if (node < 0)
		return mmi_error_set(err, -EINVAL, "node %d: the machine has none", nid);
	struct mmi_device_range *range = p->ops->alloc(p->ctx, sizeof(*range));
	if (!range)
		return mmi_error_set(err, -ENOMEM, "no memory to note device memory");
	*range = (struct mmi_device_range){.start_pfn = start_pfn, .end_pfn = end_pfn};
	mmi_hotplug_lock(hotplug);
	ret = add_locked(hotplug, (size_t)node, range, compound_order, err);
	mmi_hotplug_unlock(hotplug);
	if (ret)
		p->ops->free(p->ctx, range, sizeof(*range));
	return ret;
}

int mmi_device_remove(struct mmi_hotplug *hotplug, uint64_t start_pfn, uint64_t end_pfn,
		      struct mmi_error *err)
{
	const struct mmi_platform *p = hotplug->platform;
	struct mmi_device_range **link = &hotplug->devices;

	mmi_hotplug_lock(hotplug);
	while (*link && ((*link)->start_pfn != start_pfn || (*link)->end_pfn != end_pfn))
		link = &(*link)->next;
	struct mmi_device_range *range = *link;
	if (range) {
		*link = range->next;
		mmi_hotplug_forget_pages(hotplug, start_pfn, end_pfn);
	}
	mmi_hotplug_unlock(hotplug);
	if (!range)
		return mmi_error_set(err, -EINVAL,
				     "PFNs 0x%llx-0x%llx: not added as one range of device memory",
				     (unsigned long long)start_pfn, (unsigned long long)end_pfn);
	p->ops->free(p->ctx, range, sizeof(*range));
	return 0;
}
