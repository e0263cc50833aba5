/* SPDX-License-Identifier: MIT */
/*
 * Linux's formulas of the page allocator: fallback orders, watermarks, protection, per-CPU lists.
 *
 * Pure arithmetic over counted pages: no memmap, no locks, no allocation.  Every function may be
 * called from any thread, on counts that only this thread changes.
 *
 *   counts      pages of every zone of every node, and the figures that follow from them
 *   buffer      pages of a zone above its high watermark
 *   low zones   DMA, DMA32 and NORMAL: what an ordinary request may use
 *
 * The figures are computed at certain moments and stay until the next one, as Linux has it: who
 * calls a function says when.
 */
#ifndef MMINIT_FIGURES_H
#define MMINIT_FIGURES_H

#include "mminit/deferred.h"

MMI_DECLARATIONS_BEGIN

/*
 * One zone.  Empty: all 0.
 *   spanned >= present >= managed
 *   min <= low <= high <= promo, all of the last mmi_watermarks_set()
 */
struct mmi_zone_counts {
	uint64_t start_pfn;
	uint64_t nr_spanned_pages;
	uint64_t nr_present_pages;
	uint64_t nr_managed_pages;
	uint64_t min_pages;
	uint64_t low_pages;
	uint64_t high_pages;
	uint64_t promo_pages;                    /* 6.12 and later */
	uint64_t protection_pages[MMI_NR_ZONES]; /* kept from requests that prefer a higher zone */
	uint64_t pcp_batch;
	uint64_t pcp_high_min; /* before 6.12 the only "high" */
	uint64_t pcp_high_max; /* 6.12 and later: the list tunes itself between the two */
	unsigned stat_threshold;
};

struct mmi_node_counts {
	int nid;
	bool online;
	bool has_memory;  /* counts as a node with memory: it can stand in zonelists */
	unsigned nr_cpus; /* that are online */
	struct mmi_zone_counts zones[MMI_NR_ZONES];
};

/* nodes[]: every possible node, by nid; the caller owns the array. */
struct mmi_mem_counts {
	struct mmi_geometry geometry;
	enum mmi_linux_version version;
	struct mmi_node_counts *nodes;
	size_t nr_nodes;
	unsigned nr_cpus; /* online ones of all nodes, and those of no node */
	uint64_t min_free_kbytes;
	bool huge_pages; /* in use: they raise min_free_kbytes */
	/* "online" prefers MOVABLE where neither zone has the memory, or both have. */
	bool movable_node;
};

/*
 * Fallback orders: on which nodes, and in which order, memory of a node is looked for.
 *
 * The next node is the one of the smallest score, the lowest id on ties, where
 *   score = (distance + (it lies below the local node) + (it has CPUs)) * MMI_MAX_NODES + load
 * so that nodes with CPUs of their own are spared and nodes take turns by load.  A node gets load
 * when it is picked and lies at another distance than the one picked before.
 *   4.13          the load is set to a count that starts at the number of online nodes and falls
 *                 by one a pick; distances weigh that number times more
 *   5.16          the same count is added
 *   6.1 and later 1 is added
 * The local node comes first; from 6.12 on only when it has memory (memory-less nodes were
 * otherwise listed first in their own order).
 */
struct mmi_order_node {
	int nid;
	bool has_memory;
	bool has_cpus; /* as Linux knows at that moment: at the first build of most none has */
	uint64_t load; /* 0 before the first order of a build */
};

struct mmi_node_order {
	enum mmi_linux_version version;
	struct mmi_order_node *nodes; /* by nid; the caller's */
	size_t nr_nodes;              /* at most MMI_MAX_NODES */
	const uint16_t *distances;    /* nr_nodes x nr_nodes, row = from */
	size_t nr_online_nodes;
};

/*
 * Fills @nids (room for nr_nodes) with the order of the node at index @local and counts loads
 * for the next call; a full build calls it for every possible node in turn.  Returns how many.
 * O(nr_nodes); takes 17 KiB of stack.
 */
size_t mmi_node_order_fill(struct mmi_node_order *order, size_t local, int *nids);

/* Does a zone stand in zonelists?  (Managed pages decided it from 2017 to 2022.) */
bool mmi_zone_is_listed(enum mmi_linux_version version, enum mmi_zone_type type,
			const struct mmi_zone_counts *zone);

/* Is @type one of the architecture's zones? */
static inline bool mmi_arch_has_zone(const struct mmi_geometry *geometry, enum mmi_zone_type type)
{
	return geometry->zone_mask >> type & 1;
}

/*
 * Sum of max(0, managed - high watermark) over the populated zones up to @highest, of nodes with
 * memory.
 */
uint64_t mmi_buffer_pages(const struct mmi_mem_counts *counts, enum mmi_zone_type highest);

/* clamp(isqrt(buffer of the low zones in KiB * 16), 128, 262144), by the highs that stand now. */
uint64_t mmi_min_free_kbytes(const struct mmi_mem_counts *counts);

/*
 * What huge pages raise it to: room for a pageblock of each kind in every populated low zone,
 * pageblock pages * zones * 11, at most a twentieth of the low zones' buffer.  Never less than
 * counts->min_free_kbytes.
 */
uint64_t mmi_min_free_raised_kbytes(const struct mmi_mem_counts *counts);

/*
 * Sets min_free_kbytes and from it every zone's watermarks:
 *   t    pages of min_free_kbytes * managed / L      L: managed pages of all zones; from 6.12 on
 *                                                    without MOVABLE
 *   min  t; from 6.12 on in MOVABLE clamp(managed / 1024, 32, 128)
 *   gap  max(t / 4, managed / 1000)
 *   low = min + gap, high = low + gap, promo = high + gap
 * Zones of nodes that are not online keep theirs.
 */
void mmi_watermarks_set(struct mmi_mem_counts *counts, uint64_t min_free_kbytes);

/*
 * Sets protection[j] of every zone i < j to the managed pages of zones i+1..j of the node, by the
 * ratio of zone i (DMA and DMA32 256, NORMAL 32; MOVABLE has none); 0 in an empty zone, which
 * 4.13 did not look at.
 */
void mmi_protection_set(struct mmi_mem_counts *counts);

/* Pages moved between a CPU's list and the zone at once. */
uint64_t mmi_pcp_batch(const struct mmi_geometry *geometry, uint64_t nr_managed_pages);

/*
 * Sets batch and highs of every populated zone from its managed pages and low watermark:
 *   high_min = max(low / CPUs, 4 * batch)    CPUs of the node, of the machine where it has none
 *   high_max = max(managed / 8 / CPUs, 4 * batch)
 */
void mmi_pcp_set(struct mmi_mem_counts *counts);

/* Sets min(125, 2 * fls(CPUs) * (1 + fls(managed in units of 128 MiB))) in every populated zone. */
void mmi_stat_thresholds_set(struct mmi_mem_counts *counts);

/*
 * All figures anew, as Linux computes them at boot and whenever memory has come or gone:
 * min_free_kbytes, watermarks, list sizes, thresholds, protection; then, where huge pages are in
 * use, what they raise it to, and watermarks and list sizes again.
 */
void mmi_figures_set(struct mmi_mem_counts *counts);

/*
 * Present pages less the memmap's own, by which kernels before 6.12 count a zone at first: the
 * struct pages of the zone's span, or of its present pages where holes exceed a sixteenth of them.
 */
uint64_t mmi_zone_initial_pages(const struct mmi_geometry *geometry,
				const struct mmi_zone_counts *zone);

MMI_DECLARATIONS_END

#endif
