/* SPDX-License-Identifier: MIT */
/*
 * Deferred initialisation: plan, chunks, workers.
 *
 *   early     what Linux initialises before its workers start: lower zones whole, and one section
 *             of each node's highest zone
 *   unit      what one thread claims at least: a section, or as many as share a huge page
 *   chunk     consecutive units of one owner, taken by a worker at once
 *   group     the chunks of one node, and the workers that serve them
 *   plan      all chunks; pure data, made before anything runs, for a machine of any size
 *
 * Linux's rule says what is early and the plan reports it, but nothing early is freed in a unit
 * that has deferred pages: such a unit is held back and goes whole to one chunk.  So a unit has one
 * worker, and no free ever looks at a struct page that is not initialised.
 */
#ifndef MMINIT_DEFERRED_H
#define MMINIT_DEFERRED_H

#include "mminit/zone.h"

MMI_DECLARATIONS_BEGIN

enum mmi_chunk_rule {
	MMI_CHUNK_AUTO, /* what mminit recommends: 1 GiB, at least 4 chunks a worker, at least a unit */
	MMI_CHUNK_LINUX, /* facts: round_up(max(size / (workers * 4), section), section) */
	MMI_CHUNK_FIXED, /* chunk_pages */
};

struct mmi_plan_params {
	enum mmi_chunk_rule rule;
	uint64_t chunk_pages; /* MMI_CHUNK_FIXED: a multiple of a section's pages, not 0 */
	unsigned nr_threads;  /* workers of each group; 0: as many as its server node has CPUs */
	const unsigned *node_threads; /* by nid, MMI_MAX_NODES of them; 0 or NULL: as nr_threads */
	bool one_per_core;            /* workers by cores, not by CPUs, where the machine says */
	unsigned max_threads; /* of all groups together; 0: no limit; never less than 1 a group */
	bool no_huge_pages;   /* as in struct mmi_memmap_options: decides the unit */
	bool nothing_early;   /* on-demand machines: all is deferred */
};

/*
 * Invariants (mmi_plan_check), per group:
 *   chunks sorted, disjoint; [start_pfn, end_pfn) unit-aligned
 *   chunk.nr_units = (end_pfn - start_pfn) / unit_pages;   next.first_unit = first_unit + nr_units
 *   every unit with a deferred page is in exactly one chunk of all groups
 */
struct mmi_chunk {
	uint64_t start_pfn;
	uint64_t end_pfn;
	uint32_t first_unit; /* number of its first unit in the group */
	uint32_t nr_units;
};

struct mmi_group {
	int nid;        /* owner of the units: node of their first present page */
	int server_nid; /* whose CPUs work for it: nid, or the nearest node that has some; -1: any */
	unsigned nr_threads;
	uint64_t first_chunk; /* into plan->chunks */
	uint64_t nr_chunks;
	uint32_t nr_units;
	uint64_t chunk_pages;      /* what the rule gave */
	uint64_t nr_present_pages; /* in its chunks, of whatever node */
};

/* What is early and deferred on one node, by Linux's rule. */
struct mmi_node_split {
	int nid;
	bool has_deferred;
	uint64_t first_deferred_pfn; /* where has_deferred */
	uint64_t nr_early_pages;     /* present pages below it */
	uint64_t nr_deferred_pages;
	uint64_t nr_held_back_pages; /* early by Linux's rule, in a chunk here */
};

struct mmi_plan {
	const struct mmi_layout *layout;
	struct mmi_plan_params params;
	uint64_t unit_pages;
	bool of_range;            /* made by mmi_plan_range_init() */
	struct mmi_chunk *chunks; /* group after group */
	uint64_t nr_chunks;
	uint64_t chunk_capacity;
	struct mmi_group *groups; /* by nid; at most a node's number */
	size_t nr_groups;
	struct mmi_node_split *splits; /* of machine->nodes, in their order */
	struct mmi_pfn_range *early;   /* unit-aligned runs to be initialised before the workers */
	size_t nr_early;
	size_t early_capacity;
};

/*
 * Makes the plan for @layout (which must outlive it).  Touches no memmap; O(ranges + chunks).
 * -EINVAL: a chunk size that is 0 or no multiple of a section.  -ENOMEM.  Any thread.
 */
int mmi_plan_init(struct mmi_plan *plan, const struct mmi_layout *layout,
		  const struct mmi_plan_params *params, struct mmi_error *err);
/*
 * Makes the plan for memory that has come: the whole sections of @range, of node @nid, and nothing
 * early.  Its units are sections, also where some share a huge page: others of these stand already.
 * No group has more threads than chunks.  Errors and threads as above.
 */
