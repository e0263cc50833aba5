/* SPDX-License-Identifier: MIT */
/* Presence: which subsections have struct pages, and which sections some of these. */
#ifndef MEMMAP_PRESENCE_H
#define MEMMAP_PRESENCE_H

#include "mminit/memmap.h"

/*
 * The subsections that [start_pfn, end_pfn) touches have struct pages from now on; a section that
 * had none becomes PRESENT, on node @nid.  One thread at a time; others may ask meanwhile.
 */
void mmi_presence_add(struct mmi_memmap *map, uint64_t start_pfn, uint64_t end_pfn, int nid);

/* The same subsections have none any more; a section without any becomes ABSENT. */
void mmi_presence_remove(struct mmi_memmap *map, uint64_t start_pfn, uint64_t end_pfn);

#endif
