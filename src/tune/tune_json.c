/* SPDX-License-Identifier: MIT */
/* A sweep's report as JSON: "mminit-tune/1". */
#include "mminit/tune.h"

#include "report/json_parts.h"

static json_t *samples_json(const struct mmi_tune_row *row)
{
	json_t *array = json_array();
	bool failed = !array;

	for (unsigned i = 0; i < row->nr_samples; i++)
		mmi_json_append(array, json_real(row->samples[i]), &failed);
	return mmi_json_done(array, failed);
}

static json_t *share_json(double share)
{
	return share >= 0 ? json_real(share) : json_null();
}

static json_t *row_json(const struct mmi_tune_row *row)
{
	json_t *object = json_pack(
	    "{s:s, s:s, s:i, s:I, s:f, s:f, s:f, s:f, s:f, s:f, s:b, s:b, s:b}", "choice",
	    mmi_tune_choice_name(row->choice), "value", row->value, "threads", (int)row->nr_threads,
	    "chunk_pages", (json_int_t)row->chunk_pages, "ns_per_page", row->ns, "ns_low",
	    row->ns_low, "ns_high", row->ns_high, "cost", row->cost, "cost_low", row->cost_low,
	    "cost_high", row->cost_high, "fastest", (int)row->fastest, "contrast",
	    (int)row->contrast, "default", (int)row->by_default);
	bool failed = !object;

	mmi_json_set(object, "huge_share", share_json(row->huge_share), &failed);
	mmi_json_set(object, "samples", samples_json(row), &failed);
	return mmi_json_done(object, failed);
}

static json_t *rows_json(const struct mmi_tune_report *report)
{
	json_t *array = json_array();
	bool failed = !array;

	for (unsigned i = 0; i < report->nr_rows; i++)
		mmi_json_append(array, row_json(&report->rows[i]), &failed);
	return mmi_json_done(array, failed);
}

static json_t *missing_json(const struct mmi_tune_report *report)
{
	json_t *array = json_array();
	bool failed = !array;

	for (unsigned i = 0; i < report->nr_missing; i++)
		mmi_json_append(array,
				json_pack("{s:s, s:s, s:i}", "choice",
					  mmi_tune_choice_name(report->missing[i].choice), "value",
					  report->missing[i].value, "threads",
					  (int)report->missing[i].nr_threads),
				&failed);
	return mmi_json_done(array, failed);
}

int mmi_tune_print_json(FILE *out, const struct mmi_tune_report *report,
			const struct mmi_report_source *source,
			const struct mmi_report_context *context)
{
	json_t *document = json_pack(
	    "{s:s, s:i, s:i, s:b, s:b, s:f, s:I, s:i, s:f, s:f, s:f}", "schema", "mminit-tune/1",
	    "rounds", (int)report->nr_rounds, "max_rounds", (int)report->max_rounds, "settled",
	    (int)report->settled, "interrupted", (int)report->interrupted, "scale", report->scale,
	    "memmap_bytes", (json_int_t)report->memmap_bytes, "threads", (int)report->nr_threads,
	    "memset_ns_per_page", report->memset_ns, "loop_ns_per_page", report->loop_ns,
	    "engine_ns_per_page", report->engine_ns);
	bool failed = !document;
	char options[MMI_TUNE_OPTIONS_BYTES];

	mmi_json_set(document, "failed",
		     mmi_json_text(report->failed.code ? report->failed.text : NULL), &failed);
	mmi_json_set(document, "huge_share", share_json(report->huge_share), &failed);
	/* null: too few rounds to say */
	mmi_json_set(document, "recommended",
		     mmi_json_text(mmi_tune_recommended(report, options) ? options : NULL),
		     &failed);
	mmi_json_set(document, "machine", mmi_json_source(source), &failed);
	mmi_json_set(document, "context", mmi_json_context(context), &failed);
	mmi_json_set(document, "rows", rows_json(report), &failed);
	mmi_json_set(document, "missing", missing_json(report), &failed);
	return mmi_json_finish(out, document, failed);
}