int mmi_plan_range_init(struct mmi_plan *plan, const struct mmi_layout *layout,
			const struct mmi_pfn_range *range, int nid,
			const struct mmi_plan_params *params, struct mmi_error *err);
void mmi_plan_deinit(struct mmi_plan *plan); /* a zeroed plan is allowed */
/* Asserts the invariants above; -EINVAL with the first that breaks.  Any thread. */
int mmi_plan_check(const struct mmi_plan *plan, struct mmi_error *err);
/* Index of the chunk that holds @pfn, or -1. */
int64_t mmi_plan_find_chunk(const struct mmi_plan *plan, uint64_t pfn);

/* The order of work inside a chunk. */
enum mmi_batch {
	MMI_BATCH_BLOCK, /* a max-order block initialised, then freed: its struct pages stay in L2 */
	MMI_BATCH_SECTION, /* a whole section, then its free */
	MMI_BATCH_CHUNK,   /* the whole chunk, then its free */
};

struct mmi_worker;

/*
 * An algorithm: how a machine is initialised.  The built-in one is mmi_deferred_engine(); others
 * are passed in mmi_run_params and judged like it.  chunk() is all that one must have; it is made
 * of the steps in mminit/steps.h.  @user is the algorithm's own.
 */
struct mmi_deferred_ops {
	const char *name;
	void *user;
	/*
	 * Who does what: early runs, groups, chunks.  NULL: mmi_plan_init(), whose errors it has.
	 */
	int (*plan)(struct mmi_plan *plan, const struct mmi_layout *layout,
		    const struct mmi_plan_params *params, struct mmi_error *err);
	/* What comes before the early runs, on the calling thread.  NULL: nothing. */
	void (*begin)(struct mmi_worker *worker);
	/* Initialises and frees a chunk or early run; the calling thread owns its sections. */
	void (*chunk)(struct mmi_worker *worker, uint64_t start_pfn, uint64_t end_pfn);
	/*
	 * The steps of the engine's chunk(), which others may do without: writes every struct page
	 * of [start_pfn, end_pfn), memory and holes;
	 */
	void (*init_range)(struct mmi_worker *worker, uint64_t start_pfn, uint64_t end_pfn);
	/* frees what is free of [start_pfn, end_pfn), all of it initialised. */
	void (*free_range)(struct mmi_worker *worker, uint64_t start_pfn, uint64_t end_pfn);
};

/* The built-in algorithm: constant, never freed.  Any thread. */
const struct mmi_deferred_ops *mmi_deferred_engine(void);

/* The plan of algorithm @ops (NULL: the engine).  As mmi_plan_init(), or what its plan() says. */
int mmi_deferred_plan(const struct mmi_deferred_ops *ops, struct mmi_plan *plan,
		      const struct mmi_layout *layout, const struct mmi_plan_params *params,
		      struct mmi_error *err);

/* Whether workers that find nothing more to do on their own node take chunks of others. */
enum mmi_steal {
	MMI_STEAL_NEAR, /* of nodes no farther than MMI_REMOTE_DISTANCE from their CPUs */
	MMI_STEAL_NEVER,
	MMI_STEAL_ALWAYS,
};

/* What one worker did. */
struct mmi_worker_stats {
	int nid; /* of its group */
	unsigned thread;
	uint64_t nr_chunks;
	uint64_t nr_stolen_chunks; /* of these, other nodes' */
	uint64_t nr_units;
	uint64_t nr_init_pages;   /* struct pages written */
	uint64_t nr_stolen_pages; /* of these, in stolen chunks */
	uint64_t nr_free_pages;   /* of these, freed */
	uint64_t nr_blocks;       /* free blocks made */
	uint64_t nr_splices;
	uint64_t start_ns; /* platform clock: first claim, last end; 0: nothing done */
	uint64_t end_ns;
	/* At both ends of each chunk: was it on its group's CPUs?  Where the platform can say. */
	uint64_t nr_looks;
	uint64_t nr_looks_away; /* it was not */
	uint64_t away_pfn;      /* start of the first such chunk */
};

/* One chunk as it was worked: kept when mmi_run_params.record_chunks is set. */
struct mmi_chunk_record {
	uint64_t start_pfn;
	uint64_t end_pfn;
	uint64_t start_ns;
	uint64_t end_ns;
	unsigned thread;
	int nid; /* whose chunk it is: the worker may be another node's */
};

/* One call of mmi_deferred_grow() that had something to do. */
struct mmi_growth_event {
	bool waited;        /* for blocks that others had in flight; false: initialised a unit */
	uint64_t start_pfn; /* of the unit; 0 where it waited */
	uint64_t end_pfn;
	uint64_t start_ns; /* platform clock */
	uint64_t end_ns;
	unsigned thread; /* in its team */
	int nid;         /* of the zone that was to grow */
};

