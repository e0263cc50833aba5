/* SPDX-License-Identifier: MIT */
/* Bulk onto a list and back: how many pages, which, and what is counted, for every length. */
#include "alloc_fixture.h"

#include <limits.h>

#include "page_alloc/alloc_cpu.h"
#include "zone/list.h"

#define MOST_PAGES 200

/* 128 MiB each: DMA32 and NORMAL on node 0, NORMAL on node 1. */
static const struct mmi_spec_range memory[] = {{2 * GIB, 2 * GIB + 128 * MIB, 0, 0, 0},
					       {4 * GIB, 4 * GIB + 128 * MIB, 0, 0, 0},
					       {5 * GIB, 5 * GIB + 128 * MIB, 1, 0, 0}};
static const unsigned lengths[] = {1, 2, 3, 31, 63, 64, 65, 127, 128, 129, MOST_PAGES};

static void open_system(struct alloc_fixture *f, struct mmi_platform *platform)
{
	const struct mmi_machine_spec spec = x86_spec(memory, ARRAY_NR(memory));

	alloc_open(f, platform, &spec, ALL_BOOTED);
}

/* Every page is in its zone. */
static void close_system(struct alloc_fixture *f)
{
	alloc_check_sound(f);
	mmi_cpu_drain(f->cpu);
	assert_int_equal(alloc_nr_free(f), alloc_nr_managed(f));
	alloc_close(f);
}

static int bulk(struct alloc_fixture *f, unsigned gfp, int nid, int nr, struct mmi_list *list)
{
	return mmi_alloc_pages_bulk_list(f->cpu, gfp, nid, NULL, nr, list);
}

/* The pages of the list, in their order; each is handed out, and none stands there twice. */
static unsigned read_list(const struct mmi_list *list, struct mmi_page **pages)
{
	unsigned nr = 0;

	for (struct mmi_list *item = list->next; item != list; item = item->next) {
		assert_true(nr < MOST_PAGES);
		assert_ptr_equal(item->prev->next, item);
		pages[nr] = mmi_list_page(item);
		assert_int_equal(pages[nr]->refcount, 1);
		for (unsigned i = 0; i < nr; i++)
			assert_ptr_not_equal(pages[i], pages[nr]);
		nr++;
	}
	return nr;
}

static void test_a_list_gets_as_many_as_are_asked_for_and_gives_them_back(void **state)
{
	struct mmi_page *pages[MOST_PAGES];
	struct alloc_fixture f;
	struct mmi_list list;

	mmi_list_init(&list);
	open_system(&f, *state);
	const struct mmi_cpu_stats *stats = mmi_cpu_stats(f.cpu);
	for (size_t i = 0; i < ARRAY_NR(lengths); i++) {
		const uint64_t nr_bulk_pages = stats->nr_bulk_pages;
		assert_int_equal(bulk(&f, MMI_GFP_KERNEL, -1, (int)lengths[i], &list), lengths[i]);
		assert_int_equal(read_list(&list, pages), lengths[i]);
		assert_int_equal(stats->nr_bulk_pages, nr_bulk_pages + lengths[i]);
		alloc_check_sound(&f);
		mmi_free_pages_bulk_list(f.cpu, &list);
		assert_true(mmi_list_is_empty(&list));
		for (unsigned n = 0; n < lengths[i]; n++)
			assert_int_equal(pages[n]->refcount, 0);
		mmi_cpu_drain(f.cpu);
		assert_int_equal(alloc_nr_free(&f), alloc_nr_managed(&f));
	}
	assert_int_equal(stats->nr_failed, 0);
	assert_int_equal(stats->nr_bad_frees, 0);
	assert_int_equal(stats->nr_allocs, 0);
	assert_int_equal(stats->nr_frees, 0);
	close_system(&f);
}

static void test_pages_are_added_at_the_end_of_a_list(void **state)
{
	struct mmi_page *before[MOST_PAGES], *after[MOST_PAGES];
	struct alloc_fixture f;
	struct mmi_list list;

	mmi_list_init(&list);
	open_system(&f, *state);
	assert_int_equal(bulk(&f, MMI_GFP_KERNEL, -1, 70, &list), 70);
	read_list(&list, before);
	assert_int_equal(bulk(&f, MMI_GFP_KERNEL, -1, 80, &list), 80);
	assert_int_equal(bulk(&f, MMI_GFP_KERNEL, -1, 1, &list), 1);
	assert_int_equal(read_list(&list, after), 151);
	assert_memory_equal(before, after, 70 * sizeof(*before));
	mmi_free_pages_bulk_list(f.cpu, &list);
	close_system(&f);
}

