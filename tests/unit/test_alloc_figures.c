/* SPDX-License-Identifier: MIT */
/* An allocator's figures: of which pages, nodes and CPUs they are made, and where they are told. */
#include "alloc_fixture.h"

#include "page_alloc/alloc_figures.h"

/* Node 0 with three zones, node 1 with NORMAL, node 2 without memory, node 3 with NORMAL; a CPU each. */
static const struct mmi_spec_range memory[] = {{MIB, 256 * MIB, 0, 0, 0},
					       {4 * GIB, 4 * GIB + 128 * MIB, 0, 0, 0},
					       {5 * GIB, 5 * GIB + 128 * MIB, 1, 0, 0},
					       {6 * GIB, 6 * GIB + 128 * MIB, 3, 0, 0}};

static struct mmi_machine_spec four_nodes(void)
{
	static const int cpus[] = {0, 1, 2, 3};
	struct mmi_machine_spec spec = x86_spec(memory, ARRAY_NR(memory));

	spec.cpu_nids = cpus;
	spec.nr_cpus = ARRAY_NR(cpus);
	return spec;
}

/* Each figure by itself, of the last zone and for the lowest request. */
static void test_every_figure_is_published_and_told(void **state)
{
	const struct mmi_machine_spec spec = four_nodes();
	struct alloc_fixture f;
	struct mmi_zone_figures told = {0};

	alloc_open(&f, *state, &spec, ALL_BOOTED);
	struct mmi_zone_counts *counts = &f.alloc->counts.nodes[3].zones[MMI_ZONE_NORMAL];
	const struct mmi_zone_counts as_they_were = *counts;
	counts->min_pages = 11;
	counts->low_pages = 12;
	counts->high_pages = 13;
	counts->pcp_batch = 14;
	counts->pcp_high_min = 15;
	for (uint64_t z = 0; z < MMI_NR_ZONES; z++)
		counts->protection_pages[z] = 20 + z;
	mmi_alloc_figures_publish(f.alloc);
	assert_true(mmi_alloc_figures(f.alloc, 3, MMI_ZONE_NORMAL, &told));
	assert_int_equal(told.min_pages, 11);
	assert_int_equal(told.low_pages, 12);
	assert_int_equal(told.high_pages, 13);
	assert_int_equal(told.pcp_batch, 14);
	assert_int_equal(told.pcp_high, 15);
	for (uint64_t z = 0; z < MMI_NR_ZONES; z++)
		assert_int_equal(told.protection_pages[z], 20 + z);
	assert_false(mmi_alloc_figures(f.alloc, 9, MMI_ZONE_NORMAL, &told));
	*counts = as_they_were;
	mmi_alloc_figures_publish(f.alloc);
	alloc_close(&f);
}

/* Node 4 may get memory one day, and is not online before. */
static void test_a_node_to_come_is_not_online(void **state)
{
	static const struct mmi_spec_range window[] = {{8 * GIB, 9 * GIB, 4, 0, 0}};
	struct mmi_machine_spec spec = four_nodes();
	struct alloc_fixture f;

	spec.windows = window;
	spec.nr_windows = ARRAY_NR(window);
	alloc_open(&f, *state, &spec, ALL_BOOTED);
	assert_true(f.alloc->counts.nodes[0].online);
	assert_true(f.alloc->counts.nodes[0].has_memory);
	assert_true(f.alloc->counts.nodes[2].online);
	assert_false(f.alloc->counts.nodes[2].has_memory);
	assert_false(f.alloc->counts.nodes[4].online);
	alloc_close(&f);
}

/* Figures stand for every zone from the start, and count on memory that is still to come. */
static void test_figures_of_every_zone_are_published_at_once(void **state)
{
	struct alloc_fixture f;

	for (enum alloc_start start = ALL_BOOTED; start <= ON_DEMAND; start++) {
		const struct mmi_machine_spec spec = four_nodes();
		alloc_open(&f, *state, &spec, start);
		assert_int_equal(f.alloc->counts.nodes[0].zones[MMI_ZONE_DMA].nr_managed_pages,
				 15 * MIB >> 12);
		assert_int_equal(f.alloc->counts.nodes[0].zones[MMI_ZONE_NORMAL].nr_managed_pages,
				 128 * MIB >> 12);
		assert_true(f.alloc->counts.huge_pages); /* 639 MiB */
		for (size_t i = 0; i < 4; i++) {
			assert_int_equal(f.alloc->counts.nodes[i].nid, i);
			assert_int_equal(f.alloc->counts.nodes[i].nr_cpus, 1);
			for (int z = 0; z < MMI_NR_ZONES; z++) {
				const struct mmi_zone_counts *zone =
				    &f.alloc->counts.nodes[i].zones[z];
				const struct mmi_zone_figures *figures =
				    &f.alloc->figures[i * MMI_NR_ZONES + (size_t)z];
				assert_int_equal(zone->high_pages > 0, zone->nr_managed_pages > 0);
				assert_int_equal(figures->min_pages, zone->min_pages);
				assert_int_equal(figures->low_pages, zone->low_pages);
				assert_int_equal(figures->high_pages, zone->high_pages);
				assert_int_equal(figures->pcp_batch, zone->pcp_batch);
				assert_int_equal(figures->pcp_high, zone->pcp_high_min);
				assert_memory_equal(figures->protection_pages,
						    zone->protection_pages,
						    sizeof(figures->protection_pages));
			}
		}
		alloc_close(&f);
	}
}

/* DMA and DMA32 together have 512 MiB, or a page less. */
static void test_from_half_a_gib_on_more_is_kept_for_huge_pages(void **state)
{
	struct mmi_spec_range range = {MIB, 513 * MIB, 0, 0, 0};
	const struct mmi_machine_spec spec = x86_spec(&range, 1);
	struct alloc_fixture f;

	alloc_open(&f, *state, &spec, ALL_BOOTED);
	assert_true(f.alloc->counts.huge_pages);
	assert_int_equal(f.alloc->counts.min_free_kbytes,
			 mmi_min_free_raised_kbytes(&f.alloc->counts));
	alloc_close(&f);
	range.end -= 4096;
	alloc_open(&f, *state, &spec, ALL_BOOTED);
	assert_false(f.alloc->counts.huge_pages);
	assert_true(f.alloc->counts.min_free_kbytes < mmi_min_free_raised_kbytes(&f.alloc->counts));
	alloc_close(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    serial_test(test_every_figure_is_published_and_told),
	    serial_test(test_a_node_to_come_is_not_online),
	    serial_test(test_figures_of_every_zone_are_published_at_once),
	    serial_test(test_from_half_a_gib_on_more_is_kept_for_huge_pages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
