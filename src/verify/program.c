/* SPDX-License-Identifier: MIT */
/* Runs one system from its creation to its end, with threads that get into each other's way. */
#include "verify/program.h"

#include <errno.h>
#include <string.h>

#include "verify/examination.h"
#include "verify/search.h"

/* A run on a small machine has some thousands; one that needs so many goes round in circles. */
#define MAX_YIELDS 1000000

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
	mmi_program_fail(run, number, "%s", err->text);
}

void mmi_program_check(struct mmi_program_run *run)
{
	struct mmi_error err = {0};

	if (mmi_alloc_check(run->alloc, &err))
		fail_check(run, &err);
}

void mmi_program_wait(struct mmi_program_run *run, const uint32_t *word, uint32_t value)
{
	const struct mmi_platform *platform = run->system->platform;

	while (*word != value)
		platform->ops->wait(platform->ctx, word, *word);
}

static void rebuild(struct mmi_program_run *run)
{
	const struct mmi_fault_recipe *recipe =
	    run->fault ? (const struct mmi_fault_recipe *)run->fault->kind : NULL;

	for (unsigned i = 0; i < run->program.nr_rounds; i++) {
		if (recipe && recipe->rebuild)
			recipe->rebuild(run->fault, run->alloc);
		else if (mmi_zonelists_rebuild(run->alloc))
			mmi_sched_fail(run->sched, -ENOMEM, "no memory for zonelists");
		/*
		 * Zonelists follow memory that comes and goes: nothing is to be checked in between.
		 */
		if (i % 2 || run->program.nr_changers)
			mmi_alloc_drain(run->alloc);
		else
			mmi_program_check(run);
	}
}

/*
 * Gives back the first run of reserved memory that may be: as an initrd, while others initialise.
 */
static void return_reserved(struct mmi_program_run *run)
{
	const struct mmi_fault_recipe *recipe =
	    run->fault ? (const struct mmi_fault_recipe *)run->fault->kind : NULL;
	int (*const free_reserved)(struct mmi_deferred_run *, uint64_t, uint64_t) =
	    recipe && recipe->free_reserved ? recipe->free_reserved : mmi_deferred_free_reserved;
	const struct mmi_extents *extents = &run->system->mem.extents;

	for (size_t i = 0; i < extents->nr; i++) {
		const struct mmi_extent *extent = &extents->items[i];
		if (extent->kind != MMI_EXTENT_RESERVED ||
		    free_reserved(&run->system->run, extent->start_pfn, extent->end_pfn))
			continue;
		run->unreserved = (struct mmi_pfn_range){extent->start_pfn, extent->end_pfn};
		return;
	}
}

/* What was given back must have come: pages that stay reserved are in no count. */
static void check_unreserved(struct mmi_program_run *run)
{
	const struct mmi_memmap *map = &run->system->mem.map;

	for (uint64_t pfn = run->unreserved.start_pfn; pfn < run->unreserved.end_pfn; pfn++)
		if (mmi_pfn_valid(map, pfn) && mmi_pfn_page(map, pfn)->flags & MMI_PG_RESERVED)
			mmi_program_fail(run, 6,
					 "PFN 0x%llx was given back, and is neither managed nor "
					 "free: it is reserved still",
					 (unsigned long long)pfn);
}

/* Who changes memory begins when all of it is initialised. */
static void work(struct mmi_program_run *run, unsigned worker)
{
	const struct mmi_platform *platform = run->system->platform;

	mmi_deferred_work(&run->system->run, worker);
	run->nr_workers_ended++;
	platform->ops->wake(platform->ctx, &run->nr_workers_ended);
}

static void be_member(void *arg, unsigned member)
{
	struct mmi_program_run *run = arg;
	const struct mmi_program *program = &run->program;
	unsigned first = run->nr_workers;

	if (member < first)
		work(run, member);
	else if (member < (first += program->nr_allocators))
		(run->has_meeting ? mmi_program_meet : mmi_program_allocate)(run, member);
	else if (member < (first += program->nr_rebuilders))
		rebuild(run);
	else if (member < (first += program->nr_changers))
		mmi_program_change(run, member);
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
	    .hotplug.nr_threads = 1, /* who changes memory is one of a team */
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
	run->nr_workers = run->system->run.nr_started = run->system->run.nr_workers;
}

/* Who allocates in every other mixed program does so where two zones meet, if all memory stays. */
static void choose_meeting(struct mmi_program_run *run)
{
	const struct mmi_mem *mem = &run->system->mem;
	struct mmi_meeting *meeting = &run->meeting;
	uint64_t random = run->program.seed;
	uint64_t nr = 0;

	if (!run->program.mixed || run->program.nr_changers || mmi_random_next(&random) % 2)
		return;
	while (mmi_meeting_find(&mem->extents, &mem->map.geometry, meeting->end_pfn, meeting))
		nr++;
	run->has_meeting = nr > 0;
	if (!run->has_meeting)
		return;
	meeting->end_pfn = 0;
	for (nr = 1 + mmi_random_next(&random) % nr; nr; nr--)
		mmi_meeting_find(&mem->extents, &mem->map.geometry, meeting->end_pfn, meeting);
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
	if (!run->is_broken) {
		mmi_program_check(run);
		check_unreserved(run);
	}
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
	choose_meeting(run);
	open_cpus(run);
	const unsigned nr_members = run->nr_workers + program->nr_allocators +
				    program->nr_rebuilders + program->nr_changers + program->mixed;
	if (run_team(run, nr_members) != nr_members)
		mmi_sched_fail(sched, -EAGAIN, "no room for a team of %u threads", nr_members);
	mmi_system_finish(run->system);
	judge(run);
	mmi_program_changers_close(run);
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

unsigned mmi_program_broken(const struct mmi_program_run *run)
{
	for (unsigned i = 1; i <= MMI_NR_INVARIANTS; i++)
		if (run->verdict.invariants[i].judgement == MMI_BROKEN)
			return i;
	return run->broken;
}
