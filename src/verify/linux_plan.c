/* SPDX-License-Identifier: MIT */
/* Makes a plan of Linux's jobs, node by node and section by section. */
#include "verify/linux_plan.h"

#include <errno.h>

#include "deferred/plan_parts.h"

/* A walk over the sections in which one node has deferred memory. */
struct builder {
	struct mmi_plan *plan;
	const struct mmi_linux_rules *rules;
	const struct mmi_linux_jobs *jobs;
	size_t node;
	size_t job;        /* of the node, that ends above the section at hand */
	uint64_t done_pfn; /* sections below it are in chunks */
	bool may_extend;   /* the last chunk may go on */
};

static const struct mmi_machine *machine_of(const struct builder *b)
{
	return b->plan->layout->machine;
}

static struct mmi_group *add_group(struct builder *b)
{
	const struct mmi_machine *machine = machine_of(b);
	const int nid = machine->nodes[b->node].nid;
	struct mmi_group *group = &b->plan->groups[b->plan->nr_groups++];

	*group = (struct mmi_group){
	    .nid = nid,
	    .server_nid = mmi_machine_nearest_cpu_node(machine, nid),
	    .nr_threads = b->plan->params.nr_threads
			      ? b->plan->params.nr_threads
			      : mmi_linux_max_threads(b->rules, machine, b->node),
	    .first_chunk = b->plan->nr_chunks,
	};
	return group;
}

static void add_chunk(struct builder *b, uint64_t start_pfn, uint64_t end_pfn)
{
	b->plan->chunks[b->plan->nr_chunks++] =
	    (struct mmi_chunk){.start_pfn = start_pfn, .end_pfn = end_pfn};
	b->plan->groups[b->plan->nr_groups - 1].nr_chunks++;
}

/* The node's deferred pages in [start_pfn, end_pfn), from the first to past the last. */
static struct mmi_pfn_range own_part(const struct builder *b, uint64_t start_pfn, uint64_t end_pfn)
{
	const struct mmi_machine *machine = machine_of(b);
	const uint64_t border = b->plan->splits[b->node].first_deferred_pfn;
	struct mmi_pfn_range part = {0};

	for (size_t i = mmi_memory_find(machine, start_pfn);
	     i < machine->nr_memory && machine->memory[i].start_pfn < end_pfn; i++) {
		const struct mmi_mem_range *range = &machine->memory[i];
		const uint64_t least = start_pfn > border ? start_pfn : border;
		const uint64_t start = range->start_pfn > least ? range->start_pfn : least;
		const uint64_t end = range->end_pfn < end_pfn ? range->end_pfn : end_pfn;
		if (range->nid != machine->nodes[b->node].nid || start >= end)
			continue;
		if (!part.end_pfn)
			part.start_pfn = start;
		part.end_pfn = end;
	}
	return part;
}

/* Is the first deferred page of [start_pfn, end_pfn), in which there is one, the node's? */
static bool is_owner(const struct builder *b, uint64_t start_pfn, uint64_t end_pfn)
{
	const struct mmi_machine *machine = machine_of(b);

	for (size_t i = mmi_memory_find(machine, start_pfn);; i++) {
		const struct mmi_mem_range *range = &machine->memory[i];
		const uint64_t last_pfn = (range->end_pfn < end_pfn ? range->end_pfn : end_pfn) - 1;
		const size_t node = (size_t)mmi_machine_node_index(machine, range->nid);
		if (mmi_split_defers(b->plan->splits, node, last_pfn))
			return node == b->node;
	}
}

/* Does Linux begin a chunk of the node's at @pfn, where a section begins? */
static bool begins_chunk(struct builder *b, uint64_t pfn)
{
	const uint64_t section_pages = mmi_section_pages(&machine_of(b)->geometry);
	const size_t before = b->job;

	while (b->job < b->jobs->nr &&
	       (b->jobs->items[b->job].node != b->node || b->jobs->items[b->job].end_pfn <= pfn))
		b->job++;
	if (b->job == b->jobs->nr)
		return b->job != before;
	const struct mmi_linux_job *job = &b->jobs->items[b->job];
	return b->job != before || mmi_align_down(job->start_pfn, section_pages) == pfn ||
	       (job->nr_threads > 1 && pfn % job->chunk_pages == 0);
}

