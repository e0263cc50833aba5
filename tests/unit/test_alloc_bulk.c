/* SPDX-License-Identifier: MIT */
/* Bulk allocation: every rule of docs/bulk.md by its name. */
#include "alloc_fixture.h"

#include "zone/list.h"

#define NR_SLOTS 100

/* DMA32 and NORMAL on node 0, NORMAL on node 1: 1 GiB each. */
static const struct mmi_spec_range memory[] = {
    {16 * MIB, 1040 * MIB, 0, 0, 0}, {4 * GIB, 5 * GIB, 0, 0, 0}, {5 * GIB, 6 * GIB, 1, 0, 0}};

static void open_system(struct alloc_fixture *f, struct mmi_platform *platform)
{
	const struct mmi_machine_spec spec = x86_spec(memory, ARRAY_NR(memory));

	alloc_open(f, platform, &spec, ALL_BOOTED);
}

static void free_all(struct alloc_fixture *f, struct mmi_page **array, int nr)
{
	mmi_free_pages_bulk(f->cpu, array, nr);
	for (int i = 0; i < nr; i++)
		assert_null(array[i]);
}

static int bulk(struct alloc_fixture *f, unsigned gfp, int nid, int nr, struct mmi_page **array)
{
	return mmi_alloc_pages_bulk(f->cpu, gfp, nid, NULL, nr, array);
}

/* Leaves @nr_left pages free in a zone, the lists of the context empty: the rest is handed out. */
static uint64_t leave_free(struct alloc_fixture *f, int nid, enum mmi_zone_type type,
			   uint64_t nr_left, struct mmi_page **chain)
{
	const unsigned gfp =
	    MMI_GFP_THISNODE | MMI_GFP_MEMALLOC | (type == MMI_ZONE_DMA32 ? MMI_GFP_DMA32 : 0);
	struct mmi_zone *zone = alloc_zone(f, nid, type);
	uint64_t nr_taken = 0;
	unsigned order = 10;

	mmi_cpu_drain(f->cpu);
	while (zone->nr_free_pages > nr_left) {
		while (1ull << order > zone->nr_free_pages - nr_left)
			order--;
		struct mmi_page *page = mmi_alloc_pages(f->cpu, gfp, order, nid, NULL);
		if (!page || mmi_flags_zone(page->flags) != type)
			fail_msg("no block of order %u, or from another zone", order);
		page->index = (uintptr_t)*chain;
		page->mapping = order;
		*chain = page;
		nr_taken += 1ull << order;
		mmi_cpu_drain(f->cpu);
	}
	assert_int_equal(zone->nr_free_pages, nr_left);
	return nr_taken;
}

static void give_back(struct alloc_fixture *f, struct mmi_page *chain)
{
	while (chain) {
		struct mmi_page *page = chain;
		const unsigned order = (unsigned)page->mapping;
		chain = (struct mmi_page *)(uintptr_t)page->index;
		page->index = page->mapping = 0;
		mmi_free_pages(f->cpu, page, order);
	}
}

static void test_all_empty_slots_are_filled(void **state)
{
	struct mmi_page *array[NR_SLOTS] = {0};
	struct alloc_fixture f;

	open_system(&f, *state);
	assert_int_equal(bulk(&f, MMI_GFP_KERNEL, 0, NR_SLOTS, array), NR_SLOTS);
	for (int i = 0; i < NR_SLOTS; i++) {
		assert_int_equal(array[i]->refcount, 1);
		assert_int_equal(mmi_flags_zone(array[i]->flags), MMI_ZONE_NORMAL);
		for (int j = 0; j < i; j++)
			assert_ptr_not_equal(array[i], array[j]);
	}
	assert_int_equal(mmi_cpu_stats(f.cpu)->nr_bulk_pages, NR_SLOTS);
	alloc_check_sound(&f);
	free_all(&f, array, NR_SLOTS);
	alloc_close(&f);
}

