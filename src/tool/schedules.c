/* SPDX-License-Identifier: MIT */
/*
 * Runs controlled schedules of a machine, or of the part of it that can be run thousands of times.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tool/interrupt.h"
#include "tool/out_file.h"
#include "tool/schedules.h"
#include "tool/whole_file.h"

#define MINIATURE_PAGES     16384
#define DEFAULT_SECONDS     2
#define FAULT_SECONDS       20   /* it is to be found, and that is the end */
#define FAULT_SCHEDULES     5000 /* however slow the host is: finding it is no matter of time */
#define PLACE_SCHEDULES     100  /* in which it has found no place: there is none */
#define DEFAULT_PREEMPTIONS 2
#define DEFAULT_WORKERS     2

/* What is explored when nothing is said: much at once, or little but all of it. */
static const struct mmi_program rich_program = {.nr_allocators = 2,
						.nr_rebuilders = 1,
						.nr_changers = 1,
						.nr_rounds = 4,
						.nothing_early = true};
static const struct mmi_program small_program = {
    .nr_allocators = 1, .nr_rounds = 1, .nothing_early = true};

enum mmi_exit mmi_schedules_read(const char *path, struct mmi_script *script)
{
	struct mmi_error err = {0};
	struct mmi_text text;
	int ret = mmi_text_read(&text, path, &err);

	if (!ret) {
		ret = mmi_script_read(text.bytes, text.size_bytes, script, &err);
		mmi_text_release(&text);
	}
	return ret ? mmi_complain_at(path, &err) : MMI_EXIT_GOOD;
}

static uint64_t now_ns(const struct mmi_schedules *s)
{
	const struct mmi_platform *platform = s->session->platform;

	return platform->ops->clock_ns(platform->ctx);
}

static bool go_on(void *user)
{
	const struct mmi_schedules *s = user;

	if (s->fault.kind && !s->result.nr_faults && s->result.nr_schedules >= PLACE_SCHEDULES)
		return false;
	return !mmi_interrupt_came() &&
	       (s->result.nr_schedules < s->least_schedules || !s->end_ns || now_ns(s) < s->end_ns);
}

static void set_params(struct mmi_schedules *s)
{
	const struct mmi_options *options = s->session->options;
	const bool is_exhaustive = options->search == MMI_SEARCH_EXHAUSTIVE;

	s->params = (struct mmi_explore_params){
	    .search = options->search,
	    .nr_preemptions =
		options->has_preemptions ? options->nr_preemptions : DEFAULT_PREEMPTIONS,
	    .nr_schedules = options->nr_schedules,
	    .seed = options->seed,
	    .program = is_exhaustive ? small_program : rich_program,
	    .ops = options->strategy,
	    .fault = s->fault.kind ? &s->fault : NULL,
	    .go_on = go_on,
	    .user = s,
	};
	s->params.program.nr_workers = options->nr_threads ? options->nr_threads : DEFAULT_WORKERS;
	if (options->batch_name)
		s->params.program.batch = options->batch;
	if (options->has_schedules)
		return;
	s->least_schedules = s->fault.kind ? FAULT_SCHEDULES : 0;
	s->end_ns = s->start_ns + (s->fault.kind ? FAULT_SECONDS : DEFAULT_SECONDS) * 1000000000ull;
}

static enum mmi_exit parse_fault(struct mmi_schedules *s, const char *text)
{
	struct mmi_error err = {0};

	if (!text || !mmi_fault_parse(text, &s->fault, &err))
		return MMI_EXIT_GOOD;
	return mmi_complain(MMI_EXIT_USAGE, "fault %s: %s", text, err.text);
}

/* The script of what is broken, for the report and for --save-schedule. */
static enum mmi_exit write_script(struct mmi_schedules *s, const char *fault)
{
	const struct mmi_options *options = s->session->options;
	const bool is_named = options->machine && strcmp(options->machine, "-") != 0 &&
			      !strchr(options->machine, '\n');
	const struct mmi_script script = {
	    .machine = is_named ? (char *)(uintptr_t)options->machine : NULL,
	    .fault = (char *)(uintptr_t)fault,
	    .program = s->result.program,
	    .schedule = s->result.schedule,
	};
	size_t size_bytes;
	FILE *out = open_memstream(&s->script, &size_bytes);