static void add_section(struct builder *b, uint64_t pfn)
{
	const uint64_t end_pfn = pfn + mmi_section_pages(&machine_of(b)->geometry);
	const bool begins = begins_chunk(b, pfn);
	struct mmi_chunk *last = b->may_extend ? &b->plan->chunks[b->plan->nr_chunks - 1] : NULL;

	b->may_extend = is_owner(b, pfn, end_pfn);
	if (!b->may_extend) {
		const struct mmi_pfn_range part = own_part(b, pfn, end_pfn);
		add_chunk(b, part.start_pfn, part.end_pfn);
	} else if (begins || !last || last->end_pfn != pfn) {
		add_chunk(b, pfn, end_pfn);
	} else {
		last->end_pfn = end_pfn;
	}
}

/* A chunk that is less than a unit, or not at its borders, counts as one more. */
static void number_units(struct mmi_plan *plan, struct mmi_group *group)
{
	for (uint64_t i = 0; i < group->nr_chunks; i++) {
		struct mmi_chunk *chunk = &plan->chunks[group->first_chunk + i];
		const uint64_t nr_pages = chunk->end_pfn - chunk->start_pfn;
		chunk->first_unit = group->nr_units;
		chunk->nr_units = (uint32_t)((nr_pages + plan->unit_pages - 1) / plan->unit_pages);
		group->nr_units += chunk->nr_units;
		if (nr_pages > group->chunk_pages)
			group->chunk_pages = nr_pages;
	}
}

static void add_node(struct builder *b)
{
	const struct mmi_machine *machine = machine_of(b);
	const struct mmi_node_split *split = &b->plan->splits[b->node];
	const uint64_t section_pages = mmi_section_pages(&machine->geometry);
	struct mmi_group *group = add_group(b);

	for (size_t i = 0; i < machine->nr_memory; i++) {
		const struct mmi_mem_range *range = &machine->memory[i];
		if (range->nid != split->nid || range->end_pfn <= split->first_deferred_pfn)
			continue;
		uint64_t pfn = range->start_pfn > split->first_deferred_pfn
				   ? range->start_pfn
				   : split->first_deferred_pfn;
		group->nr_present_pages += range->end_pfn - pfn;
		pfn = mmi_align_down(pfn, section_pages);
		for (pfn = pfn > b->done_pfn ? pfn : b->done_pfn; pfn < range->end_pfn;
		     pfn += section_pages)
			add_section(b, pfn);
		b->done_pfn = pfn > b->done_pfn ? pfn : b->done_pfn;
	}
	number_units(b->plan, group);
}

/* Room for a chunk of every section that a range has, in place of the chunks there are. */
static int make_room(struct mmi_plan *plan)
{
	const struct mmi_platform *platform = plan->layout->machine->platform;
	const uint64_t capacity = mmi_memory_count_sections(plan->layout->machine);
	struct mmi_chunk *chunks =
	    platform->ops->alloc(platform->ctx, capacity * sizeof(*plan->chunks));

	if (!chunks)
		return -ENOMEM;
	platform->ops->free(platform->ctx, plan->chunks,
			    plan->chunk_capacity * sizeof(*plan->chunks));
	plan->chunks = chunks;
	plan->chunk_capacity = capacity;
	plan->nr_chunks = plan->nr_groups = 0;
	return 0;
}

static int replace_chunks(struct mmi_plan *plan, const struct mmi_linux_rules *rules)
{
	struct mmi_linux_jobs jobs;
	int ret = mmi_linux_jobs_init(&jobs, rules, plan->layout, plan->splits);

	if (!ret)
		ret = make_room(plan);
	for (size_t i = 0; !ret && i < plan->layout->machine->nr_nodes; i++) {
		struct builder b = {.plan = plan, .rules = rules, .jobs = &jobs, .node = i};
		if (plan->splits[i].nr_deferred_pages)
			add_node(&b);
	}
	if (!ret)
		mmi_plan_limit_threads(plan);
	mmi_linux_jobs_deinit(&jobs);
	return ret;
}

int mmi_linux_plan_init(struct mmi_plan *plan, const struct mmi_linux_rules *rules,
			const struct mmi_layout *layout, const struct mmi_plan_params *params,
			struct mmi_error *err)
{
	int ret = mmi_plan_init(plan, layout, params, err);

	if (ret)
		return ret;
	ret = replace_chunks(plan, rules);
	if (!ret)
		return 0;
	mmi_plan_deinit(plan);
	return mmi_error_set(err, ret, "no memory for the plan of %zu memory ranges",
			     layout->machine->nr_memory);
}
