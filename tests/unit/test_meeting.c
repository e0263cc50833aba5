/* SPDX-License-Identifier: MIT */
/* Where two zones can change pageblocks of one word, and what of it a small machine keeps. */
#include "machine_fixture.h"

#include "mminit/explore.h"
#include "verify/meeting.h"

/* A pageblock is 2 MiB, a word of them 32 MiB, and a section 128 MiB. */
#define BASE (4 * GIB)

struct place {
	struct mmi_layout layout;
	struct mmi_extents extents;
	struct mmi_meeting meeting;
	bool is_found;
};

static struct place find(const struct mmi_machine *machine, uint64_t pfn)
{
	struct place place = {0};

	assert_int_equal(mmi_layout_init(&place.layout, machine, NULL), 0);
	assert_int_equal(mmi_extents_init(&place.extents, &place.layout, NULL), 0);
	place.is_found = mmi_meeting_find(&place.extents, &machine->geometry, pfn, &place.meeting);
	mmi_extents_deinit(&place.extents);
	mmi_layout_deinit(&place.layout);
	return place;
}

static struct place find_in(struct mmi_platform *platform, const struct mmi_machine_spec *spec)
{
	struct mmi_machine *machine = make_machine(platform, spec);
	const struct place place = find(machine, 0);

	mmi_machine_destroy(machine);
	return place;
}

/* Node 0 [BASE, +@border), node 1 from there to BASE + 128 MiB. */
static struct place find_at_border(struct mmi_platform *platform, uint64_t border,
				   const struct mmi_spec_range *reserved)
{
	const struct mmi_spec_range memory[] = {{BASE, BASE + border, 0, 0, 0},
						{BASE + border, BASE + 128 * MIB, 1, 0, 0}};
	struct mmi_machine_spec spec = x86_spec(memory, ARRAY_NR(memory));

	spec.reserved = reserved;
	spec.nr_reserved = reserved != NULL;
	return find_in(platform, &spec);
}

static void expect_sides(const struct place *place, int nid, enum mmi_zone_type zone, int other_nid,
			 enum mmi_zone_type other_zone)
{
	assert_true(place->is_found);
	assert_int_equal(place->meeting.sides[0].nid, nid);
	assert_int_equal(place->meeting.sides[0].zone, zone);
	assert_int_equal(place->meeting.sides[1].nid, other_nid);
	assert_int_equal(place->meeting.sides[1].zone, other_zone);
}

static void test_nodes_meet_where_a_word_is_of_both(void **state)
{
	const struct place place = find_at_border(*state, 36 * MIB, NULL);

	expect_sides(&place, 0, MMI_ZONE_NORMAL, 1, MMI_ZONE_NORMAL);
	assert_int_equal(place.meeting.start_pfn, (BASE + 32 * MIB) >> 12);
	assert_int_equal(place.meeting.end_pfn, (BASE + 64 * MIB) >> 12);
	/* One section, but a word each. */
	assert_false(find_at_border(*state, 64 * MIB, NULL).is_found);
}

/* Nobody may change the type of a pageblock in which another zone has pages. */
static void test_a_pageblock_of_both_is_of_neither(void **state)
{
	assert_true(find_at_border(*state, 35 * MIB, NULL).is_found);
	assert_false(find_at_border(*state, 33 * MIB, NULL).is_found);
	assert_false(find_at_border(*state, 63 * MIB, NULL).is_found);
}

static void test_half_a_pageblock_must_be_free(void **state)
{
	const struct mmi_spec_range half = {BASE + 32 * MIB, BASE + 33 * MIB, -1, 0, 0};
	const struct mmi_spec_range more = {BASE + 32 * MIB, BASE + 33 * MIB + 4096, -1, 0, 0};

	assert_true(find_at_border(*state, 34 * MIB, &half).is_found);
	assert_false(find_at_border(*state, 34 * MIB, &more).is_found);
	assert_true(find_at_border(*state, 36 * MIB, &more).is_found);
}

