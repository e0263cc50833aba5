/* SPDX-License-Identifier: MIT */
/*
 * Runs one system from its creation to its end, with threads that get into each other's way.
 *
 * A page that is handed out bears its owner's number in page->mapping, every page of a block, so
 * that one given to two is seen at once; it is 0 again when the page goes back.
 */
#include "verify/program.h"

#include <errno.h>
#include <string.h>

#include "page_alloc/alloc_cpu.h"
#include "verify/examination.h"
#include "verify/search.h"

/* A run on a small machine has some thousands; one that needs so many goes round in circles. */
#define MAX_YIELDS 1000000

/* One block that a thread holds. */
struct held {
	struct mmi_page *page;
	unsigned order;
};

/* Ends the run with a failure that is about invariant @number. */
#define fail_invariant(run, number, ...)                                                           \
	do {                                                                                       \
		(run)->broken = (number);                                                          \
		mmi_sched_fail((run)->sched, -EILSEQ, __VA_ARGS__);                                \
	} while (0)

static uint64_t pfn_of(const struct mmi_program_run *run, const struct mmi_page *page)
{
	return mmi_page_pfn(&run->system->mem.map, page);
}

static void own(struct mmi_program_run *run, unsigned thread, const struct held *held)
{
	struct mmi_page *page = held->page;

	if (page->refcount != 1 || page->page_type != MMI_PAGE_TYPE_NONE)
		fail_invariant(run, 6, "PFN 0x%llx is handed out with refcount %d, page type 0x%x",
			       (unsigned long long)pfn_of(run, page), page->refcount,
			       page->page_type);
	for (uint64_t i = 0; i < 1ull << held->order; i++) {
		if (page[i].mapping)
			fail_invariant(run, 6, "PFN 0x%llx is handed out to thread %u, and %s",
				       (unsigned long long)pfn_of(run, &page[i]), thread,
				       page[i].mapping > MMI_SCHED_MAX_THREADS
					   ? "was never initialised"
					   : "somebody holds it");
		page[i].mapping = thread + 1;
	}
}

static void give_back(struct mmi_program_run *run, unsigned thread, struct mmi_cpu *cpu,
		      struct held *held)
{
	struct mmi_page *page = held->page;

	if (!page)
		return;
	for (uint64_t i = 0; i < 1ull << held->order; i++) {
		if (page[i].mapping != thread + 1)
			fail_invariant(run, 6,
				       "PFN 0x%llx: thread %u holds it, and somebody wrote there",
				       (unsigned long long)pfn_of(run, &page[i]), thread);
		page[i].mapping = 0;
	}
	run->nr_returned_pages += 1ull << held->order;
	mmi_free_pages(cpu, page, held->order);
	held->page = NULL;
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

/*
 * The first zone that has to serve single pages by @gfp and has them, and had so all the time, even
 * if @nr_returned_pages came meanwhile.  NULL: none has.
 */
static const struct mmi_zone *find_plenty(const struct mmi_program_run *run, unsigned gfp,
					  uint64_t nr_returned_pages)
{
	const struct mmi_mem *mem = &run->system->mem;
	const enum mmi_zone_type highest =
	    gfp & MMI_GFP_MOVABLE ? MMI_ZONE_MOVABLE : MMI_ZONE_NORMAL;

	for (size_t i = 0; i < mem->nr_nodes; i++)
		for (int z = 0; z <= (int)highest; z++) {
			const struct mmi_zone *zone = &mem->nodes[i].zones[z];
			struct mmi_zone_figures figures;
			if (mmi_alloc_figures(run->alloc, zone->nid, zone->type, &figures) &&
			    zone->nr_free_pages > figures.high_pages +
						      figures.protection_pages[highest] +
						      nr_returned_pages)
				return zone;
		}
	return NULL;
}

static void request(struct mmi_program_run *run, unsigned thread, struct mmi_cpu *cpu,
		    uint64_t *random, struct held *held)
{
	static const unsigned kinds[] = {MMI_GFP_MOVABLE, MMI_GFP_KERNEL, MMI_GFP_RECLAIMABLE};
	const unsigned max_order = run->machine->geometry.max_page_order;
	const unsigned orders[] = {0, 0, 1, run->machine->geometry.pageblock_order, max_order};
	const unsigned gfp = kinds[run->program.mixed ? mmi_random_next(random) % 3 : 0];

	const uint64_t nr_before = run->nr_returned_pages;
	const uint64_t nr_listed = count_listed_pages(run);
	held->order = orders[mmi_random_next(random) % 5];
	held->page = mmi_alloc_pages(cpu, gfp, held->order, -1, NULL);
	run->nr_requests++;
	if (held->page) {
		own(run, thread, held);
		return;
	}
	const struct mmi_zone *zone =
	    held->order ? NULL
			: find_plenty(run, gfp, nr_listed + run->nr_returned_pages - nr_before);
	if (zone)
		fail_invariant(run, 10,
			       "a page is refused to thread %u, with %llu free in zone %s of node "
			       "%d: it does not stand in the list that was read",
			       thread, (unsigned long long)zone->nr_free_pages,
			       mmi_zone_type_name(zone->type), zone->nid);
}

/* Holds two blocks, so that its own frees and requests do not cancel out. */
static void allocate(struct mmi_program_run *run, unsigned thread)
{
	struct mmi_cpu *cpu = run->cpus[thread];
	uint64_t random = run->program.seed * 31 + thread;
	struct held held[2] = {{0}};

	for (unsigned i = 0; i < run->program.nr_rounds; i++) {
		give_back(run, thread, cpu, &held[i % 2]);
		request(run, thread, cpu, &random, &held[i % 2]);
	}
	give_back(run, thread, cpu, &held[0]);
	give_back(run, thread, cpu, &held[1]);
}

/* The allocator's own check has found something: which invariant is it about? */
static void fail_check(struct mmi_program_run *run, const struct mmi_error *err)
{
	static const struct {
		const char *word;
		unsigned number;
	} words[] = {{"migratetype", 8}, {"not merged", 7}, {"not aligned", 7}, {"zonelist", 10}};
	unsigned number = 6;

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strstr(err->text, words[i].word))
			number = words[i].number;
	fail_invariant(run, number, "%s", err->text);
}

