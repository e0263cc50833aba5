/* SPDX-License-Identifier: MIT */
/*
 * mminit_claims: the design's two claims, as ratios of interleaved pairs in one run.
 *
 * No limit is held: a ratio and its interval say what the claim is worth on this machine.  A run that
 * leaves something else than it should is an error.
 */
#include "design_claims.h"

#include <stdio.h>

#include "bench_machine.h"
#include "limits.h"
#include "mminit/platform_native.h"
#include "tune/linux_order.h"

#define SIZE_BYTES (64 * BENCH_GIB) /* a GiB of struct pages: no cache holds them */
#define NR_RUNS    3

struct bed {
	struct bench_limits *limits;
	struct mmi_platform *platform;
	struct mmi_machine *machine;
	struct mmi_arena arena;
};

/* Pageblock bits: the side is in one section, the baseline in a section each. */
struct bits_contest {
	struct bits_run runs[2];
	struct mmi_sample overlap;
};

static double measure_bits(void *user, enum bench_turn turn)
{
	struct bits_contest *contest = user;
	const double ns = bits_measure(&contest->runs[turn]);

	if (ns >= 0)
		mmi_sample_add(&contest->overlap, contest->runs[turn].overlap);
	return ns;
}

static bool verify_bits(void *user, enum bench_turn turn)
{
	const struct bits_contest *contest = user;

	return bits_verify(&contest->runs[turn]);
}

static bool run_bits(struct bed *bed, enum bits_work work, const char *what)
{
	struct bits_contest contest = {
	    .runs = {[BENCH_SIDE] = {.arena = &bed->arena, .work = work, .one_section = true},
		     [BENCH_BASELINE] = {.arena = &bed->arena, .work = work}},
	};
	const struct bench_turns turns = {measure_bits, verify_bits, &contest, NR_RUNS};
	const struct bench_row row = {.what = what,
				      .unit = work == BITS_ALONE ? "ns a type" : "ns a page"};
	struct mmi_sample side = {0}, baseline = {0};
	char note[80];

	if (!bench_wants(bed->limits, what))
		return true;
	if (!bench_in_turns(&turns, bed->limits, &side, &baseline))
		return false;
	snprintf(note, sizeof(note), "; each thread did %llu, both at once for %.0f%% of the time",
		 (unsigned long long)contest.runs[BENCH_SIDE].nr_done[0],
		 100 * mmi_sample_estimate(&contest.overlap).median);
	bench_print_ratio(bed->limits, &row, &side, &baseline, note);
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
		bench_print(bed->limits, "skipped: pageblock bits need %d CPUs\n", CLAIM_THREADS);
		return true;
	}
	bench_print(bed->limits, "two threads in one section / in a section each:\n");
	for (int work = 0; work < NR_BITS_WORKS; work++)
		if (!run_bits(bed, (enum bits_work)work, what[work]))
			return false;
	return true;
}

/* The L2 argument: the side frees after more than a block, the baseline after each. */
struct batch_contest {
	struct batch_run runs[2];
};

static double measure_batch(void *user, enum bench_turn turn)
{
	struct batch_contest *contest = user;

	return batch_measure(&contest->runs[turn]);
}

static bool verify_batch(void *user, enum bench_turn turn)
{
	const struct batch_contest *contest = user;

	return batch_verify(&contest->runs[turn]);
}

static bool run_batch(struct bed *bed, const struct mmi_deferred_ops *ops, enum mmi_batch batch,
		      unsigned nr_sections)
{
	const uint64_t section_pages = mmi_section_pages(&bed->machine->geometry);
	const struct batch_run run = {
	    .arena = &bed->arena, .ops = ops, .chunk_pages = nr_sections * section_pages};
	struct batch_contest contest = {{run, run}};
	const struct bench_turns turns = {measure_batch, verify_batch, &contest, NR_RUNS};
	struct mmi_sample side = {0}, baseline = {0};
	char what[64], note[64];
	const struct bench_row row = {.what = what, .unit = "ns a page"};

	contest.runs[BENCH_SIDE].batch = batch;
	contest.runs[BENCH_BASELINE].batch = MMI_BATCH_BLOCK;
	const uint64_t step_pages = batch == MMI_BATCH_SECTION ? section_pages : run.chunk_pages;
	snprintf(what, sizeof(what), "%s, %s of %llu MiB", ops ? "two passes" : "one pass",
		 batch == MMI_BATCH_SECTION ? "section" : "chunk",
		 (unsigned long long)(step_pages * MMI_PAGE_BYTES >> 20));
	if (!bench_wants(bed->limits, what))
		return true;
	if (!bench_in_turns(&turns, bed->limits, &side, &baseline))
		return false;
	snprintf(note, sizeof(note), "; %llu pages, %llu splices",
		 (unsigned long long)contest.runs[BENCH_SIDE].result.nr_init_pages,
		 (unsigned long long)contest.runs[BENCH_SIDE].result.nr_splices);
	bench_print_ratio(bed->limits, &row, &side, &baseline, note);
	return true;
}

static bool run_all_batches(struct bed *bed)
{
	static const unsigned chunk_sections[] = {4, 16, 64};
	const struct mmi_deferred_ops *const orders[] = {NULL, mmi_linux_order()};
	const struct mmi_geometry *g = &bed->machine->geometry;

	bench_print(bed->limits,
		    "struct pages of more than a block / of a block (%llu KiB) before each free:\n",
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

static bool run(struct bench_limits *limits)
{
	struct bed bed = {.limits = limits};
	bool done = make_bed(&bed);

	if (done) {
		bench_print(limits, "teams %s\n", mmi_native_bind_state(bed.platform));
		done = run_all_bits(&bed) && run_all_batches(&bed);
	}
	free_bed(&bed);
	return done;
}

int main(int argc, char **argv)
{
	return bench_limits_main(argc, argv, "mminit_claims", run);
}
