/* SPDX-License-Identifier: MIT */
/*
 * Pageblocks that change their migratetype with all that is free in them: into isolation, where
 * nothing is allocated any more, and out of it.
 */
#ifndef ZONE_ISOLATE_H
#define ZONE_ISOLATE_H

#include "mminit/zone.h"

/*
 * Gives pageblock number i of [start_pfn, end_pfn) the migratetype @types[i]; its free blocks move to
 * the lists of that type, merged as far as types allow.  The range is whole max-order blocks of the
 * zone, all initialised.  Takes the zone's lock, once a max-order block.
 */
void mmi_pageblocks_retype(struct mmi_zone *zone, uint64_t start_pfn, uint64_t end_pfn,
			   const uint8_t *types);

/* Reads the migratetypes of the pageblocks of [start_pfn, end_pfn) into @types. */
void mmi_pageblocks_types(const struct mmi_memmap *map, uint64_t start_pfn, uint64_t end_pfn,
			  uint8_t *types);

#endif
