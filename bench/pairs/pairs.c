/* SPDX-License-Identifier: MIT */
/*
 * mminit_pairs: the limits of initialisation's speed, as ratios of interleaved pairs in one run.
 *
 * Exit codes: 0 every limit holds, 1 could not be measured, 4 a limit is broken or a run left
 * something else than it should, 77 nothing can be held in this build or on this machine.
 */
#include "pairs.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench_machine.h"
#include "in_turns.h"
#include "mminit/platform_native.h"
#include "mminit/verify.h"

#define NR_PAIRS_DEFAULT 21
#define PLAIN_BYTES      (64 * BENCH_GIB)
#define NR_THREADS_MAX   2

enum { EXIT_BROKEN = 4, EXIT_SKIPPED = 77 };

/*
 * Whose limit it is.  The issue of the limits is a CPU on which memset is slower than a plain loop
 * that writes whole lines (Cascade Lake: 8.97 against 5.76 ns a page).  Where memset is the faster
 * one (it may fill lines with zeros without reading or sending them), no store loop comes near it:
 * there the share of the better baseline is reported, and what is held is the engine against our
 * own loop, with the limits that the others come to on Cascade Lake (0.69 * 8.97 / 5.76, and for
 * two threads 0.74 * 4.61 / 3.11).
 */
enum applies { ALWAYS, MEMSET_IS_SLOWER, MEMSET_IS_FASTER };

struct claim {
	const char *what;
	enum side side, baseline;
	bool at_least;                /* else at most */
	double limit[NR_THREADS_MAX]; /* by threads; 0: not measured; negative: reported only */
	enum applies applies;
	bool by_size; /* needs the arenas of several sizes */
};

static const struct claim claims[] = {
    {"engine / memset", SIDE_ENGINE, SIDE_MEMSET, false, {0.69, 0.74}, MEMSET_IS_SLOWER, false},
    {"Linux 6.1's order / memset",
     SIDE_LINUX_ORDER,
     SIDE_MEMSET,
     false,
     {1.16, -1},
     MEMSET_IS_SLOWER,
     false},
    {"engine / plain page loop",
     SIDE_ENGINE,
     SIDE_PAGE_LOOP,
     false,
     {1.08, 1.10},
     MEMSET_IS_FASTER,
     false},
    {"Linux 6.1's order / engine",
     SIDE_LINUX_ORDER,
     SIDE_ENGINE,
     true,
     {1.5, 1.5},
     MEMSET_IS_SLOWER,
     false},
    {"from nothing: engine / memset",
     SIDE_COLD_ENGINE,
     SIDE_COLD_MEMSET,
     false,
     {1.08, 1.08},
     ALWAYS,
     false},
    {"fragmented / whole map", SIDE_FRAGMENTED, SIDE_ENGINE, false, {1.6, 1.6}, ALWAYS, false},
    {"overhead / engine, chunk 1s",
     SIDE_OVERHEAD,
     SIDE_ENGINE_BY_SECTION,
     false,
     {0.01, 0.01},
     ALWAYS,
     false},
    {"1 TiB / 16 GiB of PFNs", SIDE_LARGE, SIDE_SMALL, false, {1.08, 0}, ALWAYS, true},
    {"16 GiB / 1 TiB of PFNs", SIDE_SMALL, SIDE_LARGE, false, {1.08, 0}, ALWAYS, true},
    {"128 GiB / 16 GiB of PFNs", SIDE_MIDDLE, SIDE_SMALL, false, {1.08, 0}, ALWAYS, true},
    {"16 GiB / 128 GiB of PFNs", SIDE_SMALL, SIDE_MIDDLE, false, {1.08, 0}, ALWAYS, true},
};
#define NR_CLAIMS (sizeof(claims) / sizeof(claims[0]))

/* Before every line: what `./test` is to show (see tests/CMakeLists.txt). */
static const char *prefix = "";

__attribute__((format(printf, 1, 2))) static void print(const char *format, ...)
{
	va_list args;

	fputs(prefix, stdout);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	fflush(stdout);
}

static bool memset_is_slower(struct pairs_bed *bed)
{
	struct mmi_sample set = {0}, loop = {0};

	for (int i = 0; i < MMI_MIN_SAMPLES; i++) {
		mmi_sample_add(&set, side_measure(bed, SIDE_MEMSET, 1));
		mmi_sample_add(&loop, side_measure(bed, SIDE_PAGE_LOOP, 1));
	}
	const double memset_ns = mmi_sample_estimate(&set).median;
	const double loop_ns = mmi_sample_estimate(&loop).median;
	print("baselines, 1 thread: memset %.2f ns a page, plain page loop (%s) %.2f\n", memset_ns,
	      mmi_store_name(bed->arena.mem.map.options.store), loop_ns);
	return memset_ns > loop_ns;
}

/* What a pair of runs of one claim needs. */
struct contest {
	struct pairs_bed *bed;
	const struct claim *claim;
	unsigned nr_threads;
};

