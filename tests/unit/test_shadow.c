/* SPDX-License-Identifier: MIT */
/*
 * The shadow of a memmap, in the checked core: which thread did what is recorded as it was, and what
 * is allowed is not recorded.  The plain core keeps none.
 */
#include "machine_fixture.h"

#include <errno.h>

#include "memmap/page_init.h"
#include "mminit/fault.h"

static struct mmi_memmap map;

static void make_map(struct mmi_machine *machine)
{
	const struct mmi_memmap_options options = {0};
	struct mmi_error err = {0};

	if (mmi_memmap_init(&map, machine, &options, &err))
		fail_msg("memmap: %s", err.text);
}

#ifdef MMI_CHECKED
#define SECTION_PAGES (128 * MIB >> 12)

/* Two sections of memory from 256 MiB on. */
static struct mmi_machine *make_two_sections(struct mmi_platform *platform)
{
	const struct mmi_spec_range memory[] = {{256 * MIB, 512 * MIB, 0, 0, 0}};
	const struct mmi_machine_spec spec = x86_spec(memory, 1);
	struct mmi_machine *machine = make_machine(platform, &spec);

	make_map(machine);
	return machine;
}

static void drop(struct mmi_machine *machine)
{
	mmi_memmap_deinit(&map);
	mmi_machine_destroy(machine);
}

/* One step of thread @thread of a team. */
struct step {
	unsigned thread;
	void (*act)(const struct mmi_memmap *map, uint64_t start_pfn, uint64_t end_pfn);
	uint64_t start_pfn;
	uint64_t end_pfn;
};

static void take_step(void *arg, unsigned thread)
{
	const struct step *step = arg;

	if (thread == step->thread)
		step->act(&map, step->start_pfn, step->end_pfn);
}

static void act_as(unsigned thread,
		   void (*act)(const struct mmi_memmap *map, uint64_t start_pfn, uint64_t end_pfn),
		   uint64_t start_pfn, uint64_t end_pfn)
{
	struct step step = {thread, act, start_pfn, end_pfn};
	const int nids[8] = {0};

	map.platform->ops->run_team(map.platform->ctx, 8, nids, take_step, &step);
}

static void assert_offences(enum mmi_offence kind, uint64_t count)
{
	assert_int_equal(map.shadow->records[kind].count, count);
}

static void assert_record(enum mmi_offence kind, uint64_t pfn, uint32_t who, uint32_t other)
{
	const struct mmi_offence_record *r = &map.shadow->records[kind];

	assert_int_equal(r->pfn, pfn);
	assert_int_equal(r->who, who);
	assert_int_equal(r->other, other);
}

static void test_a_second_initialisation_names_both_threads(void **state)
{
	struct mmi_machine *machine = make_two_sections(*state);
	const uint64_t first = map.start_pfn;

	act_as(2, mmi_shadow_init, first, first + 3000);
	assert_offences(MMI_OFFENCE_INIT_TWICE, 0);
	act_as(5, mmi_shadow_init, first + 2990, first + 3010);
	assert_offences(MMI_OFFENCE_INIT_TWICE, 10);
	assert_record(MMI_OFFENCE_INIT_TWICE, first + 2990, 5, 2);
	assert_int_equal(map.shadow->records[MMI_OFFENCE_INIT_TWICE].when, 2);
	assert_int_equal(map.shadow->nr_inits, 3020);
	assert_int_equal(map.shadow->pages[2989].nr_inits, 1);
	assert_int_equal(map.shadow->pages[2990].nr_inits, 2);
	assert_int_equal(map.shadow->pages[2989].writer, 2);
	assert_int_equal(map.shadow->pages[2989].when, 1);
	assert_int_equal(map.shadow->pages[3000].writer, 5);
	assert_int_equal(map.shadow->pages[3000].when, 2);
	assert_int_equal(map.shadow->pages[3010].nr_inits, 0);
	/* What was written twice counts once for its block. */
	assert_int_equal(map.shadow->blocks[2].nr_inited, 3010 - 2048);
	drop(machine);
}

static void write_pageblock(const struct mmi_memmap *m, uint64_t start_pfn, uint64_t end_pfn)
{
	(void)end_pfn;
	mmi_shadow_pageblock(m, start_pfn);
}

