/* SPDX-License-Identifier: MIT */
/* Struct pages of ZONE_DEVICE: whole, or compound with the tails that are needed; beside boot memory. */
#include "hotplug_fixture.h"

#include <errno.h>

/*
 * Boot memory ends 6 MiB into a section, the rest of which is a device's, and behind it whole sections
 * of persistent memory and a window.
 */
#define MEMORY_END (4 * GIB + 256 * MIB + 6 * MIB)
#define DEVICE_END (16 * GIB)

static const struct mmi_spec_range memory[] = {{4 * GIB, MEMORY_END, 0, 0, 0}};
static const struct mmi_spec_range persistent[] = {{MEMORY_END, DEVICE_END, 0, 0, 0}};
static const struct mmi_spec_range windows[] = {{DEVICE_END, DEVICE_END + 1 * GIB, 1, 0, 0}};

static uint64_t pfn_of(uint64_t address)
{
	return address >> 12;
}

static struct mmi_machine_spec device_spec(void)
{
	struct mmi_machine_spec spec = x86_spec(memory, ARRAY_NR(memory));

	spec.persistent = persistent;
	spec.nr_persistent = ARRAY_NR(persistent);
	spec.windows = windows;
	spec.nr_windows = ARRAY_NR(windows);
	return spec;
}

static void open_it(struct hotplug_fixture *f, struct mmi_platform *platform)
{
	const struct mmi_machine_spec spec = device_spec();

	hotplug_open(f, platform, &spec);
}

static int add(struct hotplug_fixture *f, uint64_t start, uint64_t end, unsigned order)
{
	return mmi_device_add(f->hotplug, 0, pfn_of(start), pfn_of(end), order, NULL);
}

static int withdraw(struct hotplug_fixture *f, uint64_t start, uint64_t end)
{
	return mmi_device_remove(f->hotplug, pfn_of(start), pfn_of(end), NULL);
}

static void expect_pages(const struct hotplug_fixture *f, uint64_t start, uint64_t end,
			 uint64_t flags, int32_t refcount)
{
	const struct mmi_memmap *map = &f->a.system->mem.map;

	for (uint64_t pfn = pfn_of(start); pfn < pfn_of(end); pfn++) {
		const struct mmi_page *page = mmi_pfn_page(map, pfn);
		if (!mmi_pfn_valid(map, pfn) || page->flags != flags || page->refcount != refcount)
			fail_msg("PFN 0x%llx: flags 0x%llx, refcount %d", (unsigned long long)pfn,
				 (unsigned long long)page->flags, page->refcount);
	}
}

/* The records of the checked core, which the plain one has not, and what stands. */
static void expect_no_offence(const struct hotplug_fixture *f)
{
	struct mmi_verdict verdict;

	assert_int_equal(mmi_verify_system(f->a.system, &verdict, NULL), 0);
	for (unsigned i = 1; i <= MMI_NR_INVARIANTS; i++)
		if (verdict.invariants[i].judgement == MMI_BROKEN &&
		    i != 9) /* that all is as at boot */
			fail_msg("invariant %u: %s", i, verdict.invariants[i].why);
}

static void test_whole_pages(void **state)
{
	const uint64_t flags = mmi_page_flags(0, MMI_ZONE_DEVICE) | MMI_PG_RESERVED;
	const uint64_t start = 8 * GIB, end = 8 * GIB + 512 * MIB;
	struct hotplug_fixture f;

	open_it(&f, *state);
	const uint64_t nr_free = alloc_nr_free(&f.a);
	assert_int_equal(add(&f, start, end, 0), 0);
	expect_pages(&f, start, end, flags, 1);
	const struct mmi_zone *zone = alloc_zone(&f.a, 0, MMI_ZONE_DEVICE);
	assert_int_equal(zone->start_pfn, pfn_of(start));
	assert_int_equal(zone->nr_spanned_pages, pfn_of(end - start));
	assert_int_equal(zone->nr_present_pages, 0);
	assert_int_equal(alloc_nr_free(&f.a), nr_free);
	hotplug_check_sound(&f);
	expect_no_offence(&f);
	assert_int_equal(withdraw(&f, start, end), 0);
	assert_false(mmi_pfn_valid(&f.a.system->mem.map, pfn_of(start)));
	hotplug_check_sound(&f);
	hotplug_close(&f);
}

