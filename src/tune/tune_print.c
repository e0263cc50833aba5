/* SPDX-License-Identifier: MIT */
/* A sweep's report as text and CSV. */
#include "mminit/tune.h"

#include <string.h>

#define INDIFFERENT  0.02                  /* nobody chooses for less */
#define CACHES_BYTES ((uint64_t)256 << 20) /* what the caches of a large host may hold */

static const char *const choice_names[MMI_NR_TUNE_CHOICES] = {
    [MMI_TUNE_CHUNK] = "chunk", [MMI_TUNE_THREADS] = "threads", [MMI_TUNE_BATCH] = "batch",
    [MMI_TUNE_STORE] = "store", [MMI_TUNE_BACKING] = "backing", [MMI_TUNE_ORDER] = "order",
};

const char *mmi_tune_choice_name(enum mmi_tune_choice choice)
{
	return choice_names[choice];
}

static double gb_per_second(double ns)
{
	return ns > 0 ? MMI_PAGE_BYTES / ns : 0;
}

static double limit_ns(const struct mmi_tune_report *report)
{
	return report->memset_ns < report->loop_ns ? report->memset_ns : report->loop_ns;
}

static void print_rows(FILE *out, const struct mmi_tune_report *report)
{
	fprintf(out, "%-8s %-20s %7s %9s %8s  %s\n", "choice", "value", "threads", "ns/page",
		"GB/s", "against the fastest (95%)");
	for (unsigned i = 0; i < report->nr_rows; i++) {
		const struct mmi_tune_row *row = &report->rows[i];
		fprintf(out, "%-8s %-20s %7u %9.3f %8.2f  ", choice_names[row->choice], row->value,
			row->nr_threads, row->ns, gb_per_second(row->ns));
		if (row->fastest)
			fprintf(out, "fastest");
		else
			fprintf(out, "%+.1f%%", 100 * (row->cost - 1));
		if (!row->fastest && row->nr_samples >= MMI_TUNE_MIN_ROUNDS)
			fprintf(out, " (%+.1f%% to %+.1f%%)", 100 * (row->cost_low - 1),
				100 * (row->cost_high - 1));
		if (row->choice == MMI_TUNE_BACKING && row->huge_share >= 0)
			fprintf(out, "; %.1f%% in huge pages", 100 * row->huge_share);
		fprintf(out, "%s\n",
			row->contrast     ? "; for contrast, no choice"
			: row->by_default ? "; the default"
					  : "");
	}
}

/* Rows of @choice that can be chosen, with as many threads as all else. */
static bool counts(const struct mmi_tune_report *report, const struct mmi_tune_row *row,
		   enum mmi_tune_choice choice)
{
	return row->choice == choice && !row->contrast &&
	       (choice == MMI_TUNE_THREADS || row->nr_threads == report->nr_threads);
}

static const struct mmi_tune_row *fastest_of(const struct mmi_tune_report *report,
					     enum mmi_tune_choice choice)
{
	for (unsigned i = 0; i < report->nr_rows; i++)
		if (counts(report, &report->rows[i], choice) && report->rows[i].fastest)
			return &report->rows[i];
	return NULL;
}

/* Is what mminit does when nothing is said slower for sure? */
static bool default_is_slower(const struct mmi_tune_report *report, enum mmi_tune_choice choice)
{
	for (unsigned i = 0; i < report->nr_rows; i++) {
		const struct mmi_tune_row *row = &report->rows[i];
		if (counts(report, row, choice) && row->by_default)
			return !row->fastest && row->cost_low > 1 && row->cost > 1 + INDIFFERENT;
	}
	return false;
}

/* The option of `mminit run` that chooses @row's value, with a blank before. */
static void add_option(char *options, size_t options_bytes, const struct mmi_tune_row *row)
{
	const size_t length = strlen(options);
	char *end = options + length;
	const size_t room = options_bytes - length;

	if (row->choice == MMI_TUNE_BACKING)
		snprintf(end, room, " --no-huge-pages");
	else if (row->choice == MMI_TUNE_ORDER)
		snprintf(end, room, " --strategy linux-6.1");
	else if (row->choice == MMI_TUNE_STORE) /* whether it prefetches is no option */
		snprintf(end, room, " --store %.*s", (int)strcspn(row->value, "+"), row->value);
	else
		snprintf(end, room, " --%s %s", choice_names[row->choice], row->value);
}

bool mmi_tune_recommended(const struct mmi_tune_report *report,
			  char options[MMI_TUNE_OPTIONS_BYTES])
{
	options[0] = '\0';
	if (report->nr_rounds < MMI_TUNE_MIN_ROUNDS)
		return false;
	for (int choice = 0; choice < MMI_NR_TUNE_CHOICES; choice++) {
		const struct mmi_tune_row *fastest = fastest_of(report, choice);
		if (fastest && default_is_slower(report, choice))
			add_option(options, MMI_TUNE_OPTIONS_BYTES, fastest);
	}
	if (options[0])
		memmove(options, options + 1, strlen(options));
	return true;
}

/* "chunk: auto; 1s costs 3.1%, surely" or "does not matter". */
static void print_choice(FILE *out, const struct mmi_tune_report *report,
			 enum mmi_tune_choice choice)
{
	const struct mmi_tune_row *fastest = fastest_of(report, choice);
	const struct mmi_tune_row *worst = NULL, *next = NULL;

