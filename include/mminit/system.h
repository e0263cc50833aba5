/* SPDX-License-Identifier: MIT */
/*
 * A system: one machine assembled, initialised and taken apart.
 *
 *	struct mmi_system *system;
 *	struct mmi_system_options options = {0};
 *	if (mmi_system_create(machine, &options, &system, &err))
 *		...
 *	if (mmi_system_boot(system, &err))
 *		...
 *	mmi_system_destroy(system);
 *
 * A process can hold several.  Instead of mmi_system_boot(), who wants to allocate while the rest
 * is initialised calls mmi_system_start(), has mmi_deferred_work() done on threads of his own, or
 * by nobody, so that all is initialised on demand, and calls mmi_system_finish(), or does not.
 */
#ifndef MMINIT_SYSTEM_H
#define MMINIT_SYSTEM_H

#include "mminit/hotplug.h"

MMI_DECLARATIONS_BEGIN

struct mmi_system_options {
	struct mmi_memmap_options memmap;
	struct mmi_plan_params plan; /* no_huge_pages is taken from memmap */
	struct mmi_run_params run;
	struct mmi_hotplug_options hotplug;
};

/*
 * Invariants: plan is of mem's layout; after mmi_system_boot() every present section is READY.
 */
struct mmi_system {
	const struct mmi_platform *platform;
	struct mmi_system_options options;
	struct mmi_mem mem;
	struct mmi_plan plan;
	struct mmi_deferred_run run;
	struct mmi_alloc *alloc;     /* NULL until mmi_system_alloc() */
	struct mmi_hotplug *hotplug; /* NULL until mmi_system_hotplug() */
	uint64_t backing_ns;         /* reserving and backing the memmap */
	uint64_t plan_ns;
	bool booted;
};

/*
 * Lays out @machine (which must outlive the system), backs its memmap and makes the plan.
 * The caller may look at system->plan, and change it, before mmi_system_boot().
 * -EINVAL, -ENOMEM or what the platform said; nothing is left behind.  One thread.
 */
int mmi_system_create(const struct mmi_machine *machine, const struct mmi_system_options *options,
		      struct mmi_system **system, struct mmi_error *err);

/* Initialises all memory; see mmi_deferred_run().  -EINVAL, -ENOMEM.  Once, one thread. */
int mmi_system_boot(struct mmi_system *system, struct mmi_error *err);

/*
 * Initialises the early part only; see mmi_deferred_start().  -EINVAL, -ENOMEM.  Once, instead of
 * boot, one thread.
 */
int mmi_system_start(struct mmi_system *system, struct mmi_error *err);
/* Initialises what is left, and waits for what others have in flight.  A started system. */
void mmi_system_finish(struct mmi_system *system);

/*
 * The allocator of a booted or started system, made at the first call; NULL with @err when there
 * is no memory for it.  It lives as long as the system.  One thread.
 */
struct mmi_alloc *mmi_system_alloc(struct mmi_system *system, struct mmi_error *err);

/*
 * Memory hotplug of a booted or finished system, made at the first call as the options say;
 * NULL with @err: -EINVAL, not all is initialised; -ENOMEM.  It lives as long as the system.  One
 * thread.
 */
struct mmi_hotplug *mmi_system_hotplug(struct mmi_system *system, struct mmi_error *err);

/* Takes it apart; contexts of its allocator are destroyed before. */
void mmi_system_destroy(struct mmi_system *system); /* NULL is allowed */

MMI_DECLARATIONS_END

#endif
