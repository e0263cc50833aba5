/* SPDX-License-Identifier: MIT */
/* Edits of address ranges and what they leave, by pictures and against a map of single addresses. */
#include "input_fixture.h"

#include "input/byte_ranges.h"

static void edit(struct mmi_byte_ranges *edits, uint64_t start, uint64_t end, uint8_t kind,
		 uint8_t from_kinds)
{
	const struct mmi_byte_range range = {
	    .start = start, .end = end, .nid = -1, .kind = kind, .from_kinds = from_kinds};

	assert_int_equal(mmi_byte_ranges_append(edits, &range, NULL), 0);
}

static void assert_resolved(const struct mmi_byte_ranges *edits, const char *picture)
{
	struct mmi_byte_ranges sorted = {0};
	char drawn[128];
	const size_t length = strlen(picture);

	memset(drawn, '.', sizeof(drawn));
	assert_int_equal(mmi_byte_ranges_resolve(edits, &sorted, NULL), 0);
	for (size_t i = 0; i < sorted.nr; i++) {
		assert_true(sorted.items[i].start < sorted.items[i].end);
		if (i)
			assert_true(sorted.items[i - 1].end <= sorted.items[i].start);
		for (uint64_t at = sorted.items[i].start; at < sorted.items[i].end; at++)
			drawn[at] = (char)('0' + sorted.items[i].kind);
	}
	drawn[length] = 0;
	assert_string_equal(drawn, picture);
	mmi_byte_ranges_deinit(&sorted);
}

static void test_later_edits_win(void **state)
{
	struct mmi_byte_ranges edits = {0};

	(void)state;
	edit(&edits, 2, 12, 1, MMI_FROM_ANY);
	assert_resolved(&edits, "..1111111111....");
	edit(&edits, 6, 9, 2, MMI_FROM_ANY);
	assert_resolved(&edits, "..1111222111....");
	edit(&edits, 8, 14, 0, MMI_FROM_ANY);
	assert_resolved(&edits, "..111122........");
	edit(&edits, 0, 16, 3, MMI_FROM(2));
	assert_resolved(&edits, "..111133........");
	edit(&edits, 0, 16, 4, MMI_FROM_NOTHING);
	assert_resolved(&edits, "4411113344444444");
	mmi_byte_ranges_deinit(&edits);
}

static void test_nothing_leaves_nothing(void **state)
{
	struct mmi_byte_ranges edits = {0};

	(void)state;
	assert_resolved(&edits, "....");
	edit(&edits, 3, 3, 1, MMI_FROM_ANY); /* empty */
	assert_int_equal(edits.nr, 0);
	edit(&edits, 0, 4, 0, MMI_FROM_ANY);
	assert_resolved(&edits, "....");
	mmi_byte_ranges_deinit(&edits);
}

static void test_neighbours_alike_are_one_and_others_are_not(void **state)
{
	const struct mmi_byte_range ranges[] = {
	    {0, 4, 0, 0, 1, 1, MMI_FROM_ANY},
	    {4, 8, 0, 0, 2, 1, MMI_FROM_ANY},
	    {8, 12, 1, 0, 3, 1, MMI_FROM_ANY},  /* another node */
	    {12, 16, 1, 4, 4, 1, MMI_FROM_ANY}, /* other flags */
	};
	struct mmi_byte_ranges edits = {0}, sorted = {0};

	(void)state;
	for (size_t i = 0; i < ARRAY_NR(ranges); i++)
		assert_int_equal(mmi_byte_ranges_append(&edits, &ranges[i], NULL), 0);
	assert_int_equal(mmi_byte_ranges_resolve(&edits, &sorted, NULL), 0);
	assert_int_equal(sorted.nr, 3);
	assert_int_equal(sorted.items[0].end, 8);
	assert_int_equal(sorted.items[0].line, 1);
	assert_int_equal(mmi_byte_ranges_find(&sorted, 7), 0);
	assert_int_equal(mmi_byte_ranges_find(&sorted, 8), 1);
	assert_int_equal(mmi_byte_ranges_find(&sorted, 16), 3);
	mmi_byte_ranges_deinit(&edits);
	mmi_byte_ranges_deinit(&sorted);
}

static void test_a_map_gives_parts_their_nodes(void **state)
{
	const struct mmi_byte_range memory = {.start = 2, .end = 20, .nid = -1, .kind = 1};
	const struct mmi_byte_range nodes[] = {{4, 8, 0, 0, 0, 1, MMI_FROM_ANY},
					       {8, 12, 1, 0, 0, 1, MMI_FROM_ANY},
					       {16, 40, 2, 0, 0, 1, MMI_FROM_ANY}};
	const uint64_t borders[] = {2, 4, 8, 12, 16, 20};
	const int nids[] = {7, 0, 1, 7, 2};
	struct mmi_byte_ranges map = {0}, out = {0};

	(void)state;
	for (size_t i = 0; i < ARRAY_NR(nodes); i++)
		assert_int_equal(mmi_byte_ranges_append(&map, &nodes[i], NULL), 0);
	assert_int_equal(mmi_byte_ranges_append_by_map(&out, &memory, &map, 7, NULL), 0);
	assert_int_equal(out.nr, 5);
	for (size_t i = 0; i < out.nr; i++) {
		assert_int_equal(out.items[i].start, borders[i]);
		assert_int_equal(out.items[i].end, borders[i + 1]);
		assert_int_equal(out.items[i].nid, nids[i]);
	}
	mmi_byte_ranges_deinit(&map);
	mmi_byte_ranges_deinit(&out);
}

#define NR_ADDRESSES 60

/* xorshift: the same numbers everywhere */
static uint32_t next_random(uint32_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 17;
	*seed ^= *seed << 5;
	return *seed;
}

static void test_random_edits_equal_a_map_of_addresses(void **state)
{
	uint32_t seed = 20260101;

	(void)state;
	print_message("seed %u\n", seed);
	for (int round = 0; round < 500; round++) {
		struct mmi_byte_ranges edits = {0};
		uint8_t kinds[NR_ADDRESSES] = {0};
		char picture[NR_ADDRESSES + 1] = {0};
		const uint32_t nr_edits = next_random(&seed) % 40;
		for (uint32_t i = 0; i < nr_edits; i++) {
			const uint64_t start = next_random(&seed) % NR_ADDRESSES;
			const uint64_t end = start + next_random(&seed) % (NR_ADDRESSES - start);
			const uint8_t kind = next_random(&seed) % MMI_BYTE_KINDS;
			const uint8_t from =
			    next_random(&seed) % 2 ? MMI_FROM_ANY : (uint8_t)next_random(&seed);
			edit(&edits, start, end, kind, from);
			for (uint64_t at = start; at < end; at++)
				if (from >> kinds[at] & 1)
					kinds[at] = kind;
		}
		for (int at = 0; at < NR_ADDRESSES; at++)
			picture[at] = kinds[at] ? (char)('0' + kinds[at]) : '.';
		assert_resolved(&edits, picture);
		mmi_byte_ranges_deinit(&edits);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_later_edits_win),
	    cmocka_unit_test(test_nothing_leaves_nothing),
	    cmocka_unit_test(test_neighbours_alike_are_one_and_others_are_not),
	    cmocka_unit_test(test_a_map_gives_parts_their_nodes),
	    cmocka_unit_test(test_random_edits_equal_a_map_of_addresses),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
