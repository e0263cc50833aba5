/* SPDX-License-Identifier: MIT */
/* min_free_kbytes, watermarks, protection and list sizes against figures of real kernels. */
#include "machine_fixture.h"

#include "mminit/figures.h"

/* Counts of one x86-64 node with @nr_cpus; the caller fills its zones. */
static struct mmi_mem_counts one_node(struct mmi_node_counts *node, enum mmi_linux_version version,
				      unsigned nr_cpus)
{
	struct mmi_mem_counts counts = {
	    .version = version, .nodes = node, .nr_nodes = 1, .nr_cpus = nr_cpus};

	*node = (struct mmi_node_counts){.online = true, .has_memory = true, .nr_cpus = nr_cpus};
	mmi_geometry_init(&counts.geometry, MMI_ARCH_X86_64);
	return counts;
}

static void fill(struct mmi_zone_counts *zone, uint64_t nr_present, uint64_t nr_managed)
{
	zone->nr_spanned_pages = nr_present;
	zone->nr_present_pages = nr_present;
	zone->nr_managed_pages = nr_managed;
}

/*
 * zoneinfo of the 2017 mail "remove stop_machine from build_all_zonelists": DMA and NORMAL of the
 * node are empty, and 4.13 reserves in them all the same.
 *   241436 / 256 = 943    32768 / 32 = 1024
 */
static void test_protection_in_empty_zones_of_2017(void **state)
{
	struct mmi_node_counts node;
	struct mmi_mem_counts counts = one_node(&node, MMI_LINUX_4_13, 4);

	(void)state;
	fill(&node.zones[MMI_ZONE_DMA32], 262112, 241436);
	fill(&node.zones[MMI_ZONE_MOVABLE], 32768, 32768);
	mmi_protection_set(&counts);
	assert_int_equal(node.zones[MMI_ZONE_DMA].protection_pages[MMI_ZONE_DMA32], 943);
	assert_int_equal(node.zones[MMI_ZONE_NORMAL].protection_pages[MMI_ZONE_MOVABLE], 1024);

	for (counts.version = MMI_LINUX_5_16; counts.version <= MMI_LINUX_6_1; counts.version++) {
		mmi_protection_set(&counts);
		assert_int_equal(node.zones[MMI_ZONE_DMA].protection_pages[MMI_ZONE_DMA32], 0);
		assert_int_equal(node.zones[MMI_ZONE_NORMAL].protection_pages[MMI_ZONE_MOVABLE], 0);
		/* 32768 / 256 */
		assert_int_equal(node.zones[MMI_ZONE_DMA32].protection_pages[MMI_ZONE_MOVABLE],
				 128);
	}
}

/* No zone keeps anything from requests that prefer itself or a lower one. */
static void test_protection_is_against_higher_zones_only(void **state)
{
	struct mmi_node_counts node;
	struct mmi_mem_counts counts = one_node(&node, MMI_LINUX_6_1, 4);

	(void)state;
	for (int z = 0; z < MMI_NR_ZONES; z++)
		fill(&node.zones[z], 100000, 100000);
	mmi_protection_set(&counts);
	for (int z = 0; z < MMI_NR_ZONES; z++)
		for (int preferred = 0; preferred <= z; preferred++)
			assert_int_equal(node.zones[z].protection_pages[preferred], 0);
	assert_int_equal(node.zones[MMI_ZONE_DMA].protection_pages[MMI_ZONE_NORMAL], 200000 / 256);
	assert_int_equal(node.zones[MMI_ZONE_MOVABLE].protection_pages[MMI_ZONE_DEVICE], 0);
}

/*
 * A zone of 4 GiB and no other, 1048576 pages:
 *   min_free   isqrt(4194304 KiB * 16) = isqrt(67108864) = 8192 KiB = 2048 pages
 *   min        2048, all of it;  gap = max(2048 / 4, 1048576 / 1000 -> 1048) = 1048
 */
