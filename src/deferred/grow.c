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

static void init_unit(struct mmi_deferred_run *run, const struct mmi_pfn_range *unit, int nid)
{
	const struct mmi_platform *platform = run->mem->platform;
	struct mmi_worker_stats stats = {.nid = nid,
					 .thread = platform->ops->thread_self(platform->ctx)};
	struct mmi_worker worker;

	mmi_worker_init(&worker, run->claims, &run->params, &stats);
	mmi_worker_do_chunk(&worker, unit->start_pfn, unit->end_pfn);
	mmi_claims_end(run->claims);
	mmi_atomic_add64(&run->grown.nr_units, 1);
	mmi_atomic_add64(&run->grown.nr_init_pages, stats.nr_init_pages);
	mmi_atomic_add64(&run->grown.nr_free_pages, stats.nr_free_pages);
}

/* The clock is read only where somebody wants to know. */
static uint64_t event_ns(const struct mmi_deferred_run *run)
{
	const struct mmi_platform *platform = run->mem->platform;

	return run->params.on_growth ? platform->ops->clock_ns(platform->ctx) : 0;
}

/* @unit: what was initialised; NULL: it was waited for others. */
static void tell(const struct mmi_deferred_run *run, const struct mmi_zone *zone,
		 const struct mmi_pfn_range *unit, uint64_t start_ns)
{
	const struct mmi_platform *platform = run->mem->platform;

	if (!run->params.on_growth)
		return;
	const struct mmi_growth_event event = {
	    .waited = !unit,
	    .start_pfn = unit ? unit->start_pfn : 0,
	    .end_pfn = unit ? unit->end_pfn : 0,
	    .start_ns = start_ns,
	    .end_ns = event_ns(run),
	    .thread = platform->ops->thread_self(platform->ctx),
	    .nid = zone->nid,
	};
	run->params.on_growth(run->params.growth_user, &event);
}

enum mmi_growth mmi_deferred_grow(struct mmi_deferred_run *run, struct mmi_zone *zone)
{
	const uint32_t progress = mmi_atomic_read32(&run->claims->progress);
	const uint64_t start_ns = event_ns(run);
	struct mmi_pfn_range unit;

	if (!mmi_atomic_read64(&zone->nr_missing_pages))
		return MMI_GROW_NOTHING;
	if (mmi_claims_take_unit(run->claims, zone, &unit)) {
		init_unit(run, &unit, zone->nid);
		tell(run, zone, &unit, start_ns);
		return MMI_GREW;
	}
	if (!mmi_claims_wait(run->claims, zone, progress))
		return MMI_GROW_NOTHING;
	mmi_atomic_add64(&run->grown.nr_waits, 1);
	tell(run, zone, NULL, start_ns);
	return MMI_GREW;
}

int mmi_deferred_free_reserved(struct mmi_deferred_run *run, uint64_t start_pfn, uint64_t end_pfn)
{
	return mmi_claims_free_reserved(run->claims, start_pfn, end_pfn);
}
