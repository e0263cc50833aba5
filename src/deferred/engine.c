/* SPDX-License-Identifier: MIT */
/*
 * The built-in algorithm: what a worker does with a chunk.
 *
 * It takes one step after another, each initialised as a whole, across reservations and holes,
 * and only then freed, as the largest aligned blocks there are.  A step is a max-order block, so
 * that the free finds the block's struct pages in the L2 cache, and nothing is ever freed next to
 * a buddy that is not initialised.  Larger steps (a section, the chunk) exist for comparison.
 */
#include "deferred/worker.h"
#include "memmap/atomic.h"
#include "memmap/page_init.h"

void mmi_worker_init(struct mmi_worker *worker, struct mmi_claims *claims,
		     const struct mmi_run_params *params, struct mmi_worker_stats *stats)
{
	*worker = (struct mmi_worker){
	    .mem = claims->mem,
	    .claims = claims,
	    .ops = params->ops ? params->ops : mmi_deferred_engine(),
	    .batch = params->batch,
	    .nid = stats->nid,
	    .stats = stats,
	};
	mmi_batch_init(&worker->blocks);
}

/* Index of the first extent that ends above @pfn: nearly always where the last range ended. */
static size_t find_extent(struct mmi_worker *worker, uint64_t pfn)
{
	const struct mmi_extents *extents = &worker->mem->extents;
	const size_t hint = worker->extent;

	if (hint >= extents->nr || extents->items[hint].end_pfn <= pfn ||
	    (hint && extents->items[hint - 1].end_pfn > pfn))
		worker->extent = mmi_extents_find(extents, pfn);
	return worker->extent;
}

/* The part of extent number @i that lies in [start_pfn, end_pfn); false when there is none. */
static bool clip_extent(const struct mmi_extents *extents, size_t i, uint64_t start_pfn,
			uint64_t end_pfn, struct mmi_pfn_range *part)
{
	if (i >= extents->nr || extents->items[i].start_pfn >= end_pfn)
		return false;
	const struct mmi_extent *extent = &extents->items[i];
	part->start_pfn = extent->start_pfn > start_pfn ? extent->start_pfn : start_pfn;
	part->end_pfn = extent->end_pfn < end_pfn ? extent->end_pfn : end_pfn;
	return true;
}

static void init_range(struct mmi_worker *worker, uint64_t start_pfn, uint64_t end_pfn)
{
	const struct mmi_extents *extents = &worker->mem->extents;
	struct mmi_pfn_range part;

	for (size_t i = find_extent(worker, start_pfn);
	     clip_extent(extents, i, start_pfn, end_pfn, &part); i++) {
		const struct mmi_extent *extent = &extents->items[i];
		const bool is_free = extent->kind == MMI_EXTENT_FREE;
		const uint64_t flags =
		    mmi_page_flags(extent->nid, extent->zone) | (is_free ? 0 : MMI_PG_RESERVED);

		mmi_pages_init(&worker->mem->map, part.start_pfn, part.end_pfn, flags, !is_free);
		worker->stats->nr_init_pages += part.end_pfn - part.start_pfn;
	}
}

static struct mmi_zone *zone_of(struct mmi_worker *worker, const struct mmi_extent *extent)
{
	if (!worker->zone || worker->zone->nid != extent->nid || worker->zone->type != extent->zone)
		worker->zone = mmi_mem_zone(worker->mem, extent->nid, extent->zone);
	return worker->zone;
}

struct mmi_zone *mmi_worker_zone(struct mmi_worker *worker, uint64_t pfn)
{
	return zone_of(worker, &worker->mem->extents.items[find_extent(worker, pfn)]);
}

static void free_range(struct mmi_worker *worker, uint64_t start_pfn, uint64_t end_pfn)
{
	const struct mmi_extents *extents = &worker->mem->extents;
	struct mmi_pfn_range part;

	for (size_t i = find_extent(worker, start_pfn);
	     clip_extent(extents, i, start_pfn, end_pfn, &part); i++) {
		const struct mmi_extent *extent = &extents->items[i];
		if (extent->kind == MMI_EXTENT_FREE)
			mmi_batch_add(&worker->blocks, zone_of(worker, extent), part.start_pfn,
				      part.end_pfn);
	}
}

