/* SPDX-License-Identifier: MIT */
/*
 * mminit_allocator: the limits of the allocator's speed, as ratios of interleaved pairs in one run,
 * and the allocators that a user would pick instead beside it.
 */
#include <stdio.h>
#include <stdlib.h>

#include "bench_machine.h"
#include "in_turns.h"
#include "limits.h"
#include "pages.h"
#include "random_frees.h"

#define NR_OBJECTS    500000 /* of one measured run of a contender */
#define NR_RUNS       6
#define NR_CONTENDERS 5
#define FIRST_PAGE_MS 10
#define SMALL_BYTES   (64 * BENCH_GIB)
#define LARGE_BYTES   (1024 * BENCH_GIB)

struct bed {
	struct pages_bed pages;
	struct random_frees random;                 /* while its row is measured */
	struct contender contenders[NR_CONTENDERS]; /* ours first, then DPDK */
	bool is_open[NR_CONTENDERS];
	struct bench_limits *limits;
};

/* A side of a pair: nanoseconds of one operation; negative: could not be measured. */
struct side {
	double (*measure)(struct bed *bed, const struct side *side);
	unsigned contender;
	enum pattern pattern;
	unsigned order;
	unsigned nr_threads;
	bool bare;
	uint64_t size_bytes;
};

/* A limit that a bare loop misses in the same run is out of reach here, and not held. */
struct limit {
	const char *what;
	struct side side, baseline;
	double at_most;                  /* 0: reported only */
	struct side bare, bare_baseline; /* measure NULL: there is no such loop */
};

static double measure_contender(struct bed *bed, const struct side *side)
{
	struct contender *contender = &bed->contenders[side->contender];
	const uint64_t elapsed_ns = contender->run[side->pattern](contender, NR_OBJECTS);

	return elapsed_ns ? (double)elapsed_ns / NR_OBJECTS : -1;
}

static double measure_pair(struct bed *bed, const struct side *side)
{
	return pages_pair_ns(&bed->pages, side->order, side->nr_threads);
}

static double measure_all(struct bed *bed, const struct side *side)
{
	return pages_all_ns(&bed->pages, side->nr_threads, side->bare);
}

static double measure_random(struct bed *bed, const struct side *side)
{
	(void)side;
	return random_frees_pair_ns(&bed->random);
}

static double measure_miss(struct bed *bed, const struct side *side)
{
	(void)side;
	return random_frees_miss_ns(&bed->random);
}

static double measure_first(struct bed *bed, const struct side *side)
{
	return pages_first_ns(&bed->pages, side->size_bytes);
}

#define OURS(p)                                                                                    \
	{                                                                                          \
		.measure = measure_contender, .contender = 0, .pattern = (p)                       \
	}
#define DPDK(p)                                                                                    \
	{                                                                                          \
		.measure = measure_contender, .contender = 1, .pattern = (p)                       \
	}
#define PAIR(o, n)                                                                                 \
	{                                                                                          \
		.measure = measure_pair, .order = (o), .nr_threads = (n)                           \
	}
#define ALL(n)                                                                                     \
	{                                                                                          \
		.measure = measure_all, .nr_threads = (n)                                          \
	}
#define BARE_ALL(n)                                                                                \
	{                                                                                          \
		.measure = measure_all, .nr_threads = (n), .bare = true                            \
	}
#define FIRST(s)                                                                                   \
	{                                                                                          \
		.measure = measure_first, .size_bytes = (s)                                        \
	}

static const struct limit all_limits[] = {
    {.what = "pair, order 0 / DPDK",
     .side = OURS(PATTERN_REPEAT),
     .baseline = DPDK(PATTERN_REPEAT),
     .at_most = 2.4},
    {.what = "pair, 2 threads / 1 thread",
     .side = PAIR(0, 2),
     .baseline = PAIR(0, 1),
     .at_most = 1.05},
    {.what = "pair, order 9 / order 0", .side = PAIR(9, 1), .baseline = PAIR(0, 1), .at_most = 5},
    {.what = "bulk of 64, a page / DPDK",
     .side = OURS(PATTERN_BULK),
     .baseline = DPDK(PATTERN_BULK),
     .at_most = 2.5},
    {.what = "all pages, 2 threads / 1",
     .side = ALL(2),
     .baseline = ALL(1),
     .at_most = 1.3,
     .bare = BARE_ALL(2),
     .bare_baseline = BARE_ALL(1)},
    {.what = "all pages / bare loop", .side = ALL(1), .baseline = BARE_ALL(1)},
    {.what = "random of 64 MiB / DPDK",
     .side = OURS(PATTERN_RANDOM),
     .baseline = DPDK(PATTERN_RANDOM)},
    {.what = "first page, 1 TiB / 64 GiB",
     .side = FIRST(LARGE_BYTES),
     .baseline = FIRST(SMALL_BYTES),
     .at_most = 2},
};