/* A second request of a kind goes the short way, to the list at hand: by the same rules. */
static void hold_second_request(struct alloc_fixture *f, unsigned gfp, enum mmi_migratetype type,
				int nr)
{
	struct mmi_page *array[NR_SLOTS] = {0};
	const uint64_t nr_bulk_pages = mmi_cpu_stats(f->cpu)->nr_bulk_pages;

	assert_int_equal(bulk(f, gfp, -1, nr, array), nr);
	for (int i = 0; i < NR_SLOTS; i++) {
		assert_int_equal(array[i] != NULL, i < nr);
		if (!array[i])
			continue;
		assert_int_equal(array[i]->refcount, 1);
		assert_int_equal(mmi_flags_zone(array[i]->flags), MMI_ZONE_NORMAL);
		assert_int_equal(mmi_pageblock_type(&f->system->mem.map, alloc_pfn(f, array[i])),
				 type);
		for (int j = 0; j < i; j++)
			assert_ptr_not_equal(array[i], array[j]);
	}
	assert_int_equal(mmi_cpu_stats(f->cpu)->nr_bulk_pages, nr_bulk_pages + (uint64_t)nr);
	alloc_check_sound(f);
	free_all(f, array, nr);
}

static void test_a_second_request_gives_the_same(void **state)
{
	static const enum mmi_migratetype types[] = {MMI_MIGRATE_UNMOVABLE, MMI_MIGRATE_MOVABLE,
						     MMI_MIGRATE_RECLAIMABLE};
	static const unsigned gfps[] = {MMI_GFP_KERNEL, MMI_GFP_MOVABLE, MMI_GFP_RECLAIMABLE};
	struct alloc_fixture f;

	open_system(&f, *state);
	for (int round = 0; round < 3; round++)
		for (size_t i = 0; i < ARRAY_NR(types); i++)
			for (int nr = 1; nr <= 40; nr += 3)
				hold_second_request(&f, gfps[i], types[i], nr);
	alloc_close(&f);
}

static void test_a_second_request_keeps_filled_slots(void **state)
{
	struct mmi_page *array[NR_SLOTS] = {0}, *kept;
	struct alloc_fixture f;

	open_system(&f, *state);
	for (int at = 0; at < 20; at++) {
		kept = array[at] = mmi_alloc_pages(f.cpu, MMI_GFP_KERNEL, 0, -1, NULL);
		assert_int_equal(bulk(&f, MMI_GFP_KERNEL, -1, 20, array), 20);
		assert_ptr_equal(array[at], kept);
		assert_null(array[20]);
		free_all(&f, array, 20);
	}
	alloc_close(&f);
}

static void test_filled_slots_are_kept_and_counted(void **state)
{
	struct mmi_page *array[NR_SLOTS] = {0}, *before[NR_SLOTS];
	struct alloc_fixture f;

	open_system(&f, *state);
	for (int i = 0; i < NR_SLOTS; i += 3)
		array[i] = mmi_alloc_pages(f.cpu, MMI_GFP_KERNEL, 0, 0, NULL);
	memcpy(before, array, sizeof(array));
	assert_int_equal(bulk(&f, MMI_GFP_KERNEL, 0, NR_SLOTS, array), NR_SLOTS);
	for (int i = 0; i < NR_SLOTS; i++) {
		assert_non_null(array[i]);
		if (before[i])
			assert_ptr_equal(array[i], before[i]);
	}
	free_all(&f, array, NR_SLOTS);
	alloc_close(&f);
}

static void test_a_full_array_is_counted_and_left_alone(void **state)
{
	struct mmi_page *array[2];
	struct alloc_fixture f;

	open_system(&f, *state);
	array[0] = mmi_alloc_pages(f.cpu, MMI_GFP_KERNEL, 0, 0, NULL);
	array[1] = mmi_alloc_pages(f.cpu, MMI_GFP_KERNEL, 0, 0, NULL);
	assert_int_equal(bulk(&f, MMI_GFP_KERNEL, 0, 2, array), 2);
	assert_int_equal(mmi_cpu_stats(f.cpu)->nr_bulk_pages, 0);
	free_all(&f, array, 2);
	alloc_close(&f);
}

static void test_an_empty_or_negative_request_touches_nothing(void **state)
{
	struct mmi_page *array[1] = {NULL};
	struct alloc_fixture f;

	open_system(&f, *state);
	assert_int_equal(bulk(&f, MMI_GFP_KERNEL, 0, 0, array), 0);
	assert_int_equal(bulk(&f, MMI_GFP_KERNEL, 0, -5, array), 0);
	assert_null(array[0]);
	alloc_close(&f);
}

