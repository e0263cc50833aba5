/* SPDX-License-Identifier: MIT */
/*
 * A thread of a program that allocates, holds and frees.
 *
 * A page that is handed out bears its owner's number in page->index, every page of a block, so that
 * one given to two is seen at once; it is 0 again when the page goes back.  Movable blocks can be
 * moved while somebody has memory go.  Between two yield points nobody else runs: what is kept
 * about a block needs no lock.
 */
#include "page_alloc/alloc_cpu.h"
#include "verify/program.h"
#include "verify/search.h"

static uint64_t pfn_of(const struct mmi_program_run *run, const struct mmi_page *page)
{
	return mmi_page_pfn(&run->system->mem.map, page);
}

/* Marks the pages of a block as @thread's. */
static void mark(struct mmi_program_run *run, unsigned thread, struct mmi_page *page,
		 unsigned order)
{
	if (page->refcount != 1 || page->page_type != MMI_PAGE_TYPE_NONE)
		mmi_program_fail(
		    run, 6, "PFN 0x%llx is handed out with refcount %d, page type 0x%x",
		    (unsigned long long)pfn_of(run, page), page->refcount, page->page_type);
	for (uint64_t i = 0; i < 1ull << order; i++) {
		if (page[i].index)
			mmi_program_fail(run, 6, "PFN 0x%llx is handed out to thread %u, and %s",
					 (unsigned long long)pfn_of(run, &page[i]), thread,
					 page[i].index > MMI_SCHED_MAX_THREADS
					     ? "was never initialised"
					     : "somebody holds it");
		page[i].index = thread + 1;
	}
}

static void unmark(struct mmi_program_run *run, unsigned thread, struct mmi_page *page,
		   unsigned order)
{
	for (uint64_t i = 0; i < 1ull << order; i++) {
		if (page[i].index != thread + 1)
			mmi_program_fail(run, 6,
					 "PFN 0x%llx: thread %u holds it, and somebody wrote there",
					 (unsigned long long)pfn_of(run, &page[i]), thread);
		page[i].index = 0;
	}
}

/* An owner's migrate().  One that says no gets a page back that was taken for it. */
static int move(struct mmi_page_owner *owner, struct mmi_page *old_page, struct mmi_page *new_page,
		unsigned order)
{
	struct mmi_program_held *held = (struct mmi_program_held *)owner;
	struct mmi_program_run *run = held->run;

	if (held->page != old_page || held->order != order) {
		run->nr_returned_pages += 1ull << order;
		return -EAGAIN;
	}
	mark(run, held->thread, new_page, order);
	unmark(run, held->thread, old_page, order);
	held->page = new_page;
	run->nr_moved++;
	return 0;
}

void mmi_program_hold(struct mmi_program_held *held, struct mmi_page *page)
{
	mark(held->run, held->thread, page, held->order);
	held->page = page;
}

void mmi_program_give_back(struct mmi_cpu *cpu, struct mmi_program_held *held)
{
	struct mmi_program_run *run = held->run;
	struct mmi_page *page = held->page;

	if (!page)
		return;
	held->page = NULL; /* from here on it is not moved */
	unmark(run, held->thread, page, held->order);
	run->nr_returned_pages += 1ull << held->order;
	if (page->mapping)
		mmi_page_clear_owner(page);
	mmi_free_pages(cpu, page, held->order);
}

/* Pages that could come to zones without anybody's giving them back: those on contexts' lists. */
static uint64_t count_listed_pages(const struct mmi_program_run *run)
{
	uint64_t nr_pages = 0;

	for (const struct mmi_cpu *cpu = run->alloc->cpus; cpu; cpu = cpu->next)
		for (size_t i = 0; i < mmi_nr_zones(&run->system->mem); i++)
			nr_pages += cpu->pcps[i].nr_pages;
	return nr_pages;
}

/* What a request found when it began. */
struct moment {
	uint64_t nr_listed_pages;
	uint64_t nr_returned_pages;
	uint64_t nr_changes_ended;
};

static struct moment now(const struct mmi_program_run *run)
{
	return (struct moment){
	    .nr_listed_pages = count_listed_pages(run),
	    .nr_returned_pages = run->nr_returned_pages,
	    .nr_changes_ended = run->nr_changes_ended,
	};
}