static void test_zones_of_a_node_meet(void **state)
{
	const struct mmi_spec_range memory[] = {{MIB, 64 * MIB, 0, 0, 0}};
	const struct mmi_machine_spec spec = x86_spec(memory, ARRAY_NR(memory));
	const struct place place = find_in(*state, &spec);

	expect_sides(&place, 0, MMI_ZONE_DMA, 0, MMI_ZONE_DMA32);
	assert_int_equal(place.meeting.start_pfn, 0);
}

/* All of ZONE_MOVABLE is of one type, for ever. */
static void test_movable_memory_meets_nobody(void **state)
{
	const struct mmi_spec_range memory[] = {{BASE, BASE + 128 * MIB, 0, 0, 0}};
	struct mmi_machine_spec spec = x86_spec(memory, ARRAY_NR(memory));

	spec.kernelcore = (struct mmi_amount){MMI_AMOUNT_PAGES, 36 * MIB >> 12};
	struct mmi_machine *machine = make_machine(*state, &spec);
	struct mmi_layout layout;
	assert_int_equal(mmi_layout_init(&layout, machine, NULL), 0);
	assert_int_equal(layout.nodes[0].movable_start_pfn, (BASE + 36 * MIB) >> 12);
	mmi_layout_deinit(&layout);
	assert_false(find(machine, 0).is_found);
	mmi_machine_destroy(machine);
}

/* Node 2 has less than a pageblock there, between two that have one each. */
static void test_who_stands_between_changes_nothing(void **state)
{
	const struct mmi_spec_range memory[] = {
	    {BASE, BASE + 3 * MIB, 0, 0, 0},
	    {BASE + 3 * MIB, BASE + 4 * MIB, 2, 0, 0},
	    {BASE + 4 * MIB, BASE + 8 * MIB, 1, 0, 0},
	};
	const struct mmi_machine_spec spec = x86_spec(memory, ARRAY_NR(memory));
	const struct place place = find_in(*state, &spec);

	expect_sides(&place, 0, MMI_ZONE_NORMAL, 1, MMI_ZONE_NORMAL);
}

static void test_meetings_are_found_one_after_another(void **state)
{
	const struct mmi_spec_range memory[] = {
	    {BASE, BASE + 36 * MIB, 0, 0, 0},
	    {BASE + 36 * MIB, BASE + 164 * MIB, 1, 0, 0},
	    {BASE + 164 * MIB, BASE + 256 * MIB, 0, 0, 0},
	};
	const struct mmi_machine_spec spec = x86_spec(memory, ARRAY_NR(memory));
	struct mmi_machine *machine = make_machine(*state, &spec);
	struct place place = find(machine, 0);

	expect_sides(&place, 0, MMI_ZONE_NORMAL, 1, MMI_ZONE_NORMAL);
	place = find(machine, place.meeting.end_pfn);
	expect_sides(&place, 1, MMI_ZONE_NORMAL, 0, MMI_ZONE_NORMAL);
	assert_int_equal(place.meeting.start_pfn, (BASE + 160 * MIB) >> 12);
	assert_true(find(machine, place.meeting.start_pfn).is_found);
	assert_false(find(machine, place.meeting.end_pfn).is_found);
	mmi_machine_destroy(machine);
}

/* Sixteen pieces of node 0 with a hole behind each, and two nodes that meet behind all of them. */
static void test_a_miniature_keeps_a_meeting_behind_many_borders(void **state)
{
	struct mmi_spec_range memory[18];
	struct mmi_machine *miniature;

	for (size_t i = 0; i < 16; i++)
		memory[i] = (struct mmi_spec_range){BASE + i * 64 * MIB,
						    BASE + i * 64 * MIB + 32 * MIB, 0, 0, 0};
	memory[16] = (struct mmi_spec_range){BASE + 1024 * MIB, BASE + 1092 * MIB, 1, 0, 0};
	memory[17] = (struct mmi_spec_range){BASE + 1092 * MIB, BASE + 1152 * MIB, 2, 0, 0};
	const struct mmi_machine_spec spec = x86_spec(memory, ARRAY_NR(memory));
	struct mmi_machine *machine = make_machine(*state, &spec);
	assert_int_equal(mmi_machine_miniature(machine, 4096, &miniature, NULL), 0);
	const struct place place = find(miniature, 0);
	expect_sides(&place, 1, MMI_ZONE_NORMAL, 2, MMI_ZONE_NORMAL);
	for (size_t i = 0; i < machine->nr_nodes; i++)
		assert_true(mmi_machine_node_index(miniature, machine->nodes[i].nid) >= 0);
	assert_in_range(miniature->nr_present_pages, 4096, 4 * 2048);
	mmi_machine_destroy(miniature);
	mmi_machine_destroy(machine);
}

