/* SPDX-License-Identifier: MIT */
/*
 * The memmap: one virtual array of struct mmi_page, indexed by PFN, and the sections it lies in.
 *
 * The array is reserved for the whole span of a machine's PFNs, places where memory may come
 * included, and backed only for sections that are present.  On x86-64 a section's part is 2 MiB:
 * one huge page, on one node, initialised by one thread.  Where a section's part is smaller than a
 * huge page (arm64 with 64 KiB pages, ppc64) backing and claiming go by the *unit*: the larger of a
 * section and a huge page's worth of them.
 *
 * In the checked core the memmap is poisoned when it is backed, and every read and write of a
 * struct page leaves a shadow record (shadow.h), so that "once" and "before" are observed.
 */
#ifndef MMINIT_MEMMAP_H
#define MMINIT_MEMMAP_H

#include "mminit/machine.h"

MMI_DECLARATIONS_BEGIN

struct mmi_list {
	struct mmi_list *next;
	struct mmi_list *prev;
};

/*
 * The fields of Linux 6.1's struct page on amd64, in their places.
 * After initialisation all is 0 but:
 *   flags      node, zone and last_cpupid (all ones); PG_reserved where the page is not free
 *   lru        points at itself
 *   page_type  mapcount -1
 *   refcount   1 reserved or allocated, 0 free
 * The head of a free block moreover: page_type MMI_PAGE_TYPE_BUDDY, private_data = order,
 * lru on a free list.
 */
struct mmi_page {
	uint64_t flags;
	struct mmi_list lru;
	uint64_t mapping;
	uint64_t index;
	uint64_t private_data;
	uint32_t page_type;
	int32_t refcount;
	uint64_t memcg_data;
};

#define MMI_PAGE_BYTES       64
#define MMI_PAGE_POISON_BYTE 0xff /* what the checked core fills a fresh memmap with */

/* Bits of page->flags (6.1, amd64: NODES_SHIFT 10, ZONES_SHIFT 3, LAST_CPUPID_SHIFT 21). */
#define MMI_PG_RESERVED    (1ull << 12)
#define MMI_PG_HEAD        (1ull << 16)
#define MMI_PG_NODE_SHIFT  54
#define MMI_PG_ZONE_SHIFT  51
#define MMI_PG_ZONE_MASK   0x7ull
#define MMI_PG_LAST_CPUPID (((1ull << 21) - 1) << 30)

#define MMI_PAGE_TYPE_NONE    0xffffffffu /* mapcount -1 */
#define MMI_PAGE_TYPE_BUDDY   0xffffff7fu
#define MMI_PAGE_TYPE_OFFLINE 0xfffffeffu /* kept by a balloon driver */

/* Migratetypes, in Linux's order; the bits of a pageblock hold one. */
enum mmi_migratetype {
	MMI_MIGRATE_UNMOVABLE,
	MMI_MIGRATE_MOVABLE,
	MMI_MIGRATE_RECLAIMABLE,
	MMI_MIGRATE_HIGHATOMIC,
	MMI_MIGRATE_CMA,
	MMI_MIGRATE_ISOLATE,
	MMI_NR_MIGRATETYPES
};

enum mmi_section_state {
	MMI_SECTION_ABSENT,  /* no memory in it, or all of it offline */
	MMI_SECTION_PRESENT, /* backed, its struct pages not initialised */
	MMI_SECTION_BUSY,    /* one thread is initialising it */
	MMI_SECTION_READY,   /* every struct page of a present subsection is initialised */
};

#define MMI_SUBSECTION_WORDS 4 /* 512 MiB sections of 2 MiB subsections: 256 bits */
#define MMI_PAGEBLOCK_WORDS  4 /* 4 bits each for up to 64 pageblocks of a section */

/*
 * A section.  Two cache lines of its own: the pageblock bits are written by the one thread that
 * initialises the section, and nobody else's line bounces.
 */