/* One missing: no watermark of low + nr_pages is asked, one ordinary allocation fills the slot. */
static void test_one_missing_page_comes_the_ordinary_way(void **state)
{
	struct mmi_page *array[3] = {0}, *chain = NULL;
	struct mmi_zone_figures figures;
	struct alloc_fixture f;

	open_system(&f, *state);
	mmi_alloc_figures(f.alloc, 1, MMI_ZONE_NORMAL, &figures);
	array[0] = mmi_alloc_pages(f.cpu, MMI_GFP_KERNEL, 0, 0, NULL);
	array[2] = mmi_alloc_pages(f.cpu, MMI_GFP_KERNEL, 0, 0, NULL);
	leave_free(&f, 1, MMI_ZONE_NORMAL, figures.low_pages + 2, &chain);
	assert_int_equal(bulk(&f, MMI_GFP_THISNODE, 1, 3, array), 3);
	assert_int_equal(mmi_flags_nid(array[1]->flags), 1);
	free_all(&f, array, 3);
	give_back(&f, chain);
	alloc_close(&f);
}

/* free > low + nr_pages, and not one page less: then one page comes the ordinary way. */
static void test_a_zone_serves_only_above_low_plus_the_request(void **state)
{
	struct mmi_page *array[NR_SLOTS] = {0}, *chain = NULL;
	struct mmi_zone_figures figures;
	struct alloc_fixture f;

	open_system(&f, *state);
	mmi_alloc_figures(f.alloc, 1, MMI_ZONE_NORMAL, &figures);
	leave_free(&f, 1, MMI_ZONE_NORMAL, figures.low_pages + NR_SLOTS + 1, &chain);
	assert_int_equal(bulk(&f, MMI_GFP_THISNODE, 1, NR_SLOTS, array), NR_SLOTS);
	free_all(&f, array, NR_SLOTS);
	give_back(&f, chain);
	chain = NULL;
	leave_free(&f, 1, MMI_ZONE_NORMAL, figures.low_pages + NR_SLOTS, &chain);
	assert_int_equal(bulk(&f, MMI_GFP_THISNODE, 1, NR_SLOTS, array), 1);
	assert_non_null(array[0]); /* the first empty slot */
	free_all(&f, array, NR_SLOTS);
	give_back(&f, chain);
	alloc_close(&f);
}

/* The count is of the whole array, not of what is missing in it. */
static void test_the_watermark_counts_filled_slots_too(void **state)
{
	struct mmi_page *array[NR_SLOTS] = {0}, *chain = NULL;
	struct mmi_zone_figures figures;
	struct alloc_fixture f;

	open_system(&f, *state);
	mmi_alloc_figures(f.alloc, 1, MMI_ZONE_NORMAL, &figures);
	for (int i = 0; i < NR_SLOTS / 2; i++)
		array[i] = mmi_alloc_pages(f.cpu, MMI_GFP_KERNEL, 0, 0, NULL);
	leave_free(&f, 1, MMI_ZONE_NORMAL, figures.low_pages + NR_SLOTS, &chain);
	assert_int_equal(bulk(&f, MMI_GFP_THISNODE, 1, NR_SLOTS, array), NR_SLOTS / 2 + 1);
	free_all(&f, array, NR_SLOTS);
	give_back(&f, chain);
	alloc_close(&f);
}

/* NORMAL of node 0 cannot, DMA32 of node 0 can: with the reserve against requests for NORMAL. */
static void test_the_next_zone_of_the_node_serves_above_its_reserve(void **state)
{
	struct mmi_page *array[NR_SLOTS] = {0}, *chain = NULL;
	struct mmi_zone_figures normal, dma32;
	struct alloc_fixture f;

	open_system(&f, *state);
	mmi_alloc_figures(f.alloc, 0, MMI_ZONE_NORMAL, &normal);
	mmi_alloc_figures(f.alloc, 0, MMI_ZONE_DMA32, &dma32);
	const uint64_t reserve = dma32.protection_pages[MMI_ZONE_NORMAL];
	assert_true(reserve > 500);
	leave_free(&f, 0, MMI_ZONE_NORMAL, normal.low_pages, &chain);
	leave_free(&f, 0, MMI_ZONE_DMA32, dma32.low_pages + reserve + NR_SLOTS + 1, &chain);
	assert_int_equal(bulk(&f, MMI_GFP_KERNEL, 0, NR_SLOTS, array), NR_SLOTS);
	for (int i = 0; i < NR_SLOTS; i++)
		assert_int_equal(mmi_flags_zone(array[i]->flags), MMI_ZONE_DMA32);
	free_all(&f, array, NR_SLOTS);
	give_back(&f, chain);
	chain = NULL;
	leave_free(&f, 0, MMI_ZONE_NORMAL, normal.low_pages, &chain);
	leave_free(&f, 0, MMI_ZONE_DMA32, dma32.low_pages + reserve + NR_SLOTS, &chain);
	assert_int_equal(bulk(&f, MMI_GFP_KERNEL, 0, NR_SLOTS, array), 1);
	free_all(&f, array, NR_SLOTS);
	give_back(&f, chain);
	alloc_close(&f);
}

