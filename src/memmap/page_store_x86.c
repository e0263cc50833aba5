/* SPDX-License-Identifier: MIT */
/*
 * Page stores of x86-64.
 *
 * The vectors are the compiler's own, so that nothing outside of the language is included; each
 * function is compiled for its instruction set, and only called where the CPU has it (cpu_x86.h).
 */
#include "memmap/page_store.h"

#include "memmap/cpu_x86.h"

#ifdef __x86_64__

typedef uint64_t words2 __attribute__((vector_size(16), may_alias));
typedef uint64_t words4 __attribute__((vector_size(32), may_alias));
typedef uint64_t words8 __attribute__((vector_size(64), may_alias));

#define FOR_SSE2   __attribute__((target("sse2")))
#define FOR_AVX2   __attribute__((target("avx2")))
#define FOR_AVX512 __attribute__((target("avx512f")))
#define INLINED    __attribute__((always_inline)) static inline

FOR_SSE2 INLINED void fill_sse2(struct mmi_page *page, const struct mmi_page *end, uint64_t flags,
				int32_t refcount, const bool prefetch)
{
	const uint64_t link = (uintptr_t)&page->lru;
	const words2 zero = {0}, counts = {mmi_page_counts_word(refcount)};
	words2 first = {flags, link}, second = {link};

	for (; page < end; page++) {
		words2 *words = (words2 *)page;
		if (prefetch)
			__builtin_prefetch(page + MMI_PREFETCH_PAGES, 1);
		words[0] = first;
		words[1] = second;
		words[2] = zero;
		words[3] = counts;
		first += (words2){0, MMI_PAGE_BYTES};
		second += (words2){MMI_PAGE_BYTES, 0};
	}
}

FOR_AVX2 INLINED void fill_avx2(struct mmi_page *page, const struct mmi_page *end, uint64_t flags,
				int32_t refcount, const bool prefetch)
{
	const uint64_t link = (uintptr_t)&page->lru;
	const words4 counts = {0, 0, mmi_page_counts_word(refcount)};
	words4 links = {flags, link, link};

	for (; page < end; page++) {
		words4 *words = (words4 *)page;
		if (prefetch)
			__builtin_prefetch(page + MMI_PREFETCH_PAGES, 1);
		words[0] = links;
		words[1] = counts;
		links += (words4){0, MMI_PAGE_BYTES, MMI_PAGE_BYTES};
	}
}

FOR_AVX512 INLINED void fill_avx512(struct mmi_page *page, const struct mmi_page *end,
				    uint64_t flags, int32_t refcount, const bool prefetch)
{
	const uint64_t link = (uintptr_t)&page->lru;
	words8 line = {flags, link, link, 0, 0, 0, mmi_page_counts_word(refcount)};

	for (; page < end; page++) {
		if (prefetch)
			__builtin_prefetch(page + MMI_PREFETCH_PAGES, 1);
		*(words8 *)page = line;
		line += (words8){0, MMI_PAGE_BYTES, MMI_PAGE_BYTES};
	}
}

MMI_DEFINE_PAGE_STORE(sse2, FOR_SSE2);
MMI_DEFINE_PAGE_STORE(avx2, FOR_AVX2);
MMI_DEFINE_PAGE_STORE(avx512, FOR_AVX512);

enum mmi_store mmi_cpu_widest_store(void)
{
	return mmi_x86_widest_store(&mmi_x86_this_cpu);
}

bool mmi_cpu_gains_by_prefetch(void)
{
	return mmi_x86_gains_by_prefetch(&mmi_x86_this_cpu);
}

const struct mmi_page_store *mmi_cpu_page_store(enum mmi_store store, bool prefetch)
{
	if (store > mmi_cpu_widest_store())
		return NULL;
	switch (store) {
	case MMI_STORE_SSE2:
		return &sse2_stores[prefetch];
	case MMI_STORE_AVX2:
		return &avx2_stores[prefetch];
	case MMI_STORE_AVX512:
		return &avx512_stores[prefetch];
	default:
		return NULL;
	}
}

#endif
