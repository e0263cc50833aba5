/* SPDX-License-Identifier: MIT */
/*
 * Makes the program of a broken run smaller and its schedule shorter, as long as it fails alike.
 *
 * Turns are left out, many at once and then each by itself.  That ends where each of them is needed
 * for the next to come at all, often far above what the error needs: who goes on is often only
 * there to hand on to somebody else.  So a turn may also lead at once where a later one leads, and
 * where few are left, to anybody; and at the end each single turn that there can be is tried.
 */
#include "verify/exploration.h"

#include <string.h>

/* A schedule is not shrunk for ever: so many runs are spent on it, fewer where they are long. */
#define MAX_SHRINKING_RUNS   10000
#define MAX_SHRINKING_YIELDS 12000000
#define MAX_RUNS_OF_SMALLER  250 /* of a program that may fail alike */
#define MAX_LED_ELSEWHERE    12  /* turns, each of which is led to each thread */

/* A broken run on its way to being a short one. */
struct shrinking {
	struct mmi_exploration *x;
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

/* Two runs are broken alike: the same invariant, or the same kind of failure. */
static bool is_alike(const struct mmi_program_run *a, const struct mmi_program_run *b)
{
	const unsigned broken = mmi_program_broken(a);

	return a->is_broken && b->is_broken && broken == mmi_program_broken(b) &&
	       (broken || a->err.code == b->err.code);
}

/* Runs @program by @turns, or by a search, whose number it is; *@fails_alike: as the broken run. */
static int try_run(struct shrinking *s, const struct mmi_program *program, uint64_t number,
		   const struct mmi_schedule *turns, bool *fails_alike)
{
	struct mmi_exploration *x = s->x;
	struct mmi_program_run run;
	const int ret = mmi_exploration_run(x, program, number, turns, &run);

	s->nr_runs++;
	s->nr_yields += x->sched.nr_yields;
	*fails_alike = !ret && is_alike(&run, s->broken);
	return ret;
}

/* The turns of the last run are the best. */
static int keep_turns(struct shrinking *s)
{
	return mmi_schedule_copy(s->best, &s->x->search.turns, 0, 0);
}

/* Runs s->tried; where it fails alike by fewer turns, those that it took are the best. */
static int try_turns(struct shrinking *s, bool *is_shorter)
{
	const int ret = try_run(s, &s->broken->program, 0, &s->tried, is_shorter);

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

/* The best without turns number @first and @second, of which the first is needed for the other. */
static int leave_out_two(struct shrinking *s, size_t first, size_t second, bool *is_shorter)
{
	int ret = 0;

	s->tried.nr_turns = 0;
	for (size_t i = 0; !ret && i < s->best->nr_turns; i++)
		if (i != first && i != second)
			ret = mmi_schedule_add(&s->tried, s->best->turns[i]);
	return ret ? ret : try_turns(s, is_shorter);
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

/* The best without the turns [first, end), and with turn @at leading to thread @next. */
static int lead_elsewhere(struct shrinking *s, size_t at, unsigned next, size_t first, size_t end,
			  bool *is_shorter)
{
	int ret = 0;

	s->tried.nr_turns = 0;
	for (size_t i = 0; !ret && i < s->best->nr_turns; i++) {
		struct mmi_turn turn = s->best->turns[i];
		if (i >= first && i < end)
			continue;
		if (i == at)
			turn.next = next;
		ret = mmi_schedule_add(&s->tried, turn);
	}
	return ret ? ret : try_turns(s, is_shorter);
}

/* Turns lead at once where later ones lead, past all between. */
static int take_short_cuts(struct shrinking *s)
{
	int ret = 0;

	for (size_t at = 0; !ret && at + 1 < s->best->nr_turns;) {
		bool is_shorter = false;
		for (size_t end = s->best->nr_turns;
		     end > at + 1 && !ret && !is_shorter && has_budget(s); end--)
			ret = lead_elsewhere(s, at, s->best->turns[end - 1].next, at + 1, end,
					     &is_shorter);
		at = is_shorter ? 0 : at + 1;
	}
	return ret;
}

static unsigned count_threads(const struct mmi_program_run *run)
{
	return run->nr_workers + run->program.nr_allocators + run->program.nr_rebuilders +
	       run->program.nr_changers + run->program.mixed;
}

/* The best without turn @out, and with some other leading to some other thread. */
static int replace_turn(struct shrinking *s, size_t out, bool *is_shorter)
{
	const unsigned nr_threads = count_threads(s->broken);
	int ret = 0;

	for (size_t at = 0; at < s->best->nr_turns; at++)
		for (unsigned next = 0; at != out && next < nr_threads; next++) {
			if (next == s->best->turns[at].next)
				continue;
			if (ret || *is_shorter || !has_budget(s))
				return ret;
			ret = lead_elsewhere(s, at, next, out, out + 1, is_shorter);
		}
	return ret;
}

/* Each turn in the stead of another, wherever it then leads. */
static int replace_turns(struct shrinking *s)
{
	int ret = 0;

	for (size_t out = 0; !ret && out < s->best->nr_turns;) {
		bool is_shorter = false;
		if (s->best->nr_turns <= MAX_LED_ELSEWHERE)
			ret = replace_turn(s, out, &is_shorter);
		out = is_shorter ? 0 : out + 1;
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
				ret = try_turns(s, &is_shorter);
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
	ret = try_turns(s, &is_shorter);
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

/* What the turns that were found lead to. */
static int leave_out_whatever(struct shrinking *s)
{
	size_t nr_turns;
	int ret;

	do {
		nr_turns = s->best->nr_turns;
		ret = leave_out_turns(s);
		if (!ret)
			ret = take_short_cuts(s);
		if (!ret)
			ret = replace_turns(s);
		if (!ret)
			ret = leave_out_pairs(s);
	} while (!ret && s->best->nr_turns < nr_turns);
	return ret;
}

static int shorten(struct shrinking *s)
{
	int ret = leave_out_threads(s);

	if (!ret)
		ret = leave_out_whatever(s);
	if (!ret && s->best->nr_turns > 1)
		ret = try_single_turns(s);
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
 * Some schedule of a program that does less may fail alike: with fewer who could go on there is
 * less to be said about who does.  What was decided in the larger one means nothing there.
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
	struct shrinking s = {.x = x, .broken = broken, .best = &x->result->schedule};
	const bool is_given = x->params->is_fixed || x->params->search == MMI_SEARCH_EXHAUSTIVE;
	int ret = is_given ? 0 : leave_out_actors(&s);

	if (!ret)
		ret = shorten(&s);
	mmi_schedule_deinit(&s.tried);
	return ret;
}
