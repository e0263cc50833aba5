/* SPDX-License-Identifier: MIT */
/* One block at a time: who may have it, from where, down to which watermark, and back again. */
#include "alloc_fixture.h"

#include <errno.h>

/* Two nodes: DMA, DMA32 and NORMAL on node 0, NORMAL on node 1. */
static const struct mmi_spec_range memory[] = {
    {MIB, 2 * GIB, 0, 0, 0}, {4 * GIB, 5 * GIB, 0, 0, 0}, {5 * GIB, 6 * GIB, 1, 0, 0}};

static struct mmi_machine_spec two_nodes(void)
{
	static const int cpus[] = {0, 1};
	struct mmi_machine_spec spec = x86_spec(memory, ARRAY_NR(memory));

	spec.cpu_nids = cpus;
	spec.nr_cpus = ARRAY_NR(cpus);
	return spec;
}

static void open_two_nodes(struct alloc_fixture *f, struct mmi_platform *platform)
{
	const struct mmi_machine_spec spec = two_nodes();

	alloc_open(f, platform, &spec, ALL_BOOTED);
}

static int zone_of(const struct mmi_page *page)
{
	return (int)mmi_flags_zone(page->flags);
}

static int nid_of(const struct mmi_page *page)
{
	return mmi_flags_nid(page->flags);
}

static void test_gfp_bits_choose_the_zone(void **state)
{
	const struct {
		unsigned gfp;
		int zone;
	} cases[] = {
	    {MMI_GFP_KERNEL, MMI_ZONE_NORMAL},
	    {MMI_GFP_MOVABLE, MMI_ZONE_NORMAL},
	    {MMI_GFP_DMA32, MMI_ZONE_DMA32},
	    {MMI_GFP_DMA, MMI_ZONE_DMA},
	    {MMI_GFP_DMA | MMI_GFP_MOVABLE, MMI_ZONE_DMA},
	    {MMI_GFP_DMA | MMI_GFP_DMA32, MMI_ZONE_DMA},
	};
	struct alloc_fixture f;

	open_two_nodes(&f, *state);
	for (size_t i = 0; i < ARRAY_NR(cases); i++) {
		struct mmi_page *page = mmi_alloc_pages(f.cpu, cases[i].gfp, 0, 0, NULL);
		assert_non_null(page);
		assert_int_equal(zone_of(page), cases[i].zone);
		assert_int_equal(nid_of(page), 0);
		mmi_free_pages(f.cpu, page, 0);
	}
	alloc_close(&f);
}

static void test_movable_requests_come_from_zone_movable_first(void **state)
{
	struct mmi_machine_spec spec = two_nodes();
	struct alloc_fixture f;

	spec.movablecore = (struct mmi_amount){MMI_AMOUNT_PERCENT, 25};
	alloc_open(&f, *state, &spec, ALL_BOOTED);
	struct mmi_page *movable = mmi_alloc_pages(f.cpu, MMI_GFP_MOVABLE, 0, 1, NULL);
	struct mmi_page *kernel = mmi_alloc_pages(f.cpu, MMI_GFP_KERNEL, 0, 1, NULL);
	assert_int_equal(zone_of(movable), MMI_ZONE_MOVABLE);
	assert_int_equal(zone_of(kernel), MMI_ZONE_NORMAL);
	mmi_free_pages(f.cpu, movable, 0);
	mmi_free_pages(f.cpu, kernel, 0);
	alloc_close(&f);
}

static void test_pages_handed_out_have_refcount_1_and_free_ones_0(void **state)
{
	struct alloc_fixture f;

	open_two_nodes(&f, *state);
	for (unsigned order = 0; order <= 10; order++) {
		struct mmi_page *page = mmi_alloc_pages(f.cpu, MMI_GFP_KERNEL, order, 0, NULL);
		assert_non_null(page);
		assert_int_equal(alloc_pfn(&f, page) & ((1ull << order) - 1), 0);
		assert_int_equal(page->refcount, 1);
		assert_int_equal(page->page_type, MMI_PAGE_TYPE_NONE);
		alloc_check_sound(&f);
		mmi_free_pages(f.cpu, page, order);
		assert_int_equal(page->refcount, 0);
	}
	alloc_close(&f);
}