static void test_a_section_has_one_writer_until_it_is_ready(void **state)
{
	struct mmi_machine *machine = make_two_sections(*state);
	const uint64_t first = map.start_pfn, second = first + SECTION_PAGES;

	/* Thread 0 is as good an owner as any other. */
	act_as(0, mmi_shadow_init, first, first + 1024);
	act_as(0, write_pageblock, second - 1, 0);
	act_as(1, write_pageblock, second, 0);
	assert_offences(MMI_OFFENCE_SECTION_SHARED, 0);
	act_as(1, write_pageblock, second - 1, 0);
	assert_offences(MMI_OFFENCE_SECTION_SHARED, 1);
	assert_record(MMI_OFFENCE_SECTION_SHARED, second - 1, 1, 0);
	/* A run over the border is in both. */
	act_as(4, mmi_shadow_init, second - 1024, second + 1024);
	assert_offences(MMI_OFFENCE_SECTION_SHARED, 3);
	/* When it is ready everybody who holds the lock of the zone may. */
	map.sections[1].state = MMI_SECTION_READY;
	act_as(3, write_pageblock, second, 0);
	assert_offences(MMI_OFFENCE_SECTION_SHARED, 3);
	assert_offences(MMI_OFFENCE_INIT_TWICE, 0);
	drop(machine);
}

static void test_a_read_before_and_beside_the_pages_is_seen(void **state)
{
	struct mmi_machine *machine = make_two_sections(*state);
	const uint64_t first = map.start_pfn, end = map.end_pfn;
	const uint64_t before = map.shadow->nr_accesses;

	mmi_shadow_init(&map, first, end - 1);
	mmi_shadow_access(&map, mmi_pfn_page(&map, first));
	mmi_shadow_access(&map, mmi_pfn_page(&map, end - 2));
	assert_offences(MMI_OFFENCE_UNINIT_ACCESS, 0);
	mmi_shadow_access(&map, mmi_pfn_page(&map, end - 1));
	assert_offences(MMI_OFFENCE_UNINIT_ACCESS, 1);
	assert_record(MMI_OFFENCE_UNINIT_ACCESS, end - 1, 0, ~0u);
	assert_int_equal(map.shadow->pages[end - 1 - first].seen, MMI_SEEN_UNINIT_ACCESS);
	assert_int_equal(map.shadow->pages[end - 2 - first].seen, 0);
	mmi_shadow_access(&map, mmi_pfn_page(&map, end));
	assert_offences(MMI_OFFENCE_UNINIT_ACCESS, 2);
	mmi_shadow_access(&map, mmi_pfn_page(&map, first) - 1);
	assert_offences(MMI_OFFENCE_UNINIT_ACCESS, 3);
	assert_int_equal(map.shadow->nr_accesses - before, 5);
	drop(machine);
}

/* Blocks of 1024 pages: 0 and 1 are complete, 2 lacks its last page. */
static void test_a_free_is_held_against_each_block_that_it_touches(void **state)
{
	struct mmi_machine *machine = make_two_sections(*state);
	const uint64_t first = map.start_pfn;
	const struct mmi_page_shadow *pages = map.shadow->pages;

	mmi_shadow_init(&map, first, first + 3071);
	mmi_shadow_free(&map, first + 100, first + 2048);
	assert_offences(MMI_OFFENCE_MIDBLOCK_FREE, 0);
	mmi_shadow_free(&map, first + 1000, first + 3000);
	assert_offences(MMI_OFFENCE_MIDBLOCK_FREE, 1);
	assert_record(MMI_OFFENCE_MIDBLOCK_FREE, first + 2048, 0, ~0u);
	for (uint64_t i = 0; i < 4096; i++)
		assert_int_equal(pages[i].seen & MMI_SEEN_MIDBLOCK_FREE,
				 i >= 2048 && i < 3000 ? MMI_SEEN_MIDBLOCK_FREE : 0);
	mmi_shadow_free(&map, first + 2500, first + 2502);
	assert_offences(MMI_OFFENCE_MIDBLOCK_FREE, 2);
	assert_int_equal(pages[2500].seen & MMI_SEEN_SINGLE_FREE, 0);
	mmi_shadow_free(&map, first + 7, first + 8);
	assert_int_equal(pages[7].seen, MMI_SEEN_SINGLE_FREE);
	assert_int_equal(pages[6].seen | pages[8].seen, 0);
	assert_int_equal(map.shadow->nr_frees, 4);
	/* Two incomplete blocks in one free: each has its own pages marked. */
	mmi_shadow_free(&map, first + 3000, first + 4097);
	assert_offences(MMI_OFFENCE_MIDBLOCK_FREE, 5);
	for (uint64_t i = 3000; i < 4097; i++)
		assert_int_equal(pages[i].seen & MMI_SEEN_MIDBLOCK_FREE, MMI_SEEN_MIDBLOCK_FREE);
	assert_int_equal(pages[4097].seen, 0);
	drop(machine);
}