/* A pair of sides; what either leaves behind is checked with every run. */
struct contest {
	struct bed *bed;
	struct side sides[2];
};

static double measure_turn(void *user, enum bench_turn turn)
{
	const struct contest *contest = user;
	const struct side *side = &contest->sides[turn];

	return side->measure(contest->bed, side);
}

static bool verify_turn(void *user, enum bench_turn turn)
{
	(void)user, (void)turn;
	return true;
}

static struct bench_turns turns_of(struct contest *contest)
{
	return (struct bench_turns){measure_turn, verify_turn, contest, NR_RUNS};
}

static bool measure_pairs(struct bed *bed, const struct side *side, const struct side *baseline,
			  struct mmi_sample samples[2])
{
	struct contest contest = {bed, {[BENCH_SIDE] = *side, [BENCH_BASELINE] = *baseline}};
	const struct bench_turns turns = turns_of(&contest);

	return bench_in_turns(&turns, bed->limits, &samples[BENCH_SIDE], &samples[BENCH_BASELINE]);
}

static bool needs_closed(const struct bed *bed, const struct limit *limit)
{
	const struct side *baseline = &limit->baseline;

	return baseline->measure == measure_contender && !bed->is_open[baseline->contender];
}

/* Does the bare loop miss the limit by all of its interval? */
static bool measure_bare(struct bed *bed, const struct limit *limit, bool *out_of_reach)
{
	const struct bench_row row = {.what = "  a bare loop's own", .unit = "ns"};
	struct mmi_sample samples[2] = {{{0}, 0}};

	*out_of_reach = false;
	if (!limit->bare.measure)
		return true;
	if (!measure_pairs(bed, &limit->bare, &limit->bare_baseline, samples))
		return false;
	bench_print_ratio(bed->limits, &row, &samples[0], &samples[1], "");
	*out_of_reach = mmi_sample_ratio(&samples[0], &samples[1]).low > limit->at_most;
	return true;
}

static bool hold_limit(struct bed *bed, const struct limit *limit)
{
	struct bench_row row = {.what = limit->what, .limit = limit->at_most, .unit = "ns"};
	struct mmi_sample samples[2] = {{{0}, 0}};
	bool out_of_reach;

	if (!bench_wants(bed->limits, limit->what))
		return true;
	if (needs_closed(bed, limit)) {
		bench_print(bed->limits, "%-36s skipped: see above\n", limit->what);
		return true;
	}
	if (!measure_bare(bed, limit, &out_of_reach) ||
	    !measure_pairs(bed, &limit->side, &limit->baseline, samples))
		return false;
	row.not_held = out_of_reach ? "out of reach" : NULL;
	bench_print_ratio(bed->limits, &row, &samples[0], &samples[1], "");
	return true;
}

static bool hold_random(struct bed *bed)
{
	const struct limit limit = {.what = "random frees / cache miss",
				    .side = {.measure = measure_random},
				    .baseline = {.measure = measure_miss},
				    .at_most = 2};

	if (!bench_wants(bed->limits, limit.what))
		return true;
	if (!random_frees_begin(&bed->random, &bed->pages))
		return false;
	const bool done = hold_limit(bed, &limit);
	return random_frees_end(&bed->random) && done;
}

static bool hold_first_page(struct bed *bed)
{
	const struct bench_row row = {.what = "first page of 1 TiB, ms", .limit = FIRST_PAGE_MS};
	struct contest contest = {bed, {FIRST(LARGE_BYTES)}};
	const struct bench_turns turns = turns_of(&contest);
	struct mmi_sample sample = {0};

	if (!bench_wants(bed->limits, row.what))
		return true;
	for (unsigned i = 0; i < bed->limits->nr_pairs; i++) {
		const double ns = bench_take_turn(&turns, bed->limits, BENCH_SIDE);
		if (ns < 0)
			return false;
		mmi_sample_add(&sample, ns / 1e6);
	}
	const struct mmi_estimate ms = mmi_sample_estimate(&sample);
	bench_print_estimate(bed->limits, &row, &ms);
	bench_end_row(bed->limits);
	return true;
}

