/* SPDX-License-Identifier: MIT */
/* Runs schedule after schedule, and makes the first that is broken as short as it gets. */
#include <errno.h>
#include <stdlib.h>

#include "verify/exploration.h"

void mmi_explore_result_deinit(struct mmi_explore_result *result)
{
	mmi_schedule_deinit(&result->schedule);
}

/*
 * The program of run number @number: where nothing is fixed, each is another one.  Most are small:
 * the fewer decisions there are, the likelier are those that matter.
 */
static struct mmi_program program_of(const struct mmi_explore_params *params, uint64_t number)
{
	struct mmi_program program = params->program;
	uint64_t random = params->seed ^ number << 20;

	if (params->is_fixed || params->search == MMI_SEARCH_EXHAUSTIVE)
		return program;
	const uint64_t bits = mmi_random_next(&random);
	program.seed = number;
	program.batch = (enum mmi_batch)(bits % 3);
	program.mixed = bits >> 8 & 1;
	program.nothing_early = (bits >> 9 & 3) != 0;
	program.nr_allocators = (unsigned)((bits >> 16 & 0xff) % (program.nr_allocators + 1));
	program.nr_rebuilders = (unsigned)((bits >> 24 & 0xff) % (program.nr_rebuilders + 1));
	program.nr_changers = (unsigned)((bits >> 40 & 0xff) % (program.nr_changers + 1));
	if (program.nr_rounds > 1)
		program.nr_rounds = 1 + (unsigned)((bits >> 32 & 0xff) % program.nr_rounds);
	return program;
}

static void add_run(struct mmi_exploration *x, const struct mmi_program_run *run)
{
	struct mmi_explore_result *result = x->result;

	result->nr_schedules++;
	result->nr_yields += x->sched.nr_yields;
	result->nr_decisions += x->sched.nr_decisions;
	result->nr_switches += x->sched.nr_switches;
	result->nr_chunks += run->nr_chunks;
	result->nr_pages += run->nr_pages;
	result->nr_requests += run->nr_requests;
	result->nr_onlined += run->nr_onlined;
	result->nr_offlined += run->nr_offlined;
	result->nr_moved += run->nr_moved;
	result->nr_faults += run->has_fault;
	for (unsigned i = 1; i <= MMI_NR_INVARIANTS; i++)
		result->nr_checks[i] += run->verdict.invariants[i].nr_checks;
}

int mmi_exploration_run(struct mmi_exploration *x, const struct mmi_program *program,
			uint64_t number, const struct mmi_schedule *rerun,
			struct mmi_program_run *run)
{
	*run = (struct mmi_program_run){
	    .sched = &x->sched,
	    .machine = x->machine,
	    .program = *program,
	    .ops = x->params->ops,
	    .fault = x->params->fault,
	};
	mmi_search_begin(&x->search, number);
	x->search.rerun = rerun;
	const int ret = mmi_program_run(run, mmi_search_choose, &x->search);
	if (ret)
		return ret;
	return x->search.out_of_memory ? mmi_error_set(&run->err, -ENOMEM, "no memory for turns")
				       : 0;
}

static void describe(struct mmi_explore_result *result, const struct mmi_program_run *run)
{
	result->is_broken = true;
	result->program = run->program;
	result->invariant = mmi_program_broken(run);
	if (result->invariant && result->invariant != run->broken)
		mmi_format(result->why, sizeof(result->why), "PFN 0x%llx: %s",
			   (unsigned long long)run->verdict.invariants[result->invariant].pfn,
			   run->verdict.invariants[result->invariant].why);
	else
		mmi_format(result->why, sizeof(result->why), "%s", run->err.text);
}

/*
 * The run at hand is broken: keeps its turns, shrinks them, and tells what the shortest one shows.
 */
static int keep_broken(struct mmi_exploration *x, struct mmi_program_run *run)
{
	struct mmi_explore_result *result = x->result;
	struct mmi_program_run last;
	int ret = mmi_schedule_copy(&result->schedule, &x->search.turns, 0, 0);

	result->nr_turns_found = result->schedule.nr_turns;
	if (!ret)
		ret = mmi_exploration_shrink(x, run);
	if (!ret)
		ret = mmi_exploration_run(x, &run->program, 0, &result->schedule, &last);
	if (!ret)
		describe(result, &last);
	return ret;
}

static bool goes_on(const struct mmi_exploration *x)
{
	const struct mmi_explore_params *params = x->params;

	return !(params->nr_schedules && x->result->nr_schedules >= params->nr_schedules) &&
	       (!params->go_on || params->go_on(params->user));
}

static int explore(struct mmi_exploration *x, struct mmi_error *err)
{
	struct mmi_program_run run;

	for (uint64_t number = 0; !x->result->is_complete && goes_on(x); number++) {
		const struct mmi_program program = program_of(x->params, number);
		int ret = mmi_exploration_run(x, &program, number, NULL, &run);
		if (!ret)
			add_run(x, &run);
		if (!ret && run.is_broken) {
			ret = keep_broken(x, &run);
			if (!ret)
				return 0;
		}
		if (ret) {
			if (err)
				*err = run.err;
			return ret;
		}
		x->result->is_complete = !mmi_search_end(&x->search);
	}
	return 0;
}

int mmi_explore(const struct mmi_machine *machine, const struct mmi_explore_params *params,
		struct mmi_explore_result *result, struct mmi_error *err)
{
	struct mmi_exploration *x = calloc(1, sizeof(*x));
	int ret;

	*result = (struct mmi_explore_result){0};
	if (!x)
		return mmi_error_set(err, -ENOMEM, "no memory for a scheduler");
	x->machine = machine;
	x->params = params;
	x->result = result;
	mmi_search_init(&x->search, params);
	ret = mmi_sched_init(&x->sched, err);
	if (!ret)
		ret = explore(x, err);
	mmi_sched_deinit(&x->sched);
	mmi_search_deinit(&x->search);
	free(x);
	return ret;
}

int mmi_explore_replay(const struct mmi_machine *machine, const struct mmi_program *program,
		       const struct mmi_schedule *schedule, struct mmi_fault *fault,
		       struct mmi_explore_result *result, struct mmi_error *err)
{
	const struct mmi_explore_params params = {.fault = fault};
	struct mmi_exploration *x = calloc(1, sizeof(*x));
	struct mmi_program_run run;
	int ret;

	*result = (struct mmi_explore_result){0};
	if (!x)
		return mmi_error_set(err, -ENOMEM, "no memory for a scheduler");
	x->machine = machine;
	x->params = &params;
	x->result = result;
	mmi_search_init(&x->search, &params);
	ret = mmi_sched_init(&x->sched, err);
	if (!ret) {
		ret = mmi_exploration_run(x, program, 0, schedule, &run);
		if (ret && err)
			*err = run.err;
	}
	if (!ret) {
		add_run(x, &run);
		if (run.is_broken)
			describe(result, &run);
	}
	mmi_sched_deinit(&x->sched);
	mmi_search_deinit(&x->search);
	free(x);
	return ret;
}
