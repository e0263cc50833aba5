/* SPDX-License-Identifier: MIT */
/* Buddy lists: largest aligned runs, splitting, merging, and where merging must stop. */
#include "machine_fixture.h"

#include "memmap/shadow.h"
#include "zone/buddy.h"
#include "zone/isolate.h"
#include "zone/list.h"

static struct mmi_system *boot(struct mmi_machine *machine)
{
	const struct mmi_system_options options = {0};
	struct mmi_system *system = NULL;
	struct mmi_error err = {0};

	if (mmi_system_create(machine, &options, &system, &err) || mmi_system_boot(system, &err))
		fail_msg("boot: %s", err.text);
	return system;
}

static void assert_sound(struct mmi_zone *zone)
{
	struct mmi_error err = {0};

	if (mmi_zone_check(zone, &err))
		fail_msg("%s", err.text);
}

static void assert_free_blocks(const struct mmi_zone *zone, const uint64_t *nr_by_order)
{
	for (unsigned order = 0; order <= 10; order++)
		if (zone->areas[order].nr_free != nr_by_order[order])
			fail_msg("order %u: %llu free blocks, %llu expected", order,
				 (unsigned long long)zone->areas[order].nr_free,
				 (unsigned long long)nr_by_order[order]);
}

/*
 * 32 MiB to 40 MiB less one page at 33 MiB (PFN 0x2100):
 *   0x2000-0x2100 one block of order 8
 *   0x2101-0x2400 orders 0 to 9: 0x2101 (0), 0x2102 (1), 0x2104 (2) ... 0x2180 (7), 0x2200 (9)
 *   0x2400-0x2800 one of order 10
 */
static void test_free_runs_become_the_largest_aligned_blocks(void **state)
{
	const struct mmi_spec_range memory[] = {{32 * MIB, 40 * MIB, 0, 0, 0}};
	const struct mmi_spec_range reserved[] = {{33 * MIB, 33 * MIB + 1, -1, 0, 0}};
	const uint64_t expected[] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
	struct mmi_machine_spec spec = x86_spec(memory, 1);

	spec.reserved = reserved;
	spec.nr_reserved = 1;
	struct mmi_machine *machine = make_machine(*state, &spec);
	struct mmi_system *system = boot(machine);
	struct mmi_zone *zone = mmi_mem_zone(&system->mem, 0, MMI_ZONE_DMA32);
	assert_free_blocks(zone, expected);
	assert_int_equal(zone->nr_managed_pages, 2047);
	assert_sound(zone);
	mmi_system_destroy(system);
	mmi_machine_destroy(machine);
}

static void test_split_and_merge_restore_the_lists(void **state)
{
	const struct mmi_spec_range memory[] = {{32 * MIB, 40 * MIB, 0, 0, 0}};
	const uint64_t whole[11] = {[10] = 2};
	const uint64_t split[11] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
	struct mmi_machine_spec spec = x86_spec(memory, 1);
	struct mmi_machine *machine = make_machine(*state, &spec);
	struct mmi_system *system = boot(machine);
	struct mmi_zone *zone = mmi_mem_zone(&system->mem, 0, MMI_ZONE_DMA32);

	assert_free_blocks(zone, whole);
	struct mmi_page *page = mmi_buddy_alloc_locked(zone, 0, MMI_MIGRATE_MOVABLE);
	assert_non_null(page);
	assert_int_equal(page->refcount, 1);
	assert_int_equal(page->page_type, MMI_PAGE_TYPE_NONE);
	assert_free_blocks(zone, split);
	assert_sound(zone);
	mmi_buddy_free_locked(zone, mmi_page_pfn(&system->mem.map, page), 0);
	assert_free_blocks(zone, whole);
	assert_int_equal(zone->nr_free_pages, 2048);
	assert_sound(zone);
	assert_null(mmi_buddy_alloc_locked(zone, 0, MMI_MIGRATE_UNMOVABLE));
	mmi_system_destroy(system);
	mmi_machine_destroy(machine);
}