	if (!out)
		return mmi_complain(MMI_EXIT_RESOURCES, "no memory for a schedule");
	mmi_script_print(out, &script);
	if (fclose(out))
		return mmi_complain(MMI_EXIT_RESOURCES, "no memory for a schedule");
	return MMI_EXIT_GOOD;
}

static enum mmi_exit save_script(const struct mmi_schedules *s)
{
	const char *path = s->session->options->save_schedule;
	struct mmi_out_file file;
	enum mmi_exit exit;

	if (!path)
		return MMI_EXIT_GOOD;
	exit = mmi_out_file_open(&file, path);
	if (exit)
		return exit;
	fputs(s->script, file.stream);
	return mmi_out_file_close(&file);
}

static int explore_once(struct mmi_schedules *s, const struct mmi_script *replayed,
			struct mmi_error *err)
{
	if (replayed)
		return mmi_explore_replay(s->miniature, &replayed->program, &replayed->schedule,
					  s->params.fault, &s->result, err);
	return mmi_explore(s->miniature, &s->params, &s->result, err);
}

/*
 * A schedule should take a millisecond or few, and have borders of all kinds.  A fault that finds
 * no place in what is best for all others may have one where sections are larger.
 */
static enum mmi_exit explore(struct mmi_schedules *s, const struct mmi_script *replayed)
{
	const struct mmi_machine *machine = s->session->machine;
	struct mmi_error err = {0};
	int ret = mmi_machine_miniature(machine, MINIATURE_PAGES, &s->miniature, &err);

	if (!ret)
		ret = explore_once(s, replayed, &err);
	if (!ret && s->fault.kind && !s->result.nr_faults && !mmi_interrupt_came()) {
		mmi_explore_result_deinit(&s->result);
		mmi_machine_destroy(s->miniature);
		s->miniature = NULL;
		ret = mmi_machine_miniature_of_words(machine, MINIATURE_PAGES, &s->miniature, &err);
		if (!ret)
			ret = explore_once(s, replayed, &err);
	}
	return ret ? mmi_session_fail(s->session, ret, &err) : MMI_EXIT_GOOD;
}

static enum mmi_exit keep_broken(struct mmi_schedules *s, const struct mmi_script *replayed,
				 const char *fault)
{
	enum mmi_exit exit = MMI_EXIT_GOOD;

	if (!s->result.is_broken)
		return MMI_EXIT_GOOD;
	if (!replayed) {
		exit = write_script(s, fault);
		if (!exit)
			exit = save_script(s);
	}
	return exit ? exit : MMI_EXIT_BROKEN;
}

enum mmi_exit mmi_schedules_run(struct mmi_schedules *s, const struct mmi_session *session,
				const struct mmi_script *replayed)
{
	const char *fault = replayed ? replayed->fault : session->options->fault;
	enum mmi_exit exit;

	*s = (struct mmi_schedules){.session = session};
	s->start_ns = now_ns(s);
	exit = parse_fault(s, fault);
	if (exit)
		return exit;
	set_params(s);
	exit = explore(s, replayed);
	if (!s->miniature)
		return exit;
	if (!exit)
		exit = keep_broken(s, replayed, fault);
	s->report = (struct mmi_report_explored){
	    .params = &s->params,
	    .result = &s->result,
	    .nr_present_pages = s->miniature->nr_present_pages,
	    .elapsed_ns = now_ns(s) - s->start_ns,
	    .fault = fault,
	    .script = s->script,
	    .is_replayed = replayed != NULL,
	};
	return exit;
}

void mmi_schedules_deinit(struct mmi_schedules *s)
{
	mmi_machine_destroy(s->miniature);
	mmi_explore_result_deinit(&s->result);
	free(s->script);
	*s = (struct mmi_schedules){0};
}
