/* SPDX-License-Identifier: MIT */
/*
 * mminit_allocator: the limits of the allocator's speed, as ratios of interleaved pairs in one run,
 * and the allocators that a user would pick instead beside it.
 *
 * Exit codes as of mminit_pairs: 0 every limit holds, 1 could not be measured, 4 a limit is broken
 * or something was not as it should, 77 nothing can be held in this build.
 */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench_machine.h"
#include "mminit/platform_native.h"
#include "pages.h"
#include "tune/sample.h"

#define NR_PAIRS_DEFAULT 21
#define NR_OBJECTS       200000 /* of one measured run of a contender */
#define NR_RUNS          5      /* a side's time is its fastest run: see pairs/sides.c */
#define NR_CONTENDERS    5
#define FIRST_PAGE_NS    10e6
#define SMALL_BYTES      (64 * BENCH_GIB)
#define LARGE_BYTES      (1024 * BENCH_GIB)

enum { EXIT_BROKEN = 4, EXIT_SKIPPED = 77 };

struct bed {
	struct pages_bed pages;
	struct contender contenders[NR_CONTENDERS]; /* ours first, then DPDK */
	bool is_open[NR_CONTENDERS];
	const char *prefix; /* before every line */
	unsigned nr_pairs;
	bool broken;
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

static double measure_bare_bulk(struct bed *bed, const struct side *side)
{
	(void)side;
	return bare_bulk_ns(&bed->pages, NR_OBJECTS);
}

static double measure_random(struct bed *bed, const struct side *side)
{
	(void)side;
	return pages_random_ns(&bed->pages);
}

static double measure_miss(struct bed *bed, const struct side *side)
{
	(void)side;
	return pages_miss_ns(&bed->pages);
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
#define BARE_BULK                                                                                  \
	{                                                                                          \
		.measure = measure_bare_bulk                                                       \
	}
#define BARE_ALL(n)                                                                                \
	{                                                                                          \
		.measure = measure_all, .nr_threads = (n), .bare = true                            \
	}
#define FIRST(s)                                                                                   \
	{                                                                                          \
		.measure = measure_first, .size_bytes = (s)                                        \
	}

static const struct limit limits[] = {
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
     .at_most = 2.5,
     .bare = BARE_BULK,
     .bare_baseline = DPDK(PATTERN_BULK)},
    {.what = "bulk of 64 / bare loop", .side = OURS(PATTERN_BULK), .baseline = BARE_BULK},
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
    {.what = "random frees / cache miss",
     .side = {.measure = measure_random},
     .baseline = {.measure = measure_miss},
     .at_most = 2},
    {.what = "first page, 1 TiB / 64 GiB",
     .side = FIRST(LARGE_BYTES),
     .baseline = FIRST(SMALL_BYTES),
     .at_most = 2},
};

__attribute__((format(printf, 2, 3))) static void print(const struct bed *bed, const char *format,
							...)
{
	va_list args;

	fputs(bed->prefix, stdout);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	fflush(stdout);
}

/* The fastest of a few runs. */
static double measure(struct bed *bed, const struct side *side)
{
	double fastest = INFINITY;

	for (int i = 0; i < NR_RUNS; i++) {
		const double ns = side->measure(bed, side);
		if (ns < 0)
			return ns;
		if (ns < fastest)
			fastest = ns;
	}
	return fastest;
}

/* Each side goes first in every other pair; the first pair warms up. */
static bool measure_pairs(struct bed *bed, const struct side sides[2], struct mmi_sample samples[2])
{
	for (unsigned i = 0; i < bed->nr_pairs + 1; i++) {
		double ns[2];
		for (unsigned j = 0; j < 2; j++) {
			const unsigned which = (i + j) % 2;
			ns[which] = measure(bed, &sides[which]);
			if (ns[which] < 0)
				return false;
		}
		if (i == 0)
			continue;
		mmi_sample_add(&samples[0], ns[0]);
		mmi_sample_add(&samples[1], ns[1]);
	}
	return true;
}

static const char *judge(struct bed *bed, double value, double at_most)
{
	if (at_most == 0)
		return "reported";
	if (value <= at_most)
		return "holds";
	bed->broken = true;
	return "BROKEN";
}

static bool needs_closed(const struct bed *bed, const struct limit *limit)
{
	const struct side *baseline = &limit->baseline;

	return baseline->measure == measure_contender && !bed->is_open[baseline->contender];
}

/* Prints a row; @at_most 0 or less: there is nothing that it is held against. */
static void print_ratio(const struct bed *bed, const char *what, const struct mmi_estimate *ratio,
			double at_most, const char *verdict, const struct mmi_sample samples[2])
{
	char held_against[16] = "";

	if (at_most > 0)
		snprintf(held_against, sizeof(held_against), "<= %.2f", at_most);
	print(bed, "%-28s %8.3f  %7.3f-%-7.3f  %-7s  %-12s  %.1f / %.1f ns\n", what, ratio->median,
	      ratio->low, ratio->high, held_against, verdict,
	      mmi_sample_estimate(&samples[0]).median, mmi_sample_estimate(&samples[1]).median);
}

/* Does the bare loop miss the limit by all of its interval? */
static bool hold_bare(struct bed *bed, const struct limit *limit, bool *out_of_reach)
{
	const struct side sides[2] = {limit->bare, limit->bare_baseline};
	struct mmi_sample samples[2] = {{{0}, 0}};

	*out_of_reach = false;
	if (!limit->bare.measure)
		return true;
	if (!measure_pairs(bed, sides, samples))
		return false;
	const struct mmi_estimate ratio = mmi_sample_ratio(&samples[0], &samples[1]);
	print_ratio(bed, "  a bare loop's own", &ratio, 0, "reported", samples);
	*out_of_reach = ratio.low > limit->at_most;
	return true;
}

static bool hold_limit(struct bed *bed, const struct limit *limit)
{
	const struct side sides[2] = {limit->side, limit->baseline};
	struct mmi_sample samples[2] = {{{0}, 0}};
	bool out_of_reach;

	if (needs_closed(bed, limit)) {
		print(bed, "%-28s skipped: see above\n", limit->what);
		return true;
	}
	if (!hold_bare(bed, limit, &out_of_reach) || !measure_pairs(bed, sides, samples))
		return false;
	const struct mmi_estimate ratio = mmi_sample_ratio(&samples[0], &samples[1]);
	const char *verdict = out_of_reach && ratio.high > limit->at_most
				  ? "out of reach"
				  : judge(bed, ratio.high, limit->at_most);
	print_ratio(bed, limit->what, &ratio, limit->at_most, verdict, samples);
	return true;
}

static bool hold_first_page(struct bed *bed)
{
	const struct side first = FIRST(LARGE_BYTES);
	struct mmi_sample sample = {0};

	for (unsigned i = 0; i < bed->nr_pairs; i++) {
		const double ns = measure(bed, &first);
		if (ns < 0)
			return false;
		mmi_sample_add(&sample, ns);
	}
	const struct mmi_estimate ns = mmi_sample_estimate(&sample);
	print(bed, "%-28s %8.3f  %7.3f-%-7.3f  %-7s  %s\n", "first page of 1 TiB, ms",
	      ns.median / 1e6, ns.low / 1e6, ns.high / 1e6, "<= 10",
	      judge(bed, ns.high, FIRST_PAGE_NS));
	return true;
}

static bool hold_latency(struct bed *bed)
{
	struct pages_latency latency;

	if (!pages_latency_measure(&bed->pages, &latency))
		return false;
	print(bed,
	      "allocations while a worker initialises: %llu, 99.99%% within %.1f us, the slowest "
	      "%.1f us; a section takes %.1f us: %s\n",
	      (unsigned long long)latency.nr, (double)latency.p9999_ns / 1e3,
	      (double)latency.max_ns / 1e3, (double)latency.section_ns / 1e3,
	      judge(bed, (double)latency.p9999_ns, (double)latency.section_ns));
	for (unsigned b = 0; b < PAGES_NR_BUCKETS; b++)
		if (latency.nr_by_bucket[b])
			print(bed, "  %10llu-%-10llu ns %10llu  %8.4f%%\n", 1ull << b, 2ull << b,
			      (unsigned long long)latency.nr_by_bucket[b],
			      100.0 * (double)latency.nr_by_bucket[b] / (double)latency.nr);
	return true;
}

/* Ours and every peer, side by side: each pattern's median over the rounds. */
static bool compare_contenders(struct bed *bed)
{
	static const char *const names[NR_PATTERNS] = {"repeat", "bulk", "random"};

	for (int p = 0; p < NR_PATTERNS; p++) {
		struct mmi_sample samples[NR_CONTENDERS] = {{{0}, 0}};
		for (unsigned round = 0; round < bed->nr_pairs; round++)
			for (unsigned c = 0; c < NR_CONTENDERS; c++) {
				const struct side side = {
				    .measure = measure_contender, .contender = c, .pattern = p};
				const double ns = bed->is_open[c] ? measure(bed, &side) : 0;
				if (ns < 0)
					return false;
				mmi_sample_add(&samples[c], ns);
			}
		print(bed, "%-6s ns:", names[p]);
		for (unsigned c = 0; c < NR_CONTENDERS; c++)
			if (bed->is_open[c])
				printf("  %s %.1f", bed->contenders[c].name,
				       mmi_sample_estimate(&samples[c]).median);
		putchar('\n');
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
			print(bed, "contender %s %s\n", contender->name, contender->version);
		else
			print(bed, "contender %s skipped: %s\n", contender->name, why);
	}
}

static void close_contenders(struct bed *bed)
{
	for (unsigned c = 0; c < NR_CONTENDERS; c++)
		if (bed->is_open[c])
			bed->contenders[c].close(&bed->contenders[c]);
}

static bool run_all(struct bed *bed)
{
	open_contenders(bed);
	print(bed, "%u pairs each; ratios: median and 95%% interval of it by the sign test\n",
	      bed->nr_pairs);
	print(bed, "%-28s    ratio  interval         limit    verdict\n", "what");
	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++)
		if (!hold_limit(bed, &limits[i]))
			return false;
	return hold_first_page(bed) && hold_latency(bed) && compare_contenders(bed);
}

