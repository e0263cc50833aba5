/* SPDX-License-Identifier: MIT */
/*
 * The checked core's shadow records of a memmap.
 *
 * Its own words are no part of what is observed: they are plain builtins, at which no scheduler
 * switches.  It lets one switch before what it notes, so that what is noted holds when it is done.
 */
#include "memmap/shadow.h"

#ifdef MMI_CHECKED

#include <errno.h>
#include <string.h>

static uint64_t count64(uint64_t *word, uint64_t value)
{
	return __atomic_add_fetch(word, value, __ATOMIC_ACQ_REL);
}

static void yield(const struct mmi_memmap *map, uint64_t pfn)
{
	map->platform->ops->yield_point(map->platform->ctx, MMI_YIELD_PAGE, pfn);
}

static uint32_t self(const struct mmi_memmap *map)
{
	return map->platform->ops->thread_self(map->platform->ctx);
}

static void *back(const struct mmi_memmap *map, size_t size_bytes)
{
	const struct mmi_platform *platform = map->platform;
	void *memory = platform->ops->reserve(platform->ctx, size_bytes, 4096);
	const struct mmi_backing anywhere = {.nid = -1};

	if (memory && platform->ops->commit(platform->ctx, memory, size_bytes, &anywhere)) {
		platform->ops->release(platform->ctx, memory, size_bytes);
		return NULL;
	}
	return memory;
}

static void release(const struct mmi_memmap *map, void *memory, size_t size_bytes)
{
	if (memory)
		map->platform->ops->release(map->platform->ctx, memory, size_bytes);
}

int mmi_shadow_create(struct mmi_memmap *map, struct mmi_error *err)
{
	const struct mmi_platform *platform = map->platform;
	const uint64_t nr_pages = map->end_pfn - map->start_pfn;
	struct mmi_shadow *shadow = platform->ops->alloc(platform->ctx, sizeof(*shadow));

	map->shadow = shadow;
	if (shadow) {
		shadow->pages_bytes = mmi_align_up(nr_pages * sizeof(*shadow->pages), 4096);
		shadow->blocks_bytes = mmi_align_up(
		    (nr_pages >> map->geometry.max_page_order) * sizeof(*shadow->blocks), 4096);
		shadow->section_bytes =
		    mmi_align_up(map->nr_sections * sizeof(*shadow->section_writers), 4096);
		shadow->pages = back(map, shadow->pages_bytes);
		shadow->blocks = back(map, shadow->blocks_bytes);
		shadow->section_writers = back(map, shadow->section_bytes);
		if (shadow->pages && shadow->blocks && shadow->section_writers)
			return 0;
	}
	mmi_shadow_destroy(map);
	return mmi_error_set(err, -ENOMEM, "no address space for the shadow of %llu struct pages",
			     (unsigned long long)nr_pages);
}

void mmi_shadow_destroy(struct mmi_memmap *map)
{
	struct mmi_shadow *shadow = map->shadow;

	if (!shadow)
		return;
	release(map, shadow->pages, shadow->pages_bytes);
	release(map, shadow->blocks, shadow->blocks_bytes);
	release(map, shadow->section_writers, shadow->section_bytes);
	map->platform->ops->free(map->platform->ctx, shadow, sizeof(*shadow));
	map->shadow = NULL;
}

static void record(const struct mmi_memmap *map, enum mmi_offence kind, uint64_t pfn,
		   uint32_t other)
{
	struct mmi_shadow *shadow = map->shadow;
	struct mmi_offence_record *r = &shadow->records[kind];
	const struct mmi_platform *platform = map->platform;

	platform->ops->lock(platform->ctx, &shadow->lock);
	if (r->count++ == 0) {
		r->pfn = pfn;
		r->who = self(map);
		r->other = other;
		r->when = __atomic_load_n(&shadow->sequence, __ATOMIC_ACQUIRE);
	}
	platform->ops->unlock(platform->ctx, &shadow->lock);
}

