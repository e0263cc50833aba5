/* SPDX-License-Identifier: MIT */
/* The memmap: what is present, what is backed, and what a struct page is after initialisation. */
#include "machine_fixture.h"

#include <errno.h>

#include "memmap/page_init.h"
#include "memmap/presence.h"
#include "memmap/section_tree.h"
#include "property/arrays_apart.h"

static struct mmi_memmap map;

static void make_map(struct mmi_machine *machine, const struct mmi_memmap_options *options)
{
	struct mmi_error err = {0};

	if (mmi_memmap_init(&map, machine, options, &err) || mmi_memmap_check(&map, &err))
		fail_msg("memmap: %s", err.text);
}

/* Subsections are 2 MiB: memory at 1-5 MiB makes 0-6 MiB valid; 200 MiB is the next section. */
static void test_presence_goes_by_subsections(void **state)
{
	const struct mmi_spec_range memory[] = {{MIB, 5 * MIB, 0, 0, 0},
						{200 * MIB, 201 * MIB, 0, 0, 0}};
	struct mmi_machine_spec spec = x86_spec(memory, ARRAY_NR(memory));
	struct mmi_machine *machine = make_machine(*state, &spec);
	const struct mmi_memmap_options options = {0};

	make_map(machine, &options);
	assert_true(mmi_pfn_valid(&map, 0));
	assert_true(mmi_pfn_valid(&map, 6 * 256 - 1));
	assert_false(mmi_pfn_valid(&map, 6 * 256));
	assert_false(mmi_pfn_valid(&map, 199 * 256));
	assert_true(mmi_pfn_valid(&map, 201 * 256));
	assert_false(mmi_pfn_valid(&map, 1ull << 40));
	assert_int_equal(map.nr_present_sections, 2);
	mmi_memmap_deinit(&map);
	mmi_machine_destroy(machine);
}

static void test_only_present_sections_are_backed_and_on_request_subsections(void **state)
{
	const struct mmi_spec_range memory[] = {{0, 2 * MIB, 0, 0, 0},
						{64 * GIB, 64 * GIB + 3 * MIB, 1, 0, 0}};
	struct mmi_machine_spec spec = x86_spec(memory, ARRAY_NR(memory));
	struct mmi_machine *machine = make_machine(*state, &spec);
	struct mmi_memmap_options options = {0};

	assert_int_equal(mmi_memmap_bytes(machine, &options), 2 * 2 * MIB);
	make_map(machine, &options);
	assert_int_equal(map.backed_bytes, 2 * 2 * MIB);
	mmi_memmap_deinit(&map);
	options.by_subsection = true;
	assert_int_equal(mmi_memmap_bytes(machine, &options), 3 * 512 * 64);
	make_map(machine, &options);
	assert_int_equal(map.backed_bytes, 3 * 512 * 64);
	mmi_memmap_deinit(&map);
	mmi_machine_destroy(machine);
}

/* Every step over [0, map.end_pfn) in both directions lands on the next of @numbers. */
static void expect_present(const uint64_t *numbers, size_t nr)
{
	const uint64_t section_pages = mmi_section_pages(&map.geometry);
	uint64_t up = map.start_pfn, down = map.end_pfn;

	for (size_t i = 0; i < nr; i++) {
		up = mmi_memmap_next_present(&map, up);
		assert_int_equal(up, numbers[i] * section_pages);
		assert_int_equal(mmi_memmap_next_present(&map, up + 7), up + 7);
		up += section_pages;
		down = mmi_memmap_prev_present(&map, down);
		assert_int_equal(down, (numbers[nr - 1 - i] + 1) * section_pages);
		assert_int_equal(mmi_memmap_prev_present(&map, down - 7), down - 7);
		down -= section_pages;
	}
	assert_int_equal(mmi_memmap_next_present(&map, up), map.end_pfn);
	assert_int_equal(mmi_memmap_next_present(&map, map.end_pfn + 1), map.end_pfn);
	assert_int_equal(mmi_memmap_prev_present(&map, down), map.start_pfn);
}

