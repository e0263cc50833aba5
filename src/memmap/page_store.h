/* SPDX-License-Identifier: MIT */
/*
 * Page stores: loops that write struct pages, one a width of store, all with the same result.
 *
 * The core has no globals and calls nobody to learn about the CPU, so the choice is made once,
 * when a memmap is made, and kept in it.
 */
#ifndef MEMMAP_PAGE_STORE_H
#define MEMMAP_PAGE_STORE_H

#include "mminit/memmap.h"

/* Asked for ahead: far enough for memory's latency (1 KiB), near enough to stay in L1. */
#define MMI_PREFETCH_PAGES 16

/* Writes [page, end) in its final state (memmap.h): each line whole, once, in rising order. */
struct mmi_page_store {
	void (*fill)(struct mmi_page *page, const struct mmi_page *end, uint64_t flags,
		     int32_t refcount);
};

/*
 * The loop of @store, without or with a prefetch for ownership; NULL where this CPU, or the
 * architecture that this was compiled for, has none.  @store is not MMI_STORE_AUTO.
 */
const struct mmi_page_store *mmi_page_store(enum mmi_store store, bool prefetch);

/*
 * What an architecture's own file answers: its loop, or NULL; the widest store of this CPU; and
 * whether this CPU is faster when it is asked ahead.
 */
const struct mmi_page_store *mmi_cpu_page_store(enum mmi_store store, bool prefetch);
enum mmi_store mmi_cpu_widest_store(void);
bool mmi_cpu_gains_by_prefetch(void);

/* The words of a struct page's second half never change from page to page. */
static inline uint64_t mmi_page_counts_word(int32_t refcount)
{
	return (uint64_t)(uint32_t)refcount << 32 | MMI_PAGE_TYPE_NONE;
}

/* Both entries, "without" and "with prefetch", of a loop named fill_<name>(). */
#define MMI_DEFINE_PAGE_STORE(name, attributes)                                                    \
	attributes static void name##_plain(struct mmi_page *page, const struct mmi_page *end,     \
					    uint64_t flags, int32_t refcount)                      \
	{                                                                                          \
		fill_##name(page, end, flags, refcount, false);                                    \
	}                                                                                          \
	attributes static void name##_ahead(struct mmi_page *page, const struct mmi_page *end,     \
					    uint64_t flags, int32_t refcount)                      \
	{                                                                                          \
		fill_##name(page, end, flags, refcount, true);                                     \
	}                                                                                          \
	static const struct mmi_page_store name##_stores[2] = {{name##_plain}, {name##_ahead}}

#endif
