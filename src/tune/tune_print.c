/* SPDX-License-Identifier: MIT */
/* A sweep's report as text and CSV. */
#include "mminit/tune.h"

#define INDIFFERENT 0.02 /* nobody chooses for less */

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
			fprintf(out, "fastest\n");
		else
			fprintf(out, "%+.1f%% (%+.1f%% to %+.1f%%)%s\n", 100 * (row->cost - 1),
				100 * (row->cost_low - 1), 100 * (row->cost_high - 1),
				row->contrast ? "; for contrast, no choice" : "");
	}
}

/* "chunk: auto; 1s costs 3.1%, surely" or "does not matter". */
static void print_choice(FILE *out, const struct mmi_tune_report *report,
			 enum mmi_tune_choice choice)
{
	const struct mmi_tune_row *fastest = NULL, *worst = NULL, *next = NULL;

	for (unsigned i = 0; i < report->nr_rows; i++) {
		const struct mmi_tune_row *row = &report->rows[i];
		if (row->choice != choice || row->contrast ||
		    (choice != MMI_TUNE_THREADS && row->nr_threads != report->nr_threads))
			continue;
		if (row->fastest) {
			fastest = row;
			continue;
		}
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

void mmi_tune_print_text(FILE *out, const struct mmi_tune_report *report)
{
	fprintf(out, "%u rounds%s; %llu MiB of struct pages, %u threads a node\n",
		report->nr_rounds,
		report->settled       ? ", settled"
		: report->interrupted ? ", interrupted"
				      : "",
		(unsigned long long)report->memmap_bytes >> 20, report->nr_threads);
	if (report->scale < 1)
		fprintf(out, "the machine was scaled to %.2f%% of its memory to fit here\n",
			100 * report->scale);
	if (!report->nr_rounds)
		return;
	print_rows(out, report);
	fprintf(
	    out,
	    "this machine writes %.2f GB/s by memset, %.2f GB/s by a plain loop over struct "
	    "pages;\nby default mminit reaches %.2f GB/s, %.0f%% of the better one and %.0f%% of "
	    "the loop\n",
	    gb_per_second(report->memset_ns), gb_per_second(report->loop_ns),
	    gb_per_second(report->engine_ns), 100 * limit_ns(report) / report->engine_ns,
	    100 * report->loop_ns / report->engine_ns);
	if (report->nr_rounds < MMI_TUNE_MIN_ROUNDS)
		fprintf(out, "too few rounds to recommend anything: expected %d\n",
			MMI_TUNE_MIN_ROUNDS);
	for (int choice = 0; choice < MMI_NR_TUNE_CHOICES; choice++)
		if (report->nr_rounds >= MMI_TUNE_MIN_ROUNDS)
			print_choice(out, report, (enum mmi_tune_choice)choice);
}

void mmi_tune_print_csv(FILE *out, const struct mmi_tune_report *report)
{
	fprintf(out, "choice,value,threads,chunk_pages,ns_per_page,ns_low,ns_high,cost,cost_low,"
		     "cost_high,fastest\n");
	for (unsigned i = 0; i < report->nr_rows; i++) {
		const struct mmi_tune_row *row = &report->rows[i];
		fprintf(out, "%s,\"%s\",%u,%llu,%.4f,%.4f,%.4f,%.4f,%.4f,%.4f,%d\n",
			choice_names[row->choice], row->value, row->nr_threads,
			(unsigned long long)row->chunk_pages, row->ns, row->ns_low, row->ns_high,
			row->cost, row->cost_low, row->cost_high, row->fastest);
	}
}
