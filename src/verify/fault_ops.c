/* SPDX-License-Identifier: MIT */
/*
 * Faults of an algorithm: its operations, wrapped so that one of them goes wrong at one place.
 *
 * All do what the algorithm does but in the fault's own range.  They may leave lists that are torn
 * and pages that were never written, but no operation of the engine follows a link it did not set.
 */
#include "memmap/page_init.h"
#include "verify/fault_parts.h"

static const struct mmi_fault *fault_of(const struct mmi_worker *worker)
{
	return worker->ops->user;
}

/* Does the fault strike in [start_pfn, end_pfn)?  Its range is never cut by a step's border. */
static bool strikes(const struct mmi_worker *worker, uint64_t start_pfn, uint64_t end_pfn)
{
	const uint64_t pfn = fault_of(worker)->start_pfn;

	return pfn >= start_pfn && pfn < end_pfn;
}

static void init(struct mmi_worker *worker, uint64_t start_pfn, uint64_t end_pfn)
{
	fault_of(worker)->inner->init_range(worker, start_pfn, end_pfn);
}

static void free_pages(struct mmi_worker *worker, uint64_t start_pfn, uint64_t end_pfn)
{
	fault_of(worker)->inner->free_range(worker, start_pfn, end_pfn);
}

/* Does @step with what lies below and above the fault's range. */
static void do_around(struct mmi_worker *worker, uint64_t start_pfn, uint64_t end_pfn,
		      void (*step)(struct mmi_worker *worker, uint64_t start_pfn, uint64_t end_pfn))
{
	const struct mmi_fault *fault = fault_of(worker);

	if (!strikes(worker, start_pfn, end_pfn)) {
		step(worker, start_pfn, end_pfn);
		return;
	}
	if (start_pfn < fault->start_pfn)
		step(worker, start_pfn, fault->start_pfn);
	if (fault->end_pfn < end_pfn)
		step(worker, fault->end_pfn, end_pfn);
}

static uint64_t middle_pfn(const struct mmi_fault *fault)
{
	return fault->start_pfn + (fault->end_pfn - fault->start_pfn) / 2;
}

void mmi_chunk_twice(struct mmi_worker *worker, uint64_t start_pfn, uint64_t end_pfn)
{
	fault_of(worker)->inner->chunk(worker, start_pfn, end_pfn);
	if (strikes(worker, start_pfn, end_pfn))
		fault_of(worker)->inner->chunk(worker, start_pfn, end_pfn);
}

void mmi_chunk_lost(struct mmi_worker *worker, uint64_t start_pfn, uint64_t end_pfn)
{
	if (!strikes(worker, start_pfn, end_pfn))
		fault_of(worker)->inner->chunk(worker, start_pfn, end_pfn);
}

void mmi_chunk_retype(struct mmi_worker *worker, uint64_t start_pfn, uint64_t end_pfn)
{
	fault_of(worker)->inner->chunk(worker, start_pfn, end_pfn);
	if (strikes(worker, start_pfn, end_pfn))
		mmi_pageblock_set_type(&worker->mem->map, fault_of(worker)->start_pfn,
				       MMI_MIGRATE_UNMOVABLE);
}

/* The zone that the first page of the fault's range is linked to. */
static struct mmi_zone *zone_of(const struct mmi_worker *worker)
{
	const struct mmi_page *page = mmi_pfn_page(&worker->mem->map, fault_of(worker)->start_pfn);

	return mmi_mem_zone(worker->mem, mmi_flags_nid(page->flags), mmi_flags_zone(page->flags));
}

void mmi_chunk_miscount(struct mmi_worker *worker, uint64_t start_pfn, uint64_t end_pfn)
{
	const struct mmi_platform *platform = worker->mem->platform;

	fault_of(worker)->inner->chunk(worker, start_pfn, end_pfn);
	if (!strikes(worker, start_pfn, end_pfn))
		return;
	struct mmi_zone *zone = zone_of(worker);
	platform->ops->lock(platform->ctx, &zone->lock);
	zone->nr_managed_pages++;
	platform->ops->unlock(platform->ctx, &zone->lock);
}