static void test_watermarks_of_one_zone(void **state)
{
	struct mmi_node_counts node;
	struct mmi_mem_counts counts = one_node(&node, MMI_LINUX_6_12, 2);
	struct mmi_zone_counts *zone = &node.zones[MMI_ZONE_NORMAL];

	(void)state;
	fill(zone, 1048576, 1048576);
	assert_int_equal(mmi_min_free_kbytes(&counts), 8192);
	mmi_watermarks_set(&counts, 8192);
	assert_int_equal(counts.min_free_kbytes, 8192);
	assert_int_equal(zone->min_pages, 2048);
	assert_int_equal(zone->low_pages, 2048 + 1048);
	assert_int_equal(zone->high_pages, 2048 + 2 * 1048);
	assert_int_equal(zone->promo_pages, 2048 + 3 * 1048);
	/*
	 * Huge pages: 512 * 1 zone * 11 = 5632 pages = 22528 KiB; a twentieth of the buffer,
	 * (1048576 - 4144) / 20 = 52221 pages, does not limit that.
	 */
	assert_int_equal(mmi_min_free_raised_kbytes(&counts), 22528);
	/* On the next calculation the high watermark counts: isqrt(4177728 * 16) = 8175. */
	assert_int_equal(mmi_min_free_kbytes(&counts), 8175);
}

static void test_min_free_kbytes_is_bounded(void **state)
{
	struct mmi_node_counts node;
	struct mmi_mem_counts counts = one_node(&node, MMI_LINUX_6_1, 2);

	(void)state;
	fill(&node.zones[MMI_ZONE_NORMAL], 16, 16);
	assert_int_equal(mmi_min_free_kbytes(&counts), 128);
	/* The last size below the upper bound: 262143^2 / 16 KiB, and one that is far above it. */
	fill(&node.zones[MMI_ZONE_NORMAL], 1ull << 30, 1ull << 30);
	assert_int_equal(mmi_min_free_kbytes(&counts), 262144);
	/* The raise stops at a twentieth: 1000 pages of buffer give 50 pages, 200 KiB. */
	fill(&node.zones[MMI_ZONE_NORMAL], 1000, 1000);
	counts.min_free_kbytes = 128;
	assert_int_equal(mmi_min_free_raised_kbytes(&counts), 200);
	counts.min_free_kbytes = 300;
	assert_int_equal(mmi_min_free_raised_kbytes(&counts), 300);
}

/* Capture v612-hotplug-movable, step online_movable:41-41: MOVABLE of 32768 pages by 6.12's rule. */
static void test_movable_has_a_minimum_of_its_own_since_6_12(void **state)
{
	struct mmi_node_counts node;
	struct mmi_mem_counts counts = one_node(&node, MMI_LINUX_6_12, 2);
	struct mmi_zone_counts *movable = &node.zones[MMI_ZONE_MOVABLE];

	(void)state;
	/* All managed pages that share: 3840 + 756314 + 243291 + 229376 = 1232821. */
	fill(&node.zones[MMI_ZONE_NORMAL], 1232821, 1232821);
	fill(movable, 32768, 32768);
	mmi_watermarks_set(&counts, 90112);
	assert_int_equal(movable->min_pages, 32);
	assert_int_equal(movable->low_pages, 181);
	assert_int_equal(movable->high_pages, 330);
	assert_int_equal(movable->promo_pages, 479);
	/* By 6.1's it shares: 22528 * 32768 / (1232821 + 32768) = 583. */
	counts.version = MMI_LINUX_6_1;
	mmi_watermarks_set(&counts, 90112);
	assert_int_equal(movable->min_pages, 583);

	/* Empty, it keeps 32 by 6.12's rule and nothing by 6.1's. */
	fill(movable, 0, 0);
	mmi_watermarks_set(&counts, 90112);
	assert_int_equal(movable->high_pages, 0);
	counts.version = MMI_LINUX_6_12;
	mmi_watermarks_set(&counts, 90112);
	assert_int_equal(movable->min_pages, 32);
	assert_int_equal(movable->promo_pages, 32);
}

