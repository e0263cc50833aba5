/* SPDX-License-Identifier: MIT */
/*
 * The controlled scheduler: a platform on which threads run one at a time, and somebody else says
 * which.
 *
 *   thread     a logical one, on a coroutine; number 0 is the main one, members of its team follow
 *   runnable   neither ended nor waiting for a lock, a word or the team
 *   decision   a moment at which more than one thread is runnable: at each yield point, and whenever
 *              the running thread stops.  Decisions are numbered from 0.
 *
 * Locks, waits and wakes are modelled, so that a deadlock is seen when it is there: nobody is
 * runnable.  All that runs is sequentially consistent, and one run with the same decisions is the
 * same to the last bit: the clock counts its calls, and memory comes and goes by the same calls.
 * What a run allocates belongs to the scheduler, which takes all back whatever became of the run.
 */
#ifndef VERIFY_SCHED_H
#define VERIFY_SCHED_H

#include "mminit/error.h"
#include "verify/coroutine.h"
#include "verify/sched_memory.h"

#define MMI_SCHED_MAX_THREADS 32
#define MMI_SCHED_MAX_HELD    8

enum mmi_sched_state {
	MMI_SCHED_RUNNABLE,
	MMI_SCHED_AWAITS_LOCK,
	MMI_SCHED_AWAITS_WORD,
	MMI_SCHED_AWAITS_TEAM,
	MMI_SCHED_ENDED,
};

struct mmi_sched_thread {
	struct mmi_coroutine coroutine;
	enum mmi_sched_state state;
	const void *awaited; /* the lock or the word */
	const struct mmi_lock *held[MMI_SCHED_MAX_HELD];
	unsigned nr_held;
	uint64_t nr_points[MMI_NR_YIELDS]; /* that it came to in this run */
};

/* One decision to be made. */
struct mmi_sched_choice {
	uint64_t number;
	const struct mmi_sched_thread *threads;
	unsigned nr_threads;
	unsigned current; /* thread that came here: */
	enum mmi_yield where;
	uint64_t nth; /* of its points of that kind, from 1 on */
	unsigned
	    fallback; /* who runs if nobody has a reason: the current one, or the next above it */
	uint32_t runnable; /* bit n: thread n; at least two of them, fallback among them */
};

struct mmi_fault;

/* Who decides, and a fault that interferes.  All but choose() may be NULL. */
struct mmi_sched_driver {
	void *user;
	/* One of choice->runnable. */
	unsigned (*choose)(void *user, const struct mmi_sched_choice *choice);
	/*
	 * Around every yield point of the checked core at which a word is at stake: what leave()
	 * returned is what come_back() gets when the thread goes on.
	 */
	struct mmi_fault *fault;
	uint64_t (*leave)(struct mmi_fault *fault, enum mmi_yield where, const void *word);
	void (*come_back)(struct mmi_fault *fault, enum mmi_yield where, const void *word,
			  uint64_t kept);
};

struct mmi_sched {
	struct mmi_platform platform; /* its ctx is this struct */
	struct mmi_sched_memory memory;
	const struct mmi_sched_driver *driver;
	struct mmi_coroutine outside; /* who called mmi_sched_run() */
	struct mmi_sched_thread threads[MMI_SCHED_MAX_THREADS];
	unsigned nr_threads; /* in use */
	unsigned current;
	uint64_t max_yields; /* more are taken for a run without end */
	/* Of the run. */
	void (*main)(void *arg);
	void (*work)(void *arg, unsigned thread);
	void *arg;
	uint64_t nr_yields;
	uint64_t nr_decisions;
	uint64_t nr_switches;
	uint64_t clock;
	bool failed;
	struct mmi_error err;
};

/* Zeroed storage.  -ENOMEM. */
int mmi_sched_init(struct mmi_sched *sched, struct mmi_error *err);
void mmi_sched_deinit(struct mmi_sched *sched);

/*
 * Calls @main(@arg) as thread 0 and returns when it has ended, or the run has failed: -EDEADLK,
 * nobody is runnable; -ELOOP, it does not end; -EPERM, a lock or memory is handled wrongly; or
 * what mmi_sched_fail() said.  Whatever @main had is forgotten then.  What is allocated still
 * stays, to be looked at, until mmi_sched_memory_drop().
 */
int mmi_sched_run(struct mmi_sched *sched, const struct mmi_sched_driver *driver,
		  void (*main)(void *arg), void *arg, struct mmi_error *err);

/* Ends the run, from one of its threads. */
_Noreturn void mmi_sched_fail(struct mmi_sched *sched, int code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* A yield point of the threads' own, where they touch what they share outside of the core. */
void mmi_sched_yield(struct mmi_sched *sched);

#endif
