/* SPDX-License-Identifier: MIT */
/* What a stress run did, as JSON. */
#include "report/json_parts.h"

static json_t *params_json(const struct mmi_stress_params *params)
{
	static const char *const inits[] = {
	    [MMI_STRESS_BOOTED] = "before",
	    [MMI_STRESS_BESIDE] = "beside",
	    [MMI_STRESS_ON_DEMAND] = "on-demand",
	};

	return json_pack("{s:s, s:s, s:s?, s:i, s:i, s:i, s:i, s:I}", "pattern",
			 mmi_stress_pattern_name(params->pattern), "init", inits[params->init],
			 "gfp", mmi_stress_gfp_name(params), "nr_threads", (int)params->nr_threads,
			 "min_order", (int)params->min_order, "max_order", (int)params->max_order,
			 "nid", params->nid, "seed", (json_int_t)params->seed);
}

static json_t *counts_json(const struct mmi_stress_result *result)
{
	const struct mmi_cpu_stats *cpus = &result->cpus;
	json_t *object = json_object();
	bool failed = !object;

	mmi_json_set(object, "operations", mmi_json_count(result->nr_operations), &failed);
	mmi_json_set(object, "blocks", mmi_json_count(result->nr_blocks), &failed);
	mmi_json_set(object, "pages", mmi_json_count(result->nr_pages), &failed);
	mmi_json_set(object, "failed", mmi_json_count(result->nr_failed), &failed);
	mmi_json_set(object, "checks", mmi_json_count(result->nr_checks), &failed);
	mmi_json_set(object, "refills", mmi_json_count(cpus->nr_refills), &failed);
	mmi_json_set(object, "flushes", mmi_json_count(cpus->nr_flushes), &failed);
	mmi_json_set(object, "foreign", mmi_json_count(cpus->nr_foreign), &failed);
	mmi_json_set(object, "grown_units", mmi_json_count(result->grown.nr_units), &failed);
	mmi_json_set(object, "grown_pages", mmi_json_count(result->grown.nr_init_pages), &failed);
	mmi_json_set(object, "waits", mmi_json_count(result->grown.nr_waits), &failed);
	return mmi_json_done(object, failed);
}

/* Blocks by word and by what came of it; null: nothing changed meanwhile. */
static json_t *hotplug_json(const struct mmi_report_stress *report)
{
	const struct mmi_stress_hotplug *hotplug = &report->result->hotplug;
	json_t *words = json_object();
	json_t *object = json_object();
	bool failed = !object || !words;

	for (int word = 0; word < MMI_NR_HOTPLUG_WORDS; word++) {
		const uint64_t *nr = hotplug->nr_blocks[word];
		mmi_json_set(words, mmi_hotplug_word_name(word),
			     json_pack("{s:I, s:I, s:I, s:I}", "done",
				       (json_int_t)nr[MMI_STEP_DONE], "busy",
				       (json_int_t)nr[MMI_STEP_BUSY], "no_memory",
				       (json_int_t)nr[MMI_STEP_NO_MEMORY], "refused",
				       (json_int_t)nr[MMI_STEP_REFUSED]),
			     &failed);
	}
	mmi_json_set(object, "steps",
		     mmi_json_text(report->params->random_hotplug ? "random" : "script"), &failed);
	mmi_json_set(object, "blocks", words, &failed);
	mmi_json_set(object, "moved_pages", mmi_json_count(hotplug->nr_moved_pages), &failed);
	return mmi_json_done(object, failed);
}

/* [from_ns, allocations] of every bucket that has some. */
static json_t *latency_json(const struct mmi_stress_result *result)
{
	json_t *array = json_array();
	bool failed = !array;

	for (int i = 0; i < MMI_STRESS_LATENCY_BUCKETS; i++)
		if (result->latency[i])
			mmi_json_append(array,
					json_pack("{s:I, s:I}", "from_ns", (json_int_t)1 << i,
						  "allocations", (json_int_t)result->latency[i]),
					&failed);
	return mmi_json_done(array, failed);
}

int mmi_report_stress_json(FILE *out, const struct mmi_report_stress *report)
{
	json_t *document = json_pack("{s:s}", "schema", "mminit-stress/1");
	bool failed = !document;

	mmi_json_set(document, "machine", mmi_json_source(&report->source), &failed);
	mmi_json_set(document, "params", params_json(report->params), &failed);
	mmi_json_set(document, "elapsed_ns", mmi_json_count(report->result->elapsed_ns), &failed);
	mmi_json_set(document, "counts", counts_json(report->result), &failed);
	mmi_json_set(document, "hotplug",
		     report->params->script || report->params->random_hotplug ? hotplug_json(report)
									      : json_null(),
		     &failed);
	mmi_json_set(document, "latency", latency_json(report->result), &failed);
	mmi_json_set(document, "good", json_boolean(!report->broken), &failed);
	mmi_json_set(document, "broken", mmi_json_text(report->broken), &failed);
	return mmi_json_finish(out, document, failed);
}
