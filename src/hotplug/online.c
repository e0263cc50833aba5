/* SPDX-License-Identifier: MIT */
/*
 * Memory blocks come online.
 *
 * The order is Linux's: spans grow, struct pages are initialised, with all pageblocks isolated; the
 * pages join the zone, or stay with who keeps them; zonelists, if the zone had no page; isolation
 * ends; figures.  Until isolation ends nobody can have a page of the range, so that all of it can
 * still be taken back.
 */
#include <errno.h>
#include <string.h>

#include "hotplug/hotplug_parts.h"
#include "memmap/page_init.h"
#include "memmap/presence.h"
#include "zone/isolate.h"

/* Offline blocks of one node; *@node is its number. */
static int check_blocks(struct mmi_hotplug *hotplug, uint64_t start_pfn, uint64_t end_pfn,
			size_t *node, struct mmi_error *err)
{
	const uint64_t block_pages = hotplug->blocks.block_pages;

	for (uint64_t pfn = start_pfn; pfn < end_pfn; pfn += block_pages) {
		const unsigned long long number = pfn / block_pages;
		const struct mmi_memory_block *block =
		    mmi_block_table_get(&hotplug->blocks, number);
		if (!block)
			return mmi_error_set(err, -EINVAL, "memory block %llu: there is none",
					     number);
		if (block->online)
			return mmi_error_set(err, -EINVAL, "memory block %llu is online already",
					     number);
		if (pfn == start_pfn)
			*node = block->node;
		if (block->node != *node)
			return mmi_error_set(err, -EINVAL,
					     "memory block %llu: of another node than the first",
					     number);
	}
	return 0;
}

static void grow_span(struct mmi_move *move)
{
	struct mmi_node_counts *node = &move->hotplug->alloc->counts.nodes[move->node];

	mmi_span_grow(&node->zones[move->zone->type], move->start_pfn, move->end_pfn);
	mmi_move_publish_spans(move);
}

/* All is as before the span grew. */
static void forget_range(struct mmi_move *move)
{
	mmi_hotplug_forget_pages(move->hotplug, move->start_pfn, move->end_pfn);
	mmi_move_restore_counts(move);
	mmi_move_publish_spans(move);
	mmi_move_publish_states(move);
}

static int init_pages(struct mmi_move *move, struct mmi_error *err)
{
	struct mmi_memmap *map = &move->hotplug->mem->map;
	const int nid = move->zone->nid;
	const struct mmi_page_fill fill = {.flags = mmi_page_flags(nid, move->zone->type)};

	mmi_presence_add(map, move->start_pfn, move->end_pfn, nid);
	const int ret =
	    mmi_fill_sections(move->hotplug, nid, move->start_pfn, move->end_pfn, &fill, err);
	if (ret)
		return ret;
	for (uint64_t pfn = move->start_pfn; pfn < move->end_pfn;
	     pfn += mmi_section_pages(&map->geometry))
		mmi_section_init_pageblocks(map, mmi_pfn_section(map, pfn), MMI_MIGRATE_ISOLATE);
	return 0;
}

/* Asks the driver about each block. */
static void ask_driver(struct mmi_move *move)
{
	const struct mmi_hotplug *hotplug = move->hotplug;
	const struct mmi_memmap *map = &hotplug->mem->map;
	const unsigned order = map->geometry.max_page_order;

	if (!hotplug->keeps)
		return;
	for (uint64_t pfn = move->start_pfn; pfn < move->end_pfn; pfn += 1ull << order) {
		if (!hotplug->keeps(hotplug->keeps_user, pfn, order))
			continue;
		for (uint64_t i = 0; i < 1ull << order; i++)
			mmi_page_keep(mmi_page_access(map, mmi_pfn_page(map, pfn + i)));
		move->nr_kept_pages += 1ull << order;
	}
}

static void release(void *user)
{
	const struct mmi_move *move = user;
	const unsigned order = move->hotplug->mem->map.geometry.pageblock_order;

	memset(move->types, MMI_MIGRATE_MOVABLE, (move->end_pfn - move->start_pfn) >> order);
	mmi_pageblocks_release(move->zone, move->start_pfn, move->end_pfn, move->types);
}

static const struct mmi_recount_ops recount_ops = {.rebuild = mmi_move_rebuild, .release = release};

/* The pages are initialised: they join their zone, or all is as before.  Zonelists are locked. */
static int join_zone(struct mmi_move *move, struct mmi_error *err)
{
	struct mmi_hotplug *hotplug = move->hotplug;
	struct mmi_recount recount = {
	    .counts = &hotplug->alloc->counts,
	    .node = move->node,
	    .zone = move->zone->type,
	    .start_pfn = move->start_pfn,
	    .end_pfn = move->end_pfn,
	    .ops = &recount_ops,
	    .user = move,
	};

	recount.nr_managed_pages = move->end_pfn - move->start_pfn - move->nr_kept_pages;
	mmi_move_put_pages(move);
	const int ret = mmi_recount_online(&recount);
	if (ret) {
		mmi_move_take_pages(move);
		return mmi_error_set(err, ret, "no memory for the zonelists");
	}
	mmi_move_publish_states(move);
	mmi_alloc_figures_publish(hotplug->alloc);
	return 0;
}

static int online_locked(struct mmi_hotplug *hotplug, uint64_t start_pfn, uint64_t end_pfn,
			 enum mmi_online_type type, struct mmi_error *err)
{
	struct mmi_move move;
	size_t node = 0;
	int ret = check_blocks(hotplug, start_pfn, end_pfn, &node, err);

	if (ret)
		return ret;
	mmi_alloc_counts_read(hotplug->alloc);
	const enum mmi_zone_type zone =
	    mmi_online_zone(&hotplug->alloc->counts, node, start_pfn, end_pfn, type);
	ret = mmi_move_init(&move, hotplug, node, zone, start_pfn, end_pfn, err);
	if (ret)
		return ret;
	grow_span(&move);
	ret = init_pages(&move, err);
	if (!ret)
		ask_driver(&move);
	mmi_zonelists_lock(hotplug->alloc);
	if (!ret)
		ret = join_zone(&move, err);
	if (ret)
		forget_range(&move);
	else
		mmi_move_mark_blocks(&move, true);
	mmi_zonelists_unlock(hotplug->alloc);
	mmi_move_deinit(&move);
	return ret;
}

int mmi_hotplug_online(struct mmi_hotplug *hotplug, uint64_t start_pfn, uint64_t end_pfn,
		       enum mmi_online_type type, struct mmi_error *err)
{
	int ret = mmi_hotplug_check_aligned(hotplug, start_pfn, end_pfn, err);

	if (!ret && type >= MMI_OFFLINE)
		ret =
		    mmi_error_set(err, -EINVAL, "online, online_kernel or online_movable expected");
	if (ret)
		return ret;
	mmi_hotplug_lock(hotplug);
	ret = online_locked(hotplug, start_pfn, end_pfn, type, err);
	mmi_hotplug_unlock(hotplug);
	return ret;
}
