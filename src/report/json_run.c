/* SPDX-License-Identifier: MIT */
/* A run as JSON: "mminit-run/1". */
#include "report/json_parts.h"
#include "report/node_work.h"
#include "report/work_events.h"

static json_t *place_json(const struct mmi_report_worker_place *place)
{
	return json_pack("{s:b, s:i, s:i, s:s, s:s}", "bound", place->bound, "host_nid",
			 place->host_nid, "cpu", place->cpu, "cpus", place->cpus, "ran_on",
			 place->ran_on);
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

/* null: not looked at. */
static json_t *memmap_places_json(const struct mmi_report_placement *placement, int nid)
{
	json_t *array = placement->memmap ? json_array() : json_null();
	bool failed = !array;

	for (size_t i = 0; placement->memmap && i < placement->nr_memmap; i++) {
		const struct mmi_report_memmap_place *place = &placement->memmap[i];
		if (place->nid == nid)
			mmi_json_append(array,
					json_pack("{s:i, s:I}", "host_nid", place->host_nid,
						  "pages", (json_int_t)place->nr_pages),
					&failed);
	}
	return mmi_json_done(array, failed);
}

static json_t *placement_json(const struct mmi_report_run *report)
{
	const struct mmi_report_placement *placement = report->placement;
	json_t *object = json_pack("{s:s, s:s}", "bind", placement->bind, "mem", placement->mem);
	bool failed = !object;

	mmi_json_set(object, "threads_state", mmi_json_text(report->threads_state), &failed);
	mmi_json_set(object, "memory_state", mmi_json_text(report->memory_state), &failed);
	mmi_json_set(object, "warning", mmi_json_text(placement->warning), &failed);
	return mmi_json_done(object, failed);
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

	mmi_json_set(object, "first_deferred_pfn",
		     split->has_deferred ? mmi_json_count(split->first_deferred_pfn) : json_null(),
		     &failed);
	mmi_json_set(object, "held_back", mmi_json_count(split->nr_held_back_pages), &failed);
	set_speed(object, work.init_ns, work.nr_init_pages, &failed);
	mmi_json_set(object, "place",
		     work.first_thread < 0
			 ? json_null()
			 : place_json(&report->placement->workers[work.first_thread]),
		     &failed);
	mmi_json_set(object, "stolen_chunks", mmi_json_count(work.nr_stolen), &failed);
	mmi_json_set(object, "host_nid", json_integer(report->placement->host_nids[i]), &failed);
	if (report->placement->shown)
		mmi_json_set(object, "memmap_places",
			     memmap_places_json(report->placement, split->nid), &failed);
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
	json_t *object = json_pack("{s:i, s:i, s:I, s:I, s:I, s:I, s:o}", "thread", (int)w->thread,
				   "nid", w->nid, "chunks", (json_int_t)w->nr_chunks, "free_pages",
				   (json_int_t)w->nr_free_pages, "blocks", (json_int_t)w->nr_blocks,
				   "splices", (json_int_t)w->nr_splices, "place",
				   place_json(&report->placement->workers[i]));
	bool failed = !object;

	mmi_json_set(object, "stolen_chunks", mmi_json_count(w->nr_stolen_chunks), &failed);
	mmi_json_set(object, "stolen_pages", mmi_json_count(w->nr_stolen_pages), &failed);
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

/* How it was done, as asked for. */
static json_t *settings_json(const struct mmi_system_options *options)
{
	static const char *const rules[] = {
	    [MMI_CHUNK_AUTO] = "auto", [MMI_CHUNK_LINUX] = "linux", [MMI_CHUNK_FIXED] = "fixed"};
	static const char *const batches[] = {[MMI_BATCH_BLOCK] = "block",
					      [MMI_BATCH_SECTION] = "section",
					      [MMI_BATCH_CHUNK] = "chunk"};
	static const char *const placements[] = {[MMI_PLACE_LOCAL] = "local",
						 [MMI_PLACE_ANYWHERE] = "first-touch",
						 [MMI_PLACE_INTERLEAVE] = "interleave",
						 [MMI_PLACE_REMOTE] = "remote"};
	const struct mmi_plan_params *plan = &options->plan;
	json_t *object = json_object();
	bool failed = !object;

	mmi_json_set(object, "chunk", json_string(rules[plan->rule]), &failed);
	mmi_json_set(object, "chunk_pages",
		     plan->rule == MMI_CHUNK_FIXED ? mmi_json_count(plan->chunk_pages)
						   : json_null(),
		     &failed);
	mmi_json_set(object, "batch", json_string(batches[options->run.batch]), &failed);
	mmi_json_set(object, "store", json_string(mmi_store_name(options->memmap.store)), &failed);
	mmi_json_set(object, "placement", json_string(placements[options->memmap.placement]),
		     &failed);
	mmi_json_set(object, "backed", json_boolean(options->memmap.populate), &failed);
	mmi_json_set(object, "huge_pages", json_boolean(!options->memmap.no_huge_pages), &failed);
	mmi_json_set(object, "by_subsection", json_boolean(options->memmap.by_subsection), &failed);
	return mmi_json_done(object, failed);
}

static json_t *samples_json(const struct mmi_report_run *report)
{
	const uint64_t nr_pages = mmi_run_init_pages(&report->system->run);
	json_t *array = json_array();
	bool failed = !array;

	for (size_t i = 0; i < report->nr_samples; i++) {
		const struct mmi_report_sample *sample = &report->samples[i];
		const uint64_t init_ns = sample->early_ns + sample->deferred_ns;
		mmi_json_append(array,
				json_pack("{s:I, s:I, s:I, s:f}", "early_ns",
					  (json_int_t)sample->early_ns, "deferred_ns",
					  (json_int_t)sample->deferred_ns, "init_ns",
					  (json_int_t)init_ns, "ns_per_page",
					  mmi_ns_per_page(init_ns, nr_pages)),
				&failed);
	}
	return mmi_json_done(array, failed);
}

/* Who did which PFNs when; times count from the beginning of the run. */
static json_t *chunks_json(const struct mmi_deferred_run *run)
{
	const uint64_t origin_ns = mmi_run_origin_ns(run);
	json_t *array = json_array();
	bool failed = !array;

	for (uint64_t i = 0; i < run->nr_records && !failed; i++) {
		const struct mmi_chunk_record *record = &run->records[i];
		mmi_json_append(array,
				json_pack("{s:i, s:i, s:I, s:I, s:I, s:I}", "worker",
					  (int)record->thread, "nid", record->nid, "start_pfn",
					  (json_int_t)record->start_pfn, "end_pfn",
					  (json_int_t)record->end_pfn, "start_ns",
					  (json_int_t)(record->start_ns - origin_ns), "end_ns",
					  (json_int_t)(record->end_ns - origin_ns)),
				&failed);
	}
	return mmi_json_done(array, failed);
}

/* What a page or a program needs to draw the run; large. */
static void set_details(json_t *document, const struct mmi_report_run *report, bool *failed)
{
	const struct mmi_system *system = report->system;

	mmi_json_set(document, "workers", workers_json(report), failed);
	mmi_json_set(document, "zones", mmi_json_zones(system->plan.layout), failed);
	mmi_json_set(document, "memory", mmi_json_memory(system->plan.layout->machine), failed);
	mmi_json_set(document, "early", mmi_json_early(&system->plan), failed);
	mmi_json_set(document, "chunks", chunks_json(&system->run), failed);
}

static json_t *bandwidth_json(const struct mmi_report_run *report)
{
	const struct mmi_deferred_run *run = &report->system->run;
	const struct mmi_report_bandwidth *bandwidth = report->bandwidth;
	const double run_ns =
	    mmi_ns_per_page(run->early_ns + run->deferred_ns, mmi_run_init_pages(run));

	return json_pack("{s:f, s:f, s:i, s:I, s:f}", "memset_ns_per_page", bandwidth->memset_ns,
			 "loop_ns_per_page", bandwidth->loop_ns, "threads",
			 (int)bandwidth->nr_threads, "memmap_bytes",
			 (json_int_t)bandwidth->memmap_bytes, "share",
			 mmi_bandwidth_best_ns(bandwidth) / run_ns);
}

int mmi_report_run_json(FILE *out, const struct mmi_report_run *report, bool details)
{
	json_t *document = json_object();
	bool failed = !document;

	mmi_json_set(document, "schema", json_string("mminit-run/1"), &failed);
	mmi_json_set(document, "machine", mmi_json_source(&report->source), &failed);
	mmi_json_set(document, "context", mmi_json_context(report->context), &failed);
	mmi_json_set(document, "settings", settings_json(&report->system->options), &failed);
	mmi_json_set(document, "memmap", memmap_json(report), &failed);
	mmi_json_set(document, "threads_state", mmi_json_text(report->threads_state), &failed);
	mmi_json_set(document, "placement", placement_json(report), &failed);
	mmi_json_set(document, "nodes", nodes_json(report), &failed);
	if (details)
		set_details(document, report, &failed);
	else if (report->placement->shown)
		mmi_json_set(document, "workers", workers_json(report), &failed);
	mmi_json_set(document, "total", total_json(report), &failed);
	mmi_json_set(document, "times", times_json(report), &failed);
	mmi_json_set(document, "samples", samples_json(report), &failed);
	if (report->bandwidth)
		mmi_json_set(document, "bandwidth", bandwidth_json(report), &failed);
	mmi_json_set(document, "peak_bytes", mmi_json_count(report->peak_bytes), &failed);
	mmi_json_set(document, "fault", mmi_json_text(report->fault), &failed);
	mmi_json_set(document, "verdict", mmi_json_verdict(report->verdict, &report->system->plan),
		     &failed);
	mmi_json_set(document, "reproduce", mmi_json_text(report->reproduce), &failed);
	return mmi_json_finish(out, document, failed);
}
