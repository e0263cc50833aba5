/* SPDX-License-Identifier: MIT */
/*
 * Memory blocks that are not as they were at boot: what has come, gone, or gone and come again.
 *
 * Such a block is memory throughout, of one zone, or nothing.  It is what the checkers take from
 * the engine of memory that comes and goes; all else they work out from the machine.
 */
#ifndef VERIFY_BLOCK_CHANGES_H
#define VERIFY_BLOCK_CHANGES_H

#include "mminit/system.h"

struct mmi_changed_block {
	uint64_t start_pfn;
	uint64_t end_pfn;
	int nid;
	int zone; /* enum mmi_zone_type; -1: offline, or removed */
};

/* blocks: by PFN. */
struct mmi_block_changes {
	struct mmi_changed_block *blocks;
	size_t nr;
	bool has_others; /* pages that a balloon keeps, or of devices: which no machine tells of */
};

/* Fills @changes with those of @system.  -ENOMEM; mmi_block_changes_deinit() frees. */
int mmi_block_changes_init(struct mmi_block_changes *changes, const struct mmi_system *system);
void mmi_block_changes_deinit(struct mmi_block_changes *changes);

/* The changed block that @pfn lies in, or the first above it; NULL: there is none. */
const struct mmi_changed_block *mmi_changed_block_at(const struct mmi_block_changes *changes,
						     uint64_t pfn);

#endif