struct mmi_section {
	uint64_t pageblock_bits[MMI_PAGEBLOCK_WORDS];
	uint64_t subsections[MMI_SUBSECTION_WORDS]; /* bit: has struct pages; atomic */
	uint32_t state;                             /* enum mmi_section_state; atomic */
	int32_t nid;                                /* node of its first present page */
	uint32_t backed;                            /* all of its struct pages have memory */
	uint32_t standing; /* its free pages are on their zone's lists; under the claims' lock */
	uint32_t unused[12];
};

/* The present sections once more, for searches: see src/memmap/section_tree.h. */
#define MMI_SECTION_TREE_LEVELS 7 /* of 64 branches */
struct mmi_section_tree {
	uint64_t *levels[MMI_SECTION_TREE_LEVELS]; /* from the sections up; atomic */
	unsigned nr_levels;
};

/* How a memmap is to be backed. */
enum mmi_placement {
	MMI_PLACE_LOCAL,    /* a section's part on the section's node */
	MMI_PLACE_ANYWHERE, /* first touch decides */
	MMI_PLACE_INTERLEAVE, /* units, counted from PFN 0 on, take turns over the nodes with memory */
	MMI_PLACE_REMOTE,     /* on the next node with memory: for contrast */
};

/* How wide a store writes struct pages; all of them write the same. */
enum mmi_store {
	MMI_STORE_AUTO, /* the widest that this CPU has */
	MMI_STORE_C,    /* what the compiler makes of plain C */
	MMI_STORE_SSE2,
	MMI_STORE_AVX2,
	MMI_STORE_AVX512,
	MMI_STORE_NEON,
	MMI_NR_STORES
};

/* Whether lines are asked for, with ownership, before they are written. */
enum mmi_prefetch {
	MMI_PREFETCH_AUTO, /* where this CPU gains by it */
	MMI_PREFETCH_OFF,
	MMI_PREFETCH_ON,
};

struct mmi_memmap_options {
	bool no_huge_pages; /* do not ask for huge pages; the unit is then a section */
	bool by_subsection; /* back only the parts of present subsections */
	bool populate;      /* back at once, not at first touch */
	enum mmi_placement placement;
	enum mmi_store store;
	enum mmi_prefetch prefetch;
};

struct mmi_page_store; /* the loop that was chosen */
struct mmi_shadow;     /* the checked core's records; NULL otherwise */

/*
 * Invariants:
 *   start_pfn, end_pfn     unit-aligned; memory lies between them, and so do persistent memory and
 *                          windows, unless these are larger than the address space that is there
 *   nr_sections            = (end_pfn - start_pfn) / pages of a section
 *   a section is present   <=> some subsection bit of it is set <=> it is in the tree
 */
struct mmi_memmap {
	struct mmi_geometry geometry;
	const struct mmi_platform *platform;
	struct mmi_page *pages;       /* of start_pfn; valid where mmi_pfn_valid() */
	struct mmi_section *sections; /* of start_pfn */
	struct mmi_section_tree present;
	uint64_t start_pfn;
	uint64_t end_pfn;
	uint64_t nr_sections;
	uint64_t unit_pages; /* pages of a unit: a multiple of a section's */
	uint64_t nr_present_sections;
	uint64_t backed_bytes; /* of the array, asked to be backed */
	size_t pages_bytes;    /* address space reserved */
	size_t sections_bytes;
	struct mmi_memmap_options options; /* store and prefetch as chosen, not AUTO */
	const struct mmi_page_store *store;
	struct mmi_shadow *shadow;
};

/*
 * Bytes of struct pages that @machine needs with these options: what would be backed.  Answers
 * without reserving anything.  Any thread.
 */
uint64_t mmi_memmap_bytes(const struct mmi_machine *machine,
			  const struct mmi_memmap_options *options);

/*
 * Reserves and backs the memmap of @machine on the caller's storage; every present section ends
 * up PRESENT, nothing initialised.  -ENOMEM, or what commit() said, @err says which part; -ENOSYS:
 * this CPU has no such store.
 * mmi_memmap_deinit() gives all back; it may be called on a zeroed map.
 */