struct mmi_run_params {
	enum mmi_batch batch;
	const struct mmi_deferred_ops *ops; /* NULL: the engine */
	bool record_chunks;
	enum mmi_steal steal;
	const uint32_t
	    *stop; /* atomic: once it is not 0, no worker takes another chunk.  NULL: never */
	/* Told of every growth, by the thread that grew, several at once.  NULL: nobody is. */
	void (*on_growth)(void *user, const struct mmi_growth_event *event);
	void *growth_user;
};

/* What allocators initialised themselves; see mmi_deferred_grow().  All atomic. */
struct mmi_grow_stats {
	uint64_t nr_units;
	uint64_t nr_init_pages;
	uint64_t nr_free_pages;
	uint64_t nr_waits; /* for a unit that somebody else had claimed */
};

struct mmi_claims; /* who initialises what, and what stands */

/* One run over a plan; made by mmi_deferred_start(), freed by mmi_deferred_run_deinit(). */
struct mmi_deferred_run {
	const struct mmi_plan *plan;
	struct mmi_mem *mem;
	struct mmi_run_params params;
	struct mmi_claims *claims;
	struct mmi_worker_stats early; /* the calling thread, before the workers */
	struct mmi_worker_stats *workers;
	unsigned nr_workers; /* planned */
	unsigned nr_started; /* threads that the platform gave */
	struct mmi_grow_stats grown;
	uint64_t early_ns;
	uint64_t deferred_ns;
	struct mmi_chunk_record *records;
	uint64_t nr_records; /* atomic while it runs */
};

/*
 * Initialises @mem by @plan: the early part on the calling thread, then every chunk on a team of
 * the platform's threads.  On return every present section is READY.  The plan's unit must fit
 * the memmap's (same huge page choice).  -EINVAL, -ENOMEM; -EINTR: it was stopped, and @err says
 * how much stands.  Once per mem; one thread calls.
 *
 * It is mmi_deferred_start(), mmi_deferred_work() for every worker, mmi_deferred_finish(): whoever
 * wants to do something beside the workers calls these himself.
 */
int mmi_deferred_run(struct mmi_deferred_run *run, struct mmi_mem *mem, const struct mmi_plan *plan,
		     const struct mmi_run_params *params, struct mmi_error *err);
void mmi_deferred_run_deinit(struct mmi_deferred_run *run, struct mmi_mem *mem);

/*
 * Initialises the early part, and makes all the rest ready to be claimed.  From now on memory can
 * be allocated and mmi_deferred_grow() called, by any thread, until the run is deinitialised.
 * @plan and the ops of @params must outlive the run.  -EINVAL, -ENOMEM.
 */
int mmi_deferred_start(struct mmi_deferred_run *run, struct mmi_mem *mem,
		       const struct mmi_plan *plan, const struct mmi_run_params *params,
		       struct mmi_error *err);

/*
 * What worker number @worker (below run->nr_workers) has to do: chunk after chunk of its group,
 * until none is left, then of groups that it may steal from.  A group is left to its own workers
 * until all of them have begun.  Each number once, on a thread of its own, or one after another.
 */
void mmi_deferred_work(struct mmi_deferred_run *run, unsigned worker);

/* The node whose CPUs worker number @worker is to run on; -1: any. */
int mmi_deferred_worker_nid(const struct mmi_deferred_run *run, unsigned worker);

/*
 * Does what no worker has done, and waits for what others have in flight: afterwards every present
 * section is READY and every block is on its zone's lists.  One thread, holding no lock.
 */
void mmi_deferred_finish(struct mmi_deferred_run *run);

enum mmi_growth {
	MMI_GROW_NOTHING, /* nothing of the zone is left to come */
	MMI_GREW,         /* blocks have come, of this zone as a rule: look again */
};

/*
 * More free memory for @zone: initialises its last unit that nobody has claimed, no other, or,
 * when all are claimed, waits until blocks that are in flight join some zone, which is at the next
 * section border at the latest.  Any thread, holding no lock.
 */
enum mmi_growth mmi_deferred_grow(struct mmi_deferred_run *run, struct mmi_zone *zone);

/*
 * Reserved memory is given back: it becomes managed and free, at once where its section stands,
 * otherwise as soon as it does.  -EINVAL: some page is not reserved memory, must never be free
 * (NOMAP), or was given back before; -ENOMEM: no room to note it.  Then nothing is given back.
 * Any thread, holding no lock.
 */
int mmi_deferred_free_reserved(struct mmi_deferred_run *run, uint64_t start_pfn, uint64_t end_pfn);

MMI_DECLARATIONS_END

#endif
