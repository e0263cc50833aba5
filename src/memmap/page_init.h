/* SPDX-License-Identifier: MIT */
/* Struct pages: written once in their final state, and the few accesses that follow. */
#ifndef MEMMAP_PAGE_INIT_H
#define MEMMAP_PAGE_INIT_H

#include "memmap/shadow.h"
#include "mminit/memmap.h"

/*
 * Writes the struct pages of [start_pfn, end_pfn), each once, in its final state: @flags as
 * given, @refcount, list links to themselves, all else as memmap.h says.  The caller owns the
 * section; every PFN is valid.
 */
void mmi_pages_init(struct mmi_memmap *map, uint64_t start_pfn, uint64_t end_pfn, uint64_t flags,
		    int32_t refcount);

/* Settles what the map's options leave to the CPU.  -ENOSYS: it has no such store. */
int mmi_memmap_choose_store(struct mmi_memmap *map, struct mmi_error *err);

/* Every pageblock of @section gets @type: MOVABLE at boot.  The caller owns the section. */
void mmi_section_init_pageblocks(struct mmi_memmap *map, struct mmi_section *section,
				 enum mmi_migratetype type);

/* A struct page that is to be read or changed: noted in the checked core. */
static inline struct mmi_page *mmi_page_access(const struct mmi_memmap *map, struct mmi_page *page)
{
	mmi_shadow_access(map, page);
	return page;
}

/*
 * The refcount of a page that is free, handed out or on its way: who offlines memory looks at it
 * while contexts allocate and free.
 */
static inline int32_t mmi_page_count(const struct mmi_page *page)
{
	return __atomic_load_n(&page->refcount, __ATOMIC_RELAXED);
}
static inline void mmi_page_set_count(struct mmi_page *page, int32_t count)
{
	__atomic_store_n(&page->refcount, count, __ATOMIC_RELAXED);
}

static inline bool mmi_page_is_buddy(const struct mmi_page *page)
{
	return page->page_type == MMI_PAGE_TYPE_BUDDY;
}

#endif
