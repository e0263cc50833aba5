/* SPDX-License-Identifier: MIT */
/* A run as text: a line a node, the time by its parts, the verdict. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "report/node_work.h"
#include "report/rank_test.h"
#include "report/text.h"

static void print_memmap(FILE *out, const struct mmi_report_run *report)
{
	const struct mmi_memmap *map = &report->system->mem.map;
	char size[MMI_REPORT_UNIT_BYTES];

	fprintf(out, "memmap    %s, sections: %" PRIu64 ", %s",
		mmi_report_size(size, map->backed_bytes), map->nr_present_sections,
		report->memory_state);
	if (report->huge_bytes != UINT64_MAX)
		fprintf(out, "; in huge pages: %s", mmi_report_size(size, report->huge_bytes));
	fprintf(out, "\nthreads   %u, %s\n", report->system->run.nr_started, report->threads_state);
}

/* Host node and CPUs of a group's first thread, "host 0: 0-3". */
static const char *place_text(const struct mmi_report_run *report, int thread, char *text,
			      size_t size_bytes)
{
	const struct mmi_report_worker_place *place =
	    thread < 0 ? NULL : &report->placement->workers[thread];

	if (!place)
		snprintf(text, size_bytes, "-");
	else if (!place->bound)
		snprintf(text, size_bytes, "not bound");
	else
		snprintf(text, size_bytes, "host %d: %s", place->host_nid, place->cpus);
	return text;
}

static void print_speed(FILE *out, uint64_t elapsed_ns, uint64_t nr_pages)
{
	char time[MMI_REPORT_UNIT_BYTES];

	if (!nr_pages) {
		fprintf(out, " %10s %8s %7s", "-", "-", "-");
		return;
	}
	fprintf(out, " %10s %8.2f %7.2f", mmi_report_time(time, elapsed_ns),
		mmi_ns_per_page(elapsed_ns, nr_pages), mmi_gb_per_second(elapsed_ns, nr_pages));
}

static void print_node(FILE *out, const struct mmi_report_run *report, size_t i)
{
	const struct mmi_system *system = report->system;
	const struct mmi_node_split *split = &system->plan.splits[i];
	const struct mmi_node_work work = mmi_node_work_of(system, split->nid);
	char place[160];

	fprintf(out, "%6d %11" PRIu64 " %11" PRIu64 " %11" PRIu64 " %7" PRIu64 " %7u", split->nid,
		report->source.machine->nodes[i].nr_present_pages, split->nr_early_pages,
		split->nr_deferred_pages, work.nr_chunks, work.nr_threads);
	print_speed(out, work.init_ns, work.nr_init_pages);
	fprintf(out, "  %s\n", place_text(report, work.first_thread, place, sizeof(place)));
}

/* Early pages are initialised by the calling thread, for all nodes, before the workers start. */
static void print_sums(FILE *out, const struct mmi_report_run *report)
{
	const struct mmi_deferred_run *run = &report->system->run;
	const uint64_t nr_pages = mmi_run_init_pages(run);

	fprintf(out, "%6s %35s %7s %7s", "early", "", "", "1");
	print_speed(out, run->early_ns, run->early.nr_init_pages);
	fprintf(out, "\n%6s %35s %7" PRIu64 " %7u", "all", "", report->system->plan.nr_chunks,
		run->nr_workers);
	print_speed(out, run->early_ns + run->deferred_ns, nr_pages);
	fputc('\n', out);
}

static void print_nodes(FILE *out, const struct mmi_report_run *report)
{
	fprintf(out, "\n%6s %11s %11s %11s %7s %7s %10s %8s %7s  %s\n", "node", "pages", "early",
		"deferred", "chunks", "threads", "init", "ns/page", "GB/s", "bound to");
	for (size_t i = 0; i < report->source.machine->nr_nodes; i++)
		print_node(out, report, i);
	print_sums(out, report);
}

static void print_workers(FILE *out, const struct mmi_report_run *report)
{
	const struct mmi_deferred_run *run = &report->system->run;

	fprintf(out, "\n%6s %6s %7s %11s %11s %8s %8s %10s %8s %7s  %s\n", "worker", "node",
		"chunks", "pages", "freed", "blocks", "splices", "init", "ns/page", "GB/s",
		"bound to");
	for (unsigned i = 0; i < run->nr_workers; i++) {
		const struct mmi_worker_stats *w = &run->workers[i];
		char place[160];
		fprintf(out,
			"%6u %6d %7" PRIu64 " %11" PRIu64 " %11" PRIu64 " %8" PRIu64 " %8" PRIu64,
			w->thread, w->nid, w->nr_chunks, w->nr_init_pages, w->nr_free_pages,
			w->nr_blocks, w->nr_splices);
		print_speed(out, w->end_ns - w->start_ns, w->nr_init_pages);
		fprintf(out, "  %s\n", place_text(report, (int)i, place, sizeof(place)));
	}
}

