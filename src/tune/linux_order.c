/* SPDX-License-Identifier: MIT */
/* Two passes a block, each block freed under the zone's lock. */
#include "tune/linux_order.h"

#include "deferred/worker.h"
#include "memmap/page_init.h"

/* The part of @extent in [start_pfn, end_pfn). */
static struct mmi_pfn_range clip(const struct mmi_extent *extent, uint64_t start_pfn,
				 uint64_t end_pfn)
{
	return (struct mmi_pfn_range){
	    extent->start_pfn > start_pfn ? extent->start_pfn : start_pfn,
	    extent->end_pfn < end_pfn ? extent->end_pfn : end_pfn,
	};
}

/* Where the walk over [start_pfn, ...) begins; the worker remembers where the last one did. */
static size_t first_extent(struct mmi_worker *worker, uint64_t start_pfn)
{
	const struct mmi_extents *extents = &worker->mem->extents;

	while (worker->extent < extents->nr && extents->items[worker->extent].end_pfn <= start_pfn)
		worker->extent++;
	if (worker->extent >= extents->nr ||
	    (worker->extent && extents->items[worker->extent - 1].end_pfn > start_pfn))
		worker->extent = mmi_extents_find(extents, start_pfn);
	return worker->extent;
}

static void init_range(struct mmi_worker *worker, uint64_t start_pfn, uint64_t end_pfn)
{
	const struct mmi_extents *extents = &worker->mem->extents;

	for (size_t i = first_extent(worker, start_pfn);
	     i < extents->nr && extents->items[i].start_pfn < end_pfn; i++) {
		const struct mmi_extent *extent = &extents->items[i];
		const struct mmi_pfn_range part = clip(extent, start_pfn, end_pfn);
		const uint64_t flags = mmi_page_flags(extent->nid, extent->zone) | MMI_PG_RESERVED;

		mmi_pages_init(&worker->mem->map, part.start_pfn, part.end_pfn, flags, 1);
		worker->stats->nr_init_pages += part.end_pfn - part.start_pfn;
	}
}

static void clear_reserved(struct mmi_memmap *map, const struct mmi_pfn_range *range)
{
	struct mmi_page *page = mmi_pfn_page(map, range->start_pfn);
	struct mmi_page *end = page + (range->end_pfn - range->start_pfn);

	for (; page < end; page++) {
		mmi_page_access(map, page);
		page->flags &= ~MMI_PG_RESERVED;
		page->refcount = 0;
	}
}

static void free_part(struct mmi_worker *worker, struct mmi_pfn_range range)
{
	const unsigned max_order = worker->mem->map.geometry.max_page_order;

	clear_reserved(&worker->mem->map, &range);
	while (range.start_pfn < range.end_pfn) {
		const unsigned order = mmi_largest_order(range.start_pfn, range.end_pfn, max_order);
		mmi_worker_free_block(worker, range.start_pfn, order);
		range.start_pfn += 1ull << order;
	}
}

static void free_range(struct mmi_worker *worker, uint64_t start_pfn, uint64_t end_pfn)
{
	const struct mmi_extents *extents = &worker->mem->extents;

	for (size_t i = first_extent(worker, start_pfn);
	     i < extents->nr && extents->items[i].start_pfn < end_pfn; i++) {
		const struct mmi_extent *extent = &extents->items[i];
		if (extent->kind == MMI_EXTENT_FREE)
			free_part(worker, clip(extent, start_pfn, end_pfn));
	}
}

/* The engine's own walk of a chunk, over the steps above. */
static void do_chunk(struct mmi_worker *worker, uint64_t start_pfn, uint64_t end_pfn)
{
	mmi_deferred_engine()->chunk(worker, start_pfn, end_pfn);
}

static const struct mmi_deferred_ops linux_order = {
    .name = "linux-6.1-order",
    .chunk = do_chunk,
    .init_range = init_range,
    .free_range = free_range,
};

const struct mmi_deferred_ops *mmi_linux_order(void)
{
	return &linux_order;
}
