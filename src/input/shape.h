/* SPDX-License-Identifier: MIT */
/*
 * A shape: a machine in one word.
 *
 *   shape  = nodes { "," option }
 *   nodes  = count "n:" size | size { "+" size }
 *   option = "arch=" name | "linux=" version | "cpus=" n { "/" n }
 *          | "distance=" ( "ring" | "line" | "flat" | n { "/" n } )
 *          | "start=" address | "pci=" size | "interleave=" size
 *          | "hole=" size "@" address | "reserved=" size "@" address | "persistent=" size "@" address
 *          | "kernelcore=" amount | "movablecore=" amount | "hotplug=" size "@" address "/" node
 *   amount = size | percent "%"
 *
 * Sizes and addresses are numbers, decimal or with 0x, with K, M, G, T, p (pages) or s (sections).
 *
 * What the word does not say: x86_64; Linux 6.1; one CPU a node; distances 10 and 20; memory begins
 * at 0, on arm64 at 1 GiB; on x86_64 nothing lies in the last GiB below 4 GiB once memory gets
 * there, and the first MiB is reserved.  Memory is otherwise just what the word says.
 */
#ifndef INPUT_SHAPE_H
#define INPUT_SHAPE_H

#include "input/draft.h"

struct mmi_shape {
	const char *text; /* of the whole input, for the place of errors */
	struct mmi_scan scan;
	struct mmi_error *err;
	struct mmi_draft draft;
	uint32_t given; /* bits of the options that were met */

	uint64_t node_bytes[MMI_MAX_NODES];
	size_t nr_nodes;
	const char *nodes_at;
	uint64_t start;
	const char *start_at;
	uint64_t pci_bytes;
	bool has_pci;
	uint64_t interleave_bytes; /* 0: none */
	const char *interleave_at;
	struct mmi_byte_ranges edits; /* holes and persistent memory, in the order of the word */
};

/* Kinds of the edits. */
enum { MMI_SHAPE_ABSENT, MMI_SHAPE_MEMORY, MMI_SHAPE_PERSISTENT };

/* The word itself, without the comments and blanks around it. */
struct mmi_scan mmi_shape_trim(const char *text, size_t size_bytes);

/* Says that @expected should stand at @at; -EINVAL. */
int mmi_shape_bad(const struct mmi_shape *shape, const char *at, const char *expected);

/* Reads a size at the cursor; -EINVAL. */
int mmi_shape_read_size(struct mmi_shape *shape, uint64_t *size_bytes);

/* Reads one option at the cursor. */
int mmi_shape_option(struct mmi_shape *shape);

/* Places the nodes' memory at addresses: fills memory and persistent of the draft. */
int mmi_shape_place(struct mmi_shape *shape);

#endif
