/* SPDX-License-Identifier: MIT */
/* Memory blocks of the model: which there are, how they come online and go. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "replay/boot_model.h"

uint64_t mmi_model_block_pages(const struct mmi_boot_model *model)
{
	return model->machine->memory_block_bytes >> model->machine->geometry.page_shift;
}

size_t mmi_model_block_index(const struct mmi_boot_model *model, uint64_t number)
{
	size_t low = 0, high = model->nr_blocks;

	while (low < high) {
		const size_t middle = (low + high) / 2;
		if (model->blocks[middle].number < number)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

const struct mmi_memory_block *mmi_model_block(const struct mmi_boot_model *model, uint64_t pfn)
{
	const uint64_t number = pfn / mmi_model_block_pages(model);
	const size_t index = mmi_model_block_index(model, number);

	return index < model->nr_blocks && model->blocks[index].number == number
		   ? &model->blocks[index]
		   : NULL;
}

static int insert_block(struct mmi_boot_model *model, size_t index,
			const struct mmi_memory_block *block)
{
	if (model->nr_blocks == model->blocks_capacity) {
		const size_t capacity = model->blocks_capacity ? model->blocks_capacity * 2 : 64;
		struct mmi_memory_block *grown = realloc(model->blocks, capacity * sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		model->blocks = grown;
		model->blocks_capacity = capacity;
	}
	memmove(&model->blocks[index + 1], &model->blocks[index],
		(model->nr_blocks - index) * sizeof(*block));
	model->blocks[index] = *block;
	model->nr_blocks++;
	return 0;
}

int mmi_model_blocks_add(struct mmi_boot_model *model, uint64_t first, uint64_t end, size_t node)
{
	int ret = 0;

	for (uint64_t number = first; !ret && number < end; number++) {
		const struct mmi_memory_block block = {
		    .number = number, .node = node, .zone = -1, .rezoned = true};
		const size_t index = mmi_model_block_index(model, number);
		if (index == model->nr_blocks || model->blocks[index].number != number)
			ret = insert_block(model, index, &block);
	}
	return ret;
}

static uint64_t zone_end_pfn(const struct mmi_zone_counts *zone)
{
	return zone->start_pfn + zone->nr_spanned_pages;
}

static bool zone_intersects(const struct mmi_zone_counts *zone, uint64_t start_pfn,
			    uint64_t end_pfn)
{
	return zone->nr_spanned_pages && zone->start_pfn < end_pfn &&
	       start_pfn < zone_end_pfn(zone);
}

/* The only zone of a node that a block of boot memory touches; -1: there are more. */
static int only_zone(const struct mmi_node_counts *node, uint64_t start_pfn, uint64_t end_pfn)
{
	int found = -1;

	for (int z = 0; z < MMI_NR_ZONES; z++) {
		if (!node->zones[z].nr_present_pages ||
		    !zone_intersects(&node->zones[z], start_pfn, end_pfn))
			continue;
		if (found >= 0)
			return -1;
		found = z;
	}
	return found;
}

/* Do struct pages of node index @node, inside its own span, lie in the block? */
static bool node_has_pages(const struct mmi_boot_model *model, size_t node, uint64_t start_pfn,
			   uint64_t end_pfn)
{
	const struct mmi_node_layout *layout = &model->layout.nodes[node];
	const uint64_t start = start_pfn > layout->start_pfn ? start_pfn : layout->start_pfn;
	const uint64_t end = end_pfn < layout->end_pfn ? end_pfn : layout->end_pfn;

	for (size_t i = mmi_extents_find(&model->extents, start); i < model->extents.nr; i++) {
		const struct mmi_extent *extent = &model->extents.items[i];
		if (extent->start_pfn >= end)
			return false;
		if (extent->nid == layout->nid)
			return true;
	}
	return false;
}

/* A block of several nodes goes by the last, and shows no zone. */
static void place_boot_block(const struct mmi_boot_model *model, struct mmi_memory_block *block)
{
	const uint64_t nr_pages = mmi_model_block_pages(model);
	const uint64_t start_pfn = block->number * nr_pages, end_pfn = start_pfn + nr_pages;
	unsigned nr_nodes = 0;

	for (size_t i = 0; i < model->counts.nr_nodes; i++) {
		if (!node_has_pages(model, i, start_pfn, end_pfn))
			continue;
		nr_nodes++;
		block->node = i;
	}
	block->zone =
	    nr_nodes == 1 ? only_zone(&model->counts.nodes[block->node], start_pfn, end_pfn) : -1;
}

int mmi_model_blocks_init(struct mmi_boot_model *model, struct mmi_error *err)
{
	const uint64_t nr_pages = mmi_model_block_pages(model);
	uint64_t next = 0;

	for (size_t i = 0; i < model->machine->nr_memory; i++) {
		const struct mmi_mem_range *range = &model->machine->memory[i];
		const uint64_t first = range->start_pfn / nr_pages;
		for (uint64_t number = first > next ? first : next;
		     number <= (range->end_pfn - 1) / nr_pages; number++) {
			struct mmi_memory_block block = {.number = number, .online = true};
			place_boot_block(model, &block);
			if (insert_block(model, model->nr_blocks, &block))
				return mmi_error_set(err, -ENOMEM, "no memory for %zu blocks",
						     model->nr_blocks);
			next = number + 1;
		}
	}
	return 0;
}

/* The lowest kernel zone whose span the block touches, else NORMAL. */
static enum mmi_zone_type kernel_zone(const struct mmi_node_counts *node, uint64_t start_pfn,
				      uint64_t end_pfn)
{
	for (int z = 0; z < MMI_ZONE_NORMAL; z++)
		if (zone_intersects(&node->zones[z], start_pfn, end_pfn))
			return z;
	return MMI_ZONE_NORMAL;
}

