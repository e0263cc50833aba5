/* SPDX-License-Identifier: MIT */
/* Predictions as JSON: "mminit-predict/1". */
#include "mminit/predict.h"

#include "report/json_parts.h"

static json_t *row_json(const struct mmi_prediction *p, uint64_t page_bytes)
{
	return json_pack("{s:i, s:I, s:I, s:I, s:I, s:I, s:f}", "threads", (int)p->nr_threads,
			 "linux_ns", (json_int_t)p->linux_ns, "linux_chunk_bytes",
			 (json_int_t)(p->linux_chunk_pages * page_bytes), "linux_chunks",
			 (json_int_t)p->linux_nr_chunks, "engine_ns", (json_int_t)p->engine_ns,
			 "engine_chunk_bytes", (json_int_t)(p->engine_chunk_pages * page_bytes),
			 "saved",
			 p->linux_ns ? 1 - (double)p->engine_ns / (double)p->linux_ns : 0.0);
}

static json_t *params_json(const struct mmi_predict_params *params)
{
	return json_pack("{s:i, s:I, s:I, s:I, s:f}", "cpus_per_node", (int)params->cpus_per_node,
			 "one_thread_ns", (json_int_t)params->one_thread_ns, "best_ns",
			 (json_int_t)params->best_ns, "line_transfer_ns",
			 (json_int_t)params->line_transfer_ns, "engine_cost", params->engine_cost);
}

int mmi_predict_print_json(FILE *out, const struct mmi_report_source *source,
			   const struct mmi_predictor *predictor, const struct mmi_prediction *rows,
			   size_t nr_rows)
{
	const uint64_t page_bytes = 1ull << source->machine->geometry.page_shift;
	json_t *document = json_pack("{s:s, s:i, s:f, s:f}", "schema", "mminit-predict/1", "node",
				     mmi_predictor_nid(predictor), "own_ns_per_page",
				     mmi_predictor_own_ns(predictor), "shared_ns_per_page",
				     mmi_predictor_shared_ns(predictor));
	json_t *array = json_array();
	bool failed = !document || !array;

	for (size_t i = 0; i < nr_rows; i++)
		mmi_json_append(array, row_json(&rows[i], page_bytes), &failed);
	mmi_json_set(document, "linux_serial",
		     json_boolean(mmi_predictor_linux_is_serial(predictor)), &failed);
	mmi_json_set(document, "limit_known", json_boolean(mmi_predictor_knows_limit(predictor)),
		     &failed);
	mmi_json_set(document, "params", params_json(mmi_predictor_params(predictor)), &failed);
	mmi_json_set(document, "machine", mmi_json_source(source), &failed);
	mmi_json_set(document, "rows", array, &failed);
	return mmi_json_finish(out, document, failed);
}