/*
 * Sections 0, 1, 63, 64, 4095, 4096, 2^18 and the last below 2 PiB: both sides of what is a word, a
 * word of words and so on of the tree.  Expect the walk over 2^24 sections to meet just these.
 */
static void test_a_walk_meets_present_sections_and_no_others(void **state)
{
	const uint64_t section = 128 * MIB, last = (1ull << 24) - 1;
	const uint64_t numbers[] = {0, 1, 63, 64, 4095, 4096, 1 << 18, last};
	const uint64_t without[] = {1, 63, 4095, 4096, last};
	struct mmi_spec_range memory[ARRAY_NR(numbers)];
	const struct mmi_memmap_options options = {0};

	skip_without_petabyte();
	for (size_t i = 0; i < ARRAY_NR(numbers); i++)
		memory[i] = (struct mmi_spec_range){numbers[i] * section + 2 * MIB,
						    numbers[i] * section + 4 * MIB, 0, 0, 0};
	memory[0].start = 0;
	memory[ARRAY_NR(numbers) - 1].end = (last + 1) * section;
	struct mmi_machine_spec spec = x86_spec(memory, ARRAY_NR(memory));
	struct mmi_machine *machine = make_machine(*state, &spec);
	make_map(machine, &options);
	assert_int_equal(map.nr_sections, last + 1);
	expect_present(numbers, ARRAY_NR(numbers));
	mmi_presence_remove(&map, 0, mmi_section_pages(&map.geometry));
	mmi_presence_remove(&map, 64 * mmi_section_pages(&map.geometry),
			    65 * mmi_section_pages(&map.geometry));
	mmi_presence_remove(&map, (1ull << 18) * mmi_section_pages(&map.geometry),
			    ((1ull << 18) + 1) * mmi_section_pages(&map.geometry));
	expect_present(without, ARRAY_NR(without));
	mmi_presence_add(&map, 64 * mmi_section_pages(&map.geometry),
			 65 * mmi_section_pages(&map.geometry), 0);
	assert_int_equal(mmi_memmap_next_present(&map, 64 * mmi_section_pages(&map.geometry)),
			 64 * mmi_section_pages(&map.geometry));
	assert_int_equal(mmi_memmap_check(&map, NULL), 0);
	mmi_memmap_deinit(&map);
	mmi_machine_destroy(machine);
}

/* Sections 10 and 12 of a machine that begins at 10: the borders themselves, and none at all. */
static void test_a_walk_from_a_border_and_over_nothing(void **state)
{
	const uint64_t section = 128 * MIB;
	const struct mmi_spec_range memory[] = {{10 * section, 11 * section, 0, 0, 0},
						{12 * section, 13 * section, 0, 0, 0}};
	const struct mmi_machine_spec spec = x86_spec(memory, ARRAY_NR(memory));
	const struct mmi_memmap_options options = {0};
	struct mmi_machine *machine = make_machine(*state, &spec);

	make_map(machine, &options);
	const uint64_t pages = mmi_section_pages(&map.geometry);
	assert_int_equal(map.pages_bytes, 3 * pages * MMI_PAGE_BYTES);
	assert_int_equal(mmi_memmap_prev_present(&map, 10 * pages + 1), 10 * pages + 1);
	assert_int_equal(mmi_memmap_prev_present(&map, 11 * pages), 11 * pages);
	assert_int_equal(mmi_memmap_prev_present(&map, 11 * pages + 1), 11 * pages);
	assert_int_equal(mmi_memmap_prev_present(&map, 12 * pages), 11 * pages);
	assert_int_equal(mmi_memmap_prev_present(&map, 12 * pages + 1), 12 * pages + 1);
	assert_int_equal(mmi_memmap_next_present(&map, 11 * pages - 1), 11 * pages - 1);
	assert_int_equal(mmi_memmap_next_present(&map, 11 * pages), 12 * pages);
	assert_int_equal(mmi_memmap_next_present(&map, 0), 10 * pages);
	mmi_presence_remove(&map, 10 * pages, 11 * pages);
	mmi_presence_remove(&map, 12 * pages, 13 * pages);
	assert_int_equal(map.nr_present_sections, 0);
	assert_int_equal(mmi_memmap_next_present(&map, 10 * pages), map.end_pfn);
	assert_int_equal(mmi_memmap_prev_present(&map, map.end_pfn), map.start_pfn);
	mmi_presence_add(&map, 12 * pages, 13 * pages, 0);
	assert_int_equal(mmi_memmap_next_present(&map, 10 * pages), 12 * pages);
	mmi_memmap_deinit(&map);
	mmi_machine_destroy(machine);
}

