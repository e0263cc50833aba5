/* SPDX-License-Identifier: MIT */
/*
 * Every page frame at a step: our runs of frames that are alike, and what the dump says of each.
 *
 * A run of the dump that reaches into the next, or past the last frame, is cut there and marked, so
 * that one wrong number of a dump shows in one of our runs and nowhere else.  Frames of the kernel
 * image that were given back after the hand-over are known by number only: our run that holds the
 * image may be a mixture of reserved frames and pages, and the pages in it are a figure of their
 * own.
 */
#include <stdio.h>
#include <string.h>

#include "replay/our_figures.h"
#include "machine/minmax.h"

#define NR_STATES 3

static const char *const state_names[NR_STATES] = {
    [MMI_FRAME_PAGE] = "page",
    [MMI_FRAME_RESERVED] = "reserved",
    [MMI_FRAME_NONE] = "nopage",
};

/* One of our runs, and what the dump states for its frames. */
struct frame_run {
	uint64_t start_pfn;
	uint64_t end_pfn;
	enum mmi_frame_state state;
	bool is_mixed; /* holds frames that were given back, the log does not say where */
	uint64_t nr_stated[NR_STATES];
	bool reaches_over;
	uint32_t line; /* of the dump's first run in it */
};

/* Where the dump ends: at the end of the last section, or of the last block that was added. */
static uint64_t frames_end(const struct mmi_boot_model *model)
{
	const struct mmi_machine *machine = model->machine;
	const struct mmi_memory_block *last = &model->blocks.items[model->blocks.nr - 1];
	const uint64_t last_pfn = last->number * model->blocks.block_pages;
	const uint64_t memory_end = mmi_align_up(machine->memory[machine->nr_memory - 1].end_pfn,
						 mmi_section_pages(&machine->geometry));

	return memory_end > last_pfn ? memory_end : last_pfn + model->blocks.block_pages;
}

/* 7.x shows nothing at all for a frame without a struct page, which reads like a plain page. */
static enum mmi_frame_state shown_state(const struct mmi_boot_model *model, uint64_t pfn,
					uint64_t *end_pfn)
{
	const enum mmi_frame_state state = mmi_model_frame_state(model, pfn, end_pfn);

	if (state == MMI_FRAME_NONE && model->machine->linux_version >= MMI_LINUX_7_X)
		return MMI_FRAME_PAGE;
	return state;
}

static struct frame_run next_run(const struct mmi_boot_model *model, uint64_t start_pfn,
				 uint64_t limit)
{
	struct frame_run run = {.start_pfn = start_pfn};
	uint64_t end_pfn;

	run.state = shown_state(model, start_pfn, &run.end_pfn);
	while (run.end_pfn < limit && shown_state(model, run.end_pfn, &end_pfn) == run.state)
		run.end_pfn = end_pfn;
	if (run.end_pfn > limit)
		run.end_pfn = limit;
	run.is_mixed = run.state == MMI_FRAME_RESERVED && model->nr_unplaced_pages &&
		       (!model->has_image ||
			(run.start_pfn <= model->image_pfn && model->image_pfn < run.end_pfn));
	return run;
}

/* Walks the dump along with our runs. */
struct dump_walk {
	const struct mmi_log_step *step;
	size_t next;
	uint64_t covered_pfn; /* frames below are stated */
	uint64_t limit;       /* no frame has any state but "nopage" from here on */
};

/* Where run @i of the dump ends: at the next, or at the last frame, should it reach over it. */
static uint64_t run_end(const struct dump_walk *walk, size_t i, bool *reaches_over)
{
	const struct mmi_log_step *step = walk->step;
	const struct mmi_frame_run *run = &step->runs[i];
	const bool has_next =
	    i + 1 < step->nr_runs && step->runs[i + 1].start_pfn < step->runs[i + 1].end_pfn;
	uint64_t border = run->end_pfn;

	if (has_next)
		border = step->runs[i + 1].start_pfn;
	else
		border = walk->limit;
	*reaches_over = run->end_pfn > border;
	return *reaches_over ? mmi_larger(run->start_pfn, border) : run->end_pfn;
}

