/* SPDX-License-Identifier: MIT */
/*
 * Two threads in one section, or in a section each.
 *
 * Blocks are dealt, not claimed, so that nothing but their place differs: by turns, when both are to
 * be in one section, or section by section.  Nothing is spliced until both have ended.
 */
#include "design_claims.h"

#include <stdio.h>

#include "deferred/worker.h"
#include "memmap/page_init.h"

#define NR_SETS           2000000u
#define NR_PAGEBLOCKS_SET 16 /* a thread's own; a quarter of a section */

struct bits_team {
	struct bits_run *run;
	struct mmi_worker workers[CLAIM_THREADS];
	struct mmi_worker_stats stats[CLAIM_THREADS];
};

static const struct mmi_platform *platform_of(const struct bits_run *run)
{
	return run->arena->machine->platform;
}

static uint64_t now_ns(const struct bits_run *run)
{
	return platform_of(run)->ops->clock_ns(platform_of(run)->ctx);
}

/* The first of the pageblocks whose types @thread sets over and over: own words in any case. */
static uint64_t first_pageblock(const struct bits_run *run, unsigned thread)
{
	const struct mmi_memmap *map = &run->arena->mem.map;
	const uint64_t section_pages = mmi_section_pages(&map->geometry);

	return map->start_pfn + thread * (run->one_section ? section_pages / 2 : section_pages);
}

static void set_types(struct bits_run *run, unsigned thread)
{
	struct mmi_memmap *map = &run->arena->mem.map;
	const uint64_t first_pfn = first_pageblock(run, thread);
	const uint64_t pageblock_pages = mmi_pageblock_pages(&map->geometry);

	for (unsigned i = 0; i < NR_SETS; i++)
		mmi_pageblock_set_type(map, first_pfn + i % NR_PAGEBLOCKS_SET * pageblock_pages,
				       i & 1 ? MMI_MIGRATE_MOVABLE : MMI_MIGRATE_UNMOVABLE);
	run->nr_done[thread] = NR_SETS;
}

/* The steps of the engine, but types are set where they lie, a block at a time. */
static void do_block(struct mmi_worker *worker, uint64_t pfn, enum bits_work work)
{
	struct mmi_memmap *map = &worker->mem->map;
	const uint64_t end_pfn = pfn + mmi_block_pages(&map->geometry);
	const uint64_t pageblock_pages = mmi_pageblock_pages(&map->geometry);

	for (uint64_t at = pfn; work == BITS_WITH_PAGES && at < end_pfn; at += pageblock_pages)
		mmi_pageblock_set_type(map, at, MMI_MIGRATE_MOVABLE);
	mmi_deferred_engine()->init_range(worker, pfn, end_pfn);
	mmi_deferred_engine()->free_range(worker, pfn, end_pfn);
}

static void do_blocks(struct bits_run *run, struct mmi_worker *worker, unsigned thread)
{
	const struct mmi_mem_range *memory = &run->arena->machine->memory[0];
	const struct mmi_geometry *g = &run->arena->mem.map.geometry;
	const uint64_t turn_pages = run->one_section ? mmi_block_pages(g) : mmi_section_pages(g);
	uint64_t pfn = memory->start_pfn + thread * turn_pages;

	for (; pfn < memory->end_pfn; pfn += CLAIM_THREADS * turn_pages)
		for (uint64_t at = pfn; at < pfn + turn_pages; at += mmi_block_pages(g))
			do_block(worker, at, run->work);
	run->nr_done[thread] = worker->stats->nr_init_pages;
}

static void work(void *arg, unsigned thread)
{
	struct bits_team *team = arg;
	struct bits_run *run = team->run;

	run->start_ns[thread] = now_ns(run);
	if (run->work == BITS_ALONE)
		set_types(run, thread);
	else
		do_blocks(run, &team->workers[thread], thread);
	run->end_ns[thread] = now_ns(run);
}

/* Sections as they are before and after a run; the zone's lists are empty before. */
static void set_states(struct mmi_memmap *map, enum mmi_section_state state)
{
	for (uint64_t i = 0; i < map->nr_sections; i++)
		if (map->sections[i].state != MMI_SECTION_ABSENT)
			map->sections[i].state = state;
}

