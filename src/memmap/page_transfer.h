/* SPDX-License-Identifier: MIT */
/*
 * Many free pages handed out at once, and many taken back: pointers move between a stack and the
 * caller's slots, and each page's refcount changes with them.
 *
 * A page costs two stores, to lines of their own, and stores are what limits it; so what is looked
 * at beside them is looked at eight pages at a time, in as wide words as the memmap's store has.
 * As with that the choice is made once, when the memmap is made, and kept in it.
 */
#ifndef MEMMAP_PAGE_TRANSFER_H
#define MEMMAP_PAGE_TRANSFER_H

#include "memmap/page_init.h"

struct mmi_page_transfer {
	/* Are all @nr slots empty? */
	bool (*are_empty)(struct mmi_page *const *slots, uint32_t nr);

	/* Copies @nr pages from @pages to @slots, with refcount 1. */
	void (*hand_out)(struct mmi_page *const *pages, struct mmi_page **slots, uint32_t nr);

	/*
	 * Takes back the run that begins with slots[0]: of at most @nr pages, all of whose struct
	 * pages there are, as many as lie one behind the other, are allocated
	 * (mmi_page_is_allocated()), carry no type, and are of the node and zone that @flags says.
	 * They move to @pages with refcount 0, their slots are empty.  Returns how many.
	 */
	uint32_t (*take_back)(const struct mmi_memmap *map, struct mmi_page **slots,
			      struct mmi_page **pages, uint32_t nr, uint64_t flags);
};

/* The functions that go with @store, which is not MMI_STORE_AUTO and which this CPU has. */
const struct mmi_page_transfer *mmi_page_transfer(enum mmi_store store);

#endif
