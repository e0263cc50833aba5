/* SPDX-License-Identifier: MIT */
/*
 * How much a zone keeps back: min_free_kbytes, the watermarks that share it out, and protection
 * against requests that could be served from higher zones.
 */
#include "mminit/figures.h"
#include "machine/minmax.h"

#define MIN_FREE_KBYTES_LEAST 128
#define MIN_FREE_KBYTES_MOST  262144
#define WATERMARK_SCALE       10 /* of 10000 pages */
#define MOVABLE_MIN_LEAST     32
#define MOVABLE_MIN_MOST      128
/* Two pageblocks a zone, and one for each pair of the three migratetypes that mix. */
#define HUGE_PAGEBLOCKS 11

static const unsigned protection_ratio[MMI_NR_ZONES] = {
    [MMI_ZONE_DMA] = 256,
    [MMI_ZONE_DMA32] = 256,
    [MMI_ZONE_NORMAL] = 32,
};

/* The largest number whose square is not above @value. */
static uint64_t square_root(uint64_t value)
{
	uint64_t root = 0;

	for (uint64_t bit = 1ull << 31; bit; bit >>= 1)
		if ((root | bit) * (root | bit) <= value)
			root |= bit;
	return root;
}

uint64_t mmi_buffer_pages(const struct mmi_mem_counts *counts, enum mmi_zone_type highest)
{
	uint64_t nr_pages = 0;

	for (size_t i = 0; i < counts->nr_nodes; i++) {
		const struct mmi_node_counts *node = &counts->nodes[i];
		for (int z = 0; node->has_memory && z <= (int)highest; z++) {
			const struct mmi_zone_counts *zone = &node->zones[z];
			if (zone->nr_present_pages && zone->nr_managed_pages > zone->high_pages)
				nr_pages += zone->nr_managed_pages - zone->high_pages;
		}
	}
	return nr_pages;
}

static uint64_t page_kib(const struct mmi_mem_counts *counts)
{
	return 1ull << (counts->geometry.page_shift - 10);
}

uint64_t mmi_min_free_kbytes(const struct mmi_mem_counts *counts)
{
	const uint64_t kib = mmi_buffer_pages(counts, MMI_ZONE_NORMAL) * page_kib(counts);

	return mmi_smaller(mmi_larger(square_root(kib * 16), MIN_FREE_KBYTES_LEAST),
			   MIN_FREE_KBYTES_MOST);
}

uint64_t mmi_min_free_raised_kbytes(const struct mmi_mem_counts *counts)
{
	uint64_t nr_zones = 0;

	for (size_t i = 0; i < counts->nr_nodes; i++)
		for (int z = 0; counts->nodes[i].online && z <= MMI_ZONE_NORMAL; z++)
			nr_zones += counts->nodes[i].zones[z].nr_present_pages > 0;
	const uint64_t wanted = mmi_pageblock_pages(&counts->geometry) * nr_zones * HUGE_PAGEBLOCKS;
	const uint64_t nr_pages =
	    mmi_smaller(wanted, mmi_buffer_pages(counts, MMI_ZONE_NORMAL) / 20);
	return mmi_larger(nr_pages * page_kib(counts), counts->min_free_kbytes);
}

/* MOVABLE took part in the sharing until it got a small minimum of its own. */
static bool shares(const struct mmi_mem_counts *counts, enum mmi_zone_type type)
{
	return type != MMI_ZONE_MOVABLE || counts->version < MMI_LINUX_6_12;
}

static uint64_t sharing_pages(const struct mmi_mem_counts *counts)
{
	uint64_t nr_pages = 0;

	for (size_t i = 0; i < counts->nr_nodes; i++)
		for (int z = 0; counts->nodes[i].online && z < MMI_NR_ZONES; z++)
			if (shares(counts, z))
				nr_pages += counts->nodes[i].zones[z].nr_managed_pages;
	return nr_pages;
}

static void set_zone(const struct mmi_mem_counts *counts, struct mmi_zone_counts *zone,
		     enum mmi_zone_type type, uint64_t share_pages)
{
	const uint64_t scaled = zone->nr_managed_pages / 10000 * WATERMARK_SCALE +
				zone->nr_managed_pages % 10000 * WATERMARK_SCALE / 10000;
	const uint64_t gap = mmi_larger(share_pages / 4, scaled);

	zone->min_pages = share_pages;
	if (!shares(counts, type))
		zone->min_pages = mmi_smaller(
		    mmi_larger(zone->nr_managed_pages / 1024, MOVABLE_MIN_LEAST), MOVABLE_MIN_MOST);
	zone->low_pages = zone->min_pages + gap;
	zone->high_pages = zone->low_pages + gap;
	zone->promo_pages = zone->high_pages + gap;
}

void mmi_watermarks_set(struct mmi_mem_counts *counts, uint64_t min_free_kbytes)
{
	const uint64_t nr_sharing = sharing_pages(counts);

	counts->min_free_kbytes = min_free_kbytes;
	const uint64_t nr_shared = min_free_kbytes / page_kib(counts);
	for (size_t i = 0; i < counts->nr_nodes; i++) {
		struct mmi_node_counts *node = &counts->nodes[i];
		for (int z = 0; node->online && z < MMI_NR_ZONES; z++) {
			struct mmi_zone_counts *zone = &node->zones[z];
			if (!mmi_arch_has_zone(&counts->geometry, z))
				continue;
			set_zone(counts, zone, z,
				 nr_sharing ? nr_shared * zone->nr_managed_pages / nr_sharing : 0);
		}
	}
}

static void protect_zone(const struct mmi_mem_counts *counts, struct mmi_node_counts *node, int z)
{
	struct mmi_zone_counts *zone = &node->zones[z];
	const bool skips_empty = counts->version >= MMI_LINUX_5_16;
	const unsigned ratio = skips_empty && !zone->nr_managed_pages ? 0 : protection_ratio[z];
	uint64_t nr_above = 0;

	for (int above = z + 1; above < MMI_NR_ZONES; above++) {
		nr_above += node->zones[above].nr_managed_pages;
		zone->protection_pages[above] = ratio ? nr_above / ratio : 0;
	}
}

void mmi_protection_set(struct mmi_mem_counts *counts)
{
	for (size_t i = 0; i < counts->nr_nodes; i++)
		for (int z = 0; counts->nodes[i].online && z < MMI_NR_ZONES; z++)
			protect_zone(counts, &counts->nodes[i], z);
}

uint64_t mmi_zone_initial_pages(const struct mmi_geometry *geometry,
				const struct mmi_zone_counts *zone)
{
	const uint64_t present = zone->nr_present_pages;
	const bool sparse = zone->nr_spanned_pages > present + present / 16;
	const uint64_t memmap_bytes = (sparse ? present : zone->nr_spanned_pages) * MMI_PAGE_BYTES;
	const uint64_t nr_memmap =
	    mmi_align_up(memmap_bytes, 1ull << geometry->page_shift) >> geometry->page_shift;

	return present >= nr_memmap ? present - nr_memmap : present;
}

void mmi_figures_set(struct mmi_mem_counts *counts)
{
	mmi_watermarks_set(counts, mmi_min_free_kbytes(counts));
	mmi_pcp_set(counts);
	mmi_stat_thresholds_set(counts);
	mmi_protection_set(counts);
	if (!counts->huge_pages)
		return;
	mmi_watermarks_set(counts, mmi_min_free_raised_kbytes(counts));
	mmi_pcp_set(counts);
}