/* Node 1 is full of memory, but the search ends there: one page, the ordinary way, from node 1. */
static void test_another_node_ends_the_search(void **state)
{
	struct mmi_page *array[NR_SLOTS] = {0}, *chain = NULL;
	struct alloc_fixture f;

	open_system(&f, *state);
	leave_free(&f, 0, MMI_ZONE_DMA32, 0, &chain);
	leave_free(&f, 0, MMI_ZONE_NORMAL, 0, &chain);
	assert_int_equal(bulk(&f, MMI_GFP_KERNEL, 0, NR_SLOTS, array), 1);
	assert_int_equal(mmi_flags_nid(array[0]->flags), 1);
	free_all(&f, array, NR_SLOTS);
	give_back(&f, chain);
	alloc_close(&f);
}

/* A node that the mask leaves out is skipped: the first zone that is left is the preferred one. */
static void test_nodes_outside_of_the_mask_are_skipped(void **state)
{
	struct mmi_page *array[NR_SLOTS] = {0};
	struct mmi_nodemask mask = {0};
	struct alloc_fixture f;

	open_system(&f, *state);
	mmi_nodemask_add(&mask, 1);
	assert_int_equal(mmi_alloc_pages_bulk(f.cpu, MMI_GFP_KERNEL, 0, &mask, NR_SLOTS, array),
			 NR_SLOTS);
	for (int i = 0; i < NR_SLOTS; i++)
		assert_int_equal(mmi_flags_nid(array[i]->flags), 1);
	free_all(&f, array, NR_SLOTS);
	/* So is one that the context is not allowed, which then ends no search. */
	assert_int_equal(mmi_cpu_allow(f.cpu, &mask), 0);
	assert_int_equal(bulk(&f, MMI_GFP_KERNEL, 0, NR_SLOTS, array), NR_SLOTS);
	for (int i = 0; i < NR_SLOTS; i++)
		assert_int_equal(mmi_flags_nid(array[i]->flags), 1);
	free_all(&f, array, NR_SLOTS);
	alloc_close(&f);
}

static void test_nothing_at_all_is_no_page(void **state)
{
	struct mmi_page *array[NR_SLOTS] = {0}, *chain = NULL;
	struct alloc_fixture f;

	open_system(&f, *state);
	leave_free(&f, 1, MMI_ZONE_NORMAL, 0, &chain);
	assert_int_equal(bulk(&f, MMI_GFP_THISNODE, 1, NR_SLOTS, array), 0);
	assert_int_equal(mmi_cpu_stats(f.cpu)->nr_failed, 1);
	array[5] = mmi_alloc_pages(f.cpu, MMI_GFP_KERNEL, 0, 0, NULL);
	assert_int_equal(bulk(&f, MMI_GFP_THISNODE, 1, NR_SLOTS, array), 1);
	assert_int_equal(bulk(&f, MMI_GFP_KERNEL, 9, NR_SLOTS, array), 1); /* no such node */
	free_all(&f, array, NR_SLOTS);
	give_back(&f, chain);
	alloc_close(&f);
}