static void test_every_page_can_be_taken_and_comes_back(void **state)
{
	const struct mmi_spec_range memory[] = {{32 * MIB, 42 * MIB, 0, 0, 0}};
	struct mmi_machine_spec spec = x86_spec(memory, 1);
	struct mmi_machine *machine = make_machine(*state, &spec);
	struct mmi_system *system = boot(machine);
	struct mmi_zone *zone = mmi_mem_zone(&system->mem, 0, MMI_ZONE_DMA32);
	static uint64_t pfns[2560];
	size_t nr = 0;

	for (struct mmi_page *page;
	     (page = mmi_buddy_alloc_locked(zone, 0, MMI_MIGRATE_MOVABLE)) != NULL;)
		pfns[nr++] = mmi_page_pfn(&system->mem.map, page);
	assert_int_equal(nr, 2560);
	assert_int_equal(zone->nr_free_pages, 0);
	for (size_t step = 0; step < 3; step++) /* every third first: no two buddies together */
		for (size_t i = step; i < nr; i += 3)
			mmi_buddy_free_locked(zone, pfns[i], 0);
	const uint64_t expected[11] = {[9] = 1, [10] = 2};
	assert_free_blocks(zone, expected);
	assert_sound(zone);
	mmi_system_destroy(system);
	mmi_machine_destroy(machine);
}

/* A node border inside a block: pages of two zones never merge. */
static void test_merging_stops_at_a_zone_border(void **state)
{
	const struct mmi_spec_range memory[] = {{32 * MIB, 33 * MIB, 0, 0, 0},
						{33 * MIB, 36 * MIB, 1, 0, 0}};
	struct mmi_machine_spec spec = x86_spec(memory, 2);
	struct mmi_machine *machine = make_machine(*state, &spec);
	struct mmi_system *system = boot(machine);
	struct mmi_zone *first = mmi_mem_zone(&system->mem, 0, MMI_ZONE_DMA32);
	struct mmi_zone *second = mmi_mem_zone(&system->mem, 1, MMI_ZONE_DMA32);
	const uint64_t of_first[11] = {[8] = 1}, of_second[11] = {[8] = 1, [9] = 1};

	assert_free_blocks(first, of_first);
	assert_free_blocks(second, of_second);
	struct mmi_page *page = mmi_buddy_alloc_locked(first, 8, MMI_MIGRATE_MOVABLE);
	mmi_buddy_free_locked(first, mmi_page_pfn(&system->mem.map, page), 8);
	assert_free_blocks(first, of_first);
	assert_sound(first);
	assert_sound(second);
	mmi_system_destroy(system);
	mmi_machine_destroy(machine);
}

/* The buddy of the last block lies in a subsection without struct pages: it is not looked at. */
static void test_merging_does_not_look_at_absent_subsections(void **state)
{
	const struct mmi_spec_range memory[] = {{32 * MIB, 34 * MIB, 0, 0, 0}};
	const uint64_t expected[11] = {[9] = 1};
	struct mmi_machine_spec spec = x86_spec(memory, 1);
	struct mmi_machine *machine = make_machine(*state, &spec);
	struct mmi_system *system = boot(machine);
	struct mmi_zone *zone = mmi_mem_zone(&system->mem, 0, MMI_ZONE_DMA32);
	struct mmi_page *page = mmi_buddy_alloc_locked(zone, 3, MMI_MIGRATE_MOVABLE);

	/* Garbage that would pass for a free block, if it were read. */
	struct mmi_page *absent = mmi_pfn_page(&system->mem.map, 34 * 256);
	*absent = (struct mmi_page){.flags = mmi_page_flags(0, MMI_ZONE_DMA32),
				    .private_data = 9,
				    .page_type = MMI_PAGE_TYPE_BUDDY};
	mmi_buddy_free_locked(zone, mmi_page_pfn(&system->mem.map, page), 3);
	assert_free_blocks(zone, expected);
	assert_sound(zone);
	mmi_system_destroy(system);
	mmi_machine_destroy(machine);
}

