/* SPDX-License-Identifier: MIT */
/* The groups of a plan: who owns units, who serves them, with how many threads. */
#include "deferred/chunk_rule.h"
#include "deferred/plan_parts.h"

struct mmi_group *mmi_plan_group(const struct mmi_plan *plan, int nid)
{
	size_t low = 0, high = plan->nr_groups;

	while (low < high) {
		const size_t middle = (low + high) / 2;
		if (plan->groups[middle].nid < nid)
			low = middle + 1;
		else
			high = middle;
	}
	return low < plan->nr_groups && plan->groups[low].nid == nid ? &plan->groups[low] : NULL;
}

/* As many workers as somebody said, else as node @server has CPUs or cores. */
static unsigned count_group_threads(const struct mmi_plan *plan, int nid, int server)
{
	const struct mmi_plan_params *params = &plan->params;
	const struct mmi_machine *machine = plan->layout->machine;
	unsigned nr_threads = params->node_threads ? params->node_threads[nid] : 0;

	if (!nr_threads)
		nr_threads = params->nr_threads;
	if (!nr_threads && server >= 0) {
		const struct mmi_machine_node *node =
		    &machine->nodes[mmi_machine_node_index(machine, server)];
		nr_threads = params->one_per_core ? node->nr_cores : node->nr_cpus;
	}
	return nr_threads ? nr_threads : 1;
}

/* A group for every node that @owners marks (by node index), in the order of node ids. */
static void make_groups(struct mmi_plan *plan, const struct mmi_unit_runs *deferred)
{
	const struct mmi_machine *machine = plan->layout->machine;
	bool owns[MMI_MAX_NODES] = {false};

	for (size_t i = 0; i < deferred->nr; i++)
		owns[deferred->items[i].nid] = true;
	for (int nid = 0; nid < MMI_MAX_NODES; nid++) {
		if (!owns[nid])
			continue;
		const int server = mmi_machine_nearest_cpu_node(machine, nid);
		const unsigned nr_cpus =
		    machine->nodes[mmi_machine_node_index(machine, nid)].nr_cpus;
		plan->groups[plan->nr_groups++] = (struct mmi_group){
		    .nid = nid,
		    .server_nid = nr_cpus ? nid : server,
		    .nr_threads = count_group_threads(plan, nid, server),
		};
	}
}

void mmi_plan_limit_threads(struct mmi_plan *plan)
{
	const uint64_t most = plan->params.max_threads;
	uint64_t nr_threads = 0;

	for (size_t i = 0; i < plan->nr_groups; i++)
		nr_threads += plan->groups[i].nr_threads;
	if (!most || nr_threads <= most)
		return;
	for (size_t i = 0; i < plan->nr_groups; i++) {
		struct mmi_group *group = &plan->groups[i];
		group->nr_threads = (unsigned)(group->nr_threads * most / nr_threads);
		if (!group->nr_threads)
			group->nr_threads = 1;
	}
}

/*
 * Counts the present pages of every group's units, and those that Linux would have had early but
 * that share a unit with a deferred page.
 */
static void count_pages(struct mmi_plan *plan, const struct mmi_unit_runs *deferred)
{
	const struct mmi_machine *machine = plan->layout->machine;
	size_t next = 0;

	if (plan->of_range) { /* one run, all of it present */
		const struct mmi_unit_run *run = deferred->items;
		mmi_plan_group(plan, run->nid)->nr_present_pages = run->end_pfn - run->start_pfn;
		return;
	}
	for (size_t i = 0; i < machine->nr_memory; i++) {
		const struct mmi_mem_range *range = &machine->memory[i];
		struct mmi_node_split *split =
		    &plan->splits[mmi_machine_node_index(machine, range->nid)];
		while (next < deferred->nr && deferred->items[next].end_pfn <= range->start_pfn)
			next++;
		for (size_t j = next;
		     j < deferred->nr && deferred->items[j].start_pfn < range->end_pfn; j++) {
			const struct mmi_unit_run *run = &deferred->items[j];
			const uint64_t start =
			    run->start_pfn > range->start_pfn ? run->start_pfn : range->start_pfn;
			const uint64_t end =
			    run->end_pfn < range->end_pfn ? run->end_pfn : range->end_pfn;
			const uint64_t border =
			    split->has_deferred ? split->first_deferred_pfn : ~0ull;
			mmi_plan_group(plan, run->nid)->nr_present_pages += end - start;
			if (start < border)
				split->nr_held_back_pages += (end < border ? end : border) - start;
		}
	}
}

void mmi_plan_fill_groups(struct mmi_plan *plan, const struct mmi_unit_runs *deferred)
{
	const unsigned page_shift = plan->layout->machine->geometry.page_shift;

	make_groups(plan, deferred);
	mmi_plan_limit_threads(plan);
	count_pages(plan, deferred);
	for (size_t i = 0; i < plan->nr_groups; i++) {
		struct mmi_group *group = &plan->groups[i];
		group->chunk_pages =
		    mmi_chunk_pages(&plan->params, plan->unit_pages, group->nr_present_pages,
				    group->nr_threads, page_shift);
	}
}
