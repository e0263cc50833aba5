/* SPDX-License-Identifier: MIT */
/*
 * Page transfers: one body, compiled for what every CPU has, and on x86-64 for AVX2 as well.
 *
 * Groups of pages are looked at and then changed, one group after the other: a loop that looks and
 * one that changes took twice as long, as stores then come in a row that nothing runs beside.
 */
#include "memmap/page_transfer.h"

#define INLINED  __attribute__((always_inline)) static inline
#define UNROLLED _Pragma("GCC unroll 8")
#define GROUP    8

/* Four pointers, or half a struct page. */
typedef uint64_t words4 __attribute__((vector_size(32), aligned(8), may_alias));
typedef uint64_t words2 __attribute__((vector_size(16)));

/* Of a struct page's flags: the zone it is of, and that it is not reserved. */
#define OWN_BITS (~0ull << MMI_PG_ZONE_SHIFT | MMI_PG_RESERVED)

/* By address: a vector that a function's target does not have cannot be passed. */
INLINED bool is_any(const words4 *words)
{
	const words2 halves = __builtin_shufflevector(*words, *words, 0, 1) |
			      __builtin_shufflevector(*words, *words, 2, 3);

	return halves[0] | halves[1];
}

INLINED bool are_empty(struct mmi_page *const *slots, size_t nr)
{
	words4 filled = {0};
	uintptr_t rest = 0;
	size_t i = 0;

	for (; i + 2 * GROUP <= nr; i += 2 * GROUP) {
		const words4 *four = (const words4 *)&slots[i];
		filled |= four[0] | four[1] | four[2] | four[3];
	}
	for (; i < nr; i++)
		rest |= (uintptr_t)slots[i];
	return !is_any(&filled) && !rest;
}

INLINED void hand_out(struct mmi_page *const *pages, struct mmi_page **slots, size_t nr)
{
	for (; nr >= GROUP; nr -= GROUP, pages += GROUP, slots += GROUP) {
		UNROLLED
		for (unsigned k = 0; k < GROUP; k += 4)
			*(words4 *)&slots[k] = *(const words4 *)&pages[k];
		UNROLLED
		for (unsigned k = 0; k < GROUP; k++)
			mmi_page_set_count(pages[k], 1);
	}
	for (; nr; nr--, pages++, slots++) {
		*slots = *pages;
		mmi_page_set_count(*pages, 1);
	}
}

/* Type and refcount, one word, of a page that is allocated and has no type. */
INLINED uint64_t allocated_word(void)
{
	const uint64_t refcount = 1;

	return __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
		   ? refcount << 32 | MMI_PAGE_TYPE_NONE
		   : refcount | (uint64_t)MMI_PAGE_TYPE_NONE << 32;
}

/*
 * Are @slots those of a group of pages from @first on, as @row says of the first four, and are these
 * allocated, without a type, of the zone that @flags says?  One branch for all that would be wrong,
 * but for the last slot: what is not there is not read.
 */
INLINED bool are_ours(const struct mmi_memmap *map, struct mmi_page *const *slots,
		      struct mmi_page *first, const words4 *row, uint64_t flags)
{
	/* A struct page's first half: flags, lru, mapping; its second: ..., type and refcount, ... */
	const words4 first_half = {flags}, judged_first = {OWN_BITS, 0, 0, ~0ull};
	const words4 second_half = {0, 0, allocated_word()}, judged_second = {0, 0, ~0ull, 0};
	words4 wrong_first = {0}, wrong_second = {0}, wrong_slots = {0};

	if (slots[GROUP - 1] != &first[GROUP - 1])
		return false;
	UNROLLED
	for (unsigned k = 0; k < GROUP; k++) {
		const words4 *halves = (const words4 *)mmi_page_access(map, &first[k]);
		wrong_first |= halves[0] ^ first_half;
		wrong_second |= halves[1] ^ second_half;
	}
	UNROLLED
	for (unsigned k = 0; k < GROUP; k += 4)
		wrong_slots |= *(const words4 *)&slots[k] ^ (*row + k * sizeof(*first));
	const words4 wrong =
	    (wrong_first & judged_first) | (wrong_second & judged_second) | wrong_slots;
	return !is_any(&wrong);
}

/* Takes a group of pages from @first on, which are in @slots. */
INLINED void take_group(struct mmi_page **slots, struct mmi_page **pages, struct mmi_page *first,
			const words4 *row)
{
	UNROLLED
	for (unsigned k = 0; k < GROUP; k += 4) {
		*(words4 *)&pages[k] = *row + k * sizeof(*first);
		*(words4 *)&slots[k] = (words4){0};
	}
	UNROLLED
	for (unsigned k = 0; k < GROUP; k++)
		mmi_page_set_count(&first[k], 0);
}

INLINED uint32_t take_back(const struct mmi_memmap *map, struct mmi_page **slots,
			   struct mmi_page **pages, size_t nr, uint64_t flags)
{
	const uint64_t step = sizeof(struct mmi_page), start = (uintptr_t)slots[0];
	words4 row = {start, start + step, start + 2 * step, start + 3 * step};
	struct mmi_page *page = slots[0], *const first = page;

	for (; nr >= GROUP && are_ours(map, slots, page, &row, flags); nr -= GROUP) {
		take_group(slots, pages, page, &row);
		slots += GROUP;
		pages += GROUP;
		page += GROUP;
		row += GROUP * step;
	}
	for (; nr && *slots == page; nr--, page++) {
		if (!mmi_page_is_allocated(mmi_page_access(map, page)) ||
		    page->page_type != MMI_PAGE_TYPE_NONE || (page->flags ^ flags) & OWN_BITS)
			break;
		mmi_page_set_count(page, 0);
		*pages++ = page;
		*slots++ = NULL;
	}
	return (uint32_t)(page - first);
}

/* The three functions of a width, and the table of them. */
#define DEFINE_TRANSFER(name, attributes)                                                          \
	attributes static bool are_empty_##name(struct mmi_page *const *slots, uint32_t nr)        \
	{                                                                                          \
		return are_empty(slots, nr);                                                       \
	}                                                                                          \
	attributes static void hand_out_##name(struct mmi_page *const *pages,                      \
					       struct mmi_page **slots, uint32_t nr)               \
	{                                                                                          \
		hand_out(pages, slots, nr);                                                        \
	}                                                                                          \
	attributes static uint32_t take_back_##name(                                               \
	    const struct mmi_memmap *map, struct mmi_page **slots, struct mmi_page **pages,        \
	    uint32_t nr, uint64_t flags)                                                           \
	{                                                                                          \
		return take_back(map, slots, pages, nr, flags);                                    \
	}                                                                                          \
	static const struct mmi_page_transfer name##_transfer = {                                  \
	    are_empty_##name, hand_out_##name, take_back_##name}

DEFINE_TRANSFER(plain, );
#ifdef __x86_64__
DEFINE_TRANSFER(avx2, __attribute__((target("avx2"))));
#endif

const struct mmi_page_transfer *mmi_page_transfer(enum mmi_store store)
{
#ifdef __x86_64__
	if (store == MMI_STORE_AVX2 || store == MMI_STORE_AVX512)
		return &avx2_transfer;
#endif
	(void)store;
	return &plain_transfer;
}