static void print_times(FILE *out, const struct mmi_report_run *report)
{
	const struct mmi_deferred_run *run = &report->system->run;
	char backing[MMI_REPORT_UNIT_BYTES], plan[MMI_REPORT_UNIT_BYTES];
	char init[MMI_REPORT_UNIT_BYTES], verify[MMI_REPORT_UNIT_BYTES];
	char peak[MMI_REPORT_UNIT_BYTES];

	fprintf(out, "\ntime      backing %s, plan %s, init %s, verify %s\n",
		mmi_report_time(backing, report->system->backing_ns),
		mmi_report_time(plan, report->system->plan_ns),
		mmi_report_time(init, run->early_ns + run->deferred_ns),
		mmi_report_time(verify, report->verdict->elapsed_ns));
	if (report->peak_bytes)
		fprintf(out, "peak      %s of memory\n", mmi_report_size(peak, report->peak_bytes));
}

/* What the host writes at best, and the share of it that was reached. */
static void print_bandwidth(FILE *out, const struct mmi_report_run *report)
{
	const struct mmi_deferred_run *run = &report->system->run;
	const struct mmi_report_bandwidth *bandwidth = report->bandwidth;
	char size[MMI_REPORT_UNIT_BYTES];
	const double run_ns =
	    mmi_ns_per_page(run->early_ns + run->deferred_ns, mmi_run_init_pages(run));

	if (!bandwidth)
		return;
	fprintf(out,
		"bandwidth this host writes %.2f GB/s by memset, %.2f GB/s by a plain loop: %s of "
		"struct pages, backed, threads: %u\n"
		"          this run reached %.0f%% of the better one\n",
		MMI_PAGE_BYTES / bandwidth->memset_ns, MMI_PAGE_BYTES / bandwidth->loop_ns,
		mmi_report_size(size, bandwidth->memmap_bytes), bandwidth->nr_threads,
		100 * mmi_bandwidth_best_ns(bandwidth) / run_ns);
}

/* The last line, short enough for 80 columns: what one wants to keep of all this. */
static void print_result(FILE *out, const struct mmi_report_run *report)
{
	const struct mmi_deferred_run *run = &report->system->run;
	const uint64_t nr_pages = mmi_run_init_pages(run);
	const uint64_t init_ns = run->early_ns + run->deferred_ns;
	char time[MMI_REPORT_UNIT_BYTES];

	fprintf(out,
		"result    %" PRIu64 " pages in %s: %.2f ns/page, %.2f GB/s, threads: %u; %s\n",
		nr_pages, mmi_report_time(time, init_ns), mmi_ns_per_page(init_ns, nr_pages),
		mmi_gb_per_second(init_ns, nr_pages), run->nr_started,
		mmi_verdict_is_good(report->verdict) ? "good" : "BROKEN");
}

/* Of several boots the middle and the ends. */
static void print_boots(FILE *out, const struct mmi_report_run *report)
{
	const uint64_t nr_pages = mmi_run_init_pages(&report->system->run);
	const size_t nr = report->nr_samples;
	double *ns = malloc(nr * sizeof(*ns));

	if (!ns)
		return;
	for (size_t i = 0; i < nr; i++)
		ns[i] = mmi_ns_per_page(
		    report->samples[i].early_ns + report->samples[i].deferred_ns, nr_pages);
	mmi_sort_values(ns, nr);
	fprintf(out, "boots     %zu: median %.2f ns/page, fastest %.2f, slowest %.2f\n", nr,
		mmi_quantile(ns, nr, 0.5), ns[0], ns[nr - 1]);
	free(ns);
}

void mmi_report_run_text(FILE *out, const struct mmi_report_run *report,
			 const struct mmi_report_style *style)
{
	mmi_text_machine(out, &report->source);
	print_memmap(out, report);
	mmi_text_node_map(out, report);
	print_nodes(out, report);
	if (style->verbose)
		print_workers(out, report);
	if (report->placement->shown)
		mmi_text_placement(out, report);
	print_times(out, report);
	print_bandwidth(out, report);
	mmi_text_stolen(out, &report->system->run);
	if (report->fault)
		fprintf(out, "fault     injected: %s\n", report->fault);
	mmi_text_verdict(out, report->verdict, report->checked_hint, style);
	mmi_report_broken_text(out, report->verdict, &report->system->plan, report->reproduce,
			       style);
	if (report->nr_samples > 1)
		print_boots(out, report);
	print_result(out, report);
}
