/* SPDX-License-Identifier: MIT */
/* What Linux starts to initialise the deferred part of each node. */
#include "deferred/linux_jobs.h"

#include <errno.h>

#include "deferred/chunk_rule.h"

static const struct mmi_linux_rules rules_6_1 = {
    .job_per_run = true,
    .block_at_a_time = true,
    .frees_pageblocks = true,
    .types_by_free = true,
    .threads_on_x86_only = true,
};
static const struct mmi_linux_rules rules_6_12 = {
    .job_per_run = true,
    .block_at_a_time = true,
    .types_by_free = true,
};
static const struct mmi_linux_rules rules_7_x = {0};

const struct mmi_linux_rules *mmi_linux_rules_of(enum mmi_linux_version version)
{
	switch (version) {
	case MMI_LINUX_6_1:
		return &rules_6_1;
	case MMI_LINUX_6_12:
		return &rules_6_12;
	case MMI_LINUX_7_X:
		return &rules_7_x;
	default:
		return NULL;
	}
}

uint64_t mmi_linux_free_pages(const struct mmi_linux_rules *rules, const struct mmi_geometry *g)
{
	return rules->frees_pageblocks ? mmi_pageblock_pages(g) : mmi_block_pages(g);
}

unsigned mmi_linux_max_threads(const struct mmi_linux_rules *rules,
			       const struct mmi_machine *machine, size_t node)
{
	const bool threaded =
	    !rules->threads_on_x86_only || machine->geometry.arch == MMI_ARCH_X86_64;
	const unsigned nr_cpus = machine->nodes[node].nr_cpus;

	return threaded && nr_cpus ? nr_cpus : 1;
}

/* A walk over the runs, and what it makes of them. */
struct builder {
	const struct mmi_linux_rules *rules;
	const struct mmi_layout *layout;
	const struct mmi_node_split *splits;
	struct mmi_linux_jobs *jobs;
	size_t *last; /* of each node: number of its last job, from 1; 0: none yet */
	size_t nr;
};

static struct mmi_linux_job *add_job(struct builder *b, size_t node, uint64_t start_pfn,
				     uint64_t end_pfn)
{
	const struct mmi_machine *machine = b->layout->machine;
	const uint64_t section_pages = mmi_section_pages(&machine->geometry);
	const unsigned max_threads = mmi_linux_max_threads(b->rules, machine, node);
	const struct mmi_plan_params params = {.rule = MMI_CHUNK_LINUX};
	const uint64_t end = mmi_align_up(end_pfn, section_pages);
	struct mmi_linux_job *job = &b->jobs->items[b->nr++];

	*job = (struct mmi_linux_job){
	    .node = node,
	    .start_pfn = start_pfn,
	    .end_pfn = end,
	    .chunk_pages = mmi_chunk_pages(&params, section_pages, end - start_pfn, max_threads,
					   machine->geometry.page_shift),
	    .nr_threads =
		(unsigned)mmi_linux_nr_workers(end - start_pfn, section_pages, max_threads),
	};
	b->last[node] = b->nr;
	return job;
}

/* The job of @run's node that goes through its pages from @pfn on; a new one if there must be. */
static struct mmi_linux_job *job_of(struct builder *b, const struct mmi_free_run *run, uint64_t pfn)
{
	struct mmi_linux_job *last =
	    b->last[run->node] ? &b->jobs->items[b->last[run->node] - 1] : NULL;

	if (last && pfn < last->end_pfn)
		return last;
	if (b->rules->job_per_run)
		return add_job(b, run->node, pfn, run->end_pfn);
	return add_job(b, run->node, b->splits[run->node].first_deferred_pfn,
		       b->layout->nodes[run->node].zones[run->zone].end_pfn);
}

/* A run may begin in the section with which the job of the run below it ends. */
static void add_run(struct builder *b, const struct mmi_free_run *run)
{
	for (uint64_t pfn = run->start_pfn, end; pfn < run->end_pfn; pfn = end) {
		struct mmi_linux_job *job = job_of(b, run, pfn);
		end = run->end_pfn < job->end_pfn ? run->end_pfn : job->end_pfn;
		job->nr_free_pages += end - pfn;
		job->zone = run->zone;
	}
}

/* At most: a run begins one job or none. */
static size_t most_jobs(const struct mmi_layout *layout, const struct mmi_node_split *splits)
{
	size_t nr_runs = 0;
	struct mmi_free_runs runs;
	struct mmi_free_run run;

	mmi_free_runs_init(&runs, layout, splits, 0);
	while (mmi_free_runs_next(&runs, &run))
		nr_runs += run.is_deferred;
	return nr_runs;
}

static void add_all(struct builder *b)
{
	struct mmi_free_runs runs;
	struct mmi_free_run run;

	mmi_free_runs_init(&runs, b->layout, b->splits, 0);
	while (mmi_free_runs_next(&runs, &run))
		if (run.is_deferred)
			add_run(b, &run);
}

int mmi_linux_jobs_init(struct mmi_linux_jobs *jobs, const struct mmi_linux_rules *rules,
			const struct mmi_layout *layout, const struct mmi_node_split *splits)
{
	const struct mmi_platform *platform = layout->machine->platform;
	const size_t last_bytes = layout->machine->nr_nodes * sizeof(size_t);
	struct builder b = {.rules = rules, .layout = layout, .splits = splits, .jobs = jobs};

	*jobs = (struct mmi_linux_jobs){.capacity = most_jobs(layout, splits) + 1,
					.platform = platform};
	jobs->items = platform->ops->alloc(platform->ctx, jobs->capacity * sizeof(*jobs->items));
	b.last = platform->ops->alloc(platform->ctx, last_bytes);
	if (jobs->items && b.last)
		add_all(&b);
	jobs->nr = b.nr;
	platform->ops->free(platform->ctx, b.last, last_bytes);
	if (jobs->items && b.last)
		return 0;
	mmi_linux_jobs_deinit(jobs);
	return -ENOMEM;
}

void mmi_linux_jobs_deinit(struct mmi_linux_jobs *jobs)
{
	if (jobs->items)
		jobs->platform->ops->free(jobs->platform->ctx, jobs->items,
					  jobs->capacity * sizeof(*jobs->items));
	jobs->items = NULL;
}
