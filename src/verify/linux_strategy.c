/* SPDX-License-Identifier: MIT */
/*
 * Linux's order of work as algorithms.
 *
 * What a block at a time and what piece by piece means, how large a piece is that one call frees,
 * and when a pageblock gets its type stands in the version's rules (deferred/linux_jobs.h).
 */
#include "deferred/worker.h"
#include "memmap/atomic.h"
#include "memmap/page_init.h"
#include "mminit/strategy.h"
#include "verify/linux_plan.h"

static void begin_runs(struct mmi_free_runs *runs, const struct mmi_worker *worker,
		       uint64_t start_pfn)
{
	mmi_free_runs_init(runs, &worker->mem->layout, worker->claims->plan->splits, start_pfn);
}

/* Of a chunk of whole sections; one of less has another node's. */
static void publish(const struct mmi_worker *worker, uint64_t start_pfn, uint64_t end_pfn,
		    enum mmi_section_state state)
{
	const struct mmi_memmap *map = &worker->mem->map;
	const uint64_t section_pages = mmi_section_pages(&map->geometry);

	if ((start_pfn | end_pfn) & (section_pages - 1))
		return;
	for (uint64_t pfn = start_pfn; pfn < end_pfn; pfn += section_pages) {
		struct mmi_section *section = mmi_pfn_section(map, pfn);
		if (section->state != MMI_SECTION_ABSENT)
			mmi_atomic_publish32(&section->state, (uint32_t)state);
	}
}

/* The pageblocks that begin in [start_pfn, end_pfn) become MOVABLE. */
static void set_types(struct mmi_worker *worker, uint64_t start_pfn, uint64_t end_pfn)
{
	const uint64_t pageblock_pages = mmi_pageblock_pages(&worker->mem->map.geometry);

	for (uint64_t pfn = mmi_align_up(start_pfn, pageblock_pages); pfn < end_pfn;
	     pfn += pageblock_pages)
		mmi_worker_set_pageblock(worker, pfn, MMI_MIGRATE_MOVABLE);
}

/* Early memory is freed as the largest aligned blocks. */
static void free_largest(struct mmi_worker *worker, const struct mmi_free_run *run)
{
	const unsigned max_order = worker->mem->map.geometry.max_page_order;

	for (uint64_t pfn = run->start_pfn; pfn < run->end_pfn;) {
		const unsigned order = mmi_largest_order(pfn, run->end_pfn, max_order);
		mmi_worker_free_block(worker, pfn, order);
		pfn += 1ull << order;
	}
}

/* All that is initialised before the threads start. */
static void init_early(struct mmi_worker *worker)
{
	const struct mmi_extents *extents = &worker->mem->extents;
	struct mmi_free_runs runs;
	struct mmi_free_run run;

	for (size_t i = 0; i < extents->nr; i++) {
		const struct mmi_extent *extent = &extents->items[i];
		if (extent->kind != MMI_EXTENT_FREE)
			mmi_worker_init_pages(worker, extent->start_pfn, extent->end_pfn);
	}
	begin_runs(&runs, worker, 0);
	while (mmi_free_runs_next(&runs, &run))
		if (!run.is_deferred)
			mmi_worker_init_pages(worker, run.start_pfn, run.end_pfn);
}

/* The pageblocks that begin with a page which is not free, or with none. */
static void type_others(struct mmi_worker *worker)
{
	const struct mmi_extents *extents = &worker->mem->extents;
	const struct mmi_memmap *map = &worker->mem->map;

	for (size_t i = 0; i < extents->nr; i++) {
		const struct mmi_extent *extent = &extents->items[i];
		const uint64_t first_pfn =
		    mmi_align_down(extent->start_pfn, mmi_pageblock_pages(&map->geometry));
		if (extent->kind != MMI_EXTENT_FREE)
			set_types(worker, extent->start_pfn, extent->end_pfn);
		if (!mmi_pfn_valid(map, first_pfn))
			set_types(worker, first_pfn, first_pfn + 1);
	}
}

