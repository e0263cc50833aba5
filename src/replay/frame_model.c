/* SPDX-License-Identifier: MIT */
/* What the model says of single page frames: node and zone, and whether they are in use. */
#include "replay/boot_model.h"
#include "replay/booted.h"

bool mmi_model_page_link(const struct mmi_boot_model *model, uint64_t pfn, size_t *node,
			 enum mmi_zone_type *zone)
{
	const struct mmi_memory_block *block =
	    mmi_block_table_get(&model->blocks, pfn / model->blocks.block_pages);

	if (!block || !block->online)
		return false;
	if (block->rezoned) {
		*node = block->node;
		*zone = (enum mmi_zone_type)block->zone;
		return true;
	}
	const size_t i = mmi_extents_find(&model->extents, pfn);
	if (i == model->extents.nr || model->extents.items[i].start_pfn > pfn)
		return false;
	*node = (size_t)mmi_machine_node_index(model->machine, model->extents.items[i].nid);
	*zone = (enum mmi_zone_type)model->extents.items[i].zone;
	return true;
}

static uint64_t smaller(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* A reserved frame of boot memory may have been given back since. */
static enum mmi_frame_state reserved_state(const struct mmi_boot_model *model, uint64_t pfn,
					   uint64_t *end_pfn)
{
	for (size_t i = 0; i < model->nr_given_back; i++) {
		const struct mmi_pfn_range *range = &model->given_back[i];
		if (range->start_pfn <= pfn && pfn < range->end_pfn) {
			*end_pfn = smaller(*end_pfn, range->end_pfn);
			return MMI_FRAME_PAGE;
		}
		if (range->start_pfn > pfn)
			*end_pfn = smaller(*end_pfn, range->start_pfn);
	}
	return MMI_FRAME_RESERVED;
}

/* By its struct page, where the machine was booted. */
static enum mmi_frame_state handed_over_state(const struct mmi_boot_model *model,
					      const struct mmi_extent *extent, uint64_t pfn,
					      uint64_t *end_pfn)
{
	if (model->booted)
		return mmi_booted_frame_state(model->booted, pfn, end_pfn);
	return extent->kind == MMI_EXTENT_FREE ? MMI_FRAME_PAGE : MMI_FRAME_RESERVED;
}

enum mmi_frame_state mmi_model_frame_state(const struct mmi_boot_model *model, uint64_t pfn,
					   uint64_t *end_pfn)
{
	const uint64_t block_pages = model->blocks.block_pages;
	const struct mmi_memory_block *block =
	    mmi_block_table_get(&model->blocks, pfn / block_pages);

	if (!block) {
		*end_pfn = mmi_block_table_next_pfn(&model->blocks, pfn);
		return MMI_FRAME_NONE;
	}
	*end_pfn = (block->number + 1) * block_pages;
	if (!block->online)
		return MMI_FRAME_NONE;
	if (block->rezoned)
		return MMI_FRAME_PAGE;
	const size_t i = mmi_extents_find(&model->extents, pfn);
	if (i == model->extents.nr)
		return MMI_FRAME_NONE;
	const struct mmi_extent *extent = &model->extents.items[i];
	if (extent->start_pfn > pfn) {
		*end_pfn = smaller(*end_pfn, extent->start_pfn);
		return MMI_FRAME_NONE;
	}
	*end_pfn = smaller(*end_pfn, extent->end_pfn);
	const enum mmi_frame_state state = handed_over_state(model, extent, pfn, end_pfn);
	return state == MMI_FRAME_RESERVED ? reserved_state(model, pfn, end_pfn) : state;
}

uint64_t mmi_model_pageblocks(const struct mmi_boot_model *model, size_t node,
			      enum mmi_zone_type zone)
{
	const struct mmi_zone_counts *counts = &model->counts.nodes[node].zones[zone];
	const uint64_t end_pfn = counts->start_pfn + counts->nr_spanned_pages;
	const uint64_t step = mmi_pageblock_pages(&model->machine->geometry);
	uint64_t nr_blocks = 0;

	for (uint64_t pfn = counts->start_pfn; pfn < end_pfn; pfn += step) {
		enum mmi_zone_type page_zone;
		size_t page_node;
		const uint64_t next_pfn = mmi_block_table_next_pfn(&model->blocks, pfn);
		pfn += mmi_align_up(smaller(next_pfn, end_pfn) - pfn, step);
		nr_blocks += pfn < end_pfn &&
			     mmi_model_page_link(model, pfn, &page_node, &page_zone) &&
			     page_node == node && page_zone == zone;
	}
	return nr_blocks;
}

uint64_t mmi_model_early_free_pages(const struct mmi_boot_model *model)
{
	uint64_t nr_pages = 0;

	for (size_t i = 0; i < model->extents.nr; i++) {
		const struct mmi_extent *extent = &model->extents.items[i];
		const int node = mmi_machine_node_index(model->machine, extent->nid);
		const struct mmi_node_split *split = &model->splits[node];
		uint64_t end_pfn = extent->end_pfn;
		if (extent->kind != MMI_EXTENT_FREE)
			continue;
		if (split->has_deferred)
			end_pfn = smaller(end_pfn, split->first_deferred_pfn);
		if (extent->start_pfn < end_pfn)
			nr_pages += end_pfn - extent->start_pfn;
	}
	return nr_pages;
}