/*
 * An algorithm frees a block of another zone twice, which makes a loop of the batch's list.  The
 * books are wrong then, and verification says so; but the splice ends.
 */
static void test_a_block_of_another_zone_freed_twice_does_not_hang_the_splice(void **state)
{
	const struct mmi_spec_range memory[] = {{32 * MIB, 36 * MIB, 0, 0, 0},
						{36 * MIB, 40 * MIB, 1, 0, 0}};
	struct mmi_machine_spec spec = x86_spec(memory, 2);
	struct mmi_machine *machine = make_machine(*state, &spec);
	struct mmi_system *system = boot(machine);
	struct mmi_zone *first = mmi_mem_zone(&system->mem, 0, MMI_ZONE_DMA32);
	struct mmi_zone *second = mmi_mem_zone(&system->mem, 1, MMI_ZONE_DMA32);
	struct mmi_page *of_first = mmi_buddy_alloc_locked(first, 10, MMI_MIGRATE_MOVABLE);
	struct mmi_page *of_second = mmi_buddy_alloc_locked(second, 10, MMI_MIGRATE_MOVABLE);
	const uint64_t pfn = mmi_page_pfn(&system->mem.map, of_second);
	struct mmi_free_batch batch;

	mmi_batch_init(&batch);
	mmi_batch_add(&batch, first, mmi_page_pfn(&system->mem.map, of_first), 0x2400);
	mmi_batch_add(&batch, second, pfn, pfn + 1024);
	mmi_batch_add(&batch, second, pfn, pfn + 1024);
	assert_int_equal(batch.nr_others, 2);
	mmi_batch_splice(&batch);
	assert_int_equal(batch.nr_others, 0);
	assert_int_equal(batch.total_pages, 3 * 1024);
	assert_int_equal(first->nr_free_pages, 1024);
	assert_int_equal(second->nr_free_pages, 2 * 1024);
	assert_int_not_equal(mmi_zone_check(second, NULL), 0);
	mmi_system_destroy(system);
	mmi_machine_destroy(machine);
}

/*
 * Blocks of another zone are put aside, and come one behind the other in one splice; @again of them
 * is initialised again and put aside again.  It stands there once, who comes behind it stands there
 * no longer, and the zone is given as many blocks as came.
 */
static void put_aside_again(void **state, size_t nr_others, size_t again)
{
	const struct mmi_spec_range memory[] = {{32 * MIB, 36 * MIB, 0, 0, 0},
						{40 * MIB, 52 * MIB, 1, 0, 0}};
	struct mmi_machine_spec spec = x86_spec(memory, 2);
	struct mmi_machine *machine = make_machine(*state, &spec);
	struct mmi_system *system = boot(machine);
	struct mmi_zone *first = mmi_mem_zone(&system->mem, 0, MMI_ZONE_DMA32);
	struct mmi_zone *second = mmi_mem_zone(&system->mem, 1, MMI_ZONE_DMA32);
	const uint64_t nr_splices = second->nr_splices;
	struct mmi_page *own = mmi_buddy_alloc_locked(first, 10, MMI_MIGRATE_MOVABLE);
	struct mmi_page *others[3];
	struct mmi_free_batch batch;

	mmi_batch_init(&batch);
	mmi_batch_add(&batch, first, mmi_page_pfn(&system->mem.map, own),
		      mmi_page_pfn(&system->mem.map, own) + 1024);
	for (size_t i = 0; i < nr_others; i++)
		others[i] = mmi_buddy_alloc_locked(second, 10, MMI_MIGRATE_MOVABLE);
	const uint64_t nr_pages_before = second->nr_free_pages;
	const uint64_t nr_blocks_before = second->areas[10].nr_free;
	for (size_t i = 0; i <= nr_others; i++) {
		struct mmi_page *block = others[i < nr_others ? i : again];
		const uint64_t pfn = mmi_page_pfn(&system->mem.map, block);
		if (i == nr_others)
			mmi_list_init(&block->lru); /* as initialisation leaves it */
		mmi_batch_add(&batch, second, pfn, pfn + 1024);
	}
	assert_int_equal(batch.nr_others, nr_others + 1);
	mmi_batch_splice(&batch);
	assert_int_equal(batch.total_pages, (nr_others + 2) * 1024);
	assert_int_equal(batch.total_blocks, nr_others + 2);
	assert_int_equal(batch.total_splices, 2);
	assert_int_equal(first->areas[10].nr_free, 1);
	assert_int_equal(first->nr_free_pages, 1024);
	assert_int_equal(second->areas[10].nr_free, nr_blocks_before + nr_others + 1);
	assert_int_equal(second->nr_free_pages, nr_pages_before + (nr_others + 1) * 1024);
	assert_int_equal(second->nr_splices, nr_splices + 1);
	mmi_system_destroy(system);
	mmi_machine_destroy(machine);
}

