/* SPDX-License-Identifier: MIT */
/* The two ways of a block: the short one by the context's lists, and the long one beside them. */
#include "alloc_fixture.h"

#include "page_alloc/alloc_cpu.h"
#include "zone/isolate.h"

/* 128 MiB each: DMA32 and NORMAL on node 0, NORMAL on node 1. */
static const struct mmi_spec_range memory[] = {{2 * GIB, 2 * GIB + 128 * MIB, 0, 0, 0},
					       {4 * GIB, 4 * GIB + 128 * MIB, 0, 0, 0},
					       {5 * GIB, 5 * GIB + 128 * MIB, 1, 0, 0}};
#define NORMAL_0 MMI_ZONE_NORMAL
#define DMA32_0  MMI_ZONE_DMA32

static void open_small(struct alloc_fixture *f, struct mmi_platform *platform)
{
	const struct mmi_machine_spec spec = x86_spec(memory, ARRAY_NR(memory));

	alloc_open(f, platform, &spec, ALL_BOOTED);
}

/* Lists of NORMAL hold @high pages from the next look at the figures on, and move @batch at once. */
static void size_lists(struct alloc_fixture *f, uint64_t high, uint64_t batch)
{
	f->alloc->figures[NORMAL_0].pcp_high = high;
	f->alloc->figures[NORMAL_0].pcp_batch = batch;
}

/* Hands out @nr blocks, and leaves none on lists. */
static void take(struct alloc_fixture *f, unsigned gfp, unsigned order, struct mmi_page **pages,
		 size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		assert_non_null(pages[i] = mmi_alloc_pages(f->cpu, gfp, order, -1, NULL));
	mmi_cpu_drain(f->cpu);
}

static void give(struct alloc_fixture *f, unsigned order, struct mmi_page **pages, size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		mmi_free_pages(f->cpu, pages[i], order);
}

/* The last slot is as good as the first, whichever way the page comes. */
static void test_lists_are_filled_to_the_brim_before_a_batch_goes(void **state)
{
	struct mmi_page *pages[17], *others[2];
	struct alloc_fixture f;

	open_small(&f, *state);
	const struct mmi_cpu_stats *stats = mmi_cpu_stats(f.cpu);
	const struct mmi_pcp *pcp = &f.cpu->pcps[NORMAL_0];
	size_lists(&f, 8, 4);
	take(&f, MMI_GFP_KERNEL, 0, pages, ARRAY_NR(pages));
	take(&f, MMI_GFP_DMA32, 0, others, ARRAY_NR(others));
	mmi_free_pages(f.cpu, pages[0], 0);
	assert_int_equal(pcp->nr_pages, 1);
	give(&f, 0, pages + 1, 6);
	assert_int_equal(pcp->nr_pages, 7);
	/* After a page of another zone the next one goes the long way. */
	mmi_free_pages(f.cpu, others[0], 0);
	mmi_free_pages(f.cpu, pages[7], 0);
	assert_int_equal(pcp->nr_pages, 8);
	assert_int_equal(stats->nr_flushes, 0);
	mmi_free_pages(f.cpu, pages[8], 0);
	assert_int_equal(pcp->nr_pages, 8 - 4 + 1);
	assert_int_equal(stats->nr_flushes, 1);
	/* Once more, with none between: twice as many go in a row. */
	give(&f, 0, pages + 9, 4);
	assert_int_equal(pcp->nr_pages, 8 - 8 + 1);
	assert_int_equal(stats->nr_flushes, 2);
	give(&f, 0, pages + 13, 4);
	mmi_free_pages(f.cpu, others[1], 0);
	assert_int_equal(stats->nr_frees, ARRAY_NR(pages) + ARRAY_NR(others));
	alloc_close(&f);
}

/* New figures are for who has to look at them: what there is room for goes onto the lists as they are. */
static void test_a_block_that_fits_goes_the_short_way(void **state)
{
	static const struct {
		unsigned order;
		size_t nr; /* that fill lists of 8 pages */
	} cases[] = {{0, 8}, {1, 4}, {3, 1}};
	struct mmi_page *pages[9];
	struct alloc_fixture f;

	open_small(&f, *state);
	const struct mmi_pcp *pcp = &f.cpu->pcps[NORMAL_0];
	for (size_t i = 0; i < ARRAY_NR(cases); i++) {
		const unsigned order = cases[i].order;
		size_lists(&f, 8, 1);
		take(&f, MMI_GFP_KERNEL, 0, pages, 1);
		give(&f, 0, pages, 1);
		mmi_cpu_drain(f.cpu);
		take(&f, MMI_GFP_KERNEL, order, pages, cases[i].nr + 1);
		size_lists(&f, 16, 1);
		give(&f, order, pages, cases[i].nr);
		assert_int_equal(pcp->nr_pages, 8);
		assert_int_equal(pcp->high, 8);
		/* No room: the lists are made anew, and empty. */
		give(&f, order, pages + cases[i].nr, 1);
		assert_int_equal(pcp->nr_pages, 1u << order);
		assert_int_equal(pcp->high, 16);
		mmi_cpu_drain(f.cpu);
	}
	alloc_close(&f);
}

