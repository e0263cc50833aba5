/* SPDX-License-Identifier: MIT */
/*
 * Exploration: one system run over and over, under a scheduler that decides who goes on.
 *
 *   program    what runs: workers that initialise a machine, threads that allocate and free, threads
 *              that rebuild zonelists and drain contexts, threads that have memory come and go, one
 *              that gives reserved memory back
 *   schedule   the decisions of one run, as those of them that are out of the ordinary (turns)
 *   decision   a moment at which several threads could go on: at every atomic, lock, wait, and
 *              access of a struct page or a pageblock of the checked core (in the plain core at
 *              locks, waits and chunks)
 *
 * A machine, a program and a schedule give the same run to the last bit, so what fails once can be
 * shrunk and shown again.  What runs is sequentially consistent: the models of the protocols
 * (tests/model) see what processors reorder beyond that.
 */
#ifndef MMINIT_EXPLORE_H
#define MMINIT_EXPLORE_H

#include <stdio.h>

#include "mminit/fault.h"
#include "mminit/verify.h"

MMI_DECLARATIONS_BEGIN

enum mmi_search {
	MMI_SEARCH_MIXED,      /* the next two in turn */
	MMI_SEARCH_RANDOM,     /* anybody may go on at any decision */
	MMI_SEARCH_PREEMPT,    /* random priorities, and a few moments at which they change */
	MMI_SEARCH_EXHAUSTIVE, /* every schedule with at most so many preemptions, one after another */
	MMI_NR_SEARCHES
};
/* As the command line has it. */
const char *mmi_search_name(enum mmi_search search);

struct mmi_program {
	unsigned nr_workers;    /* of all nodes together, at most; each node has one at least */
	unsigned nr_allocators; /* that also grow, where nothing is free yet */
	unsigned nr_rebuilders;
	unsigned nr_changers; /* of memory blocks: of hotplug windows, and of boot memory */
	unsigned nr_rounds;   /* of each allocator, rebuilder and changer */
	enum mmi_batch batch;
	bool nothing_early;
	/*
	 * Requests of all kinds, and reserved memory given back: pageblocks change their types, so
	 * that the end state is not that of a boot, and 9 and 11 are not judged.
	 */
	bool mixed;
	uint64_t seed; /* of what is asked for */
};

/*
 * Where thread @thread comes to its @nth point of the kind @where, from 1 on, thread @next goes on.
 * That is counted by the thread itself, so that a turn means the same whatever others do.  Threads
 * are numbered as verdicts name them: workers, allocators, rebuilders, changers, and the one that
 * gives reserved memory back; MMI_TURN_OF_MAIN is who starts them and waits for their end.
 */
#define MMI_TURN_OF_MAIN (-1)
struct mmi_turn {
	int thread;
	enum mmi_yield where;
	uint64_t nth;
	unsigned next;
};
/*
 * As scripts have it: "atomic", "cas32", "cas64", "page", "chunk", "lock", "unlock", "update",
 * "stop".
 */
const char *mmi_yield_name(enum mmi_yield where);

/* The turns that are not the ordinary ones: who runs goes on, and after it the next above it. */
struct mmi_schedule {
	struct mmi_turn *turns; /* as they came; those of one thread and kind by nth */
	size_t nr_turns;
	size_t capacity;
};
void mmi_schedule_deinit(struct mmi_schedule *schedule); /* zeroed is allowed */

struct mmi_explore_params {
	enum mmi_search search;
	unsigned nr_preemptions; /* exhaustive: at most; preempt: changes of priority */
	uint64_t nr_schedules;   /* at most; 0: no limit */
	uint64_t seed;
	/*
	 * What runs.  Unless the search is exhaustive: at most so many allocators, rebuilders,
	 * changers and rounds; these, its seed, batch, mixed and nothing_early change from run to
	 * run.
	 */
	struct mmi_program program;
	bool is_fixed;                      /* not even then */
	const struct mmi_deferred_ops *ops; /* the algorithm; NULL: the engine */
	/* Of the kinds that mmi_fault_is_scheduled(); NULL: none.  Armed anew in each run. */
	struct mmi_fault *fault;
	/* Asked before each schedule; false ends the exploration.  NULL: always. */
	bool (*go_on)(void *user);
	void *user;
};

