/* SPDX-License-Identifier: MIT */
/*
 * The third reference of invariant 9: what every struct page must be, worked out page by page.
 *
 * It shares no code with the engine: it reads the arrays of struct mmi_machine, and which memory
 * blocks have come and gone since, and nothing else; asks of each PFN what is there, and halves
 * each max-order block until the halves are free throughout.  Slow beside the engine, simple enough
 * to be believed.
 */
#ifndef VERIFY_REFERENCE_H
#define VERIFY_REFERENCE_H

#include "mminit/memmap.h"
#include "verify/block_changes.h"

struct mmi_reference_page {
	uint64_t flags; /* of struct mmi_page */
	int8_t order;   /* of the free block that begins here; -1: none does */
	bool is_valid;  /* has a struct page; all else is 0 when it has none */
	bool is_free;
};

/* A walk over all max-order blocks that have struct pages, upwards. */
struct mmi_reference {
	const struct mmi_machine *machine;
	uint64_t movable_start_pfn[MMI_MAX_NODES]; /* by nid; 0: no ZONE_MOVABLE.  The caller's */
	const struct mmi_changed_block *changed;   /* by PFN.  The caller's */
	size_t nr_changed;
	uint64_t next_pfn;
	size_t next_memory;   /* range that holds the page at hand, or the first above it */
	size_t next_reserved; /* the same */
	size_t next_changed;
	uint64_t block_pfn; /* what pages[] is about, from PFN block_pfn on */
	struct mmi_reference_page pages[1 << MMI_MAX_PAGE_ORDER];
};

/* Begins a walk on a zeroed reference. */
void mmi_reference_init(struct mmi_reference *reference, const struct mmi_machine *machine);

/* Goes to the next max-order block that has a struct page; false when there is none. */
bool mmi_reference_next(struct mmi_reference *reference);

/* The struct page that @page must be; its list links are left 0. */
struct mmi_page mmi_reference_struct_page(const struct mmi_reference_page *page);

#endif
