/* SPDX-License-Identifier: MIT */
/* Runs schedule after schedule, and makes the first that is broken as short as it gets. */
#include <errno.h>
#include <stdlib.h>

#include "verify/program.h"
#include "verify/search.h"

/* A schedule is not shrunk for ever: so many runs are spent on it, fewer where they are long. */
#define MAX_SHRINKING_RUNS   4000
#define MAX_SHRINKING_YIELDS 10000000
#define MAX_RUNS_OF_SMALLER  250 /* of a program that may fail alike */

struct exploration {
	const struct mmi_machine *machine;
	const struct mmi_explore_params *params;
	struct mmi_sched sched;
	struct mmi_search_state search;
	struct mmi_explore_result *result;
};

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

static void add_run(struct exploration *x, const struct mmi_program_run *run)
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

/* The lowest invariant that is broken; 0: none, the run failed in another way. */
static unsigned broken_invariant(const struct mmi_program_run *run)
{
	for (unsigned i = 1; i <= MMI_NR_INVARIANTS; i++)
		if (run->verdict.invariants[i].judgement == MMI_BROKEN)
			return i;
	return run->broken;
}

/* Two runs are broken alike: the same invariant, or the same kind of failure. */
static bool is_alike(const struct mmi_program_run *a, const struct mmi_program_run *b)
{
	return a->is_broken == b->is_broken && a->err.code == b->err.code &&
	       broken_invariant(a) == broken_invariant(b);
}

/* Runs @program by what the search says, or by @replayed.  Its turns are in the search. */
static int run_once(struct exploration *x, const struct mmi_program *program,
		    const struct mmi_schedule *replayed, struct mmi_program_run *run)
{
	*run = (struct mmi_program_run){
	    .sched = &x->sched,
	    .machine = x->machine,
	    .program = *program,
	    .ops = x->params->ops,
	    .fault = x->params->fault,
	};
	x->search.replayed = replayed;
	const int ret = mmi_program_run(run, mmi_search_choose, &x->search);
	if (ret)
		return ret;
	return x->search.out_of_memory ? mmi_error_set(&run->err, -ENOMEM, "no memory for turns")
				       : 0;
}

/* A broken run on its way to being a short one. */
struct shrinking {
	struct exploration *x;
	struct mmi_program_run *broken; /* its program becomes smaller, too */
	struct mmi_schedule *best;
	struct mmi_schedule tried;
	unsigned nr_runs;
	uint64_t nr_yields;
};

static bool has_budget(const struct shrinking *s)
{
	return s->nr_runs < MAX_SHRINKING_RUNS && s->nr_yields < MAX_SHRINKING_YIELDS;
}

/* Runs @program by s->tried, or by a search, whose number it is; *@is_alike: it fails alike. */
static int try_run(struct shrinking *s, const struct mmi_program *program, uint64_t number,
		   bool replays, bool *fails_alike)
{
	struct exploration *x = s->x;
	struct mmi_program_run run;

	mmi_search_begin(&x->search, number);
	const int ret = run_once(x, program, replays ? &s->tried : NULL, &run);
	s->nr_runs++;
	s->nr_yields += x->sched.nr_yields;
	*fails_alike = !ret && is_alike(&run, s->broken);
	return ret;
}

/* Runs s->tried; where it fails alike by fewer turns, those that it took are the best. */
static int try_turns(struct shrinking *s, bool *is_shorter)
{
	const struct mmi_schedule *taken = &s->x->search.turns;
	const int ret = try_run(s, &s->broken->program, 0, true, is_shorter);

	*is_shorter = *is_shorter && taken->nr_turns < s->best->nr_turns;
	return *is_shorter ? mmi_schedule_copy(s->best, taken, 0, 0) : ret;
}

/* Leaves out the turns of one thread after another. */
static int leave_out_threads(struct shrinking *s)
{
	int ret = 0;

	for (unsigned thread = 0; !ret && thread < MMI_SCHED_MAX_THREADS && has_budget(s);
	     thread++) {
		bool is_shorter;
		ret = mmi_schedule_copy(&s->tried, s->best, 0, 0);
		s->tried.nr_turns = 0;
		for (size_t i = 0; !ret && i < s->best->nr_turns; i++)
			if (s->best->turns[i].thread != thread)
				s->tried.turns[s->tried.nr_turns++] = s->best->turns[i];
		if (!ret && s->tried.nr_turns < s->best->nr_turns)
			ret = try_turns(s, &is_shorter);
	}
	return ret;
}

/* Leaves out turns, first many at once, then each by itself. */
static int leave_out_turns(struct shrinking *s)
{
	size_t step = s->best->nr_turns;
	int ret = 0;

	while (step && !ret && has_budget(s)) {
		bool has_shrunk = false;
		for (size_t first = 0; !ret && first < s->best->nr_turns && has_budget(s);) {
			bool is_shorter = false;
			ret = mmi_schedule_copy(&s->tried, s->best, first, first + step);
			if (!ret)
				ret = try_turns(s, &is_shorter);
			if (!is_shorter)
				first += step;
			has_shrunk |= is_shorter;
		}
		if (!has_shrunk || step > 1)
			step /= 2;
	}
	return ret;
}