static bool hold_latency(struct bed *bed)
{
	struct pages_latency latency;

	if (!bench_wants(bed->limits, "allocations while a worker initialises"))
		return true;
	if (!pages_latency_measure(&bed->pages, &latency))
		return false;
	bench_print(
	    bed->limits,
	    "allocations while a worker initialises: %llu, 99.99%% within %.1f us, the slowest "
	    "%.1f us; a section takes %.1f us: %s\n",
	    (unsigned long long)latency.nr, (double)latency.p9999_ns / 1e3,
	    (double)latency.max_ns / 1e3, (double)latency.section_ns / 1e3,
	    bench_judge(bed->limits, latency.p9999_ns <= latency.section_ns));
	for (unsigned b = 0; b < PAGES_NR_BUCKETS; b++)
		if (latency.nr_by_bucket[b])
			bench_print(bed->limits, "  %10llu-%-10llu ns %10llu  %8.4f%%\n", 1ull << b,
				    2ull << b, (unsigned long long)latency.nr_by_bucket[b],
				    100.0 * (double)latency.nr_by_bucket[b] / (double)latency.nr);
	return true;
}

/* Ours and every peer, side by side: each pattern's median over the rounds. */
static bool compare_contenders(struct bed *bed)
{
	static const char *const names[NR_PATTERNS] = {"repeat", "bulk", "random"};

	for (int p = 0; p < NR_PATTERNS; p++) {
		struct mmi_sample samples[NR_CONTENDERS] = {{{0}, 0}};
		if (!bench_wants(bed->limits, names[p]))
			continue;
		for (unsigned round = 0; round < bed->limits->nr_pairs; round++)
			for (unsigned c = 0; c < NR_CONTENDERS; c++) {
				struct contest contest = {
				    bed, {{measure_contender, .contender = c, .pattern = p}}};
				const struct bench_turns turns = turns_of(&contest);
				const double ns =
				    bed->is_open[c]
					? bench_take_turn(&turns, bed->limits, BENCH_SIDE)
					: 0;
				if (ns < 0)
					return false;
				mmi_sample_add(&samples[c], ns);
			}
		bench_print(bed->limits, "%-6s ns:", names[p]);
		for (unsigned c = 0; c < NR_CONTENDERS; c++)
			if (bed->is_open[c])
				printf("  %s %.1f", bed->contenders[c].name,
				       mmi_sample_estimate(&samples[c]).median);
		bench_end_row(bed->limits);
	}
	return true;
}

static void open_contenders(struct bed *bed)
{
	bed->contenders[0] = contender_ours(&bed->pages);
	bed->contenders[1] = contender_dpdk();
	bed->contenders[2] = contender_jemalloc();
	bed->contenders[3] = contender_mimalloc();
	bed->contenders[4] = contender_malloc();
	for (unsigned c = 0; c < NR_CONTENDERS; c++) {
		struct contender *contender = &bed->contenders[c];
		char why[CONTENDER_WHY_BYTES] = "";
		bed->is_open[c] = contender->open(contender, why);
		if (bed->is_open[c])
			bench_print(bed->limits, "contender %s %s\n", contender->name,
				    contender->version);
		else
			bench_print(bed->limits, "contender %s skipped: %s\n", contender->name,
				    why);
	}
}

static void close_contenders(struct bed *bed)
{
	for (unsigned c = 0; c < NR_CONTENDERS; c++)
		if (bed->is_open[c])
			bed->contenders[c].close(&bed->contenders[c]);
}

static bool hold_all(struct bed *bed)
{
	open_contenders(bed);
	for (size_t i = 0; i < sizeof(all_limits) / sizeof(all_limits[0]); i++)
		if (!hold_limit(bed, &all_limits[i]))
			return false;
	return hold_random(bed) && hold_first_page(bed) && hold_latency(bed) &&
	       compare_contenders(bed);
}

static bool run(struct bench_limits *limits)
{
	static struct bed bed;

	bed.limits = limits;
	const bool done = pages_bed_init(&bed.pages) && hold_all(&bed);
	close_contenders(&bed);
	pages_bed_deinit(&bed.pages);
	return done;
}

int main(int argc, char **argv)
{
	/* jemalloc wants more room for its thread-locals than programs have that do not link it. */
	setenv("GLIBC_TUNABLES", "glibc.rtld.optional_static_tls=65536", 0);
	return bench_limits_main(argc, argv, "mminit_allocator", run);
}