static void test_what_cannot_be_asked_for_is_answered_with_null(void **state)
{
	struct alloc_fixture f;

	open_two_nodes(&f, *state);
	assert_null(mmi_alloc_pages(f.cpu, MMI_GFP_KERNEL, 11, 0, NULL));
	assert_null(mmi_alloc_pages(f.cpu, MMI_GFP_KERNEL, 0, 7, NULL));
	assert_int_equal(mmi_cpu_stats(f.cpu)->nr_failed, 2);
	alloc_close(&f);
}

static void test_a_page_is_not_taken_back_twice(void **state)
{
	struct alloc_fixture f;

	open_two_nodes(&f, *state);
	struct mmi_page *page = mmi_alloc_pages(f.cpu, MMI_GFP_KERNEL, 0, 0, NULL);
	mmi_free_pages(f.cpu, page, 0);
	mmi_free_pages(f.cpu, page, 0);
	mmi_free_pages_bulk(f.cpu, (struct mmi_page *[]){page}, 1);
	assert_int_equal(mmi_cpu_stats(f.cpu)->nr_bad_frees, 2);
	alloc_close(&f);
}

/* Links blocks that a test holds: page->index is the owner's. */
struct held {
	struct mmi_page *first;
	uint64_t nr;
};

static void hold(struct held *held, struct mmi_page *page)
{
	page->index = (uintptr_t)held->first;
	held->first = page;
	held->nr++;
}

static void free_held(struct held *held, struct mmi_cpu *cpu, unsigned order)
{
	while (held->first) {
		struct mmi_page *page = held->first;
		held->first = (struct mmi_page *)(uintptr_t)page->index;
		page->index = 0;
		mmi_free_pages(cpu, page, order);
	}
	held->nr = 0;
}

/* Takes order-0 pages until there is none. */
static void exhaust(struct alloc_fixture *f, struct held *held, unsigned gfp, int nid,
		    const struct mmi_nodemask *mask)
{
	for (struct mmi_page *page; (page = mmi_alloc_pages(f->cpu, gfp, 0, nid, mask)) != NULL;)
		hold(held, page);
}

static void test_thisnode_and_nodemask_are_kept_to(void **state)
{
	struct mmi_nodemask only_1 = {0};
	struct held held = {0};
	struct alloc_fixture f;

	open_two_nodes(&f, *state);
	mmi_nodemask_add(&only_1, 1);
	struct mmi_page *page = mmi_alloc_pages(f.cpu, MMI_GFP_KERNEL, 0, 0, &only_1);
	assert_int_equal(nid_of(page), 1);
	mmi_free_pages(f.cpu, page, 0);
	exhaust(&f, &held, MMI_GFP_THISNODE | MMI_GFP_MEMALLOC, 1, NULL);
	assert_int_equal(held.nr, alloc_zone(&f, 1, MMI_ZONE_NORMAL)->nr_managed_pages);
	for (page = held.first; page; page = (struct mmi_page *)(uintptr_t)page->index)
		assert_int_equal(nid_of(page), 1);
	assert_null(mmi_alloc_pages(f.cpu, MMI_GFP_KERNEL | MMI_GFP_MEMALLOC, 0, 0, &only_1));
	page = mmi_alloc_pages(f.cpu, MMI_GFP_KERNEL, 0, 1, NULL); /* from the neighbour */
	assert_int_equal(nid_of(page), 0);
	mmi_free_pages(f.cpu, page, 0);
	free_held(&held, f.cpu, 0);
	alloc_close(&f);
}

