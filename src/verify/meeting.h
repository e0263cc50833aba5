/* SPDX-License-Identifier: MIT */
/*
 * Meetings: words of pageblocks' types that two zones can change at the same moment, as each does
 * so under its own lock.
 */
#ifndef VERIFY_MEETING_H
#define VERIFY_MEETING_H

#include "mminit/zone.h"

struct mmi_meeting_side {
	int nid;
	enum mmi_zone_type zone;
};

/*
 * Invariants:
 *   sides[0] and sides[1] differ; each has a pageblock of the word to itself, half of it free at
 *   hand-over, so that one who wants memory of another migratetype can take it.  ZONE_MOVABLE has
 *   one type only.
 */
struct mmi_meeting {
	uint64_t start_pfn; /* of the memory that the word is about */
	uint64_t end_pfn;
	struct mmi_meeting_side sides[2];
};

/* Bytes of memory that a word is about, as a power of 2. */
unsigned mmi_meeting_shift(const struct mmi_geometry *g);

/* The first whose word ends above @pfn, by the sections of @g; false: there is none. */
bool mmi_meeting_find(const struct mmi_extents *extents, const struct mmi_geometry *g, uint64_t pfn,
		      struct mmi_meeting *meeting);

#endif
