/* SPDX-License-Identifier: MIT */
/*
 * The shadow of a memmap: who wrote and read which struct page, and when.
 *
 * Only the checked core (MMI_CHECKED) keeps one; elsewhere these calls compile to nothing.  It
 * observes invariants 1 to 4 as they happen: a page initialised twice, a page read before it is
 * initialised, a free inside a block that is not complete, a section written by two threads.
 * The first offence of each kind is kept with its place; all are counted.
 */
#ifndef MEMMAP_SHADOW_H
#define MEMMAP_SHADOW_H

#include "mminit/memmap.h"

enum mmi_offence {
	MMI_OFFENCE_INIT_TWICE,     /* invariant 1 */
	MMI_OFFENCE_UNINIT_ACCESS,  /* invariant 2 */
	MMI_OFFENCE_MIDBLOCK_FREE,  /* invariant 3 */
	MMI_OFFENCE_SECTION_SHARED, /* invariant 4 */
	MMI_NR_OFFENCES
};

struct mmi_offence_record {
	uint64_t count;
	uint64_t pfn;   /* of the first one */
	uint32_t who;   /* thread that committed it */
	uint32_t other; /* thread that had written there before; ~0: none */
	uint64_t when;
};

/* What was ever seen to happen to a page. */
enum {
	MMI_SEEN_UNINIT_ACCESS = 1 << 0,
	MMI_SEEN_MIDBLOCK_FREE = 1 << 1, /* freed in it, as one of the pages */
	MMI_SEEN_SINGLE_FREE = 1 << 2,   /* freed by a call of its own */
	MMI_SEEN_SKIPPED = 1 << 3,       /* left uninitialised on purpose */
};

/* One per page frame of the span. */
struct mmi_page_shadow {
	uint8_t nr_inits;
	uint8_t seen;    /* MMI_SEEN_*; atomic */
	uint16_t writer; /* thread of the first initialisation */
	uint32_t when;   /* sequence number of the run that initialised it */
};

/* One per max-order block. */
struct mmi_block_shadow {
	uint32_t nr_inited; /* pages initialised at least once; atomic */
};

struct mmi_shadow {
	struct mmi_page_shadow *pages;
	struct mmi_block_shadow *blocks;
	uint32_t *section_writers; /* thread + 1 of each section's first writer; atomic */
	size_t pages_bytes;
	size_t blocks_bytes;
	size_t section_bytes;
	uint64_t sequence;    /* atomic */
	uint64_t nr_accesses; /* atomic: how much was looked at */
	uint64_t nr_inits;
	uint64_t nr_frees;
	struct mmi_lock lock; /* of records */
	struct mmi_offence_record records[MMI_NR_OFFENCES];
};

#ifdef MMI_CHECKED
int mmi_shadow_create(struct mmi_memmap *map, struct mmi_error *err);
void mmi_shadow_destroy(struct mmi_memmap *map);
/* [start_pfn, end_pfn) is about to be initialised by the calling thread. */
void mmi_shadow_init(const struct mmi_memmap *map, uint64_t start_pfn, uint64_t end_pfn);
/* One struct page is about to be read or changed after initialisation. */
void mmi_shadow_access(const struct mmi_memmap *map, const struct mmi_page *page);
/* [start_pfn, end_pfn) is about to be freed. */
void mmi_shadow_free(const struct mmi_memmap *map, uint64_t start_pfn, uint64_t end_pfn);
/* The pageblock bits of @pfn's section are about to be written. */
void mmi_shadow_pageblock(const struct mmi_memmap *map, uint64_t pfn);
/* [start_pfn, end_pfn) went offline, or has never been: its struct pages are not initialised. */
void mmi_shadow_forget(const struct mmi_memmap *map, uint64_t start_pfn, uint64_t end_pfn);
/* [start_pfn, end_pfn), tails of a compound page, stays as it is: nobody may read it. */
void mmi_shadow_skip(const struct mmi_memmap *map, uint64_t start_pfn, uint64_t end_pfn);
#else
static inline int mmi_shadow_create(struct mmi_memmap *map, struct mmi_error *err)
{
	(void)map;
	(void)err;
	return 0;
}
static inline void mmi_shadow_destroy(struct mmi_memmap *map)
{
	(void)map;
}
static inline void mmi_shadow_init(const struct mmi_memmap *map, uint64_t start_pfn,
				   uint64_t end_pfn)
{
	(void)map;
	(void)start_pfn;
	(void)end_pfn;
}
static inline void mmi_shadow_access(const struct mmi_memmap *map, const struct mmi_page *page)
{
	(void)map;
	(void)page;
}
static inline void mmi_shadow_free(const struct mmi_memmap *map, uint64_t start_pfn,
				   uint64_t end_pfn)
{
	(void)map;
	(void)start_pfn;
	(void)end_pfn;
}
static inline void mmi_shadow_pageblock(const struct mmi_memmap *map, uint64_t pfn)
{
	(void)map;
	(void)pfn;
}
static inline void mmi_shadow_forget(const struct mmi_memmap *map, uint64_t start_pfn,
				     uint64_t end_pfn)
{
	(void)map;
	(void)start_pfn;
	(void)end_pfn;
}
static inline void mmi_shadow_skip(const struct mmi_memmap *map, uint64_t start_pfn,
				   uint64_t end_pfn)
{
	(void)map;
	(void)start_pfn;
	(void)end_pfn;
}
#endif

#endif
