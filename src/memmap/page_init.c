/* SPDX-License-Identifier: MIT */
/*
 * Writes struct pages.
 *
 * One pass, one full cache line a page, in the final state: a page that will be free gets its
 * count of 0 here rather than a count of 1 that a later pass takes away.  How wide the stores are,
 * and whether ownership of a line is asked for ahead, which hides the read that limits a plain
 * store loop on some CPUs, is the memmap's page store (page_store.h).
 */
#include <stddef.h>

#include "memmap/page_init.h"
#include "memmap/page_store.h"

_Static_assert(sizeof(struct mmi_page) == MMI_PAGE_BYTES, "a struct page is one cache line");
_Static_assert(offsetof(struct mmi_page, lru) == 8, "6.1 amd64");
_Static_assert(offsetof(struct mmi_page, mapping) == 24, "6.1 amd64");
_Static_assert(offsetof(struct mmi_page, index) == 32, "6.1 amd64");
_Static_assert(offsetof(struct mmi_page, private_data) == 40, "6.1 amd64");
_Static_assert(offsetof(struct mmi_page, page_type) == 48, "6.1 amd64");
_Static_assert(offsetof(struct mmi_page, refcount) == 52, "6.1 amd64");
_Static_assert(offsetof(struct mmi_page, memcg_data) == 56, "6.1 amd64");
_Static_assert(sizeof(struct mmi_section) == 128, "a section is two cache lines");

void mmi_pages_init(struct mmi_memmap *map, uint64_t start_pfn, uint64_t end_pfn, uint64_t flags,
		    int32_t refcount)
{
	struct mmi_page *page = mmi_pfn_page(map, start_pfn);

	mmi_shadow_init(map, start_pfn, end_pfn);
	map->store->fill(page, page + (end_pfn - start_pfn), flags, refcount);
}

void mmi_section_init_pageblocks(struct mmi_memmap *map, struct mmi_section *section,
				 enum mmi_migratetype type)
{
	const uint64_t number = (uint64_t)(section - map->sections);

	mmi_shadow_pageblock(map, map->start_pfn + number * mmi_section_pages(&map->geometry));
	for (unsigned i = 0; i < MMI_PAGEBLOCK_WORDS; i++)
		section->pageblock_bits[i] = 0x1111111111111111ull * type;
}

enum mmi_migratetype mmi_pageblock_type(const struct mmi_memmap *map, uint64_t pfn)
{
	return mmi_pageblock_peek(map, pfn);
}

void mmi_pageblock_set_type(struct mmi_memmap *map, uint64_t pfn, enum mmi_migratetype type)
{
	unsigned shift;
	uint64_t *word = mmi_pageblock_word(map, pfn, &shift);
	uint64_t old = mmi_atomic_peek64(word), new;

	mmi_shadow_pageblock(map, pfn);
	/* Zones that share a section share words, but not the lock. */
	do
		new = (old & ~(0xfull << shift)) | (uint64_t)type << shift;
	while (!mmi_atomic_cas64(word, &old, new));
}