/*
 * Nodes 0 and 2 of three; node 1 is not online, and counts for nothing.  By 6.1's rules, where MOVABLE
 * shares too:
 *   buffers      3840 + 100000 + 200000 = 303840 pages, root of 16 * 4 * 303840 = 4409 KiB
 *   shares       4409 / 4 = 1102 pages by 3840 + 100000 + 200000 + 59999 = 363839
 *   huge pages   512 * 11 for each of 3 zones = 16896 pages, at most a 20th of the buffers = 15192
 */
static void test_every_online_node_has_its_share(void **state)
{
	struct mmi_node_counts nodes[3] = {{0}};
	struct mmi_mem_counts counts = one_node(&nodes[0], MMI_LINUX_6_1, 2);
	const struct mmi_zone_counts *dma = &nodes[0].zones[MMI_ZONE_DMA];
	const struct mmi_zone_counts *first = &nodes[0].zones[MMI_ZONE_NORMAL];
	const struct mmi_zone_counts *last = &nodes[2].zones[MMI_ZONE_NORMAL];
	const struct mmi_zone_counts *movable = &nodes[2].zones[MMI_ZONE_MOVABLE];
	const struct mmi_zone_counts *away = &nodes[1].zones[MMI_ZONE_NORMAL];

	(void)state;
	counts.nr_nodes = ARRAY_NR(nodes);
	nodes[2] = nodes[0];
	fill(&nodes[0].zones[MMI_ZONE_DMA], 3998, 3840);
	fill(&nodes[0].zones[MMI_ZONE_NORMAL], 110000, 100000);
	fill(&nodes[1].zones[MMI_ZONE_NORMAL], 500000, 500000);
	fill(&nodes[2].zones[MMI_ZONE_NORMAL], 220000, 200000);
	fill(&nodes[2].zones[MMI_ZONE_MOVABLE], 60000, 59999);
	assert_int_equal(mmi_buffer_pages(&counts, MMI_ZONE_NORMAL), 303840);
	assert_int_equal(mmi_buffer_pages(&counts, MMI_ZONE_MOVABLE), 363839);
	assert_int_equal(mmi_buffer_pages(&counts, MMI_ZONE_DMA), 3840);
	assert_int_equal(mmi_min_free_kbytes(&counts), 4409);
	assert_int_equal(mmi_min_free_raised_kbytes(&counts), 4 * 15192);

	mmi_watermarks_set(&counts, 4409);
	assert_int_equal(counts.min_free_kbytes, 4409);
	assert_int_equal(dma->min_pages, 11);
	assert_int_equal(dma->low_pages, 14);
	assert_int_equal(dma->high_pages, 17);
	assert_int_equal(dma->promo_pages, 20);
	assert_int_equal(first->min_pages, 302);
	assert_int_equal(first->low_pages, 402);
	assert_int_equal(last->min_pages, 605);
	assert_int_equal(last->high_pages, 1005);
	assert_int_equal(movable->min_pages, 181);
	assert_int_equal(movable->low_pages, 240);
	assert_int_equal(away->high_pages, 0);
	/* 3840 - 17 + 100000 - 502 + 200000 - 1005 */
	assert_int_equal(mmi_buffer_pages(&counts, MMI_ZONE_NORMAL), 302316);

	mmi_protection_set(&counts);
	assert_int_equal(dma->protection_pages[MMI_ZONE_NORMAL], 100000 / 256);
	assert_int_equal(last->protection_pages[MMI_ZONE_MOVABLE], 59999 / 32);
	assert_int_equal(away->protection_pages[MMI_ZONE_MOVABLE], 0);

	/* With more memory the pageblocks decide, unless somebody wants even more. */
	fill(&nodes[2].zones[MMI_ZONE_NORMAL], 1000000, 1000000);
	assert_int_equal(mmi_min_free_raised_kbytes(&counts), 4 * 16896);
	counts.min_free_kbytes = 4 * 16896 + 1;
	assert_int_equal(mmi_min_free_raised_kbytes(&counts), 4 * 16896 + 1);
}