static bool read_arguments(struct bed *bed, int argc, char **argv)
{
	int next = 1;

	if (next < argc && !strcmp(argv[next], "--report")) {
		bed->prefix = "report: ";
		next++;
	}
	if (next < argc)
		bed->nr_pairs = (unsigned)atoi(argv[next++]);
	return next == argc && bed->nr_pairs >= MMI_MIN_SAMPLES && bed->nr_pairs <= MMI_MAX_SAMPLES;
}

int main(int argc, char **argv)
{
	static struct bed bed = {.nr_pairs = NR_PAIRS_DEFAULT, .prefix = ""};

	/* jemalloc wants more room for its thread-locals than programs have that do not link it. */
	setenv("GLIBC_TUNABLES", "glibc.rtld.optional_static_tls=65536", 0);
	if (mmi_native_reexec_passive(argc, argv))
		return EXIT_FAILURE;
	if (!read_arguments(&bed, argc, argv)) {
		fprintf(stderr,
			"usage: mminit_allocator [--report] [PAIRS]   (%d to %d, default %d)\n",
			MMI_MIN_SAMPLES, MMI_MAX_SAMPLES, NR_PAIRS_DEFAULT);
		return 2;
	}
#ifndef NDEBUG
	print(&bed, "skipped: a debug build says nothing about speed\n");
	return EXIT_SKIPPED;
#else
	const bool done = pages_bed_init(&bed.pages) && run_all(&bed);
	close_contenders(&bed);
	pages_bed_deinit(&bed.pages);
	return !done ? EXIT_FAILURE : bed.broken ? EXIT_BROKEN : EXIT_SUCCESS;
#endif
}
