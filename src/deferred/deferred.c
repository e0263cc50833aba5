/* SPDX-License-Identifier: MIT */
/* Runs a plan: the early part on the caller's thread, then all chunks on a team of workers. */
#include <errno.h>

#include "deferred/worker.h"
#include "memmap/atomic.h"

static void record_chunk(struct mmi_deferred_run *run, const struct mmi_pfn_range *range, int nid,
			 const struct mmi_worker_stats *stats, uint64_t start_ns)
{
	if (!run->records)
		return;
	const uint64_t i = mmi_atomic_add64(&run->nr_records, 1) - 1;
	run->records[i] = (struct mmi_chunk_record){
	    .start_pfn = range->start_pfn,
	    .end_pfn = range->end_pfn,
	    .start_ns = start_ns,
	    .end_ns = stats->end_ns,
	    .thread = stats->thread,
	    .nid = nid,
	};
}

/* The group that worker number @worker belongs to. */
static size_t group_of(const struct mmi_plan *plan, unsigned worker)
{
	size_t group = 0;

	while (worker >= plan->groups[group].nr_threads)
		worker -= plan->groups[group++].nr_threads;
	return group;
}

/* Notes whether the thread is on the CPUs of node @nid, now that it begins or ends a chunk. */
static void look_where(const struct mmi_platform *platform, int nid, uint64_t chunk_pfn,
		       struct mmi_worker_stats *stats)
{
	const int there = platform->ops->on_node ? platform->ops->on_node(platform->ctx, nid) : -1;

	if (there < 0)
		return;
	stats->nr_looks++;
	if (!there && !stats->nr_looks_away++)
		stats->away_pfn = chunk_pfn;
}

/* One chunk of group number @group, as far as growers have left of it. */
static void do_chunk(struct mmi_deferred_run *run, struct mmi_worker *worker, size_t group,
		     const struct mmi_pfn_range *chunk)
{
	const struct mmi_platform *platform = run->mem->platform;
	struct mmi_worker_stats *stats = worker->stats;
	const uint64_t start_ns = platform->ops->clock_ns(platform->ctx);
	const uint64_t nr_units = stats->nr_units;
	struct mmi_pfn_range left = *chunk, run_of_units;

	worker->nid = run->plan->groups[group].nid;
	while (mmi_claims_take_run(run->claims, &left, &run_of_units)) {
		mmi_worker_do_chunk(worker, run_of_units.start_pfn, run_of_units.end_pfn);
		mmi_claims_end(run->claims);
		stats->nr_units +=
		    (run_of_units.end_pfn - run_of_units.start_pfn) / run->plan->unit_pages;
	}
	if (stats->nr_units != nr_units)
		record_chunk(run, chunk, run->plan->groups[group].nid, stats, start_ns);
}

static bool is_stopped(const struct mmi_deferred_run *run)
{
	return run->params.stop && mmi_atomic_read32(run->params.stop);
}

/* Chunk after chunk of group number @group, by a worker of group number @own. */
static void do_group(struct mmi_deferred_run *run, struct mmi_worker *worker, size_t group,
		     size_t own)
{
	const struct mmi_platform *platform = run->mem->platform;
	const int server_nid = run->plan->groups[own].server_nid;
	struct mmi_worker_stats *stats = worker->stats;
	const uint64_t nr_chunks = stats->nr_chunks, nr_pages = stats->nr_init_pages;
	struct mmi_pfn_range chunk;

	while (!is_stopped(run)) {
		platform->ops->yield_point(platform->ctx, MMI_YIELD_CHUNK, group);
		if (!mmi_claims_next_chunk(run->claims, group, &chunk))
			break;
		look_where(platform, server_nid, chunk.start_pfn, stats);
		do_chunk(run, worker, group, &chunk);
		look_where(platform, server_nid, chunk.start_pfn, stats);
	}
	if (group == own)
		return;
	stats->nr_stolen_chunks += stats->nr_chunks - nr_chunks;
	stats->nr_stolen_pages += stats->nr_init_pages - nr_pages;
}

