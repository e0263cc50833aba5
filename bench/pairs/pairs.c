/* SPDX-License-Identifier: MIT */
/*
 * mminit_pairs: the limits of initialisation's speed, as ratios of interleaved pairs in one run.
 */
#include "pairs.h"

#include <stdio.h>

#include "bench_machine.h"
#include "in_turns.h"
#include "limits.h"
#include "mminit/platform_native.h"
#include "mminit/verify.h"

#define PLAIN_BYTES    (64 * BENCH_GIB)
#define NR_THREADS_MAX 2
#define SCALING        "1 thread / 2 threads"
#define LEAST_SCALING  1.8

/*
 * Where a limit applies.  They are set for a CPU on which memset is slower than a plain loop that
 * writes whole lines (Cascade Lake: 8.97 against 5.76 ns a page).  Where memset is the faster
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
	bool by_size; /* of machines of several sizes: neither may be slower */
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
    /* Whatever writes contents needs the time of the bytes: no engine makes more of the ratio above. */
    {"Linux 6.1's order / bytes", SIDE_LINUX_ORDER, SIDE_BYTES, true, {-1, -1}, ALWAYS, false},
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
    {"1 TiB / 16 GiB, either way", SIDE_LARGE, SIDE_SMALL, false, {1.08, 0}, ALWAYS, true},
    {"128 GiB / 16 GiB, either way", SIDE_MIDDLE, SIDE_SMALL, false, {1.08, 0}, ALWAYS, true},
};
#define NR_CLAIMS (sizeof(claims) / sizeof(claims[0]))

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

static struct bench_turns turns_of(struct contest *contest)
{
	return (struct bench_turns){measure_turn, verify_turn, contest,
				    side_nr_runs(contest->claim->side)};
}

/* Which of the two baselines is the slower one decides which limits apply. */
static bool measure_baselines(struct bench_limits *limits, struct pairs_bed *bed, bool *slower)
{
	const struct claim claim = {.side = SIDE_MEMSET, .baseline = SIDE_PAGE_LOOP};
	struct contest contest = {bed, &claim, 1};
	const struct bench_turns turns = turns_of(&contest);
	struct mmi_sample set = {0}, loop = {0};
	const struct bench_row row = {.what = "memset / plain page loop, 1 thr.",
				      .unit = "ns a page"};
	char note[24];

	if (!bench_in_turns(&turns, limits, &set, &loop))
		return false;
	*slower = mmi_sample_ratio(&set, &loop).median > 1;
	snprintf(note, sizeof(note), ", stores: %s",
		 mmi_store_name(bed->arena.mem.map.options.store));
	bench_print_ratio(limits, &row, &set, &loop, note);
	return true;
}

/* The engine against the better of memset and our own loop: the share of that is what says most. */
static void print_share(struct bench_limits *limits, const struct claim *claim, bool slower,
			const struct mmi_sample *side, const struct mmi_sample *baseline)
{
	const enum side better = slower ? SIDE_PAGE_LOOP : SIDE_MEMSET;

	if (claim->side == SIDE_ENGINE && claim->baseline == better)
		bench_print(limits, "    share of the better baseline reached: %.0f%%\n",
			    100 / mmi_sample_ratio(side, baseline).median);
}

static bool run_claim(struct bench_limits *limits, struct pairs_bed *bed, const struct claim *claim,
		      unsigned nr_threads, bool slower)
{
	const double limit = claim->limit[nr_threads - 1];
	const bool is_held =
	    claim->applies == ALWAYS || (claim->applies == MEMSET_IS_SLOWER) == slower;
	struct contest contest = {bed, claim, nr_threads};
	const struct bench_turns turns = turns_of(&contest);
	struct mmi_sample side = {0}, baseline = {0};
	char what[40];
	const struct bench_row row = {.what = what,
				      .limit = limit > 0 ? limit : 0,
				      .at_least = claim->at_least,
				      .either_way = claim->by_size,
				      .not_held = is_held ? NULL : "reported",
				      .unit = "ns a page"};

	snprintf(what, sizeof(what), "%s, %u thr.", claim->what, nr_threads);
	if (limit == 0 || !bench_wants(limits, what))
		return true;
	if (!bench_in_turns(&turns, limits, &side, &baseline))
		return false;
	bench_print_ratio(limits, &row, &side, &baseline, "");
	print_share(limits, claim, slower, &side, &baseline);
	if (claim->side == SIDE_COLD_ENGINE)
		bench_print(limits, "    backing read back: %.0f%% of %llu MiB in huge pages\n",
			    100.0 * (double)bed->huge_bytes / (double)bed->resident_bytes,
			    (unsigned long long)bed->resident_bytes >> 20);
	return true;
}

