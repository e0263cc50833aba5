/* SPDX-License-Identifier: MIT */
/*
 * Stress: threads that allocate and free on a system, beside workers that initialise it, checking.
 *
 *	system created, not booted      workers and allocators start together (MMI_STRESS_BESIDE)
 *	system created, nothing_early   nothing is initialised but on demand (MMI_STRESS_ON_DEMAND)
 *	system booted                   allocators alone (MMI_STRESS_BOOTED)
 *
 * Every page that is handed out is marked with its owner outside of the memmap, so that one given
 * to two is seen at once, and stamped, so that one written by somebody else is seen when it comes
 * back.  Memory used is bounded by the machine's size, whatever the time.  A seed fixes what each
 * thread asks for; on one thread, and by operations rather than by time, a run is the same every
 * time.
 */
#ifndef MMINIT_STRESS_H
#define MMINIT_STRESS_H

#include "mminit/hotplug.h"
#include "mminit/hotplug_script.h"
#include "mminit/system.h"

MMI_DECLARATIONS_BEGIN

enum mmi_stress_pattern {
	MMI_STRESS_RANDOM, /* blocks of random orders and kinds come and go */
	MMI_STRESS_BULK,   /* arrays with holes are filled and emptied in bulk */
	MMI_STRESS_REPEAT, /* a block is taken and given back at once */
	MMI_STRESS_FRAG, /* all memory is taken page by page, freed in disorder, asked for whole */
	MMI_NR_STRESS_PATTERNS
};

enum mmi_stress_init {
	MMI_STRESS_BESIDE,
	MMI_STRESS_BOOTED,
	MMI_STRESS_ON_DEMAND,
};

/* What came of a step, block by block. */
enum mmi_step_outcome {
	MMI_STEP_DONE,
	MMI_STEP_BUSY,      /* something in the block is in use and cannot be moved */
	MMI_STEP_NO_MEMORY, /* no room for what would have to move, or for the work itself */
	MMI_STEP_REFUSED,   /* there is no such block, or not in the state for it */
	MMI_NR_STEP_OUTCOMES
};

/* A step of a script has been taken with one block. */
struct mmi_stress_step {
	enum mmi_hotplug_word word;
	uint64_t number; /* of the block; 0 of MMI_WORD_REBUILD */
	enum mmi_step_outcome outcome;
	const char *why;                    /* it was not done */
	const struct mmi_block_view *block; /* as it is now; NULL: there is none */
};

struct mmi_stress_params {
	enum mmi_stress_pattern pattern;
	enum mmi_stress_init init;
	unsigned nr_threads; /* that allocate; not 0 */
	unsigned min_order;
	unsigned max_order;
	unsigned gfp; /* of every request, on top of the mix */
	bool mix_gfp; /* random kinds: kernel, movable, reclaimable, DMA32, DMA, no wait */
	int nid;      /* that all threads prefer; -1: each its own */
	uint64_t seed;
	size_t nr_slots; /* of MMI_STRESS_RANDOM, a thread; 0: more than there is memory for */
	uint64_t nr_operations; /* of each thread; 0: by time */
	uint64_t duration_ns;   /* 0: by operations; or, both 0, as long as the script has steps */
	const uint32_t *stop;   /* atomic: not 0: all threads give back and end.  NULL: never */
	uint64_t check_ns;      /* between checks while it runs; 0: none but after */
	/*
	 * Memory comes and goes meanwhile, by one thread more: as a script says, or at random, by
	 * the seed.  With MMI_STRESS_BOOTED only, and where the system's options give memory
	 * hotplug one thread or nobody has asked for it yet.  What is asked for as movable can be
	 * moved.
	 */
	const struct mmi_hotplug_script *script; /* NULL: none */
	bool random_hotplug;
	uint64_t nr_hotplug_steps; /* at random; 0: until the time is up */
	uint64_t check_steps;      /* and a check after so many steps; 0: none */
	/*
	 * Told what came of the script, block by block, the first time it is gone through; by the
	 * thread that changes memory.  NULL: nobody is.
	 */
	void (*watch_step)(void *user, const struct mmi_stress_step *step);
	void *watch_user;
};

struct mmi_stress_hotplug {
	uint64_t nr_blocks[MMI_NR_HOTPLUG_WORDS][MMI_NR_STEP_OUTCOMES];
	uint64_t nr_moved_pages;
};

#define MMI_STRESS_LATENCY_BUCKETS 40

struct mmi_stress_result {
	uint64_t nr_operations;
	uint64_t nr_blocks; /* handed out */
	uint64_t nr_pages;  /* of these */
	uint64_t nr_failed; /* answers of NULL; of bulk, requests that got nothing */
	uint64_t nr_checks;
	uint64_t elapsed_ns;
	struct mmi_cpu_stats cpus; /* of all contexts */
	struct mmi_grow_stats grown;
	struct mmi_stress_hotplug hotplug;
	/* Allocations that took [2^i, 2^(i+1)) ns. */
	uint64_t latency[MMI_STRESS_LATENCY_BUCKETS];
};

/* As the command line has it. */
const char *mmi_stress_pattern_name(enum mmi_stress_pattern pattern);
/* The same of what is asked for: "mix", or "kernel", "movable", ... by params->gfp; else NULL. */
const char *mmi_stress_gfp_name(const struct mmi_stress_params *params);
/* The bits of such a kind but "mix", into @gfp; false: there is none of that name. */
bool mmi_stress_gfp_find(const char *name, unsigned *gfp);

/*
 * Runs it on @system, created and, where @params says so, booted.  All its pages are free
 * afterwards, and all initialised, but on demand those that nobody asked for.  -EINVAL: bad
 * parameters; -ENOMEM; -EILSEQ: an invariant is broken, @err says which; pages may then be held
 * still.  One thread.
 */
int mmi_stress_run(struct mmi_system *system, const struct mmi_stress_params *params,
		   struct mmi_stress_result *result, struct mmi_error *err);

MMI_DECLARATIONS_END

#endif
