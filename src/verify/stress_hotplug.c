/* SPDX-License-Identifier: MIT */
/* Has memory blocks come and go while others allocate: step by step, checking in between. */
#include "verify/stress_hotplug.h"

#include <errno.h>

#define MAX_RANDOM_BLOCKS 65536

static uint64_t now_ns(const struct mmi_stress_changer *c)
{
	const struct mmi_platform *platform = c->shared->system->platform;

	return platform->ops->clock_ns(platform->ctx);
}

static uint64_t random_below(struct mmi_stress_changer *c, uint64_t limit)
{
	return mmi_random_next(&c->random) % limit;
}

/* The node whose range @pfn lies in; -1: it lies in none. */
static int range_nid(const struct mmi_mem_range *ranges, size_t nr, uint64_t pfn)
{
	for (size_t i = 0; i < nr; i++)
		if (pfn >= ranges[i].start_pfn && pfn < ranges[i].end_pfn)
			return ranges[i].nid;
	return -1;
}

/* The window that a block lies in says whose it is, else whose memory it was at boot. */
static int home_nid(const struct mmi_machine *machine, uint64_t start_pfn)
{
	const int nid = range_nid(machine->windows, machine->nr_windows, start_pfn);

	return nid >= 0 ? nid : range_nid(machine->memory, machine->nr_memory, start_pfn);
}

static int add_block(struct mmi_stress_changer *c, const struct mmi_hotplug_step *step,
		     uint64_t start_pfn, uint64_t end_pfn, struct mmi_error *err)
{
	const struct mmi_machine *machine = c->shared->system->mem.machine;
	const int nid = step->nid < 0 ? home_nid(machine, start_pfn) : step->nid;

	if (nid < 0)
		return mmi_error_set(
		    err, -ERANGE, "memory block %llu: in no hotplug window, nor memory at boot",
		    (unsigned long long)(start_pfn / mmi_memory_block_pages(machine)));
	return mmi_hotplug_add(c->hotplug, nid, start_pfn, end_pfn, err);
}

static int change_block(struct mmi_stress_changer *c, const struct mmi_hotplug_step *step,
			uint64_t number, struct mmi_error *err)
{
	static const enum mmi_online_type types[] = {
	    [MMI_WORD_ONLINE] = MMI_ONLINE,
	    [MMI_WORD_ONLINE_KERNEL] = MMI_ONLINE_KERNEL,
	    [MMI_WORD_ONLINE_MOVABLE] = MMI_ONLINE_MOVABLE,
	};
	const struct mmi_machine *machine = c->shared->system->mem.machine;
	const uint64_t block_pages = mmi_memory_block_pages(machine);
	const uint64_t start_pfn = number * block_pages, end_pfn = start_pfn + block_pages;

	switch (step->word) {
	case MMI_WORD_OFFLINE:
		return mmi_hotplug_offline(c->hotplug, start_pfn, end_pfn, err);
	case MMI_WORD_ADD:
		return add_block(c, step, start_pfn, end_pfn, err);
	case MMI_WORD_REMOVE:
		return mmi_hotplug_remove(c->hotplug, start_pfn, end_pfn, err);
	case MMI_WORD_REBUILD:
		return mmi_zonelists_rebuild(c->shared->alloc)
			   ? mmi_error_set(err, -ENOMEM, "no memory for the zonelists")
			   : 0;
	default:
		return mmi_hotplug_online(c->hotplug, start_pfn, end_pfn, types[step->word], err);
	}
}

static enum mmi_step_outcome outcome_of(int ret)
{
	switch (ret) {
	case 0:
		return MMI_STEP_DONE;
	case -EBUSY:
		return MMI_STEP_BUSY;
	case -ENOMEM:
		return MMI_STEP_NO_MEMORY;
	default:
		return MMI_STEP_REFUSED;
	}
}

static bool goes_on(const struct mmi_stress_changer *c)
{
	return !mmi_stress_has_failed(c->shared) &&
	       (!c->shared->end_ns || now_ns(c) < c->shared->end_ns);
}

/* Between two steps every list and figure is as it should be. */
static void check_now_and_then(struct mmi_stress_changer *c)
{
	const struct mmi_stress_params *params = c->shared->params;
	struct mmi_error err;

	c->nr_steps++;
	const bool by_steps = params->check_steps && c->nr_steps % params->check_steps == 0;
	if (!by_steps && (!params->check_ns || now_ns(c) < c->next_check_ns))
		return;
	if (mmi_alloc_check(c->shared->alloc, &err)) {
		err.code = -EILSEQ;
		mmi_stress_fail(c->shared, &err);
	}
	c->nr_checks++;
	c->next_check_ns = now_ns(c) + params->check_ns;
}

static void tell(const struct mmi_stress_changer *c, const struct mmi_hotplug_step *step,
		 uint64_t number, enum mmi_step_outcome outcome, const char *why)
{
	const struct mmi_stress_params *params = c->shared->params;
	struct mmi_block_view view;
	const bool is_there =
	    step->word != MMI_WORD_REBUILD && mmi_hotplug_block(c->hotplug, number, &view);
	const struct mmi_stress_step told = {
	    .word = step->word,
	    .number = number,
	    .outcome = outcome,
	    .why = outcome == MMI_STEP_DONE ? NULL : why,
	    .block = is_there ? &view : NULL,
	};

	params->watch_step(params->watch_user, &told);
}

