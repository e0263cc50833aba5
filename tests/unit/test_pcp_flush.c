/* SPDX-License-Identifier: MIT */
/* Per-CPU lists: what a flush takes off them, and what their check refuses. */
#include "pcp_fixture.h"

#include "zone/list.h"

static void test_a_flush_takes_no_page_more_than_is_asked(void **state)
{
	struct pcp_bed bed;

	pcp_open(&bed, *state, 4, PCP_HIGH);
	struct mmi_page *page = pcp_take_pages(&bed, 60);
	const uint64_t nr_free = bed.zone->nr_free_pages;
	pcp_push_all(&bed, page, 20);
	mmi_pcp_flush(&bed.pcp, bed.zone, 5);
	assert_int_equal(bed.pcp.nr_pages, 15);
	assert_int_equal(bed.zone->nr_free_pages, nr_free + 5);
	for (unsigned i = 0; i < 15; i++)
		assert_ptr_equal(list_block(pcp_list(&bed, MMI_MIGRATE_MOVABLE, 0), 0, i),
				 &page[i]);
	/* A run of three, and another below it, ... */
	pcp_push_all(&bed, page + 40, 3);
	mmi_pcp_flush(&bed.pcp, bed.zone, 5);
	assert_int_equal(bed.pcp.nr_pages, 13);
	/* ... one of pages of which each precedes the one before, ... */
	for (unsigned i = 0; i < 3; i++)
		pcp_push(&bed, MMI_MIGRATE_MOVABLE, 0, &page[59 - i]);
	mmi_pcp_flush(&bed.pcp, bed.zone, 2);
	assert_int_equal(bed.pcp.nr_pages, 14);
	assert_ptr_equal(list_block(pcp_list(&bed, MMI_MIGRATE_MOVABLE, 0), 0, 13), &page[59]);
	/* ... and those of another type. */
	for (unsigned i = 0; i < 3; i++)
		pcp_push(&bed, MMI_MIGRATE_UNMOVABLE, 0, &page[30 + i]);
	mmi_pcp_flush(&bed.pcp, bed.zone, 5);
	assert_int_equal(bed.pcp.nr_pages, 12);
	pcp_hold_sound(&bed);
	assert_int_equal(bed.zone->nr_free_pages, nr_free + 17);
	for (unsigned i = 20; i < 57; i++)
		if (page[i].refcount)
			pcp_give_block(&bed, &page[i], 0);
	pcp_close(&bed);
}

/* Of larger blocks the last goes whole; asked for more than there are, all go. */
static void test_a_flush_takes_whole_blocks_of_every_order(void **state)
{
	static const unsigned orders[] = {0, 1, 2, 3, 9};
	struct pcp_bed bed;

	pcp_open(&bed, *state, 4, PCP_HIGH);
	for (size_t i = 0; i < ARRAY_NR(orders); i++) {
		const uint64_t nr_free = bed.zone->nr_free_pages;
		struct mmi_page *first = pcp_refill(&bed, orders[i], MMI_MIGRATE_MOVABLE);
		pcp_push(&bed, MMI_MIGRATE_MOVABLE, orders[i], first);
		const uint32_t nr_pages = bed.pcp.nr_pages;
		mmi_pcp_flush(&bed.pcp, bed.zone, 1);
		assert_int_equal(bed.pcp.nr_pages, nr_pages - (1u << orders[i]));
		assert_int_equal(bed.pcp.nr_taken_pages, bed.pcp.nr_pages);
		mmi_pcp_flush(&bed.pcp, bed.zone, nr_pages);
		assert_int_equal(bed.pcp.nr_pages, 0);
		assert_int_equal(bed.pcp.nr_taken_pages, 0);
		assert_int_equal(bed.zone->nr_free_pages, nr_free);
	}
	pcp_close(&bed);
}

/* Pages 1 to 6 go as 1, 2-3, 4-5, 6, in this order: the list of each order begins with the last. */
static void test_a_run_goes_to_the_zone_as_one(void **state)
{
	struct pcp_bed bed;

	pcp_open(&bed, *state, 4, PCP_HIGH);
	struct mmi_page *page = pcp_take_pages(&bed, 8);
	pcp_push_all(&bed, page + 1, 6);
	mmi_pcp_drain(&bed.pcp, bed.zone);
	const struct mmi_list *singles = &bed.zone->areas[0].lists[MMI_MIGRATE_MOVABLE];
	const struct mmi_list *pairs = &bed.zone->areas[1].lists[MMI_MIGRATE_MOVABLE];
	assert_ptr_equal(mmi_list_page(singles->next), &page[6]);
	assert_ptr_equal(mmi_list_page(singles->prev), &page[1]);
	assert_ptr_equal(mmi_list_page(pairs->next), &page[4]);
	assert_ptr_equal(mmi_list_page(pairs->prev), &page[2]);
	pcp_give_block(&bed, &page[0], 0);
	pcp_give_block(&bed, &page[7], 0);
	pcp_close(&bed);
}

