/* SPDX-License-Identifier: MIT */
/*
 * A bare loop: what any allocator of struct pages has to do at least, and nothing else.  A pointer to
 * each page is handed over and its refcount becomes 1; it is handed back and its refcount becomes 0.
 *
 * No lists of kinds, no watermarks, no look at what is freed: a limit that this loop misses is
 * missed by every allocator that keeps the state of pages true.
 */
#include "pages.h"

static void set_count(struct mmi_page *page, int32_t count)
{
	__atomic_store_n(&page->refcount, count, __ATOMIC_RELAXED);
}

size_t bare_all(const struct pages_bed *bed, size_t first, struct mmi_page **held, size_t room)
{
	const struct mmi_memmap *map = &bed->system->mem.map;
	size_t nr = 0;

	for (size_t i = 0; i < room; i++) {
		struct mmi_page *page = mmi_pfn_page(map, map->start_pfn + first + i);
		if (page->refcount)
			continue; /* is not free */
		set_count(page, 1);
		held[nr++] = page;
	}
	for (size_t i = 0; i < nr; i++)
		set_count(held[i], 0);
	return nr;
}
