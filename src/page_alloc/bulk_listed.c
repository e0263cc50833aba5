/* SPDX-License-Identifier: MIT */
/*
 * The short ways of bulk requests: one body, compiled for what every CPU has, and on x86-64 for
 * AVX2 as well.
 *
 * Groups of pages are looked at and then changed, one group after the other: a loop that looks and
 * one that changes took twice as long, as stores then come in a row that nothing runs beside.  A
 * page that is in the slots twice breaks the run.
 */
#include "page_alloc/bulk_listed.h"

#include "page_alloc/request.h"

#define INLINED  __attribute__((always_inline)) static inline
#define UNROLLED _Pragma("GCC unroll 16")
#define GROUP    8

/* Four pointers, or half a struct page. */
typedef uint64_t words4 __attribute__((vector_size(32), aligned(8), may_alias));
typedef uint64_t words2 __attribute__((vector_size(16)));
typedef uint64_t any_word __attribute__((may_alias));

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
	size_t i = 0;

	for (; i + 2 * GROUP <= nr; i += 2 * GROUP) {
		const words4 *four = (const words4 *)&slots[i];
		filled |= four[0] | four[1] | four[2] | four[3];
	}
	for (; i < nr; i++)
		filled[0] |= (uintptr_t)slots[i];
	return !is_any(&filled);
}

/* The addresses of @first and of the three pages behind it. */
#define ROW_OF(first)                                                                              \
	((uintptr_t)(first) + (words4){0, sizeof(struct mmi_page), 2 * sizeof(struct mmi_page),    \
				       3 * sizeof(struct mmi_page)})

