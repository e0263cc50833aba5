/* SPDX-License-Identifier: MIT */
/* Per-CPU lists: how many blocks a refill brings, which, and how the stacks are laid out. */
#include "pcp_fixture.h"

#include "mminit/fault.h"

#define SENTINEL ((uintptr_t)0x5a5a)

/* Nothing is left in the zone but what is given back then. */
static void empty_zone(struct pcp_bed *bed, struct mmi_page *held[PCP_NR_BLOCKS])
{
	for (size_t i = 0; i < PCP_NR_BLOCKS; i++) {
		held[i] = mmi_buddy_alloc_locked(bed->zone, 10, MMI_MIGRATE_MOVABLE);
		bed->pcp.nr_taken_pages += 1024;
	}
	assert_int_equal(bed->zone->nr_free_pages, 0);
}

static void fill_zone(struct pcp_bed *bed, struct mmi_page *held[PCP_NR_BLOCKS])
{
	for (size_t i = 0; i < PCP_NR_BLOCKS; i++)
		pcp_give_block(bed, held[i], 10);
}

static void test_a_refill_brings_a_batch_of_pages_or_a_few_blocks(void **state)
{
	static const struct {
		uint64_t batch;
		unsigned order;
		uint32_t nr_blocks;
	} cases[] = {{31, 0, 31}, {63, 1, 31}, {31, 2, 7}, {31, 3, 3}, {15, 3, 2},
		     {31, 9, 2},  {2, 0, 2},   {2, 1, 2},  {1, 0, 1},  {1, 1, 1},
		     {1, 3, 1},   {1, 9, 1},   {31, 4, 1}, {31, 8, 1}, {31, 10, 1}};
	struct pcp_bed bed;

	pcp_open(&bed, *state, 31, 2048);
	for (size_t i = 0; i < ARRAY_NR(cases); i++) {
		const unsigned order = cases[i].order;
		const uint32_t nr = cases[i].nr_blocks;
		pcp_refit(&bed, cases[i].batch, 2048);
		const uint64_t nr_free = bed.zone->nr_free_pages;
		struct mmi_page *first = pcp_refill(&bed, order, MMI_MIGRATE_MOVABLE);
		assert_int_equal(bed.pcp.nr_pages, (uint64_t)(nr - 1) << order);
		assert_int_equal(bed.pcp.nr_taken_pages, (uint64_t)nr << order);
		assert_int_equal(bed.zone->nr_free_pages, nr_free - ((uint64_t)nr << order));
		if (nr > 1)
			assert_int_equal(list_nr_blocks(pcp_list(&bed, MMI_MIGRATE_MOVABLE, order)),
					 nr - 1);
		for (uint32_t n = 1; n < nr; n++)
			assert_ptr_equal(
			    list_block(pcp_list(&bed, MMI_MIGRATE_MOVABLE, order), order, n - 1),
			    first + ((size_t)n << order));
		pcp_hold_sound(&bed);
		mmi_pcp_drain(&bed.pcp, bed.zone);
		pcp_give_block(&bed, first, order);
	}
	pcp_close(&bed);
}

/* More than a run of a list is long, in several runs: blocks come off it as they lie in memory. */
static void test_a_long_refill_is_handed_out_in_ascending_order(void **state)
{
	static const uint64_t batches[] = {2, 64, 65, 66, 128, 129, 130, 200};
	struct pcp_bed bed;

	pcp_open(&bed, *state, 31, PCP_HIGH);
	for (size_t i = 0; i < 2 * ARRAY_NR(batches); i++) {
		const unsigned order = i % 2;
		const uint32_t nr = (uint32_t)batches[i / 2];
		pcp_refit(&bed, batches[i / 2] << order, PCP_HIGH);
		struct mmi_page *first = pcp_refill(&bed, order, MMI_MIGRATE_MOVABLE);
		struct mmi_pcp_list *list = pcp_list(&bed, MMI_MIGRATE_MOVABLE, order);
		assert_int_equal(list_nr_blocks(list), nr - 1);
		for (uint32_t n = 1; n < nr; n++) {
			struct mmi_page *page = mmi_pcp_pop(&bed.pcp, list, order);
			assert_ptr_equal(page, first + ((size_t)n << order));
			assert_int_equal(page->refcount, 1);
			assert_int_equal(bed.pcp.nr_pages, (uint64_t)(nr - 1 - n) << order);
		}
		assert_int_equal(list->nr, 0);
		for (uint32_t n = 0; n < nr; n++)
			pcp_give_block(&bed, first + ((size_t)n << order), order);
		mmi_pcp_drain(&bed.pcp, bed.zone);
	}
	pcp_close(&bed);
}

