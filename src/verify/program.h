/* SPDX-License-Identifier: MIT */
/* A program: what the threads of a controlled run do, and what is judged when they have done it. */
#ifndef VERIFY_PROGRAM_H
#define VERIFY_PROGRAM_H

#include <errno.h>

#include "verify/fault_parts.h"
#include "verify/meeting.h"
#include "verify/sched.h"
#include "verify/schedule.h"

#define MMI_PROGRAM_HELD                                                                           \
	2 /* blocks of a thread, so that its frees and requests do not cancel out */

/* One block that a thread holds.  Where memory comes and goes it is the owner that moves it. */
struct mmi_program_held {
	struct mmi_page_owner owner;
	struct mmi_program_run *run;
	struct mmi_page *page; /* NULL: none */
	unsigned order;
	unsigned thread;
};

/* How far those are who change memory. */
enum mmi_program_hotplug { MMI_PROGRAM_NO_HOTPLUG, MMI_PROGRAM_OPENING, MMI_PROGRAM_HOTPLUG };

struct mmi_program_run {
	/* What is to be run. */
	struct mmi_sched *sched;
	const struct mmi_machine *machine;
	struct mmi_program program;
	const struct mmi_deferred_ops *ops; /* NULL: the engine */
	struct mmi_fault *fault;            /* NULL: none */
	/* What came of it. */
	struct mmi_verdict verdict;
	struct mmi_error err; /* code not 0: why it could not be run, or what it failed with */
	bool is_broken;
	unsigned broken; /* the invariant that a failure is about; 0: none of them */
	uint64_t nr_chunks;
	uint64_t nr_pages;
	uint64_t nr_requests;
	uint64_t nr_onlined; /* memory blocks */
	uint64_t nr_offlined;
	uint64_t nr_moved; /* allocated blocks, to other memory */
	bool has_fault;    /* it found a place */
	/* While it runs. */
	struct mmi_machine copy; /* of machine, on the scheduler */
	struct mmi_system *system;
	struct mmi_alloc *alloc;
	struct mmi_cpu *cpus[MMI_SCHED_MAX_THREADS];
	struct mmi_program_held held[MMI_SCHED_MAX_THREADS][MMI_PROGRAM_HELD];
	bool has_meeting; /* then all requests are for memory of that word */
	struct mmi_meeting meeting;
	uint32_t nr_guests; /* who have come there */
	unsigned nr_workers;
	uint32_t nr_workers_ended;
	uint32_t hotplug_state;    /* enum mmi_program_hotplug */
	uint32_t nr_changer_steps; /* changes begun, and changers ended */
	uint32_t nr_changers_ended;
	uint64_t nr_returned_pages;      /* by whomever, so far */
	struct mmi_pfn_range unreserved; /* reserved memory that was given back */
	/*
	 * Changes of memory so far.  Of the last that has begun: the node and the zones (bit by
	 * type) that it may be about, and the figures of all zones before it.
	 */
	uint64_t nr_changes_begun;
	uint64_t nr_changes_ended;
	int changed_nid;
	unsigned changed_zones;
	struct mmi_zone_figures *figures_before;
};

/* Ends the run with a failure that is about invariant @number. */
#define mmi_program_fail(run, number, ...)                                                         \
	do {                                                                                       \
		(run)->broken = (number);                                                          \
		mmi_sched_fail((run)->sched, -EILSEQ, __VA_ARGS__);                                \
	} while (0)

/* Asserts what the allocator asserts of itself; no memory is coming or going. */
void mmi_program_check(struct mmi_program_run *run);
/* Sleeps until *@word, of which whoever changes it wakes others, is @value. */
void mmi_program_wait(struct mmi_program_run *run, const uint32_t *word, uint32_t value);

/* A block that was handed out becomes @held's, and goes back when there is one. */
void mmi_program_hold(struct mmi_program_held *held, struct mmi_page *page);
void mmi_program_give_back(struct mmi_cpu *cpu, struct mmi_program_held *held);

/*
 * What an allocating thread does; one that changes pageblocks where two zones meet; and one that
 * has memory come and go.
 * @thread: its number.
 */
void mmi_program_allocate(struct mmi_program_run *run, unsigned thread);
void mmi_program_meet(struct mmi_program_run *run, unsigned thread);
void mmi_program_change(struct mmi_program_run *run, unsigned thread);
/* When all threads have ended. */
void mmi_program_changers_close(struct mmi_program_run *run);

/*
 * Runs the program under @choose(@user).  0, also where what ran is broken; or what a system could
 * not be made with, -ENOMEM.  Nothing is left in the scheduler.
 */
int mmi_program_run(struct mmi_program_run *run,
		    unsigned (*choose)(void *user, const struct mmi_sched_choice *choice),
		    void *user);

/* The lowest invariant that is broken; 0: none, the run failed in another way. */
unsigned mmi_program_broken(const struct mmi_program_run *run);

#endif