static bool may_steal(const struct mmi_deferred_run *run, size_t own, size_t group)
{
	const struct mmi_plan *plan = run->plan;
	const struct mmi_machine *machine = plan->layout->machine;

	if (run->params.steal == MMI_STEAL_NEVER || !mmi_claims_have_all_begun(run->claims, group))
		return false;
	return run->params.steal == MMI_STEAL_ALWAYS ||
	       mmi_machine_distance(machine, plan->groups[own].server_nid,
				    plan->groups[group].nid) <= MMI_REMOTE_DISTANCE;
}

void mmi_deferred_work(struct mmi_deferred_run *run, unsigned number)
{
	const size_t own = group_of(run->plan, number);
	const size_t nr_groups = run->plan->nr_groups;
	struct mmi_worker worker;

	mmi_worker_init(&worker, run->claims, &run->params, &run->workers[number]);
	mmi_claims_begin_worker(run->claims, own);
	do_group(run, &worker, own, own);
	/* From the next one on, so that not all help the same. */
	for (size_t i = 1; i < nr_groups; i++)
		if (may_steal(run, own, (own + i) % nr_groups))
			do_group(run, &worker, (own + i) % nr_groups, own);
}

static void work_in_team(void *arg, unsigned thread)
{
	mmi_deferred_work(arg, thread);
}

static void do_early(struct mmi_deferred_run *run)
{
	const struct mmi_plan *plan = run->plan;
	const uint64_t section_pages = mmi_section_pages(&run->mem->map.geometry);
	struct mmi_worker worker;

	run->early.nid = -1;
	mmi_worker_init(&worker, run->claims, &run->params, &run->early);
	if (worker.ops->begin)
		worker.ops->begin(&worker);
	for (size_t i = 0; i < plan->nr_early; i++) {
		mmi_worker_do_chunk(&worker, plan->early[i].start_pfn, plan->early[i].end_pfn);
		run->early.nr_units +=
		    (plan->early[i].end_pfn - plan->early[i].start_pfn) / section_pages;
	}
}

int mmi_deferred_plan(const struct mmi_deferred_ops *ops, struct mmi_plan *plan,
		      const struct mmi_layout *layout, const struct mmi_plan_params *params,
		      struct mmi_error *err)
{
	return ops && ops->plan ? ops->plan(plan, layout, params, err)
				: mmi_plan_init(plan, layout, params, err);
}

static unsigned count_threads(const struct mmi_plan *plan)
{
	unsigned nr_threads = 0;

	for (size_t i = 0; i < plan->nr_groups; i++)
		nr_threads += plan->groups[i].nr_threads;
	return nr_threads;
}

static void *alloc(const struct mmi_mem *mem, uint64_t nr, size_t size_bytes)
{
	return mem->platform->ops->alloc(mem->platform->ctx, (nr ? nr : 1) * size_bytes);
}

static void release(const struct mmi_mem *mem, void *memory, uint64_t nr, size_t size_bytes)
{
	mem->platform->ops->free(mem->platform->ctx, memory, (nr ? nr : 1) * size_bytes);
}

static int alloc_run(struct mmi_deferred_run *run)
{
	run->workers = alloc(run->mem, run->nr_workers, sizeof(*run->workers));
	run->claims = alloc(run->mem, 1, sizeof(*run->claims));
	if (run->params.record_chunks)
		run->records = alloc(run->mem, run->plan->nr_chunks, sizeof(*run->records));
	if (!run->workers || !run->claims || (run->params.record_chunks && !run->records))
		return -ENOMEM;
	return mmi_claims_init(run->claims, run->mem, run->plan);
}

static void name_workers(struct mmi_deferred_run *run)
{
	for (unsigned i = 0; i < run->nr_workers; i++)
		run->workers[i] = (struct mmi_worker_stats){
		    .nid = run->plan->groups[group_of(run->plan, i)].nid, .thread = i};
}

int mmi_deferred_start(struct mmi_deferred_run *run, struct mmi_mem *mem,
		       const struct mmi_plan *plan, const struct mmi_run_params *params,
		       struct mmi_error *err)
{
	const struct mmi_platform *platform = mem->platform;

