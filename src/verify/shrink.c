/* SPDX-License-Identifier: MIT */
/*
 * Makes the program of a broken run smaller and its schedule shorter, as long as it fails alike.
 *
 * Turns are left out, many at once and then each by itself.  That ends where each of them is needed
 * for the next to come at its moment, often far above what the error needs: it would also come
 * earlier, in a run without all that led there.  So two more things are tried: each single turn that
 * there can be, and a few turns that followed each other, at the other moments of the same kind.
 */
#include "verify/exploration.h"

#include <string.h>

/* A schedule is not shrunk for ever: so many runs are spent on it, fewer where they are long. */
#define MAX_SHRINKING_RUNS   10000
#define MAX_SHRINKING_YIELDS 20000000
#define MAX_SINGLE_YIELDS    6000000 /* of these, for turns that come alone */
#define MAX_RUNS_OF_SMALLER  250     /* of a program that may fail alike */
#define MAX_OTHER_MOMENTS    64      /* at which the same few turns are tried */

/* A broken run on its way to being a short one. */
struct shrinking {
	struct mmi_exploration *x;
	struct mmi_program_run *broken; /* its program becomes smaller, too */
	struct mmi_schedule *best;
	struct mmi_schedule tried;
	struct mmi_schedule relative; /* the best, counted from turn to turn */
	unsigned nr_runs;
	uint64_t nr_yields;
	uint64_t max_yields;
};

static bool has_budget(const struct shrinking *s)
{
	return s->nr_runs < MAX_SHRINKING_RUNS && s->nr_yields < s->max_yields;
}

/* Two runs are broken alike: the same invariant, or the same kind of failure. */
static bool is_alike(const struct mmi_program_run *a, const struct mmi_program_run *b)
{
	const unsigned broken = mmi_program_broken(a);

	return a->is_broken && b->is_broken && broken == mmi_program_broken(b) &&
	       (broken || a->err.code == b->err.code);
}

/* Runs @program by @rerun, or by a search, whose number it is; *@fails_alike: as the broken run. */
static int try_run(struct shrinking *s, const struct mmi_program *program, uint64_t number,
		   const struct mmi_rerun *rerun, bool *fails_alike)
{
	struct mmi_exploration *x = s->x;
	struct mmi_program_run run;
	const int ret = mmi_exploration_run(x, program, number, rerun, &run);

	s->nr_runs++;
	s->nr_yields += x->sched.nr_yields;
	*fails_alike = !ret && is_alike(&run, s->broken);
	return ret;
}

/* The turns of the last run are the best. */
static int keep_turns(struct shrinking *s)
{
	const int ret = mmi_schedule_copy(s->best, &s->x->search.turns, 0, 0);

	return ret ? ret : mmi_schedule_copy(&s->relative, &s->x->search.relative, 0, 0);
}

/* Runs s->tried; where it fails alike by fewer turns, those that it took are the best. */
static int try_turns(struct shrinking *s, bool is_relative, bool *is_shorter)
{
	const struct mmi_rerun rerun = {.schedule = &s->tried, .is_relative = is_relative};
	const int ret = try_run(s, &s->broken->program, 0, &rerun, is_shorter);

	*is_shorter = *is_shorter && s->x->search.turns.nr_turns < s->best->nr_turns;
	return *is_shorter ? keep_turns(s) : ret;
}

/* Leaves out the turns of one thread after another. */
static int leave_out_threads(struct shrinking *s)
{
	int ret = 0;

	for (unsigned thread = 0; !ret && thread < MMI_SCHED_MAX_THREADS && has_budget(s);
	     thread++) {
		bool is_shorter;
		s->tried.nr_turns = 0;
		for (size_t i = 0; !ret && i < s->best->nr_turns; i++)
			if (s->best->turns[i].next != thread)
				ret = mmi_schedule_add(&s->tried, s->best->turns[i]);
		if (!ret && s->tried.nr_turns < s->best->nr_turns)
			ret = try_turns(s, false, &is_shorter);
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
				ret = try_turns(s, false, &is_shorter);
			if (!is_shorter)
				first += step;
			has_shrunk |= is_shorter;
		}
		if (!has_shrunk || step > 1)
			step /= 2;
	}
	return ret;
}

/* The best without turns number @first and @second, of which the first is needed for the other. */
static int leave_out_two(struct shrinking *s, size_t first, size_t second, bool *is_shorter)
{
	int ret = 0;

	s->tried.nr_turns = 0;
	for (size_t i = 0; !ret && i < s->best->nr_turns; i++)
		if (i != first && i != second)
			ret = mmi_schedule_add(&s->tried, s->best->turns[i]);
	return ret ? ret : try_turns(s, false, is_shorter);
}

/* Leaves out turns by twos, there and back again, that do nothing but are not to be had alone. */
static int leave_out_pairs(struct shrinking *s)
{
	int ret = 0;

	for (size_t second = 1; !ret && second < s->best->nr_turns; second++) {
		bool is_shorter = false;
		for (size_t first = second; first-- > 0 && !ret && !is_shorter && has_budget(s);)
			ret = leave_out_two(s, first, second, &is_shorter);
		if (is_shorter)
			second = 0; /* what is left stands closer together */
	}
	return ret;
}

/* One turn and no other, at each of @nr_points points of thread @thread and kind @where. */
static int try_single_turns_of(struct shrinking *s, int thread, enum mmi_yield where,
			       uint64_t nr_points, unsigned nr_threads)
{
	struct mmi_turn turn = {.thread = thread, .where = where};
	bool is_shorter = false;
	int ret = 0;

	for (turn.nth = 1; turn.nth <= nr_points; turn.nth++)
		for (turn.next = 0; turn.next < nr_threads; turn.next++) {
			if (ret || is_shorter || !has_budget(s))
				return ret;
			s->tried.nr_turns = 0;
			ret = mmi_schedule_add(&s->tried, turn);
			if (!ret && (int)turn.next != thread)
				ret = try_turns(s, false, &is_shorter);
		}
	return ret;
}

