/* SPDX-License-Identifier: MIT */
/*
 * Linux's own way through the deferred part: its rules by version, and the jobs it starts.
 *
 * A job is what one call of its multithreading gets: a range, and at most so many threads, which
 * take chunks of it.  Nodes work at once, a node's jobs one after another.
 */
#ifndef DEFERRED_LINUX_JOBS_H
#define DEFERRED_LINUX_JOBS_H

#include "deferred/free_runs.h"

struct mmi_linux_rules {
	bool job_per_run;     /* of free memory; else one job for all that is deferred */
	bool block_at_a_time; /* all runs in a block initialised, then freed; else each by itself */
	bool frees_pageblocks; /* whole in one call, else max-order blocks; the rest page by page */
	bool types_by_free;    /* a pageblock becomes MOVABLE when its first page is freed */
	bool threads_on_x86_only; /* elsewhere one */
};

/* NULL: how @version worked is not known here. */
const struct mmi_linux_rules *mmi_linux_rules_of(enum mmi_linux_version version);

/* Pages that one call frees at most; runs that do not hold such a piece whole go page by page. */
uint64_t mmi_linux_free_pages(const struct mmi_linux_rules *rules, const struct mmi_geometry *g);

/* Threads that @node (an index) may have: its CPUs, at least 1. */
unsigned mmi_linux_max_threads(const struct mmi_linux_rules *rules,
			       const struct mmi_machine *machine, size_t node);

/*
 *   end_pfn section-aligned;   chunk borders at absolute multiples of chunk_pages
 */
struct mmi_linux_job {
	size_t node; /* index into machine->nodes */
	uint64_t start_pfn;
	uint64_t end_pfn;
	uint64_t chunk_pages;
	uint64_t nr_free_pages; /* that it initialises */
	enum mmi_zone_type zone;
	unsigned nr_threads;
};

struct mmi_linux_jobs {
	struct mmi_linux_job *items; /* of each node in its order, upwards */
	size_t nr;
	size_t capacity;
	const struct mmi_platform *platform;
};

/* All jobs of all nodes, by @rules.  -ENOMEM. */
int mmi_linux_jobs_init(struct mmi_linux_jobs *jobs, const struct mmi_linux_rules *rules,
			const struct mmi_layout *layout, const struct mmi_node_split *splits);
void mmi_linux_jobs_deinit(struct mmi_linux_jobs *jobs);

#endif
