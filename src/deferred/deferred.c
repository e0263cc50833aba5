/* SPDX-License-Identifier: MIT */
/* Runs a plan: the early part on the caller's thread, then all chunks on a team of workers. */
#include <errno.h>

#include "deferred/cursor.h"
#include "deferred/worker.h"
#include "memmap/atomic.h"

/* One run while it runs. */
struct team {
	struct mmi_deferred_run *run;
	struct mmi_mem *mem;
	const struct mmi_plan *plan;
	const struct mmi_run_params *params;
	struct mmi_cursor *cursors; /* one a group */
	uint32_t *groups;           /* of each thread */
	int *nids;                  /* that each thread is to be bound to */
};

static void record_chunk(struct team *team, const struct mmi_pfn_range *range,
			 const struct mmi_worker_stats *stats, uint64_t start_ns)
{
	struct mmi_deferred_run *run = team->run;

	if (!run->records)
		return;
	const uint64_t i = mmi_atomic_add64(&run->nr_records, 1) - 1;
	run->records[i] = (struct mmi_chunk_record){
	    .start_pfn = range->start_pfn,
	    .end_pfn = range->end_pfn,
	    .start_ns = start_ns,
	    .end_ns = stats->end_ns,
	    .thread = stats->thread,
	    .nid = stats->nid,
	};
}

/* What one thread does: chunk after chunk of its group until none is left. */
static void work(void *arg, unsigned thread)
{
	struct team *team = arg;
	const struct mmi_platform *platform = team->mem->platform;
	const uint32_t group_index = team->groups[thread];
	const struct mmi_group *group = &team->plan->groups[group_index];
	struct mmi_worker_stats *stats = &team->run->workers[thread];
	struct mmi_worker worker;
	struct mmi_pfn_range range;

	mmi_worker_init(&worker, team->mem, team->params, stats);
	for (;;) {
		platform->ops->yield_point(platform->ctx, MMI_YIELD_CHUNK, group_index);
		if (!mmi_cursor_claim_chunk(&team->cursors[group_index], team->plan, group, &range))
			return;
		const uint64_t start_ns = platform->ops->clock_ns(platform->ctx);
		mmi_worker_do_chunk(&worker, range.start_pfn, range.end_pfn);
		stats->nr_units += (range.end_pfn - range.start_pfn) / team->plan->unit_pages;
		record_chunk(team, &range, stats, start_ns);
	}
}

static void do_early(struct mmi_deferred_run *run, struct mmi_mem *mem, const struct mmi_plan *plan,
		     const struct mmi_run_params *params)
{
	const uint64_t section_pages = mmi_section_pages(&mem->map.geometry);
	struct mmi_run_params by_block = *params;
	struct mmi_worker worker;

	if (by_block.batch == MMI_BATCH_CHUNK) /* the early part has no chunks */
		by_block.batch = MMI_BATCH_SECTION;
	run->early.nid = -1;
	mmi_worker_init(&worker, mem, &by_block, &run->early);
	for (size_t i = 0; i < plan->nr_early; i++) {
		mmi_worker_do_chunk(&worker, plan->early[i].start_pfn, plan->early[i].end_pfn);
		run->early.nr_units +=
		    (plan->early[i].end_pfn - plan->early[i].start_pfn) / section_pages;
	}
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

static int alloc_run(struct team *team)
{
	struct mmi_deferred_run *run = team->run;

	run->workers = alloc(team->mem, run->nr_workers, sizeof(*run->workers));
	team->cursors = alloc(team->mem, team->plan->nr_groups, sizeof(*team->cursors));
	team->groups = alloc(team->mem, run->nr_workers, sizeof(*team->groups));
	team->nids = alloc(team->mem, run->nr_workers, sizeof(*team->nids));
	if (team->params->record_chunks)
		run->records = alloc(team->mem, team->plan->nr_chunks, sizeof(*run->records));
	return run->workers && team->cursors && team->groups && team->nids &&
		       (run->records || !team->params->record_chunks)
		   ? 0
		   : -ENOMEM;
}

/* Gives every thread its group and its node, every group its cursor. */
static void assign(struct team *team)
{
	const struct mmi_plan *plan = team->plan;
	unsigned thread = 0;

	for (size_t i = 0; i < plan->nr_groups; i++) {
		mmi_cursor_init(&team->cursors[i], &plan->groups[i]);
		for (unsigned n = 0; n < plan->groups[i].nr_threads; n++, thread++) {
			team->groups[thread] = (uint32_t)i;
			team->nids[thread] = plan->groups[i].server_nid;
			team->run->workers[thread] =
			    (struct mmi_worker_stats){.nid = plan->groups[i].nid, .thread = thread};
		}
	}
}

static void run_team(struct team *team)
{
	const struct mmi_platform *platform = team->mem->platform;
	struct mmi_deferred_run *run = team->run;

	if (!run->nr_workers)
		return;
	run->nr_started =
	    platform->ops->run_team(platform->ctx, run->nr_workers, team->nids, work, team);
	/* A platform may give fewer threads: what those would have done is done here. */
	for (unsigned thread = run->nr_started; thread < run->nr_workers; thread++)
		work(team, thread);
}

int mmi_deferred_run(struct mmi_deferred_run *run, struct mmi_mem *mem, const struct mmi_plan *plan,
		     const struct mmi_run_params *params, struct mmi_error *err)
{
	const struct mmi_platform *platform = mem->platform;
	struct team team = {.run = run, .mem = mem, .plan = plan, .params = params};
	int ret;

	*run = (struct mmi_deferred_run){.plan = plan, .nr_workers = count_threads(plan)};
	if (plan->unit_pages % mem->map.unit_pages)
		return mmi_error_set(
		    err, -EINVAL, "plan has units of %llu pages, the memmap of %llu",
		    (unsigned long long)plan->unit_pages, (unsigned long long)mem->map.unit_pages);
	ret = alloc_run(&team);
	if (!ret) {
		assign(&team);
		const uint64_t start_ns = platform->ops->clock_ns(platform->ctx);
		do_early(run, mem, plan, params);
		const uint64_t early_end_ns = platform->ops->clock_ns(platform->ctx);
		run_team(&team);
		run->early_ns = early_end_ns - start_ns;
		run->deferred_ns = platform->ops->clock_ns(platform->ctx) - early_end_ns;
	}
	release(mem, team.cursors, plan->nr_groups, sizeof(*team.cursors));
	release(mem, team.groups, run->nr_workers, sizeof(*team.groups));
	release(mem, team.nids, run->nr_workers, sizeof(*team.nids));
	if (ret) {
		mmi_deferred_run_deinit(run, mem);
		return mmi_error_set(err, ret, "no memory for a team of %u workers",
				     count_threads(plan));
	}
	return 0;
}

void mmi_deferred_run_deinit(struct mmi_deferred_run *run, struct mmi_mem *mem)
{
	if (!run->plan)
		return;
	release(mem, run->workers, run->nr_workers, sizeof(*run->workers));
	release(mem, run->records, run->plan->nr_chunks, sizeof(*run->records));
	*run = (struct mmi_deferred_run){0};
}
