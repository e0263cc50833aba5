/* SPDX-License-Identifier: MIT */
/*
 * Free runs: the memory that Linux goes through, as memblock lists it.
 *
 * A run is free memory of one memory range: two ranges that touch are two runs when their node or
 * their flags differ.  Extents do not know that border; what Linux does in a block depends on it.
 */
#ifndef DEFERRED_FREE_RUNS_H
#define DEFERRED_FREE_RUNS_H

#include "mminit/deferred.h"

/* Cut where a zone ends and where the deferred part of its node begins. */
struct mmi_free_run {
	uint64_t start_pfn;
	uint64_t end_pfn;
	size_t node; /* index into machine->nodes */
	int nid;
	enum mmi_zone_type zone;
	bool is_deferred;
};

/* A walk over all runs, upwards. */
struct mmi_free_runs {
	const struct mmi_layout *layout;
	const struct mmi_node_split *splits;
	size_t range;    /* of machine->memory */
	size_t reserved; /* first that ends above pfn */
	uint64_t pfn;
};

/* Begins at @start_pfn; @splits are the layout's, and both outlive the walk. */
void mmi_free_runs_init(struct mmi_free_runs *runs, const struct mmi_layout *layout,
			const struct mmi_node_split *splits, uint64_t start_pfn);
bool mmi_free_runs_next(struct mmi_free_runs *runs, struct mmi_free_run *run);

/* Is the page of @pfn, memory of @node (an index), in the deferred part of that node? */
bool mmi_split_defers(const struct mmi_node_split *splits, size_t node, uint64_t pfn);

/* Index of the first range, of memory or reserved, that ends above @pfn; their number if none. */
size_t mmi_memory_find(const struct mmi_machine *machine, uint64_t pfn);
size_t mmi_reserved_find(const struct mmi_machine *machine, uint64_t pfn);

/* Sections of all memory ranges; one that several have a part of is counted for each. */
uint64_t mmi_memory_count_sections(const struct mmi_machine *machine);

#endif
