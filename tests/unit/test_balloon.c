/* SPDX-License-Identifier: MIT */
/*
 * Pages that a balloon driver keeps.  Until 2022 Linux listed zones by their managed pages: a node whose
 * memory was all kept when it came stayed invisible for ever, whatever the driver gave back.
 */
#include "hotplug_fixture.h"

#include <errno.h>

/* Node 0 has memory; node 1's comes in blocks 40 to 47. */
static const struct mmi_spec_range memory[] = {{4 * GIB, 5 * GIB, 0, 0, 0}};
static const struct mmi_spec_range windows[] = {{5 * GIB, 6 * GIB, 1, 0, 0}};

static void open_it(struct hotplug_fixture *f, struct mmi_platform *platform,
		    enum mmi_linux_version version)
{
	struct mmi_machine_spec spec = x86_spec(memory, ARRAY_NR(memory));

	spec.linux_version = version;
	spec.windows = windows;
	spec.nr_windows = ARRAY_NR(windows);
	hotplug_open(f, platform, &spec);
	add_blocks(f, 1, 40, 2);
}

/* A driver that keeps blocks of certain numbers, and notes what he was asked. */
struct driver {
	uint64_t keep_every; /* the n-th block; 1: all */
	uint64_t nr_asked;
	uint64_t next_pfn;
};

static bool keep(void *user, uint64_t start_pfn, unsigned order)
{
	struct driver *driver = user;

	if (driver->nr_asked)
		assert_int_equal(start_pfn, driver->next_pfn);
	assert_int_equal(order, 10);
	driver->next_pfn = start_pfn + (1ull << order);
	return driver->nr_asked++ % driver->keep_every == 0;
}

static void online_kept(struct hotplug_fixture *f, struct driver *driver)
{
	mmi_hotplug_set_callback(f->hotplug, keep, driver);
	write_states(f, 40, 1, MMI_ONLINE, 0);
	mmi_hotplug_set_callback(f->hotplug, NULL, NULL);
}

static struct mmi_page *alloc_on_node_1(struct hotplug_fixture *f, unsigned order)
{
	return mmi_alloc_pages(f->a.cpu, MMI_GFP_KERNEL | MMI_GFP_THISNODE | MMI_GFP_MEMALLOC,
			       order, 1, NULL);
}

static int give(struct hotplug_fixture *f, uint64_t start_pfn, uint64_t end_pfn)
{
	return mmi_balloon_give(f->hotplug, start_pfn, end_pfn, NULL);
}

static int take(struct hotplug_fixture *f, uint64_t start_pfn, uint64_t end_pfn)
{
	return mmi_balloon_take(f->hotplug, start_pfn, end_pfn, NULL);
}

static void test_present_grows_managed_does_not(void **state)
{
	struct driver driver = {.keep_every = 4};
	struct hotplug_fixture f;

	open_it(&f, *state, MMI_LINUX_6_1);
	online_kept(&f, &driver);
	const struct mmi_zone *zone = alloc_zone(&f.a, 1, MMI_ZONE_NORMAL);
	assert_int_equal(driver.nr_asked, BLOCK_PAGES >> 10);
	assert_int_equal(zone->nr_present_pages, BLOCK_PAGES);
	assert_int_equal(zone->nr_managed_pages, BLOCK_PAGES / 4 * 3);
	assert_int_equal(zone->nr_free_pages, BLOCK_PAGES / 4 * 3);
	const struct mmi_page *kept = mmi_pfn_page(&f.a.system->mem.map, block_pfn(40) + 7);
	assert_int_equal(kept->page_type, MMI_PAGE_TYPE_OFFLINE);
	assert_true(kept->flags & MMI_PG_RESERVED);
	hotplug_check_sound(&f);
	/* They go with their block, and are forgotten. */
	write_states(&f, 40, 1, MMI_OFFLINE, 0);
	assert_int_equal(zone->nr_present_pages, 0);
	write_states(&f, 40, 1, MMI_ONLINE, 0);
	assert_int_equal(zone->nr_managed_pages, BLOCK_PAGES);
	hotplug_check_sound(&f);
	hotplug_close(&f);
}