/* Early sections, and early memory, reserved or not, of other sections. */
static void type_early(struct mmi_worker *worker)
{
	const struct mmi_plan *plan = worker->claims->plan;
	const struct mmi_machine *machine = worker->mem->machine;

	for (size_t i = 0; i < plan->nr_early; i++)
		mmi_worker_begin_sections(worker, plan->early[i].start_pfn, plan->early[i].end_pfn);
	for (size_t i = 0; i < machine->nr_memory; i++) {
		const struct mmi_mem_range *range = &machine->memory[i];
		const struct mmi_node_split *split =
		    &plan->splits[mmi_machine_node_index(machine, range->nid)];
		uint64_t end_pfn = range->end_pfn;
		if (split->has_deferred && split->first_deferred_pfn < end_pfn)
			end_pfn = split->first_deferred_pfn;
		set_types(worker, range->start_pfn, end_pfn);
	}
}

static void begin(struct mmi_worker *worker, enum mmi_linux_version version)
{
	struct mmi_free_runs runs;
	struct mmi_free_run run;

	type_early(worker);
	if (!mmi_linux_rules_of(version)->types_by_free)
		type_others(worker);
	init_early(worker);
	begin_runs(&runs, worker, 0);
	while (mmi_free_runs_next(&runs, &run))
		if (!run.is_deferred)
			free_largest(worker, &run);
}

/* The next deferred run of the worker's node, as far as it is below @end_pfn. */
static bool next_run(const struct mmi_worker *worker, struct mmi_free_runs *runs, uint64_t end_pfn,
		     struct mmi_free_run *run)
{
	while (mmi_free_runs_next(runs, run) && run->start_pfn < end_pfn) {
		if (run->nid != worker->nid || !run->is_deferred)
			continue;
		if (run->end_pfn > end_pfn)
			run->end_pfn = end_pfn;
		return true;
	}
	return false;
}

/* Frees what lies in one piece: in one call if that is all of it, else page by page. */
static void free_piece(struct mmi_worker *worker, uint64_t start_pfn, uint64_t end_pfn,
		       unsigned order)
{
	const unsigned step = end_pfn - start_pfn == 1ull << order ? order : 0;

	for (uint64_t pfn = start_pfn; pfn < end_pfn; pfn += 1ull << step) {
		set_types(worker, pfn, pfn + (1ull << step));
		mmi_worker_free_block(worker, pfn, step);
	}
}

static void free_run(struct mmi_worker *worker, const struct mmi_linux_rules *rules,
		     uint64_t start_pfn, uint64_t end_pfn)
{
	const struct mmi_geometry *g = &worker->mem->map.geometry;
	const unsigned order = rules->frees_pageblocks ? g->pageblock_order : g->max_page_order;

	for (uint64_t pfn = start_pfn, end; pfn < end_pfn; pfn = end) {
		end = mmi_align_down(pfn, 1ull << order) + (1ull << order);
		if (end > end_pfn)
			end = end_pfn;
		free_piece(worker, pfn, end, order);
	}
}

/* What lies in one max-order block: all of its runs, then all of their frees. */
static void do_block(struct mmi_worker *worker, const struct mmi_linux_rules *rules,
		     uint64_t start_pfn, uint64_t end_pfn)
{
	struct mmi_free_runs runs;
	struct mmi_free_run run;

	begin_runs(&runs, worker, start_pfn);
	while (next_run(worker, &runs, end_pfn, &run))
		mmi_worker_init_pages(worker, run.start_pfn, run.end_pfn);
	begin_runs(&runs, worker, start_pfn);
	while (next_run(worker, &runs, end_pfn, &run))
		free_run(worker, rules, run.start_pfn, run.end_pfn);
}

/* What lies in one max-order block: each of its runs by itself. */
static void do_pieces(struct mmi_worker *worker, const struct mmi_linux_rules *rules,
		      uint64_t start_pfn, uint64_t end_pfn)
{
	struct mmi_free_runs runs;
	struct mmi_free_run run;

	begin_runs(&runs, worker, start_pfn);
	while (next_run(worker, &runs, end_pfn, &run)) {
		mmi_worker_init_pages(worker, run.start_pfn, run.end_pfn);
		free_run(worker, rules, run.start_pfn, run.end_pfn);
	}
}