INLINED void hand_out(struct mmi_page *first, struct mmi_page **slots, size_t nr)
{
	words4 row = ROW_OF(first);

	for (; nr >= GROUP; nr -= GROUP) {
		UNROLLED
		for (unsigned k = 0; k < GROUP; k += 4, row += 4 * sizeof(*first))
			*(words4 *)&slots[k] = row;
		UNROLLED
		for (unsigned k = 0; k < GROUP; k++)
			mmi_page_set_count(&first[k], 1);
		first += GROUP;
		slots += GROUP;
	}
	for (; nr; nr--) {
		mmi_page_set_count(first, 1);
		*slots++ = first++;
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

/* Are the @nr slots those of pages in a row, as @row says of the first four? */
INLINED bool are_in_row(struct mmi_page *const *slots, size_t nr, const words4 *row)
{
	words4 differing = {0};

	UNROLLED
	for (size_t k = 0; k < nr; k += 4)
		differing |= *(const words4 *)&slots[k] ^ (*row + k * sizeof(struct mmi_page));
	return !is_any(&differing);
}

/*
 * Are the @nr slots those of pages from @first on, as @row says of the first four, and are these
 * allocated, without a type, of the zone that @flags says?  All slots are looked at before any page:
 * one that no slot names may have no struct page, or an owner who is writing it.
 */
INLINED bool are_ours(const struct mmi_memmap *map, struct mmi_page *const *slots, size_t nr,
		      struct mmi_page *first, const words4 *row, uint64_t flags)
{
	/* A struct page's first half: flags, lru, mapping. */
	const words4 expected = {flags}, judged = {OWN_BITS, 0, 0, ~0ull};
	words4 wrong = {0};

	if (!are_in_row(slots, nr, row))
		return false;
	UNROLLED
	for (size_t k = 0; k < nr; k++) {
		const struct mmi_page *page = mmi_page_access(map, &first[k]);
		if (!MMI_LIKELY(*(const any_word *)&page->page_type == allocated_word()))
			return false;
		wrong |= *(const words4 *)page ^ expected;
	}
	wrong &= judged;
	return !is_any(&wrong);
}

/* Takes back groups of @group pages, as many as there are of @nr; returns how many pages. */
INLINED size_t take_groups(const struct mmi_memmap *map, struct mmi_page **slots, size_t group,
			   struct mmi_page *first, size_t nr, uint64_t flags)
{
	words4 row = ROW_OF(first);
	struct mmi_page *page = first;

	for (; nr >= group && are_ours(map, slots, group, page, &row, flags); nr -= group) {
		UNROLLED
		for (size_t k = 0; k < group; k += 4)
			*(words4 *)&slots[k] = (words4){0};
		UNROLLED
		for (size_t k = 0; k < group; k++)
			mmi_page_set_count(&page[k], 0);
		slots += group;
		page += group;
		row += group * sizeof(*first);
	}
	return (size_t)(page - first);
}

INLINED size_t take_back(const struct mmi_memmap *map, struct mmi_page **slots, size_t nr,
			 uint64_t flags)
{
	struct mmi_page *const first = slots[0];
	size_t i = take_groups(map, slots, 2 * GROUP, first, nr, flags);

	i += take_groups(map, slots + i, GROUP, first + i, nr - i, flags);
	for (; i < nr && slots[i] == &first[i]; i++) {
		struct mmi_page *page = mmi_page_access(map, &first[i]);
		if (!mmi_page_is_allocated(page) || page->page_type != MMI_PAGE_TYPE_NONE ||
		    (page->flags ^ flags) & OWN_BITS)
			break;
		mmi_page_set_count(page, 0);
		slots[i] = NULL;
	}
	return i;
}

/* From several runs, and the long way if there are not enough.  The context is entered. */
static __attribute__((noinline)) int fill_from_runs(struct mmi_cpu *cpu, unsigned gfp, int nr_pages,
						    struct mmi_page **array)
{
	const struct mmi_shortcut *shortcut = &cpu->shortcuts[gfp % MMI_GFP_KINDS];
	const uint32_t nr_got = mmi_pop_listed(shortcut->pcp, shortcut->lists, array,
					       (uint32_t)nr_pages, cpu->alloc->bulk->hand_out);

	cpu->stats.nr_bulk_pages += nr_got;
	if (nr_got < (uint32_t)nr_pages)
		return mmi_bulk_alloc_the_long_way(cpu, gfp, -1, NULL, nr_pages, array);
	mmi_cpu_leave(cpu);
	return nr_pages;
}

/* May an array, which is empty, be filled from the list that the shortcut leads to? */
INLINED bool is_listed(const struct mmi_cpu *cpu, const struct mmi_shortcut *shortcut,
		       struct mmi_page *const *array, int nr_pages)
{
	return nr_pages > 0 && !mmi_cpu_is_asked(cpu) &&
	       shortcut->generation == mmi_alloc_lists(cpu->alloc)->generation &&
	       mmi_shortcut_has(shortcut, (uint64_t)nr_pages + 1) &&
	       are_empty(array, (size_t)nr_pages);
}

/* As a rule the uppermost run has all. */
INLINED int alloc(struct mmi_cpu *cpu, unsigned gfp, int nid, const struct mmi_nodemask *nodemask,
		  int nr_pages, struct mmi_page **array)
{
	const struct mmi_shortcut *shortcut = &cpu->shortcuts[gfp % MMI_GFP_KINDS];

	mmi_cpu_begin(cpu);
	if (nid >= 0 || nodemask || !is_listed(cpu, shortcut, array, nr_pages))
		return mmi_bulk_alloc_the_long_way(cpu, gfp, nid, nodemask, nr_pages, array);
	struct mmi_pcp_list *list = shortcut->lists;
	if (!list->nr || mmi_run_nr(list->runs[list->nr - 1]) < (uint32_t)nr_pages)
		return fill_from_runs(cpu, gfp, nr_pages, array);
	hand_out(mmi_run_first(list->runs[list->nr - 1]), array, (size_t)nr_pages);
	mmi_pcp_shorten(list, 0, (uint32_t)nr_pages);
	shortcut->pcp->nr_pages -= (uint32_t)nr_pages;
	cpu->stats.nr_bulk_pages += (uint64_t)nr_pages;
	mmi_cpu_leave(cpu);
	return nr_pages;
}

/* As a rule all are one run, and go where the run before went. */
INLINED void free_listed(struct mmi_cpu *cpu, struct mmi_page **array, int nr_pages)
{
	int nr_freed = 0;

	mmi_cpu_begin(cpu);
	if (nr_pages > 0 && array[0] && !mmi_cpu_is_asked(cpu))
		nr_freed = mmi_push_listed(cpu, array, nr_pages, take_back);
	if (nr_freed < nr_pages)
		mmi_bulk_free_the_long_way(cpu, array + nr_freed, nr_pages - nr_freed);
	else
		mmi_cpu_leave(cpu);
}

/* The functions of a width, and the table of them. */
#define DEFINE_WAYS(name, attributes)                                                              \
	attributes static int alloc_##name(struct mmi_cpu *cpu, unsigned gfp, int nid,             \
					   const struct mmi_nodemask *nodemask, int nr_pages,      \
					   struct mmi_page **array)                                \
	{                                                                                          \
		return alloc(cpu, gfp, nid, nodemask, nr_pages, array);                            \
	}                                                                                          \
	attributes static void free_##name(struct mmi_cpu *cpu, struct mmi_page **array,           \
					   int nr_pages)                                           \
	{                                                                                          \
		free_listed(cpu, array, nr_pages);                                                 \
	}                                                                                          \
	attributes static void hand_out_##name(struct mmi_page *first, struct mmi_page **slots,    \
					       size_t nr)                                          \
	{                                                                                          \
		hand_out(first, slots, nr);                                                        \
	}                                                                                          \
	attributes static size_t take_back_##name(                                                 \
	    const struct mmi_memmap *map, struct mmi_page **slots, size_t nr, uint64_t flags)      \
	{                                                                                          \
		return take_back(map, slots, nr, flags);                                           \
	}                                                                                          \
	static const struct mmi_bulk_ways name##_ways = {alloc_##name, free_##name,                \
							 hand_out_##name, take_back_##name}

DEFINE_WAYS(plain, );
#ifdef __x86_64__
DEFINE_WAYS(avx2, __attribute__((target("avx2"))));
#endif

const struct mmi_bulk_ways *mmi_bulk_ways(enum mmi_store store)
{
#ifdef __x86_64__
	if (store == MMI_STORE_AVX2 || store == MMI_STORE_AVX512)
		return &avx2_ways;
#endif
	(void)store;
	return &plain_ways;
}

int mmi_alloc_pages_bulk(struct mmi_cpu *cpu, unsigned gfp, int nid,
			 const struct mmi_nodemask *nodemask, int nr_pages, struct mmi_page **array)
{
	return cpu->alloc->bulk->alloc(cpu, gfp, nid, nodemask, nr_pages, array);
}

void mmi_free_pages_bulk(struct mmi_cpu *cpu, struct mmi_page **array, int nr_pages)
{
	cpu->alloc->bulk->free(cpu, array, nr_pages);
}