/* [6 MiB, 128 MiB) of the section that boot memory begins, and from there into the next. */
static void test_subsections_beside_boot_memory(void **state)
{
	const uint64_t flags = mmi_page_flags(0, MMI_ZONE_DEVICE) | MMI_PG_RESERVED;
	const uint64_t border = 4 * GIB + 384 * MIB;
	struct hotplug_fixture f;
	struct mmi_page *page;

	open_it(&f, *state);
	const struct mmi_memmap *map = &f.a.system->mem.map;
	assert_false(mmi_pfn_valid(map, pfn_of(MEMORY_END)));
	const uint64_t digest = hotplug_digest(&f);
	assert_int_equal(add(&f, MEMORY_END - 2 * MIB, MEMORY_END + 2 * MIB, 0), -EEXIST);
	assert_true(digest == hotplug_digest(&f));
	assert_int_equal(add(&f, MEMORY_END, border + 4 * MIB, 0), 0);
	expect_pages(&f, MEMORY_END, border + 4 * MIB, flags, 1);
	assert_false(mmi_pfn_valid(map, pfn_of(border + 4 * MIB)));
	hotplug_check_sound(&f);

	/* Boot memory goes on beside it: the last block of it is taken apart and put together. */
	struct mmi_page *chain = NULL;
	while ((page = mmi_alloc_pages(f.a.cpu, MMI_GFP_KERNEL | MMI_GFP_MEMALLOC, 0, 0, NULL))) {
		page->index = (uintptr_t)chain;
		chain = page;
	}
	while ((page = chain) != NULL) {
		chain = (struct mmi_page *)(uintptr_t)page->index;
		page->index = 0;
		mmi_free_pages(f.a.cpu, page, 0);
	}
	mmi_alloc_drain(f.a.alloc);
	hotplug_check_sound(&f);
	expect_no_offence(&f);

	/* Beside another: above it, and between two. */
	assert_int_equal(add(&f, border + 6 * MIB, border + 8 * MIB, 0), 0);
	assert_int_equal(add(&f, border + 4 * MIB, border + 6 * MIB, 0), 0);
	assert_int_equal(withdraw(&f, border + 6 * MIB, border + 8 * MIB), 0);
	assert_int_equal(withdraw(&f, MEMORY_END, border + 6 * MIB), -EINVAL);
	assert_int_equal(withdraw(&f, MEMORY_END, border + 4 * MIB), 0);
	assert_true(mmi_pfn_valid(map, pfn_of(MEMORY_END) - 1));
	assert_true(mmi_pfn_valid(map, pfn_of(border + 4 * MIB)));
	assert_int_equal(withdraw(&f, border + 4 * MIB, border + 6 * MIB), 0);
	mmi_alloc_drain(f.a.alloc);
	hotplug_check_sound(&f);
	expect_no_offence(&f);
	hotplug_close(&f);
}

/* Only heads and the tails that fill two pages of memmap are written. */
static void check_compound(struct hotplug_fixture *f, unsigned order)
{
	struct mmi_memmap *map = &f->a.system->mem.map;
	const uint64_t flags = mmi_page_flags(0, MMI_ZONE_DEVICE) | MMI_PG_RESERVED;
	const uint64_t start = 8 * GIB, end = 10 * GIB;
	const uint64_t nr_written = mmi_compound_written_pages(&map->geometry, order);

	assert_int_equal(nr_written, 128);
	assert_int_equal(add(f, start, end, order), 0);
	for (uint64_t pfn = pfn_of(start); pfn < pfn_of(end); pfn += 1ull << order) {
		struct mmi_page *head = mmi_pfn_page(map, pfn);
		assert_true(head->flags == (flags | MMI_PG_HEAD));
		assert_int_equal(head->refcount, 1);
		assert_ptr_equal(mmi_compound_head(head), head);
		for (uint64_t i = 1; i < nr_written; i++) {
			assert_ptr_equal(mmi_compound_head(head + i), head);
			assert_true(head[i].flags == flags && head[i].refcount == 0);
		}
		/* Never written: what the system gave, or the poison of the checked core. */
		const uint64_t untouched = mmi_verify_is_checked_core() ? UINT64_MAX : 0;
		assert_true(head[nr_written].flags == untouched);
		assert_true(head[(1ull << order) - 1].flags == untouched);
	}
	hotplug_check_sound(f);
	expect_no_offence(f);
	assert_int_equal(withdraw(f, start, end), 0);
}