/* How many pages one more refill brings; the first of them goes onto the list, too. */
static uint32_t nr_refilled(struct pcp_bed *bed)
{
	const uint32_t nr_before = bed->pcp.nr_pages;

	pcp_push(bed, MMI_MIGRATE_MOVABLE, 0, pcp_refill(bed, 0, MMI_MIGRATE_MOVABLE));
	assert_int_equal(bed->pcp.nr_taken_pages, bed->pcp.nr_pages);
	return bed->pcp.nr_pages - nr_before;
}

static uint32_t nr_flushed(struct pcp_bed *bed, uint64_t nr_wanted)
{
	const uint32_t nr_before = bed->pcp.nr_pages;

	mmi_pcp_make_room(&bed->pcp, bed->zone, nr_wanted);
	pcp_hold_sound(bed);
	return nr_before - bed->pcp.nr_pages;
}

static void test_a_row_moves_twice_as_much_each_time_up_to_32_batches(void **state)
{
	static const uint32_t row[] = {4, 8, 16, 32, 64, 128, 128, 128};
	struct pcp_bed bed;

	pcp_open(&bed, *state, 4, PCP_HIGH);
	for (int round = 0; round < 2; round++) {
		for (size_t i = 0; i < ARRAY_NR(row); i++)
			assert_int_equal(nr_refilled(&bed), row[i]);
		for (size_t i = 0; i < ARRAY_NR(row); i++)
			assert_int_equal(nr_flushed(&bed, 1), row[i]);
		assert_int_equal(bed.pcp.nr_pages, 0);
	}
	/* Who does both by turns moves a batch. */
	for (int i = 0; i < 3; i++) {
		assert_int_equal(nr_refilled(&bed), 4);
		assert_int_equal(nr_refilled(&bed), 8);
		assert_int_equal(nr_flushed(&bed, 1), 4);
	}
	pcp_close(&bed);
}

static void test_a_drain_ends_both_rows(void **state)
{
	struct pcp_bed bed;

	pcp_open(&bed, *state, 4, PCP_HIGH);
	assert_int_equal(nr_refilled(&bed), 4);
	assert_int_equal(nr_refilled(&bed), 8);
	mmi_pcp_drain(&bed.pcp, bed.zone);
	assert_int_equal(nr_refilled(&bed), 4);
	mmi_pcp_drain(&bed.pcp, bed.zone);
	pcp_push_all(&bed, pcp_take_pages(&bed, 100), 100);
	assert_int_equal(nr_flushed(&bed, 1), 4);
	assert_int_equal(nr_flushed(&bed, 1), 8);
	mmi_pcp_drain(&bed.pcp, bed.zone);
	pcp_push_all(&bed, pcp_take_pages(&bed, 100), 100);
	assert_int_equal(nr_flushed(&bed, 1), 4);
	pcp_close(&bed);
}

/* More than a batch is taken only if the zone keeps its low watermark then. */
static void test_a_row_of_refills_ends_at_the_low_watermark(void **state)
{
	struct pcp_bed bed;

	pcp_open(&bed, *state, 4, PCP_HIGH);
	for (uint64_t nr_less = 0; nr_less < 2; nr_less++) {
		bed.figures.low_pages = 0;
		pcp_refit(&bed, 4, PCP_HIGH);
		assert_int_equal(nr_refilled(&bed), 4);
		bed.figures.low_pages = bed.zone->nr_free_pages - 8 + nr_less;
		pcp_refit(&bed, 4, PCP_HIGH);
		assert_int_equal(nr_refilled(&bed), nr_less ? 4 : 8);
		mmi_pcp_drain(&bed.pcp, bed.zone);
	}
	pcp_close(&bed);
}

static void test_a_refill_keeps_to_the_room_that_there_is(void **state)
{
	struct pcp_bed bed;

	pcp_open(&bed, *state, 31, 40);
	for (unsigned order = 0; order <= 1; order++) {
		pcp_push_all(&bed, pcp_take_pages(&bed, 37), 37);
		struct mmi_page *page = pcp_refill(&bed, order, MMI_MIGRATE_MOVABLE);
		assert_int_equal(bed.pcp.nr_pages, order ? 39 : 40);
		pcp_hold_sound(&bed);
		mmi_pcp_drain(&bed.pcp, bed.zone);
		pcp_give_block(&bed, page, order);
	}
	pcp_close(&bed);
}