/* All kept: the zone is listed by what is present; what is given back can be had at once. */
static void test_a_zone_ballooned_out_stays_listed(void **state)
{
	struct driver driver = {.keep_every = 1};
	struct mmi_zone_figures figures;
	struct hotplug_fixture f;
	struct mmi_zoneref refs[8];

	open_it(&f, *state, MMI_LINUX_6_1);
	online_kept(&f, &driver);
	assert_int_equal(alloc_zone(&f.a, 1, MMI_ZONE_NORMAL)->nr_managed_pages, 0);
	assert_true(mmi_alloc_figures(f.a.alloc, 1, MMI_ZONE_NORMAL, &figures));
	assert_int_equal(figures.high_pages, 0); /* its share of what is to stay free */
	assert_int_equal(mmi_alloc_zonelist(f.a.alloc, 1, false, refs, ARRAY_NR(refs)), 1);
	assert_null(alloc_on_node_1(&f, 0));
	assert_int_equal(give(&f, block_pfn(40) + 5, block_pfn(40) + 6), 0);
	struct mmi_page *page = alloc_on_node_1(&f, 0);
	assert_non_null(page);
	assert_int_equal(alloc_pfn(&f.a, page), block_pfn(40) + 5);
	/* The block cannot go: kept pages go with it, but not what stands among them. */
	write_states(&f, 40, 1, MMI_OFFLINE, -EBUSY);
	mmi_free_pages(f.a.cpu, page, 0);
	hotplug_check_sound(&f);
	hotplug_close(&f);
}

/* The same by the criterion of 2017 to 2022: the test above can fail, and the check sees it. */
static void test_by_managed_pages_it_is_invisible(void **state)
{
	struct driver driver = {.keep_every = 1};
	struct hotplug_fixture f;
	struct mmi_zoneref refs[8];

	open_it(&f, *state, MMI_LINUX_5_16);
	online_kept(&f, &driver);
	assert_int_equal(mmi_alloc_zonelist(f.a.alloc, 1, false, refs, ARRAY_NR(refs)), 0);
	assert_int_equal(give(&f, block_pfn(40), block_pfn(41)), 0);
	assert_int_equal(alloc_zone(&f.a, 1, MMI_ZONE_NORMAL)->nr_free_pages, BLOCK_PAGES);
	assert_null(alloc_on_node_1(&f, 0));
	assert_int_equal(mmi_alloc_check(f.a.alloc, NULL), -EINVAL);
	assert_int_equal(mmi_zonelists_rebuild(f.a.alloc), 0);
	struct mmi_page *page = alloc_on_node_1(&f, 0);
	assert_non_null(page);
	mmi_free_pages(f.a.cpu, page, 0);
	hotplug_check_sound(&f);
	hotplug_close(&f);
}

/* Given one by one and in ranges, in any order, pages merge to what they would have been. */
static void test_what_is_given_back_page_by_page_merges(void **state)
{
	struct driver driver = {.keep_every = 1};
	struct hotplug_fixture f;
	const uint64_t start = block_pfn(40), end = block_pfn(41);

	open_it(&f, *state, MMI_LINUX_6_1);
	online_kept(&f, &driver);
	for (uint64_t pfn = start + 1; pfn < start + 4096; pfn += 2)
		assert_int_equal(give(&f, pfn, pfn + 1), 0);
	hotplug_check_sound(&f);
	for (uint64_t pfn = start + 4096; pfn-- > start;)
		if (pfn % 2 == 0)
			assert_int_equal(give(&f, pfn, pfn + 1), 0);
	assert_int_equal(give(&f, start + 4096 + 3, end), 0);
	assert_int_equal(give(&f, start + 4096, start + 4096 + 3), 0);
	const struct mmi_zone *zone = alloc_zone(&f.a, 1, MMI_ZONE_NORMAL);
	assert_int_equal(zone->areas[10].nr_free, BLOCK_PAGES >> 10);
	assert_int_equal(zone->nr_managed_pages, BLOCK_PAGES);
	hotplug_check_sound(&f);
	hotplug_close(&f);
}