/* The first and the last subsection of a section: one goes, and the section stays for the other. */
static void test_a_section_is_present_as_long_as_a_subsection_is(void **state)
{
	const struct mmi_spec_range memory[] = {{0, 2 * MIB, 0, 0, 0},
						{126 * MIB, 128 * MIB, 0, 0, 0}};
	const struct mmi_machine_spec spec = x86_spec(memory, ARRAY_NR(memory));
	const struct mmi_memmap_options options = {0};
	struct mmi_machine *machine = make_machine(*state, &spec);

	make_map(machine, &options);
	mmi_presence_remove(&map, 0, 512);
	assert_int_equal(map.nr_present_sections, 1);
	assert_int_not_equal(map.sections[0].state, MMI_SECTION_ABSENT);
	assert_false(mmi_pfn_valid(&map, 511));
	assert_true(mmi_pfn_valid(&map, (128 * MIB >> 12) - 1));
	mmi_presence_remove(&map, 126 * MIB >> 12, 128 * MIB >> 12);
	assert_int_equal(map.nr_present_sections, 0);
	assert_int_equal(map.sections[0].state, MMI_SECTION_ABSENT);
	mmi_memmap_deinit(&map);
	mmi_machine_destroy(machine);
}

/* Sections 3 and 66: from 64 on, the first of its word, the way down leads over the word before. */
static void test_a_walk_down_from_the_first_bit_of_a_word(void **state)
{
	const uint64_t section = 128 * MIB;
	const struct mmi_spec_range memory[] = {{0, MIB, 0, 0, 0},
						{3 * section, 4 * section, 0, 0, 0},
						{66 * section, 67 * section, 0, 0, 0}};
	const struct mmi_machine_spec spec = x86_spec(memory, ARRAY_NR(memory));
	const struct mmi_memmap_options options = {0};
	struct mmi_machine *machine = make_machine(*state, &spec);

	make_map(machine, &options);
	const uint64_t pages = mmi_section_pages(&map.geometry);
	assert_int_equal(mmi_memmap_prev_present(&map, 65 * pages), 4 * pages);
	assert_int_equal(mmi_memmap_prev_present(&map, 64 * pages), 4 * pages);
	assert_int_equal(mmi_memmap_prev_present(&map, 3 * pages), pages);
	assert_int_equal(mmi_memmap_next_present(&map, 63 * pages), 66 * pages);
	assert_int_equal(mmi_memmap_next_present(&map, 64 * pages), 66 * pages);
	mmi_memmap_deinit(&map);
	mmi_machine_destroy(machine);
}

/* arm64 with 64 KiB pages: 256 subsections a section, four words.  One in the third word goes. */
static void test_subsections_of_every_word_come_and_go(void **state)
{
	const struct mmi_spec_range memory[] = {{0, 512 * MIB, 0, 0, 0}};
	struct mmi_machine_spec spec = x86_spec(memory, ARRAY_NR(memory));
	const struct mmi_memmap_options options = {0};
	const uint64_t first = 150 * 2 * MIB >> 16, end = 151 * 2 * MIB >> 16;

	mmi_geometry_init(&spec.geometry, MMI_ARCH_ARM64_64K);
	struct mmi_machine *machine = make_machine(*state, &spec);
	make_map(machine, &options);
	mmi_presence_remove(&map, first, end);
	for (uint64_t pfn = 0; pfn < 512 * MIB >> 16; pfn++)
		assert_int_equal(mmi_pfn_valid(&map, pfn), pfn < first || pfn >= end);
	mmi_presence_add(&map, first, end, 0);
	assert_true(mmi_pfn_valid(&map, first));
	/* All but the last word: the section stays for that. */
	mmi_presence_remove(&map, 0, 255 * 2 * MIB >> 16);
	assert_int_equal(map.nr_present_sections, 1);
	assert_int_equal(mmi_memmap_check(&map, NULL), 0);
	mmi_presence_remove(&map, 255 * 2 * MIB >> 16, 512 * MIB >> 16);
	assert_int_equal(map.nr_present_sections, 0);
	mmi_memmap_deinit(&map);
	mmi_machine_destroy(machine);
}

