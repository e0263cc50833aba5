/* SPDX-License-Identifier: MIT */
/* What the files of the machine room share: where the parts of a machine lie, and its nodes. */
#ifndef MACHINE_MACHINE_PARTS_H
#define MACHINE_MACHINE_PARTS_H

#include "mminit/machine.h"

/* Offsets into the one allocation of a machine. */
struct mmi_machine_parts {
	size_t memory_offset;
	size_t reserved_offset;
	size_t windows_offset;
	size_t persistent_offset;
	size_t nodes_offset;
	size_t distances_offset;
	size_t cpus_offset;
	size_t size_bytes;
	size_t nr_nodes;
	uint64_t node_bits[MMI_MAX_NODES / 64]; /* node ids that anything names */
};

/* Collects the node ids that @spec names into @parts; -EINVAL for one out of bounds. */
int mmi_machine_count_nodes(const struct mmi_machine_spec *spec, struct mmi_machine_parts *parts,
			    struct mmi_error *err);

/* Fills nodes, CPUs and distances of a machine whose memory stands. */
int mmi_machine_fill_nodes(struct mmi_machine *machine, const struct mmi_machine_spec *spec,
			   const struct mmi_machine_parts *parts, struct mmi_error *err);

/* The size of a memory block by Linux's rule (probe_memory_block_size and its kin). */
uint64_t mmi_memory_block_bytes(const struct mmi_machine *machine, bool virtual_machine);

#endif
