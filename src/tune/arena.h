/* SPDX-License-Identifier: MIT */
/*
 * An arena: the memory of one machine, initialised again and again for measuring.
 *
 * A system is booted once; an arena forgets what a run did (zones empty, sections not initialised)
 * and keeps its memmap, so that the next run meets the same backed pages.  Nothing is timed but
 * the run itself.
 */
#ifndef TUNE_ARENA_H
#define TUNE_ARENA_H

#include "mminit/system.h"

struct mmi_arena {
	const struct mmi_machine *machine;
	struct mmi_memmap_options options;
	struct mmi_mem mem;
};

/* What one measured run is made of. */
struct mmi_arena_job {
	struct mmi_plan_params plan;
	struct mmi_run_params run;
};

/* What one run was. */
struct mmi_arena_result {
	uint64_t elapsed_ns; /* early part and team together */
	uint64_t plan_ns;
	uint64_t chunk_pages; /* of the group with the largest */
	uint64_t nr_init_pages;
	uint64_t nr_free_pages;
	uint64_t nr_splices;
	unsigned nr_threads; /* that the platform gave */
};

/* Lays out and backs @machine's memmap; -errno as mmi_mem_init(). */
int mmi_arena_init(struct mmi_arena *arena, const struct mmi_machine *machine,
		   const struct mmi_memmap_options *options, struct mmi_error *err);
void mmi_arena_deinit(struct mmi_arena *arena); /* a zeroed arena is allowed */

/* Gives the memmap back and takes a new one: nothing of it is backed, unless options say so. */
int mmi_arena_renew(struct mmi_arena *arena, struct mmi_error *err);

/* Writes with another page store from now on.  -ENOSYS: this CPU has none such. */
int mmi_arena_use_store(struct mmi_arena *arena, enum mmi_store store, enum mmi_prefetch prefetch,
			struct mmi_error *err);

/* No section is initialised and no zone has a page, as before the first run. */
void mmi_arena_forget(struct mmi_arena *arena);

/* Plans and runs @job over the arena; what an earlier run did is forgotten first, untimed. */
int mmi_arena_run(struct mmi_arena *arena, const struct mmi_arena_job *job,
		  struct mmi_arena_result *result, struct mmi_error *err);

/*
 * Judges the last run from its end state, without a second machine: every zone's lists and
 * counters, and every page that is to be free is free.  -EINVAL with the first that is not so.
 */
int mmi_arena_check(struct mmi_arena *arena, struct mmi_error *err);

#endif
