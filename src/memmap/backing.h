/* SPDX-License-Identifier: MIT */
/* Backing: the memory of struct pages, asked of the platform. */
#ifndef MEMMAP_BACKING_H
#define MEMMAP_BACKING_H

#include "mminit/memmap.h"

/* Backs the struct pages of all memory of @machine.  What commit() said, @err says which part. */
int mmi_memmap_back_all(struct mmi_memmap *map, const struct mmi_machine *machine,
			struct mmi_error *err);

/*
 * Backs those of [start_pfn, end_pfn), memory of node @nid, as far as they are not: what was backed
 * once stays so, also when memory goes.  What commit() said.
 */
int mmi_memmap_back_range(struct mmi_memmap *map, const struct mmi_machine *machine,
			  uint64_t start_pfn, uint64_t end_pfn, int nid, struct mmi_error *err);

/* The checked core fills struct pages that nobody may read with MMI_PAGE_POISON_BYTE. */
void mmi_memmap_poison(struct mmi_memmap *map, uint64_t start_pfn, uint64_t end_pfn);

#endif