static void test_room_is_made_for_what_is_asked(void **state)
{
	struct pcp_bed bed;

	pcp_open(&bed, *state, 4, PCP_HIGH);
	pcp_push_all(&bed, pcp_take_pages(&bed, 200), 200);
	mmi_pcp_make_room(&bed.pcp, bed.zone, 100);
	assert_int_equal(bed.pcp.nr_pages, 100);
	mmi_pcp_make_room(&bed.pcp, bed.zone, 8);
	assert_int_equal(bed.pcp.nr_pages, 92);
	mmi_pcp_make_room(&bed.pcp, bed.zone, 0);
	assert_int_equal(bed.pcp.nr_pages, 76);
	pcp_close(&bed);
}

static void hold_refused(struct pcp_bed *bed, const char *text)
{
	struct mmi_error err = {0};

	assert_int_not_equal(mmi_pcp_check(&bed->pcp, bed->zone, &err), 0);
	if (!strstr(err.text, text))
		fail_msg("\"%s\": \"%s\" expected", err.text, text);
}

static void test_a_page_that_is_on_no_list_by_right_is_refused(void **state)
{
	struct pcp_bed bed;

	pcp_open(&bed, *state, 31, PCP_HIGH);
	struct mmi_page *page = pcp_take_pages(&bed, 60);
	for (unsigned type = 0; type < MMI_PCP_TYPES; type++)
		for (unsigned order = 0; order < 3; order++)
			for (unsigned i = 0; i < 4; i++)
				pcp_push(&bed, type, order, page++);
	pcp_hold_sound(&bed);
	for (unsigned i = 1; i <= 36; i++) {
		struct mmi_page *bad = page - i;
		const struct mmi_page good = *bad;
		bad->refcount = 1;
		hold_refused(&bed, "on a CPU's list: refcount 1");
		*bad = good;
		bad->page_type = MMI_PAGE_TYPE_BUDDY;
		hold_refused(&bed, "on a CPU's list: refcount 0");
		*bad = good;
		bad->flags ^= 1ull << MMI_PG_ZONE_SHIFT;
		hold_refused(&bed, "on a CPU's list");
		*bad = good;
		bad->flags ^= 1ull << MMI_PG_NODE_SHIFT;
		hold_refused(&bed, "node 1 zone");
		*bad = good;
		pcp_hold_sound(&bed);
	}
	/* Single pages they were, which stood there as blocks. */
	memset(bed.pcp.lists, 0, sizeof(bed.pcp.lists));
	bed.pcp.nr_pages = 0;
	for (unsigned i = 0; i < 60; i++)
		pcp_give_block(&bed, page - 36 + i, 0);
	pcp_close(&bed);
}

/* A run is one word of a list: each of its blocks is looked at all the same. */
static void test_every_block_of_a_run_is_looked_at(void **state)
{
	struct pcp_bed bed;

	pcp_open(&bed, *state, 62, PCP_HIGH);
	for (unsigned order = 0; order <= 1; order++) {
		struct mmi_page *first = pcp_refill(&bed, order, MMI_MIGRATE_MOVABLE);
		const struct mmi_pcp_list *list = pcp_list(&bed, MMI_MIGRATE_MOVABLE, order);
		const uint32_t nr = list_nr_blocks(list);
		assert_int_equal(list->nr, 1);
		assert_true(nr >= 30);
		for (uint32_t i = 0; i < nr; i++) {
			struct mmi_page *head = list_block(list, order, i);
			mmi_page_set_count(head, 1);
			hold_refused(&bed, "on a CPU's list: refcount 1");
			mmi_page_set_count(head, 0);
			if (order == 0)
				continue;
			/* What is not a head is its owner's. */
			mmi_page_set_count(head + 1, 1);
			pcp_hold_sound(&bed);
			mmi_page_set_count(head + 1, 0);
		}
		mmi_pcp_drain(&bed.pcp, bed.zone);
		pcp_give_block(&bed, first, order);
	}
	pcp_close(&bed);
}

static void test_lists_are_counted_and_not_longer_than_they_may_be(void **state)
{
	struct pcp_bed bed;

	pcp_open(&bed, *state, 4, 40);
	struct mmi_page *block = pcp_refill(&bed, 3, MMI_MIGRATE_MOVABLE);
	pcp_push(&bed, MMI_MIGRATE_MOVABLE, 3, block);
	pcp_push_all(&bed, pcp_take_pages(&bed, 24), 24);
	assert_int_equal(bed.pcp.nr_pages, 40);
	pcp_hold_sound(&bed); /* to the last page */
	bed.pcp.high--;
	hold_refused(&bed, "40 pages on a CPU's lists, 40 counted, at most 39 expected");
	bed.pcp.high++;
	bed.pcp.nr_pages--;
	hold_refused(&bed, "40 pages on a CPU's lists, 39 counted");
	bed.pcp.nr_pages += 2;
	hold_refused(&bed, "40 pages on a CPU's lists, 41 counted");
	bed.pcp.nr_pages--;
	pcp_hold_sound(&bed);
	pcp_close(&bed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    serial_test(test_a_flush_takes_no_page_more_than_is_asked),
	    serial_test(test_a_flush_takes_whole_blocks_of_every_order),
	    serial_test(test_a_run_goes_to_the_zone_as_one),
	    serial_test(test_room_is_made_for_what_is_asked),
	    serial_test(test_a_page_that_is_on_no_list_by_right_is_refused),
	    serial_test(test_every_block_of_a_run_is_looked_at),
	    serial_test(test_lists_are_counted_and_not_longer_than_they_may_be),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