static void test_blocks_of_another_zone_are_counted_as_often_as_they_came(void **state)
{
	for (size_t nr_others = 1; nr_others <= 3; nr_others++)
		for (size_t again = 0; again < nr_others; again++)
			put_aside_again(state, nr_others, again);
}

/* 4 MiB of two pageblocks, the second of another type: a block of both would stand on one list. */
static void test_a_range_of_two_types_is_freed_in_two_blocks(void **state)
{
	const struct mmi_spec_range memory[] = {{32 * MIB, 40 * MIB, 0, 0, 0}};
	const uint64_t expected[11] = {[9] = 2, [10] = 1};
	struct mmi_machine_spec spec = x86_spec(memory, 1);
	struct mmi_machine *machine = make_machine(*state, &spec);
	struct mmi_system *system = boot(machine);
	struct mmi_zone *zone = mmi_mem_zone(&system->mem, 0, MMI_ZONE_DMA32);
	struct mmi_page *page = mmi_buddy_alloc_locked(zone, 10, MMI_MIGRATE_MOVABLE);
	const uint64_t pfn = mmi_page_pfn(&system->mem.map, page);

	mmi_pageblock_set_type(&system->mem.map, pfn + 512, MMI_MIGRATE_RECLAIMABLE);
	mmi_buddy_free_range_locked(zone, pfn, pfn + 1024);
	assert_free_blocks(zone, expected);
	assert_sound(zone);
	mmi_system_destroy(system);
	mmi_machine_destroy(machine);
}

/* Isolated pages are none that anybody may have, and are counted apart until they are released. */
static void test_isolated_pages_are_counted_apart(void **state)
{
	const struct mmi_spec_range memory[] = {{32 * MIB, 40 * MIB, 0, 0, 0}};
	const uint64_t whole[11] = {[10] = 2};
	struct mmi_machine_spec spec = x86_spec(memory, 1);
	struct mmi_machine *machine = make_machine(*state, &spec);
	struct mmi_system *system = boot(machine);
	struct mmi_zone *zone = mmi_mem_zone(&system->mem, 0, MMI_ZONE_DMA32);
	struct mmi_page *page = mmi_buddy_alloc_locked(zone, 3, MMI_MIGRATE_MOVABLE);
	const uint64_t pfn = mmi_page_pfn(&system->mem.map, page);
	const uint64_t block = pfn & ~1023ull;
	uint8_t types[2];

	mmi_pageblocks_isolate(zone, block, block + 1024, types);
	assert_int_equal(types[0], MMI_MIGRATE_MOVABLE);
	assert_int_equal(types[1], MMI_MIGRATE_MOVABLE);
	assert_int_equal(zone->nr_isolated_pages, 1024 - 8);
	assert_int_equal(zone->nr_free_pages, 1024);
	assert_sound(zone);
	mmi_buddy_free_locked(zone, pfn, 3);
	assert_int_equal(zone->nr_isolated_pages, 1024);
	assert_int_equal(zone->nr_free_pages, 1024);
	mmi_pageblocks_release(zone, block, block + 1024, types);
	assert_int_equal(zone->nr_isolated_pages, 0);
	assert_int_equal(zone->nr_free_pages, 2048);
	assert_free_blocks(zone, whole);
	assert_sound(zone);
	mmi_system_destroy(system);
	mmi_machine_destroy(machine);
}