static uint64_t larger(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/*
 * Free pages that @zone must have so that it serves single pages of zones up to @highest; one
 * change of memory may have set its figures meanwhile.
 */
static uint64_t plenty_pages(const struct mmi_program_run *run, const struct mmi_zone *zone,
			     enum mmi_zone_type highest, bool has_changed)
{
	const struct mmi_mem *mem = &run->system->mem;
	const size_t node = (size_t)mmi_machine_node_index(mem->machine, zone->nid);
	struct mmi_zone_figures figures;

	if (!mmi_alloc_figures(run->alloc, zone->nid, zone->type, &figures))
		return UINT64_MAX;
	const struct mmi_zone_figures *before =
	    has_changed ? &run->figures_before[node * MMI_NR_ZONES + zone->type] : &figures;
	return larger(figures.high_pages, before->high_pages) +
	       larger(figures.protection_pages[highest], before->protection_pages[highest]);
}

/*
 * The first zone that has to serve single pages by @gfp and has them, and had so ever since @begin.
 * NULL: none has, or one cannot tell, as more than one change of memory fell into it, or could
 * have.
 */
static const struct mmi_zone *find_plenty(const struct mmi_program_run *run, unsigned gfp,
					  const struct moment *begin)
{
	const struct mmi_mem *mem = &run->system->mem;
	const enum mmi_zone_type highest =
	    gfp & MMI_GFP_MOVABLE ? MMI_ZONE_MOVABLE : MMI_ZONE_NORMAL;
	const uint64_t nr_came_pages =
	    begin->nr_listed_pages + run->nr_returned_pages - begin->nr_returned_pages;
	const uint64_t nr_changes = run->nr_changes_begun - begin->nr_changes_ended;

	if (nr_changes > 1 || (nr_changes && run->program.nr_changers > 1))
		return NULL;
	for (size_t i = 0; i < mem->nr_nodes; i++)
		for (int z = 0; z <= (int)highest; z++) {
			const struct mmi_zone *zone = &mem->nodes[i].zones[z];
			if (nr_changes && zone->nid == run->changed_nid &&
			    run->changed_zones >> z & 1)
				continue;
			const uint64_t plenty = plenty_pages(run, zone, highest, nr_changes > 0);
			if (zone->nr_free_pages > nr_came_pages &&
			    zone->nr_free_pages - nr_came_pages > plenty)
				return zone;
		}
	return NULL;
}

static void keep(struct mmi_program_run *run, struct mmi_program_held *held, struct mmi_page *page,
		 unsigned gfp)
{
	mmi_program_hold(held, page);
	if (run->program.nr_changers && gfp & MMI_GFP_MOVABLE)
		mmi_page_set_owner(page, held->order, &held->owner);
}

static void request(struct mmi_program_run *run, struct mmi_cpu *cpu, uint64_t *random,
		    struct mmi_program_held *held)
{
	static const unsigned kinds[] = {MMI_GFP_MOVABLE, MMI_GFP_KERNEL, MMI_GFP_RECLAIMABLE};
	const unsigned max_order = run->machine->geometry.max_page_order;
	const unsigned orders[] = {0, 0, 1, run->machine->geometry.pageblock_order, max_order};
	const unsigned gfp = kinds[run->program.mixed ? mmi_random_next(random) % 3 : 0];
	const struct moment begin = now(run);

	held->order = orders[mmi_random_next(random) % 5];
	struct mmi_page *page = mmi_alloc_pages(cpu, gfp, held->order, -1, NULL);
	run->nr_requests++;
	if (page) {
		keep(run, held, page, gfp);
		return;
	}
	const struct mmi_zone *zone = held->order ? NULL : find_plenty(run, gfp, &begin);
	if (zone)
		mmi_program_fail(run, 10,
				 "a page is refused to thread %u, with %llu free in zone %s of "
				 "node %d: it does not stand in the list that was read",
				 held->thread, (unsigned long long)zone->nr_free_pages,
				 mmi_zone_type_name(zone->type), zone->nid);
}

/*
 * The second half of a thread's rounds is done while memory comes and goes: each when another
 * change has begun, else they would all be over before the first.
 */
static void wait_for_change(struct mmi_program_run *run, uint32_t number)
{
	const struct mmi_platform *platform = run->system->platform;

	while (run->nr_changer_steps <= number && run->nr_changers_ended < run->program.nr_changers)
		platform->ops->wait(platform->ctx, &run->nr_changer_steps, run->nr_changer_steps);
}

void mmi_program_allocate(struct mmi_program_run *run, unsigned thread)
{
	struct mmi_program_held *held = run->held[thread];
	struct mmi_cpu *cpu = run->cpus[thread];
	uint64_t random = run->program.seed * 31 + thread;

	for (unsigned i = 0; i < MMI_PROGRAM_HELD; i++)
		held[i] =
		    (struct mmi_program_held){.owner.migrate = move, .run = run, .thread = thread};
	for (unsigned i = 0; i < run->program.nr_rounds; i++) {
		if (i >= run->program.nr_rounds / 2)
			wait_for_change(run, i - run->program.nr_rounds / 2);
		mmi_program_give_back(cpu, &held[i % MMI_PROGRAM_HELD]);
		request(run, cpu, &random, &held[i % MMI_PROGRAM_HELD]);
	}
	wait_for_change(run, run->program.nr_rounds);
	for (unsigned i = 0; i < MMI_PROGRAM_HELD; i++)
		mmi_program_give_back(cpu, &held[i]);
}
