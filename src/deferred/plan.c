/* SPDX-License-Identifier: MIT */
/*
 * The plan: every chunk of every node, before anything runs.
 *
 * Units with a deferred page are listed with their owner, the owners become groups, and each
 * group's units are cut at absolute multiples of its chunk size.  O(ranges + chunks).
 */
#include <errno.h>

#include "deferred/chunk_rule.h"
#include "deferred/plan_parts.h"
#include "deferred/split.h"

static int check_params(const struct mmi_plan_params *params, const struct mmi_geometry *g,
			struct mmi_error *err)
{
	if (params->rule != MMI_CHUNK_FIXED)
		return 0;
	if (!params->chunk_pages || params->chunk_pages % mmi_section_pages(g))
		return mmi_error_set(
		    err, -EINVAL,
		    "chunk of %llu pages: a multiple of a section's %llu pages expected, and not 0",
		    (unsigned long long)params->chunk_pages,
		    (unsigned long long)mmi_section_pages(g));
	return 0;
}

static void *alloc(const struct mmi_plan *plan, uint64_t nr, size_t size_bytes)
{
	const struct mmi_platform *platform = plan->layout->machine->platform;

	return platform->ops->alloc(platform->ctx, (nr ? nr : 1) * size_bytes);
}

static int alloc_nodes(struct mmi_plan *plan)
{
	const size_t nr_nodes = plan->layout->machine->nr_nodes;

	plan->splits = alloc(plan, nr_nodes, sizeof(*plan->splits));
	plan->groups = alloc(plan, nr_nodes, sizeof(*plan->groups));
	return plan->splits && plan->groups ? 0 : -ENOMEM;
}

static int fill_early(struct mmi_plan *plan, const struct mmi_unit_runs *early)
{
	plan->early = alloc(plan, early->nr, sizeof(*plan->early));
	if (!plan->early)
		return -ENOMEM;
	plan->early_capacity = early->nr ? early->nr : 1;
	for (size_t i = 0; i < early->nr; i++)
		plan->early[plan->nr_early++] =
		    (struct mmi_pfn_range){early->items[i].start_pfn, early->items[i].end_pfn};
	return 0;
}

/* Cuts @run at multiples of the group's chunk size; fills @chunks when not NULL. */
static uint64_t cut_run(const struct mmi_unit_run *run, struct mmi_group *group,
			uint64_t unit_pages, struct mmi_chunk *chunks)
{
	uint64_t nr_chunks = 0;

	for (uint64_t pfn = run->start_pfn; pfn < run->end_pfn;) {
		uint64_t end = (pfn / group->chunk_pages + 1) * group->chunk_pages;
		if (end > run->end_pfn)
			end = run->end_pfn;
		const uint32_t nr_units = (uint32_t)((end - pfn) / unit_pages);
		if (chunks) {
			chunks[nr_chunks] = (struct mmi_chunk){pfn, end, group->nr_units, nr_units};
			group->nr_units += nr_units;
		}
		nr_chunks++;
		pfn = end;
	}
	return nr_chunks;
}

/* Numbers the chunks: how many each group has, then where its first stands. */
static void count_chunks(struct mmi_plan *plan, const struct mmi_unit_runs *deferred)
{
	for (size_t i = 0; i < deferred->nr; i++) {
		struct mmi_group *group = mmi_plan_group(plan, deferred->items[i].nid);
		group->nr_chunks += cut_run(&deferred->items[i], group, plan->unit_pages, NULL);
	}
	for (size_t i = 0; i < plan->nr_groups; i++) {
		plan->groups[i].first_chunk = plan->nr_chunks;
		plan->nr_chunks += plan->groups[i].nr_chunks;
	}
}

static int fill_chunks(struct mmi_plan *plan, const struct mmi_unit_runs *deferred)
{
	count_chunks(plan, deferred);
	plan->chunks = alloc(plan, plan->nr_chunks, sizeof(*plan->chunks));
	if (!plan->chunks)
		return -ENOMEM;
	plan->chunk_capacity = plan->nr_chunks ? plan->nr_chunks : 1;
	for (size_t i = 0; i < plan->nr_groups; i++)
		plan->groups[i].nr_chunks = 0;
	for (size_t i = 0; i < deferred->nr; i++) {
		struct mmi_group *group = mmi_plan_group(plan, deferred->items[i].nid);
		group->nr_chunks += cut_run(&deferred->items[i], group, plan->unit_pages,
					    &plan->chunks[group->first_chunk + group->nr_chunks]);
	}
	return 0;
}

