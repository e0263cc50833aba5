/* SPDX-License-Identifier: MIT */
/* A range of pages on its way into a zone, or out of it: what both ways share. */
#include <errno.h>
#include <string.h>

#include "hotplug/hotplug_parts.h"
#include "memmap/backing.h"
#include "memmap/page_init.h"
#include "memmap/presence.h"
#include "zone/buddy.h"

#define AHEAD_BLOCKS 4 /* struct pages asked for while others are put on lists */

static size_t nr_pageblocks(const struct mmi_move *move)
{
	return (size_t)((move->end_pfn - move->start_pfn) >>
			move->hotplug->mem->map.geometry.pageblock_order);
}

static size_t counts_bytes(const struct mmi_hotplug *hotplug)
{
	return hotplug->mem->nr_nodes * sizeof(struct mmi_node_counts);
}

int mmi_move_init(struct mmi_move *move, struct mmi_hotplug *hotplug, size_t node,
		  enum mmi_zone_type zone, uint64_t start_pfn, uint64_t end_pfn,
		  struct mmi_error *err)
{
	const struct mmi_platform *p = hotplug->platform;

	*move = (struct mmi_move){
	    .hotplug = hotplug,
	    .zone = &hotplug->mem->nodes[node].zones[zone],
	    .node = node,
	    .start_pfn = start_pfn,
	    .end_pfn = end_pfn,
	};
	move->types = p->ops->alloc(p->ctx, nr_pageblocks(move));
	move->old_counts = p->ops->alloc(p->ctx, counts_bytes(hotplug));
	if (!move->types || !move->old_counts) {
		mmi_move_deinit(move);
		return mmi_error_set(err, -ENOMEM, "no memory to move %zu pageblocks",
				     nr_pageblocks(move));
	}
	mmi_alloc_counts_read(hotplug->alloc);
	memcpy(move->old_counts, hotplug->alloc->counts.nodes, counts_bytes(hotplug));
	move->old_min_free_kbytes = hotplug->alloc->counts.min_free_kbytes;
	return 0;
}

void mmi_move_deinit(struct mmi_move *move)
{
	const struct mmi_platform *p = move->hotplug->platform;

	p->ops->free(p->ctx, move->types, nr_pageblocks(move));
	p->ops->free(p->ctx, move->old_counts, counts_bytes(move->hotplug));
}

void mmi_move_restore_counts(struct mmi_move *move)
{
	struct mmi_hotplug *hotplug = move->hotplug;

	memcpy(hotplug->alloc->counts.nodes, move->old_counts, counts_bytes(hotplug));
	hotplug->alloc->counts.min_free_kbytes = move->old_min_free_kbytes;
}

/* A node's span is that of its zones together. */
static void publish_node_span(struct mmi_node *node)
{
	uint64_t start_pfn = UINT64_MAX, end_pfn = 0;

	for (int z = 0; z < MMI_NR_ZONES; z++) {
		const struct mmi_zone *zone = &node->zones[z];
		const uint64_t zone_end = zone->start_pfn + zone->nr_spanned_pages;
		if (!zone->nr_spanned_pages)
			continue;
		if (zone->start_pfn < start_pfn)
			start_pfn = zone->start_pfn;
		if (zone_end > end_pfn)
			end_pfn = zone_end;
	}
	node->start_pfn = end_pfn ? start_pfn : 0;
	node->nr_spanned_pages = end_pfn - node->start_pfn;
}

void mmi_move_publish_spans(struct mmi_move *move)
{
	const struct mmi_platform *p = move->hotplug->platform;
	struct mmi_zone *zone = move->zone;
	const struct mmi_zone_counts *counts =
	    &move->hotplug->alloc->counts.nodes[move->node].zones[zone->type];

	p->ops->lock(p->ctx, &zone->lock);
	zone->start_pfn = counts->start_pfn;
	zone->nr_spanned_pages = counts->nr_spanned_pages;
	p->ops->unlock(p->ctx, &zone->lock);
	publish_node_span(&move->hotplug->mem->nodes[move->node]);
}

void mmi_move_publish_states(struct mmi_move *move)
{
	struct mmi_node *node = &move->hotplug->mem->nodes[move->node];
	const bool has_memory = move->hotplug->alloc->counts.nodes[move->node].has_memory;
	const uint32_t others = mmi_atomic_read32(&node->states) & ~(uint32_t)MMI_NODE_MEMORY;

	mmi_atomic_publish32(&node->states, others | (has_memory ? MMI_NODE_MEMORY : 0));
}

void mmi_move_mark_blocks(struct mmi_move *move, bool online)
{
	const uint64_t block_pages = move->hotplug->blocks.block_pages;

	for (uint64_t pfn = move->start_pfn; pfn < move->end_pfn; pfn += block_pages) {
		struct mmi_memory_block *block =
		    mmi_block_table_get(&move->hotplug->blocks, pfn / block_pages);
		block->online = online;
		block->rezoned = block->rezoned || online;
		block->zone = online ? (int)move->zone->type : -1;
	}
}

int mmi_move_rebuild(void *user)
{
	struct mmi_move *move = user;

	mmi_move_publish_states(move);
	return mmi_zonelists_rebuild_locked(move->hotplug->alloc);
}