/* A machine of nothing, and zones of a page: no share, no CPU, and a page of struct pages at least. */
static void test_figures_of_next_to_nothing(void **state)
{
	struct mmi_node_counts node;
	struct mmi_mem_counts counts = one_node(&node, MMI_LINUX_6_1, 0);
	struct mmi_zone_counts *zone = &node.zones[MMI_ZONE_NORMAL];

	(void)state;
	mmi_watermarks_set(&counts, 1000);
	assert_int_equal(zone->min_pages, 0);
	assert_int_equal(zone->high_pages, 0);
	fill(zone, 1, 1);
	assert_int_equal(mmi_zone_initial_pages(&counts.geometry, zone), 0);
	fill(zone, 2, 2);
	assert_int_equal(mmi_zone_initial_pages(&counts.geometry, zone), 1);
	fill(&node.zones[MMI_ZONE_DMA], 1, 1);
	fill(zone, 1000000, 1000000);
	assert_int_equal(mmi_min_free_raised_kbytes(&counts), 4 * 512 * 2 * 11);
	mmi_pcp_set(&counts);
	assert_int_equal(zone->pcp_high_max, 1000000 / 8);
	/* Counted, but not there. */
	zone->nr_present_pages = 0;
	assert_int_equal(mmi_buffer_pages(&counts, MMI_ZONE_NORMAL), 1);
}

/* Zones of the captures with 4 and 64 KiB pages. */
static void test_batches(void **state)
{
	static const struct {
		enum mmi_arch arch;
		uint64_t nr_managed;
		uint64_t batch;
	} cases[] = {
	    {MMI_ARCH_X86_64, 0, 1},         {MMI_ARCH_X86_64, 3840, 1},
	    {MMI_ARCH_X86_64, 32768, 7},     {MMI_ARCH_X86_64, 131072, 31},
	    {MMI_ARCH_X86_64, 754602, 63},   {MMI_ARCH_X86_64, 1ull << 30, 63},
	    {MMI_ARCH_ARM64_4K, 130048, 31}, {MMI_ARCH_PPC64_64K, 64879, 3},
	    {MMI_ARCH_PPC64_64K, 32450, 3},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_NR(cases); i++) {
		struct mmi_geometry geometry;
		mmi_geometry_init(&geometry, cases[i].arch);
		assert_int_equal(mmi_pcp_batch(&geometry, cases[i].nr_managed), cases[i].batch);
	}
}

/* Capture v72-kernelcore, node 0's zones: one CPU on the node, two in all. */
static void test_list_sizes_and_thresholds(void **state)
{
	struct mmi_node_counts node;
	struct mmi_mem_counts counts = one_node(&node, MMI_LINUX_7_X, 1);
	struct mmi_zone_counts *dma = &node.zones[MMI_ZONE_DMA];
	struct mmi_zone_counts *movable = &node.zones[MMI_ZONE_MOVABLE];

	(void)state;
	counts.nr_cpus = 2;
	fill(dma, 3998, 3840);
	dma->low_pages = 105;
	fill(movable, 392192, 371601);
	movable->low_pages = 2178;
	mmi_pcp_set(&counts);
	mmi_stat_thresholds_set(&counts);
	assert_int_equal(dma->pcp_high_min, 105);
	assert_int_equal(dma->pcp_high_max, 480);
	assert_int_equal(dma->stat_threshold, 4);
	assert_int_equal(movable->pcp_high_min, 2178);
	assert_int_equal(movable->pcp_high_max, 46450);
	assert_int_equal(movable->stat_threshold, 20);

	/* A node without CPUs shares by all of the machine; four batches are the least. */
	node.nr_cpus = 0;
	mmi_pcp_set(&counts);
	assert_int_equal(movable->pcp_high_min, 2178 / 2);
	assert_int_equal(movable->pcp_high_max, 371601 / 8 / 2);
	movable->low_pages = 8;
	mmi_pcp_set(&counts);
	assert_int_equal(movable->pcp_high_min, 4 * 63);
	fill(movable, 64, 20);
	mmi_pcp_set(&counts);
	assert_int_equal(movable->pcp_batch, 1);
	assert_int_equal(movable->pcp_high_max, 4);
}

