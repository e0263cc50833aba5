/* SPDX-License-Identifier: MIT */
/* Which values a sweep tries, and what their samples say. */
#include <string.h>

#include "memmap/page_store.h"
#include "tune/candidates.h"
#include "tune/linux_order.h"
#include "tune/one_block.h"

static struct mmi_candidate *add(struct mmi_candidates *candidates, enum mmi_tune_choice choice,
				 unsigned nr_threads)
{
	struct mmi_candidate *candidate = &candidates->items[candidates->nr++];

	*candidate = (struct mmi_candidate){
	    .choice = choice,
	    .job = {.plan = {.nr_threads = nr_threads}},
	    .memmap = {.populate = true},
	};
	return candidate;
}

static void add_chunk_size(struct mmi_candidates *candidates, uint64_t nr_sections,
			   uint64_t section_pages, unsigned nr_threads)
{
	struct mmi_candidate *candidate = add(candidates, MMI_TUNE_CHUNK, nr_threads);

	candidate->job.plan.rule = MMI_CHUNK_FIXED;
	candidate->job.plan.chunk_pages = nr_sections * section_pages;
	mmi_format(candidate->value, sizeof(candidate->value), "%llus",
		   (unsigned long long)nr_sections);
}

/* What a worker claims at least, then four times as much each, and a quarter of the largest node. */
static void add_chunk_sizes(struct mmi_candidates *candidates, const struct mmi_machine *machine,
			    unsigned nr_threads)
{
	const uint64_t section_pages = mmi_section_pages(&machine->geometry);
	const uint64_t least = mmi_unit_pages(&machine->geometry, false) / section_pages;
	uint64_t most = 0; /* sections */

	for (size_t i = 0; i < machine->nr_nodes; i++)
		if (machine->nodes[i].nr_present_pages / 4 / section_pages > most)
			most = machine->nodes[i].nr_present_pages / 4 / section_pages;
	most -= most % least;
	add_chunk_size(candidates, least, section_pages, nr_threads);
	for (uint64_t nr_sections = 4 * least; nr_sections < most; nr_sections *= 4)
		add_chunk_size(candidates, nr_sections, section_pages, nr_threads);
	if (most > least)
		add_chunk_size(candidates, most, section_pages, nr_threads);
}

/* Nobody can choose it: it shows what chunks of whole sections are good for. */
static void add_one_block(struct mmi_candidates *candidates, const struct mmi_machine *machine,
			  unsigned nr_threads)
{
	if (!mmi_one_block_applies(&machine->geometry))
		return;
	struct mmi_candidate *candidate = add(candidates, MMI_TUNE_CHUNK, nr_threads);
	candidate->contrast = true;
	candidate->job.run.ops = mmi_one_block_chunks();
	mmi_format(candidate->value, sizeof(candidate->value), "1 block");
}

/* Sizes, Linux's rule and ours; sizes with half, a quarter and one of the threads, too. */
static void add_chunks(struct mmi_candidates *candidates, const struct mmi_machine *machine,
		       unsigned nr_threads)
{
	struct mmi_candidate *candidate;

	add_one_block(candidates, machine, nr_threads);
	add_chunk_sizes(candidates, machine, nr_threads);
	candidate = add(candidates, MMI_TUNE_CHUNK, nr_threads);
	candidate->job.plan.rule = MMI_CHUNK_LINUX;
	mmi_format(candidate->value, sizeof(candidate->value), "linux");
	candidate = add(candidates, MMI_TUNE_CHUNK, nr_threads);
	candidate->by_default = true;
	mmi_format(candidate->value, sizeof(candidate->value), "auto");
	if (nr_threads / 2 > 1)
		add_chunk_sizes(candidates, machine, nr_threads / 2);
	if (nr_threads / 4 > 1)
		add_chunk_sizes(candidates, machine, nr_threads / 4);
	if (nr_threads > 1)
		add_chunk_sizes(candidates, machine, 1);
}

/* 1, 2, 4 ... and what the host has. */
static void add_threads(struct mmi_candidates *candidates, unsigned nr_threads)
{
	for (unsigned n = 1;; n = n * 2 < nr_threads ? n * 2 : nr_threads) {
		struct mmi_candidate *candidate = add(candidates, MMI_TUNE_THREADS, n);
		candidate->by_default = n == nr_threads;
		mmi_format(candidate->value, sizeof(candidate->value), "%u", n);
		if (n >= nr_threads)
			return;
	}
}

static void add_batches(struct mmi_candidates *candidates, unsigned nr_threads)
{
	static const char *const names[] = {"block", "section", "chunk"};

	for (int batch = MMI_BATCH_BLOCK; batch <= MMI_BATCH_CHUNK; batch++) {
		struct mmi_candidate *candidate = add(candidates, MMI_TUNE_BATCH, nr_threads);
		candidate->job.run.batch = (enum mmi_batch)batch;
		candidate->by_default = batch == MMI_BATCH_BLOCK;
		mmi_format(candidate->value, sizeof(candidate->value), "%s", names[batch]);
	}
}

/* Each store of this CPU, asking for lines ahead and not. */
static void add_stores(struct mmi_candidates *candidates, unsigned nr_threads)
{
	for (int store = MMI_STORE_C; store < MMI_NR_STORES; store++) {
		if (!mmi_store_is_supported((enum mmi_store)store))
			continue;
		for (int ahead = 0; ahead < 2; ahead++) {
			struct mmi_candidate *candidate =
			    add(candidates, MMI_TUNE_STORE, nr_threads);
			candidate->memmap.store = (enum mmi_store)store;
			candidate->by_default = store == (int)mmi_cpu_widest_store() &&
						ahead == mmi_cpu_gains_by_prefetch();
			candidate->memmap.prefetch = ahead ? MMI_PREFETCH_ON : MMI_PREFETCH_OFF;
			mmi_format(candidate->value, sizeof(candidate->value), "%s%s",
				   mmi_store_name((enum mmi_store)store), ahead ? "+prefetch" : "");
		}
	}
}