static void test_a_tree_has_a_word_for_64_and_one_more(void **state)
{
	(void)state;
	assert_int_equal(mmi_section_tree_bytes(1), 8);
	assert_int_equal(mmi_section_tree_bytes(63), 8);
	assert_int_equal(mmi_section_tree_bytes(64), (2 + 1) * 8);
	assert_int_equal(mmi_section_tree_bytes(4095), (64 + 2 + 1) * 8);
	assert_int_equal(mmi_section_tree_bytes(4096), (65 + 2 + 1) * 8);
}

/* 4096 sections: 65 words for them, 2 for these and 1 on top, which is all that is there. */
static void test_a_tree_is_empty_when_its_last_section_has_gone(void **state)
{
	uint64_t words[65 + 2 + 1] = {0};
	struct mmi_section_tree tree;

	(void)state;
	mmi_section_tree_init(&tree, words, 4096);
	assert_int_equal(tree.nr_levels, 3);
	assert_ptr_equal(tree.levels[0], words);
	assert_ptr_equal(tree.levels[1], words + 65);
	assert_ptr_equal(tree.levels[2], words + 65 + 2);
	mmi_section_tree_set(&tree, 70);
	mmi_section_tree_set(&tree, 71);
	mmi_section_tree_set(&tree, 4095);
	mmi_section_tree_clear(&tree, 70);
	assert_int_equal(words[1], 1 << 7);
	assert_int_equal(words[65], 1ull << 63 | 1 << 1);
	mmi_section_tree_clear(&tree, 71);
	assert_int_equal(words[1], 0);
	assert_int_equal(words[65], 1ull << 63);
	assert_int_equal(words[67], 1);
	mmi_section_tree_clear(&tree, 4095);
	for (size_t i = 0; i < ARRAY_NR(words); i++)
		assert_int_equal(words[i], 0);
}

static void expect_refusal(const char *said)
{
	struct mmi_error err = {0};

	assert_int_equal(mmi_memmap_check(&map, &err), -EINVAL);
	assert_non_null(strstr(err.text, said));
}

/* Each equation of a sound memmap is broken by one word or two, and the check says which. */
static void test_the_check_says_what_does_not_hold(void **state)
{
	const struct mmi_spec_range memory[] = {{256 * MIB, 512 * MIB, 0, 0, 0}};
	const struct mmi_machine_spec spec = x86_spec(memory, 1);
	const struct mmi_memmap_options options = {0};
	struct mmi_machine *machine = make_machine(*state, &spec);

	make_map(machine, &options);
	const struct mmi_memmap sound = map;
	map.start_pfn++; /* its sections are one less, then */
	map.nr_sections--;
	expect_refusal("is not unit-aligned");
	map = sound;
	map.end_pfn++;
	expect_refusal("is not unit-aligned");
	map = sound;
	map.end_pfn += map.unit_pages / 2;
	expect_refusal("is not unit-aligned");
	map = sound;
	map.nr_sections++;
	expect_refusal("is not unit-aligned");
	map = sound;
	map.nr_present_sections++;
	expect_refusal("2 sections present, 3 counted");
	map = sound;
	map.sections[1].state = MMI_SECTION_ABSENT;
	expect_refusal("section of PFN 0x18000: presence and subsections differ");
	map.sections[1].state = MMI_SECTION_PRESENT;
	map.sections[1].subsections[0] = 0;
	expect_refusal("section of PFN 0x18000: presence and subsections differ");
	mmi_memmap_deinit(&map);
	mmi_machine_destroy(machine);
}