/* Memory that joins a zone is managed from then on, and no longer missed: all pages of the block. */
static void test_a_block_that_is_added_is_managed_and_no_longer_missing(void **state)
{
	const struct mmi_spec_range memory[] = {{32 * MIB, 36 * MIB, 0, 0, 0}};
	struct mmi_machine_spec spec = x86_spec(memory, 1);
	struct mmi_machine *machine = make_machine(*state, &spec);
	struct mmi_system *system = boot(machine);
	struct mmi_zone *zone = mmi_mem_zone(&system->mem, 0, MMI_ZONE_DMA32);
	struct mmi_page *page = mmi_buddy_alloc_locked(zone, 3, MMI_MIGRATE_MOVABLE);

	zone->nr_managed_pages -= 8;
	zone->nr_missing_pages = 20;
	mmi_buddy_add_locked(zone, mmi_page_pfn(&system->mem.map, page), 3);
	assert_int_equal(zone->nr_missing_pages, 12);
	assert_int_equal(zone->nr_managed_pages, 1024);
	assert_int_equal(zone->nr_free_pages, 1024);
	assert_sound(zone);
	mmi_system_destroy(system);
	mmi_machine_destroy(machine);
}

#ifdef MMI_CHECKED
/* Of the block of 1024 pages at 32 MiB the shadow knows four: whatever is freed there is too early. */
static void test_a_free_in_a_block_that_is_not_initialised_is_recorded(void **state)
{
	const struct mmi_spec_range memory[] = {{32 * MIB, 40 * MIB, 0, 0, 0}};
	struct mmi_machine_spec spec = x86_spec(memory, 1);
	struct mmi_machine *machine = make_machine(*state, &spec);
	struct mmi_system *system = boot(machine);
	struct mmi_zone *zone = mmi_mem_zone(&system->mem, 0, MMI_ZONE_DMA32);
	const struct mmi_memmap *map = &system->mem.map;
	const struct mmi_offence_record *record = &map->shadow->records[MMI_OFFENCE_MIDBLOCK_FREE];
	struct mmi_page *page = mmi_buddy_alloc_locked(zone, 10, MMI_MIGRATE_MOVABLE);
	const uint64_t pfn = mmi_page_pfn(map, page);

	assert_int_equal(record->count, 0);
	mmi_shadow_forget(&system->mem.map, pfn + 4, pfn + 1024);
	mmi_buddy_free_locked(zone, pfn, 2);
	assert_int_equal(record->count, 1);
	assert_int_equal(record->pfn, pfn);
	for (uint64_t i = 0; i < 8; i++)
		assert_int_equal(map->shadow->pages[pfn - map->start_pfn + i].seen &
				     MMI_SEEN_MIDBLOCK_FREE,
				 i < 4 ? MMI_SEEN_MIDBLOCK_FREE : 0);
	mmi_system_destroy(system);
	mmi_machine_destroy(machine);
}
#endif

int main(void)
{
	const struct CMUnitTest tests[] = {
	    serial_test(test_isolated_pages_are_counted_apart),
	    serial_test(test_a_range_of_two_types_is_freed_in_two_blocks),
	    serial_test(test_a_block_that_is_added_is_managed_and_no_longer_missing),
#ifdef MMI_CHECKED
	    serial_test(test_a_free_in_a_block_that_is_not_initialised_is_recorded),
#endif
	    serial_test(test_free_runs_become_the_largest_aligned_blocks),
	    serial_test(test_split_and_merge_restore_the_lists),
	    serial_test(test_every_page_can_be_taken_and_comes_back),
	    serial_test(test_merging_stops_at_a_zone_border),
	    serial_test(test_merging_does_not_look_at_absent_subsections),
	    serial_test(test_a_block_of_another_zone_freed_twice_does_not_hang_the_splice),
	    serial_test(test_blocks_of_another_zone_are_counted_as_often_as_they_came),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
