/* SPDX-License-Identifier: MIT */
/*
 * Random walks, random priorities with a few changes, and all schedules with few preemptions.
 *
 * Most errors need one or two switches at the wrong moment.  A random walk switches so often that
 * it seldom lets anybody get far; priorities that change d times meet any error that needs d + 1
 * ordered moments with a probability that only falls with the d-th power of a run's length (half of
 * these runs change them where an update is lost, if one is: before a compare-and-swap); and
 * an exhaustive search says for certain that no schedule with so many preemptions is wrong.
 */
#include "verify/search.h"

#include <stdlib.h>
#include <string.h>

#define EXPECTED_AT_FIRST       500
#define EXPECTED_SWAPS_AT_FIRST 20
#define FIRST_MEMBER            1 /* of a team: before it stands the thread that waits for its end */

const char *mmi_search_name(enum mmi_search search)
{
	static const char *const names[MMI_NR_SEARCHES] = {
	    [MMI_SEARCH_MIXED] = "mixed",
	    [MMI_SEARCH_RANDOM] = "random",
	    [MMI_SEARCH_PREEMPT] = "preempt",
	    [MMI_SEARCH_EXHAUSTIVE] = "exhaustive",
	};

	return search < MMI_NR_SEARCHES ? names[search] : NULL;
}

void mmi_search_init(struct mmi_search_state *state, const struct mmi_explore_params *params)
{
	*state = (struct mmi_search_state){.params = params,
					   .nr_expected = EXPECTED_AT_FIRST,
					   .nr_expected_swaps = EXPECTED_SWAPS_AT_FIRST};
}

void mmi_search_deinit(struct mmi_search_state *state)
{
	mmi_schedule_deinit(&state->turns);
	free(state->steps);
}

static void draw_priorities(struct mmi_search_state *state)
{
	const unsigned room = sizeof(state->changes) / sizeof(state->changes[0]);
	const unsigned nr = state->params->nr_preemptions;
	const uint64_t nr_moments =
	    state->is_at_swaps ? state->nr_expected_swaps : state->nr_expected;

	for (unsigned i = 0; i < MMI_SCHED_MAX_THREADS; i++)
		state->priorities[i] = (int64_t)(mmi_random_next(&state->random) >> 8);
	state->nr_changes = nr < room ? nr : room;
	for (unsigned i = 0; i < state->nr_changes; i++)
		state->changes[i] = mmi_random_next(&state->random) % nr_moments;
	state->lowest = 0;
}

void mmi_search_begin(struct mmi_search_state *state, uint64_t number)
{
	state->search = state->params->search;
	if (state->search == MMI_SEARCH_MIXED)
		state->search = number % 2 ? MMI_SEARCH_PREEMPT : MMI_SEARCH_RANDOM;
	state->turns.nr_turns = 0;
	memset(state->next_turns, 0, sizeof(state->next_turns));
	state->nr_preemptions = 0;
	state->random = state->params->seed * 0x2545f4914f6cdd1du + number;
	state->is_at_swaps = number / 2 % 2;
	state->nr_swaps = 0;
	state->interval = 1ull << mmi_random_next(&state->random) % 7;
	draw_priorities(state);
}

/* Thread number @nth of @threads. */
static unsigned pick(uint32_t threads, unsigned nth)
{
	while (nth--)
		threads &= threads - 1;
	return (unsigned)__builtin_ctz(threads);
}

static unsigned choose_random(struct mmi_search_state *state, const struct mmi_sched_choice *choice)
{
	const uint64_t number = mmi_random_next(&state->random);

	if (choice->fallback == choice->current && number % state->interval)
		return choice->fallback;
	return pick(choice->runnable,
		    (unsigned)((number >> 8) % (unsigned)__builtin_popcount(choice->runnable)));
}

/* The number of the decision among those at which priorities change; UINT64_MAX: it is none. */
static uint64_t moment_of(struct mmi_search_state *state, const struct mmi_sched_choice *choice)
{
	if (!state->is_at_swaps)
		return choice->number;
	if (choice->where != MMI_YIELD_CAS32 && choice->where != MMI_YIELD_CAS64)
		return UINT64_MAX;
	if (state->nr_swaps >= state->nr_expected_swaps)
		state->nr_expected_swaps = state->nr_swaps + 1;
	return state->nr_swaps++;
}

static unsigned choose_by_priority(struct mmi_search_state *state,
				   const struct mmi_sched_choice *choice)
{
	const uint64_t moment = moment_of(state, choice);
	unsigned best = choice->fallback;

	for (unsigned i = 0; i < state->nr_changes; i++)
		if (state->changes[i] == moment)
			state->priorities[choice->current] = --state->lowest;
	for (uint32_t left = choice->runnable; left; left &= left - 1) {
		const unsigned thread = (unsigned)__builtin_ctz(left);
		if (state->priorities[thread] > state->priorities[best])
			best = thread;
	}
	return best;
}