/* Windows and persistent memory widen the span; behind the last of them nothing is read. */
static void test_the_span_has_what_may_become_memory(void **state)
{
	const struct mmi_spec_range memory[] = {{GIB, 2 * GIB, 0, 0, 0}};
	const struct mmi_spec_range windows[] = {{3 * GIB, 4 * GIB, 0, 0, 0},
						 {5 * GIB, 6 * GIB, 0, 0, 0}};
	const struct mmi_spec_range persistent[] = {{512 * MIB, 640 * MIB, 0, 0, 0}};
	const struct mmi_memmap_options options = {0};
	struct mmi_machine_spec spec = x86_spec(memory, 1);

	spec.windows = windows;
	spec.nr_windows = ARRAY_NR(windows);
	spec.persistent = persistent;
	spec.nr_persistent = ARRAY_NR(persistent);
	struct mmi_machine *machine = make_machine(*state, &spec);
	struct arrays_apart apart;
	arrays_move_apart(&apart, machine);
	make_map(machine, &options);
	assert_int_equal(map.start_pfn, 512 * MIB >> 12);
	assert_int_equal(map.end_pfn, 6 * GIB >> 12);
	assert_int_equal(map.nr_present_sections, 8);
	mmi_memmap_deinit(&map);
	arrays_move_together(&apart, machine);
	mmi_machine_destroy(machine);
}

static void test_a_page_is_written_in_its_final_state(void **state)
{
	const struct mmi_spec_range memory[] = {{0, 4 * MIB, 3, 0, 0}};
	struct mmi_machine_spec spec = x86_spec(memory, 1);
	struct mmi_machine *machine = make_machine(*state, &spec);
	const struct mmi_memmap_options options = {0};
	const uint64_t flags = mmi_page_flags(3, MMI_ZONE_DMA) | MMI_PG_RESERVED;

	make_map(machine, &options);
	memset(map.pages, 0x5a, 100 * sizeof(struct mmi_page));
	mmi_pages_init(&map, 1, 99, flags, 1);
	const struct mmi_page *page = mmi_pfn_page(&map, 98);
	assert_int_equal(page->flags, 3ull << 54 | 0x1fffffull << 30 | 1 << 12);
	assert_int_equal(mmi_flags_nid(page->flags), 3);
	assert_int_equal(mmi_flags_zone(page->flags), MMI_ZONE_DMA);
	assert_ptr_equal(page->lru.next, &page->lru);
	assert_ptr_equal(page->lru.prev, &page->lru);
	assert_int_equal(page->mapping | page->index | page->private_data | page->memcg_data, 0);
	assert_int_equal(page->page_type, 0xffffffff);
	assert_int_equal(page->refcount, 1);
	assert_int_equal(*(const uint8_t *)mmi_pfn_page(&map, 0), 0x5a);
	assert_int_equal(*(const uint8_t *)mmi_pfn_page(&map, 99), 0x5a);
	mmi_memmap_deinit(&map);
	mmi_machine_destroy(machine);
}

static void test_pageblock_types_do_not_touch_their_neighbours(void **state)
{
	const struct mmi_spec_range memory[] = {{0, 256 * MIB, 0, 0, 0}};
	struct mmi_machine_spec spec = x86_spec(memory, 1);
	struct mmi_machine *machine = make_machine(*state, &spec);
	const struct mmi_memmap_options options = {0};

	make_map(machine, &options);
	for (uint64_t i = 0; i < map.nr_sections; i++)
		mmi_section_init_pageblocks(&map, &map.sections[i], MMI_MIGRATE_MOVABLE);
	mmi_pageblock_set_type(&map, 512 * 63 + 5, MMI_MIGRATE_ISOLATE);
	for (uint64_t block = 0; block < 128; block++)
		assert_int_equal(mmi_pageblock_type(&map, block * 512),
				 block == 63 ? MMI_MIGRATE_ISOLATE : MMI_MIGRATE_MOVABLE);
	mmi_memmap_deinit(&map);
	mmi_machine_destroy(machine);
}