/* The worker's own list keeps what it was, after it has joined the zone's. */
void mmi_chunk_splice_twice(struct mmi_worker *worker, uint64_t start_pfn, uint64_t end_pfn)
{
	fault_of(worker)->inner->chunk(worker, start_pfn, end_pfn);
	if (!strikes(worker, start_pfn, end_pfn))
		return;
	const struct mmi_free_batch kept = worker->blocks;
	mmi_batch_splice(&worker->blocks);
	worker->blocks = kept;
}

/*
 * Past the end of a chunk, which is the start of another, pages are initialised as if they were
 * its.
 */
void mmi_chunk_overrun(struct mmi_worker *worker, uint64_t start_pfn, uint64_t end_pfn)
{
	fault_of(worker)->inner->chunk(worker, start_pfn, end_pfn);
	if (strikes(worker, start_pfn, end_pfn))
		init(worker, end_pfn, end_pfn + mmi_pageblock_pages(&worker->mem->map.geometry));
}

/*
 * The early part frees a reserved page of a chunk, whose struct pages nobody has initialised yet.
 */
void mmi_chunk_free_reserved(struct mmi_worker *worker, uint64_t start_pfn, uint64_t end_pfn)
{
	const struct mmi_fault *fault = fault_of(worker);

	if (worker->stats->nid < 0 && !worker->stats->nr_chunks)
		mmi_reserved_free(worker->mem, fault->start_pfn, fault->end_pfn);
	fault->inner->chunk(worker, start_pfn, end_pfn);
}

/* The early part, done before any worker begins, reaches into a section of one of them. */
void mmi_chunk_trespass(struct mmi_worker *worker, uint64_t start_pfn, uint64_t end_pfn)
{
	const bool is_early = worker->stats->nid < 0;

	if (is_early)
		mmi_pageblock_set_type(&worker->mem->map, fault_of(worker)->start_pfn,
				       MMI_MIGRATE_MOVABLE);
	fault_of(worker)->inner->chunk(worker, start_pfn, end_pfn);
}

void mmi_init_skip(struct mmi_worker *worker, uint64_t start_pfn, uint64_t end_pfn)
{
	do_around(worker, start_pfn, end_pfn, init);
}

void mmi_init_twice(struct mmi_worker *worker, uint64_t start_pfn, uint64_t end_pfn)
{
	const struct mmi_fault *fault = fault_of(worker);

	init(worker, start_pfn, end_pfn);
	if (strikes(worker, start_pfn, end_pfn))
		init(worker, fault->start_pfn, fault->end_pfn);
}

/* Initialises, frees and initialises again; the algorithm then frees it, for the second time. */
void mmi_init_and_free(struct mmi_worker *worker, uint64_t start_pfn, uint64_t end_pfn)
{
	const struct mmi_fault *fault = fault_of(worker);

	init(worker, start_pfn, end_pfn);
	if (strikes(worker, start_pfn, end_pfn)) {
		free_pages(worker, fault->start_pfn, fault->end_pfn);
		init(worker, fault->start_pfn, fault->end_pfn);
	}
}

void mmi_init_free_early(struct mmi_worker *worker, uint64_t start_pfn, uint64_t end_pfn)
{
	const struct mmi_fault *fault = fault_of(worker);

	do_around(worker, start_pfn, end_pfn, init);
	if (strikes(worker, start_pfn, end_pfn)) {
		init(worker, fault->start_pfn, middle_pfn(fault));
		free_pages(worker, fault->start_pfn, fault->end_pfn);
		init(worker, middle_pfn(fault), fault->end_pfn);
	}
}

