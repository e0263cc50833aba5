/* SPDX-License-Identifier: MIT */
/*
 * A machine in the making: what a parser has found so far, in arrays that grow.
 *
 * Every parser fills one and ends with mmi_draft_finish(); the machine room does the checking.
 */
#ifndef INPUT_DRAFT_H
#define INPUT_DRAFT_H

#include "input/byte_ranges.h"
#include "mminit/input.h"

#define MMI_MAX_CPUS 65536 /* of one machine's description */

struct mmi_draft {
	struct mmi_machine_spec spec; /* geometry, version, amounts; the arrays come at the end */
	struct mmi_byte_ranges memory;
	struct mmi_byte_ranges reserved;
	struct mmi_byte_ranges windows;
	struct mmi_byte_ranges persistent;
	bool is_possible[MMI_MAX_NODES];
	bool is_online[MMI_MAX_NODES];
	int *cpu_nids;
	bool *cpu_is_sibling; /* shares a core with one before it */
	size_t nr_cpus;
	size_t cpu_capacity;
	int *distance_nids; /* nr_distance_nodes; rows and columns of distances */
	uint16_t *distances;
	size_t nr_distance_nodes;
	const struct mmi_input_options *options; /* NULL: none */
};

/* @options may be NULL. */
void mmi_draft_init(struct mmi_draft *draft, enum mmi_arch arch,
		    const struct mmi_input_options *options);
void mmi_draft_deinit(struct mmi_draft *draft); /* a zeroed draft is allowed */

int mmi_draft_add_cpu(struct mmi_draft *draft, int nid, struct mmi_error *err);

/* Makes room for a matrix of @nr nodes, all 0.  -ENOMEM. */
int mmi_draft_alloc_distances(struct mmi_draft *draft, size_t nr, struct mmi_error *err);

/* Makes the machine.  Errors as mmi_machine_create(). */
int mmi_draft_finish(const struct mmi_draft *draft, const struct mmi_platform *platform,
		     struct mmi_machine **machine, struct mmi_error *err);

#endif