/* DMA and DMA32 share a word, not two max-order blocks. */
static void test_a_miniature_of_words_has_what_meets_in_a_word(void **state)
{
	const struct mmi_spec_range memory[] = {{MIB, 512 * MIB, 0, 0, 0}};
	const struct mmi_machine_spec spec = x86_spec(memory, ARRAY_NR(memory));
	struct mmi_machine *machine = make_machine(*state, &spec), *miniature;

	assert_int_equal(mmi_machine_miniature(machine, 16384, &miniature, NULL), 0);
	assert_false(find(miniature, 0).is_found);
	mmi_machine_destroy(miniature);
	assert_int_equal(mmi_machine_miniature_of_words(machine, 16384, &miniature, NULL), 0);
	const struct place place = find(miniature, 0);
	expect_sides(&place, 0, MMI_ZONE_DMA, 0, MMI_ZONE_DMA32);
	assert_true(miniature->nr_present_pages <= 4 * 8192);
	mmi_machine_destroy(miniature);
	mmi_machine_destroy(machine);
}

/* Many borders come before the one reservation: it is in the other miniature then. */
static void test_a_miniature_of_words_has_reserved_memory(void **state)
{
	const struct mmi_spec_range reserved = {BASE + 4008 * MIB, BASE + 4009 * MIB, -1, 0, 0};
	struct mmi_spec_range memory[17];
	struct mmi_machine *miniature;

	for (size_t i = 0; i < 16; i++)
		memory[i] = (struct mmi_spec_range){BASE + i * 64 * MIB,
						    BASE + i * 64 * MIB + 32 * MIB, 0, 0, 0};
	memory[16] = (struct mmi_spec_range){BASE + 2048 * MIB, BASE + 8192 * MIB, 1, 0, 0};
	struct mmi_machine_spec spec = x86_spec(memory, ARRAY_NR(memory));
	spec.reserved = &reserved;
	spec.nr_reserved = 1;
	struct mmi_machine *machine = make_machine(*state, &spec);
	assert_int_equal(mmi_machine_miniature(machine, 16384, &miniature, NULL), 0);
	assert_int_equal(miniature->nr_reserved, 0);
	mmi_machine_destroy(miniature);
	assert_int_equal(mmi_machine_miniature_of_words(machine, 16384, &miniature, NULL), 0);
	assert_int_equal(miniature->nr_reserved, 1);
	assert_int_equal(miniature->reserved[0].start_pfn, (BASE + 4008 * MIB) >> 12);
	assert_int_equal(miniature->nr_nodes, 2);
	mmi_machine_destroy(miniature);
	mmi_machine_destroy(machine);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    serial_test(test_nodes_meet_where_a_word_is_of_both),
	    serial_test(test_a_pageblock_of_both_is_of_neither),
	    serial_test(test_half_a_pageblock_must_be_free),
	    serial_test(test_zones_of_a_node_meet),
	    serial_test(test_movable_memory_meets_nobody),
	    serial_test(test_who_stands_between_changes_nothing),
	    serial_test(test_meetings_are_found_one_after_another),
	    serial_test(test_a_miniature_keeps_a_meeting_behind_many_borders),
	    serial_test(test_a_miniature_of_words_has_what_meets_in_a_word),
	    serial_test(test_a_miniature_of_words_has_reserved_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