/* 2 MiB of the block of 4 MiB are there: with these it is complete. */
static void test_pages_that_are_absent_are_not_missed(void **state)
{
	const struct mmi_spec_range memory[] = {{0, 2 * MIB, 0, 0, 0}, {8 * MIB, 9 * MIB, 0, 0, 0}};
	const struct mmi_machine_spec spec = x86_spec(memory, ARRAY_NR(memory));
	struct mmi_machine *machine = make_machine(*state, &spec);

	make_map(machine);
	mmi_shadow_init(&map, 0, 511);
	mmi_shadow_free(&map, 0, 256);
	assert_offences(MMI_OFFENCE_MIDBLOCK_FREE, 1);
	mmi_shadow_init(&map, 511, 512);
	mmi_shadow_free(&map, 0, 256);
	assert_offences(MMI_OFFENCE_MIDBLOCK_FREE, 1);
	drop(machine);
}

static void test_what_is_forgotten_may_be_initialised_anew_by_anybody(void **state)
{
	struct mmi_machine *machine = make_two_sections(*state);
	const uint64_t first = map.start_pfn, second = first + SECTION_PAGES;

	act_as(1, mmi_shadow_init, first, map.end_pfn);
	/* The first section but for half a block, and a quarter of the second. */
	mmi_shadow_forget(&map, first + 512, second + SECTION_PAGES / 4);
	assert_int_equal(map.shadow->blocks[0].nr_inited, 512);
	assert_int_equal(map.shadow->blocks[1].nr_inited, 0);
	assert_int_equal(map.shadow->pages[511].nr_inits, 1);
	assert_int_equal(map.shadow->pages[512].nr_inits, 0);
	assert_int_equal(map.shadow->pages[SECTION_PAGES * 5 / 4 - 1].nr_inits, 0);
	assert_int_equal(map.shadow->pages[SECTION_PAGES * 5 / 4].nr_inits, 1);
	/* Neither section is gone as a whole: they stay whose they were. */
	act_as(2, write_pageblock, first, 0);
	act_as(2, write_pageblock, second, 0);
	assert_offences(MMI_OFFENCE_SECTION_SHARED, 2);
	mmi_shadow_forget(&map, first, second);
	assert_int_equal(map.shadow->blocks[0].nr_inited, 0);
	act_as(3, mmi_shadow_init, first, first + 1024);
	assert_offences(MMI_OFFENCE_SECTION_SHARED, 2);
	assert_offences(MMI_OFFENCE_INIT_TWICE, 0);
	act_as(3, write_pageblock, second, 0);
	assert_offences(MMI_OFFENCE_SECTION_SHARED, 3);
	drop(machine);
}

static void test_what_is_skipped_is_complete_but_nobody_may_read_it(void **state)
{
	struct mmi_machine *machine = make_two_sections(*state);
	const uint64_t first = map.start_pfn;

	mmi_shadow_init(&map, first, first + 1000);
	mmi_shadow_skip(&map, first + 1000, first + 3072);
	mmi_shadow_free(&map, first, first + 3072);
	assert_offences(MMI_OFFENCE_MIDBLOCK_FREE, 0);
	assert_int_equal(map.shadow->pages[999].seen, 0);
	assert_int_equal(map.shadow->pages[1000].seen, MMI_SEEN_SKIPPED);
	assert_int_equal(map.shadow->pages[3071].seen, MMI_SEEN_SKIPPED);
	assert_int_equal(map.shadow->pages[3072].seen, 0);
	assert_int_equal(map.shadow->blocks[1].nr_inited, 1024);
	assert_int_equal(map.shadow->blocks[3].nr_inited, 0);
	mmi_shadow_access(&map, mmi_pfn_page(&map, first + 2000));
	assert_offences(MMI_OFFENCE_UNINIT_ACCESS, 1);
	drop(machine);
}

