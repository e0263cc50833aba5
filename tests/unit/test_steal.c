/* SPDX-License-Identifier: MIT */
/*
 * Migratetypes: who takes from whom, when a whole pageblock changes hands, and that no free block is
 * ever left on a list that is not its pageblock's (every check of a zone looks for that).
 */
#include "alloc_fixture.h"

#include "zone/buddy.h"

#define NR_PAGES 2048 /* 8 MiB: two max-order blocks, four pageblocks */

static const struct mmi_spec_range memory[] = {{32 * MIB, 40 * MIB, 0, 0, 0}};

struct steal_fixture {
	struct alloc_fixture a;
	struct mmi_zone *zone;
};

static void open_zone(struct steal_fixture *f, struct mmi_platform *platform)
{
	const struct mmi_machine_spec spec = x86_spec(memory, ARRAY_NR(memory));

	alloc_open(&f->a, platform, &spec, ALL_BOOTED);
	f->zone = alloc_zone(&f->a, 0, MMI_ZONE_DMA32);
}

static void close_zone(struct steal_fixture *f)
{
	mmi_cpu_destroy(f->a.cpu);
	mmi_system_destroy(f->a.system);
	mmi_machine_destroy(f->a.machine);
}

static void assert_sound(struct steal_fixture *f)
{
	struct mmi_error err = {0};

	if (mmi_zone_check(f->zone, &err))
		fail_msg("%s", err.text);
}

static enum mmi_migratetype type_at(struct steal_fixture *f, const struct mmi_page *page)
{
	return mmi_pageblock_type(&f->a.system->mem.map, alloc_pfn(&f->a, page));
}

static struct mmi_page *take(struct steal_fixture *f, unsigned order, enum mmi_migratetype type)
{
	struct mmi_page *page = mmi_buddy_alloc_locked(f->zone, order, type);

	if (!page)
		page = mmi_buddy_steal_locked(f->zone, order, type);
	assert_sound(f);
	return page;
}

static void give(struct steal_fixture *f, struct mmi_page *page, unsigned order)
{
	mmi_buddy_free_locked(f->zone, alloc_pfn(&f->a, page), order);
	assert_sound(f);
}

static void test_a_whole_block_changes_hands_with_all_its_pageblocks(void **state)
{
	struct steal_fixture f;

	open_zone(&f, *state);
	struct mmi_page *page = take(&f, 0, MMI_MIGRATE_UNMOVABLE);
	const uint64_t block = alloc_pfn(&f.a, page) & ~1023ull;
	const struct mmi_memmap *map = &f.a.system->mem.map;
	assert_int_equal(mmi_pageblock_type(map, block), MMI_MIGRATE_UNMOVABLE);
	assert_int_equal(mmi_pageblock_type(map, block + 512), MMI_MIGRATE_UNMOVABLE);
	/* The next of that type takes no further block. */
	struct mmi_page *next = take(&f, 0, MMI_MIGRATE_UNMOVABLE);
	assert_int_equal(alloc_pfn(&f.a, next) & ~1023ull, block);
	give(&f, page, 0);
	give(&f, next, 0);
	assert_int_equal(f.zone->areas[10].nr_free, 2);
	close_zone(&f);
}

/* All but one pageblock is handed out; of that one @nr_used pages are. */
static struct mmi_page *leave_one_pageblock(struct steal_fixture *f, unsigned nr_used)
{
	struct mmi_page *last = NULL, *page = NULL;

	for (int i = 0; i < 4; i++)
		last = take(f, 9, MMI_MIGRATE_MOVABLE);
	give(f, last, 9);
	for (unsigned i = 0; i < nr_used; i++)
		page = take(f, 0, MMI_MIGRATE_MOVABLE);
	return page;
}

static void test_a_pageblock_half_free_changes_hands(void **state)
{
	struct steal_fixture f;

	open_zone(&f, *state);
	leave_one_pageblock(&f, 256);
	struct mmi_page *page = take(&f, 0, MMI_MIGRATE_UNMOVABLE);
	assert_int_equal(type_at(&f, page), MMI_MIGRATE_UNMOVABLE);
	assert_null(mmi_buddy_alloc_locked(f.zone, 0, MMI_MIGRATE_MOVABLE)); /* all moved */
	close_zone(&f);
}

