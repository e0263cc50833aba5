/* SPDX-License-Identifier: MIT */
/*
 * Memory blocks go offline.
 *
 * Nothing is touched while something in the range cannot be moved.  Then its pageblocks are
 * isolated, so that what is freed there stays, and what is allocated is moved away; that may still
 * fail, and then the pageblocks get their types back, one by one.  When all is free nobody else can
 * have any of it: it is taken off the lists, and the counters follow in Linux's order.
 */
#include <errno.h>

#include "hotplug/hotplug_parts.h"
#include "zone/isolate.h"

/* Online blocks, all of them memory of one zone; the first of them is *@first. */
static int check_blocks(struct mmi_hotplug *hotplug, uint64_t start_pfn, uint64_t end_pfn,
			const struct mmi_memory_block **first, struct mmi_error *err)
{
	const uint64_t block_pages = hotplug->blocks.block_pages;

	for (uint64_t pfn = start_pfn; pfn < end_pfn; pfn += block_pages) {
		const unsigned long long number = pfn / block_pages;
		const struct mmi_memory_block *block =
		    mmi_block_table_get(&hotplug->blocks, number);
		if (!block)
			return mmi_error_set(err, -EINVAL, "memory block %llu: there is none",
					     number);
		if (!block->online)
			return mmi_error_set(err, -EINVAL, "memory block %llu is offline already",
					     number);
		if (pfn == start_pfn)
			*first = block;
		if (block->node != (*first)->node || block->zone != (*first)->zone ||
		    !mmi_block_is_whole(&hotplug->blocks, block))
			return mmi_error_set(
			    err, -EINVAL, "memory block %llu: not all of it is memory of one zone",
			    number);
	}
	return 0;
}

static const struct mmi_recount_ops recount_ops = {.rebuild = mmi_move_rebuild,
						   .is_in_zone = mmi_move_is_in_zone};

/* Zonelists are locked. */
static int leave_zone_locked(struct mmi_move *move, struct mmi_error *err)
{
	struct mmi_hotplug *hotplug = move->hotplug;
	struct mmi_recount recount = {
	    .counts = &hotplug->alloc->counts,
	    .node = move->node,
	    .zone = move->zone->type,
	    .start_pfn = move->start_pfn,
	    .end_pfn = move->end_pfn,
	    .blocks = &hotplug->blocks,
	    .ops = &recount_ops,
	    .user = move,
	};

	mmi_alloc_counts_read(hotplug->alloc);
	recount.nr_managed_pages = mmi_move_take_pages(move);
	const int ret = mmi_recount_offline(&recount);
	if (ret) {
		mmi_move_put_pages(move);
		mmi_move_restore_counts(move);
		mmi_move_publish_states(move);
		return mmi_error_set(err, ret, "no memory for the zonelists");
	}
	mmi_hotplug_forget_pages(hotplug, move->start_pfn, move->end_pfn);
	mmi_move_publish_spans(move);
	mmi_move_publish_states(move);
	mmi_alloc_figures_publish(hotplug->alloc);
	return 0;
}

/* All of the range is free: it leaves the zone, or all is as before. */
static int leave_zone(struct mmi_move *move, struct mmi_error *err)
{
	mmi_zonelists_lock(move->hotplug->alloc);
	const int ret = leave_zone_locked(move, err);
	mmi_zonelists_unlock(move->hotplug->alloc);
	return ret;
}

static int empty_and_leave(struct mmi_move *move, struct mmi_error *err)
{
	int ret = mmi_move_check_movable(move, err);

	if (ret)
		return ret;
	mmi_pageblocks_isolate(move->zone, move->start_pfn, move->end_pfn, move->types);
	ret = mmi_move_clear_range(move, err);
	if (!ret)
		ret = leave_zone(move, err);
	if (ret)
		mmi_pageblocks_release(move->zone, move->start_pfn, move->end_pfn, move->types);
	else
		mmi_move_mark_blocks(move, false);
	return ret;
}

static int offline_locked(struct mmi_hotplug *hotplug, uint64_t start_pfn, uint64_t end_pfn,
			  struct mmi_error *err)
{
	const struct mmi_memory_block *first = NULL;
	struct mmi_move move;
	int ret = check_blocks(hotplug, start_pfn, end_pfn, &first, err);

	if (!ret)
		ret = mmi_move_init(&move, hotplug, first->node, (enum mmi_zone_type)first->zone,
				    start_pfn, end_pfn, err);
	if (ret)
		return ret;
	ret = empty_and_leave(&move, err);
	mmi_move_deinit(&move);
	return ret;
}

int mmi_hotplug_offline(struct mmi_hotplug *hotplug, uint64_t start_pfn, uint64_t end_pfn,
			struct mmi_error *err)
{
	int ret = mmi_hotplug_check_aligned(hotplug, start_pfn, end_pfn, err);

	if (ret)
		return ret;
	mmi_hotplug_lock(hotplug);
	ret = offline_locked(hotplug, start_pfn, end_pfn, err);
	mmi_hotplug_unlock(hotplug);
	return ret;
}
