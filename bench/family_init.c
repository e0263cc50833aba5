/* SPDX-License-Identifier: MIT */
/* Initialisation: chunk, threads, batch, store, backing and size; cold and warm are families apart. */
#include "families.h"

#include "tune/linux_order.h"

static const struct mmi_platform *platform;

bool bench_open_arena(struct bench_state *state, const struct mmi_platform *on, uint64_t size_bytes,
		      const struct mmi_memmap_options *options, struct mmi_arena *arena)
{
	struct mmi_error err = {0};

	if (!mmi_store_is_supported(options->store)) {
		bench_skip(state, "this CPU has no such store");
		return false;
	}
	if (!bench_memory_allows(bench_memmap_bytes(size_bytes))) {
		bench_skip(state, "not enough memory available");
		return false;
	}
	struct mmi_machine *machine = bench_machine_create(on, size_bytes, 0);
	if (machine && !mmi_arena_init(arena, machine, options, &err))
		return true;
	mmi_machine_destroy(machine);
	bench_verified(state, err.text);
	return false;
}

void bench_close_arena(struct mmi_arena *arena)
{
	struct mmi_machine *machine = (struct mmi_machine *)arena->machine;

	mmi_arena_deinit(arena);
	mmi_machine_destroy(machine);
}

void bench_run_job(struct bench_state *state, struct mmi_arena *arena,
		   const struct mmi_arena_job *job, bool cold)
{
	struct mmi_arena_result result = {0};
	struct mmi_error err = {0};
	int ret = 0;

	while (bench_next(state)) {
		if (cold && !ret)
			ret = mmi_arena_renew(arena, &err);
		if (!ret)
			ret = mmi_arena_run(arena, job, &result, &err);
		bench_set_time_ns(state, result.elapsed_ns);
	}
	if (!ret)
		ret = mmi_arena_check(arena, &err);
	bench_verified(state, ret ? err.text : NULL);
	bench_set_work(state, result.nr_init_pages, result.nr_init_pages * MMI_PAGE_BYTES);
	bench_set_counter(state, "ns/page",
			  (double)result.elapsed_ns / (double)result.nr_init_pages);
	bench_set_counter(state, "splices", (double)result.nr_splices);
}

/* The arguments of both families, in their order. */
enum { ARG_SIZE_GIB, ARG_CHUNK_SECTIONS, ARG_THREADS, ARG_BATCH, ARG_STORE, ARG_BACKING };
enum { BACKING_HUGE, BACKING_SMALL };

static void run(struct bench_state *state, bool cold, const struct mmi_deferred_ops *ops)
{
	const int64_t chunk_sections = bench_arg(state, ARG_CHUNK_SECTIONS);
	const struct mmi_memmap_options options = {
	    .no_huge_pages = bench_arg(state, ARG_BACKING) == BACKING_SMALL,
	    .populate = !cold,
	    .store = (enum mmi_store)bench_arg(state, ARG_STORE),
	};
	const uint64_t size_bytes = (uint64_t)bench_arg(state, ARG_SIZE_GIB) * BENCH_GIB;
	struct mmi_arena arena;

	if (!bench_open_arena(state, platform, size_bytes, &options, &arena))
		return;
	const struct mmi_arena_job job = {
	    .plan = {.rule = chunk_sections ? MMI_CHUNK_FIXED : MMI_CHUNK_LINUX,
		     .chunk_pages =
			 (uint64_t)chunk_sections * mmi_section_pages(&arena.machine->geometry),
		     .nr_threads = (unsigned)bench_arg(state, ARG_THREADS),
		     .nothing_early = true},
	    .run = {.batch = (enum mmi_batch)bench_arg(state, ARG_BATCH), .ops = ops},
	};
	bench_run_job(state, &arena, &job, cold);
	bench_set_label(state, mmi_store_name(arena.mem.map.options.store));
	bench_close_arena(&arena);
}

static void run_warm(struct bench_state *state)
{
	run(state, false, NULL);
}

static void run_cold(struct bench_state *state)
{
	run(state, true, NULL);
}

static void run_linux_order(struct bench_state *state)
{
	run(state, false, mmi_linux_order());
}

#define STORES                                                                                     \
	{                                                                                          \
		"store", {MMI_STORE_AUTO, MMI_STORE_C,      MMI_STORE_SSE2,                        \
			  MMI_STORE_AVX2, MMI_STORE_AVX512, MMI_STORE_NEON},                       \
		    6                                                                              \
	}
#define ONE_STORE                                                                                  \
	{                                                                                          \
		"store", {MMI_STORE_AUTO}, 1                                                       \
	}
#define BATCHES                                                                                    \
	{                                                                                          \
		"batch", {MMI_BATCH_BLOCK, MMI_BATCH_SECTION, MMI_BATCH_CHUNK}, 3                  \
	}

static const struct bench_family families[] = {
    {"init/warm",
     run_warm,
     {{"GiB", {16, 128}, 2},
      {"chunk", {1, 8, 64, 0}, 4},
      {"threads", {1, 2}, 2},
      BATCHES,
      ONE_STORE,
      {"small", {BACKING_HUGE, BACKING_SMALL}, 2}},
     6,
     3,
     BENCH_REPETITIONS},
    {"init/stores",
     run_warm,
     {{"GiB", {64}, 1},
      {"chunk", {8}, 1},
      {"threads", {1, 2}, 2},
      {"batch", {MMI_BATCH_BLOCK}, 1},
      STORES,
      {"small", {BACKING_HUGE}, 1}},
     6,
     3,
     BENCH_REPETITIONS},
    {"init/linux_order",
     run_linux_order,
     {{"GiB", {64}, 1},
      {"chunk", {8, 0}, 2},
      {"threads", {1, 2}, 2},
      {"batch", {MMI_BATCH_BLOCK, MMI_BATCH_SECTION}, 2},
      ONE_STORE,
      {"small", {BACKING_HUGE}, 1}},
     6,
     3,
     BENCH_REPETITIONS},
    {"init/cold",
     run_cold,
     {{"GiB", {16, 64}, 2},
      {"chunk", {1, 8, 0}, 3},
      {"threads", {1, 2}, 2},
      {"batch", {MMI_BATCH_BLOCK}, 1},
      ONE_STORE,
      {"small", {BACKING_HUGE, BACKING_SMALL}, 2}},
     6,
     1,
     BENCH_REPETITIONS},
};

void bench_register_init(const struct mmi_platform *on)
{
	platform = on;
	for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++)
		bench_register(&families[i]);
}
