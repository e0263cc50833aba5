/* SPDX-License-Identifier: MIT */
/*
 * mminit_claims: the design's two claims, as ratios of interleaved pairs in one run.
 *
 * Nothing is held here: a ratio and its interval say what the claim is worth on this machine.
 *
 * Exit codes: 0 measured, 1 could not be measured, 4 a run left something else than it should, 77
 * nothing can be measured in this build.
 */
#include "design_claims.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench_machine.h"
#include "mminit/platform_native.h"
#include "tune/linux_order.h"

#define NR_PAIRS_DEFAULT 21
#define SIZE_BYTES       (64 * BENCH_GIB) /* a GiB of struct pages: no cache holds them */
#define NR_RUNS          3                /* the fastest counts: what disturbs one says nothing */

enum { EXIT_NOT_VERIFIED = 4, EXIT_SKIPPED = 77 };

struct bed {
	struct mmi_platform *platform;
	struct mmi_machine *machine;
	struct mmi_arena arena;
	unsigned nr_pairs;
	const char *prefix; /* before every line: what `./test` is to show */
	bool wrong;         /* a run left something else than it should */
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

static void print_ratio(const struct bed *bed, const char *what, const struct mmi_sample *side,
			const struct mmi_sample *baseline)
{
	const struct mmi_estimate ratio = mmi_sample_ratio(side, baseline);

	print(bed, "%-44s %7.3f  %7.3f-%-7.3f  %8.3f / %.3f", what, ratio.median, ratio.low,
	      ratio.high, mmi_sample_estimate(side).median, mmi_sample_estimate(baseline).median);
}

/* Pageblock bits: the side is in one section, the baseline in a section each. */
struct bits_contest {
	struct bed *bed;
	struct bits_run runs[2];
	struct mmi_sample overlap;
};

static double measure_bits(void *user, enum bench_turn turn)
{
	struct bits_contest *contest = user;
	double fastest = -1;

	for (int i = 0; i < NR_RUNS; i++) {
		const double ns = bits_measure(&contest->runs[turn]);
		if (ns < 0)
			return ns;
		fastest = fastest < 0 || ns < fastest ? ns : fastest;
		mmi_sample_add(&contest->overlap, contest->runs[turn].overlap);
	}
	return fastest;
}

static bool verify_bits(void *user, enum bench_turn turn)
{
	struct bits_contest *contest = user;

	contest->bed->wrong |= !bits_verify(&contest->runs[turn]);
	return !contest->bed->wrong;
}

static bool run_bits(struct bed *bed, enum bits_work work, const char *what)
{
	struct bits_contest contest = {
	    .bed = bed,
	    .runs = {[BENCH_SIDE] = {.arena = &bed->arena, .work = work, .one_section = true},
		     [BENCH_BASELINE] = {.arena = &bed->arena, .work = work}},
	};
	const struct bench_turns turns = {measure_bits, verify_bits, &contest};
	struct mmi_sample side = {0}, baseline = {0};

	if (!bench_in_turns(&turns, bed->nr_pairs, &side, &baseline))
		return false;
	print_ratio(bed, what, &side, &baseline);
	printf(" ns a %s; each thread did %llu, both at once for %.0f%% of the time\n",
	       work == BITS_ALONE ? "type" : "page",
	       (unsigned long long)contest.runs[BENCH_SIDE].nr_done[0],
	       100 * mmi_sample_estimate(&contest.overlap).median);
	return true;
}

static bool run_all_bits(struct bed *bed)
{
	static const char *const what[NR_BITS_WORKS] = {
	    [BITS_ALONE] = "types alone",
	    [BITS_WITH_PAGES] = "pages, types and frees",
	    [BITS_ONLY_PAGES] = "pages and frees, no types",
	};
	struct mmi_host_facts facts;

	if (mmi_host_facts_read(&facts) || facts.nr_cpus < CLAIM_THREADS) {
		print(bed, "skipped: pageblock bits need %d CPUs\n", CLAIM_THREADS);
		return true;
	}
	print(bed, "two threads in one section / in a section each:\n");
	for (int work = 0; work < NR_BITS_WORKS; work++)
		if (!run_bits(bed, (enum bits_work)work, what[work]))
			return false;
	return true;
}

/* The L2 argument: the side frees after more than a block, the baseline after each. */
struct batch_contest {
	struct bed *bed;
	struct batch_run runs[2];
};

static double measure_batch(void *user, enum bench_turn turn)
{
	struct batch_contest *contest = user;
	double fastest = -1;

	for (int i = 0; i < NR_RUNS; i++) {
		const double ns = batch_measure(&contest->runs[turn]);
		if (ns < 0)
			return ns;
		fastest = fastest < 0 || ns < fastest ? ns : fastest;
	}
	return fastest;
}

static bool verify_batch(void *user, enum bench_turn turn)
{
	struct batch_contest *contest = user;

	contest->bed->wrong |= !batch_verify(&contest->runs[turn]);
	return !contest->bed->wrong;
}

static bool run_batch(struct bed *bed, const struct mmi_deferred_ops *ops, enum mmi_batch batch,
		      unsigned nr_sections)
{
	const uint64_t section_pages = mmi_section_pages(&bed->machine->geometry);
	const struct batch_run run = {
	    .arena = &bed->arena, .ops = ops, .chunk_pages = nr_sections * section_pages};
	struct batch_contest contest = {bed, {run, run}};
	const struct bench_turns turns = {measure_batch, verify_batch, &contest};
	struct mmi_sample side = {0}, baseline = {0};
	char what[64];

	contest.runs[BENCH_SIDE].batch = batch;
	contest.runs[BENCH_BASELINE].batch = MMI_BATCH_BLOCK;
	if (!bench_in_turns(&turns, bed->nr_pairs, &side, &baseline))
		return false;
	const uint64_t step_pages = batch == MMI_BATCH_SECTION ? section_pages : run.chunk_pages;
	snprintf(what, sizeof(what), "%s, a %s: %llu MiB at a time",
		 ops ? "two passes" : "one pass", batch == MMI_BATCH_SECTION ? "section" : "chunk",
		 (unsigned long long)(step_pages * MMI_PAGE_BYTES >> 20));
	print_ratio(bed, what, &side, &baseline);
	printf(" ns a page; %llu pages, %llu splices\n",
	       (unsigned long long)contest.runs[BENCH_SIDE].result.nr_init_pages,
	       (unsigned long long)contest.runs[BENCH_SIDE].result.nr_splices);
	return true;
}

static bool run_all_batches(struct bed *bed)
{
	static const unsigned chunk_sections[] = {4, 16, 64};
	const struct mmi_deferred_ops *const orders[] = {NULL, mmi_linux_order()};
	const struct mmi_geometry *g = &bed->machine->geometry;

	print(bed, "struct pages of more than a block / of a block (%llu KiB) before each free:\n",
	      (unsigned long long)(mmi_block_pages(g) * MMI_PAGE_BYTES >> 10));
	for (size_t i = 0; i < sizeof(orders) / sizeof(orders[0]); i++) {
		if (!run_batch(bed, orders[i], MMI_BATCH_SECTION, chunk_sections[0]))
			return false;
		for (size_t j = 0; j < sizeof(chunk_sections) / sizeof(chunk_sections[0]); j++)
			if (!run_batch(bed, orders[i], MMI_BATCH_CHUNK, chunk_sections[j]))
				return false;
	}
	return true;
}

static bool make_bed(struct bed *bed)
{
	const struct mmi_memmap_options options = {.populate = true};
	struct mmi_error err = {0};

	if (mmi_platform_native_create(NULL, &bed->platform, &err)) {
		fprintf(stderr, "claims: %s\n", err.text);
		return false;
	}
	bed->machine = bench_machine_create(bed->platform, SIZE_BYTES, 0);
	if (!bed->machine)
		return false;
	if (!mmi_arena_init(&bed->arena, bed->machine, &options, &err))
		return true;
	fprintf(stderr, "claims: %s\n", err.text);
	return false;
}

static void free_bed(struct bed *bed)
{
	mmi_arena_deinit(&bed->arena);
	mmi_machine_destroy(bed->machine);
	mmi_platform_native_destroy(bed->platform);
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

	if (mmi_native_reexec_passive(argc, argv))
		return EXIT_FAILURE;
	if (!read_arguments(&bed, argc, argv)) {
		fprintf(stderr,
			"usage: mminit_claims [--report] [PAIRS]   (%d to %d, default %d)\n",
			MMI_MIN_SAMPLES, MMI_MAX_SAMPLES, NR_PAIRS_DEFAULT);
		return 2;
	}
#ifndef NDEBUG
	print(&bed, "skipped: a debug build says nothing about speed\n");
	return EXIT_SKIPPED;
#else
	bool done = make_bed(&bed);
	if (done) {
		print(&bed,
		      "%u pairs each; teams %s; ratios: median and 95%% interval of it by the "
		      "sign test\n",
		      bed.nr_pairs, mmi_native_bind_state(bed.platform));
		done = run_all_bits(&bed) && run_all_batches(&bed);
	}
	free_bed(&bed);
	return bed.wrong ? EXIT_NOT_VERIFIED : done ? EXIT_SUCCESS : EXIT_FAILURE;
#endif
}