static void test_compound_pages_of_2_mib(void **state)
{
	struct hotplug_fixture f;

	open_it(&f, *state);
	check_compound(&f, 9);
	hotplug_close(&f);
}

static void test_compound_pages_of_1_gib(void **state)
{
	struct hotplug_fixture f;

	open_it(&f, *state);
	check_compound(&f, 18);
	hotplug_close(&f);
}

/*
 * Block 34 ends with compound pages, and the zone with block 128, which goes.  Expect the span to end
 * where block 34's memory does, and no tail to be looked at.
 */
static void test_a_span_shrinks_past_compound_pages(void **state)
{
	static const struct mmi_spec_range above[] = {{DEVICE_END, DEVICE_END + 1 * GIB, 0, 0, 0}};
	struct mmi_machine_spec spec = device_spec();
	struct hotplug_fixture f;

	spec.windows = above;
	spec.nr_windows = ARRAY_NR(above);
	hotplug_open(&f, *state, &spec);
	const struct mmi_zone *zone = alloc_zone(&f.a, 0, MMI_ZONE_NORMAL);
	const uint64_t nr_spanned = zone->nr_spanned_pages;
	assert_int_equal(add(&f, MEMORY_END, block_pfn(35) << 12, 9), 0);
	add_blocks(&f, 0, 128, 1);
	write_states(&f, 128, 1, MMI_ONLINE_KERNEL, 0);
	assert_int_equal(zone->nr_spanned_pages, block_pfn(129) - zone->start_pfn);
	write_states(&f, 128, 1, MMI_OFFLINE, 0);
	assert_int_equal(zone->nr_spanned_pages, nr_spanned);
	expect_no_offence(&f);
	hotplug_close(&f);
}

/* Neither heads nor tails of compound pages are a balloon's to give or take. */
static void test_device_memory_is_no_balloon(void **state)
{
	struct hotplug_fixture f;

	open_it(&f, *state);
	assert_int_equal(add(&f, 8 * GIB, 9 * GIB, 18), 0);
	for (uint64_t pfn = pfn_of(8 * GIB); pfn < pfn_of(9 * GIB); pfn += 127) {
		assert_int_equal(mmi_balloon_take(f.hotplug, pfn, pfn + 1, NULL), -EINVAL);
		assert_int_equal(mmi_balloon_give(f.hotplug, pfn, pfn + 1, NULL), -EINVAL);
	}
	expect_no_offence(&f);
	hotplug_close(&f);
}

/* Linux takes a node for empty when it spans nothing any more: a device's zone spans something. */
static void test_a_node_of_devices_stays_online(void **state)
{
	struct hotplug_fixture f;

	open_it(&f, *state);
	const struct mmi_node *node = &f.a.system->mem.nodes[1];
	const uint64_t number = DEVICE_END / (128 * MIB);
	add_blocks(&f, 1, number, 1);
	assert_int_equal(mmi_device_add(f.hotplug, 1, pfn_of(8 * GIB), pfn_of(9 * GIB), 0, NULL),
			 0);
	assert_int_equal(
	    mmi_hotplug_remove(f.hotplug, block_pfn(number), block_pfn(number + 1), NULL), 0);
	assert_int_equal(node->states, MMI_NODE_ONLINE);
	hotplug_check_sound(&f);
	hotplug_close(&f);
}