static struct mmi_search_step *add_step(struct mmi_search_state *state)
{
	if (state->nr_steps == state->step_capacity) {
		const size_t capacity = state->step_capacity ? state->step_capacity * 2 : 1024;
		void *steps = reallocarray(state->steps, capacity, sizeof(*state->steps));
		if (!steps) {
			state->out_of_memory = true;
			return NULL;
		}
		state->steps = steps;
		state->step_capacity = capacity;
	}
	return &state->steps[state->nr_steps++];
}

static unsigned choose_next(struct mmi_search_state *state, const struct mmi_sched_choice *choice)
{
	const bool is_preemption = choice->fallback == choice->current;
	struct mmi_search_step *step;

	if (choice->number < state->nr_prefix) {
		step = &state->steps[choice->number];
	} else {
		step = add_step(state);
		if (!step)
			return choice->fallback;
		*step = (struct mmi_search_step){
		    .untried = choice->runnable & ~(1u << choice->fallback),
		    .chosen = (uint8_t)choice->fallback,
		    .fallback = (uint8_t)choice->fallback,
		    .is_preemption = is_preemption,
		};
		if (is_preemption && state->nr_preemptions >= state->params->nr_preemptions)
			step->untried = 0;
	}
	state->nr_preemptions += is_preemption && step->chosen != choice->fallback;
	return step->chosen;
}

/* Who goes on at @turn; it may have been written down elsewhere, and name anybody. */
static unsigned next_of(const struct mmi_turn *turn, const struct mmi_sched_choice *choice)
{
	const unsigned thread = turn->next + FIRST_MEMBER;

	return thread < MMI_SCHED_MAX_THREADS && choice->runnable >> thread & 1 ? thread
										: choice->fallback;
}

static bool is_of_kind(const struct mmi_turn *turn, const struct mmi_sched_choice *choice)
{
	return turn->thread == (int)choice->current - FIRST_MEMBER && turn->where == choice->where;
}

static unsigned choose_again(struct mmi_search_state *state, const struct mmi_sched_choice *choice)
{
	const struct mmi_schedule *schedule = state->rerun;
	size_t *next = &state->next_turns[choice->current][choice->where];
	const struct mmi_turn *turn;

	for (; *next < schedule->nr_turns; ++*next) {
		turn = &schedule->turns[*next];
		if (is_of_kind(turn, choice) && turn->nth >= choice->nth)
			return turn->nth == choice->nth ? next_of(turn, choice) : choice->fallback;
	}
	return choice->fallback;
}

/* @thread goes on, and nobody would have said so. */
static void take_turn(struct mmi_search_state *state, const struct mmi_sched_choice *choice,
		      unsigned thread)
{
	const struct mmi_turn turn = {
	    .thread = (int)choice->current - FIRST_MEMBER,
	    .where = choice->where,
	    .nth = choice->nth,
	    .next = thread - FIRST_MEMBER,
	};

	if (mmi_schedule_add(&state->turns, turn))
		state->out_of_memory = true;
}

static unsigned choose(struct mmi_search_state *state, const struct mmi_sched_choice *choice)
{
	static unsigned (*const by_search[])(struct mmi_search_state *,
					     const struct mmi_sched_choice *) = {
	    [MMI_SEARCH_RANDOM] = choose_random,
	    [MMI_SEARCH_PREEMPT] = choose_by_priority,
	    [MMI_SEARCH_EXHAUSTIVE] = choose_next,
	};

	return state->rerun ? choose_again(state, choice) : by_search[state->search](state, choice);
}

unsigned mmi_search_choose(void *user, const struct mmi_sched_choice *choice)
{
	struct mmi_search_state *state = user;
	const unsigned thread = choose(state, choice);

	if (thread != choice->fallback)
		take_turn(state, choice, thread);
	if (choice->number >= state->nr_expected)
		state->nr_expected = choice->number + 1;
	return thread;
}

/*
 * The last step at which somebody else may go on takes its next thread; all after it is forgotten.
 */
static bool go_back(struct mmi_search_state *state)
{
	while (state->nr_steps) {
		struct mmi_search_step *step = &state->steps[state->nr_steps - 1];
		if (step->untried) {
			step->chosen = (uint8_t)__builtin_ctz(step->untried);
			step->untried &= step->untried - 1;
			state->nr_prefix = state->nr_steps;
			return true;
		}
		state->nr_steps--;
	}
	return false;
}

bool mmi_search_end(struct mmi_search_state *state)
{
	return state->rerun || state->params->search != MMI_SEARCH_EXHAUSTIVE || go_back(state);
}