static void test_nothing_is_added_for_nothing_and_for_no_node(void **state)
{
	struct alloc_fixture f;
	struct mmi_list list;

	mmi_list_init(&list);
	open_system(&f, *state);
	const struct mmi_cpu_stats before = *mmi_cpu_stats(f.cpu);
	assert_int_equal(bulk(&f, MMI_GFP_KERNEL, -1, 0, &list), 0);
	assert_int_equal(bulk(&f, MMI_GFP_KERNEL, -1, -1, &list), 0);
	assert_int_equal(bulk(&f, MMI_GFP_KERNEL, -1, INT_MIN, &list), 0);
	assert_int_equal(bulk(&f, MMI_GFP_KERNEL, 9, 5, &list), 0);
	assert_int_equal(bulk(&f, MMI_GFP_KERNEL, 9, 1, &list), 0);
	assert_true(mmi_list_is_empty(&list));
	assert_memory_equal(mmi_cpu_stats(f.cpu), &before, sizeof(before));
	mmi_free_pages_bulk_list(f.cpu, &list);
	assert_memory_equal(mmi_cpu_stats(f.cpu), &before, sizeof(before));
	close_system(&f);
}

/*
 * NORMAL of node 0 is above its low watermark, but not by two pages: one page comes from there, the
 * ordinary way, and two from DMA32, which can serve them.
 */
static void test_one_page_comes_the_ordinary_way(void **state)
{
	struct alloc_fixture f;
	struct mmi_list list;

	open_system(&f, *state);
	struct mmi_zone *zone = alloc_zone(&f, 0, MMI_ZONE_NORMAL);
	const uint64_t nr_free = zone->nr_free_pages;
	for (int nr = 1; nr <= 2; nr++) {
		mmi_list_init(&list);
		zone->nr_free_pages = f.alloc->figures[MMI_ZONE_NORMAL].low_pages + 1;
		const uint64_t nr_left = zone->nr_free_pages;
		assert_int_equal(bulk(&f, MMI_GFP_KERNEL, 0, nr, &list), nr);
		assert_int_equal(mmi_flags_zone(mmi_list_page(list.next)->flags),
				 nr == 1 ? MMI_ZONE_NORMAL : MMI_ZONE_DMA32);
		zone->nr_free_pages += nr_free - nr_left;
		mmi_free_pages_bulk_list(f.cpu, &list);
		mmi_cpu_drain(f.cpu);
		assert_int_equal(zone->nr_free_pages, nr_free);
	}
	close_system(&f);
}

/* Where there is nothing, nothing is added, and the request failed. */
static void test_a_list_gets_one_page_or_none_where_no_zone_serves(void **state)
{
	struct alloc_fixture f;
	struct mmi_list list;

	mmi_list_init(&list);
	open_system(&f, *state);
	const struct mmi_cpu_stats *stats = mmi_cpu_stats(f.cpu);
	struct mmi_zone *zone = alloc_zone(&f, 1, MMI_ZONE_NORMAL);
	const uint64_t nr_free = zone->nr_free_pages;
	zone->nr_free_pages = 0;
	assert_int_equal(bulk(&f, MMI_GFP_THISNODE, 1, 5, &list), 0);
	assert_int_equal(bulk(&f, MMI_GFP_THISNODE, 1, 1, &list), 0);
	assert_true(mmi_list_is_empty(&list));
	assert_int_equal(stats->nr_failed, 2);
	assert_int_equal(stats->nr_bulk_pages, 0);
	zone->nr_free_pages = f.alloc->figures[MMI_NR_ZONES + MMI_ZONE_NORMAL].low_pages + 5;
	const uint64_t nr_left = zone->nr_free_pages;
	assert_int_equal(bulk(&f, MMI_GFP_THISNODE, 1, 5, &list), 1);
	assert_int_equal(stats->nr_failed, 2);
	assert_int_equal(stats->nr_bulk_pages, 1);
	zone->nr_free_pages += nr_free - nr_left;
	mmi_free_pages_bulk_list(f.cpu, &list);
	close_system(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    serial_test(test_a_list_gets_as_many_as_are_asked_for_and_gives_them_back),
	    serial_test(test_pages_are_added_at_the_end_of_a_list),
	    serial_test(test_nothing_is_added_for_nothing_and_for_no_node),
	    serial_test(test_one_page_comes_the_ordinary_way),
	    serial_test(test_a_list_gets_one_page_or_none_where_no_zone_serves),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