/* Blocks that begin where a device ends, and end where another begins, which ends with the memmap. */
static void test_blocks_come_between_devices(void **state)
{
	const uint64_t number = DEVICE_END / (128 * MIB), end = DEVICE_END + 1 * GIB;
	struct hotplug_fixture f;

	open_it(&f, *state);
	assert_int_equal(f.a.system->mem.map.end_pfn, pfn_of(end));
	assert_int_equal(add(&f, end, end + 2 * MIB, 0), -ERANGE);
	assert_int_equal(add(&f, DEVICE_END - 2 * MIB, DEVICE_END, 0), 0);
	assert_int_equal(add(&f, end - 128 * MIB, end, 0), 0);
	assert_int_equal(
	    mmi_hotplug_add(f.hotplug, 1, block_pfn(number), block_pfn(number + 8), NULL), -EEXIST);
	add_blocks(&f, 1, number, 7);
	write_states(&f, number, 7, MMI_ONLINE, 0);
	hotplug_check_sound(&f);
	expect_no_offence(&f);
	hotplug_close(&f);
}

static void test_what_is_no_device_memory(void **state)
{
	struct hotplug_fixture f;

	open_it(&f, *state);
	assert_int_equal(
	    mmi_hotplug_add(f.hotplug, 1, pfn_of(DEVICE_END), pfn_of(DEVICE_END + 128 * MIB), NULL),
	    0);
	write_states(&f, 33, 1, MMI_OFFLINE, 0);
	const uint64_t digest = hotplug_digest(&f);
	assert_int_equal(add(&f, 8 * GIB, 8 * GIB, 0), -EINVAL);
	assert_int_equal(add(&f, 8 * GIB, 8 * GIB + 1 * MIB, 0), -EINVAL);
	assert_int_equal(add(&f, 8 * GIB + 4 * KIB, 9 * GIB + 4 * KIB, 0), -EINVAL);
	assert_int_equal(add(&f, 8 * GIB, 8 * GIB + 6 * MIB, 10), -EINVAL);
	assert_int_equal(add(&f, 8 * GIB, 9 * GIB, 64), -EINVAL);
	assert_int_equal(add(&f, 8 * GIB, 64 * GIB, 0), -ERANGE);
	assert_int_equal(add(&f, 2 * GIB, 3 * GIB, 0), -ERANGE);
	assert_int_equal(add(&f, 4 * GIB, 4 * GIB + 2 * MIB, 0), -EEXIST);
	/* Blocks that are offline: one that was added, and one of boot memory. */
	assert_int_equal(add(&f, DEVICE_END, DEVICE_END + 2 * MIB, 0), -EEXIST);
	assert_int_equal(add(&f, block_pfn(33) << 12, block_pfn(34) << 12, 0), -EEXIST);
	assert_int_equal(mmi_device_add(f.hotplug, 7, pfn_of(8 * GIB), pfn_of(9 * GIB), 0, NULL),
			 -EINVAL);
	assert_true(digest == hotplug_digest(&f));
	assert_int_equal(add(&f, DEVICE_END + 512 * MIB, DEVICE_END + 514 * MIB, 0), 0);
	assert_int_equal(mmi_hotplug_add(f.hotplug, 1, pfn_of(DEVICE_END + 512 * MIB),
					 pfn_of(DEVICE_END + 640 * MIB), NULL),
			 -EEXIST);
	hotplug_close(&f);
}

static void test_not_every_architecture_has_the_zone(void **state)
{
	struct mmi_machine_spec spec = device_spec();
	struct hotplug_fixture f;

	mmi_geometry_init(&spec.geometry, MMI_ARCH_ARM64_4K);
	hotplug_open(&f, *state, &spec);
	assert_int_equal(add(&f, 8 * GIB, 9 * GIB, 0), -EOPNOTSUPP);
	hotplug_close(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    serial_test(test_whole_pages),
	    serial_test(test_subsections_beside_boot_memory),
	    serial_test(test_compound_pages_of_2_mib),
	    serial_test(test_compound_pages_of_1_gib),
	    serial_test(test_a_span_shrinks_past_compound_pages),
	    serial_test(test_device_memory_is_no_balloon),
	    serial_test(test_a_node_of_devices_stays_online),
	    serial_test(test_blocks_come_between_devices),
	    serial_test(test_what_is_no_device_memory),
	    serial_test(test_not_every_architecture_has_the_zone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