/* A batch of one page makes no room for a block of eight, nor a slot for one of two. */
static void test_room_is_made_for_the_whole_block(void **state)
{
	static const struct {
		unsigned order;
		size_t nr_listed; /* single pages on lists of 8 */
		uint64_t batch;
		uint32_t nr_pages; /* afterwards */
	} cases[] = {{1, 7, 4, 5}, {1, 8, 1, 8}, {3, 8, 1, 8}, {3, 1, 1, 8}};
	struct mmi_page *pages[8], *block;
	struct alloc_fixture f;

	open_small(&f, *state);
	const struct mmi_cpu_stats *stats = mmi_cpu_stats(f.cpu);
	const struct mmi_pcp *pcp = &f.cpu->pcps[NORMAL_0];
	for (size_t i = 0; i < ARRAY_NR(cases); i++) {
		const uint64_t nr_flushes = stats->nr_flushes;
		size_lists(&f, 8, cases[i].batch);
		take(&f, MMI_GFP_KERNEL, 0, pages, cases[i].nr_listed);
		take(&f, MMI_GFP_KERNEL, cases[i].order, &block, 1);
		give(&f, 0, pages, cases[i].nr_listed);
		assert_int_equal(pcp->nr_pages, cases[i].nr_listed);
		mmi_free_pages(f.cpu, block, cases[i].order);
		assert_int_equal(pcp->nr_pages, cases[i].nr_pages);
		assert_ptr_equal(
		    mmi_run_first(pcp->lists[MMI_MIGRATE_UNMOVABLE][cases[i].order].runs[0]),
		    block);
		assert_int_equal(stats->nr_flushes, nr_flushes + 1);
		mmi_cpu_drain(f.cpu);
	}
	alloc_close(&f);
}

static void test_a_block_too_large_for_the_lists_leaves_them_alone(void **state)
{
	struct mmi_page *pages[4], *block;
	struct alloc_fixture f;

	open_small(&f, *state);
	const struct mmi_zone *zone = alloc_zone(&f, 0, MMI_ZONE_NORMAL);
	const struct mmi_pcp *pcp = &f.cpu->pcps[NORMAL_0];
	for (uint64_t high = 4; high <= 8; high += 4) {
		size_lists(&f, high, 4);
		take(&f, MMI_GFP_KERNEL, 0, pages, ARRAY_NR(pages));
		take(&f, MMI_GFP_KERNEL, 3, &block, 1);
		give(&f, 0, pages, ARRAY_NR(pages));
		const uint64_t nr_free = zone->nr_free_pages;
		const uint64_t nr_flushes = mmi_cpu_stats(f.cpu)->nr_flushes;
		mmi_free_pages(f.cpu, block, 3);
		assert_int_equal(zone->nr_free_pages, nr_free + (high < 8 ? 8 : 4));
		assert_int_equal(pcp->nr_pages, high < 8 ? 4 : 8);
		assert_int_equal(mmi_cpu_stats(f.cpu)->nr_flushes, nr_flushes + (high == 8));
		mmi_cpu_drain(f.cpu);
	}
	alloc_close(&f);
}

/* Blocks of a pageblock that is kept for others than the lists are for. */
static void test_pages_of_other_migratetypes_go_to_their_zone(void **state)
{
	uint8_t types[] = {MMI_MIGRATE_HIGHATOMIC, MMI_MIGRATE_HIGHATOMIC};
	struct mmi_page *pages[4];
	struct alloc_fixture f;

	open_small(&f, *state);
	struct mmi_zone *zone = alloc_zone(&f, 0, MMI_ZONE_NORMAL);
	const struct mmi_pcp *pcp = &f.cpu->pcps[NORMAL_0];
	take(&f, MMI_GFP_KERNEL, 0, pages, ARRAY_NR(pages));
	const uint64_t pfn = alloc_pfn(&f, pages[0]) & ~1023ull;
	for (size_t i = 0; i < ARRAY_NR(pages); i++)
		assert_int_equal(alloc_pfn(&f, pages[i]) & ~1023ull, pfn);
	mmi_pageblocks_release(zone, pfn, pfn + 1024, types);
	const uint64_t nr_free = zone->nr_free_pages;
	/* The context has freed to no zone yet: the first goes the long way. */
	give(&f, 0, pages, ARRAY_NR(pages));
	assert_int_equal(pcp->nr_pages, 0);
	assert_int_equal(zone->nr_free_pages, nr_free + ARRAY_NR(pages));
	alloc_close(&f);
}

