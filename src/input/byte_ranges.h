/* SPDX-License-Identifier: MIT */
/*
 * Ranges of addresses, described by edits in the order of time: "this range becomes that", "only
 * where it was this", "this range is gone".
 *
 * A memblock log, an e820 table with its updates and removals, and the options of a shape are all
 * such lists.  What they leave is found at once at the end, in O(n log n) of the edits and in any
 * order of addresses: inserting into a sorted array as lines come would be quadratic.
 *
 *     edits      put A .......aaaaaaaaaaaa.......
 *                put B ...........bbb............      from: only where it is A
 *                cut   .............xxx..........
 *     resolved         .......aaaabb...aaa.......
 */
#ifndef INPUT_BYTE_RANGES_H
#define INPUT_BYTE_RANGES_H

#include "input/scan.h"
#include "mminit/machine.h"

#define MMI_BYTE_KINDS     8 /* kind 0: nothing is there */
#define MMI_FROM_ANY       ((1u << MMI_BYTE_KINDS) - 1)
#define MMI_FROM_NOTHING   1u
#define MMI_FROM(kind)     (1u << (kind))
#define MMI_MAX_BYTE_EDITS MMI_MAX_RANGES

struct mmi_byte_range {
	uint64_t start;
	uint64_t end;
	int nid;
	uint32_t flags;
	uint32_t line;      /* of the input */
	uint8_t kind;       /* what the range becomes: the caller's own numbers */
	uint8_t from_kinds; /* bit mask of the kinds it replaces */
};

/* A growing array; zeroed: empty.  Edits, or what they left. */
struct mmi_byte_ranges {
	struct mmi_byte_range *items;
	size_t nr;
	size_t capacity;
};

void mmi_byte_ranges_deinit(struct mmi_byte_ranges *ranges);

/*
 * Appends @edit; an empty one is dropped.  -ENOMEM; -EINVAL when there would be more than
 * MMI_MAX_BYTE_EDITS.
 */
int mmi_byte_ranges_append(struct mmi_byte_ranges *ranges, const struct mmi_byte_range *edit,
			   struct mmi_error *err);

/* Shorthands: kind 1 unless said otherwise, whatever was there. */
int mmi_byte_ranges_put(struct mmi_byte_ranges *ranges, struct mmi_byte_span span, uint32_t line,
			struct mmi_error *err);
int mmi_byte_ranges_cut(struct mmi_byte_ranges *ranges, struct mmi_byte_span span,
			struct mmi_error *err);

/*
 * Fills @out (zeroed, the caller deinits it) with what @edits leave: sorted, disjoint, of kinds
 * above 0; neighbours of one kind, node and flags are one.  -ENOMEM.
 */
int mmi_byte_ranges_resolve(const struct mmi_byte_ranges *edits, struct mmi_byte_ranges *out,
			    struct mmi_error *err);

/* Index of the first range of @sorted that ends above @address; nr when there is none. */
size_t mmi_byte_ranges_find(const struct mmi_byte_ranges *sorted, uint64_t address);

/*
 * Appends @range to @out in parts, each with the node that @map (resolved) gives it there, or @nid
 * where the map has nothing.  Errors as mmi_byte_ranges_append().
 */
int mmi_byte_ranges_append_by_map(struct mmi_byte_ranges *out, const struct mmi_byte_range *range,
				  const struct mmi_byte_ranges *map, int nid,
				  struct mmi_error *err);

/*
 * Asserts that no two of @ranges with different nodes overlap; those without a node, and those with
 * any of @but_flags, do not count.  -EINVAL with the line of the later one, -ENOMEM.
 */
int mmi_byte_ranges_check_nodes(const struct mmi_byte_ranges *ranges, uint32_t but_flags,
				struct mmi_error *err);

#endif