static enum side side_of(const struct contest *contest, enum bench_turn turn)
{
	return turn == BENCH_SIDE ? contest->claim->side : contest->claim->baseline;
}

static double measure_turn(void *user, enum bench_turn turn)
{
	const struct contest *contest = user;

	return side_measure(contest->bed, side_of(contest, turn), contest->nr_threads);
}

static bool verify_turn(void *user, enum bench_turn turn)
{
	const struct contest *contest = user;

	return side_verify(contest->bed, side_of(contest, turn));
}

static const char *judge(const struct claim *claim, double limit, const struct mmi_estimate *ratio,
			 bool is_held, bool *broken)
{
	if (!is_held || limit < 0)
		return "reported";
	if (claim->at_least ? ratio->low >= limit : ratio->high <= limit)
		return "holds";
	*broken = true;
	return "BROKEN";
}

static bool run_claim(struct pairs_bed *bed, const struct claim *claim, unsigned nr_threads,
		      unsigned nr_pairs, bool slower, bool *broken)
{
	const double limit = claim->limit[nr_threads - 1];
	const bool is_held =
	    claim->applies == ALWAYS || (claim->applies == MEMSET_IS_SLOWER) == slower;
	struct contest contest = {bed, claim, nr_threads};
	const struct bench_turns turns = {measure_turn, verify_turn, &contest};
	struct mmi_sample side = {0}, baseline = {0};

	if (limit == 0)
		return true;
	if (!bench_in_turns(&turns, nr_pairs, &side, &baseline))
		return false;
	const struct mmi_estimate ratio = mmi_sample_ratio(&side, &baseline);
	const char *verdict = judge(claim, limit, &ratio, is_held, broken);
	char held_against[16] = "";
	if (limit > 0)
		snprintf(held_against, sizeof(held_against), "%s %.2f",
			 claim->at_least ? ">=" : "<=", limit);
	print("%-30s %u  %8.3f  %7.3f-%-7.3f  %-7s  %-8s  %.3f / %.3f ns a page\n", claim->what,
	      nr_threads, ratio.median, ratio.low, ratio.high, held_against, verdict,
	      mmi_sample_estimate(&side).median, mmi_sample_estimate(&baseline).median);
	if (claim->side == SIDE_COLD_ENGINE)
		print("    backing read back: %.0f%% of %llu MiB in huge pages\n",
		      100.0 * (double)bed->huge_bytes / (double)bed->resident_bytes,
		      (unsigned long long)bed->resident_bytes >> 20);
	return true;
}

/* One thread against two of the same side; false when a run failed. */
static bool measure_scaling(struct pairs_bed *bed, enum side side, unsigned nr_pairs,
			    struct mmi_estimate *ratio)
{
	struct mmi_sample one = {0}, two = {0};

	for (unsigned i = 0; i < nr_pairs; i++) {
		for (unsigned j = 0; j < 2; j++) {
			const unsigned nr_threads = 1 + (i + j) % 2;
			const double ns = side_measure(bed, side, nr_threads);
			if (ns < 0)
				return false;
			mmi_sample_add(nr_threads == 1 ? &one : &two, ns);
		}
	}
	*ratio = mmi_sample_ratio(&one, &two);
	return true;
}

/* Held where the machine itself can: where its bare page loop gains as much from a second thread. */
static bool run_scaling(struct pairs_bed *bed, unsigned nr_pairs, bool *broken)
{
	static const double limit = 1.8;
	const struct claim claim = {.at_least = true};
	struct mmi_estimate loop, engine;

	if (!measure_scaling(bed, SIDE_PAGE_LOOP, nr_pairs, &loop) ||
	    !measure_scaling(bed, SIDE_ENGINE, nr_pairs, &engine))
		return false;
	const bool is_held = loop.median >= limit;
	print("%-30s 2  %8.3f  %7.3f-%-7.3f  >= %-5.2f  %-8s  plain page loop %.3f\n",
	      "1 thread / 2 threads", engine.median, engine.low, engine.high, limit,
	      judge(&claim, limit, &engine, is_held, broken), loop.median);
	return side_verify(bed, SIDE_ENGINE);
}

static bool make_arena(struct pairs_bed *bed, uint64_t size_bytes, uint64_t reserve_every_bytes,
		       bool populate, struct mmi_machine **machine, struct mmi_arena *arena)
{
	const struct mmi_memmap_options options = {.populate = populate};
	struct mmi_error err = {0};

	*machine = bench_machine_create(bed->platform, size_bytes, reserve_every_bytes);
	if (!*machine)
		return false;
	if (!mmi_arena_init(arena, *machine, &options, &err))
		return true;
	fprintf(stderr, "pairs: %s\n", err.text);
	return false;
}

static const uint64_t sized_bytes[3] = {16 * BENCH_GIB, 128 * BENCH_GIB, 1024 * BENCH_GIB};