static void begin(struct bits_team *team)
{
	struct mmi_mem *mem = &team->run->arena->mem;

	mmi_arena_forget(team->run->arena);
	set_states(&mem->map, MMI_SECTION_BUSY);
	for (uint64_t i = 0; i < mem->map.nr_sections; i++)
		mmi_section_init_pageblocks(&mem->map, &mem->map.sections[i],
					    team->run->work == BITS_WITH_PAGES
						? MMI_MIGRATE_UNMOVABLE
						: MMI_MIGRATE_MOVABLE);
	for (unsigned i = 0; i < CLAIM_THREADS; i++) {
		team->workers[i] = (struct mmi_worker){
		    .mem = mem, .ops = mmi_deferred_engine(), .stats = &team->stats[i]};
		mmi_batch_init(&team->workers[i].blocks);
	}
}

static void end(struct bits_team *team)
{
	if (team->run->work == BITS_ALONE)
		return;
	for (unsigned i = 0; i < CLAIM_THREADS; i++)
		mmi_batch_splice(&team->workers[i].blocks);
	set_states(&team->run->arena->mem.map, MMI_SECTION_READY);
}

double bits_measure(struct bits_run *run)
{
	static struct bits_team team; /* too large for a stack */
	const struct mmi_platform *platform = platform_of(run);
	const int nids[CLAIM_THREADS] = {0, 0};

	team = (struct bits_team){.run = run};
	begin(&team);
	if (platform->ops->run_team(platform->ctx, CLAIM_THREADS, nids, work, &team) !=
	    CLAIM_THREADS) {
		fprintf(stderr, "claims: expected a team of %d threads\n", CLAIM_THREADS);
		return -1;
	}
	end(&team);
	const bool second_began_last = run->start_ns[1] > run->start_ns[0];
	const bool second_ended_last = run->end_ns[1] > run->end_ns[0];
	const uint64_t all_ns = run->end_ns[second_ended_last] - run->start_ns[!second_began_last];
	const double both_ns =
	    (double)run->end_ns[!second_ended_last] - (double)run->start_ns[second_began_last];
	run->overlap = both_ns > 0 ? both_ns / (double)all_ns : 0;
	return (double)all_ns / (double)run->nr_done[0];
}

static bool verify_types(const struct bits_run *run)
{
	const struct mmi_memmap *map = &run->arena->mem.map;
	const uint64_t pageblock_pages = mmi_pageblock_pages(&map->geometry);

	for (unsigned thread = 0; thread < CLAIM_THREADS; thread++) {
		for (unsigned i = 0; i < NR_PAGEBLOCKS_SET; i++) {
			const uint64_t pfn = first_pageblock(run, thread) + i * pageblock_pages;
			/* An even number of pageblocks: each always got the same one. */
			if (mmi_pageblock_type(map, pfn) ==
			    (i & 1 ? MMI_MIGRATE_MOVABLE : MMI_MIGRATE_UNMOVABLE))
				continue;
			printf("not verified: the pageblock of PFN %llu has another type\n",
			       (unsigned long long)pfn);
			return false;
		}
	}
	return true;
}

bool bits_verify(const struct bits_run *run)
{
	const uint64_t nr_expected = run->work == BITS_ALONE
					 ? NR_SETS
					 : run->arena->machine->nr_present_pages / CLAIM_THREADS;
	struct mmi_error err = {0};

	for (unsigned thread = 0; thread < CLAIM_THREADS; thread++) {
		if (run->nr_done[thread] == nr_expected)
			continue;
		printf("not verified: thread %u did %llu: expected %llu\n", thread,
		       (unsigned long long)run->nr_done[thread], (unsigned long long)nr_expected);
		return false;
	}
	if (run->work == BITS_ALONE)
		return verify_types(run);
	if (mmi_arena_check(run->arena, &err)) {
		printf("not verified: %s\n", err.text);
		return false;
	}
	return true;
}