bool mmi_move_is_in_zone(void *user, uint64_t start_pfn, uint64_t end_pfn)
{
	const struct mmi_move *move = user;
	const struct mmi_memmap *map = &move->hotplug->mem->map;

	/* Of a device's compound pages not every struct page may be read. */
	if (!mmi_pfn_valid(map, start_pfn) ||
	    mmi_hotplug_find_device(move->hotplug, start_pfn, end_pfn))
		return false;
	for (uint64_t pfn = start_pfn; pfn < end_pfn; pfn++) {
		const uint64_t flags = mmi_page_access(map, mmi_pfn_page(map, pfn))->flags;
		if (mmi_flags_nid(flags) == move->zone->nid &&
		    mmi_flags_zone(flags) == move->zone->type)
			return true;
	}
	return false;
}

/* Zone lock held. */
static void count_pages(struct mmi_move *move, int64_t nr_present, int64_t nr_managed)
{
	struct mmi_zone *zone = move->zone;

	mmi_atomic_put64(&zone->nr_present_pages, zone->nr_present_pages + (uint64_t)nr_present);
	mmi_atomic_put64(&zone->nr_managed_pages, zone->nr_managed_pages + (uint64_t)nr_managed);
	move->hotplug->mem->nodes[move->node].nr_present_pages += (uint64_t)nr_present;
}

/* Free blocks of the max-order block at @start_pfn leave their lists; returns how many pages. */
static uint64_t take_block(struct mmi_move *move, uint64_t start_pfn)
{
	struct mmi_zone *zone = move->zone;
	const struct mmi_memmap *map = &zone->mem->map;
	const struct mmi_platform *p = map->platform;
	const uint64_t nr_pages = mmi_block_pages(&map->geometry);
	uint64_t nr_free = 0;

	p->ops->lock(p->ctx, &zone->lock);
	for (uint64_t pfn = start_pfn; pfn < start_pfn + nr_pages;) {
		struct mmi_page *page = mmi_page_access(map, mmi_pfn_page(map, pfn));
		uint64_t nr = 1;
		if (!mmi_page_is_kept(page)) {
			nr = 1ull << mmi_buddy_remove_locked(zone, page);
			nr_free += nr;
		}
		pfn += nr;
	}
	count_pages(move, -(int64_t)nr_pages, -(int64_t)nr_free);
	p->ops->unlock(p->ctx, &zone->lock);
	return nr_free;
}

uint64_t mmi_move_take_pages(struct mmi_move *move)
{
	const uint64_t block_pages = mmi_block_pages(&move->hotplug->mem->map.geometry);
	uint64_t nr_managed = 0;

	for (uint64_t pfn = move->start_pfn; pfn < move->end_pfn; pfn += block_pages)
		nr_managed += take_block(move, pfn);
	move->nr_kept_pages = move->end_pfn - move->start_pfn - nr_managed;
	return nr_managed;
}

/* The end of the pages from @pfn on that are not kept. */
static uint64_t free_run_end(const struct mmi_move *move, uint64_t pfn, uint64_t end_pfn)
{
	const struct mmi_memmap *map = &move->zone->mem->map;

	if (!move->nr_kept_pages)
		return end_pfn;
	while (pfn < end_pfn && !mmi_page_is_kept(mmi_page_access(map, mmi_pfn_page(map, pfn))))
		pfn++;
	return pfn;
}

static void put_block(struct mmi_move *move, uint64_t start_pfn)
{
	struct mmi_zone *zone = move->zone;
	const struct mmi_platform *p = zone->mem->platform;
	const uint64_t end_pfn = start_pfn + mmi_block_pages(&zone->mem->map.geometry);
	uint64_t nr_free = 0;

	p->ops->lock(p->ctx, &zone->lock);
	for (uint64_t pfn = start_pfn; pfn < end_pfn; pfn++) {
		const uint64_t run_end = free_run_end(move, pfn, end_pfn);
		mmi_buddy_free_range_locked(zone, pfn, run_end);
		nr_free += run_end - pfn;
		pfn = run_end; /* which is kept, or the end */
	}
	count_pages(move, (int64_t)(end_pfn - start_pfn), (int64_t)nr_free);
	p->ops->unlock(p->ctx, &zone->lock);
}

void mmi_move_put_pages(struct mmi_move *move)
{
	const struct mmi_memmap *map = &move->hotplug->mem->map;
	const uint64_t block_pages = mmi_block_pages(&map->geometry);

	for (uint64_t pfn = move->start_pfn; pfn < move->end_pfn; pfn += block_pages) {
		/*
		 * Its first page is what is touched of a block, and lies far from the one before.
		 */
		__builtin_prefetch(mmi_pfn_page(map, pfn) + AHEAD_BLOCKS * block_pages, 1);
		put_block(move, pfn);
	}
}

void mmi_hotplug_forget_pages(struct mmi_hotplug *hotplug, uint64_t start_pfn, uint64_t end_pfn)
{
	struct mmi_memmap *map = &hotplug->mem->map;

	mmi_presence_remove(map, start_pfn, end_pfn);
	mmi_shadow_forget(map, start_pfn, end_pfn);
	mmi_memmap_poison(map, start_pfn, end_pfn);
}