static void test_only_kept_pages_are_given_and_free_ones_taken(void **state)
{
	struct driver driver = {.keep_every = 2};
	struct hotplug_fixture f;
	const uint64_t start = block_pfn(40);

	open_it(&f, *state, MMI_LINUX_6_1);
	online_kept(&f, &driver); /* blocks of 1024 pages: kept, free, kept, ... */
	struct mmi_page *page = alloc_on_node_1(&f, 0);
	assert_non_null(page);
	const uint64_t pfn = alloc_pfn(&f.a, page);
	mmi_alloc_drain(f.a.alloc);
	const uint64_t digest = hotplug_digest(&f);
	assert_int_equal(give(&f, start, start), -EINVAL);
	assert_int_equal(give(&f, start + 1000, start + 1025), -EINVAL);
	assert_int_equal(give(&f, block_pfn(39), block_pfn(39) + 1), -EINVAL); /* free, not kept */
	assert_int_equal(give(&f, block_pfn(41), block_pfn(41) + 1), -EINVAL); /* offline */
	assert_int_equal(give(&f, 0, 1), -EINVAL);
	assert_int_equal(take(&f, start, start + 1), -EBUSY); /* kept already */
	assert_int_equal(take(&f, start + 1024, start + 2049), -EBUSY);
	assert_int_equal(take(&f, pfn, pfn + 1), -EBUSY);
	assert_int_equal(take(&f, block_pfn(40) - 1, start + 1), -EINVAL); /* two nodes */
	assert_int_equal(take(&f, block_pfn(41), block_pfn(42)), -EINVAL);
	assert_int_equal(take(&f, start + 1, start), -EINVAL);
	assert_true(digest == hotplug_digest(&f));
	mmi_free_pages(f.a.cpu, page, 0);
	hotplug_close(&f);
}

/* Taken out of the middle of free blocks, and given back: all is as it was. */
static void test_take_and_give_leave_no_trace(void **state)
{
	static const struct {
		uint64_t start, nr;
	} ranges[] = {{0, 1}, {1, 1}, {1023, 2}, {511, 1030}, {17, 4000}, {0, 32768}, {32767, 1}};
	struct hotplug_fixture f;
	const uint64_t start = block_pfn(40);

	open_it(&f, *state, MMI_LINUX_6_1);
	write_states(&f, 40, 1, MMI_ONLINE, 0);
	const struct mmi_zone *zone = alloc_zone(&f.a, 1, MMI_ZONE_NORMAL);
	const uint64_t digest = hotplug_digest(&f);
	for (size_t i = 0; i < ARRAY_NR(ranges); i++) {
		const uint64_t from = start + ranges[i].start, to = from + ranges[i].nr;
		assert_int_equal(take(&f, from, to), 0);
		assert_int_equal(zone->nr_managed_pages, BLOCK_PAGES - ranges[i].nr);
		assert_int_equal(zone->nr_free_pages, BLOCK_PAGES - ranges[i].nr);
		assert_int_equal(zone->nr_present_pages, BLOCK_PAGES);
		hotplug_check_sound(&f);
		assert_int_equal(give(&f, from, to), 0);
		assert_true(digest == hotplug_digest(&f));
	}
	hotplug_close(&f);
}

/* Figures stay until the next calculation; from 7.x on protection follows at once. */
static void test_figures_wait_but_for_protection(void **state)
{
	for (int version = MMI_LINUX_6_1; version <= MMI_LINUX_7_X; version++) {
		struct mmi_zone_figures before, after;
		struct hotplug_fixture f;

		open_it(&f, *state, version);
		write_states(&f, 40, 1, MMI_ONLINE_KERNEL, 0);
		write_states(&f, 41, 1, MMI_ONLINE_MOVABLE, 0);
		assert_true(mmi_alloc_figures(f.a.alloc, 1, MMI_ZONE_NORMAL, &before));
		assert_int_equal(take(&f, block_pfn(41), block_pfn(42)), 0);
		assert_true(mmi_alloc_figures(f.a.alloc, 1, MMI_ZONE_NORMAL, &after));
		for (int z = MMI_ZONE_MOVABLE; z <= MMI_ZONE_DEVICE; z++) {
			const bool follows = version == MMI_LINUX_7_X;
			assert_int_equal(before.protection_pages[z], BLOCK_PAGES / 32);
			assert_int_equal(after.protection_pages[z], follows ? 0 : BLOCK_PAGES / 32);
			after.protection_pages[z] = before.protection_pages[z];
		}
		assert_memory_equal(&before, &after, sizeof(before));
		hotplug_close(&f);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    serial_test(test_present_grows_managed_does_not),
	    serial_test(test_a_zone_ballooned_out_stays_listed),
	    serial_test(test_by_managed_pages_it_is_invisible),
	    serial_test(test_what_is_given_back_page_by_page_merges),
	    serial_test(test_only_kept_pages_are_given_and_free_ones_taken),
	    serial_test(test_take_and_give_leave_no_trace),
	    serial_test(test_figures_wait_but_for_protection),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
