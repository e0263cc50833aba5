/* SPDX-License-Identifier: MIT */
/* The page store of 64-bit ARM: NEON, which every such CPU has. */
#include "memmap/page_store.h"

#ifdef __aarch64__

typedef uint64_t words2 __attribute__((vector_size(16), may_alias));

__attribute__((always_inline)) static inline void fill_neon(struct mmi_page *page,
							    const struct mmi_page *end,
							    uint64_t flags, int32_t refcount,
							    const bool prefetch)
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

MMI_DEFINE_PAGE_STORE(neon, );

enum mmi_store mmi_cpu_widest_store(void)
{
	return MMI_STORE_NEON;
}

bool mmi_cpu_gains_by_prefetch(void)
{
	return true;
}

const struct mmi_page_store *mmi_cpu_page_store(enum mmi_store store, bool prefetch)
{
	return store == MMI_STORE_NEON ? &neon_stores[prefetch] : NULL;
}

#endif
