/* SPDX-License-Identifier: MIT */
/* Searches: who goes on at each decision, and which schedule comes after this one. */
#ifndef VERIFY_SEARCH_H
#define VERIFY_SEARCH_H

#include "verify/random.h"
#include "verify/sched.h"
#include "verify/schedule.h"

/* One decision of the last run, as an exhaustive search goes back to it. */
struct mmi_search_step {
	uint32_t untried; /* threads whose turn here has still to come */
	uint8_t chosen;
	uint8_t fallback;
	bool is_preemption; /* any other choice than the fallback would be one */
};

struct mmi_search_state {
	const struct mmi_explore_params *params;
	enum mmi_search search;           /* of the run at hand, never MIXED */
	const struct mmi_schedule *rerun; /* these turns and no others; NULL: the search's */
	struct mmi_schedule turns;        /* of the run at hand */
	bool out_of_memory;
	uint64_t random;
	/* Random: a thread is switched once in so many decisions. */
	uint64_t interval;
	/* Preempt: the runnable thread of the highest priority goes on. */
	int64_t priorities[MMI_SCHED_MAX_THREADS];
	uint64_t changes[16]; /* decisions at which the running thread falls behind all others */
	unsigned nr_changes;
	bool is_at_swaps; /* of these count only those before a compare-and-swap */
	uint64_t nr_swaps;
	uint64_t nr_expected_swaps;
	int64_t lowest;
	uint64_t nr_expected; /* decisions of the longest run so far */
	/* Exhaustive: the run at hand repeats steps [0, nr_prefix), then goes on ordinarily. */
	struct mmi_search_step *steps;
	size_t nr_steps;
	size_t nr_prefix;
	size_t step_capacity;
	unsigned nr_preemptions; /* so far in this run */
	/* The next of what is run again, by thread and kind. */
	size_t next_turns[MMI_SCHED_MAX_THREADS][MMI_NR_YIELDS];
};

void mmi_search_init(struct mmi_search_state *state, const struct mmi_explore_params *params);
void mmi_search_deinit(struct mmi_search_state *state);

/* Before a run, which is number @number. */
void mmi_search_begin(struct mmi_search_state *state, uint64_t number);
/* A driver's choose(); @user is the state. */
unsigned mmi_search_choose(void *user, const struct mmi_sched_choice *choice);
/* After a run; false: there is no other schedule. */
bool mmi_search_end(struct mmi_search_state *state);

#endif