/* Blocks of 1, 2 and 4 pages are all that there is: they come one after the other. */
static void test_a_refill_takes_run_by_run_what_the_zone_has(void **state)
{
	static const unsigned offsets[] = {512, 258, 259, 132, 133, 134, 135};
	struct mmi_page *held[PCP_NR_BLOCKS];
	struct pcp_bed bed;

	pcp_open(&bed, *state, 31, PCP_HIGH);
	for (uint64_t batch = 7; batch <= 31; batch += 12) {
		empty_zone(&bed, held);
		for (size_t i = 0; i < ARRAY_NR(offsets); i++)
			pcp_give_block(&bed, held[0] + offsets[i], 0);
		pcp_refit(&bed, batch, PCP_HIGH);
		struct mmi_page *first = pcp_refill(&bed, 0, MMI_MIGRATE_MOVABLE);
		const struct mmi_pcp_list *list = pcp_list(&bed, MMI_MIGRATE_MOVABLE, 0);
		assert_ptr_equal(first, held[0] + offsets[0]);
		assert_int_equal(list_nr_blocks(list), ARRAY_NR(offsets) - 1);
		for (uint32_t i = 0; i + 1 < ARRAY_NR(offsets); i++)
			assert_ptr_equal(list_block(list, 0, i), held[0] + offsets[i + 1]);
		assert_int_equal(bed.pcp.nr_taken_pages, 1024 * PCP_NR_BLOCKS);
		/* Then there is nothing, and nothing is changed. */
		assert_null(pcp_refill(&bed, 0, MMI_MIGRATE_MOVABLE));
		assert_int_equal(bed.pcp.nr_pages, ARRAY_NR(offsets) - 1);
		assert_int_equal(bed.pcp.nr_taken_pages, 1024 * PCP_NR_BLOCKS);
		pcp_hold_sound(&bed);
		mmi_page_set_count(first, 0);
		bed.pcp.nr_pages = pcp_list(&bed, MMI_MIGRATE_MOVABLE, 0)->nr = 0;
		fill_zone(&bed, held);
	}
	pcp_close(&bed);
}

static void test_a_refill_of_two_pages_lists_the_second(void **state)
{
	struct mmi_page *held[PCP_NR_BLOCKS];
	struct pcp_bed bed;

	pcp_open(&bed, *state, 31, PCP_HIGH);
	empty_zone(&bed, held);
	pcp_give_block(&bed, held[0] + 6, 1);
	struct mmi_page *first = pcp_refill(&bed, 0, MMI_MIGRATE_MOVABLE);
	assert_ptr_equal(first, held[0] + 6);
	assert_int_equal(bed.pcp.nr_pages, 1);
	assert_ptr_equal(list_block(pcp_list(&bed, MMI_MIGRATE_MOVABLE, 0), 0, 0), held[0] + 7);
	mmi_page_set_count(first, 0);
	bed.pcp.nr_pages = pcp_list(&bed, MMI_MIGRATE_MOVABLE, 0)->nr = 0;
	fill_zone(&bed, held);
	pcp_close(&bed);
}

/* Free pageblocks of @type become what they were, so that they merge. */
static void unsteal(struct pcp_bed *bed, enum mmi_migratetype type)
{
	struct mmi_page *page;

	while ((page = mmi_buddy_alloc_locked(bed->zone, 9, type)) != NULL) {
		const uint64_t pfn = alloc_pfn(&bed->f, page);
		mmi_pageblock_set_type(&bed->f.system->mem.map, pfn, MMI_MIGRATE_MOVABLE);
		mmi_buddy_free_locked(bed->zone, pfn, 9);
	}
}

/* No list has a RECLAIMABLE block: one is stolen, and with it the pageblock that the rest is of. */
static void test_a_refill_steals_one_block_and_goes_on(void **state)
{
	struct pcp_bed bed;

	pcp_open(&bed, *state, 31, PCP_HIGH);
	struct mmi_page *page = pcp_refill(&bed, 0, MMI_MIGRATE_RECLAIMABLE);
	const struct mmi_pcp_list *list = pcp_list(&bed, MMI_MIGRATE_RECLAIMABLE, 0);
	assert_int_equal(list_nr_blocks(list), 30);
	assert_int_equal(bed.pcp.nr_taken_pages, 31);
	assert_int_equal(bed.zone->nr_free_pages, 1024 * PCP_NR_BLOCKS - 31);
	for (uint32_t i = 0; i < 30; i++)
		assert_int_equal(mmi_pageblock_type(&bed.zone->mem->map,
						    alloc_pfn(&bed.f, list_block(list, 0, i))),
				 MMI_MIGRATE_RECLAIMABLE);
	pcp_hold_sound(&bed);
	pcp_give_block(&bed, page, 0);
	mmi_pcp_drain(&bed.pcp, bed.zone);
	unsteal(&bed, MMI_MIGRATE_RECLAIMABLE);
	pcp_close(&bed);
}

