/* SPDX-License-Identifier: MIT */
/* Jobs for one thread, frees of single pages, pageblocks of the wrong type. */
#include "deferred/chunk_rule.h"
#include "verify/audit_parts.h"

/* Could more than one thread of @node work on its deferred part, were it one job? */
static bool could_share(const struct mmi_audit_work *work, size_t node)
{
	const struct mmi_machine *machine = work->layout->machine;
	const uint64_t section_pages = mmi_section_pages(&machine->geometry);
	const uint64_t start_pfn = work->splits[node].first_deferred_pfn;
	const uint64_t end_pfn = mmi_align_up(work->layout->nodes[node].end_pfn, section_pages);

	return mmi_linux_nr_workers(end_pfn - start_pfn, section_pages,
				    machine->nodes[node].nr_cpus) > 1;
}

void mmi_audit_jobs(struct mmi_audit_work *work)
{
	struct mmi_audit *audit = work->audit;
	const struct mmi_machine *machine = work->layout->machine;

	for (size_t i = 0; i < machine->nr_nodes; i++) {
		audit->nodes[i].nid = machine->nodes[i].nid;
		audit->nodes[i].max_threads = mmi_linux_max_threads(work->rules, machine, i);
		audit->nodes[i].nr_jobs = audit->nodes[i].nr_deferred_pages = 0;
	}
	for (size_t i = 0; i < work->jobs.nr; i++) {
		const struct mmi_linux_job *job = &work->jobs.items[i];
		audit->nodes[job->node].nr_jobs++;
		audit->nodes[job->node].nr_deferred_pages += job->nr_free_pages;
		if (job->nr_threads > 1 || !could_share(work, job->node))
			continue;
		const struct mmi_audit_place place = {
		    .kind = MMI_AUDIT_ONE_THREAD,
		    .nid = machine->nodes[job->node].nid,
		    .zone = job->zone,
		    .start_pfn = job->start_pfn,
		    .end_pfn = job->end_pfn,
		    .nr = job->nr_free_pages,
		    .other_nid = -1,
		};
		mmi_audit_add(work, job->node, &place);
	}
}

/* What of @run lies in [start_pfn, end_pfn), a part of one piece, is freed page by page. */
static void add_pages(struct mmi_audit_work *work, const struct mmi_free_run *run,
		      uint64_t start_pfn, uint64_t end_pfn)
{
	const struct mmi_audit_place place = {
	    .kind = MMI_AUDIT_PAGE_BY_PAGE,
	    .nid = run->nid,
	    .zone = run->zone,
	    .start_pfn = start_pfn,
	    .end_pfn = end_pfn,
	    .nr = end_pfn - start_pfn,
	    .other_nid = -1,
	};

	mmi_audit_add(work, run->node, &place);
}

/* The parts of a run below its first whole piece and above its last, or all when it has none. */
void mmi_audit_frees(struct mmi_audit_work *work)
{
	const uint64_t piece_pages =
	    mmi_linux_free_pages(work->rules, &work->layout->machine->geometry);
	struct mmi_free_runs runs;
	struct mmi_free_run run;

	mmi_free_runs_init(&runs, work->layout, work->splits, 0);
	while (mmi_free_runs_next(&runs, &run)) {
		const uint64_t first_pfn = mmi_align_up(run.start_pfn, piece_pages);
		const uint64_t last_pfn = mmi_align_down(run.end_pfn, piece_pages);
		if (!run.is_deferred)
			continue;
		if (first_pfn > last_pfn) {
			add_pages(work, &run, run.start_pfn, run.end_pfn);
			continue;
		}
		if (run.start_pfn < first_pfn)
			add_pages(work, &run, run.start_pfn, first_pfn);
		if (last_pfn < run.end_pfn)
			add_pages(work, &run, last_pfn, run.end_pfn);
	}
}