static void count_stated(struct dump_walk *walk, struct frame_run *run)
{
	for (; walk->next < walk->step->nr_runs; walk->next++) {
		const struct mmi_frame_run *stated = &walk->step->runs[walk->next];
		bool reaches_over;
		const uint64_t stated_end = run_end(walk, walk->next, &reaches_over);
		const uint64_t start =
		    mmi_larger(mmi_larger(stated->start_pfn, walk->covered_pfn), run->start_pfn);
		const uint64_t end = mmi_smaller(stated_end, run->end_pfn);
		if (stated->start_pfn >= run->end_pfn && stated->start_pfn < stated->end_pfn)
			return;
		if (stated->start_pfn >= run->start_pfn)
			run->reaches_over |= reaches_over;
		if (start < end) {
			run->nr_stated[stated->state] += end - start;
			walk->covered_pfn = end;
			if (!run->line)
				run->line = stated->line;
		}
		if (stated_end > run->end_pfn)
			return;
	}
}

static uint64_t nr_stated(const struct frame_run *run)
{
	uint64_t nr = 0;

	for (int s = 0; s < NR_STATES; s++)
		nr += run->nr_stated[s];
	return nr;
}

/* Does the dump say of every frame what we say? */
static bool is_same(const struct frame_run *run)
{
	const uint64_t nr_pages = run->end_pfn - run->start_pfn;
	uint64_t nr_good = run->nr_stated[run->state];

	if (run->reaches_over)
		return false;
	if (run->is_mixed)
		nr_good += run->nr_stated[MMI_FRAME_PAGE];
	return nr_good == nr_pages;
}

static void print_stated(char *text, size_t size_bytes, const struct frame_run *run)
{
	size_t length = 0;

	text[0] = '\0';
	for (int s = 0; s < NR_STATES; s++)
		if (run->nr_stated[s])
			length += (size_t)snprintf(text + length, size_bytes - length, "%s%s %llu",
						   length ? ", " : "", state_names[s],
						   (unsigned long long)run->nr_stated[s]);
	if (nr_stated(run) < run->end_pfn - run->start_pfn)
		length += (size_t)snprintf(
		    text + length, size_bytes - length, "%snothing of %llu", length ? ", " : "",
		    (unsigned long long)(run->end_pfn - run->start_pfn - nr_stated(run)));
	if (run->reaches_over)
		snprintf(text + length, size_bytes - length, "%sa run reaches over its end",
			 length ? ", " : "");
}

static void add_value(struct mmi_named_values *values, const char *label, uint32_t line,
		      const struct frame_run *run, const char *value)
{
	mmi_named_values_add(values, line, value, MMI_FIGURE_FRAMES, label,
			     (unsigned long long)run->start_pfn, (unsigned long long)run->end_pfn);
}

static void add_run(struct mmi_our_figures *figures, const struct mmi_log_step *step,
		    const struct frame_run *run)
{
	const char *ours =
	    run->is_mixed ? "reserved, but for what was given back" : state_names[run->state];
	char stated[160];

	add_value(&figures->values, step->label, 0, run, ours);
	if (!step->nr_runs)
		return;
	print_stated(stated, sizeof(stated), run);
	add_value(figures->statements, step->label, run->line ? run->line : step->runs[0].line, run,
		  is_same(run) ? ours : stated);
}

void mmi_our_frames(struct mmi_our_figures *figures, const struct mmi_boot_model *model,
		    const struct mmi_log_step *step)
{
	struct dump_walk walk = {.step = step, .limit = frames_end(model)};
	uint64_t nr_given_back = 0;

	for (uint64_t pfn = 0; pfn < walk.limit;) {
		struct frame_run run = next_run(model, pfn, walk.limit);
		count_stated(&walk, &run);
		add_run(figures, step, &run);
		/* What the dump leaves out of the run differs there already. */
		if (run.is_mixed)
			nr_given_back +=
			    run.end_pfn - run.start_pfn - run.nr_stated[MMI_FRAME_RESERVED];
		pfn = run.end_pfn;
	}

	mmi_named_values_add_number(&figures->values, 0, model->nr_unplaced_pages,
				    MMI_FIGURE_GIVEN_BACK, step->label);
	if (step->nr_runs)
		mmi_named_values_add_number(figures->statements, step->runs[0].line, nr_given_back,
					    MMI_FIGURE_GIVEN_BACK, step->label);
}