static void rebuild(struct mmi_program_run *run)
{
	const struct mmi_fault_recipe *recipe =
	    run->fault ? (const struct mmi_fault_recipe *)run->fault->kind : NULL;
	struct mmi_error err = {0};

	for (unsigned i = 0; i < run->program.nr_rounds; i++) {
		if (recipe && recipe->rebuild)
			recipe->rebuild(run->fault, run->alloc);
		else if (mmi_zonelists_rebuild(run->alloc))
			mmi_sched_fail(run->sched, -ENOMEM, "no memory for zonelists");
		if (i % 2)
			mmi_alloc_drain(run->alloc);
		else if (mmi_alloc_check(run->alloc, &err))
			fail_check(run, &err);
	}
}

/* Gives back the first run of reserved memory that may be: as an initrd, while others initialise. */
static void return_reserved(struct mmi_program_run *run)
{
	const struct mmi_extents *extents = &run->system->mem.extents;

	for (size_t i = 0; i < extents->nr; i++)
		if (extents->items[i].kind == MMI_EXTENT_RESERVED &&
		    !mmi_deferred_free_reserved(&run->system->run, extents->items[i].start_pfn,
						extents->items[i].end_pfn))
			return;
}

static void be_member(void *arg, unsigned member)
{
	struct mmi_program_run *run = arg;
	const struct mmi_program *program = &run->program;
	unsigned first = run->nr_workers;

	if (member < first) {
		mmi_deferred_work(&run->system->run, member);
		return;
	}
	if (member < (first += program->nr_allocators))
		allocate(run, member);
	else if (member < (first += program->nr_rebuilders))
		rebuild(run);
	else
		return_reserved(run);
}

static unsigned run_team(struct mmi_program_run *run, unsigned nr_members)
{
	const struct mmi_platform *platform = run->system->platform;

	return platform->ops->run_team(platform->ctx, nr_members, NULL, be_member, run);
}

static void create_system(struct mmi_program_run *run)
{
	const struct mmi_system_options options = {
	    .memmap.no_huge_pages = true, /* else a unit may be all that a small machine has */
	    .plan = {.rule = MMI_CHUNK_FIXED,
		     .chunk_pages = mmi_section_pages(&run->machine->geometry),
		     .nr_threads = run->program.nr_workers,
		     .max_threads = run->program.nr_workers,
		     .nothing_early = run->program.nothing_early},
	    .run = {.batch = run->program.batch, .ops = run->ops},
	};
	struct mmi_error err = {0};
	int ret;

	run->copy = *run->machine;
	run->copy.platform = &run->sched->platform;
	ret = mmi_system_create(&run->copy, &options, &run->system, &err);
	if (!ret && run->fault)
		run->has_fault = !mmi_fault_apply(run->fault, run->system, NULL);
	if (!ret)
		ret = mmi_system_start(run->system, &err);
	if (!ret)
		run->alloc = mmi_system_alloc(run->system, &err);
	if (ret || !run->alloc)
		mmi_sched_fail(run->sched, ret ? ret : -ENOMEM, "%s", err.text);
	run->nr_workers = run->system->run.nr_workers;
}

