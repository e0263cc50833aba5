/* SPDX-License-Identifier: MIT */
/* Sweeps: round after round over all values, until the answer is clear. */
#include "mminit/tune.h"

#include <errno.h>

#include "tune/scaled.h"
#include "tune/candidates.h"
#include "tune/write_team.h"

#define MAX_MEMMAP_BYTES_DEFAULT (1ull << 30)
#define INDIFFERENT              0.02 /* nobody chooses for less */

/* Of different stores only the loop differs, so warm candidates share one backed memmap. */
struct tuner {
	const struct mmi_tune_params *params;
	struct mmi_tune_report *report;
	struct mmi_machine *machine;
	struct mmi_candidates candidates;
	struct mmi_arena warm;
	struct mmi_backed warm_backed; /* in the last round */
	struct mmi_sample memset_ns;
	struct mmi_sample loop_ns;
	struct mmi_sample engine_ns;
	unsigned nr_threads;
};

/* Of struct pages that were written, those of holes included: what memory was asked to do. */
static double ns_per_page(const struct mmi_arena_result *result)
{
	return (double)result->elapsed_ns / (double)result->nr_init_pages;
}

static struct mmi_backed read_backed(const struct tuner *tuner, const struct mmi_arena *arena)
{
	const struct mmi_tune_params *params = tuner->params;
	const struct mmi_memmap *map = &arena->mem.map;
	struct mmi_backed backed = {0};

	if (params->read_backing &&
	    params->read_backing(params->user, map->pages, map->pages_bytes, &backed.resident_bytes,
				 &backed.huge_bytes))
		return (struct mmi_backed){0};
	return backed;
}

static void add_result(struct mmi_candidate *candidate, const struct mmi_arena_result *result,
		       struct mmi_backed backed)
{
	mmi_sample_add(&candidate->ns, ns_per_page(result));
	candidate->chunk_pages = result->chunk_pages;
	candidate->backed.resident_bytes += backed.resident_bytes;
	candidate->backed.huge_bytes += backed.huge_bytes;
}

/*
 * Runs @candidate once as the first touch.  A virtual machine may have given back to its host what
 * nobody used for seconds, and to get that again costs more than all else: a run that does not
 * count comes before.
 */
static int run_cold(struct tuner *tuner, struct mmi_candidate *candidate, struct mmi_error *err)
{
	struct mmi_arena_result result;
	struct mmi_arena arena;
	int ret = mmi_arena_init(&arena, tuner->machine, &candidate->memmap, err);

	if (ret)
		return ret;
	ret = mmi_arena_run(&arena, &candidate->job, &result, err);
	if (!ret)
		ret = mmi_arena_renew(&arena, err);
	if (!ret)
		ret = mmi_arena_run(&arena, &candidate->job, &result, err);
	if (!ret)
		add_result(candidate, &result, read_backed(tuner, &arena));
	mmi_arena_deinit(&arena);
	return ret;
}

static int run_warm(struct tuner *tuner, struct mmi_candidate *candidate, struct mmi_error *err)
{
	struct mmi_arena_result result;
	int ret = mmi_arena_use_store(&tuner->warm, candidate->memmap.store,
				      candidate->memmap.prefetch, err);

	if (!ret)
		ret = mmi_arena_run(&tuner->warm, &candidate->job, &result, err);
	if (!ret)
		add_result(candidate, &result, tuner->warm_backed);
	return ret;
}

static int run_candidate(struct tuner *tuner, struct mmi_candidate *candidate,
			 struct mmi_error *err)
{
	return candidate->cold ? run_cold(tuner, candidate, err) : run_warm(tuner, candidate, err);
}

static void add_baseline(struct mmi_sample *sample, struct mmi_arena *arena, unsigned nr_threads,
			 enum mmi_write_kind kind)
{
	mmi_sample_add(sample, (double)mmi_write_team_ns(arena, nr_threads, kind) /
				   (double)mmi_write_team_pages(arena));
}

/* What the machine can do: the same bytes by all threads of all nodes, and the engine beside it. */
static int run_baselines(struct tuner *tuner, struct mmi_error *err)
{
	const struct mmi_arena_job job = {.plan = {.nr_threads = tuner->nr_threads}};
	struct mmi_arena_result result;
	int ret = mmi_arena_use_store(&tuner->warm, MMI_STORE_AUTO, MMI_PREFETCH_AUTO, err);

	if (!ret)
		ret = mmi_arena_run(&tuner->warm, &job, &result, err);
	if (ret)
		return ret;
	tuner->warm_backed = read_backed(tuner, &tuner->warm);
	mmi_sample_add(&tuner->engine_ns, ns_per_page(&result));
	add_baseline(&tuner->memset_ns, &tuner->warm, result.nr_threads, MMI_WRITE_MEMSET);
	add_baseline(&tuner->loop_ns, &tuner->warm, result.nr_threads, MMI_WRITE_PAGES);
	return 0;
}

