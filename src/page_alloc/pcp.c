/* SPDX-License-Identifier: MIT */
/* Sizes of what a CPU keeps to itself: its page lists, and its share of the zone's counters. */
#include "mminit/figures.h"
#include "machine/minmax.h"

#define BATCH_MOST_BYTES    (1ull << 20)
#define HIGH_FRACTION       8
#define THRESHOLD_MOST      125
#define THRESHOLD_MEM_SHIFT 27

/* Number of the highest bit that is set, from 1; 0 for 0. */
static unsigned highest_bit(uint64_t value)
{
	unsigned nr = 0;

	for (; value; value >>= 1)
		nr++;
	return nr;
}

uint64_t mmi_pcp_batch(const struct mmi_geometry *geometry, uint64_t nr_managed_pages)
{
	const uint64_t most = BATCH_MOST_BYTES >> geometry->page_shift;
	uint64_t quarter = nr_managed_pages >> 10;

	if (quarter > most)
		quarter = most;
	quarter = mmi_larger(quarter / 4, 1);
	/* One below a power of two: a batch of two powers tends to collide in the caches. */
	const uint64_t rounded = 1ull << (highest_bit(quarter + quarter / 2) - 1);
	return mmi_larger(rounded - 1, 1);
}

static void set_zone(const struct mmi_mem_counts *counts, const struct mmi_node_counts *node,
		     struct mmi_zone_counts *zone)
{
	const unsigned nr_cpus = node->nr_cpus ? node->nr_cpus : counts->nr_cpus;
	const uint64_t batch = mmi_pcp_batch(&counts->geometry, zone->nr_managed_pages);
	const uint64_t divisor = nr_cpus ? nr_cpus : 1;

	zone->pcp_batch = batch;
	zone->pcp_high_min = mmi_larger(zone->low_pages / divisor, 4 * batch);
	zone->pcp_high_max =
	    mmi_larger(zone->nr_managed_pages / HIGH_FRACTION / divisor, 4 * batch);
}

void mmi_pcp_set(struct mmi_mem_counts *counts)
{
	for (size_t i = 0; i < counts->nr_nodes; i++)
		for (int z = 0; z < MMI_NR_ZONES; z++)
			if (counts->nodes[i].zones[z].nr_present_pages)
				set_zone(counts, &counts->nodes[i], &counts->nodes[i].zones[z]);
}

void mmi_stat_thresholds_set(struct mmi_mem_counts *counts)
{
	const unsigned shift = THRESHOLD_MEM_SHIFT - counts->geometry.page_shift;

	for (size_t i = 0; i < counts->nr_nodes; i++) {
		for (int z = 0; z < MMI_NR_ZONES; z++) {
			struct mmi_zone_counts *zone = &counts->nodes[i].zones[z];
			if (!zone->nr_present_pages)
				continue;
			const unsigned threshold =
			    2 * highest_bit(counts->nr_cpus) *
			    (1 + highest_bit(zone->nr_managed_pages >> shift));
			zone->stat_threshold =
			    threshold < THRESHOLD_MOST ? threshold : THRESHOLD_MOST;
		}
	}
}