enum mmi_zone_type mmi_model_block_zone(const struct mmi_boot_model *model,
					const struct mmi_memory_block *block,
					enum mmi_online_type type)
{
	const struct mmi_node_counts *node = &model->counts.nodes[block->node];
	const uint64_t nr_pages = mmi_model_block_pages(model);
	const uint64_t start_pfn = block->number * nr_pages, end_pfn = start_pfn + nr_pages;
	const enum mmi_zone_type kernel = kernel_zone(node, start_pfn, end_pfn);
	const bool in_kernel = zone_intersects(&node->zones[kernel], start_pfn, end_pfn);
	const bool in_movable = zone_intersects(&node->zones[MMI_ZONE_MOVABLE], start_pfn, end_pfn);

	if (type == MMI_ONLINE_MOVABLE)
		return MMI_ZONE_MOVABLE;
	/* Without a wish a block inside MOVABLE alone goes there. */
	if (type == MMI_ONLINE && in_movable && !in_kernel)
		return MMI_ZONE_MOVABLE;
	return kernel;
}

static void grow_span(struct mmi_zone_counts *zone, uint64_t start_pfn, uint64_t end_pfn)
{
	const uint64_t old_end = zone_end_pfn(zone);

	if (!zone->nr_spanned_pages || start_pfn < zone->start_pfn)
		zone->start_pfn = start_pfn;
	zone->nr_spanned_pages = (end_pfn > old_end ? end_pfn : old_end) - zone->start_pfn;
}

void mmi_model_block_online(struct mmi_boot_model *model, struct mmi_memory_block *block,
			    enum mmi_online_type type)
{
	const uint64_t nr_pages = mmi_model_block_pages(model);
	struct mmi_node_counts *node = &model->counts.nodes[block->node];
	const enum mmi_zone_type type_of_zone = mmi_model_block_zone(model, block, type);
	struct mmi_zone_counts *zone = &node->zones[type_of_zone];
	const bool was_populated = zone->nr_present_pages > 0;

	grow_span(zone, block->number * nr_pages, (block->number + 1) * nr_pages);
	block->online = true;
	block->rezoned = true;
	block->zone = type_of_zone;
	zone->nr_managed_pages += nr_pages;
	zone->nr_present_pages += nr_pages;
	node->has_memory = true;
	if (!was_populated)
		mmi_model_rebuild(model);
	mmi_figures_set(&model->counts);
}

static bool is_in_zone(const struct mmi_boot_model *model, uint64_t pfn, size_t node,
		       enum mmi_zone_type zone)
{
	enum mmi_zone_type found_zone;
	size_t found_node;

	return mmi_model_page_link(model, pfn, &found_node, &found_zone) && found_node == node &&
	       found_zone == zone;
}

/* A span shrinks only at an end, to the next subsection that is still in the zone. */
static void shrink_span(const struct mmi_boot_model *model, size_t node, enum mmi_zone_type type,
			uint64_t start_pfn, uint64_t end_pfn)
{
	struct mmi_zone_counts *zone = &model->counts.nodes[node].zones[type];
	const uint64_t sub_pages = mmi_subsection_pages(&model->machine->geometry);
	const uint64_t zone_start = zone->start_pfn, zone_end = zone_end_pfn(zone);

	if (zone_start == start_pfn) {
		uint64_t pfn = end_pfn;
		while (pfn < zone_end && !is_in_zone(model, pfn, node, type))
			pfn += sub_pages;
		zone->start_pfn = pfn < zone_end ? pfn : 0;
		zone->nr_spanned_pages = pfn < zone_end ? zone_end - pfn : 0;
	} else if (zone_end == end_pfn) {
		uint64_t end = start_pfn;
		while (end > zone_start && !is_in_zone(model, end - 1, node, type))
			end = end - zone_start > sub_pages ? end - sub_pages : zone_start;
		zone->nr_spanned_pages = end - zone_start;
		if (end == zone_start)
			zone->start_pfn = 0;
	}
}

static bool has_present_pages(const struct mmi_node_counts *node)
{
	for (int z = 0; z < MMI_NR_ZONES; z++)
		if (node->zones[z].nr_present_pages)
			return true;
	return false;
}

void mmi_model_block_offline(struct mmi_boot_model *model, struct mmi_memory_block *block)
{
	const uint64_t nr_pages = mmi_model_block_pages(model);
	const uint64_t start_pfn = block->number * nr_pages;
	struct mmi_node_counts *node = &model->counts.nodes[block->node];
	const enum mmi_zone_type type = block->zone;
	const bool clears_first = model->machine->linux_version >= MMI_LINUX_6_12;

	if (block->zone < 0)
		return; /* Linux refuses it: more than one zone or node */
	struct mmi_zone_counts *zone = &node->zones[type];
	if (zone->nr_managed_pages < nr_pages || zone->nr_present_pages < nr_pages)
		return; /* the log has more go than there was */
	block->online = false;
	block->zone = -1;
	zone->nr_managed_pages -= nr_pages;
	zone->nr_present_pages -= nr_pages;
	if (clears_first)
		node->has_memory = has_present_pages(node);
	mmi_figures_set(&model->counts);
	if (!zone->nr_present_pages)
		mmi_model_rebuild(model);
	node->has_memory = has_present_pages(node);
	shrink_span(model, block->node, type, start_pfn, start_pfn + nr_pages);
}