struct mmi_explore_result {
	uint64_t nr_schedules;
	uint64_t nr_yields;
	uint64_t nr_decisions;
	uint64_t nr_switches;
	uint64_t nr_chunks;
	uint64_t nr_pages; /* struct pages initialised */
	uint64_t nr_requests;
	uint64_t nr_onlined; /* memory blocks */
	uint64_t nr_offlined;
	uint64_t nr_moved; /* allocated blocks, out of what goes offline */
	uint64_t nr_checks[MMI_NR_INVARIANTS + 1];
	uint64_t nr_faults; /* schedules in which the fault could strike */
	bool is_complete;   /* exhaustive: there is no other schedule */
	bool is_broken;
	/* Where it is: what was found, by which program and schedule, shrunk. */
	struct mmi_program program;
	struct mmi_schedule schedule;
	size_t nr_turns_found; /* by that program, before they were shrunk */
	unsigned invariant;    /* the lowest that is broken; 0: see why */
	char why[MMI_ERROR_TEXT_BYTES];
};
void mmi_explore_result_deinit(struct mmi_explore_result *result); /* zeroed is allowed */

/*
 * Runs schedules of @machine until one is broken, all are done, or it is told to stop.  The machine
 * should be small: mmi_machine_miniature() makes one.  -ENOMEM or what a system could not be
 * created with; a broken schedule is no error of this function.  One thread.
 */
int mmi_explore(const struct mmi_machine *machine, const struct mmi_explore_params *params,
		struct mmi_explore_result *result, struct mmi_error *err);

/* Runs one schedule.  The same. */
int mmi_explore_replay(const struct mmi_machine *machine, const struct mmi_program *program,
		       const struct mmi_schedule *schedule, struct mmi_fault *fault,
		       struct mmi_explore_result *result, struct mmi_error *err);

/* What became of runs in which one random bit of a struct page, list or counter was changed. */
struct mmi_change_result {
	uint64_t nr_changes;
	uint64_t nr_caught; /* an invariant is broken, or the run fails */
	uint64_t nr_ended;  /* the process was ended by it, or did not end */
	uint64_t nr_unseen; /* what was changed was yet to be written, or is nobody's to look at */
};

/*
 * Runs @program @nr_changes times, each with one change at a random moment, each in a process of
 * its own.  -ENOMEM, or -errno of fork(); -EIO: the run fails without a change.  One thread.
 */
int mmi_explore_changes(const struct mmi_machine *machine, const struct mmi_program *program,
			uint64_t seed, uint64_t nr_changes, struct mmi_change_result *result,
			struct mmi_error *err);

/*
 * A part of @machine of about @nr_pages pages, or one section a node where that is more, in their
 * own places: of each node that in which something ends or begins, and where two zones have memory
 * in one section.  Its sections are smaller, too, two max-order blocks each where that is possible;
 * a section is a memory block, and one more can come behind the last.  -ENOMEM.
 */
int mmi_machine_miniature(const struct mmi_machine *machine, uint64_t nr_pages,
			  struct mmi_machine **miniature, struct mmi_error *err);
/*
 * The same, with fewer and larger sections, for what the other may have left out: two zones whose
 * pageblocks share a word in @machine, as DMA and DMA32 do on amd64, and reserved memory.
 */
int mmi_machine_miniature_of_words(const struct mmi_machine *machine, uint64_t nr_pages,
				   struct mmi_machine **miniature, struct mmi_error *err);

/*
 * A schedule as text: a line of what it is, lines "machine TEXT" and "fault TEXT" where these are
 * not NULL, a line "program ...", and a line "at THREAD KIND NTH run NEXT" a turn, THREAD a number
 * or "main"; '#' begins a comment.
 */
struct mmi_script {
	char *machine; /* NULL: not said */
	char *fault;   /* NULL: none */
	struct mmi_program program;
	struct mmi_schedule schedule;
};
/* Writes @script as such text. */
void mmi_script_print(FILE *out, const struct mmi_script *script);
/* Reads one.  -EINVAL, with the line in @err; -ENOMEM.  The caller frees with deinit. */
int mmi_script_read(const char *text, size_t length, struct mmi_script *script,
		    struct mmi_error *err);
void mmi_script_deinit(struct mmi_script *script);

MMI_DECLARATIONS_END

#endif
