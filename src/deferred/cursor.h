/* SPDX-License-Identifier: MIT */
/*
 * The cursor of a group: which of its units nobody has claimed yet.
 *
 * One word holds both ends, the number of the next chunk and the number of units below the tail,
 * and is changed by compare-and-swap only: workers take chunks from the head, growers single units
 * from the tail, and no unit is ever claimed twice.  A chunk that the tail has eaten into is
 * claimed short.
 */
#ifndef DEFERRED_CURSOR_H
#define DEFERRED_CURSOR_H

#include "mminit/deferred.h"

struct mmi_cursor {
	uint64_t word;     /* next chunk of the group << 32 | units below the tail; atomic */
	uint32_t nr_begun; /* of the group's workers; atomic */
} __attribute__((aligned(128)));

/* All of @group is unclaimed. */
void mmi_cursor_init(struct mmi_cursor *cursor, const struct mmi_group *group);

/* Claims the next chunk; false when nothing is left.  Any thread. */
bool mmi_cursor_claim_chunk(struct mmi_cursor *cursor, const struct mmi_plan *plan,
			    const struct mmi_group *group, struct mmi_pfn_range *range);

/* Would mmi_cursor_claim_unit() find one now?  Claims nothing. */
bool mmi_cursor_has_unit(const struct mmi_cursor *cursor, const struct mmi_plan *plan,
			 const struct mmi_group *group, const struct mmi_pfn_range *within);

/*
 * Claims the last unit; false when nothing is left, or the last unit has nothing of @within.
 * Any thread.
 */
bool mmi_cursor_claim_unit(struct mmi_cursor *cursor, const struct mmi_plan *plan,
			   const struct mmi_group *group, const struct mmi_pfn_range *within,
			   struct mmi_pfn_range *range);

#endif