	*run = (struct mmi_deferred_run){0};
	if (!plan->of_range && plan->unit_pages % mem->map.unit_pages)
		return mmi_error_set(
		    err, -EINVAL, "plan has units of %llu pages, the memmap of %llu",
		    (unsigned long long)plan->unit_pages, (unsigned long long)mem->map.unit_pages);
	*run = (struct mmi_deferred_run){
	    .plan = plan, .mem = mem, .params = *params, .nr_workers = count_threads(plan)};
	const int ret = alloc_run(run);
	if (ret) {
		mmi_deferred_run_deinit(run, mem);
		return mmi_error_set(err, ret, "no memory for a team of %u workers",
				     count_threads(plan));
	}
	name_workers(run);
	const uint64_t start_ns = platform->ops->clock_ns(platform->ctx);
	do_early(run);
	run->early_ns = platform->ops->clock_ns(platform->ctx) - start_ns;
	return 0;
}

int mmi_deferred_worker_nid(const struct mmi_deferred_run *run, unsigned worker)
{
	return run->plan->groups[group_of(run->plan, worker)].server_nid;
}

/* All chunks, on a team of the platform's. */
static int run_team(struct mmi_deferred_run *run)
{
	const struct mmi_platform *platform = run->mem->platform;
	int *nids = alloc(run->mem, run->nr_workers, sizeof(*nids));

	if (!nids)
		return -ENOMEM;
	for (unsigned i = 0; i < run->nr_workers; i++)
		nids[i] = mmi_deferred_worker_nid(run, i);
	if (run->nr_workers)
		run->nr_started = platform->ops->run_team(platform->ctx, run->nr_workers, nids,
							  work_in_team, run);
	release(run->mem, nids, run->nr_workers, sizeof(*nids));
	return 0;
}

/* A platform may give fewer threads than asked, or none: what is left is done here. */
void mmi_deferred_finish(struct mmi_deferred_run *run)
{
	for (unsigned i = run->nr_started; i < run->nr_workers; i++)
		mmi_deferred_work(run, i);
	mmi_claims_wait_all(run->claims);
}

/* -EINTR, when the workers were stopped with something left to do. */
static int check_stopped(const struct mmi_deferred_run *run, struct mmi_error *err)
{
	uint64_t nr_units = 0, nr_done = 0, nr_pages = run->early.nr_init_pages;

	for (size_t i = 0; i < run->plan->nr_groups; i++)
		nr_units += run->plan->groups[i].nr_units;
	for (unsigned i = 0; i < run->nr_workers; i++) {
		nr_done += run->workers[i].nr_units;
		nr_pages += run->workers[i].nr_init_pages;
	}
	if (!is_stopped(run) || nr_done >= nr_units)
		return 0;
	return mmi_error_set(err, -EINTR,
			     "interrupted: %llu of %llu deferred sections or units stand, %llu "
			     "struct pages are initialised",
			     (unsigned long long)nr_done, (unsigned long long)nr_units,
			     (unsigned long long)nr_pages);
}

int mmi_deferred_run(struct mmi_deferred_run *run, struct mmi_mem *mem, const struct mmi_plan *plan,
		     const struct mmi_run_params *params, struct mmi_error *err)
{
	const struct mmi_platform *platform = mem->platform;
	int ret = mmi_deferred_start(run, mem, plan, params, err);

	if (ret)
		return ret;
	const uint64_t start_ns = platform->ops->clock_ns(platform->ctx);
	ret = run_team(run);
	if (ret) {
		mmi_error_set(err, ret, "no memory for a team of %u workers", run->nr_workers);
		mmi_deferred_run_deinit(run, mem);
		return ret;
	}
	mmi_deferred_finish(run);
	run->deferred_ns = platform->ops->clock_ns(platform->ctx) - start_ns;
	ret = check_stopped(run, err);
	if (ret)
		mmi_deferred_run_deinit(run, mem);
	return ret;
}

void mmi_deferred_run_deinit(struct mmi_deferred_run *run, struct mmi_mem *mem)
{
	if (!run->plan)
		return;
	if (run->claims)
		mmi_claims_deinit(run->claims);
	release(mem, run->claims, 1, sizeof(*run->claims));
	release(mem, run->workers, run->nr_workers, sizeof(*run->workers));
	release(mem, run->records, run->plan->nr_chunks, sizeof(*run->records));
	*run = (struct mmi_deferred_run){0};
}
