/* SPDX-License-Identifier: MIT */
/*
 * Faults: a system made to go wrong in one stated way, to prove that verification sees it.
 *
 *	struct mmi_fault fault;
 *	if (mmi_fault_parse("skip-range:3", &fault, &err))
 *		...
 *	mmi_system_create(machine, &options, &system, &err);
 *	if (mmi_fault_apply(&fault, system, &err))
 *		...
 *	mmi_system_boot(system, &err);
 *	mmi_system_alloc(system, &err);
 *	mmi_fault_strike_alloc(&fault, system);
 *	mmi_verify_system(system, &verdict, &err);
 *
 * A fault edits the plan of a system that is not booted yet, wraps the operations of its algorithm,
 * or changes what its allocator has built.  Neither the core nor the checkers know of it.  Where it
 * strikes is chosen by PFN before anything runs, so it is the same whatever the threads do, and it
 * leaves an end state that can be examined, however wrong.
 */
#ifndef MMINIT_FAULT_H
#define MMINIT_FAULT_H

#include "mminit/system.h"

MMI_DECLARATIONS_BEGIN

/* In invariants: threads may go round in circles, which no equation says but a scheduler sees. */
#define MMI_FAULT_NEVER_ENDS 1u

/* What can be injected. */
struct mmi_fault_kind {
	const char *name;
	const char *stands_for; /* the mistake that it imitates, in words */
	/*
	 * Bit n: invariant n is broken by it, wherever that one is judged.  A fault that only bits
	 * 1 to 4 stand for leaves no trace in the end state: the checked core alone sees it.  Bit
	 * 0: or it does not end.
	 */
	unsigned invariants;
};

/* Number @index of all kinds, or NULL past the last. */
const struct mmi_fault_kind *mmi_fault_kind(size_t index);

struct mmi_fault {
	const struct mmi_fault_kind *kind;
	uint64_t number;             /* which block, chunk, border or reservation, from 0 */
	uint64_t start_pfn, end_pfn; /* where it strikes: filled by mmi_fault_apply() */
	bool is_armed;               /* by mmi_fault_apply() */
	const struct mmi_deferred_ops *inner;
	struct mmi_deferred_ops ops; /* wraps inner */
	const struct mmi_system *system;
	uint64_t moment, nr_moments; /* of `random`: when it strikes, and how often it could have */
};

/*
 * Does @kind only show where a scheduler decides who goes on (explore.h), as what is wrong with it
 * depends on the moment?  All other kinds show in any run.
 */
bool mmi_fault_is_scheduled(const struct mmi_fault_kind *kind);

/* Is it `random`, of which NUMBER says how many changes are tried (mmi_explore_changes())? */
bool mmi_fault_is_random(const struct mmi_fault_kind *kind);

/* A call of a platform that can fail. */
enum mmi_platform_call {
	MMI_CALL_NONE,
	MMI_CALL_ALLOC,
	MMI_CALL_RESERVE,
	MMI_CALL_COMMIT,
	MMI_CALL_BIND,   /* a commit() on a node of its own */
	MMI_CALL_THREAD, /* threads of a team from that number on do not start */
};

/*
 * The call that fails where @kind is a platform's failure, not a mistake of an algorithm: it breaks
 * nothing, and is to be reported or made good.  MMI_CALL_NONE of all other kinds.
 */
enum mmi_platform_call mmi_fault_call(const struct mmi_fault_kind *kind);

/* A platform that does what another does, but for call number @number of one kind, from 0. */
struct mmi_failing_platform {
	struct mmi_platform platform;
	const struct mmi_platform *inner;
	enum mmi_platform_call call;
	uint64_t number;
	uint64_t nr_calls; /* of that kind */
	int64_t nr_held;   /* pieces of memory and reservations, not given back */
	bool has_failed;
};
/* Fills @failing, whose platform is then used in the place of @inner; both outlive that use. */
void mmi_failing_platform_init(struct mmi_failing_platform *failing,
			       const struct mmi_platform *inner, enum mmi_platform_call call,
			       uint64_t number);

/*
 * Reads "NAME" or "NAME:NUMBER" (decimal; 0 when left out) and fills @fault.  -EINVAL: no such
 * name, or no such number.
 */
int mmi_fault_parse(const char *text, struct mmi_fault *fault, struct mmi_error *err);

/*
 * Arms @system, created and not booted, with @fault, which must stay until the system is booted.
 * One fault a system.  -EINVAL: the machine or the plan has no place of that number where it could
 * strike, and nothing is changed.  -EBUSY: the system is booted, or its operations are wrapped
 * already.  -ENOMEM.
 */
int mmi_fault_apply(struct mmi_fault *fault, struct mmi_system *system, struct mmi_error *err);

/*
 * Commits a fault of what the allocator of @system has built, if @fault is of that kind and armed.
 */
void mmi_fault_strike_alloc(const struct mmi_fault *fault, struct mmi_system *system);

MMI_DECLARATIONS_END

#endif
