/* SPDX-License-Identifier: MIT */
/*
 * Initialising on demand: an allocator that finds nothing gets memory that is not there yet.
 *
 * It takes one unit of the zone that it wants, from the far end of what the workers go through,
 * and does a worker's work on it.  When all of the zone is claimed it waits: who has claimed sees
 * that somebody waits, and joins its blocks to the zone at the next section border.
 *
 * It ends: a unit is claimed once, and progress comes only of what is in flight.
 */
#include "deferred/worker.h"
#include "memmap/atomic.h"

static void init_unit(struct mmi_deferred_run *run, const struct mmi_pfn_range *unit)
{
	const struct mmi_platform *platform = run->mem->platform;
	struct mmi_worker_stats stats = {.thread = platform->ops->thread_self(platform->ctx)};
	struct mmi_worker worker;

	mmi_worker_init(&worker, run->claims, &run->params, &stats);
	mmi_worker_do_chunk(&worker, unit->start_pfn, unit->end_pfn);
	mmi_claims_end(run->claims);
	mmi_atomic_add64(&run->grown.nr_units, 1);
	mmi_atomic_add64(&run->grown.nr_init_pages, stats.nr_init_pages);
	mmi_atomic_add64(&run->grown.nr_free_pages, stats.nr_free_pages);
}

enum mmi_growth mmi_deferred_grow(struct mmi_deferred_run *run, struct mmi_zone *zone)
{
	const uint32_t progress = mmi_atomic_read32(&run->claims->progress);
	struct mmi_pfn_range unit;

	if (!mmi_atomic_read64(&zone->nr_missing_pages))
		return MMI_GROW_NOTHING;
	if (mmi_claims_take_unit(run->claims, zone, &unit)) {
		init_unit(run, &unit);
		return MMI_GREW;
	}
	if (!mmi_claims_wait(run->claims, zone, progress))
		return MMI_GROW_NOTHING;
	mmi_atomic_add64(&run->grown.nr_waits, 1);
	return MMI_GREW;
}

int mmi_deferred_free_reserved(struct mmi_deferred_run *run, uint64_t start_pfn, uint64_t end_pfn)
{
	return mmi_claims_free_reserved(run->claims, start_pfn, end_pfn);
}