static void expect(struct alloc_fixture *f, struct mmi_cpu *cpu, unsigned gfp, int nid,
		   const struct mmi_nodemask *mask, int expected_nid, int expected_zone)
{
	struct mmi_page *page = mmi_alloc_pages(cpu, gfp, 0, nid, mask);

	assert_non_null(page);
	assert_int_equal(mmi_flags_nid(page->flags), expected_nid);
	assert_int_equal(mmi_flags_zone(page->flags), expected_zone);
	mmi_free_pages(f->cpu, page, 0);
}

/* Both contexts have pages of their own nodes on lists, and know the short way to them. */
static void test_the_short_way_is_for_who_wants_what_lies_there(void **state)
{
	struct mmi_nodemask only_0 = {0}, only_1 = {0};
	struct mmi_cpu *other;
	struct alloc_fixture f;

	open_small(&f, *state);
	assert_int_equal(mmi_cpu_create(f.alloc, 1, &other, NULL), 0);
	mmi_nodemask_add(&only_0, 0);
	mmi_nodemask_add(&only_1, 1);
	expect(&f, f.cpu, MMI_GFP_KERNEL, -1, NULL, 0, MMI_ZONE_NORMAL);
	expect(&f, f.cpu, MMI_GFP_DMA32, -1, NULL, 0, MMI_ZONE_DMA32);
	expect(&f, other, MMI_GFP_KERNEL, -1, NULL, 1, MMI_ZONE_NORMAL);
	for (int nid = 0; nid < 2; nid++) {
		expect(&f, f.cpu, MMI_GFP_KERNEL, nid, NULL, nid, MMI_ZONE_NORMAL);
		expect(&f, other, MMI_GFP_KERNEL, nid, NULL, nid, MMI_ZONE_NORMAL);
	}
	expect(&f, f.cpu, MMI_GFP_KERNEL, -1, &only_1, 1, MMI_ZONE_NORMAL);
	expect(&f, other, MMI_GFP_KERNEL, -1, &only_0, 0, MMI_ZONE_NORMAL);
	/* Bits that choose no zone belong to no other kind of request. */
	expect(&f, f.cpu, MMI_GFP_KERNEL | MMI_GFP_NOWAIT, -1, NULL, 0, MMI_ZONE_NORMAL);
	expect(&f, f.cpu, MMI_GFP_DMA32 | MMI_GFP_HIGH, -1, NULL, 0, MMI_ZONE_DMA32);
	mmi_cpu_destroy(other);
	alloc_close(&f);
}

/* A block of eight lies on a list; its zone is that far above the low watermark, or a page less. */
static void test_the_short_way_ends_at_the_low_watermark(void **state)
{
	struct mmi_page *pages[2];
	struct alloc_fixture f;

	open_small(&f, *state);
	struct mmi_zone *zone = alloc_zone(&f, 0, MMI_ZONE_NORMAL);
	const struct mmi_pcp *pcp = &f.cpu->pcps[NORMAL_0];
	const struct mmi_zone_figures *figures = &f.alloc->figures[NORMAL_0];
	const uint64_t floor = figures->low_pages + figures->protection_pages[MMI_ZONE_NORMAL];
	pages[0] = mmi_alloc_pages(f.cpu, MMI_GFP_KERNEL, 3, -1, NULL);
	mmi_free_pages(f.cpu, pages[0], 3);
	const uint32_t nr_listed = pcp->nr_pages;
	const uint64_t nr_free = zone->nr_free_pages;
	for (uint64_t nr_above = 7; nr_above <= 8; nr_above++) {
		zone->nr_free_pages = floor + nr_above;
		pages[nr_above - 7] = mmi_alloc_pages(f.cpu, MMI_GFP_KERNEL, 3, -1, NULL);
		assert_int_equal(pcp->nr_pages, nr_above < 8 ? nr_listed : nr_listed - 8);
	}
	zone->nr_free_pages = nr_free;
	assert_int_equal(mmi_flags_zone(pages[0]->flags), MMI_ZONE_DMA32);
	assert_int_equal(mmi_flags_zone(pages[1]->flags), MMI_ZONE_NORMAL);
	give(&f, 3, pages, ARRAY_NR(pages));
	alloc_close(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    serial_test(test_lists_are_filled_to_the_brim_before_a_batch_goes),
	    serial_test(test_a_block_that_fits_goes_the_short_way),
	    serial_test(test_room_is_made_for_the_whole_block),
	    serial_test(test_a_block_too_large_for_the_lists_leaves_them_alone),
	    serial_test(test_pages_of_other_migratetypes_go_to_their_zone),
	    serial_test(test_the_short_way_is_for_who_wants_what_lies_there),
	    serial_test(test_the_short_way_ends_at_the_low_watermark),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