int mmi_memmap_init(struct mmi_memmap *map, const struct mmi_machine *machine,
		    const struct mmi_memmap_options *options, struct mmi_error *err);
void mmi_memmap_deinit(struct mmi_memmap *map);

/* Asserts the invariants above; -EINVAL with the first that breaks. */
int mmi_memmap_check(const struct mmi_memmap *map, struct mmi_error *err);

/*
 * Steps over absent sections, for walks over a span, whose work is then that of the memory in it.
 * next: the first PFN at or above @pfn that lies in a present section; end_pfn: none does.
 * prev: where present sections end at or below @pfn; start_pfn: there is none below.
 */
uint64_t mmi_memmap_next_present(const struct mmi_memmap *map, uint64_t pfn);
uint64_t mmi_memmap_prev_present(const struct mmi_memmap *map, uint64_t pfn);

/* "auto", "c", "sse2", "avx2", "avx512", "neon". */
const char *mmi_store_name(enum mmi_store store);
/* Can this CPU do it?  AUTO and C always. */
bool mmi_store_is_supported(enum mmi_store store);
enum mmi_store mmi_store_widest(void); /* what AUTO takes */

/* Pages of a unit: the larger of a section and a huge page's worth of sections. */
uint64_t mmi_unit_pages(const struct mmi_geometry *geometry, bool no_huge_pages);

/* Migratetype of the pageblock of @pfn, whose section is present. */
enum mmi_migratetype mmi_pageblock_type(const struct mmi_memmap *map, uint64_t pfn);
/* The caller owns the section (it initialises it) or holds the zone's lock. */
void mmi_pageblock_set_type(struct mmi_memmap *map, uint64_t pfn, enum mmi_migratetype type);

static inline struct mmi_section *mmi_pfn_section(const struct mmi_memmap *map, uint64_t pfn)
{
	return &map->sections[(pfn - map->start_pfn) >>
			      (map->geometry.section_shift - map->geometry.page_shift)];
}

/* Has @pfn a struct page?  False outside the span and in absent subsections. */
static inline bool mmi_pfn_valid(const struct mmi_memmap *map, uint64_t pfn)
{
	if (pfn < map->start_pfn || pfn >= map->end_pfn)
		return false;
	const struct mmi_geometry *g = &map->geometry;
	const uint64_t sub =
	    (pfn & (mmi_section_pages(g) - 1)) >> (g->subsection_shift - g->page_shift);
	const uint64_t *word = &mmi_pfn_section(map, pfn)->subsections[sub / 64];
	return __atomic_load_n(word, __ATOMIC_ACQUIRE) >> (sub % 64) & 1;
}

/* @pfn lies in the span.  The struct page may be read once its section is READY. */
static inline struct mmi_page *mmi_pfn_page(const struct mmi_memmap *map, uint64_t pfn)
{
	return &map->pages[pfn - map->start_pfn];
}
static inline uint64_t mmi_page_pfn(const struct mmi_memmap *map, const struct mmi_page *page)
{
	return map->start_pfn + (uint64_t)(page - map->pages);
}

static inline uint64_t mmi_page_flags(int nid, enum mmi_zone_type zone)
{
	return (uint64_t)nid << MMI_PG_NODE_SHIFT | (uint64_t)zone << MMI_PG_ZONE_SHIFT |
	       MMI_PG_LAST_CPUPID;
}
static inline int mmi_flags_nid(uint64_t flags)
{
	return (int)(flags >> MMI_PG_NODE_SHIFT);
}
static inline enum mmi_zone_type mmi_flags_zone(uint64_t flags)
{
	return (enum mmi_zone_type)(flags >> MMI_PG_ZONE_SHIFT & MMI_PG_ZONE_MASK);
}

MMI_DECLARATIONS_END

#endif