/* Each stack holds all pages alone, and none reaches into another. */
static void test_every_list_has_room_for_all(void **state)
{
	struct pcp_bed bed;

	pcp_open(&bed, *state, 31, PCP_HIGH);
	uintptr_t mark = 1;
	size_t nr_slots = 0;
	for (unsigned type = 0; type < MMI_PCP_TYPES; type++)
		for (unsigned i = 0; i < MMI_PCP_ORDERS; i++)
			for (unsigned n = 0; n < (unsigned)PCP_HIGH >> (i < 4 ? i : 9); n++)
				bed.pcp.lists[type][i].runs[n] = mark++;
	mark = 1;
	for (unsigned type = 0; type < MMI_PCP_TYPES; type++)
		for (unsigned i = 0; i < MMI_PCP_ORDERS; i++)
			for (unsigned n = 0; n < (unsigned)PCP_HIGH >> (i < 4 ? i : 9); n++)
				assert_int_equal(bed.pcp.lists[type][i].runs[n], mark++);
	/* One slot more each. */
	nr_slots = mark - 1 + (size_t)MMI_PCP_TYPES * MMI_PCP_ORDERS;
	assert_int_equal(bed.pcp.slots_bytes, nr_slots * sizeof(uintptr_t));
	pcp_close(&bed);
}

static void test_a_stack_is_written_as_far_as_it_is_filled(void **state)
{
	struct pcp_bed bed;
	size_t nr_written = 0;

	pcp_open(&bed, *state, 31, PCP_HIGH);
	const size_t nr_slots = bed.pcp.slots_bytes / sizeof(uintptr_t);
	for (size_t i = 0; i < nr_slots; i++)
		bed.pcp.slots[i] = SENTINEL;
	struct mmi_page *first = pcp_refill(&bed, 0, MMI_MIGRATE_MOVABLE);
	for (size_t i = 0; i < nr_slots; i++)
		nr_written += bed.pcp.slots[i] != SENTINEL;
	assert_int_equal(nr_written, 1); /* 30 pages, one run */
	pcp_give_block(&bed, first, 0);
	pcp_close(&bed);
}

static void test_new_figures_make_new_stacks_only_for_another_high(void **state)
{
	struct mmi_failing_platform failing;
	struct pcp_bed bed;

	mmi_failing_platform_init(&failing, *state, MMI_CALL_ALLOC, UINT64_MAX);
	pcp_open(&bed, &failing.platform, 31, PCP_HIGH);
	assert_int_equal(nr_refilled(&bed), 31);
	bed.figures.low_pages = 77;
	pcp_refit(&bed, 7, PCP_HIGH);
	assert_int_equal(bed.pcp.nr_pages, 31);
	assert_int_equal(bed.pcp.batch, 7);
	assert_int_equal(bed.pcp.low_pages, 77);
	pcp_refit(&bed, 7, PCP_HIGH / 2);
	assert_int_equal(bed.pcp.nr_pages, 0);
	assert_int_equal(bed.pcp.high, PCP_HIGH / 2);
	assert_int_equal(bed.zone->nr_free_pages, 1024 * PCP_NR_BLOCKS);
	assert_int_equal(nr_refilled(&bed), 7);
	/* No memory for them: the zone serves, block by block, and the next fit tries again. */
	failing.number = failing.nr_calls;
	pcp_refit(&bed, 7, PCP_HIGH);
	assert_true(failing.has_failed);
	assert_int_equal(bed.pcp.high, 0);
	struct mmi_page *page = pcp_refill(&bed, 0, MMI_MIGRATE_MOVABLE);
	assert_int_equal(bed.pcp.nr_taken_pages, 1);
	assert_int_equal(bed.pcp.nr_pages, 0);
	pcp_give_block(&bed, page, 0);
	pcp_refit(&bed, 7, PCP_HIGH);
	assert_int_equal(bed.pcp.high, PCP_HIGH);
	pcp_close(&bed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    serial_test(test_a_refill_brings_a_batch_of_pages_or_a_few_blocks),
	    serial_test(test_a_long_refill_is_handed_out_in_ascending_order),
	    serial_test(test_a_row_moves_twice_as_much_each_time_up_to_32_batches),
	    serial_test(test_a_drain_ends_both_rows),
	    serial_test(test_a_row_of_refills_ends_at_the_low_watermark),
	    serial_test(test_a_refill_keeps_to_the_room_that_there_is),
	    serial_test(test_a_refill_takes_run_by_run_what_the_zone_has),
	    serial_test(test_a_refill_of_two_pages_lists_the_second),
	    serial_test(test_a_refill_steals_one_block_and_goes_on),
	    serial_test(test_every_list_has_room_for_all),
	    serial_test(test_a_stack_is_written_as_far_as_it_is_filled),
	    serial_test(test_new_figures_make_new_stacks_only_for_another_high),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