static void open_cpus(struct mmi_program_run *run)
{
	const struct mmi_machine *machine = run->machine;
	struct mmi_error err = {0};

	for (unsigned i = 0; i < run->program.nr_allocators; i++)
		if (mmi_cpu_create(run->alloc, machine->nodes[i % machine->nr_nodes].nid,
				   &run->cpus[run->nr_workers + i], &err))
			mmi_sched_fail(run->sched, -ENOMEM, "%s", err.text);
}

/* Everything is free and all threads are gone: what stands now is what the invariants are about. */
static void judge(struct mmi_program_run *run)
{
	struct mmi_error err = {0};

	for (unsigned i = 0; i < run->program.nr_allocators; i++)
		mmi_cpu_destroy(run->cpus[run->nr_workers + i]);
	if (mmi_verify_system(run->system, &run->verdict, &err))
		mmi_sched_fail(run->sched, -ENOMEM, "%s", err.text);
	for (unsigned number = 9; run->program.mixed && number <= 11; number += 2)
		run->verdict.invariants[number] = (struct mmi_invariant_verdict){
		    .chunk = -1, .worker = -1, .why = "not the end state of a boot"};
	run->is_broken = !mmi_verdict_is_good(&run->verdict);
	if (!run->is_broken && mmi_alloc_check(run->alloc, &err))
		fail_check(run, &err);
	run->nr_chunks = run->system->plan.nr_chunks;
	run->nr_pages = run->system->run.early.nr_init_pages + run->system->run.grown.nr_init_pages;
	for (unsigned i = 0; i < run->nr_workers; i++)
		run->nr_pages += run->system->run.workers[i].nr_init_pages;
}

static void run_main(void *arg)
{
	struct mmi_program_run *run = arg;
	struct mmi_sched *sched = run->sched;
	const struct mmi_program *program = &run->program;

	create_system(run);
	open_cpus(run);
	const unsigned nr_members =
	    run->nr_workers + program->nr_allocators + program->nr_rebuilders + program->mixed;
	if (run_team(run, nr_members) != nr_members)
		mmi_sched_fail(sched, -EAGAIN, "no room for a team of %u threads", nr_members);
	run->system->run.nr_started = run->nr_workers;
	mmi_system_finish(run->system);
	judge(run);
	mmi_system_destroy(run->system);
	run->system = NULL;
	if (sched->memory.nr_pieces || sched->memory.nr_reserved)
		mmi_sched_fail(sched, -EILSEQ, "%zu pieces of memory are left over",
			       sched->memory.nr_pieces + sched->memory.nr_reserved);
}

/* Could the run not be made?  Then its failure says nothing of what ran. */
static bool is_of_the_host(const struct mmi_program_run *run, int ret)
{
	const bool is_found = ret == -EILSEQ || ret == -ELOOP || ret == -EPERM || ret == -EDEADLK;

	return ret == -EAGAIN || (!run->alloc && !is_found);
}

int mmi_program_run(struct mmi_program_run *run,
		    unsigned (*choose)(void *user, const struct mmi_sched_choice *choice),
		    void *user)
{
	const struct mmi_fault_recipe *recipe =
	    run->fault ? (const struct mmi_fault_recipe *)run->fault->kind : NULL;
	const struct mmi_sched_driver driver = {
	    .user = user,
	    .choose = choose,
	    .fault = run->fault,
	    .leave = recipe ? recipe->leave : NULL,
	    .come_back = recipe ? recipe->come_back : NULL,
	};

	run->sched->max_yields = MAX_YIELDS;
	if (run->fault) {
		run->fault->system = NULL;
		run->fault->is_armed = false;
	}
	const int ret = mmi_sched_run(run->sched, &driver, run_main, run, &run->err);
	if (ret && run->system) /* what led there may have left a record */
		mmi_check_offences(
		    &(struct mmi_examination){.system = run->system, .verdict = &run->verdict});
	mmi_sched_memory_drop(&run->sched->memory);
	if (ret && is_of_the_host(run, ret))
		return ret;
	run->is_broken = run->is_broken || ret;
	return 0;
}