static void test_of_a_pageblock_less_than_half_free_one_block_is_taken(void **state)
{
	struct steal_fixture f;

	open_zone(&f, *state);
	leave_one_pageblock(&f, 257);
	struct mmi_page *page = take(&f, 0, MMI_MIGRATE_UNMOVABLE);
	assert_int_equal(type_at(&f, page), MMI_MIGRATE_MOVABLE);
	assert_null(mmi_buddy_alloc_locked(f.zone, 0, MMI_MIGRATE_UNMOVABLE));
	assert_non_null(mmi_buddy_alloc_locked(f.zone, 0, MMI_MIGRATE_MOVABLE));
	close_zone(&f);
}

static void test_small_movable_requests_leave_pageblocks_to_their_type(void **state)
{
	struct steal_fixture f;
	struct mmi_page *pages[5];

	open_zone(&f, *state);
	/* Four pageblocks become UNMOVABLE; then one 2-page block is free in one of them. */
	for (int i = 0; i < 4; i++)
		pages[i] = take(&f, 9, MMI_MIGRATE_UNMOVABLE);
	pages[3][8].refcount = 1; /* its owner splits it */
	give(&f, pages[3] + 8, 1);
	struct mmi_page *page = take(&f, 0, MMI_MIGRATE_MOVABLE);
	assert_ptr_equal(page, pages[3] + 8);
	assert_int_equal(type_at(&f, page), MMI_MIGRATE_UNMOVABLE);
	close_zone(&f);
}

/* From blocks of 16 pages on it does: the pageblock changes hands where half of it is free. */
static void test_larger_movable_blocks_take_their_pageblock(void **state)
{
	struct steal_fixture f;
	struct mmi_page *pages[4];

	open_zone(&f, *state);
	for (int i = 0; i < 4; i++)
		pages[i] = take(&f, 9, MMI_MIGRATE_UNMOVABLE);
	for (int i = 0; i < 512; i += 32) {
		pages[3][i].refcount = 1; /* its owner splits it */
		give(&f, pages[3] + i, 4);
	}
	struct mmi_page *page = take(&f, 0, MMI_MIGRATE_MOVABLE);
	assert_int_equal(type_at(&f, page), MMI_MIGRATE_MOVABLE);
	assert_null(mmi_buddy_alloc_locked(f.zone, 0, MMI_MIGRATE_UNMOVABLE)); /* all moved */
	close_zone(&f);
}

/* Hands out all as @type and gives every second page of one pageblock back. */
static void leave_every_second_page(struct steal_fixture *f, enum mmi_migratetype type)
{
	struct mmi_page *page = NULL;

	for (int i = 0; i < 4; i++)
		page = take(f, 9, type);
	for (int i = 0; i < 512; i += 2) {
		page[i].refcount = 1; /* its owner splits it */
		give(f, page + i, 0);
	}
}

/* Half of it is free, but in single pages: enough for who stays for good, and not for who may move. */
static void test_a_pageblock_of_scattered_pages_changes_hands_for_good_only(void **state)
{
	struct steal_fixture f;

	open_zone(&f, *state);
	leave_every_second_page(&f, MMI_MIGRATE_MOVABLE);
	assert_int_equal(type_at(&f, take(&f, 0, MMI_MIGRATE_UNMOVABLE)), MMI_MIGRATE_UNMOVABLE);
	close_zone(&f);
	open_zone(&f, *state);
	leave_every_second_page(&f, MMI_MIGRATE_UNMOVABLE);
	assert_int_equal(type_at(&f, take(&f, 0, MMI_MIGRATE_MOVABLE)), MMI_MIGRATE_UNMOVABLE);
	close_zone(&f);
}

/* One block of each other type is free: what cannot be moved goes together first. */
static void test_an_unmovable_request_prefers_a_reclaimable_block(void **state)
{
	struct steal_fixture f;

	open_zone(&f, *state);
	struct mmi_page *block = take(&f, 10, MMI_MIGRATE_MOVABLE);
	struct mmi_memmap *map = &f.a.system->mem.map;
	mmi_pageblock_set_type(map, alloc_pfn(&f.a, block), MMI_MIGRATE_RECLAIMABLE);
	mmi_pageblock_set_type(map, alloc_pfn(&f.a, block) + 512, MMI_MIGRATE_RECLAIMABLE);
	give(&f, block, 10);
	struct mmi_page *page = take(&f, 0, MMI_MIGRATE_UNMOVABLE);
	assert_int_equal(alloc_pfn(&f.a, page) & ~1023ull, alloc_pfn(&f.a, block));
	assert_int_equal(type_at(&f, page), MMI_MIGRATE_UNMOVABLE);
	close_zone(&f);
}

