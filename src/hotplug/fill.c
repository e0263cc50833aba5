/* SPDX-License-Identifier: MIT */
/*
 * Struct pages of memory that has come, written by the plan and the workers of the boot: the steps
 * are the engine's, but for what a page is to be, which here is the same for the whole range.
 */
#include "deferred/worker.h"
#include "hotplug/hotplug_parts.h"
#include "memmap/page_init.h"

#define COMPOUND_MEMMAP_PAGES 2 /* pages of memmap that a compound page has to itself */
#define COMPOUND_TAIL         1 /* in a tail's lru.next, beside the head */

uint64_t mmi_compound_written_pages(const struct mmi_geometry *geometry, unsigned order)
{
	const uint64_t nr_needed =
	    COMPOUND_MEMMAP_PAGES * ((1ull << geometry->page_shift) / MMI_PAGE_BYTES);

	return nr_needed < 1ull << order ? nr_needed : 1ull << order;
}

struct mmi_page *mmi_compound_head(struct mmi_page *page)
{
	const uintptr_t head = (uintptr_t)page->lru.next;

	return head & COMPOUND_TAIL ? (struct mmi_page *)(head - COMPOUND_TAIL) : page;
}

/* One compound page: its head, the tails that are needed, and nothing of the others. */
static void fill_compound(struct mmi_memmap *map, uint64_t pfn, const struct mmi_page_fill *fill)
{
	struct mmi_page *head = mmi_pfn_page(map, pfn);

	mmi_pages_init(map, pfn, pfn + 1, fill->flags | MMI_PG_HEAD, fill->refcount);
	mmi_pages_init(map, pfn + 1, pfn + fill->nr_written, fill->flags, 0);
	mmi_shadow_skip(map, pfn + fill->nr_written, pfn + (1ull << fill->compound_order));
	for (uint64_t i = 1; i < fill->nr_written; i++)
		head[i].lru.next = (struct mmi_list *)((uintptr_t)head + COMPOUND_TAIL);
}

void mmi_fill_pages(struct mmi_memmap *map, uint64_t start_pfn, uint64_t end_pfn,
		    const struct mmi_page_fill *fill)
{
	const uint64_t compound_pages = 1ull << fill->compound_order;

	if (!fill->compound_order) {
		mmi_pages_init(map, start_pfn, end_pfn, fill->flags, fill->refcount);
		return;
	}
	/* A piece of a larger compound page is its head's business. */
	for (uint64_t pfn = mmi_align_up(start_pfn, compound_pages); pfn < end_pfn;
	     pfn += compound_pages)
		fill_compound(map, pfn, fill);
}

static void init_range(struct mmi_worker *worker, uint64_t start_pfn, uint64_t end_pfn)
{
	mmi_fill_pages(&worker->mem->map, start_pfn, end_pfn, worker->ops->user);
	worker->stats->nr_init_pages += end_pfn - start_pfn;
}

/* What becomes of the pages is decided when all are initialised. */
static void free_nothing(struct mmi_worker *worker, uint64_t start_pfn, uint64_t end_pfn)
{
	(void)worker;
	(void)start_pfn;
	(void)end_pfn;
}

/* On a team, or where one worker is enough by the caller, who may be one of a team himself. */
static int run_plan(struct mmi_hotplug *hotplug, const struct mmi_plan *plan,
		    const struct mmi_run_params *params, struct mmi_error *err)
{
	struct mmi_deferred_run run;
	int ret;

	if (plan->groups->nr_threads > 1) {
		ret = mmi_deferred_run(&run, hotplug->mem, plan, params, err);
	} else {
		ret = mmi_deferred_start(&run, hotplug->mem, plan, params, err);
		if (!ret)
			mmi_deferred_finish(&run);
	}
	if (!ret)
		mmi_deferred_run_deinit(&run, hotplug->mem);
	return ret;
}

int mmi_fill_sections(struct mmi_hotplug *hotplug, int nid, uint64_t start_pfn, uint64_t end_pfn,
		      const struct mmi_page_fill *fill, struct mmi_error *err)
{
	const struct mmi_plan_params plan_params = {.nr_threads = hotplug->options.nr_threads};
	const struct mmi_pfn_range range = {start_pfn, end_pfn};
	const struct mmi_deferred_ops ops = {
	    .name = "hotplug",
	    .user = (void *)(uintptr_t)fill,
	    .chunk = mmi_deferred_engine()->chunk,
	    .init_range = init_range,
	    .free_range = free_nothing,
	};
	const struct mmi_run_params run_params = {.batch = MMI_BATCH_SECTION, .ops = &ops};
	struct mmi_plan plan;
	int ret = mmi_plan_range_init(&plan, &hotplug->mem->layout, &range, nid, &plan_params, err);

	if (ret)
		return ret;
	ret = run_plan(hotplug, &plan, &run_params, err);
	mmi_plan_deinit(&plan);
	return ret;
}
