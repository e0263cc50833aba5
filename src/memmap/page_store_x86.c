/* SPDX-License-Identifier: MIT */
/*
 * Page stores of x86-64, and what its CPU can do.
 *
 * The vectors are the compiler's own, so that nothing outside of the language is included; each
 * function is compiled for its instruction set, and only called where cpuid and the operating
 * system (xgetbv) have it.
 */
#include "memmap/page_store.h"

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

struct cpuid {
	uint32_t eax, ebx, ecx, edx;
};

static struct cpuid read_cpuid(uint32_t leaf)
{
	struct cpuid id;

	__asm__("cpuid"
		: "=a"(id.eax), "=b"(id.ebx), "=c"(id.ecx), "=d"(id.edx)
		: "a"(leaf), "c"(0));
	return id;
}

/* The register states that the operating system saves; 0 where it does not say. */
static uint32_t read_saved_states(void)
{
	uint32_t low, high;

	if (!(read_cpuid(1).ecx >> 27 & 1)) /* OSXSAVE */
		return 0;
	__asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
	return low;
}

enum mmi_store mmi_cpu_widest_store(void)
{
	const uint32_t avx_states = 0x6, avx512_states = 0xe6;
	const uint32_t saved = read_saved_states();
	const uint32_t features = read_cpuid(0).eax >= 7 ? read_cpuid(7).ebx : 0;

	if ((saved & avx512_states) == avx512_states && features >> 16 & 1)
		return MMI_STORE_AVX512;
	if ((saved & avx_states) == avx_states && features >> 5 & 1)
		return MMI_STORE_AVX2;
	return MMI_STORE_SSE2;
}

/*
 * AMD's cores fetch a stream of whole-line stores ahead by themselves, and every prefetch costs
 * them a slot; Intel's wait for each line unless they are asked (docs/performance.md).
 */
bool mmi_cpu_gains_by_prefetch(void)
{
	const uint32_t ebx_of_amd = 0x68747541; /* "Auth" */

	return read_cpuid(0).ebx != ebx_of_amd;
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