static void do_chunk(struct mmi_worker *worker, enum mmi_linux_version version, uint64_t start_pfn,
		     uint64_t end_pfn)
{
	const struct mmi_linux_rules *rules = mmi_linux_rules_of(version);
	const struct mmi_geometry *g = &worker->mem->map.geometry;
	const uint64_t block_pages = mmi_block_pages(g);

	if (worker->nid < 0) { /* early: begin() has done it */
		publish(worker, start_pfn, end_pfn, MMI_SECTION_READY);
		return;
	}
	publish(worker, start_pfn, end_pfn, MMI_SECTION_BUSY);
	for (uint64_t pfn = start_pfn, end; pfn < end_pfn; pfn = end) {
		end = mmi_align_down(pfn, block_pages) + block_pages;
		if (end > end_pfn)
			end = end_pfn;
		if (rules->block_at_a_time)
			do_block(worker, rules, pfn, end);
		else
			do_pieces(worker, rules, pfn, end);
	}
	publish(worker, start_pfn, end_pfn, MMI_SECTION_READY);
}

static int plan_6_1(struct mmi_plan *plan, const struct mmi_layout *layout,
		    const struct mmi_plan_params *params, struct mmi_error *err)
{
	return mmi_linux_plan_init(plan, mmi_linux_rules_of(MMI_LINUX_6_1), layout, params, err);
}

static int plan_6_12(struct mmi_plan *plan, const struct mmi_layout *layout,
		     const struct mmi_plan_params *params, struct mmi_error *err)
{
	return mmi_linux_plan_init(plan, mmi_linux_rules_of(MMI_LINUX_6_12), layout, params, err);
}

static int plan_7_x(struct mmi_plan *plan, const struct mmi_layout *layout,
		    const struct mmi_plan_params *params, struct mmi_error *err)
{
	return mmi_linux_plan_init(plan, mmi_linux_rules_of(MMI_LINUX_7_X), layout, params, err);
}

static void begin_6_1(struct mmi_worker *worker)
{
	begin(worker, MMI_LINUX_6_1);
}

static void chunk_6_1(struct mmi_worker *worker, uint64_t start_pfn, uint64_t end_pfn)
{
	do_chunk(worker, MMI_LINUX_6_1, start_pfn, end_pfn);
}

static void begin_6_12(struct mmi_worker *worker)
{
	begin(worker, MMI_LINUX_6_12);
}

static void chunk_6_12(struct mmi_worker *worker, uint64_t start_pfn, uint64_t end_pfn)
{
	do_chunk(worker, MMI_LINUX_6_12, start_pfn, end_pfn);
}

static void begin_7_x(struct mmi_worker *worker)
{
	begin(worker, MMI_LINUX_7_X);
}

static void chunk_7_x(struct mmi_worker *worker, uint64_t start_pfn, uint64_t end_pfn)
{
	do_chunk(worker, MMI_LINUX_7_X, start_pfn, end_pfn);
}

static const struct mmi_deferred_ops linux_6_1 = {
    .name = "linux-6.1", .plan = plan_6_1, .begin = begin_6_1, .chunk = chunk_6_1};
static const struct mmi_deferred_ops linux_6_12 = {
    .name = "linux-6.12", .plan = plan_6_12, .begin = begin_6_12, .chunk = chunk_6_12};
static const struct mmi_deferred_ops linux_7_x = {
    .name = "linux-7.x", .plan = plan_7_x, .begin = begin_7_x, .chunk = chunk_7_x};

const struct mmi_deferred_ops *mmi_linux_strategy(enum mmi_linux_version version)
{
	switch (version) {
	case MMI_LINUX_6_1:
		return &linux_6_1;
	case MMI_LINUX_6_12:
		return &linux_6_12;
	case MMI_LINUX_7_X:
		return &linux_7_x;
	default:
		return NULL;
	}
}