/* Whatever way the page comes: from a list that was filled before, from the zone, in bulk. */
static void expect_nid(struct alloc_fixture *f, int nid)
{
	struct mmi_page *pages[3] = {NULL};

	pages[2] = mmi_alloc_pages(f->cpu, MMI_GFP_KERNEL, 0, -1, NULL);
	assert_int_equal(mmi_alloc_pages_bulk(f->cpu, MMI_GFP_KERNEL, -1, NULL, 3, pages), 3);
	for (size_t i = 0; i < ARRAY_NR(pages); i++)
		assert_int_equal(nid_of(pages[i]), nid);
	mmi_free_pages_bulk(f->cpu, pages, ARRAY_NR(pages));
}

static void test_a_context_keeps_to_the_nodes_that_it_is_allowed(void **state)
{
	struct mmi_nodemask none = {0}, only_0 = {0}, only_1 = {0};
	struct alloc_fixture f;

	open_two_nodes(&f, *state);
	mmi_nodemask_add(&none, 9);
	mmi_nodemask_add(&only_0, 0);
	mmi_nodemask_add(&only_1, 1);
	expect_nid(&f, 0);
	assert_int_equal(mmi_cpu_allow(f.cpu, &only_1), 0);
	expect_nid(&f, 1);
	expect_nid(&f, 1);
	assert_null(mmi_alloc_pages(f.cpu, MMI_GFP_KERNEL, 0, -1, &only_0));
	assert_null(mmi_alloc_pages(f.cpu, MMI_GFP_KERNEL, 10, 0, &only_0));
	assert_null(mmi_alloc_pages(f.cpu, MMI_GFP_THISNODE | MMI_GFP_MEMALLOC, 0, 0, NULL));
	assert_null(mmi_alloc_pages(f.cpu, MMI_GFP_DMA, 0, 1, NULL)); /* node 0 has all of it */
	assert_int_equal(mmi_cpu_allow(f.cpu, &none), -EINVAL);
	expect_nid(&f, 1);
	assert_int_equal(mmi_cpu_allow(f.cpu, NULL), 0);
	expect_nid(&f, 0);
	alloc_close(&f);
}

/* free > mark + protection: NORMAL of node 1 has nothing above it, DMA keeps a reserve. */
static void test_watermarks_and_protection_decide_who_gets_the_rest(void **state)
{
	const struct {
		unsigned gfp;
		unsigned divisor; /* of the min watermark that stays */
	} cases[] = {{MMI_GFP_KERNEL, 1}, {MMI_GFP_HIGH, 2}, {MMI_GFP_MEMALLOC, 0}};
	struct mmi_zone_figures normal, dma;
	struct held held = {0};
	struct alloc_fixture f;

	open_two_nodes(&f, *state);
	assert_true(mmi_alloc_figures(f.alloc, 1, MMI_ZONE_NORMAL, &normal));
	assert_true(mmi_alloc_figures(f.alloc, 0, MMI_ZONE_DMA, &dma));
	assert_true(normal.min_pages > 100 && normal.low_pages > normal.min_pages);
	assert_true(dma.protection_pages[MMI_ZONE_NORMAL] > 1000);
	for (size_t i = 0; i < ARRAY_NR(cases); i++) {
		const uint64_t stays =
		    cases[i].divisor
			? normal.min_pages - (cases[i].divisor == 2 ? normal.min_pages / 2 : 0)
			: 0;
		exhaust(&f, &held, cases[i].gfp | MMI_GFP_THISNODE, 1, NULL);
		mmi_cpu_drain(f.cpu);
		/* The last batch is taken as a whole from what was above the mark. */
		const uint64_t nr_free = alloc_zone(&f, 1, MMI_ZONE_NORMAL)->nr_free_pages;
		assert_in_range(nr_free, stays > normal.pcp_batch ? stays - normal.pcp_batch : 0,
				stays);
	}
	free_held(&held, f.cpu, 0);
	mmi_cpu_drain(f.cpu);
	exhaust(&f, &held, MMI_GFP_KERNEL, 0, NULL);
	mmi_cpu_drain(f.cpu);
	assert_in_range(alloc_zone(&f, 0, MMI_ZONE_DMA)->nr_free_pages,
			dma.protection_pages[MMI_ZONE_NORMAL],
			alloc_zone(&f, 0, MMI_ZONE_DMA)->nr_managed_pages);
	struct mmi_page *page = mmi_alloc_pages(f.cpu, MMI_GFP_DMA, 0, 0, NULL);
	assert_int_equal(zone_of(page), MMI_ZONE_DMA); /* what is protected serves who needs it */
	mmi_free_pages(f.cpu, page, 0);
	free_held(&held, f.cpu, 0);
	alloc_close(&f);
}

