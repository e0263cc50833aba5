/* SPDX-License-Identifier: MIT */
/*
 * A machine: what memory, nodes and CPUs there are, before anything is initialised.
 *
 * The nouns, in Linux's words:
 *   page frame, pfn   a page of physical memory and its number: address >> page_shift
 *   range             half-open: [start_pfn, end_pfn)
 *   memory range      memory that exists, with its node (memblock.memory)
 *   reserved range    memory that is taken at hand-over to the page allocator (memblock.reserved)
 *   section           1 << section_shift bytes; the unit in which a memmap exists
 *   subsection        1 << subsection_shift bytes; the unit in which struct pages are valid
 *   pageblock         1 << pageblock_order pages of one migratetype
 *   max-order block   1 << max_page_order pages, the largest block of the buddy allocator
 *   hotplug window    where memory may be added later (SRAT "hotplug")
 *
 * A `struct mmi_machine` is validated once, when it is made, and immutable afterwards: any
 * number of threads may read it.  What changes later (memory that is added) lives elsewhere.
 */
#ifndef MMINIT_MACHINE_H
#define MMINIT_MACHINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mminit/error.h"
#include "mminit/platform.h"

MMI_DECLARATIONS_BEGIN

#define MMI_MAX_NODES       1024 /* CONFIG_NODES_SHIFT=10: node ids are 0..1023 */
#define MMI_LOCAL_DISTANCE  10
#define MMI_REMOTE_DISTANCE 20
#define MMI_MAX_RANGES      (1u << 20) /* of each kind, in one machine */
#define MMI_MAX_PAGE_ORDER  13         /* arm64 with 64 KiB pages */
#define MMI_NR_PAGE_ORDERS  (MMI_MAX_PAGE_ORDER + 1)

enum mmi_arch {
	MMI_ARCH_X86_64,
	MMI_ARCH_ARM64_4K,
	MMI_ARCH_ARM64_16K,
	MMI_ARCH_ARM64_64K,
	MMI_ARCH_PPC64_64K,
	MMI_NR_ARCHS
};

/* Whose rules apply.  A later kernel follows the newest rules at or below its own version. */
enum mmi_linux_version {
	MMI_LINUX_4_13,
	MMI_LINUX_5_16,
	MMI_LINUX_6_1,
	MMI_LINUX_6_12,
	MMI_LINUX_7_X,
	MMI_NR_LINUX_VERSIONS
};

enum mmi_zone_type {
	MMI_ZONE_DMA,
	MMI_ZONE_DMA32,
	MMI_ZONE_NORMAL,
	MMI_ZONE_MOVABLE,
	MMI_ZONE_DEVICE,
	MMI_NR_ZONES
};

/*
 * Sizes and limits of an architecture.
 * Invariants (mmi_machine_check):
 *   pageblock_order <= max_page_order
 *   max_page_order + page_shift <= section_shift    a max-order block lies in one section
 *   subsection_shift <= section_shift <= max_physmem_bits
 *   dma_end_pfn <= dma32_end_pfn when both are zones
 */
struct mmi_geometry {
	enum mmi_arch arch;
	unsigned page_shift;
	unsigned section_shift;
	unsigned subsection_shift;
	unsigned max_page_order;
	unsigned pageblock_order;
	unsigned max_physmem_bits; /* addresses are below 1 << max_physmem_bits */
	unsigned zone_mask;        /* bit of each mmi_zone_type that the architecture has */
	uint64_t dma_end_pfn;      /* ZONE_DMA ends below; 0: nothing in that zone */
	uint64_t dma32_end_pfn;    /* ZONE_DMA32 ends below; 0: nothing in that zone */
};

/* Memblock's flags, and one of ours.  Adjacent ranges of different flags are not merged. */
enum {
	MMI_MEM_HOTPLUG = 0x1,
	MMI_MEM_MIRROR = 0x2,
	MMI_MEM_NOMAP = 0x4, /* never given to the page allocator */
	MMI_MEM_DRIVER_MANAGED = 0x8,
};

struct mmi_mem_range {
	uint64_t start_pfn; /* start_pfn < end_pfn */
	uint64_t end_pfn;
	int nid;
	uint32_t flags; /* MMI_MEM_* */
};

struct mmi_pfn_range {
	uint64_t start_pfn; /* start_pfn < end_pfn */
	uint64_t end_pfn;
};

/* One possible node.  Nodes without memory and nodes without CPUs are nodes too. */
struct mmi_machine_node {
	int nid;
	bool online; /* at boot: has memory or CPUs, or the firmware says so */
	unsigned nr_cpus;
	unsigned nr_cores;         /* CPUs without those that share a core with one before */
	uint64_t nr_present_pages; /* = sum of its memory ranges */
};

/* kernelcore= or movablecore= */
enum mmi_amount_unit { MMI_AMOUNT_NONE, MMI_AMOUNT_PAGES, MMI_AMOUNT_PERCENT };
struct mmi_amount {
	enum mmi_amount_unit unit;
	uint64_t value;
};

/*
 * Invariants (mmi_machine_check):
 *   nodes sorted by nid, unique, 0 <= nid < MMI_MAX_NODES
 *   memory sorted, disjoint, never empty, every nid in nodes
 *   reserved sorted, disjoint, not adjacent, never empty; may cover what is not memory
 *   nr_present_pages = sum over nodes of nr_present_pages
 *   distances[i * nr_nodes + i] = MMI_LOCAL_DISTANCE, no other one below it (numa=fake: equal)
 * Hotplug windows may overlap memory.
 */
struct mmi_machine {
	struct mmi_geometry geometry;
	enum mmi_linux_version linux_version;