/* Block after block, as they are written to by hand. */
static void take_step(struct mmi_stress_changer *c, const struct mmi_hotplug_step *step)
{
	for (uint64_t number = step->first_block; number <= step->last_block && goes_on(c);
	     number++) {
		struct mmi_error err = {0};
		const enum mmi_step_outcome outcome =
		    outcome_of(change_block(c, step, number, &err));
		c->result.nr_blocks[step->word][outcome]++;
		if (c->is_watched)
			tell(c, step, number, outcome, err.text);
		check_now_and_then(c);
	}
}

static void run_script(struct mmi_stress_changer *c, const struct mmi_hotplug_script *script)
{
	for (uint32_t round = 0; round <= script->nr_repeats && goes_on(c); round++) {
		c->is_watched = round == 0 && c->shared->params->watch_step;
		for (size_t i = 0; i < script->nr_steps && goes_on(c); i++)
			take_step(c, &script->steps[i]);
	}
}

/* Something that the block is in the state for, mostly; now and then anything else. */
static enum mmi_hotplug_word random_word(struct mmi_stress_changer *c, uint64_t number)
{
	struct mmi_block_view view;

	if (!random_below(c, 16))
		return (enum mmi_hotplug_word)random_below(c, MMI_NR_HOTPLUG_WORDS);
	if (!mmi_hotplug_block(c->hotplug, number, &view))
		return MMI_WORD_ADD;
	if (view.online)
		return MMI_WORD_OFFLINE;
	if (!random_below(c, 4))
		return MMI_WORD_REMOVE;
	return (enum mmi_hotplug_word)random_below(c, MMI_WORD_ONLINE_MOVABLE + 1);
}

static void run_random(struct mmi_stress_changer *c)
{
	const uint64_t nr_steps = c->shared->params->nr_hotplug_steps;

	for (uint64_t i = 0; (!nr_steps || i < nr_steps) && goes_on(c); i++) {
		const uint64_t number = c->blocks[random_below(c, c->nr_blocks)];
		const struct mmi_hotplug_step step = {.word = random_word(c, number),
						      .first_block = number,
						      .last_block = number,
						      .nid = -1};
		take_step(c, &step);
	}
}

void mmi_stress_changer_run(struct mmi_stress_changer *c)
{
	if (c->shared->params->script)
		run_script(c, c->shared->params->script);
	else
		run_random(c);
}

static size_t note_block(struct mmi_stress_changer *c, uint64_t number, size_t nr)
{
	if (c->blocks && nr < c->nr_blocks)
		c->blocks[nr] = number;
	return nr < MAX_RANDOM_BLOCKS ? nr + 1 : nr;
}

/* Blocks that there are, and those that can come in windows; returns how many. */
static size_t list_blocks(struct mmi_stress_changer *c)
{
	const struct mmi_machine *machine = c->shared->system->mem.machine;
	const uint64_t block_pages = mmi_memory_block_pages(machine);
	struct mmi_block_view view = {.number = 0};
	size_t nr = 0;

	for (uint64_t next = 0; mmi_hotplug_next_block(c->hotplug, next, &view);
	     next = view.number + 1)
		nr = note_block(c, view.number, nr);
	for (size_t i = 0; i < machine->nr_windows; i++) {
		const struct mmi_mem_range *window = &machine->windows[i];
		const uint64_t end = window->end_pfn / block_pages;
		for (uint64_t number = mmi_align_up(window->start_pfn, block_pages) / block_pages;
		     number < end && nr < MAX_RANDOM_BLOCKS; number++)
			if (!mmi_hotplug_block(c->hotplug, number, &view))
				nr = note_block(c, number, nr);
	}
	return nr;
}

static int open_blocks(struct mmi_stress_changer *c, struct mmi_error *err)
{
	const struct mmi_platform *p = c->shared->system->platform;

	c->nr_blocks = list_blocks(c);
	if (!c->nr_blocks)
		return mmi_error_set(err, -EINVAL, "the machine has no memory blocks");
	c->blocks = p->ops->alloc(p->ctx, c->nr_blocks * sizeof(*c->blocks));
	if (!c->blocks)
		return mmi_error_set(err, -ENOMEM, "no memory for %zu blocks", c->nr_blocks);
	list_blocks(c);
	return 0;
}

int mmi_stress_changer_open(struct mmi_stress_changer *c, struct mmi_stress_shared *shared,
			    struct mmi_error *err)
{
	struct mmi_system *system = shared->system;

	/* It is one of a team, and makes none itself. */
	if (!system->hotplug)
		system->options.hotplug.nr_threads = 1;
	c->shared = shared;
	c->hotplug = mmi_system_hotplug(system, err);
	if (!c->hotplug)
		return -ENOMEM;
	if (system->options.hotplug.nr_threads != 1)
		return mmi_error_set(err, -EINVAL, "memory hotplug with teams of its own");
	c->random = shared->params->seed * 0x9e3779b97f4a7c15u + 1;
	return open_blocks(c, err);
}

void mmi_stress_changer_close(struct mmi_stress_changer *c)
{
	if (!c->shared)
		return;
	const struct mmi_platform *p = c->shared->system->platform;
	p->ops->free(p->ctx, c->blocks, c->nr_blocks * sizeof(*c->blocks));
}