static void test_every_page_can_be_had_and_comes_back(void **state)
{
	static const unsigned orders[] = {0, 1, 3, 4, 9, 10};
	struct alloc_fixture f;

	open_two_nodes(&f, *state);
	const uint64_t nr_managed = alloc_nr_managed(&f);
	uint64_t nr_blocks[MMI_NR_PAGE_ORDERS];
	for (unsigned o = 0; o < MMI_NR_PAGE_ORDERS; o++)
		nr_blocks[o] = alloc_zone(&f, 0, MMI_ZONE_NORMAL)->areas[o].nr_free;
	for (size_t i = 0; i < ARRAY_NR(orders); i++) {
		struct held held = {0};
		for (struct mmi_page *page;
		     (page = mmi_alloc_pages(f.cpu, MMI_GFP_MOVABLE | MMI_GFP_MEMALLOC, orders[i],
					     0, NULL)) != NULL;)
			hold(&held, page);
		assert_in_range(held.nr << orders[i], nr_managed - 3 * 1024, nr_managed);
		if (orders[i] == 0)
			assert_int_equal(held.nr, nr_managed);
		alloc_check_sound(&f);
		free_held(&held, f.cpu, orders[i]);
		mmi_cpu_drain(f.cpu);
		assert_int_equal(alloc_nr_free(&f), nr_managed);
	}
	/* All is merged again as it was. */
	for (unsigned o = 0; o < MMI_NR_PAGE_ORDERS; o++)
		assert_int_equal(alloc_zone(&f, 0, MMI_ZONE_NORMAL)->areas[o].nr_free,
				 nr_blocks[o]);
	alloc_close(&f);
}

/* One lock for a batch, not for a page: counted at the platform. */
static unsigned nr_zone_locks;
static void (*serial_lock)(void *ctx, struct mmi_lock *lock);

static void counting_lock(void *ctx, struct mmi_lock *lock)
{
	nr_zone_locks += lock->rank == MMI_LOCK_ZONE;
	serial_lock(ctx, lock);
}

/* Locks that it takes to move @nr_pages in a row: each time twice as many, 32 batches at most. */
static unsigned locks_of_row(const struct mmi_zone_figures *figures, size_t nr_pages)
{
	uint64_t nr_moved = 0, step = figures->pcp_batch;
	unsigned nr_locks = 0;

	while (nr_moved < nr_pages) {
		nr_moved += step < figures->pcp_high ? step : figures->pcp_high;
		step = step < 32 * figures->pcp_batch ? 2 * step : step;
		nr_locks++;
	}
	return nr_locks;
}

