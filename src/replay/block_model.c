/* SPDX-License-Identifier: MIT */
/* Memory blocks of the model come online and go, by the rules that the engine follows, too. */
#include "hotplug/recount.h"
#include "replay/boot_model.h"

/* A block on its way, and the model that it is a part of. */
struct block_move {
	struct mmi_boot_model *model;
	size_t node;
	enum mmi_zone_type zone;
};

static int rebuild(void *user)
{
	struct block_move *move = user;

	mmi_model_rebuild(move->model);
	return 0;
}

static bool is_in_zone(void *user, uint64_t start_pfn, uint64_t end_pfn)
{
	const struct block_move *move = user;

	return mmi_block_table_in_zone(&move->model->blocks, start_pfn, end_pfn, move->node,
				       move->zone);
}

static const struct mmi_recount_ops recount_ops = {.rebuild = rebuild, .is_in_zone = is_in_zone};

static struct mmi_recount block_recount(struct block_move *move,
					const struct mmi_memory_block *block)
{
	const uint64_t nr_pages = move->model->blocks.block_pages;

	return (struct mmi_recount){
	    .counts = &move->model->counts,
	    .node = move->node,
	    .zone = move->zone,
	    .start_pfn = block->number * nr_pages,
	    .end_pfn = (block->number + 1) * nr_pages,
	    .nr_managed_pages = nr_pages,
	    .blocks = &move->model->blocks,
	    .ops = &recount_ops,
	    .user = move,
	};
}

bool mmi_model_refuses(const struct mmi_boot_model *model, const struct mmi_memory_block *block,
		       enum mmi_online_type type)
{
	if (!block)
		return true;
	if (type == MMI_OFFLINE)
		return !block->online || !mmi_block_is_whole(&model->blocks, block);
	return block->online;
}

void mmi_model_block_online(struct mmi_boot_model *model, struct mmi_memory_block *block,
			    enum mmi_online_type type)
{
	const uint64_t nr_pages = model->blocks.block_pages;
	const uint64_t start_pfn = block->number * nr_pages;
	struct block_move move = {.model = model, .node = block->node};

	move.zone =
	    mmi_online_zone(&model->counts, block->node, start_pfn, start_pfn + nr_pages, type);
	const struct mmi_recount recount = block_recount(&move, block);
	block->online = true;
	block->rezoned = true;
	block->zone = (int)move.zone;
	mmi_recount_online(&recount);
}

void mmi_model_block_offline(struct mmi_boot_model *model, struct mmi_memory_block *block)
{
	const uint64_t nr_pages = model->blocks.block_pages;
	struct block_move move = {.model = model, .node = block->node};

	move.zone = (enum mmi_zone_type)block->zone;
	const struct mmi_zone_counts *zone = &model->counts.nodes[move.node].zones[move.zone];
	if (zone->nr_managed_pages < nr_pages || zone->nr_present_pages < nr_pages)
		return; /* the log has more go than there was */
	const struct mmi_recount recount = block_recount(&move, block);
	block->online = false;
	block->zone = -1;
	mmi_recount_offline(&recount);
}
