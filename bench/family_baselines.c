/* SPDX-License-Identifier: MIT */
/* What the machine can do at best: memset, and our page stores with nothing around them. */
#include "families.h"

#include "tune/write_team.h"

static const struct mmi_platform *platform;

enum { ARG_SIZE_GIB, ARG_THREADS, ARG_STORE, ARG_PREFETCH };

/* Is the last page of the arena what @kind leaves? */
static const char *judge(const struct mmi_arena *arena, enum mmi_write_kind kind)
{
	const struct mmi_page *page =
	    mmi_pfn_page(&arena->mem.map, arena->machine->memory[0].end_pfn - 1);
	const bool right = kind == MMI_WRITE_MEMSET
			       ? !page->flags && !page->page_type && !page->lru.next
			       : page->flags == MMI_PG_RESERVED && page->lru.next == &page->lru;

	return right ? NULL : "the last page is not what was written";
}

static void run(struct bench_state *state, enum mmi_write_kind kind)
{
	const struct mmi_memmap_options options = {
	    .populate = true,
	    .store = kind == MMI_WRITE_PAGES ? (enum mmi_store)bench_arg(state, ARG_STORE)
					     : MMI_STORE_AUTO,
	    .prefetch = kind == MMI_WRITE_PAGES && bench_arg(state, ARG_PREFETCH)
			    ? MMI_PREFETCH_ON
			    : MMI_PREFETCH_OFF,
	};
	const uint64_t size_bytes = (uint64_t)bench_arg(state, ARG_SIZE_GIB) * BENCH_GIB;
	struct mmi_arena arena;

	if (!bench_open_arena(state, platform, size_bytes, &options, &arena))
		return;
	const uint64_t nr_pages = arena.machine->nr_present_pages;
	uint64_t elapsed_ns = 0;
	while (bench_next(state)) {
		elapsed_ns =
		    mmi_write_team_ns(&arena, (unsigned)bench_arg(state, ARG_THREADS), kind);
		bench_set_time_ns(state, elapsed_ns);
	}
	bench_verified(state, judge(&arena, kind));
	bench_set_work(state, nr_pages, nr_pages * MMI_PAGE_BYTES);
	bench_set_counter(state, "ns/page", (double)elapsed_ns / (double)nr_pages);
	bench_close_arena(&arena);
}

static void run_memset(struct bench_state *state)
{
	run(state, MMI_WRITE_MEMSET);
}

static void run_pages(struct bench_state *state)
{
	run(state, MMI_WRITE_PAGES);
}

static const struct bench_family memset_family = {
    "baseline/memset", run_memset, {{"GiB", {16, 64}, 2}, {"threads", {1, 2}, 2}}, 2, 3,
    BENCH_REPETITIONS};
static const struct bench_family pages_family = {
    "baseline/pages",
    run_pages,
    {{"GiB", {64}, 1},
     {"threads", {1, 2}, 2},
     {"store", {MMI_STORE_C, MMI_STORE_SSE2, MMI_STORE_AVX2, MMI_STORE_AVX512, MMI_STORE_NEON}, 5},
     {"prefetch", {0, 1}, 2}},
    4,
    3,
    BENCH_REPETITIONS};

void bench_register_baselines(const struct mmi_platform *on)
{
	platform = on;
	bench_register(&memset_family);
	bench_register(&pages_family);
}