static void test_the_zone_lock_is_taken_for_a_batch_and_ever_more_seldom(void **state)
{
	const struct mmi_platform *serial = *state;
	struct mmi_platform_ops ops = *serial->ops;
	struct mmi_platform counting = {&ops, serial->ctx};
	struct mmi_page *pages[1000];
	struct mmi_zone_figures figures;
	struct alloc_fixture f;

	serial_lock = ops.lock;
	ops.lock = counting_lock;
	open_two_nodes(&f, &counting);
	mmi_alloc_figures(f.alloc, 0, MMI_ZONE_NORMAL, &figures);
	assert_true(figures.pcp_batch >= 31 && figures.pcp_high >= 4 * figures.pcp_batch);
	nr_zone_locks = 0;
	for (size_t i = 0; i < ARRAY_NR(pages); i++)
		pages[i] = mmi_alloc_pages(f.cpu, MMI_GFP_KERNEL, 0, 0, NULL);
	assert_int_equal(nr_zone_locks, locks_of_row(&figures, ARRAY_NR(pages)));
	nr_zone_locks = 0;
	for (size_t i = 0; i < ARRAY_NR(pages); i++)
		mmi_free_pages(f.cpu, pages[i], 0);
	assert_in_range(nr_zone_locks, 0, locks_of_row(&figures, ARRAY_NR(pages)));
	/* By turns nothing is scaled: a page more than the list has brings a batch. */
	mmi_cpu_drain(f.cpu);
	nr_zone_locks = 0;
	pages[0] = mmi_alloc_pages(f.cpu, MMI_GFP_KERNEL, 0, 0, NULL);
	const uint64_t nr_free = alloc_zone(&f, 0, MMI_ZONE_NORMAL)->nr_free_pages;
	mmi_cpu_drain(f.cpu);
	assert_int_equal(alloc_zone(&f, 0, MMI_ZONE_NORMAL)->nr_free_pages,
			 nr_free + figures.pcp_batch - 1);
	mmi_free_pages(f.cpu, pages[0], 0);
	alloc_close(&f);
}

static void test_refills_in_a_row_respect_the_low_watermark(void **state)
{
	struct mmi_zone_figures figures;
	struct held held = {0};
	struct alloc_fixture f;

	open_two_nodes(&f, *state);
	assert_true(mmi_alloc_figures(f.alloc, 1, MMI_ZONE_NORMAL, &figures));
	const struct mmi_zone *zone = alloc_zone(&f, 1, MMI_ZONE_NORMAL);
	while (zone->nr_free_pages >= figures.low_pages) {
		struct mmi_page *page =
		    mmi_alloc_pages(f.cpu, MMI_GFP_THISNODE | MMI_GFP_KERNEL, 0, 1, NULL);
		assert_non_null(page);
		hold(&held, page);
	}
	assert_true(zone->nr_free_pages + figures.pcp_batch >= figures.low_pages);
	free_held(&held, f.cpu, 0);
	alloc_close(&f);
}

static void test_pages_on_other_contexts_lists_are_gathered_before_null(void **state)
{
	struct held held = {0};
	struct mmi_cpu *other;
	struct alloc_fixture f;

	open_two_nodes(&f, *state);
	assert_int_equal(mmi_cpu_create(f.alloc, 1, &other, NULL), 0);
	struct mmi_page *page = mmi_alloc_pages(other, MMI_GFP_KERNEL, 0, 1, NULL);
	mmi_free_pages(other, page, 0); /* a batch lies on the lists of the other context now */
	exhaust(&f, &held, MMI_GFP_THISNODE | MMI_GFP_MEMALLOC, 1, NULL);
	assert_int_equal(held.nr, alloc_zone(&f, 1, MMI_ZONE_NORMAL)->nr_managed_pages);
	free_held(&held, f.cpu, 0);
	mmi_cpu_destroy(other);
	alloc_close(&f);
}

/* Takes the node's last page and gives it back, on its own lists: as soon as it may go on. */
static struct {
	struct alloc_fixture f;
	void (*unlock)(void *ctx, struct mmi_lock *lock);
	unsigned nr_strikes;
} greedy;

