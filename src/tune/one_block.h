/* SPDX-License-Identifier: MIT */
/* Chunks of one max-order block: what section-aligned chunks are held against. */
#ifndef TUNE_ONE_BLOCK_H
#define TUNE_ONE_BLOCK_H

#include "mminit/steps.h"

/*
 * The engine's work in chunks of a block each: as many claims, splices and locks as blocks, and
 * neighbours of one section on several threads, which then write its pageblock bits by turns.  It
 * breaks invariant 4 (one section, one worker) and no other; for measuring only.  Any thread.
 */
const struct mmi_deferred_ops *mmi_one_block_chunks(void);

/* Are there chunks of a block here, smaller than what a worker claims otherwise? */
bool mmi_one_block_applies(const struct mmi_geometry *geometry);

#endif