/*
 * One turn and no other.  Where words are swapped comes first, what is likeliest to be wrong; where
 * pages are written comes last, most points and almost none that matters.
 */
static int try_single_turns(struct shrinking *s)
{
	static const enum mmi_yield kinds[] = {MMI_YIELD_CAS64,  MMI_YIELD_CAS32,  MMI_YIELD_CHUNK,
					       MMI_YIELD_STOP,   MMI_YIELD_LOCK,   MMI_YIELD_UNLOCK,
					       MMI_YIELD_UPDATE, MMI_YIELD_ATOMIC, MMI_YIELD_PAGE};
	uint64_t nr_points[MMI_SCHED_MAX_THREADS][MMI_NR_YIELDS];
	unsigned nr_threads = 0;
	bool is_shorter;
	int ret;

	s->tried.nr_turns = 0;
	ret = try_turns(s, false, &is_shorter);
	for (unsigned i = 0; i < MMI_SCHED_MAX_THREADS; i++) {
		memcpy(nr_points[i], s->x->sched.threads[i].nr_points, sizeof(nr_points[i]));
		if (nr_points[i][MMI_YIELD_STOP])
			nr_threads = i;
	}
	for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++)
		for (unsigned i = 0; !ret && s->best->nr_turns > 1 && i <= nr_threads; i++)
			ret = try_single_turns_of(s, (int)i - 1, kinds[k], nr_points[i][kinds[k]],
						  nr_threads);
	return ret;
}

/* Of the best: the turns [first, end), and no others. */
struct few_turns {
	size_t first;
	size_t end;
	bool is_begun_with; /* their first thread is also the first to run */
};

/* As they come, when their first point comes another time. */
static int try_other_moments(struct shrinking *s, const struct few_turns *few, bool *is_shorter)
{
	const struct mmi_turn *turns = s->relative.turns;
	const struct mmi_turn begin = {.thread = MMI_TURN_OF_MAIN,
				       .where = MMI_YIELD_STOP,
				       .nth = 1,
				       .next = (unsigned)turns[few->first].thread};
	int ret = 0;

	s->tried.nr_turns = 0;
	if (few->is_begun_with)
		ret = mmi_schedule_add(&s->tried, begin);
	for (size_t i = few->first; !ret && i < few->end; i++)
		ret = mmi_schedule_add(&s->tried, turns[i]);
	for (uint64_t nth = 1; !ret && nth <= MAX_OTHER_MOMENTS && has_budget(s); nth++) {
		s->tried.turns[few->is_begun_with].nth = nth;
		ret = try_turns(s, true, is_shorter);
		if (*is_shorter || s->x->search.next_relative <= few->is_begun_with)
			break; /* it does not come so often */
	}
	return ret;
}

/* A few turns that followed each other, as few as possible. */
static int try_few_turns(struct shrinking *s)
{
	const size_t nr_turns = s->best->nr_turns;
	bool is_shorter = false;
	int ret = 0;

	for (size_t nr = 1; nr < nr_turns; nr++)
		for (size_t first = nr_turns - nr + 1; first-- > 0;) {
			struct few_turns few = {.first = first, .end = first + nr};
			if (ret || is_shorter || !has_budget(s))
				return ret;
			ret = try_other_moments(s, &few, &is_shorter);
			few.is_begun_with = s->relative.turns[first].thread > 0;
			if (!ret && !is_shorter && few.is_begun_with && nr + 1 < nr_turns)
				ret = try_other_moments(s, &few, &is_shorter);
		}
	return ret;
}

static int shorten(struct shrinking *s)
{
	size_t nr_turns;
	int ret;

	s->max_yields = s->nr_yields + MAX_SINGLE_YIELDS;
	ret = leave_out_threads(s);
	if (!ret)
		ret = leave_out_turns(s);
	if (!ret && s->best->nr_turns > 1)
		ret = try_single_turns(s);
	if (!ret)
		ret = leave_out_pairs(s);
	s->max_yields = MAX_SHRINKING_YIELDS;
	do {
		nr_turns = s->best->nr_turns;
		if (!ret)
			ret = try_few_turns(s);
		if (!ret)
			ret = leave_out_turns(s);
		if (!ret)
			ret = leave_out_pairs(s);
	} while (!ret && s->best->nr_turns < nr_turns);
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
			ret = try_run(s, &program, i, NULL, &fails_alike);
		if (fails_alike) {
			s->broken->program = program;
			ret = keep_turns(s);
			s->x->result->nr_turns_found = s->best->nr_turns;
		}
		program = s->broken->program;
	}
	return ret;
}

int mmi_exploration_shrink(struct mmi_exploration *x, struct mmi_program_run *broken)
{
	struct shrinking s = {
	    .x = x,
	    .broken = broken,
	    .best = &x->result->schedule,
	    .max_yields = MAX_SHRINKING_YIELDS,
	};
	const bool is_given = x->params->is_fixed || x->params->search == MMI_SEARCH_EXHAUSTIVE;
	int ret = mmi_schedule_copy(&s.relative, &x->search.relative, 0, 0);

	if (!ret && !is_given)
		ret = leave_out_actors(&s);
	if (!ret)
		ret = shorten(&s);
	mmi_schedule_deinit(&s.tried);
	mmi_schedule_deinit(&s.relative);
	return ret;
}