/* The same with one kind of thread less, or fewer rounds; number @way of these.  False: no more. */
static bool make_smaller(struct mmi_program *program, unsigned way)
{
	unsigned *const parts[] = {&program->nr_changers, &program->nr_rebuilders,
				   &program->nr_allocators};

	if (way < sizeof(parts) / sizeof(parts[0]))
		*parts[way] = 0;
	else if (way == 3)
		program->mixed = false;
	else if (way == 4)
		program->nr_allocators = program->nr_allocators ? 1 : 0;
	else
		program->nr_rounds = (program->nr_rounds + 1) / 2;
	return way <= 5;
}

static unsigned size_of(const struct mmi_program *program)
{
	return program->nr_changers + program->nr_rebuilders + program->nr_allocators +
	       program->nr_rounds + program->mixed;
}

/*
 * Some schedule of a program that does less may fail alike: with fewer who could go on there is less
 * to be said about who does.  What was decided in the larger one means nothing there.
 */
static int leave_out_actors(struct shrinking *s)
{
	struct mmi_program program = s->broken->program;
	int ret = 0;

	for (unsigned way = 0; !ret && make_smaller(&program, way); way++) {
		bool fails_alike = false;
		const bool is_smaller = size_of(&program) < size_of(&s->broken->program);
		for (unsigned i = 0;
		     !ret && !fails_alike && is_smaller && has_budget(s) && i < MAX_RUNS_OF_SMALLER;
		     i++)
			ret = try_run(s, &program, i, false, &fails_alike);
		if (fails_alike) {
			s->broken->program = program;
			ret = mmi_schedule_copy(s->best, &s->x->search.turns, 0, 0);
			s->x->result->nr_turns_found = s->best->nr_turns;
		}
		program = s->broken->program;
	}
	return ret;
}

/* Makes the program smaller, then the schedule shorter, as long as the run fails alike. */
static int shrink(struct exploration *x, struct mmi_program_run *broken)
{
	struct shrinking s = {.x = x, .broken = broken, .best = &x->result->schedule};
	const bool is_given = x->params->is_fixed || x->params->search == MMI_SEARCH_EXHAUSTIVE;
	int ret = is_given ? 0 : leave_out_actors(&s);

	if (!ret)
		ret = leave_out_threads(&s);
	if (!ret)
		ret = leave_out_turns(&s);
	mmi_schedule_deinit(&s.tried);
	return ret;
}

static void describe(struct mmi_explore_result *result, const struct mmi_program_run *run)
{
	result->is_broken = true;
	result->program = run->program;
	result->invariant = broken_invariant(run);
	if (result->invariant && result->invariant != run->broken)
		mmi_format(result->why, sizeof(result->why), "PFN 0x%llx: %s",
			   (unsigned long long)run->verdict.invariants[result->invariant].pfn,
			   run->verdict.invariants[result->invariant].why);
	else
		mmi_format(result->why, sizeof(result->why), "%s", run->err.text);
}

/* The run at hand is broken: keeps its turns, shrinks them, and tells what the shortest one shows. */
static int keep_broken(struct exploration *x, struct mmi_program_run *run)
{
	struct mmi_explore_result *result = x->result;
	struct mmi_program_run last;
	int ret = mmi_schedule_copy(&result->schedule, &x->search.turns, 0, 0);

	result->nr_turns_found = result->schedule.nr_turns;
	if (!ret)
		ret = shrink(x, run);
	mmi_search_begin(&x->search, 0);
	if (!ret)
		ret = run_once(x, &run->program, &result->schedule, &last);
	if (!ret)
		describe(result, &last);
	return ret;
}

static bool goes_on(const struct exploration *x)
{
	const struct mmi_explore_params *params = x->params;

	return !(params->nr_schedules && x->result->nr_schedules >= params->nr_schedules) &&
	       (!params->go_on || params->go_on(params->user));
}

static int explore(struct exploration *x, struct mmi_error *err)
{
	struct mmi_program_run run;

	for (uint64_t number = 0; !x->result->is_complete && goes_on(x); number++) {
		const struct mmi_program program = program_of(x->params, number);
		mmi_search_begin(&x->search, number);
		int ret = run_once(x, &program, NULL, &run);
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
	struct exploration *x = calloc(1, sizeof(*x));
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
	struct exploration *x = calloc(1, sizeof(*x));
	struct mmi_program_run run;
	int ret;

	*result = (struct mmi_explore_result){0};
	if (!x)
		return mmi_error_set(err, -ENOMEM, "no memory for a scheduler");
	x->machine = machine;
	x->params = &params;
	x->result = result;
	mmi_search_init(&x->search, &params);
	mmi_search_begin(&x->search, 0);
	ret = mmi_sched_init(&x->sched, err);
	if (!ret) {
		ret = run_once(x, program, schedule, &run);
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