/* The sizes' arenas; says so where memory does not allow the largest. */
static bool make_sized(struct pairs_bed *bed)
{
	for (int i = 0; i < 3; i++) {
		const uint64_t needed_bytes = bench_memmap_bytes(sized_bytes[i]);
		if (!bench_memory_allows(needed_bytes)) {
			print("skipped: %llu GiB of PFNs need %llu MiB that are not available\n",
			      (unsigned long long)(sized_bytes[i] / BENCH_GIB),
			      (unsigned long long)needed_bytes >> 20);
			continue;
		}
		if (!make_arena(bed, sized_bytes[i], 0, true, &bed->sized_machine[i],
				&bed->sized[i]))
			return false;
	}
	return true;
}

static bool make_bed(struct pairs_bed *bed)
{
	struct mmi_error err = {0};
	struct mmi_machine *cold_machine;

	if (mmi_platform_native_create(NULL, &bed->platform, &err)) {
		fprintf(stderr, "pairs: %s\n", err.text);
		return false;
	}
	if (!make_arena(bed, PLAIN_BYTES, 0, true, &bed->machine, &bed->arena) ||
	    !make_arena(bed, PLAIN_BYTES, 2ull << 20, true, &bed->fragmented_machine,
			&bed->fragmented))
		return false;
	cold_machine = bed->machine;
	const struct mmi_memmap_options options = {0};
	return !mmi_arena_init(&bed->cold, cold_machine, &options, &err);
}

static void free_bed(struct pairs_bed *bed)
{
	for (int i = 0; i < 3; i++) {
		mmi_arena_deinit(&bed->sized[i]);
		mmi_machine_destroy(bed->sized_machine[i]);
	}
	mmi_arena_deinit(&bed->arena);
	mmi_arena_deinit(&bed->fragmented);
	mmi_arena_deinit(&bed->cold);
	mmi_machine_destroy(bed->machine);
	mmi_machine_destroy(bed->fragmented_machine);
	mmi_platform_native_destroy(bed->platform);
}

static bool is_measurable(const struct pairs_bed *bed, const struct claim *claim)
{
	for (int i = 0; i < 3; i++) {
		const enum side side = SIDE_SMALL + i;
		if ((claim->side == side || claim->baseline == side) && !bed->sized[i].machine)
			return false;
	}
	return true;
}

static bool run_claims(struct pairs_bed *bed, bool by_size, unsigned most_threads,
		       unsigned nr_pairs, bool slower, bool *broken)
{
	for (size_t i = 0; i < NR_CLAIMS; i++)
		for (unsigned n = 1; n <= most_threads; n++)
			if (claims[i].by_size == by_size && is_measurable(bed, &claims[i]) &&
			    !run_claim(bed, &claims[i], n, nr_pairs, slower, broken))
				return false;
	return true;
}

static bool run_all(struct pairs_bed *bed, unsigned nr_pairs, bool *broken)
{
	struct mmi_host_facts facts;
	const unsigned nr_cpus = mmi_host_facts_read(&facts) ? 1 : facts.nr_cpus;
	const unsigned most = nr_cpus < NR_THREADS_MAX ? nr_cpus : NR_THREADS_MAX;
	const bool slower = memset_is_slower(bed);

	if (most < NR_THREADS_MAX)
		print("skipped: 2 threads, for there is %u CPU\n", nr_cpus);
	print("%u pairs each; teams %s; ratios: median and 95%% interval of it by the sign test\n",
	      nr_pairs, mmi_native_bind_state(bed->platform));
	print("%-30s threads  ratio  interval         limit    verdict\n", "what");
	return run_claims(bed, false, most, nr_pairs, slower, broken) &&
	       (most < 2 || run_scaling(bed, nr_pairs, broken)) && make_sized(bed) &&
	       run_claims(bed, true, most, nr_pairs, slower, broken);
}

int main(int argc, char **argv)
{
	static struct pairs_bed bed;
	unsigned nr_pairs = NR_PAIRS_DEFAULT;
	bool broken = false;
	int next = 1;

	if (mmi_native_reexec_passive(argc, argv))
		return EXIT_FAILURE;
	if (next < argc && !strcmp(argv[next], "--report")) {
		prefix = "report: ";
		next++;
	}
	if (next < argc)
		nr_pairs = (unsigned)atoi(argv[next++]);
	if (next < argc || nr_pairs < MMI_MIN_SAMPLES || nr_pairs > MMI_MAX_SAMPLES) {
		fprintf(stderr, "usage: mminit_pairs [--report] [PAIRS]   (%d to %d, default %d)\n",
			MMI_MIN_SAMPLES, MMI_MAX_SAMPLES, NR_PAIRS_DEFAULT);
		return 2;
	}
#ifndef NDEBUG
	print("skipped: a debug build says nothing about speed\n");
	return EXIT_SKIPPED;
#else
	const bool done = make_bed(&bed) && run_all(&bed, nr_pairs, &broken);
	free_bed(&bed);
	return !done ? EXIT_FAILURE : broken ? EXIT_BROKEN : EXIT_SUCCESS;
#endif
}
