/* SPDX-License-Identifier: MIT */
/*
 * A thread of a program that has memory come and go: blocks are added, brought online, taken
 * offline with what others hold of them, and removed.
 *
 * It begins when all that was there at boot is initialised, as memory hotplug does; threads that
 * allocate may be in the middle of anything.  What stands online at the end stays for the checkers.
 */
#include "page_alloc/alloc_cpu.h"
#include "verify/program.h"
#include "verify/search.h"

static size_t figures_bytes(const struct mmi_program_run *run)
{
	return mmi_nr_zones(&run->system->mem) * sizeof(*run->figures_before);
}

/* The first who comes makes memory hotplug; the others wait for it. */
static void open_hotplug(struct mmi_program_run *run)
{
	const struct mmi_platform *platform = run->system->platform;
	struct mmi_error err = {0};

	mmi_program_wait(run, &run->nr_workers_ended, run->nr_workers);
	if (run->hotplug_state != MMI_PROGRAM_NO_HOTPLUG) {
		mmi_program_wait(run, &run->hotplug_state, MMI_PROGRAM_HOTPLUG);
		return;
	}
	run->hotplug_state = MMI_PROGRAM_OPENING;
	mmi_system_finish(run->system);
	run->figures_before = platform->ops->alloc(platform->ctx, figures_bytes(run));
	if (!run->figures_before || !mmi_system_hotplug(run->system, &err))
		mmi_sched_fail(run->sched, -ENOMEM, "no memory for memory hotplug");
	run->hotplug_state = MMI_PROGRAM_HOTPLUG;
	platform->ops->wake(platform->ctx, &run->hotplug_state);
}

/* Those who allocate go on with each step. */
static void step(struct mmi_program_run *run)
{
	const struct mmi_platform *platform = run->system->platform;

	run->nr_changer_steps++;
	platform->ops->wake(platform->ctx, &run->nr_changer_steps);
}

/* A fault's doing: who has memory come or go rebuilds zonelists where others read them. */
static void rebuild_by_fault(struct mmi_program_run *run)
{
	const struct mmi_fault_recipe *recipe =
	    run->fault ? (const struct mmi_fault_recipe *)run->fault->kind : NULL;

	if (recipe && recipe->rebuild)
		recipe->rebuild(run->fault, run->alloc);
}

/* A change of the block that @view is about begins: what must hold of zones it may not be about? */
static void begin_change(struct mmi_program_run *run, const struct mmi_block_view *view)
{
	const struct mmi_mem *mem = &run->system->mem;

	for (size_t i = 0; i < mmi_nr_zones(mem); i++)
		mmi_alloc_figures(run->alloc, mem->nodes[i / MMI_NR_ZONES].nid,
				  (enum mmi_zone_type)(i % MMI_NR_ZONES), &run->figures_before[i]);
	run->changed_nid = view->nid;
	run->changed_zones = 0;
	for (unsigned i = 0; i < view->nr_valid_zones; i++)
		run->changed_zones |= 1u << view->valid_zones[i];
	run->nr_changes_begun++;
	step(run);
	rebuild_by_fault(run);
}

/* A change may be refused, as long as it says why; anything else is a failure. */
static bool end_change(struct mmi_program_run *run, int ret, const struct mmi_error *err)
{
	run->nr_changes_ended++;
	if (ret && ret != -EBUSY && ret != -ENOMEM && ret != -EINVAL)
		mmi_program_fail(run, 6, "memory hotplug says %d: %s", ret, err->text);
	return !ret;
}

static void online(struct mmi_program_run *run, const struct mmi_block_view *view,
		   enum mmi_online_type type)
{
	struct mmi_error err = {0};

	begin_change(run, view);
	const int ret = mmi_hotplug_write_state(run->system->hotplug, view->number, type, &err);
	run->nr_onlined += end_change(run, ret, &err);
}

