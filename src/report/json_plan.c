/* SPDX-License-Identifier: MIT */
/* A plan as JSON: "mminit-plan/1". */
#include "report/json_parts.h"

static json_t *chunk_json(const struct mmi_chunk *chunk)
{
	return json_pack("{s:I, s:I, s:I}", "start_pfn", (json_int_t)chunk->start_pfn, "end_pfn",
			 (json_int_t)chunk->end_pfn, "units", (json_int_t)chunk->nr_units);
}

static json_t *chunks_json(const struct mmi_plan *plan, const struct mmi_group *group)
{
	json_t *array = json_array();
	bool failed = !array;

	for (uint64_t i = 0; i < group->nr_chunks && !failed; i++)
		mmi_json_append(array, chunk_json(&plan->chunks[group->first_chunk + i]), &failed);
	return mmi_json_done(array, failed);
}

static json_t *group_json(const struct mmi_plan *plan, const struct mmi_group *group,
			  bool all_chunks)
{
	const struct mmi_chunk *chunks = &plan->chunks[group->first_chunk];
	json_t *object = json_pack(
	    "{s:i, s:i, s:i, s:I, s:I, s:I, s:I}", "nid", group->nid, "server_nid",
	    group->server_nid, "nr_threads", (int)group->nr_threads, "nr_chunks",
	    (json_int_t)group->nr_chunks, "chunk_pages", (json_int_t)group->chunk_pages, "nr_units",
	    (json_int_t)group->nr_units, "nr_present_pages", (json_int_t)group->nr_present_pages);
	bool failed = !object;

	mmi_json_set(object, "first_chunk", chunk_json(&chunks[0]), &failed);
	mmi_json_set(object, "last_chunk", chunk_json(&chunks[group->nr_chunks - 1]), &failed);
	if (all_chunks)
		mmi_json_set(object, "chunks", chunks_json(plan, group), &failed);
	return mmi_json_done(object, failed);
}

static json_t *groups_json(const struct mmi_plan *plan, bool all_chunks)
{
	json_t *array = json_array();
	bool failed = !array;

	for (size_t i = 0; i < plan->nr_groups; i++)
		mmi_json_append(array, group_json(plan, &plan->groups[i], all_chunks), &failed);
	return mmi_json_done(array, failed);
}

int mmi_report_plan_json(FILE *out, const struct mmi_report_plan *report, bool all_chunks)
{
	const struct mmi_plan *plan = report->plan;
	json_t *document = json_object();
	bool failed = !document;

	mmi_json_set(document, "schema", json_string("mminit-plan/1"), &failed);
	mmi_json_set(document, "machine", mmi_json_source(&report->source), &failed);
	mmi_json_set(document, "memmap_bytes", mmi_json_count(report->memmap_bytes), &failed);
	mmi_json_set(document, "needed_bytes", mmi_json_count(report->needed_bytes), &failed);
	mmi_json_set(document, "unit_pages", mmi_json_count(plan->unit_pages), &failed);
	mmi_json_set(document, "zones", mmi_json_zones(report->layout), &failed);
	mmi_json_set(document, "nodes", mmi_json_splits(plan), &failed);
	mmi_json_set(document, "nr_chunks", mmi_json_count(plan->nr_chunks), &failed);
	mmi_json_set(document, "groups", groups_json(plan, all_chunks), &failed);
	if (all_chunks) {
		mmi_json_set(document, "memory", mmi_json_memory(plan->layout->machine), &failed);
		mmi_json_set(document, "early", mmi_json_early(plan), &failed);
	}
	return mmi_json_finish(out, document, failed);
}