static int begin(struct mmi_plan *plan, const struct mmi_layout *layout,
		 const struct mmi_plan_params *params, struct mmi_error *err)
{
	const struct mmi_geometry *g = &layout->machine->geometry;
	const int ret = check_params(params, g, err);

	*plan = (struct mmi_plan){.layout = layout, .params = *params};
	plan->unit_pages = mmi_unit_pages(g, params->no_huge_pages);
	return ret;
}

static int fail(struct mmi_plan *plan, int ret, struct mmi_error *err)
{
	const size_t nr_memory = plan->layout->machine->nr_memory;

	mmi_plan_deinit(plan);
	return mmi_error_set(err, ret, "no memory for the plan of %zu memory ranges", nr_memory);
}

int mmi_plan_init(struct mmi_plan *plan, const struct mmi_layout *layout,
		  const struct mmi_plan_params *params, struct mmi_error *err)
{
	struct mmi_unit_runs deferred = {0}, early = {0};
	int ret = begin(plan, layout, params, err);

	if (ret)
		return ret;
	ret = alloc_nodes(plan);
	if (!ret) {
		mmi_splits_fill(plan->splits, layout, params->nothing_early);
		ret = mmi_unit_runs_deferred(&deferred, &early, layout->machine, plan->splits,
					     plan->unit_pages);
	}
	if (!ret)
		ret = fill_early(plan, &early);
	if (!ret) {
		mmi_plan_fill_groups(plan, &deferred);
		ret = fill_chunks(plan, &deferred);
	}
	mmi_unit_runs_deinit(&deferred);
	mmi_unit_runs_deinit(&early);
	return ret ? fail(plan, ret, err) : 0;
}

int mmi_plan_range_init(struct mmi_plan *plan, const struct mmi_layout *layout,
			const struct mmi_pfn_range *range, int nid,
			const struct mmi_plan_params *params, struct mmi_error *err)
{
	struct mmi_unit_run run = {range->start_pfn, range->end_pfn, nid};
	const struct mmi_unit_runs deferred = {.items = &run, .nr = 1};
	int ret = begin(plan, layout, params, err);

	if (ret)
		return ret;
	plan->of_range = true;
	plan->unit_pages = mmi_section_pages(&layout->machine->geometry);
	ret = alloc_nodes(plan);
	if (!ret) {
		mmi_plan_fill_groups(plan, &deferred);
		ret = fill_chunks(plan, &deferred);
	}
	if (ret)
		return fail(plan, ret, err);
	if (plan->groups->nr_threads > plan->nr_chunks)
		plan->groups->nr_threads = (unsigned)plan->nr_chunks;
	return 0;
}

void mmi_plan_deinit(struct mmi_plan *plan)
{
	if (!plan->layout)
		return;
	const struct mmi_machine *machine = plan->layout->machine;
	const struct mmi_platform *platform = machine->platform;
	const size_t nr_nodes = machine->nr_nodes;

	platform->ops->free(platform->ctx, plan->chunks,
			    plan->chunk_capacity * sizeof(*plan->chunks));
	platform->ops->free(platform->ctx, plan->groups, nr_nodes * sizeof(*plan->groups));
	platform->ops->free(platform->ctx, plan->splits, nr_nodes * sizeof(*plan->splits));
	platform->ops->free(platform->ctx, plan->early,
			    plan->early_capacity * sizeof(*plan->early));
	*plan = (struct mmi_plan){0};
}

int64_t mmi_plan_find_chunk(const struct mmi_plan *plan, uint64_t pfn)
{
	for (size_t i = 0; i < plan->nr_groups; i++) {
		uint64_t low = plan->groups[i].first_chunk;
		uint64_t high = low + plan->groups[i].nr_chunks;
		const uint64_t end = high;
		while (low < high) {
			const uint64_t middle = (low + high) / 2;
			if (plan->chunks[middle].end_pfn <= pfn)
				low = middle + 1;
			else
				high = middle;
		}
		if (low < end && plan->chunks[low].start_pfn <= pfn)
			return (int64_t)low;
	}
	return -1;
}
