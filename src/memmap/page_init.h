/* SPDX-License-Identifier: MIT */
/* Struct pages: written once in their final state, and the few accesses that follow. */
#ifndef MEMMAP_PAGE_INIT_H
#define MEMMAP_PAGE_INIT_H

#include "memmap/atomic.h"
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

/* Word and bit of the pageblock of @pfn in its section. */
static inline uint64_t *mmi_pageblock_word(const struct mmi_memmap *map, uint64_t pfn,
					   unsigned *shift)
{
	const uint64_t in_section = pfn & (mmi_section_pages(&map->geometry) - 1);
	const uint64_t number = in_section >> map->geometry.pageblock_order;

	*shift = number % 16 * 4;
	return &mmi_pfn_section(map, pfn)->pageblock_bits[number / 16];
}
/* mmi_pageblock_type() where every instruction counts. */
static inline enum mmi_migratetype mmi_pageblock_peek(const struct mmi_memmap *map, uint64_t pfn)
{
	unsigned shift;
	const uint64_t *word = mmi_pageblock_word(map, pfn, &shift);

	return (enum mmi_migratetype)(mmi_atomic_peek64(word) >> shift & 0xf);
}

/* Handed out, and so to be taken back: not free, not reserved, not a driver's. */
static inline bool mmi_page_is_allocated(const struct mmi_page *page)
{
	return mmi_page_count(page) == 1 && !(page->flags & MMI_PG_RESERVED) && !page->mapping;
}
/* The bits of the flags that say the node and the zone. */
static inline uint16_t mmi_page_zone_bits(const struct mmi_page *page)
{
	return (uint16_t)(page->flags >> MMI_PG_ZONE_SHIFT);
}

static inline bool mmi_page_is_buddy(const struct mmi_page *page)
{
	return page->page_type == MMI_PAGE_TYPE_BUDDY;
}

#endif
