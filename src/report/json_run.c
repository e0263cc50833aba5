/* SPDX-License-Identifier: MIT */
/* A run, and many runs of `verify`, as JSON: "mminit-run/1", "mminit-verify/1". */
#include "report/json_parts.h"
#include "report/node_work.h"

static json_t *place_json(const struct mmi_report_worker_place *place)
{
	return json_pack("{s:b, s:i, s:i, s:s}", "bound", place->bound, "host_nid", place->host_nid,
			 "cpu", place->cpu, "cpus", place->cpus);
}

/* Counts, time and speed of so many pages initialised in so long. */
static void set_speed(json_t *object, uint64_t elapsed_ns, uint64_t nr_pages, bool *failed)
{
	mmi_json_set(object, "init_pages", mmi_json_count(nr_pages), failed);
	mmi_json_set(object, "init_ns", mmi_json_count(elapsed_ns), failed);
	mmi_json_set(object, "ns_per_page", json_real(mmi_ns_per_page(elapsed_ns, nr_pages)),
		     failed);
	mmi_json_set(object, "gb_per_second", json_real(mmi_gb_per_second(elapsed_ns, nr_pages)),
		     failed);
}

static json_t *node_json(const struct mmi_report_run *report, size_t i)
{
	const struct mmi_system *system = report->system;
	const struct mmi_node_split *split = &system->plan.splits[i];
	const struct mmi_node_work work = mmi_node_work_of(system, split->nid);
	json_t *object =
	    json_pack("{s:i, s:I, s:I, s:I, s:I, s:i, s:i}", "nid", split->nid, "present",
		      (json_int_t)report->source.machine->nodes[i].nr_present_pages, "early",
		      (json_int_t)split->nr_early_pages, "deferred",
		      (json_int_t)split->nr_deferred_pages, "chunks", (json_int_t)work.nr_chunks,
		      "threads", (int)work.nr_threads, "server_nid", work.server_nid);
	bool failed = !object;

	set_speed(object, work.init_ns, work.nr_init_pages, &failed);
	mmi_json_set(object, "place",
		     work.first_thread < 0 ? json_null()
					   : place_json(&report->places[work.first_thread]),
		     &failed);
	return mmi_json_done(object, failed);
}

static json_t *nodes_json(const struct mmi_report_run *report)
{
	json_t *array = json_array();
	bool failed = !array;

	for (size_t i = 0; i < report->source.machine->nr_nodes; i++)
		mmi_json_append(array, node_json(report, i), &failed);
	return mmi_json_done(array, failed);
}

static json_t *worker_json(const struct mmi_report_run *report, unsigned i)
{
	const struct mmi_worker_stats *w = &report->system->run.workers[i];
	json_t *object =
	    json_pack("{s:i, s:i, s:I, s:I, s:I, s:I, s:o}", "thread", (int)w->thread, "nid",
		      w->nid, "chunks", (json_int_t)w->nr_chunks, "free_pages",
		      (json_int_t)w->nr_free_pages, "blocks", (json_int_t)w->nr_blocks, "splices",
		      (json_int_t)w->nr_splices, "place", place_json(&report->places[i]));
	bool failed = !object;

	set_speed(object, w->end_ns - w->start_ns, w->nr_init_pages, &failed);
	return mmi_json_done(object, failed);
}

static json_t *workers_json(const struct mmi_report_run *report)
{
	json_t *array = json_array();
	bool failed = !array;

	for (unsigned i = 0; i < report->system->run.nr_workers; i++)
		mmi_json_append(array, worker_json(report, i), &failed);
	return mmi_json_done(array, failed);
}

static json_t *times_json(const struct mmi_report_run *report)
{
	const struct mmi_deferred_run *run = &report->system->run;

	return json_pack("{s:I, s:I, s:I, s:I, s:I}", "backing_ns",
			 (json_int_t)report->system->backing_ns, "plan_ns",
			 (json_int_t)report->system->plan_ns, "early_ns", (json_int_t)run->early_ns,
			 "deferred_ns", (json_int_t)run->deferred_ns, "verify_ns",
			 (json_int_t)report->verdict->elapsed_ns);
}

static json_t *memmap_json(const struct mmi_report_run *report)
{
	const struct mmi_memmap *map = &report->system->mem.map;
	json_t *huge =
	    report->huge_bytes == UINT64_MAX ? json_null() : mmi_json_count(report->huge_bytes);

	return json_pack("{s:I, s:I, s:I, s:o, s:s}", "bytes", (json_int_t)map->backed_bytes,
			 "sections", (json_int_t)map->nr_present_sections, "unit_pages",
			 (json_int_t)map->unit_pages, "huge_bytes", huge, "memory_state",
			 report->memory_state);
}

static json_t *total_json(const struct mmi_report_run *report)
{
	const struct mmi_deferred_run *run = &report->system->run;
	json_t *object = json_object();
	bool failed = !object;

	mmi_json_set(object, "nr_chunks", mmi_json_count(report->system->plan.nr_chunks), &failed);
	mmi_json_set(object, "nr_workers", mmi_json_count(run->nr_workers), &failed);
	mmi_json_set(object, "nr_started", mmi_json_count(run->nr_started), &failed);
	set_speed(object, run->early_ns + run->deferred_ns, mmi_run_init_pages(run), &failed);
	return mmi_json_done(object, failed);
}

int mmi_report_run_json(FILE *out, const struct mmi_report_run *report, bool all_workers)
{
	json_t *document = json_object();
	bool failed = !document;

	mmi_json_set(document, "schema", json_string("mminit-run/1"), &failed);
	mmi_json_set(document, "machine", mmi_json_source(&report->source), &failed);
	mmi_json_set(document, "memmap", memmap_json(report), &failed);
	mmi_json_set(document, "threads_state", mmi_json_text(report->threads_state), &failed);
	mmi_json_set(document, "nodes", nodes_json(report), &failed);
	if (all_workers)
		mmi_json_set(document, "workers", workers_json(report), &failed);
	mmi_json_set(document, "total", total_json(report), &failed);
	mmi_json_set(document, "times", times_json(report), &failed);
	mmi_json_set(document, "peak_bytes", mmi_json_count(report->peak_bytes), &failed);
	mmi_json_set(document, "fault", mmi_json_text(report->fault), &failed);
	mmi_json_set(document, "verdict", mmi_json_verdict(report->verdict, &report->system->plan),
		     &failed);
	mmi_json_set(document, "reproduce", mmi_json_text(report->reproduce), &failed);
	return mmi_json_finish(out, document, failed);
}

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
	mmi_json_set(document, "verdict", mmi_json_verdict(report->verdict, report->plan), &failed);
	mmi_json_set(document, "reproduce", mmi_json_text(report->reproduce), &failed);
	return mmi_json_finish(out, document, failed);
}