static void see(const struct mmi_memmap *map, uint64_t start_pfn, uint64_t end_pfn, uint8_t what)
{
	for (uint64_t pfn = start_pfn; pfn < end_pfn; pfn++)
		__atomic_fetch_or(&map->shadow->pages[pfn - map->start_pfn].seen, what,
				  __ATOMIC_RELAXED);
}

/* The first thread to write a section owns it until the section is READY. */
static void claim_section(const struct mmi_memmap *map, uint64_t pfn)
{
	const struct mmi_section *section = mmi_pfn_section(map, pfn);
	uint32_t *writer = &map->shadow->section_writers[section - map->sections];
	const uint32_t me = self(map) + 1;
	uint32_t expected = 0;

	if (__atomic_compare_exchange_n(writer, &expected, me, false, __ATOMIC_ACQ_REL,
					__ATOMIC_ACQUIRE) ||
	    expected == me)
		return;
	if (__atomic_load_n(&section->state, __ATOMIC_ACQUIRE) != MMI_SECTION_READY)
		record(map, MMI_OFFENCE_SECTION_SHARED, pfn, expected - 1);
}

/* Notes the pages of [start_pfn, end_pfn), which lie in one max-order block. */
static void init_in_block(const struct mmi_memmap *map, uint64_t start_pfn, uint64_t end_pfn,
			  uint16_t writer, uint32_t when)
{
	struct mmi_shadow *shadow = map->shadow;
	const uint64_t block = (start_pfn - map->start_pfn) >> map->geometry.max_page_order;
	uint32_t nr_first = 0;

	for (uint64_t pfn = start_pfn; pfn < end_pfn; pfn++) {
		struct mmi_page_shadow *page = &shadow->pages[pfn - map->start_pfn];
		if (page->nr_inits) {
			record(map, MMI_OFFENCE_INIT_TWICE, pfn, page->writer);
			page->nr_inits = 2;
			continue;
		}
		page->nr_inits = 1; /* not all of it: others may note what they see in it */
		page->writer = writer;
		page->when = when;
		nr_first++;
	}
	__atomic_add_fetch(&shadow->blocks[block].nr_inited, nr_first, __ATOMIC_ACQ_REL);
}

void mmi_shadow_init(const struct mmi_memmap *map, uint64_t start_pfn, uint64_t end_pfn)
{
	struct mmi_shadow *shadow = map->shadow;

	yield(map, start_pfn);
	const uint32_t when = (uint32_t)count64(&shadow->sequence, 1);
	const uint64_t section_pages = mmi_section_pages(&map->geometry);
	const uint64_t block_pages = mmi_block_pages(&map->geometry);
	const uint16_t writer = (uint16_t)self(map);

	for (uint64_t pfn = start_pfn; pfn < end_pfn;
	     pfn = mmi_align_down(pfn, section_pages) + section_pages)
		claim_section(map, pfn);
	for (uint64_t pfn = start_pfn; pfn < end_pfn;) {
		uint64_t end = mmi_align_down(pfn, block_pages) + block_pages;
		if (end > end_pfn)
			end = end_pfn;
		init_in_block(map, pfn, end, writer, when);
		pfn = end;
	}
	count64(&shadow->nr_inits, end_pfn - start_pfn);
}

void mmi_shadow_access(const struct mmi_memmap *map, const struct mmi_page *page)
{
	struct mmi_shadow *shadow = map->shadow;
	const uint64_t pfn = mmi_page_pfn(map, page);

	yield(map, pfn);
	count64(&shadow->nr_accesses, 1);
	if (pfn < map->start_pfn || pfn >= map->end_pfn)
		record(map, MMI_OFFENCE_UNINIT_ACCESS, pfn, ~0u);
	else if (!shadow->pages[pfn - map->start_pfn].nr_inits) {
		see(map, pfn, pfn + 1, MMI_SEEN_UNINIT_ACCESS);
		record(map, MMI_OFFENCE_UNINIT_ACCESS, pfn, ~0u);
	}
}