static void test_every_node_with_memory_gets_its_list_sizes(void **state)
{
	struct mmi_node_counts nodes[3];
	struct mmi_mem_counts counts = one_node(&nodes[0], MMI_LINUX_7_X, 3);

	(void)state;
	counts.nr_nodes = ARRAY_NR(nodes);
	for (size_t i = 0; i < ARRAY_NR(nodes); i++) {
		nodes[i] = (struct mmi_node_counts){.online = true, .nr_cpus = 1};
		if (i != 1)
			fill(&nodes[i].zones[MMI_ZONE_NORMAL], 131072, 131072);
	}
	mmi_pcp_set(&counts);
	mmi_stat_thresholds_set(&counts);
	assert_int_equal(nodes[0].zones[MMI_ZONE_NORMAL].pcp_batch, 31);
	assert_int_equal(nodes[1].zones[MMI_ZONE_NORMAL].pcp_batch, 0);
	assert_int_equal(nodes[2].zones[MMI_ZONE_NORMAL].pcp_batch, 31);
	assert_int_equal(nodes[2].zones[MMI_ZONE_NORMAL].pcp_high_max, 131072 / 8);
	/* 2 * (bits of 3 CPUs) * (1 + bits of 512 MiB in 128 MiB) */
	assert_int_equal(nodes[0].zones[MMI_ZONE_NORMAL].stat_threshold, 2 * 2 * (1 + 3));
	assert_int_equal(nodes[1].zones[MMI_ZONE_NORMAL].stat_threshold, 0);
	assert_int_equal(nodes[2].zones[MMI_ZONE_NORMAL].stat_threshold, 2 * 2 * (1 + 3));
}

static void test_thresholds_end_at_125(void **state)
{
	struct mmi_node_counts node;
	struct mmi_mem_counts counts = one_node(&node, MMI_LINUX_6_1, 512);

	(void)state;
	fill(&node.zones[MMI_ZONE_NORMAL], 1ull << 28, 1ull << 28);
	mmi_stat_thresholds_set(&counts);
	assert_int_equal(node.zones[MMI_ZONE_NORMAL].stat_threshold, 125);
}

/* The memmap's own pages: of the span, or of the present pages where holes exceed a sixteenth. */
static void test_initial_pages_leave_room_for_the_memmap(void **state)
{
	struct mmi_geometry geometry;
	struct mmi_zone_counts zone = {.nr_spanned_pages = 64000, .nr_present_pages = 64000};

	(void)state;
	mmi_geometry_init(&geometry, MMI_ARCH_X86_64);
	assert_int_equal(mmi_zone_initial_pages(&geometry, &zone), 64000 - 1000);
	zone.nr_spanned_pages = 68000; /* = present + present / 16 */
	assert_int_equal(mmi_zone_initial_pages(&geometry, &zone), 64000 - 1063);
	zone.nr_spanned_pages = 68001;
	assert_int_equal(mmi_zone_initial_pages(&geometry, &zone), 64000 - 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_protection_in_empty_zones_of_2017),
	    cmocka_unit_test(test_protection_is_against_higher_zones_only),
	    cmocka_unit_test(test_watermarks_of_one_zone),
	    cmocka_unit_test(test_min_free_kbytes_is_bounded),
	    cmocka_unit_test(test_movable_has_a_minimum_of_its_own_since_6_12),
	    cmocka_unit_test(test_batches),
	    cmocka_unit_test(test_list_sizes_and_thresholds),
	    cmocka_unit_test(test_every_node_with_memory_gets_its_list_sizes),
	    cmocka_unit_test(test_every_online_node_has_its_share),
	    cmocka_unit_test(test_figures_of_next_to_nothing),
	    cmocka_unit_test(test_thresholds_end_at_125),
	    cmocka_unit_test(test_initial_pages_leave_room_for_the_memmap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
