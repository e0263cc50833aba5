/* SPDX-License-Identifier: MIT */
/* Chooses a page store; the loop in plain C, which every machine has. */
#include "memmap/page_store.h"

__attribute__((always_inline)) static inline void fill_c(struct mmi_page *page,
							 const struct mmi_page *end, uint64_t flags,
							 int32_t refcount, const bool prefetch)
{
	for (; page < end; page++) {
		if (prefetch)
			__builtin_prefetch(page + MMI_PREFETCH_PAGES, 1);
		*page = (struct mmi_page){
		    .flags = flags,
		    .lru = {&page->lru, &page->lru},
		    .page_type = MMI_PAGE_TYPE_NONE,
		    .refcount = refcount,
		};
	}
}

MMI_DEFINE_PAGE_STORE(c, );

const struct mmi_page_store *mmi_page_store(enum mmi_store store, bool prefetch)
{
	return store == MMI_STORE_C ? &c_stores[prefetch] : mmi_cpu_page_store(store, prefetch);
}

static const char *const store_names[MMI_NR_STORES] = {
    [MMI_STORE_AUTO] = "auto", [MMI_STORE_C] = "c",           [MMI_STORE_SSE2] = "sse2",
    [MMI_STORE_AVX2] = "avx2", [MMI_STORE_AVX512] = "avx512", [MMI_STORE_NEON] = "neon",
};

const char *mmi_store_name(enum mmi_store store)
{
	return store_names[store];
}

bool mmi_store_is_supported(enum mmi_store store)
{
	return store == MMI_STORE_AUTO || mmi_page_store(store, false);
}

enum mmi_store mmi_store_widest(void)
{
	return mmi_cpu_widest_store();
}

#if !defined(__x86_64__) && !defined(__aarch64__)
const struct mmi_page_store *mmi_cpu_page_store(enum mmi_store store, bool prefetch)
{
	(void)store;
	(void)prefetch;
	return NULL;
}

enum mmi_store mmi_cpu_widest_store(void)
{
	return MMI_STORE_C;
}

bool mmi_cpu_gains_by_prefetch(void)
{
	return true;
}
#endif