/* Is @pfn a page that is early, or free?  Then its pageblock gets its type, if it begins there. */
static bool gives_type(const struct mmi_audit_work *work, uint64_t pfn)
{
	const struct mmi_machine *machine = work->layout->machine;
	const size_t i = mmi_memory_find(machine, pfn);
	const size_t r = mmi_reserved_find(machine, pfn);

	if (i == machine->nr_memory || machine->memory[i].start_pfn > pfn)
		return false;
	const size_t node = (size_t)mmi_machine_node_index(machine, machine->memory[i].nid);
	if (!mmi_split_defers(work->splits, node, pfn))
		return true;
	return !(machine->memory[i].flags & MMI_MEM_NOMAP) &&
	       (r == machine->nr_reserved || machine->reserved[r].start_pfn > pfn);
}

/* The pageblocks that begin in [start_pfn, end_pfn), deferred memory of @node that is not free. */
static void add_pageblocks(struct mmi_audit_work *work, size_t node, uint64_t start_pfn,
			   uint64_t end_pfn)
{
	const struct mmi_machine *machine = work->layout->machine;
	const uint64_t pageblock_pages = mmi_pageblock_pages(&machine->geometry);
	const uint64_t first_pfn = mmi_align_up(start_pfn, pageblock_pages);
	const uint64_t last_pfn = mmi_align_up(end_pfn, pageblock_pages);
	const struct mmi_audit_place place = {
	    .kind = MMI_AUDIT_MISTYPED,
	    .nid = machine->nodes[node].nid,
	    .zone = mmi_layout_zone(work->layout, node, work->layout->nodes[node].end_pfn - 1),
	    .start_pfn = first_pfn,
	    .end_pfn = last_pfn,
	    .nr = (last_pfn - first_pfn) / pageblock_pages,
	    .other_nid = -1,
	};

	if (place.nr)
		mmi_audit_add(work, node, &place);
}

/* The deferred part of a memory range: what is reserved in it, upwards. */
static void add_reserved(struct mmi_audit_work *work, size_t node,
			 const struct mmi_mem_range *range, uint64_t start_pfn)
{
	const struct mmi_machine *machine = work->layout->machine;

	if (range->flags & MMI_MEM_NOMAP) {
		add_pageblocks(work, node, start_pfn, range->end_pfn);
		return;
	}
	for (size_t i = mmi_reserved_find(machine, start_pfn);
	     i < machine->nr_reserved && machine->reserved[i].start_pfn < range->end_pfn; i++) {
		const struct mmi_pfn_range *reserved = &machine->reserved[i];
		add_pageblocks(
		    work, node, reserved->start_pfn > start_pfn ? reserved->start_pfn : start_pfn,
		    reserved->end_pfn < range->end_pfn ? reserved->end_pfn : range->end_pfn);
	}
}

void mmi_audit_pageblocks(struct mmi_audit_work *work)
{
	const struct mmi_machine *machine = work->layout->machine;
	const uint64_t pageblock_pages = mmi_pageblock_pages(&machine->geometry);
	uint64_t done_pfn = 0; /* pageblocks below it are judged */

	for (size_t i = 0; work->rules->types_by_free && i < machine->nr_memory; i++) {
		const struct mmi_mem_range *range = &machine->memory[i];
		const size_t node = (size_t)mmi_machine_node_index(machine, range->nid);
		const uint64_t border = work->splits[node].first_deferred_pfn;
		uint64_t start_pfn = range->start_pfn;

		if (!mmi_split_defers(work->splits, node, range->end_pfn - 1))
			continue;
		if (start_pfn < border)
			start_pfn = border;
		/* The first may begin below the range, where nothing or another range is. */
		const uint64_t first_pfn = mmi_align_down(start_pfn, pageblock_pages);
		if (first_pfn < start_pfn && first_pfn >= done_pfn && !gives_type(work, first_pfn))
			add_pageblocks(work, node, first_pfn, first_pfn + 1);
		add_reserved(work, node, range, start_pfn);
		done_pfn = mmi_align_up(range->end_pfn, pageblock_pages);
	}
}