void mmi_init_free_halves(struct mmi_worker *worker, uint64_t start_pfn, uint64_t end_pfn)
{
	const struct mmi_fault *fault = fault_of(worker);

	do_around(worker, start_pfn, end_pfn, init);
	if (strikes(worker, start_pfn, end_pfn)) {
		init(worker, fault->start_pfn, middle_pfn(fault));
		free_pages(worker, fault->start_pfn, middle_pfn(fault));
		init(worker, middle_pfn(fault), fault->end_pfn);
		free_pages(worker, middle_pfn(fault), fault->end_pfn);
	}
}

void mmi_init_peek(struct mmi_worker *worker, uint64_t start_pfn, uint64_t end_pfn)
{
	struct mmi_memmap *map = &worker->mem->map;

	if (strikes(worker, start_pfn, end_pfn))
		mmi_page_access(map, mmi_pfn_page(map, fault_of(worker)->start_pfn));
	init(worker, start_pfn, end_pfn);
}

/* Initialises; returns the page that the fault is to spoil, or NULL: not in this range. */
static struct mmi_page *init_and_find(struct mmi_worker *worker, uint64_t start_pfn,
				      uint64_t end_pfn)
{
	struct mmi_memmap *map = &worker->mem->map;

	init(worker, start_pfn, end_pfn);
	if (!strikes(worker, start_pfn, end_pfn))
		return NULL;
	return mmi_page_access(map, mmi_pfn_page(map, middle_pfn(fault_of(worker))));
}

void mmi_init_wrong_zone(struct mmi_worker *worker, uint64_t start_pfn, uint64_t end_pfn)
{
	struct mmi_page *page = init_and_find(worker, start_pfn, end_pfn);

	if (page)
		page->flags ^= 1ull << MMI_PG_ZONE_SHIFT;
}

void mmi_init_wrong_node(struct mmi_worker *worker, uint64_t start_pfn, uint64_t end_pfn)
{
	struct mmi_page *page = init_and_find(worker, start_pfn, end_pfn);

	if (page)
		page->flags ^= 1ull << MMI_PG_NODE_SHIFT;
}

void mmi_init_refcount(struct mmi_worker *worker, uint64_t start_pfn, uint64_t end_pfn)
{
	struct mmi_page *page = init_and_find(worker, start_pfn, end_pfn);

	if (page)
		page->refcount = 1;
}

void mmi_init_stale_field(struct mmi_worker *worker, uint64_t start_pfn, uint64_t end_pfn)
{
	struct mmi_page *page = init_and_find(worker, start_pfn, end_pfn);

	if (page)
		page->mapping = fault_of(worker)->start_pfn | 1;
}

void mmi_free_skip(struct mmi_worker *worker, uint64_t start_pfn, uint64_t end_pfn)
{
	do_around(worker, start_pfn, end_pfn, free_pages);
}

void mmi_free_twice(struct mmi_worker *worker, uint64_t start_pfn, uint64_t end_pfn)
{
	const struct mmi_fault *fault = fault_of(worker);

	free_pages(worker, start_pfn, end_pfn);
	if (strikes(worker, start_pfn, end_pfn))
		free_pages(worker, fault->start_pfn, fault->end_pfn);
}

void mmi_free_halves(struct mmi_worker *worker, uint64_t start_pfn, uint64_t end_pfn)
{
	const struct mmi_fault *fault = fault_of(worker);

	do_around(worker, start_pfn, end_pfn, free_pages);
	if (strikes(worker, start_pfn, end_pfn)) {
		free_pages(worker, fault->start_pfn, middle_pfn(fault));
		free_pages(worker, middle_pfn(fault), fault->end_pfn);
	}
}

void mmi_free_reserved(struct mmi_worker *worker, uint64_t start_pfn, uint64_t end_pfn)
{
	const struct mmi_fault *fault = fault_of(worker);

	free_pages(worker, start_pfn, end_pfn);
	if (strikes(worker, start_pfn, end_pfn))
		mmi_batch_add(&worker->blocks, zone_of(worker), fault->start_pfn, fault->end_pfn);
}
