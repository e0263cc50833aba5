/* SPDX-License-Identifier: MIT */
/*
 * Pageblocks that change their migratetype with all that is free in them: into isolation, where
 * nothing is allocated any more, and out of it.
 */
#ifndef ZONE_ISOLATE_H
#define ZONE_ISOLATE_H

#include "mminit/zone.h"

/*
 * Isolates the pageblocks of [start_pfn, end_pfn), whole max-order blocks of the zone, all
 * initialised: what is free in them moves to the lists of isolated blocks, and what is freed there
 * goes there.  @old_types gets their migratetypes.  Takes the zone's lock, once a max-order block.
 */
void mmi_pageblocks_isolate(struct mmi_zone *zone, uint64_t start_pfn, uint64_t end_pfn,
			    uint8_t *old_types);

/* Ends it: pageblock number i of the range gets @types[i].  Free blocks merge as types allow. */
void mmi_pageblocks_release(struct mmi_zone *zone, uint64_t start_pfn, uint64_t end_pfn,
			    const uint8_t *types);

#endif