/* Each array has room for all of the machine: 2048 sections of 256 pages of 64 KiB. */
static void test_there_is_a_shadow_of_every_page_block_and_section(void **state)
{
	const struct mmi_spec_range memory[] = {{32 * GIB, 64 * GIB, 0, 0, 0}};
	struct mmi_machine_spec spec = x86_spec(memory, 1);

	mmi_geometry_init(&spec.geometry, MMI_ARCH_PPC64_64K);
	struct mmi_machine *machine = make_machine(*state, &spec);
	make_map(machine);
	const struct mmi_shadow *shadow = map.shadow;
	const uint64_t nr_pages = 32 * GIB >> 16;
	assert_int_equal(map.nr_sections, 2048);
	assert_in_range(shadow->section_bytes, 2048 * sizeof(*shadow->section_writers),
			2048 * sizeof(*shadow->section_writers) + 4095);
	assert_in_range(shadow->pages_bytes, nr_pages * sizeof(*shadow->pages),
			nr_pages * sizeof(*shadow->pages) + 4095);
	assert_in_range(shadow->blocks_bytes,
			(nr_pages >> map.geometry.max_page_order) * sizeof(*shadow->blocks),
			(nr_pages >> map.geometry.max_page_order) * sizeof(*shadow->blocks) + 4095);
	act_as(1, mmi_shadow_init, map.end_pfn - 256, map.end_pfn);
	act_as(2, write_pageblock, map.end_pfn - 1, 0);
	assert_offences(MMI_OFFENCE_SECTION_SHARED, 1);
	drop(machine);
}
/* Three arrays: each in turn is not to be had, or not to be backed. */
static void test_a_shadow_is_there_whole_or_not_at_all(void **state)
{
	const enum mmi_platform_call calls[] = {MMI_CALL_RESERVE, MMI_CALL_COMMIT};
	struct mmi_machine *machine = make_two_sections(*state);
	const struct mmi_platform *const platform = map.platform;
	struct mmi_failing_platform failing;

	mmi_shadow_destroy(&map);
	for (size_t i = 0; i < ARRAY_NR(calls); i++) {
		for (uint64_t number = 0; number < 3; number++) {
			struct mmi_error err = {0};
			mmi_failing_platform_init(&failing, platform, calls[i], number);
			map.platform = &failing.platform;
			assert_int_equal(mmi_shadow_create(&map, &err), -ENOMEM);
			assert_non_null(strstr(err.text, "the shadow of 65536 struct pages"));
			assert_null(map.shadow);
			assert_true(failing.has_failed);
			assert_int_equal(failing.nr_held, 0);
		}
	}
	map.platform = platform;
	drop(machine);
}
#else
static void test_the_plain_core_keeps_no_shadow(void **state)
{
	const struct mmi_spec_range memory[] = {{0, 4 * MIB, 0, 0, 0}};
	const struct mmi_machine_spec spec = x86_spec(memory, 1);
	struct mmi_machine *machine = make_machine(*state, &spec);

	make_map(machine);
	assert_null(map.shadow);
	mmi_memmap_deinit(&map);
	mmi_machine_destroy(machine);
}
#endif

int main(void)
{
	const struct CMUnitTest tests[] = {
#ifdef MMI_CHECKED
	    serial_test(test_a_second_initialisation_names_both_threads),
	    serial_test(test_a_section_has_one_writer_until_it_is_ready),
	    serial_test(test_a_read_before_and_beside_the_pages_is_seen),
	    serial_test(test_a_free_is_held_against_each_block_that_it_touches),
	    serial_test(test_pages_that_are_absent_are_not_missed),
	    serial_test(test_what_is_forgotten_may_be_initialised_anew_by_anybody),
	    serial_test(test_what_is_skipped_is_complete_but_nobody_may_read_it),
	    serial_test(test_there_is_a_shadow_of_every_page_block_and_section),
	    serial_test(test_a_shadow_is_there_whole_or_not_at_all),
#else
	    serial_test(test_the_plain_core_keeps_no_shadow),
#endif
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