/* @nr_runs: of this round, until now. */
static bool may_go_on(const struct tuner *tuner, unsigned nr_runs)
{
	const struct mmi_tune_params *params = tuner->params;
	const uint64_t nr_of_round = tuner->candidates.nr;

	if (params->go_on &&
	    !params->go_on(params->user, tuner->report->nr_rounds * nr_of_round + nr_runs,
			   tuner->report->max_rounds * nr_of_round))
		tuner->report->interrupted = true;
	return !tuner->report->interrupted;
}

/* Every candidate once, beginning with another one each time. */
static int run_round(struct tuner *tuner, struct mmi_error *err)
{
	const unsigned nr = tuner->candidates.nr;
	int ret = run_baselines(tuner, err);

	for (unsigned i = 0; i < nr && !ret && may_go_on(tuner, i); i++) {
		const unsigned turn = (i + tuner->report->nr_rounds) % nr;
		ret = run_candidate(tuner, &tuner->candidates.items[turn], err);
	}
	return ret;
}

/* A run that fails ends it; what was measured before is reported. */
static void run_rounds(struct tuner *tuner)
{
	struct mmi_tune_report *report = tuner->report;
	bool whole = true;

	mmi_candidates_report(&tuner->candidates, report);
	while (whole && !report->settled && report->nr_rounds < report->max_rounds &&
	       may_go_on(tuner, 0)) {
		report->failed.code = run_round(tuner, &report->failed);
		whole = !report->failed.code && !report->interrupted;
		report->nr_rounds += whole;
		mmi_candidates_report(&tuner->candidates, report);
		report->settled = whole && mmi_report_is_settled(report, INDIFFERENT);
	}
	report->huge_share = mmi_backed_huge_share(&tuner->warm_backed);
	report->memset_ns = mmi_sample_estimate(&tuner->memset_ns).median;
	report->loop_ns = mmi_sample_estimate(&tuner->loop_ns).median;
	report->engine_ns = mmi_sample_estimate(&tuner->engine_ns).median;
}

static unsigned rounds_of(const struct mmi_tune_params *params)
{
	if (!params->max_rounds)
		return MMI_TUNE_DEFAULT_ROUNDS;
	return params->max_rounds < MMI_TUNE_MAX_ROUNDS ? params->max_rounds : MMI_TUNE_MAX_ROUNDS;
}

static unsigned count_host_threads(const struct mmi_machine *machine)
{
	unsigned most = 1;

	for (size_t i = 0; i < machine->nr_nodes; i++)
		if (machine->nodes[i].nr_cpus > most)
			most = machine->nodes[i].nr_cpus;
	return most;
}

static int make_tuner(struct tuner *tuner, const struct mmi_machine *machine,
		      const struct mmi_tune_params *params, struct mmi_tune_report *report,
		      struct mmi_error *err)
{
	tuner->params = params;
	tuner->report = report;
	report->max_rounds = rounds_of(params);
	const struct mmi_memmap_options options = {.populate = true};
	const uint64_t most =
	    params->max_memmap_bytes ? params->max_memmap_bytes : MAX_MEMMAP_BYTES_DEFAULT;
	const uint64_t whole = mmi_memmap_bytes(machine, &options);
	int ret;

	report->scale = whole > most ? (double)most / (double)whole : 1;
	ret = mmi_machine_scale(machine, report->scale, &tuner->machine, err);
	if (ret)
		return ret;
	report->memmap_bytes = mmi_memmap_bytes(tuner->machine, &options);
	tuner->nr_threads = params->nr_threads ? params->nr_threads : count_host_threads(machine);
	report->nr_threads = tuner->nr_threads;
	mmi_candidates_fill(&tuner->candidates, tuner->machine, tuner->nr_threads);
	return mmi_arena_init(&tuner->warm, tuner->machine, &options, err);
}

int mmi_tune(const struct mmi_machine *machine, const struct mmi_tune_params *params,
	     struct mmi_tune_report *report, struct mmi_error *err)
{
	const struct mmi_platform *platform = machine->platform;
	struct tuner *tuner;
	int ret;

	*report = (struct mmi_tune_report){0};
#ifdef MMI_CHECKED
	return mmi_error_set(err, -ENOTSUP,
			     "the checked core's times say nothing: expected the "
			     "release");
#endif
	tuner = platform->ops->alloc(platform->ctx, sizeof(*tuner));
	if (!tuner)
		return mmi_error_set(err, -ENOMEM, "no memory for a sweep");
	ret = make_tuner(tuner, machine, params, report, err);
	if (!ret)
		run_rounds(tuner);
	if (report->failed.code && !report->nr_rows) {
		ret = report->failed.code;
		mmi_error_set(err, ret, "%s", report->failed.text);
	}
	mmi_arena_deinit(&tuner->warm);
	mmi_machine_destroy(tuner->machine);
	platform->ops->free(platform->ctx, tuner, sizeof(*tuner));
	if (ret)
		*report = (struct mmi_tune_report){0};
	return ret;
}