static void offline(struct mmi_program_run *run, const struct mmi_block_view *view)
{
	struct mmi_error err = {0};

	begin_change(run, view);
	const int ret =
	    mmi_hotplug_write_state(run->system->hotplug, view->number, MMI_OFFLINE, &err);
	run->nr_offlined += end_change(run, ret, &err);
}

/* Block number @number goes into the next state. */
static void change_block(struct mmi_program_run *run, uint64_t number, int nid, uint64_t *random)
{
	const uint64_t block_pages = mmi_memory_block_pages(run->machine);
	const enum mmi_online_type type = mmi_random_next(random) % MMI_OFFLINE;
	struct mmi_hotplug *hotplug = run->system->hotplug;
	struct mmi_block_view view;

	if (!mmi_hotplug_block(hotplug, number, &view)) {
		mmi_hotplug_add(hotplug, nid, number * block_pages, (number + 1) * block_pages,
				NULL);
		if (!mmi_hotplug_block(hotplug, number, &view))
			return; /* removed by another, or no memory for it */
	}
	if (view.online)
		offline(run, &view);
	else if (mmi_random_next(random) % 4)
		online(run, &view, type);
	else
		mmi_hotplug_remove(hotplug, number * block_pages, (number + 1) * block_pages, NULL);
}

/* A block in which somebody holds pages; false: nobody seems to. */
static bool find_held(const struct mmi_program_run *run, uint64_t *random, uint64_t *number)
{
	const uint64_t thread = mmi_random_next(random) % MMI_SCHED_MAX_THREADS;

	for (unsigned i = 0; i < MMI_SCHED_MAX_THREADS * MMI_PROGRAM_HELD; i++) {
		const struct mmi_program_held *held =
		    &run->held[(thread + i) % MMI_SCHED_MAX_THREADS][i / MMI_SCHED_MAX_THREADS];
		if (!held->page)
			continue;
		*number = mmi_page_pfn(&run->system->mem.map, held->page) /
			  mmi_memory_block_pages(run->machine);
		return true;
	}
	return false;
}

/* Some block of one of @nr ranges. */
static void change_some(struct mmi_program_run *run, const struct mmi_mem_range *ranges, size_t nr,
			uint64_t *random)
{
	const uint64_t block_pages = mmi_memory_block_pages(run->machine);
	const struct mmi_mem_range *range = &ranges[mmi_random_next(random) % nr];
	const uint64_t first = range->start_pfn / block_pages;
	const uint64_t end = (range->end_pfn + block_pages - 1) / block_pages;

	change_block(run, first + mmi_random_next(random) % (end - first), range->nid, random);
}

/*
 * In a window the whole of it happens; boot memory, whether held or not, only goes and comes back.
 */
static void change_any(struct mmi_program_run *run, uint64_t *random)
{
	const struct mmi_machine *machine = run->machine;
	const uint64_t kind = mmi_random_next(random) % 8;
	uint64_t number;

	if (kind < 3 && find_held(run, random, &number))
		change_block(run, number, machine->memory[0].nid, random);
	else if (kind < 7 && machine->nr_windows)
		change_some(run, machine->windows, machine->nr_windows, random);
	else
		change_some(run, machine->memory, machine->nr_memory, random);
}

void mmi_program_change(struct mmi_program_run *run, unsigned thread)
{
	uint64_t random = run->program.seed * 31 + thread;

	open_hotplug(run);
	for (unsigned i = 0; i < run->program.nr_rounds; i++) {
		change_any(run, &random);
		if (run->program.nr_changers == 1) /* else another may be in the middle of it */
			mmi_program_check(run);
	}
	run->nr_changers_ended++;
	step(run);
}

void mmi_program_changers_close(struct mmi_program_run *run)
{
	const struct mmi_platform *platform = run->system->platform;

	platform->ops->free(platform->ctx, run->figures_before, figures_bytes(run));
	run->figures_before = NULL;
}