/* Pages of the block at @block_pfn that have a struct page. */
static uint64_t count_valid(const struct mmi_memmap *map, uint64_t block_pfn)
{
	const uint64_t sub_pages = mmi_subsection_pages(&map->geometry);
	const uint64_t block_pages = mmi_block_pages(&map->geometry);
	const uint64_t step = sub_pages < block_pages ? sub_pages : block_pages;
	uint64_t nr_valid = 0;

	for (uint64_t pfn = block_pfn; pfn < block_pfn + block_pages; pfn += step)
		nr_valid += mmi_pfn_valid(map, pfn) ? step : 0;
	return nr_valid;
}

void mmi_shadow_free(const struct mmi_memmap *map, uint64_t start_pfn, uint64_t end_pfn)
{
	struct mmi_shadow *shadow = map->shadow;
	const uint64_t block_pages = mmi_block_pages(&map->geometry);

	yield(map, start_pfn);
	count64(&shadow->nr_frees, 1);
	if (end_pfn - start_pfn == 1)
		see(map, start_pfn, end_pfn, MMI_SEEN_SINGLE_FREE);
	for (uint64_t pfn = mmi_align_down(start_pfn, block_pages); pfn < end_pfn;
	     pfn += block_pages) {
		const uint64_t block = (pfn - map->start_pfn) >> map->geometry.max_page_order;
		const uint64_t first_pfn = pfn > start_pfn ? pfn : start_pfn;
		if (__atomic_load_n(&shadow->blocks[block].nr_inited, __ATOMIC_ACQUIRE) >=
		    count_valid(map, pfn))
			continue;
		see(map, first_pfn, pfn + block_pages < end_pfn ? pfn + block_pages : end_pfn,
		    MMI_SEEN_MIDBLOCK_FREE);
		record(map, MMI_OFFENCE_MIDBLOCK_FREE, first_pfn, ~0u);
	}
}

void mmi_shadow_pageblock(const struct mmi_memmap *map, uint64_t pfn)
{
	yield(map, pfn);
	claim_section(map, pfn);
}

/* How many pages of [start_pfn, end_pfn) lie in the same max-order block as its first. */
static uint64_t pages_in_block(const struct mmi_memmap *map, uint64_t start_pfn, uint64_t end_pfn)
{
	const uint64_t block_pages = mmi_block_pages(&map->geometry);
	const uint64_t block_end = mmi_align_down(start_pfn, block_pages) + block_pages;

	return (block_end < end_pfn ? block_end : end_pfn) - start_pfn;
}

void mmi_shadow_forget(const struct mmi_memmap *map, uint64_t start_pfn, uint64_t end_pfn)
{
	struct mmi_shadow *shadow = map->shadow;
	const uint64_t section_pages = mmi_section_pages(&map->geometry);

	for (uint64_t pfn = start_pfn, nr; pfn < end_pfn; pfn += nr) {
		const uint64_t block = (pfn - map->start_pfn) >> map->geometry.max_page_order;
		nr = pages_in_block(map, pfn, end_pfn);
		memset(&shadow->pages[pfn - map->start_pfn], 0, nr * sizeof(*shadow->pages));
		shadow->blocks[block].nr_inited -=
		    shadow->blocks[block].nr_inited < nr ? shadow->blocks[block].nr_inited : nr;
	}
	for (uint64_t pfn = mmi_align_up(start_pfn, section_pages); pfn + section_pages <= end_pfn;
	     pfn += section_pages)
		shadow->section_writers[mmi_pfn_section(map, pfn) - map->sections] = 0;
}

void mmi_shadow_skip(const struct mmi_memmap *map, uint64_t start_pfn, uint64_t end_pfn)
{
	for (uint64_t pfn = start_pfn, nr; pfn < end_pfn; pfn += nr) {
		const uint64_t block = (pfn - map->start_pfn) >> map->geometry.max_page_order;
		nr = pages_in_block(map, pfn, end_pfn);
		__atomic_add_fetch(&map->shadow->blocks[block].nr_inited, (uint32_t)nr,
				   __ATOMIC_ACQ_REL);
	}
	see(map, start_pfn, end_pfn, MMI_SEEN_SKIPPED);
}

#endif