static void strike_when_they_go_on(void *ctx, struct mmi_lock *lock)
{
	greedy.unlock(ctx, lock);
	if (lock->rank != MMI_LOCK_PCP || !greedy.f.cpu)
		return;
	struct mmi_page *page = mmi_alloc_pages(
	    greedy.f.cpu, MMI_GFP_THISNODE | MMI_GFP_MEMALLOC | MMI_GFP_NOWAIT, 0, 1, NULL);
	greedy.nr_strikes++;
	if (page)
		mmi_free_pages(greedy.f.cpu, page, 0);
}

static void test_what_is_gathered_is_not_taken_by_others_first(void **state)
{
	const struct mmi_platform *serial = *state;
	struct mmi_platform_ops ops = *serial->ops;
	struct mmi_platform striking = {&ops, serial->ctx};
	const unsigned gfp = MMI_GFP_THISNODE | MMI_GFP_MEMALLOC;
	struct held held = {0};
	struct mmi_cpu *other;
	struct alloc_fixture f;

	greedy.unlock = ops.unlock;
	greedy.nr_strikes = 0;
	ops.unlock = strike_when_they_go_on;
	open_two_nodes(&f, &striking);
	assert_int_equal(mmi_cpu_create(f.alloc, 1, &other, NULL), 0);
	exhaust(&f, &held, gfp, 1, NULL);
	struct mmi_page *last = held.first;
	held.first = (struct mmi_page *)(uintptr_t)last->index;
	last->index = 0;
	mmi_free_pages(f.cpu, last, 0);
	greedy.f = f;
	assert_ptr_equal(mmi_alloc_pages(other, gfp, 0, 1, NULL), last);
	assert_true(greedy.nr_strikes > 0);
	greedy.f.cpu = NULL;
	mmi_free_pages(other, last, 0);
	free_held(&held, f.cpu, 0);
	mmi_cpu_destroy(other);
	alloc_close(&f);
}

/* A context on node 1 frees pages of node 0, and the other way round. */
static void test_a_block_may_come_back_by_another_context(void **state)
{
	struct mmi_cpu *other;
	struct alloc_fixture f;

	open_two_nodes(&f, *state);
	assert_int_equal(mmi_cpu_create(f.alloc, 1, &other, NULL), 0);
	for (unsigned order = 0; order <= 10; order++) {
		struct mmi_page *page = mmi_alloc_pages(f.cpu, MMI_GFP_KERNEL, order, -1, NULL);
		assert_int_equal(nid_of(page), 0);
		mmi_free_pages(other, page, order);
		page = mmi_alloc_pages(other, MMI_GFP_KERNEL, order, -1, NULL);
		assert_int_equal(nid_of(page), 1);
		mmi_free_pages(f.cpu, page, order);
	}
	alloc_check_sound(&f);
	mmi_cpu_destroy(other);
	assert_int_equal(mmi_cpu_create(f.alloc, 5, &other, NULL), -EINVAL);
	alloc_close(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    serial_test(test_gfp_bits_choose_the_zone),
	    serial_test(test_movable_requests_come_from_zone_movable_first),
	    serial_test(test_pages_handed_out_have_refcount_1_and_free_ones_0),
	    serial_test(test_what_cannot_be_asked_for_is_answered_with_null),
	    serial_test(test_a_page_is_not_taken_back_twice),
	    serial_test(test_thisnode_and_nodemask_are_kept_to),
	    serial_test(test_a_context_keeps_to_the_nodes_that_it_is_allowed),
	    serial_test(test_watermarks_and_protection_decide_who_gets_the_rest),
	    serial_test(test_every_page_can_be_had_and_comes_back),
	    serial_test(test_the_zone_lock_is_taken_for_a_batch_and_ever_more_seldom),
	    serial_test(test_refills_in_a_row_respect_the_low_watermark),
	    serial_test(test_pages_on_other_contexts_lists_are_gathered_before_null),
	    serial_test(test_what_is_gathered_is_not_taken_by_others_first),
	    serial_test(test_a_block_may_come_back_by_another_context),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