static void add_backings(struct mmi_candidates *candidates, unsigned nr_threads)
{
	static const char *const names[] = {"first touch, huge", "first touch, small"};

	for (int small = 0; small < 2; small++) {
		struct mmi_candidate *candidate = add(candidates, MMI_TUNE_BACKING, nr_threads);
		candidate->cold = true;
		candidate->memmap.populate = false;
		candidate->memmap.no_huge_pages = small;
		candidate->by_default = !small;
		mmi_format(candidate->value, sizeof(candidate->value), "%s", names[small]);
	}
}

static void add_orders(struct mmi_candidates *candidates, unsigned nr_threads)
{
	struct mmi_candidate *candidate = add(candidates, MMI_TUNE_ORDER, nr_threads);

	candidate->by_default = true;
	mmi_format(candidate->value, sizeof(candidate->value), "one pass");
	candidate = add(candidates, MMI_TUNE_ORDER, nr_threads);
	candidate->job.run.ops = mmi_linux_order();
	mmi_format(candidate->value, sizeof(candidate->value), "linux 6.1");
}

void mmi_candidates_fill(struct mmi_candidates *candidates, const struct mmi_machine *machine,
			 unsigned nr_threads)
{
	candidates->nr = 0;
	add_chunks(candidates, machine, nr_threads);
	add_threads(candidates, nr_threads);
	add_batches(candidates, nr_threads);
	add_stores(candidates, nr_threads);
	add_backings(candidates, nr_threads);
	add_orders(candidates, nr_threads);
}

/* Thread counts are a choice of their own; all else is compared with as many threads. */
static bool compete(const struct mmi_candidate *a, const struct mmi_candidate *b)
{
	return a->choice == b->choice &&
	       (a->choice == MMI_TUNE_THREADS || a->job.plan.nr_threads == b->job.plan.nr_threads);
}

/* The fastest, by its median, that can be chosen of those that @candidate competes with, or NULL. */
static const struct mmi_candidate *fastest_of(const struct mmi_candidates *candidates,
					      const struct mmi_candidate *candidate)
{
	const struct mmi_candidate *fastest = NULL;
	double fastest_ns = 0;

	for (unsigned i = 0; i < candidates->nr; i++) {
		const struct mmi_candidate *other = &candidates->items[i];
		const double ns = mmi_sample_estimate(&other->ns).median;
		if (!other->contrast && other->ns.nr && compete(candidate, other) &&
		    (!fastest || ns < fastest_ns)) {
			fastest = other;
			fastest_ns = ns;
		}
	}
	return fastest;
}

double mmi_backed_huge_share(const struct mmi_backed *backed)
{
	return backed->resident_bytes ? (double)backed->huge_bytes / (double)backed->resident_bytes
				      : -1;
}

static void report_missing(const struct mmi_candidate *candidate, struct mmi_tune_report *report)
{
	struct mmi_tune_missing *missing = &report->missing[report->nr_missing++];

	*missing = (struct mmi_tune_missing){
	    .choice = candidate->choice,
	    .nr_threads = candidate->job.plan.nr_threads,
	};
	mmi_format(missing->value, sizeof(missing->value), "%s", candidate->value);
}

void mmi_candidates_report(const struct mmi_candidates *candidates, struct mmi_tune_report *report)
{
	report->nr_rows = report->nr_missing = 0;
	for (unsigned i = 0; i < candidates->nr; i++) {
		const struct mmi_candidate *candidate = &candidates->items[i];
		const struct mmi_candidate *fastest = fastest_of(candidates, candidate);
		if (!candidate->ns.nr || !fastest) {
			report_missing(candidate, report);
			continue;
		}
		const struct mmi_estimate ns = mmi_sample_estimate(&candidate->ns);
		const struct mmi_estimate cost = mmi_sample_ratio(&candidate->ns, &fastest->ns);
		struct mmi_tune_row *row = &report->rows[report->nr_rows++];
		*row = (struct mmi_tune_row){
		    .choice = candidate->choice,
		    .nr_threads = candidate->job.plan.nr_threads,
		    .chunk_pages = candidate->chunk_pages,
		    .ns = ns.median,
		    .ns_low = ns.low,
		    .ns_high = ns.high,
		    .cost = cost.median,
		    .cost_low = cost.low,
		    .cost_high = cost.high,
		    .fastest = candidate == fastest,
		    .contrast = candidate->contrast,
		    .by_default = candidate->by_default,
		    .huge_share = mmi_backed_huge_share(&candidate->backed),
		    .nr_samples = (unsigned)candidate->ns.nr,
		};
		mmi_format(row->value, sizeof(row->value), "%s", candidate->value);
		memcpy(row->samples, candidate->ns.values,
		       candidate->ns.nr * sizeof(row->samples[0]));
	}
}

bool mmi_report_is_settled(const struct mmi_tune_report *report, double indifferent)
{
	if (report->nr_rounds < MMI_TUNE_MIN_ROUNDS)
		return false;
	for (unsigned i = 0; i < report->nr_rows; i++) {
		const struct mmi_tune_row *row = &report->rows[i];
		const bool slower = row->cost_low > 1;
		const bool alike =
		    row->cost_low > 1 - indifferent && row->cost_high < 1 + indifferent;
		/* Nothing is recommended for fewer threads: those rows are for looking. */
		const bool counts = !row->contrast && (row->choice == MMI_TUNE_THREADS ||
						       row->nr_threads == report->nr_threads);
		if (counts && !row->fastest && !slower && !alike)
			return false;
	}
	return true;
}