#ifdef MMI_CHECKED
static void test_a_fresh_memmap_is_poisoned(void **state)
{
	const struct mmi_spec_range memory[] = {{0, 4 * MIB, 0, 0, 0}};
	struct mmi_machine_spec spec = x86_spec(memory, 1);
	struct mmi_machine *machine = make_machine(*state, &spec);
	const struct mmi_memmap_options options = {0};

	make_map(machine, &options);
	assert_int_equal(mmi_pfn_page(&map, 1023)->flags, ~0ull);
	mmi_memmap_deinit(&map);
	mmi_machine_destroy(machine);
}

static uint64_t offences(enum mmi_offence kind)
{
	return map.shadow->records[kind].count;
}

static void test_the_shadow_sees_each_offence_when_it_happens(void **state)
{
	const struct mmi_spec_range memory[] = {{0, 16 * MIB, 0, 0, 0}};
	struct mmi_machine_spec spec = x86_spec(memory, 1);
	struct mmi_machine *machine = make_machine(*state, &spec);
	const struct mmi_memmap_options options = {0};

	make_map(machine, &options);
	mmi_page_access(&map, mmi_pfn_page(&map, 7));
	assert_int_equal(offences(MMI_OFFENCE_UNINIT_ACCESS), 1);
	assert_int_equal(map.shadow->records[MMI_OFFENCE_UNINIT_ACCESS].pfn, 7);
	mmi_pages_init(&map, 0, 1000, 0, 0);
	mmi_page_access(&map, mmi_pfn_page(&map, 7));
	assert_int_equal(offences(MMI_OFFENCE_UNINIT_ACCESS), 1);
	mmi_shadow_free(&map, 0, 512); /* pages 1000 to 1023 of its block are missing */
	assert_int_equal(offences(MMI_OFFENCE_MIDBLOCK_FREE), 1);
	mmi_pages_init(&map, 1000, 1024, 0, 0);
	mmi_shadow_free(&map, 0, 1024);
	assert_int_equal(offences(MMI_OFFENCE_MIDBLOCK_FREE), 1);
	assert_int_equal(offences(MMI_OFFENCE_INIT_TWICE), 0);
	mmi_pages_init(&map, 1023, 1025, 0, 0);
	assert_int_equal(offences(MMI_OFFENCE_INIT_TWICE), 1);
	assert_int_equal(map.shadow->records[MMI_OFFENCE_INIT_TWICE].pfn, 1023);
	mmi_memmap_deinit(&map);
	mmi_machine_destroy(machine);
}
#endif

int main(void)
{
	const struct CMUnitTest tests[] = {
	    serial_test(test_presence_goes_by_subsections),
	    serial_test(test_only_present_sections_are_backed_and_on_request_subsections),
	    serial_test(test_a_walk_meets_present_sections_and_no_others),
	    serial_test(test_a_walk_from_a_border_and_over_nothing),
	    serial_test(test_subsections_of_every_word_come_and_go),
	    serial_test(test_a_tree_has_a_word_for_64_and_one_more),
	    serial_test(test_a_tree_is_empty_when_its_last_section_has_gone),
	    serial_test(test_the_check_says_what_does_not_hold),
	    serial_test(test_the_span_has_what_may_become_memory),
	    serial_test(test_a_walk_down_from_the_first_bit_of_a_word),
	    serial_test(test_a_section_is_present_as_long_as_a_subsection_is),
	    serial_test(test_a_page_is_written_in_its_final_state),
	    serial_test(test_pageblock_types_do_not_touch_their_neighbours),
#ifdef MMI_CHECKED
	    serial_test(test_a_fresh_memmap_is_poisoned),
	    serial_test(test_the_shadow_sees_each_offence_when_it_happens),
#endif
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