	const struct mmi_mem_range *memory;
	size_t nr_memory;
	const struct mmi_pfn_range *reserved;
	size_t nr_reserved;
	const struct mmi_mem_range *windows; /* hotplug windows */
	size_t nr_windows;
	const struct mmi_mem_range *persistent; /* persistent and soft-reserved memory, unmanaged */
	size_t nr_persistent;

	const struct mmi_machine_node *nodes;
	size_t nr_nodes;
	const uint16_t *distances; /* nr_nodes x nr_nodes, by index into nodes, row = from */
	const int *cpu_nids;       /* node of each CPU */
	size_t nr_cpus;

	struct mmi_amount kernelcore;
	struct mmi_amount movablecore;
	uint64_t nr_present_pages;
	uint64_t memory_block_bytes; /* size of a memory block in sysfs; a multiple of a section */

	const struct mmi_platform *platform; /* whose memory this is */
	size_t allocation_bytes;
};

/* One range of a description, in bytes, half-open.  nid -1 where none is needed. */
struct mmi_spec_range {
	uint64_t start;
	uint64_t end;
	int nid;
	uint32_t flags;
	uint32_t line; /* of the input, for messages; 0: none */
};

struct mmi_spec_node {
	int nid;
	bool online; /* online even when it has neither memory nor CPUs */
};

/*
 * What a parser hands over: plain arrays in the caller's memory, in any order.  Nodes that
 * memory, windows or CPUs name need not stand in @nodes.
 */
struct mmi_machine_spec {
	struct mmi_geometry geometry;
	enum mmi_linux_version linux_version;
	const struct mmi_spec_range *memory;
	size_t nr_memory;
	const struct mmi_spec_range *reserved; /* may overlap each other */
	size_t nr_reserved;
	const struct mmi_spec_range *windows;
	size_t nr_windows;
	const struct mmi_spec_range *persistent;
	size_t nr_persistent;
	const struct mmi_spec_node *nodes;
	size_t nr_nodes;
	const int *cpu_nids;        /* node of each CPU, by CPU number */
	const bool *cpu_is_sibling; /* it shares a core with a CPU before it; NULL: none does */
	size_t nr_cpus;
	/*
	 * distance_nids names the rows and columns of distances; nodes it leaves out get
	 * MMI_LOCAL_DISTANCE to themselves and MMI_REMOTE_DISTANCE to others.  NULL: all do.
	 */
	const int *distance_nids;
	const uint16_t *distances;
	size_t nr_distance_nodes;
	struct mmi_amount kernelcore;
	struct mmi_amount movablecore;
	uint64_t memory_block_bytes; /* 0: computed by Linux's rule for the architecture */
	bool virtual_machine;        /* for that rule */
};

/* The geometry of @arch as Debian's kernels have it.  Any thread. */
void mmi_geometry_init(struct mmi_geometry *geometry, enum mmi_arch arch);

/* Names as the command line has them: "x86_64", "arm64-4k", ...; "6.1", "7.x", ... */
const char *mmi_arch_name(enum mmi_arch arch);
const char *mmi_linux_version_name(enum mmi_linux_version version);
/* "DMA", "DMA32", "Normal", "Movable", "Device": as /proc/zoneinfo has them. */
const char *mmi_zone_type_name(enum mmi_zone_type type);
/* The rules of kernel @major.@minor: the newest of enum mmi_linux_version at or below it. */
enum mmi_linux_version mmi_linux_version_of(unsigned major, unsigned minor);

/*
 * Makes a machine from @spec: rounds memory inwards and reservations outwards to pages, sorts,
 * merges what touches and has the same node and flags, and validates.  The machine is one
 * allocation from @platform, independent of @spec; mmi_machine_destroy() frees it.
 * Errors: -EINVAL (@err says which range, of which line, and what was expected), -ENOMEM.
 * Any thread.
 */
int mmi_machine_create(const struct mmi_platform *platform, const struct mmi_machine_spec *spec,
		       struct mmi_machine **machine, struct mmi_error *err);
void mmi_machine_destroy(struct mmi_machine *machine); /* NULL is allowed */

/* Asserts every invariant above; -EINVAL with @err at the first that does not hold. */
int mmi_machine_check(const struct mmi_machine *machine, struct mmi_error *err);

/* Index into nodes, or -1. */
int mmi_machine_node_index(const struct mmi_machine *machine, int nid);
/* Distance between two nodes of the machine; MMI_REMOTE_DISTANCE where one is unknown. */
unsigned mmi_machine_distance(const struct mmi_machine *machine, int from_nid, int to_nid);
/* The nearest node (by distance, then id) that has CPUs; @nid itself when it has some; or -1. */
int mmi_machine_nearest_cpu_node(const struct mmi_machine *machine, int nid);

static inline uint64_t mmi_section_pages(const struct mmi_geometry *g)
{
	return 1ull << (g->section_shift - g->page_shift);
}
static inline uint64_t mmi_subsection_pages(const struct mmi_geometry *g)
{
	return 1ull << (g->subsection_shift - g->page_shift);
}
static inline uint64_t mmi_block_pages(const struct mmi_geometry *g) /* max-order block */
{
	return 1ull << g->max_page_order;
}
static inline uint64_t mmi_pageblock_pages(const struct mmi_geometry *g)
{
	return 1ull << g->pageblock_order;
}
static inline uint64_t mmi_align_down(uint64_t value, uint64_t align) /* align: a power of two */
{
	return value & ~(align - 1);
}
static inline uint64_t mmi_align_up(uint64_t value, uint64_t align)
{
	return (value + align - 1) & ~(align - 1);
}

MMI_DECLARATIONS_END

#endif
