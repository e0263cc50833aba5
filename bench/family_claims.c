/* SPDX-License-Identifier: MIT */
/*
 * The design's two claims, apart from everything else.
 *
 * claim/pageblock_bits: two threads set the migratetype of pageblocks, once in one section (their
 * words share a cache line), once in a section each.  claim/batch: init and free of a block, a
 * section or a chunk at a time, over working sets on both sides of the caches.
 */
#include "families.h"

#include "memmap/page_init.h"

static const struct mmi_platform *platform;

#define NR_SETS 2000000u

struct bits_job {
	struct mmi_memmap *map;
	uint64_t start_pfn[2]; /* of each thread's pageblocks */
};

static void set_bits(void *arg, unsigned thread)
{
	const struct bits_job *job = arg;
	const uint64_t pageblock_pages = mmi_pageblock_pages(&job->map->geometry);

	for (unsigned i = 0; i < NR_SETS; i++)
		mmi_pageblock_set_type(job->map, job->start_pfn[thread] + i % 16 * pageblock_pages,
				       i & 1 ? MMI_MIGRATE_MOVABLE : MMI_MIGRATE_UNMOVABLE);
}

static void run_bits(struct bench_state *state)
{
	const struct mmi_memmap_options options = {.populate = true};
	const bool one_section = bench_arg(state, 0);
	struct mmi_arena arena;

	if (!bench_open_arena(state, platform, BENCH_GIB, &options, &arena))
		return;
	const uint64_t first = arena.mem.map.start_pfn;
	const uint64_t section_pages = mmi_section_pages(&arena.mem.map.geometry);
	const struct bits_job job = {
	    &arena.mem.map,
	    {first, one_section ? first + section_pages / 2 : first + section_pages}};
	const int nids[2] = {0, 0};
	unsigned nr_started = 0;
	while (bench_next(state)) {
		const uint64_t start_ns = platform->ops->clock_ns(platform->ctx);
		nr_started =
		    platform->ops->run_team(platform->ctx, 2, nids, set_bits, (void *)&job);
		bench_set_time_ns(state, platform->ops->clock_ns(platform->ctx) - start_ns);
	}
	const uint64_t last = job.start_pfn[1] + 15 * mmi_pageblock_pages(&arena.mem.map.geometry);
	bench_verified(state, nr_started != 2 ? "needs two threads"
			      : mmi_pageblock_type(&arena.mem.map, last) != MMI_MIGRATE_MOVABLE
				  ? "a pageblock has not the type that was set last"
				  : NULL);
	bench_set_work(state, 2 * (uint64_t)NR_SETS, 0);
	bench_set_label(state, one_section ? "one section" : "a section each");
	bench_close_arena(&arena);
}

static void run_batch(struct bench_state *state)
{
	const struct mmi_memmap_options options = {.populate = true};
	const uint64_t size_bytes = (uint64_t)bench_arg(state, 0) << 20;
	struct mmi_arena arena;

	if (!bench_open_arena(state, platform, size_bytes, &options, &arena))
		return;
	const struct mmi_arena_job job = {
	    .plan = {.rule = MMI_CHUNK_FIXED,
		     .chunk_pages = arena.machine->nr_present_pages,
		     .nr_threads = 1,
		     .nothing_early = true},
	    .run = {.batch = (enum mmi_batch)bench_arg(state, 1)},
	};
	bench_run_job(state, &arena, &job, false);
	bench_close_arena(&arena);
}

/* Struct pages of 128 MiB are 2 MiB; of 1 GiB 16 MiB; of 64 GiB a GiB. */
static const struct bench_family bits_family = {
    "claim/pageblock_bits", run_bits, {{"one_section", {0, 1}, 2}}, 1, 3, 7};
static const struct bench_family batch_family = {
    "claim/batch",
    run_batch,
    {{"MiB", {128, 256, 1024, 8192, 65536}, 5},
     {"batch", {MMI_BATCH_BLOCK, MMI_BATCH_SECTION, MMI_BATCH_CHUNK}, 3}},
    2,
    5,
    7};

void bench_register_claims(const struct mmi_platform *on)
{
	platform = on;
	bench_register(&bits_family);
	bench_register(&batch_family);
}