/* One thread against two of the same side: the side is one thread, the baseline two. */
struct scaling {
	struct pairs_bed *bed;
	enum side side;
};

static double measure_threads(void *user, enum bench_turn turn)
{
	const struct scaling *scaling = user;

	return side_measure(scaling->bed, scaling->side, turn == BENCH_SIDE ? 1 : 2);
}

static bool verify_threads(void *user, enum bench_turn turn)
{
	const struct scaling *scaling = user;

	(void)turn;
	return side_verify(scaling->bed, scaling->side);
}

static bool measure_scaling(struct bench_limits *limits, struct pairs_bed *bed, enum side side,
			    struct mmi_sample samples[2])
{
	struct scaling scaling = {bed, side};
	const struct bench_turns turns = {measure_threads, verify_threads, &scaling,
					  side_nr_runs(side)};

	return bench_in_turns(&turns, limits, &samples[0], &samples[1]);
}

/* Held where the machine itself can: where by the same measure its bare page loop gains as much. */
static bool run_scaling(struct bench_limits *limits, struct pairs_bed *bed)
{
	struct bench_row row = {.what = "  plain page loop's own", .unit = "ns a page"};
	struct mmi_sample loop[2] = {{{0}, 0}}, engine[2] = {{{0}, 0}};

	if (!bench_wants(limits, SCALING))
		return true;
	if (!measure_scaling(limits, bed, SIDE_PAGE_LOOP, loop))
		return false;
	bench_print_ratio(limits, &row, &loop[0], &loop[1], "");
	if (!measure_scaling(limits, bed, SIDE_ENGINE, engine))
		return false;
	row = (struct bench_row){
	    .what = SCALING, .limit = LEAST_SCALING, .at_least = true, .unit = "ns a page"};
	if (mmi_sample_ratio(&loop[0], &loop[1]).low < LEAST_SCALING)
		row.not_held = "out of reach";
	bench_print_ratio(limits, &row, &engine[0], &engine[1], "");
	return true;
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

static const uint64_t sized_bytes[PAIRS_NR_SIZES] = {16 * BENCH_GIB, 128 * BENCH_GIB,
						     1024 * BENCH_GIB};

/* The sizes' arenas; says so where memory does not allow the largest. */
static bool make_sized(const struct bench_limits *limits, struct pairs_bed *bed)
{
	for (int i = 0; i < PAIRS_NR_SIZES; i++) {
		const uint64_t needed_bytes = bench_memmap_bytes(sized_bytes[i]);
		if (!bench_memory_allows(needed_bytes)) {
			bench_print(
			    limits,
			    "skipped: %llu GiB of PFNs need %llu MiB that are not available\n",
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
	for (int i = 0; i < PAIRS_NR_SIZES; i++) {
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
	for (int i = 0; i < PAIRS_NR_SIZES; i++) {
		const enum side side = SIDE_SMALL + i;
		if ((claim->side == side || claim->baseline == side) && !bed->sized[i].machine)
			return false;
	}
	return true;
}

static bool run_claims(struct bench_limits *limits, struct pairs_bed *bed, bool by_size,
		       unsigned most_threads, bool slower)
{
	for (size_t i = 0; i < NR_CLAIMS; i++)
		for (unsigned n = 1; n <= most_threads; n++)
			if (claims[i].by_size == by_size && is_measurable(bed, &claims[i]) &&
			    !run_claim(limits, bed, &claims[i], n, slower))
				return false;
	return true;
}

static bool run_all(struct bench_limits *limits, struct pairs_bed *bed)
{
	struct mmi_host_facts facts;
	const unsigned nr_cpus = mmi_host_facts_read(&facts) ? 1 : facts.nr_cpus;
	const unsigned most = nr_cpus < NR_THREADS_MAX ? nr_cpus : NR_THREADS_MAX;
	bool slower;

	if (most < NR_THREADS_MAX)
		bench_print(limits, "skipped: 2 threads, for there is %u CPU\n", nr_cpus);
	bench_print(limits, "teams %s\n", mmi_native_bind_state(bed->platform));
	return measure_baselines(limits, bed, &slower) &&
	       run_claims(limits, bed, false, most, slower) &&
	       (most < 2 || run_scaling(limits, bed)) && make_sized(limits, bed) &&
	       run_claims(limits, bed, true, most, slower);
}

static bool run(struct bench_limits *limits)
{
	static struct pairs_bed bed;
	const bool done = make_bed(&bed) && run_all(limits, &bed);

	free_bed(&bed);
	return done;
}

int main(int argc, char **argv)
{
	return bench_limits_main(argc, argv, "mminit_pairs", run);
}
