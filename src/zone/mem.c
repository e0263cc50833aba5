/* SPDX-License-Identifier: MIT */
/* The memory of one machine: memmap, nodes and zones put together. */
#include <errno.h>

#include "zone/buddy.h"

static void init_node(struct mmi_mem *mem, struct mmi_node *node,
		      const struct mmi_node_layout *layout, bool online)
{
	node->nid = layout->nid;
	node->start_pfn = layout->start_pfn;
	node->nr_spanned_pages = layout->end_pfn - layout->start_pfn;
	for (int z = 0; z < MMI_NR_ZONES; z++) {
		struct mmi_zone *zone = &node->zones[z];
		const struct mmi_zone_span *span = &layout->zones[z];

		zone->lock.rank = MMI_LOCK_ZONE;
		zone->type = z;
		zone->nid = layout->nid;
		zone->mem = mem;
		zone->start_pfn = span->start_pfn;
		zone->nr_spanned_pages = span->end_pfn - span->start_pfn;
		zone->nr_present_pages = span->nr_present_pages;
		mmi_zone_init_lists(zone);
		node->nr_present_pages += span->nr_present_pages;
	}
	if (online)
		node->states |= MMI_NODE_ONLINE;
	if (node->nr_present_pages)
		node->states |= MMI_NODE_MEMORY;
}

/* Nothing of what will be free is there yet. */
static void count_missing(struct mmi_mem *mem)
{
	for (size_t i = 0; i < mem->extents.nr; i++) {
		const struct mmi_extent *extent = &mem->extents.items[i];
		if (extent->kind == MMI_EXTENT_FREE)
			mmi_mem_zone(mem, extent->nid, extent->zone)->nr_missing_pages +=
			    extent->end_pfn - extent->start_pfn;
	}
}

int mmi_mem_init(struct mmi_mem *mem, const struct mmi_machine *machine,
		 const struct mmi_memmap_options *options, struct mmi_error *err)
{
	const struct mmi_platform *platform = machine->platform;
	int ret;

	*mem = (struct mmi_mem){
	    .machine = machine, .platform = platform, .nr_nodes = machine->nr_nodes};
	mem->nodes = platform->ops->alloc(platform->ctx, mem->nr_nodes * sizeof(*mem->nodes));
	if (!mem->nodes)
		return mmi_error_set(err, -ENOMEM, "no memory for %zu nodes", mem->nr_nodes);
	ret = mmi_layout_init(&mem->layout, machine, err);
	if (!ret)
		ret = mmi_extents_init(&mem->extents, &mem->layout, err);
	if (!ret)
		ret = mmi_memmap_init(&mem->map, machine, options, err);
	if (ret) {
		mmi_mem_deinit(mem);
		return ret;
	}
	for (size_t i = 0; i < mem->nr_nodes; i++)
		init_node(mem, &mem->nodes[i], &mem->layout.nodes[i], machine->nodes[i].online);
	count_missing(mem);
	return 0;
}

void mmi_mem_deinit(struct mmi_mem *mem)
{
	mmi_memmap_deinit(&mem->map);
	mmi_extents_deinit(&mem->extents);
	mmi_layout_deinit(&mem->layout);
	if (mem->nodes)
		mem->platform->ops->free(mem->platform->ctx, mem->nodes,
					 mem->nr_nodes * sizeof(*mem->nodes));
	mem->nodes = NULL;
}

struct mmi_zone *mmi_mem_zone(struct mmi_mem *mem, int nid, enum mmi_zone_type type)
{
	const int index = mmi_machine_node_index(mem->machine, nid);

	return index < 0 ? NULL : &mem->nodes[index].zones[type];
}
