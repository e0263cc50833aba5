/* SPDX-License-Identifier: MIT */
/* One measured run of each side. */
#include <stdio.h>

#include "deferred/worker.h"
#include "mminit/platform_native.h"
#include "pairs.h"
#include "tune/linux_order.h"

/*
 * Runs from nothing are long, and the system's part in them is not ours to smooth: a turn is one of
 * them.  So it is with machines of several sizes, of which the largest would be disturbed in each run
 * and the smallest in few: the smaller ones are run as often as makes as many pages.
 */
#define NR_WARM_RUNS 5

/*
 * What is left of a chunk without its pages: the block at its start is put on the worker's list,
 * so that there is something to splice.
 */
static void only_splice(struct mmi_worker *worker, uint64_t start_pfn, uint64_t end_pfn)
{
	const uint64_t block_pages = mmi_block_pages(&worker->mem->map.geometry);
	const struct mmi_extent *extent = &worker->mem->extents.items[0];

	(void)end_pfn;
	mmi_batch_add(&worker->blocks, mmi_mem_zone(worker->mem, extent->nid, extent->zone),
		      start_pfn, start_pfn + block_pages);
}

static const struct mmi_deferred_ops overhead_ops = {.name = "overhead", .chunk = only_splice};

static struct mmi_arena *arena_of(struct pairs_bed *bed, enum side side)
{
	switch (side) {
	case SIDE_FRAGMENTED:
		return &bed->fragmented;
	case SIDE_COLD_ENGINE:
	case SIDE_COLD_MEMSET:
		return &bed->cold;
	case SIDE_SMALL:
	case SIDE_MIDDLE:
	case SIDE_LARGE:
		return &bed->sized[side - SIDE_SMALL];
	default:
		return &bed->arena;
	}
}

static struct mmi_arena_job job_of(const struct mmi_arena *arena, enum side side,
				   unsigned nr_threads)
{
	struct mmi_arena_job job = {
	    .plan = {.nr_threads = nr_threads, .nothing_early = true},
	    .run = {.batch = MMI_BATCH_BLOCK},
	};

	if (side == SIDE_LINUX_ORDER)
		job.run.ops = mmi_linux_order();
	if (side == SIDE_OVERHEAD)
		job.run.ops = &overhead_ops;
	if (side == SIDE_OVERHEAD || side == SIDE_ENGINE_BY_SECTION) {
		job.plan.rule = MMI_CHUNK_FIXED;
		job.plan.chunk_pages = mmi_section_pages(&arena->machine->geometry);
	}
	return job;
}

/* Elapsed nanoseconds of one run; 0 on failure. */
static uint64_t run_once(struct mmi_arena *arena, enum side side, unsigned nr_threads)
{
	const struct mmi_arena_job job = job_of(arena, side, nr_threads);
	struct mmi_arena_result result;
	struct mmi_error err = {0};

	if (side == SIDE_MEMSET || side == SIDE_COLD_MEMSET)
		return mmi_write_team_ns(arena, nr_threads, MMI_WRITE_MEMSET);
	if (side == SIDE_BYTES)
		return mmi_write_team_ns(arena, nr_threads, MMI_WRITE_BYTES);
	if (side == SIDE_PAGE_LOOP)
		return mmi_write_team_ns(arena, nr_threads, MMI_WRITE_PAGES);
	if (mmi_arena_run(arena, &job, &result, &err)) {
		fprintf(stderr, "pairs: %s\n", err.text);
		return 0;
	}
	return result.elapsed_ns + (side == SIDE_OVERHEAD ? result.plan_ns : 0);
}

/* From nothing: whatever the arena had is given back first. */
static uint64_t run_cold(struct pairs_bed *bed, enum side side, unsigned nr_threads)
{
	struct mmi_native_backing backing = {0};
	struct mmi_error err = {0};

	if (mmi_arena_renew(&bed->cold, &err)) {
		fprintf(stderr, "pairs: %s\n", err.text);
		return 0;
	}
	const uint64_t elapsed_ns = run_once(&bed->cold, side, nr_threads);
	mmi_native_backing_read(bed->cold.mem.map.pages, bed->cold.mem.map.pages_bytes, &backing);
	bed->huge_bytes = backing.huge_bytes;
	bed->resident_bytes = backing.resident_bytes;
	return elapsed_ns;
}

static bool is_cold(enum side side)
{
	return side == SIDE_COLD_ENGINE || side == SIDE_COLD_MEMSET;
}

static bool is_sized(enum side side)
{
	return side == SIDE_SMALL || side == SIDE_MIDDLE || side == SIDE_LARGE;
}

unsigned side_nr_runs(enum side side)
{
	return is_cold(side) || is_sized(side) ? 1 : NR_WARM_RUNS;
}

static uint64_t largest_pages(const struct pairs_bed *bed)
{
	uint64_t nr_pages = 0;

	for (int i = 0; i < PAIRS_NR_SIZES; i++)
		if (bed->sized_machine[i] && bed->sized_machine[i]->nr_present_pages > nr_pages)
			nr_pages = bed->sized_machine[i]->nr_present_pages;
	return nr_pages;
}

/* The mean of as many runs as make the pages of the largest machine. */
static double mean_of(struct pairs_bed *bed, enum side side, unsigned nr_threads)
{
	struct mmi_arena *arena = arena_of(bed, side);
	const uint64_t nr_run_pages = arena->machine->nr_present_pages;
	uint64_t nr_pages = 0, sum_ns = 0;

	for (; nr_pages < largest_pages(bed); nr_pages += nr_run_pages) {
		const uint64_t elapsed_ns = run_once(arena, side, nr_threads);
		if (!elapsed_ns)
			return -1;
		sum_ns += elapsed_ns;
	}
	return (double)sum_ns / (double)nr_pages;
}

double side_measure(struct pairs_bed *bed, enum side side, unsigned nr_threads)
{
	struct mmi_arena *arena = arena_of(bed, side);

	if (is_sized(side))
		return mean_of(bed, side, nr_threads);
	const uint64_t elapsed_ns =
	    is_cold(side) ? run_cold(bed, side, nr_threads) : run_once(arena, side, nr_threads);
	return elapsed_ns ? (double)elapsed_ns / (double)arena->machine->nr_present_pages : -1;
}

bool side_verify(struct pairs_bed *bed, enum side side)
{
	struct mmi_arena *arena = arena_of(bed, side);
	struct mmi_error err = {0};

	if (side == SIDE_MEMSET || side == SIDE_COLD_MEMSET || side == SIDE_BYTES ||
	    side == SIDE_PAGE_LOOP || side == SIDE_OVERHEAD)
		return true; /* no initialisation */
	if (!mmi_arena_check(arena, &err))
		return true;
	printf("not verified: %s\n", err.text);
	return false;
}
