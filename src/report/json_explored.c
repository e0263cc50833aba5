/* SPDX-License-Identifier: MIT */
/* An exploration of schedules as JSON. */
#include "report/json_parts.h"

static json_t *broken_json(const struct mmi_report_explored *report)
{
	const struct mmi_explore_result *result = report->result;
	json_t *object = json_object();
	bool failed = !object;

	mmi_json_set(object, "invariant",
		     result->invariant ? mmi_json_count(result->invariant) : json_null(), &failed);
	mmi_json_set(object, "why", mmi_json_text(result->why), &failed);
	mmi_json_set(object, "nr_turns_found", mmi_json_count(result->nr_turns_found), &failed);
	mmi_json_set(object, "schedule", mmi_json_text(report->script), &failed);
	return mmi_json_done(object, failed);
}

static json_t *checks_json(const struct mmi_explore_result *result)
{
	json_t *array = json_array();
	bool failed = !array;

	for (unsigned i = 1; i <= MMI_NR_INVARIANTS; i++)
		mmi_json_append(array, mmi_json_count(result->nr_checks[i]), &failed);
	return mmi_json_done(array, failed);
}

json_t *mmi_json_explored(const struct mmi_report_explored *report)
{
	const struct mmi_explore_result *result = report ? report->result : NULL;
	json_t *object;
	bool failed;

	if (!report)
		return json_null();
	object = json_object();
	failed = !object;
	mmi_json_set(
	    object, "search",
	    mmi_json_text(report->is_replayed ? "replay" : mmi_search_name(report->params->search)),
	    &failed);
	mmi_json_set(object, "nr_preemptions", mmi_json_count(report->params->nr_preemptions),
		     &failed);
	mmi_json_set(object, "is_complete", json_boolean(result->is_complete), &failed);
	mmi_json_set(object, "nr_present_pages", mmi_json_count(report->nr_present_pages), &failed);
	mmi_json_set(object, "nr_schedules", mmi_json_count(result->nr_schedules), &failed);
	mmi_json_set(object, "nr_yields", mmi_json_count(result->nr_yields), &failed);
	mmi_json_set(object, "nr_decisions", mmi_json_count(result->nr_decisions), &failed);
	mmi_json_set(object, "nr_switches", mmi_json_count(result->nr_switches), &failed);
	mmi_json_set(object, "nr_requests", mmi_json_count(result->nr_requests), &failed);
	mmi_json_set(object, "nr_onlined", mmi_json_count(result->nr_onlined), &failed);
	mmi_json_set(object, "nr_offlined", mmi_json_count(result->nr_offlined), &failed);
	mmi_json_set(object, "nr_moved", mmi_json_count(result->nr_moved), &failed);
	mmi_json_set(object, "nr_chunks", mmi_json_count(result->nr_chunks), &failed);
	mmi_json_set(object, "nr_pages", mmi_json_count(result->nr_pages), &failed);
	mmi_json_set(object, "checks", checks_json(result), &failed);
	mmi_json_set(object, "elapsed_ns", mmi_json_count(report->elapsed_ns), &failed);
	mmi_json_set(object, "broken", result->is_broken ? broken_json(report) : json_null(),
		     &failed);
	return mmi_json_done(object, failed);
}
