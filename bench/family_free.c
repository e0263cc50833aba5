/* SPDX-License-Identifier: MIT */
/*
 * Freeing alone: initialised pages handed to a worker's lists and spliced into the zone.
 *
 * What is freed is written anew before each round, untimed; a block at a time as the engine does it,
 * of a whole map and of one with a reserved page in every 2 MiB.
 */
#include "families.h"

#include "deferred/worker.h"
#include "memmap/page_init.h"

static const struct mmi_platform *platform;

static void for_blocks(struct mmi_worker *worker, const struct mmi_machine *machine,
		       void (*step)(struct mmi_worker *worker, uint64_t start_pfn,
				    uint64_t end_pfn))
{
	const uint64_t block_pages = mmi_block_pages(&machine->geometry);
	const struct mmi_mem_range *memory = &machine->memory[0];

	for (uint64_t pfn = memory->start_pfn; pfn < memory->end_pfn; pfn += block_pages)
		step(worker, pfn, pfn + block_pages);
}

/* One round; how long the frees took. */
static uint64_t free_all(struct mmi_arena *arena, struct mmi_worker_stats *stats)
{
	struct mmi_worker worker = {
	    .mem = &arena->mem, .ops = mmi_deferred_engine(), .stats = stats};
	struct mmi_memmap *map = &arena->mem.map;

	mmi_arena_forget(arena);
	mmi_batch_init(&worker.blocks);
	for (uint64_t i = 0; i < map->nr_sections; i++) {
		map->sections[i].state = MMI_SECTION_READY;
		mmi_section_init_pageblocks(map, &map->sections[i], MMI_MIGRATE_MOVABLE);
	}
	for_blocks(&worker, arena->machine, worker.ops->init_range);
	const uint64_t start_ns = platform->ops->clock_ns(platform->ctx);
	for_blocks(&worker, arena->machine, worker.ops->free_range);
	mmi_batch_splice(&worker.blocks);
	const uint64_t elapsed_ns = platform->ops->clock_ns(platform->ctx) - start_ns;
	stats->nr_blocks = worker.blocks.total_blocks;
	stats->nr_free_pages = worker.blocks.total_pages;
	return elapsed_ns;
}

static void run(struct bench_state *state)
{
	const struct mmi_memmap_options options = {.populate = true};
	const uint64_t size_bytes = (uint64_t)bench_arg(state, 0) * BENCH_GIB;
	struct mmi_worker_stats stats = {0};
	struct mmi_error err = {0};
	struct mmi_arena arena;
	uint64_t elapsed_ns = 0;

	if (!bench_memory_allows(bench_memmap_bytes(size_bytes))) {
		bench_skip(state, "not enough memory available");
		return;
	}
	struct mmi_machine *machine =
	    bench_machine_create(platform, size_bytes, bench_arg(state, 1) ? 2 << 20 : 0);
	if (!machine || mmi_arena_init(&arena, machine, &options, &err)) {
		bench_verified(state, err.text);
		mmi_machine_destroy(machine);
		return;
	}
	while (bench_next(state)) {
		elapsed_ns = free_all(&arena, &stats);
		bench_set_time_ns(state, elapsed_ns);
	}
	bench_verified(state, mmi_arena_check(&arena, &err) ? err.text : NULL);
	bench_set_work(state, stats.nr_free_pages, 0);
	bench_set_counter(state, "blocks", (double)stats.nr_blocks);
	bench_set_counter(state, "ns/block", (double)elapsed_ns / (double)stats.nr_blocks);
	bench_close_arena(&arena);
}

static const struct bench_family family = {
    "free", run, {{"GiB", {1, 64}, 2}, {"fragmented", {0, 1}, 2}}, 2, 3, BENCH_REPETITIONS};

void bench_register_free(const struct mmi_platform *on)
{
	platform = on;
	bench_register(&family);
}