/* All is handed out but two pages of a pageblock of each type in turn: who asks for one gets it. */
static void test_the_last_pages_of_either_other_type_are_taken(void **state)
{
	const enum mmi_migratetype types[] = {MMI_MIGRATE_UNMOVABLE, MMI_MIGRATE_MOVABLE,
					      MMI_MIGRATE_RECLAIMABLE};
	struct mmi_page *page = NULL;
	struct steal_fixture f;

	open_zone(&f, *state);
	for (int i = 0; i < 4; i++)
		page = take(&f, 9, MMI_MIGRATE_MOVABLE);
	for (size_t wanted = 0; wanted < ARRAY_NR(types); wanted++) {
		for (size_t other = 0; other < ARRAY_NR(types); other++) {
			mmi_pageblock_set_type(&f.a.system->mem.map, alloc_pfn(&f.a, page),
					       types[other]);
			assert_null(take(&f, 0, types[wanted]));
			give(&f, page, 1);
			assert_ptr_equal(take(&f, 1, types[wanted]), page);
			assert_int_equal(type_at(&f, page), types[other]);
		}
	}
	close_zone(&f);
}

/* A node border inside a pageblock: the type of the other node's half is not ours to change. */
static void test_a_pageblock_of_two_zones_keeps_its_type(void **state)
{
	const struct mmi_spec_range two[] = {{32 * MIB, 33 * MIB, 0, 0, 0},
					     {33 * MIB, 36 * MIB, 1, 0, 0}};
	const struct mmi_machine_spec spec = x86_spec(two, ARRAY_NR(two));
	struct steal_fixture f;

	alloc_open(&f.a, *state, &spec, ALL_BOOTED);
	f.zone = alloc_zone(&f.a, 0, MMI_ZONE_DMA32);
	struct mmi_page *page = take(&f, 0, MMI_MIGRATE_UNMOVABLE);
	assert_int_equal(type_at(&f, page), MMI_MIGRATE_MOVABLE);
	f.zone = alloc_zone(&f.a, 1, MMI_ZONE_DMA32);
	assert_sound(&f);
	close_zone(&f);
}

static unsigned random_below(uint64_t *state, unsigned limit)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(*state >> 33) % limit;
}

/* 20,000 steps of all types and orders; the zone is checked after every one. */
static void test_no_free_block_is_left_on_a_wrong_list(void **state)
{
	struct {
		struct mmi_page *page;
		unsigned order;
	} held[256] = {{0}};
	uint64_t random = 20240607;
	struct steal_fixture f;

	open_zone(&f, *state);
	for (int step = 0; step < 20000; step++) {
		const unsigned slot = random_below(&random, ARRAY_NR(held));
		if (held[slot].page) {
			give(&f, held[slot].page, held[slot].order);
			held[slot].page = NULL;
			continue;
		}
		held[slot].order = random_below(&random, 8);
		held[slot].page = take(&f, held[slot].order, random_below(&random, 3));
	}
	for (size_t i = 0; i < ARRAY_NR(held); i++)
		if (held[i].page)
			give(&f, held[i].page, held[i].order);
	assert_int_equal(f.zone->nr_free_pages, NR_PAGES);
	close_zone(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    serial_test(test_a_whole_block_changes_hands_with_all_its_pageblocks),
	    serial_test(test_a_pageblock_half_free_changes_hands),
	    serial_test(test_of_a_pageblock_less_than_half_free_one_block_is_taken),
	    serial_test(test_small_movable_requests_leave_pageblocks_to_their_type),
	    serial_test(test_an_unmovable_request_prefers_a_reclaimable_block),
	    serial_test(test_larger_movable_blocks_take_their_pageblock),
	    serial_test(test_the_last_pages_of_either_other_type_are_taken),
	    serial_test(test_a_pageblock_of_scattered_pages_changes_hands_for_good_only),
	    serial_test(test_a_pageblock_of_two_zones_keeps_its_type),
	    serial_test(test_no_free_block_is_left_on_a_wrong_list),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