	for (unsigned i = 0; i < report->nr_rows; i++) {
		const struct mmi_tune_row *row = &report->rows[i];
		if (!counts(report, row, choice) || row->fastest)
			continue;
		if (!worst || row->cost > worst->cost)
			worst = row;
		if (!next || row->cost < next->cost)
			next = row;
	}
	if (!fastest || !worst)
		return;
	if (worst->cost_high < 1 + INDIFFERENT) {
		fprintf(out, "%s does not matter here: %.1f%% apart, surely less than %.0f%%\n",
			choice_names[choice], 100 * (worst->cost - 1), 100 * INDIFFERENT);
		return;
	}
	if (worst->cost_low <= 1) {
		fprintf(out,
			"%s: %s looks fastest, but no value is surely slower: this host is too "
			"busy, or the rounds too few\n",
			choice_names[choice], fastest->value);
		return;
	}
	fprintf(out, "%s: %s; %s costs %.1f%% (surely %.1f%%)", choice_names[choice],
		fastest->value, worst->value, 100 * (worst->cost - 1), 100 * (worst->cost_low - 1));
	if (next != worst && next->cost_low <= 1)
		fprintf(out, "; %s is not sure to be slower", next->value);
	fprintf(out, "\n");
}

static void print_head(FILE *out, const struct mmi_tune_report *report)
{
	fprintf(out, "%u round%s%s; %llu MiB of struct pages, threads of a node: %u\n",
		report->nr_rounds, report->nr_rounds == 1 ? "" : "s",
		report->settled       ? ", settled"
		: report->interrupted ? ", interrupted"
		: report->failed.code ? ", stopped"
				      : "",
		(unsigned long long)report->memmap_bytes >> 20, report->nr_threads);
	if (report->scale < 1)
		fprintf(out, "the machine was scaled to %.2f%% of its memory to fit here\n",
			100 * report->scale);
	if (report->huge_share >= 0)
		fprintf(out, "%.1f%% of the struct pages lie in huge pages, backing's rows apart\n",
			100 * report->huge_share);
	if (report->failed.code)
		fprintf(out, "round %u of at most %u could not be finished: %s\n",
			report->nr_rounds + 1, report->max_rounds, report->failed.text);
}

/* What a sweep that ended before its time did not get to. */
static void print_missing(FILE *out, const struct mmi_tune_report *report)
{
	for (unsigned i = 0; i < report->nr_missing; i++) {
		const struct mmi_tune_missing *missing = &report->missing[i];
		fprintf(out, "%s%s %s", i ? "; " : "not measured: ", choice_names[missing->choice],
			missing->value);
		if (missing->choice != MMI_TUNE_THREADS &&
		    missing->nr_threads != report->nr_threads)
			fprintf(out, " with %u thread%s", missing->nr_threads,
				missing->nr_threads == 1 ? "" : "s");
	}
	if (report->nr_missing)
		fprintf(out, "\n");
}

static void print_bandwidth(FILE *out, const struct mmi_tune_report *report)
{
	fprintf(out,
		"this host writes %.2f GB/s by memset, %.2f GB/s by a plain loop over struct "
		"pages;\nby default mminit reaches %.2f GB/s, %.0f%% of the better one and %.0f%% "
		"of the loop\n",
		gb_per_second(report->memset_ns), gb_per_second(report->loop_ns),
		gb_per_second(report->engine_ns), 100 * limit_ns(report) / report->engine_ns,
		100 * report->loop_ns / report->engine_ns);
	if (report->memmap_bytes < CACHES_BYTES)
		fprintf(out,
			"so little may stay in caches, and say little of memory: expected %llu "
			"MiB of struct pages\n",
			(unsigned long long)(CACHES_BYTES >> 20));
}

static void print_recommended(FILE *out, const struct mmi_tune_report *report)
{
	char options[MMI_TUNE_OPTIONS_BYTES];

	if (!mmi_tune_recommended(report, options))
		fprintf(out, "too few rounds to recommend anything: expected %d\n",
			MMI_TUNE_MIN_ROUNDS);
	else if (options[0])
		fprintf(out, "recommended: mminit run %s\n", options);
	else
		fprintf(out,
			"recommended: mminit's defaults, which nothing is surely faster than\n");
}

void mmi_tune_print_text(FILE *out, const struct mmi_tune_report *report)
{
	print_head(out, report);
	if (!report->nr_rows)
		return;
	print_rows(out, report);
	print_missing(out, report);
	print_bandwidth(out, report);
	for (int choice = 0; choice < MMI_NR_TUNE_CHOICES; choice++)
		if (report->nr_rounds >= MMI_TUNE_MIN_ROUNDS)
			print_choice(out, report, (enum mmi_tune_choice)choice);
	print_recommended(out, report);
}

void mmi_tune_print_csv(FILE *out, const struct mmi_tune_report *report)
{
	fprintf(out, "choice,value,threads,chunk_pages,ns_per_page,ns_low,ns_high,cost,cost_low,"
		     "cost_high,contrast,default,fastest,huge_share\n");
	for (unsigned i = 0; i < report->nr_rows; i++) {
		const struct mmi_tune_row *row = &report->rows[i];
		fprintf(out, "%s,\"%s\",%u,%llu,%.4f,%.4f,%.4f,%.4f,%.4f,%.4f,%d,%d,%d,",
			choice_names[row->choice], row->value, row->nr_threads,
			(unsigned long long)row->chunk_pages, row->ns, row->ns_low, row->ns_high,
			row->cost, row->cost_low, row->cost_high, row->contrast, row->by_default,
			row->fastest);
		if (row->huge_share >= 0)
			fprintf(out, "%.4f", row->huge_share);
		fprintf(out, "\n");
	}
}
