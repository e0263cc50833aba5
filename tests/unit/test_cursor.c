/* SPDX-License-Identifier: MIT */
/* Claims from both ends: chunks from the head, units from the tail. */
#include "plan_fixture.h"

#include "deferred/cursor.h"

/* Chunks with holes between them, of two groups. */
static struct mmi_chunk chunks[] = {
    {1000, 1040, 0, 4}, {2000, 2010, 4, 1}, {3000, 3030, 5, 3}, {9000, 9020, 0, 2}};
static const struct mmi_group first = {.first_chunk = 0, .nr_chunks = 3, .nr_units = 8};
static const struct mmi_group second = {.first_chunk = 3, .nr_chunks = 1, .nr_units = 2};
static const struct mmi_plan made_up = {.chunks = chunks, .nr_chunks = 4, .unit_pages = 10};
static const struct mmi_pfn_range everywhere = {0, UINT64_MAX};

static void take_chunks(struct mmi_cursor *cursor, size_t nr)
{
	struct mmi_pfn_range range;

	while (nr--)
		assert_true(mmi_cursor_claim_chunk(cursor, &made_up, &first, &range));
}

static void expect_nothing_left(struct mmi_cursor *cursor)
{
	struct mmi_pfn_range range;

	assert_false(mmi_cursor_has_unit(cursor, &made_up, &first, &everywhere));
	assert_false(mmi_cursor_claim_chunk(cursor, &made_up, &first, &range));
}

static void test_units_are_taken_from_the_chunk_that_holds_them(void **state)
{
	const uint64_t from_behind[] = {3020, 3010, 3000, 2000, 1030, 1020, 1010, 1000};
	struct mmi_pfn_range range;
	struct mmi_cursor cursor;

	(void)state;
	mmi_cursor_init(&cursor, &first);
	for (size_t i = 0; i < ARRAY_NR(from_behind); i++) {
		assert_true(mmi_cursor_has_unit(&cursor, &made_up, &first, &everywhere));
		assert_true(mmi_cursor_claim_unit(&cursor, &made_up, &first, &everywhere, &range));
		assert_int_equal(range.start_pfn, from_behind[i]);
		assert_int_equal(range.end_pfn, from_behind[i] + 10);
	}
	expect_nothing_left(&cursor);
}

/* The next group's chunk stands behind them, and is not looked at. */
static void test_nothing_is_left_when_all_chunks_are_gone(void **state)
{
	struct mmi_pfn_range range;
	struct mmi_cursor cursor;

	(void)state;
	mmi_cursor_init(&cursor, &first);
	take_chunks(&cursor, 3);
	expect_nothing_left(&cursor);
	/* Two from the head, and the third, unit by unit, from the tail. */
	mmi_cursor_init(&cursor, &first);
	take_chunks(&cursor, 2);
	for (size_t i = 0; i < 3; i++)
		assert_true(mmi_cursor_claim_unit(&cursor, &made_up, &first, &everywhere, &range));
	expect_nothing_left(&cursor);
}

/* The last unit is [3020, 3030): of a zone that only touches it there is nothing. */
static void test_a_unit_is_of_a_zone_that_has_a_page_of_it(void **state)
{
	static const struct {
		struct mmi_pfn_range zone;
		bool has_unit;
	} zones[] = {
	    {{3030, 4000}, false}, {{0, 3020}, false}, {{3029, 4000}, true}, {{0, 3021}, true}};
	struct mmi_cursor cursor;

	(void)state;
	mmi_cursor_init(&cursor, &first);
	for (size_t i = 0; i < ARRAY_NR(zones); i++)
		assert_int_equal(mmi_cursor_has_unit(&cursor, &made_up, &first, &zones[i].zone),
				 zones[i].has_unit);
}

static void test_a_chunk_is_what_units_taken_from_its_tail_have_left(void **state)
{
	struct mmi_pfn_range range;
	struct mmi_cursor cursor;

	(void)state;
	mmi_cursor_init(&cursor, &second);
	assert_true(mmi_cursor_claim_unit(&cursor, &made_up, &second, &everywhere, &range));
	assert_int_equal(range.start_pfn, 9010);
	assert_true(mmi_cursor_claim_chunk(&cursor, &made_up, &second, &range));
	assert_int_equal(range.start_pfn, 9000);
	assert_int_equal(range.end_pfn, 9010);
}

static void test_claims_from_both_ends_meet_and_take_each_unit_once(void **state)
{
	const struct mmi_spec_range memory[] = {{4 * GIB, 5 * GIB, 0, 0, 0},
						{6 * GIB, 7 * GIB, 0, 0, 0}};
	struct mmi_machine_spec spec = x86_spec(memory, ARRAY_NR(memory));
	const struct mmi_plan_params params = {.rule = MMI_CHUNK_FIXED,
					       .chunk_pages = 4 * SECTION_PAGES};
	struct mmi_machine *machine = make_machine(*state, &spec);
	const struct mmi_pfn_range below = {4 * GIB >> 12, 5 * GIB >> 12};
	struct mmi_cursor cursor;
	struct mmi_pfn_range range;

	/* 4 to 7 GiB: sections 32..39 (32 early) and 48..55; chunks 33-36, 36-40, 48-52, 52-56. */
	make_plan(machine, &params);
	const struct mmi_group *group = &plan.groups[0];
	assert_int_equal(group->nr_units, 15);
	mmi_cursor_init(&cursor, group);
	for (uint64_t section = 55; section >= 50; section--) {
		assert_true(mmi_cursor_claim_unit(&cursor, &plan, group, &everywhere, &range));
		assert_int_equal(range.start_pfn, section * SECTION_PAGES);
		assert_int_equal(range.end_pfn, (section + 1) * SECTION_PAGES);
	}
	/* A grower of memory below 5 GiB has no business with the unit at the tail. */
	assert_false(mmi_cursor_claim_unit(&cursor, &plan, group, &below, &range));
	const uint64_t borders[][2] = {{33, 36}, {36, 40}, {48, 50}}; /* the last is eaten into */
	for (size_t i = 0; i < ARRAY_NR(borders); i++) {
		assert_true(mmi_cursor_claim_chunk(&cursor, &plan, group, &range));
		assert_int_equal(range.start_pfn, borders[i][0] * SECTION_PAGES);
		assert_int_equal(range.end_pfn, borders[i][1] * SECTION_PAGES);
	}
	assert_false(mmi_cursor_claim_chunk(&cursor, &plan, group, &range));
	assert_false(mmi_cursor_claim_unit(&cursor, &plan, group, &everywhere, &range));
	drop_plan(machine);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_units_are_taken_from_the_chunk_that_holds_them),
	    cmocka_unit_test(test_nothing_is_left_when_all_chunks_are_gone),
	    cmocka_unit_test(test_a_unit_is_of_a_zone_that_has_a_page_of_it),
	    cmocka_unit_test(test_a_chunk_is_what_units_taken_from_its_tail_have_left),
	    serial_test(test_claims_from_both_ends_meet_and_take_each_unit_once),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
