/* SPDX-License-Identifier: MIT */
/* What `verify` did as text: how much was run and checked, and what is broken. */
#include <inttypes.h>

#include "report/text.h"

static void print_checks(FILE *out, const struct mmi_report_verify *report)
{
	for (unsigned i = 1; i <= MMI_NR_INVARIANTS; i++)
		fprintf(out, "%6u  %14" PRIu64 "  %s\n", i, report->nr_checks[i],
			report->nr_checks[i] ? mmi_invariant_text(i)
					     : report->verdict->invariants[i].why);
}

static uint64_t sum_checks(const struct mmi_report_verify *report)
{
	uint64_t nr_checks = 0;

	for (unsigned i = 1; i <= MMI_NR_INVARIANTS; i++)
		nr_checks += report->nr_checks[i];
	return nr_checks;
}

static void print_runs(FILE *out, const struct mmi_report_verify *report)
{
	char time[MMI_REPORT_UNIT_BYTES];

	fprintf(out, "runs      %" PRIu64 ": %s\n", report->nr_runs, report->schedules);
	fprintf(out,
		"          chunks: %" PRIu64 ", pages: %" PRIu64 ", checks: %" PRIu64 ", in %s\n",
		report->nr_chunks, report->nr_pages, sum_checks(report),
		mmi_report_time(time, report->elapsed_ns));
	if (report->fault)
		fprintf(out,
			"fault     injected: %s (seed %" PRIu64 "), in %" PRIu64 " of the runs\n",
			report->fault, report->seed, report->nr_faults);
}

void mmi_report_verify_text(FILE *out, const struct mmi_report_verify *report,
			    const struct mmi_report_style *style)
{
	mmi_text_machine(out, &report->source);
	if (report->verdict)
		print_runs(out, report);
	if (report->explored)
		mmi_report_explored_text(out, report->explored, &report->source, style, false);
	if (!report->verdict)
		return;
	fprintf(out, "\n%6s  %14s\n", "", "checks");
	print_checks(out, report);
	fputc('\n', out);
	const struct mmi_report_style in_short = {.colour = style->colour};
	mmi_text_verdict(out, report->verdict, NULL, &in_short);
	mmi_report_broken_text(out, report->verdict, report->plan, report->reproduce, style);
}