static void test_a_list_is_filled_by_the_same_rules(void **state)
{
	struct mmi_page *chain = NULL;
	struct mmi_zone_figures figures;
	struct alloc_fixture f;
	struct mmi_list list;
	int nr = 0;

	mmi_list_init(&list);
	open_system(&f, *state);
	assert_int_equal(mmi_alloc_pages_bulk_list(f.cpu, MMI_GFP_KERNEL, 0, NULL, 200, &list),
			 200);
	for (struct mmi_list *item = list.next; item != &list; item = item->next, nr++)
		assert_int_equal(mmi_list_page(item)->refcount, 1);
	assert_int_equal(nr, 200);
	assert_int_equal(mmi_alloc_pages_bulk_list(f.cpu, MMI_GFP_KERNEL, 0, NULL, 0, &list), 0);
	assert_int_equal(mmi_alloc_pages_bulk_list(f.cpu, MMI_GFP_KERNEL, 0, NULL, -1, &list), 0);
	mmi_alloc_figures(f.alloc, 1, MMI_ZONE_NORMAL, &figures);
	leave_free(&f, 1, MMI_ZONE_NORMAL, figures.low_pages + 2, &chain);
	assert_int_equal(mmi_alloc_pages_bulk_list(f.cpu, MMI_GFP_THISNODE, 1, NULL, 2, &list), 1);
	mmi_free_pages_bulk_list(f.cpu, &list);
	assert_true(mmi_list_is_empty(&list));
	give_back(&f, chain);
	alloc_close(&f);
}

/*
 * A run longer than the context's lists goes to the zone in whole blocks, with few locks; holes,
 * section borders and zone borders end runs, and nothing is lost at any of them.
 */
static void test_runs_of_adjacent_pages_are_freed_together(void **state)
{
	enum { NR = 8192 };
	static struct mmi_page *array[NR];
	struct alloc_fixture f;

	open_system(&f, *state);
	mmi_cpu_drain(f.cpu);
	const uint64_t nr_before = alloc_nr_free(&f);
	for (uint64_t block = 0; block < NR / 1024; block++) {
		struct mmi_page *page = mmi_alloc_pages(f.cpu, MMI_GFP_KERNEL, 10, 0, NULL);
		for (uint64_t i = 0; i < 1024; i++) {
			page[i].refcount = 1; /* split by its owner */
			array[block * 1024 + i] = &page[i];
		}
	}
	array[1000] = NULL;
	struct mmi_page *lone = array[999] + 1;
	mmi_free_pages_bulk(f.cpu, array, NR);
	mmi_free_pages(f.cpu, lone, 0);
	mmi_cpu_drain(f.cpu);
	assert_int_equal(alloc_nr_free(&f), nr_before);
	alloc_close(&f);
}

static void test_pages_of_two_nodes_go_back_each_to_its_own(void **state)
{
	struct mmi_page *array[4];
	struct alloc_fixture f;

	open_system(&f, *state);
	for (int i = 0; i < 4; i++)
		array[i] = mmi_alloc_pages(f.cpu, MMI_GFP_KERNEL, 0, i % 2, NULL);
	free_all(&f, array, 4);
	mmi_cpu_drain(f.cpu);
	for (int nid = 0; nid < 2; nid++)
		assert_int_equal(alloc_zone(&f, nid, MMI_ZONE_NORMAL)->nr_free_pages,
				 alloc_zone(&f, nid, MMI_ZONE_NORMAL)->nr_managed_pages);
	alloc_close(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    serial_test(test_all_empty_slots_are_filled),
	    serial_test(test_a_second_request_gives_the_same),
	    serial_test(test_a_second_request_keeps_filled_slots),
	    serial_test(test_filled_slots_are_kept_and_counted),
	    serial_test(test_a_full_array_is_counted_and_left_alone),
	    serial_test(test_an_empty_or_negative_request_touches_nothing),
	    serial_test(test_one_missing_page_comes_the_ordinary_way),
	    serial_test(test_a_zone_serves_only_above_low_plus_the_request),
	    serial_test(test_the_watermark_counts_filled_slots_too),
	    serial_test(test_the_next_zone_of_the_node_serves_above_its_reserve),
	    serial_test(test_another_node_ends_the_search),
	    serial_test(test_nodes_outside_of_the_mask_are_skipped),
	    serial_test(test_nothing_at_all_is_no_page),
	    serial_test(test_a_list_is_filled_by_the_same_rules),
	    serial_test(test_runs_of_adjacent_pages_are_freed_together),
	    serial_test(test_pages_of_two_nodes_go_back_each_to_its_own),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
