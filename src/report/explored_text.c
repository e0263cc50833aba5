/* SPDX-License-Identifier: MIT */
/* What an exploration of schedules did as text, and the schedule that is broken. */
#include <inttypes.h>

#include "report/text.h"

static void print_search(FILE *out, const struct mmi_report_explored *report)
{
	const struct mmi_explore_params *params = report->params;

	if (report->is_replayed)
		fputs("replayed", out);
	else if (params->search != MMI_SEARCH_EXHAUSTIVE)
		fprintf(out, "%s, seed %" PRIu64, mmi_search_name(params->search), params->seed);
	else
		fprintf(out, "%s with at most %u preemptions",
			report->result->is_complete ? "all" : "some of those",
			params->nr_preemptions);
}

static uint64_t sum_checks(const struct mmi_explore_result *result)
{
	uint64_t nr_checks = 0;

	for (unsigned i = 1; i <= MMI_NR_INVARIANTS; i++)
		nr_checks += result->nr_checks[i];
	return nr_checks;
}

static void print_counts(FILE *out, const struct mmi_report_explored *report,
			 const struct mmi_report_source *source)
{
	const struct mmi_explore_result *result = report->result;
	char size[MMI_REPORT_UNIT_BYTES], time[MMI_REPORT_UNIT_BYTES];

	fprintf(out, "schedules %" PRIu64 ": ", result->nr_schedules);
	print_search(out, report);
	if (report->nr_present_pages < source->machine->nr_present_pages)
		fprintf(out, "; on %s of the machine",
			mmi_report_size(size, report->nr_present_pages
						  << source->machine->geometry.page_shift));
	fprintf(out,
		"\n          yield points: %" PRIu64 ", decisions: %" PRIu64 ", switches: %" PRIu64
		", requests: %" PRIu64 "\n",
		result->nr_yields, result->nr_decisions, result->nr_switches, result->nr_requests);
	fprintf(out,
		"          memory blocks: %" PRIu64 " onlined, %" PRIu64
		" taken offline, moving %" PRIu64 " allocations\n",
		result->nr_onlined, result->nr_offlined, result->nr_moved);
	fprintf(out,
		"          chunks: %" PRIu64 ", pages: %" PRIu64 ", checks: %" PRIu64 ", in %s\n",
		result->nr_chunks, result->nr_pages, sum_checks(result),
		mmi_report_time(time, report->elapsed_ns));
	if (report->fault)
		fprintf(out, "          injected: %s\n", report->fault);
}

void mmi_report_explored_text(FILE *out, const struct mmi_report_explored *report,
			      const struct mmi_report_source *source,
			      const struct mmi_report_style *style, bool only_broken)
{
	const struct mmi_explore_result *result = report->result;

	if (!only_broken)
		print_counts(out, report, source);
	if (!result->is_broken)
		return;
	mmi_text_coloured(out, MMI_COLOUR_BAD, "broken", style);
	if (result->invariant)
		fprintf(out, "    invariant %u: %s\n          %s\n", result->invariant,
			mmi_invariant_text(result->invariant), result->why);
	else
		fprintf(out, "    %s\n", result->why);
	if (report->script)
		fprintf(out,
			"          by a schedule of %zu turn%s, shrunk from %zu; "
			"mminit verify --schedule FILE runs it again:\n%s",
			result->schedule.nr_turns, result->schedule.nr_turns == 1 ? "" : "s",
			result->nr_turns_found, report->script);
}
