/* SPDX-License-Identifier: MIT */
/* The buddy lists: blocks taken and freed one by one, split and merged. */
#include "families.h"

#include "zone/buddy.h"

static const struct mmi_platform *platform;

#define NR_BLOCKS 4096

/* Takes NR_BLOCKS blocks of @order and frees them again; how many there were. */
static unsigned take_and_free(struct mmi_zone *zone, unsigned order)
{
	static struct mmi_page *pages[NR_BLOCKS];
	unsigned nr = 0;

	platform->ops->lock(platform->ctx, &zone->lock);
	while (nr < NR_BLOCKS &&
	       (pages[nr] = mmi_buddy_alloc_locked(zone, order, MMI_MIGRATE_MOVABLE)))
		nr++;
	for (unsigned i = 0; i < nr; i++)
		mmi_buddy_free_locked(zone, mmi_page_pfn(&zone->mem->map, pages[i]), order);
	platform->ops->unlock(platform->ctx, &zone->lock);
	return nr;
}

static void run(struct bench_state *state)
{
	const struct mmi_memmap_options options = {.populate = true};
	const struct mmi_arena_job job = {.plan = {.nr_threads = 1, .nothing_early = true}};
	const unsigned order = (unsigned)bench_arg(state, 0);
	struct mmi_arena_result result;
	struct mmi_error err = {0};
	struct mmi_arena arena;
	unsigned nr = NR_BLOCKS;

	if (!bench_open_arena(state, platform, 32 * BENCH_GIB, &options, &arena))
		return;
	int ret = mmi_arena_run(&arena, &job, &result, &err);
	struct mmi_zone *zone = mmi_mem_zone(&arena.mem, 0, MMI_ZONE_NORMAL);
	while (bench_next(state)) {
		const uint64_t start_ns = platform->ops->clock_ns(platform->ctx);
		const unsigned nr_taken = take_and_free(zone, order);
		bench_set_time_ns(state, platform->ops->clock_ns(platform->ctx) - start_ns);
		nr = nr_taken < nr ? nr_taken : nr;
	}
	if (!ret)
		ret = mmi_arena_check(&arena, &err);
	bench_verified(state, ret ? err.text : nr < NR_BLOCKS ? "ran out of blocks" : NULL);
	bench_set_work(state, 2 * NR_BLOCKS, 0);
	bench_close_arena(&arena);
}

static const struct bench_family family = {
    "buddy/take_and_free", run, {{"order", {0, 3, 9, 10}, 4}}, 1, 20, BENCH_REPETITIONS};

void bench_register_buddy(const struct mmi_platform *on)
{
	platform = on;
	bench_register(&family);
}
