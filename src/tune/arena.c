/* SPDX-License-Identifier: MIT */
/* Runs one machine's initialisation many times over the same memmap. */
#include "tune/arena.h"

#include <errno.h>

#include "memmap/page_init.h"
#include "zone/buddy.h"

int mmi_arena_init(struct mmi_arena *arena, const struct mmi_machine *machine,
		   const struct mmi_memmap_options *options, struct mmi_error *err)
{
	*arena = (struct mmi_arena){.machine = machine, .options = *options};
	return mmi_mem_init(&arena->mem, machine, options, err);
}

void mmi_arena_deinit(struct mmi_arena *arena)
{
	if (arena->machine)
		mmi_mem_deinit(&arena->mem);
	*arena = (struct mmi_arena){0};
}

int mmi_arena_renew(struct mmi_arena *arena, struct mmi_error *err)
{
	mmi_mem_deinit(&arena->mem);
	return mmi_mem_init(&arena->mem, arena->machine, &arena->options, err);
}

int mmi_arena_use_store(struct mmi_arena *arena, enum mmi_store store, enum mmi_prefetch prefetch,
			struct mmi_error *err)
{
	struct mmi_memmap *map = &arena->mem.map;

	map->options.store = store;
	map->options.prefetch = prefetch;
	return mmi_memmap_choose_store(map, err);
}

void mmi_arena_forget(struct mmi_arena *arena)
{
	struct mmi_mem *mem = &arena->mem;

	for (size_t i = 0; i < mem->nr_nodes; i++) {
		for (int z = 0; z < MMI_NR_ZONES; z++) {
			struct mmi_zone *zone = &mem->nodes[i].zones[z];
			mmi_zone_init_lists(zone);
			zone->nr_managed_pages = zone->nr_free_pages = zone->nr_splices = 0;
		}
	}
	const struct mmi_memmap *map = &mem->map;
	for (uint64_t pfn = mmi_memmap_next_present(map, map->start_pfn); pfn < map->end_pfn;
	     pfn = mmi_memmap_next_present(map, pfn + mmi_section_pages(&map->geometry))) {
		mmi_pfn_section(map, pfn)->state = MMI_SECTION_PRESENT;
		mmi_pfn_section(map, pfn)->standing = 0;
	}
}

static void add_worker(struct mmi_arena_result *result, const struct mmi_worker_stats *stats)
{
	result->nr_init_pages += stats->nr_init_pages;
	result->nr_free_pages += stats->nr_free_pages;
	result->nr_splices += stats->nr_splices;
}

static uint64_t largest_chunk(const struct mmi_plan *plan)
{
	uint64_t chunk_pages = 0;

	for (size_t i = 0; i < plan->nr_groups; i++)
		if (plan->groups[i].chunk_pages > chunk_pages)
			chunk_pages = plan->groups[i].chunk_pages;
	return chunk_pages;
}

int mmi_arena_run(struct mmi_arena *arena, const struct mmi_arena_job *job,
		  struct mmi_arena_result *result, struct mmi_error *err)
{
	const struct mmi_platform *platform = arena->machine->platform;
	struct mmi_plan_params params = job->plan;
	struct mmi_deferred_run run = {0};
	struct mmi_plan plan = {0};

	*result = (struct mmi_arena_result){0};
	mmi_arena_forget(arena);
	params.no_huge_pages = arena->options.no_huge_pages;
	const uint64_t start_ns = platform->ops->clock_ns(platform->ctx);
	int ret = mmi_deferred_plan(job->run.ops, &plan, &arena->mem.layout, &params, err);
	result->plan_ns = platform->ops->clock_ns(platform->ctx) - start_ns;
	if (!ret)
		ret = mmi_deferred_run(&run, &arena->mem, &plan, &job->run, err);
	if (!ret) {
		result->elapsed_ns = run.early_ns + run.deferred_ns;
		result->nr_threads = run.nr_started;
		result->chunk_pages = largest_chunk(&plan);
		add_worker(result, &run.early);
		for (unsigned i = 0; i < run.nr_workers; i++)
			add_worker(result, &run.workers[i]);
	}
	mmi_deferred_run_deinit(&run, &arena->mem);
	mmi_plan_deinit(&plan);
	return ret;
}

static uint64_t count_free_extents(const struct mmi_mem *mem)
{
	uint64_t nr_pages = 0;

	for (size_t i = 0; i < mem->extents.nr; i++)
		if (mem->extents.items[i].kind == MMI_EXTENT_FREE)
			nr_pages += mem->extents.items[i].end_pfn - mem->extents.items[i].start_pfn;
	return nr_pages;
}

int mmi_arena_check(struct mmi_arena *arena, struct mmi_error *err)
{
	struct mmi_mem *mem = &arena->mem;
	const uint64_t nr_expected = count_free_extents(mem);
	uint64_t nr_free_pages = 0;

	for (size_t i = 0; i < mem->nr_nodes; i++) {
		for (int z = 0; z < MMI_NR_ZONES; z++) {
			struct mmi_zone *zone = &mem->nodes[i].zones[z];
			const int ret = mmi_zone_check(zone, err);
			if (ret)
				return ret;
			nr_free_pages += zone->nr_free_pages;
		}
	}
	if (nr_free_pages != nr_expected)
		return mmi_error_set(err, -EINVAL, "%llu pages are free: expected %llu",
				     (unsigned long long)nr_free_pages,
				     (unsigned long long)nr_expected);
	return 0;
}
