/* SPDX-License-Identifier: MIT */
/*
 * Reserved memory that was given back before its section stood: kept, and freed when it does.
 *
 * To free it at once would merge it with blocks that a worker still holds on a list of its own;
 * to forget it would lose it.
 */
#ifndef DEFERRED_KEPT_H
#define DEFERRED_KEPT_H

#include "mminit/zone.h"

struct mmi_kept {
	struct mmi_lock lock;         /* of all of this, and of what stands */
	struct mmi_pfn_range *ranges; /* disjoint, in any order, each in one section */
	size_t nr;
	size_t capacity;
};

void mmi_kept_deinit(struct mmi_kept *kept, const struct mmi_platform *platform);

/* Adds a range; lock held.  -ENOMEM. */
int mmi_kept_add_locked(struct mmi_kept *kept, const struct mmi_platform *platform,
			struct mmi_pfn_range range);
/* Does any kept page lie in [start_pfn, end_pfn)?  Lock held. */
bool mmi_kept_overlaps_locked(const struct mmi_kept *kept, uint64_t start_pfn, uint64_t end_pfn);
/* Frees every kept range in [start_pfn, end_pfn), which stands.  Lock held. */
void mmi_kept_release_locked(struct mmi_kept *kept, struct mmi_mem *mem, uint64_t start_pfn,
			     uint64_t end_pfn);

/*
 * Gives the reserved pages [start_pfn, end_pfn), whose blocks stand, to their zones' lists: they
 * become managed and free.
 */
void mmi_reserved_free(struct mmi_mem *mem, uint64_t start_pfn, uint64_t end_pfn);

#endif
