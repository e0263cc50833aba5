/* SPDX-License-Identifier: MIT */
/* The many runs of `verify` as JSON: "mminit-verify/1". */
#include "report/json_parts.h"

static json_t *checks_json(const struct mmi_report_verify *report)
{
	json_t *array = json_array();
	bool failed = !array;

	for (unsigned i = 1; i <= MMI_NR_INVARIANTS; i++)
		mmi_json_append(array,
				json_pack("{s:i, s:s, s:I}", "number", (int)i, "text",
					  mmi_invariant_text(i), "checks",
					  (json_int_t)report->nr_checks[i]),
				&failed);
	return mmi_json_done(array, failed);
}

int mmi_report_verify_json(FILE *out, const struct mmi_report_verify *report)
{
	json_t *document = json_object();
	bool failed = !document;

	mmi_json_set(document, "schema", json_string("mminit-verify/1"), &failed);
	mmi_json_set(document, "machine", mmi_json_source(&report->source), &failed);
	mmi_json_set(document, "schedules", mmi_json_text(report->schedules), &failed);
	mmi_json_set(document, "seed", mmi_json_count(report->seed), &failed);
	mmi_json_set(document, "nr_runs", mmi_json_count(report->nr_runs), &failed);
	mmi_json_set(document, "nr_chunks", mmi_json_count(report->nr_chunks), &failed);
	mmi_json_set(document, "nr_pages", mmi_json_count(report->nr_pages), &failed);
	mmi_json_set(document, "checks", checks_json(report), &failed);
	mmi_json_set(document, "elapsed_ns", mmi_json_count(report->elapsed_ns), &failed);
	mmi_json_set(document, "fault", mmi_json_text(report->fault), &failed);
	mmi_json_set(document, "nr_faults", mmi_json_count(report->nr_faults), &failed);
	mmi_json_set(document, "verdict",
		     report->verdict ? mmi_json_verdict(report->verdict, report->plan)
				     : json_null(),
		     &failed);
	mmi_json_set(document, "explored", mmi_json_explored(report->explored), &failed);
	mmi_json_set(document, "reproduce", mmi_json_text(report->reproduce), &failed);
	return mmi_json_finish(out, document, failed);
}