/* Puts the blocks below @end_pfn on their zone's lists, for all to take. */
static void join_zone(struct mmi_worker *worker, uint64_t end_pfn)
{
	mmi_batch_splice(&worker->blocks);
	mmi_claims_stand(worker->claims, worker->standing_pfn, end_pfn);
	worker->standing_pfn = end_pfn;
}

void mmi_worker_begin_sections(struct mmi_worker *worker, uint64_t start_pfn, uint64_t end_pfn)
{
	struct mmi_memmap *map = &worker->mem->map;
	const uint64_t section_pages = mmi_section_pages(&map->geometry);

	for (uint64_t pfn = start_pfn; pfn < end_pfn; pfn += section_pages) {
		struct mmi_section *section = mmi_pfn_section(map, pfn);
		if (mmi_atomic_read32(&section->state) == MMI_SECTION_ABSENT)
			continue;
		mmi_atomic_publish32(&section->state, MMI_SECTION_BUSY);
		mmi_section_init_pageblocks(map, section, MMI_MIGRATE_MOVABLE);
	}
}

void mmi_worker_end_sections(struct mmi_worker *worker, uint64_t start_pfn, uint64_t end_pfn)
{
	struct mmi_memmap *map = &worker->mem->map;
	const uint64_t section_pages = mmi_section_pages(&map->geometry);

	for (uint64_t pfn = start_pfn; pfn < end_pfn; pfn += section_pages) {
		struct mmi_section *section = mmi_pfn_section(map, pfn);
		if (mmi_atomic_read32(&section->state) != MMI_SECTION_ABSENT)
			mmi_atomic_publish32(&section->state, MMI_SECTION_READY);
	}
	if (mmi_atomic_read32(&worker->claims->nr_waiters))
		join_zone(worker, end_pfn);
}

/* Initialises and frees [start_pfn, end_pfn) in steps of @step_pages. */
static void do_steps(struct mmi_worker *worker, uint64_t start_pfn, uint64_t end_pfn,
		     uint64_t step_pages)
{
	for (uint64_t pfn = start_pfn; pfn < end_pfn; pfn += step_pages) {
		const uint64_t end = end_pfn - pfn < step_pages ? end_pfn : pfn + step_pages;
		worker->ops->init_range(worker, pfn, end);
		worker->ops->free_range(worker, pfn, end);
	}
}

static void do_chunk(struct mmi_worker *worker, uint64_t start_pfn, uint64_t end_pfn)
{
	const struct mmi_geometry *g = &worker->mem->map.geometry;
	const uint64_t section_pages = mmi_section_pages(g);

	if (worker->batch == MMI_BATCH_CHUNK) {
		mmi_worker_begin_sections(worker, start_pfn, end_pfn);
		do_steps(worker, start_pfn, end_pfn, end_pfn - start_pfn);
		mmi_worker_end_sections(worker, start_pfn, end_pfn);
		return;
	}
	const uint64_t step_pages =
	    worker->batch == MMI_BATCH_BLOCK ? mmi_block_pages(g) : section_pages;
	for (uint64_t pfn = start_pfn, end; pfn < end_pfn; pfn = end) {
		end = mmi_align_down(pfn, section_pages) + section_pages;
		if (end > end_pfn)
			end = end_pfn;
		mmi_worker_begin_sections(worker, pfn, end);
		do_steps(worker, pfn, end, step_pages);
		mmi_worker_end_sections(worker, pfn, end);
	}
}

static const struct mmi_deferred_ops engine = {
    .name = "mminit",
    .chunk = do_chunk,
    .init_range = init_range,
    .free_range = free_range,
};

const struct mmi_deferred_ops *mmi_deferred_engine(void)
{
	return &engine;
}

void mmi_worker_do_chunk(struct mmi_worker *worker, uint64_t start_pfn, uint64_t end_pfn)
{
	const struct mmi_platform *platform = worker->mem->platform;
	struct mmi_worker_stats *stats = worker->stats;

	if (!stats->start_ns)
		stats->start_ns = platform->ops->clock_ns(platform->ctx);
	worker->standing_pfn = start_pfn;
	worker->ops->chunk(worker, start_pfn, end_pfn);
	join_zone(worker, end_pfn);
	stats->nr_free_pages = worker->blocks.total_pages;
	stats->nr_blocks = worker->blocks.total_blocks;
	stats->nr_splices = worker->blocks.total_splices;
	stats->nr_chunks++;
	stats->end_ns = platform->ops->clock_ns(platform->ctx);
}
