/* SPDX-License-Identifier: MIT */
/* A request's own rules, one by one: its marks, its node, its zones, and what it counts. */
#include "alloc_fixture.h"

#include <errno.h>

#include "mminit/fault.h"
#include "page_alloc/request.h"
#include "zone/buddy.h"

/* 128 MiB each: DMA32 and NORMAL on node 0, NORMAL on node 1; a CPU each. */
static const struct mmi_spec_range memory[] = {{2 * GIB, 2 * GIB + 128 * MIB, 0, 0, 0},
					       {4 * GIB, 4 * GIB + 128 * MIB, 0, 0, 0},
					       {5 * GIB, 5 * GIB + 128 * MIB, 1, 0, 0}};
#define NORMAL_0 MMI_ZONE_NORMAL
#define DMA32_0  MMI_ZONE_DMA32
#define NORMAL_1 (MMI_NR_ZONES + MMI_ZONE_NORMAL)

static void open_small(struct alloc_fixture *f, struct mmi_platform *platform,
		       enum alloc_start start)
{
	static const int cpus[] = {0, 1};
	struct mmi_machine_spec spec = x86_spec(memory, ARRAY_NR(memory));

	spec.cpu_nids = cpus;
	spec.nr_cpus = ARRAY_NR(cpus);
	alloc_open(f, platform, &spec, start);
}

static bool may_take(struct alloc_fixture *f, unsigned gfp, enum mmi_mark mark, uint64_t nr_pages)
{
	struct mmi_request rq;

	assert_true(mmi_request_init(&rq, f->cpu, gfp, 0, -1, NULL));
	return mmi_request_may_take(&rq, NORMAL_0, mark, nr_pages);
}

/* More than the mark and the pages themselves must be free; 1000 and 600 pages are the marks. */
static void test_a_zone_gives_down_to_the_mark_and_no_further(void **state)
{
	struct alloc_fixture f;

	open_small(&f, *state, ALL_BOOTED);
	struct mmi_zone *zone = alloc_zone(&f, 0, MMI_ZONE_NORMAL);
	const uint64_t nr_free = zone->nr_free_pages;
	struct mmi_zone_figures *figures = &f.alloc->figures[NORMAL_0];
	const struct mmi_zone_figures as_they_were = *figures;
	*figures = (struct mmi_zone_figures){.min_pages = 600, .low_pages = 1000};
	figures->protection_pages[MMI_ZONE_MOVABLE] = 50;
	static const struct {
		unsigned gfp;
		enum mmi_mark mark;
		uint64_t floor;
	} cases[] = {
	    {MMI_GFP_KERNEL, MMI_MARK_LOW, 1000},
	    {MMI_GFP_KERNEL, MMI_MARK_MIN, 600},
	    {MMI_GFP_KERNEL | MMI_GFP_HIGH, MMI_MARK_LOW, 1000},
	    {MMI_GFP_KERNEL | MMI_GFP_HIGH, MMI_MARK_MIN, 300},
	    {MMI_GFP_KERNEL | MMI_GFP_MEMALLOC, MMI_MARK_LOW, 1000},
	    {MMI_GFP_MOVABLE, MMI_MARK_LOW, 1050},
	    {MMI_GFP_MOVABLE | MMI_GFP_HIGH, MMI_MARK_MIN, 350},
	};
	for (size_t i = 0; i < ARRAY_NR(cases); i++) {
		zone->nr_free_pages = cases[i].floor + 7;
		assert_false(may_take(&f, cases[i].gfp, cases[i].mark, 7));
		zone->nr_free_pages++;
		assert_true(may_take(&f, cases[i].gfp, cases[i].mark, 7));
	}
	/* Who frees memory may have the last page, but only when it comes to that. */
	zone->nr_free_pages = 0;
	assert_true(may_take(&f, MMI_GFP_KERNEL | MMI_GFP_MEMALLOC, MMI_MARK_MIN, 0));
	/* Pages that are still to come count for as many as are wanted. */
	zone->nr_missing_pages = 1;
	assert_true(may_take(&f, MMI_GFP_KERNEL, MMI_MARK_LOW, 1000));
	zone->nr_missing_pages = 0;
	zone->nr_free_pages = nr_free;
	*figures = as_they_were;
	alloc_close(&f);
}

static void test_what_no_machine_has_is_refused(void **state)
{
	struct mmi_request rq;
	struct alloc_fixture f;

	open_small(&f, *state, ALL_BOOTED);
	assert_true(mmi_request_init(&rq, f.cpu, MMI_GFP_KERNEL, 10, 0, NULL));
	assert_true(mmi_request_init(&rq, f.cpu, MMI_GFP_KERNEL, 0, 1, NULL));
	assert_false(mmi_request_init(&rq, f.cpu, MMI_GFP_KERNEL, 11, -1, NULL));
	assert_false(mmi_request_init(&rq, f.cpu, MMI_GFP_KERNEL, 0, 2, NULL));
	alloc_close(&f);
}

static void test_a_context_is_of_a_node_that_the_machine_has(void **state)
{
	static const struct mmi_spec_range ranges[] = {{4 * GIB, 4 * GIB + 128 * MIB, 3, 0, 0},
						       {5 * GIB, 5 * GIB + 128 * MIB, 5, 0, 0}};
	const struct mmi_machine_spec spec = x86_spec(ranges, ARRAY_NR(ranges));
	struct mmi_nodemask only_5 = {0};
	struct alloc_fixture f;
	struct mmi_cpu *cpu = NULL;

	alloc_open(&f, *state, &spec, ALL_BOOTED);
	assert_int_equal(mmi_cpu_create(f.alloc, 0, &cpu, NULL), -EINVAL);
	assert_int_equal(mmi_cpu_create(f.alloc, 4, &cpu, NULL), -EINVAL);
	assert_null(cpu);
	assert_int_equal(mmi_cpu_create(f.alloc, -1, &cpu, NULL), 0);
	assert_int_equal(cpu->node, 0);
	mmi_nodemask_add(&only_5, 5);
	assert_int_equal(mmi_cpu_allow(cpu, &only_5), 0);
	struct mmi_page *page = mmi_alloc_pages(cpu, MMI_GFP_KERNEL, 0, -1, NULL);
	assert_int_equal(mmi_flags_nid(page->flags), 5);
	mmi_free_pages(cpu, page, 0);
	mmi_cpu_destroy(cpu);
	alloc_close(&f);
}

/* Neither half of a context can be had: nothing is left of the other, and it is said how much was. */
static void test_a_context_without_memory_says_how_much_it_wanted(void **state)
{
	const size_t size_bytes =
	    sizeof(struct mmi_cpu) + 2 * MMI_NR_ZONES * sizeof(struct mmi_pcp);
	struct mmi_failing_platform failing;
	struct alloc_fixture f;
	char expected[60];

	mmi_failing_platform_init(&failing, *state, MMI_CALL_ALLOC, UINT64_MAX);
	open_small(&f, &failing.platform, ALL_BOOTED);
	mmi_format(expected, sizeof(expected), "a context of %zu bytes", size_bytes);
	for (uint64_t i = 0; i < 2; i++) {
		const int64_t nr_held = failing.nr_held;
		struct mmi_error err = {0};
		struct mmi_cpu *cpu = NULL;
		failing.number = failing.nr_calls + i;
		assert_int_equal(mmi_cpu_create(f.alloc, 0, &cpu, &err), -ENOMEM);
		assert_null(cpu);
		assert_non_null(strstr(err.text, expected));
		assert_int_equal(failing.nr_held, nr_held);
	}
	alloc_close(&f);
}

/* Refills, foreign blocks and growths are counted where they happen, and nowhere else. */
static void test_what_a_context_did_is_counted(void **state)
{
	struct alloc_fixture f;

	open_small(&f, *state, ALL_BOOTED);
	const struct mmi_cpu_stats *stats = mmi_cpu_stats(f.cpu);
	struct mmi_page *own = mmi_alloc_pages(f.cpu, MMI_GFP_KERNEL, 0, -1, NULL);
	assert_int_equal(stats->nr_allocs, 1);
	assert_int_equal(stats->nr_refills, 1);
	assert_int_equal(stats->nr_foreign, 0);
	struct mmi_page *next = mmi_alloc_pages(f.cpu, MMI_GFP_KERNEL, 0, -1, NULL);
	assert_int_equal(stats->nr_allocs, 2);
	assert_int_equal(stats->nr_refills, 1); /* from the list */
	/* The preferred zone has nothing to give. */
	struct mmi_zone *zone = alloc_zone(&f, 0, MMI_ZONE_NORMAL);
	const uint64_t nr_free = zone->nr_free_pages;
	zone->nr_free_pages = 0;
	struct mmi_page *foreign = mmi_alloc_pages(f.cpu, MMI_GFP_KERNEL, 0, 0, NULL);
	assert_int_equal(mmi_flags_zone(foreign->flags), MMI_ZONE_DMA32);
	assert_int_equal(stats->nr_foreign, 1);
	zone->nr_free_pages = nr_free;
	assert_int_equal(stats->nr_failed, 0);
	assert_int_equal(stats->nr_grows, 0);
	mmi_free_pages(f.cpu, own, 0);
	mmi_free_pages(f.cpu, next, 0);
	mmi_free_pages(f.cpu, foreign, 0);
	assert_int_equal(stats->nr_frees, 3);
	assert_int_equal(stats->nr_bad_frees, 0);
	alloc_close(&f);

	open_small(&f, *state, ON_DEMAND);
	stats = mmi_cpu_stats(f.cpu);
	own = mmi_alloc_pages(f.cpu, MMI_GFP_KERNEL, 0, -1, NULL);
	assert_int_equal(mmi_flags_zone(own->flags),
			 MMI_ZONE_NORMAL); /* begun anew, from the first */
	assert_int_equal(mmi_flags_nid(own->flags), 0);
	mmi_free_pages(f.cpu, own, 0);
	assert_int_equal(stats->nr_grows, 1);
	assert_int_equal(stats->nr_foreign, 0);
	/* Who may not wait does not grow either. */
	assert_null(
	    mmi_alloc_pages(f.cpu, MMI_GFP_KERNEL | MMI_GFP_NOWAIT | MMI_GFP_THISNODE, 0, 1, NULL));
	assert_int_equal(stats->nr_grows, 1);
	assert_int_equal(stats->nr_failed, 1);
	alloc_close(&f);
}

/* Memory that is still to come, and nobody who makes it, or nothing that could be made: the others are asked. */
static void test_where_nothing_grows_the_others_are_asked(void **state)
{
	struct alloc_fixture f;

	open_small(&f, *state, ALL_BOOTED);
	struct mmi_zone *zone = alloc_zone(&f, 0, MMI_ZONE_NORMAL);
	struct mmi_page *pages[32];
	for (size_t i = 0; i < ARRAY_NR(pages); i++)
		pages[i] = mmi_buddy_alloc_locked(zone, 10, MMI_MIGRATE_MOVABLE);
	assert_int_equal(zone->nr_free_pages, 0);
	struct mmi_deferred_run *const runs[] = {NULL, f.alloc->run};
	zone->nr_missing_pages = 1;
	for (size_t i = 0; i < ARRAY_NR(runs); i++) {
		f.alloc->run = runs[i];
		struct mmi_page *page = mmi_alloc_pages(f.cpu, MMI_GFP_KERNEL, 10, 0, NULL);
		assert_int_equal(mmi_flags_zone(page->flags), MMI_ZONE_DMA32);
		assert_int_equal(mmi_cpu_stats(f.cpu)->nr_grows, 0);
		mmi_free_pages(f.cpu, page, 10);
	}
	zone->nr_missing_pages = 0;
	for (size_t i = 0; i < ARRAY_NR(pages); i++)
		mmi_buddy_free_locked(zone, alloc_pfn(&f, pages[i]), 10);
	alloc_close(&f);
}

/* Notes what is initialised while all contexts are stopped, and when it may be. */
static struct {
	const struct mmi_platform_ops *serial;
	struct mmi_alloc *alloc;
	struct mmi_deferred_run *run; /* not the allocator's before the first stop */
	uint64_t nr_units_then;
	unsigned nr_stops;
} stop;

static void lock_and_offer(void *ctx, struct mmi_lock *lock)
{
	stop.serial->lock(ctx, lock);
	if (stop.alloc && lock == &stop.alloc->cpus_lock)
		stop.alloc->run = stop.run;
}

static void note_and_unlock(void *ctx, struct mmi_lock *lock)
{
	if (stop.alloc && lock == &stop.alloc->cpus_lock) {
		stop.nr_stops++;
		stop.nr_units_then = stop.run->grown.nr_units;
	}
	stop.serial->unlock(ctx, lock);
}

/* Who has stopped the others waits for nobody: more memory is made when they go on, but then it is. */
static void test_nothing_grows_while_all_contexts_are_stopped(void **state)
{
	const struct mmi_platform *serial = *state;
	struct mmi_platform_ops ops = *serial->ops;
	struct mmi_platform watched = {&ops, serial->ctx};
	struct alloc_fixture f;

	ops.lock = lock_and_offer;
	ops.unlock = note_and_unlock;
	memset(&stop, 0, sizeof(stop));
	stop.serial = serial->ops;
	open_small(&f, &watched, ON_DEMAND);
	stop.run = f.alloc->run;
	f.alloc->run = NULL;
	stop.alloc = f.alloc;
	struct mmi_page *page = mmi_alloc_pages(f.cpu, MMI_GFP_KERNEL, 0, 1, NULL);
	stop.alloc = NULL;
	assert_int_equal(stop.nr_stops, 1);
	assert_int_equal(stop.nr_units_then, 0);
	assert_non_null(page);
	assert_int_equal(mmi_flags_nid(page->flags), 1);
	assert_int_equal(mmi_cpu_stats(f.cpu)->nr_grows, 1);
	mmi_free_pages(f.cpu, page, 0);
	alloc_close(&f);
}

/* Where the list ends for a request, there it ends, whatever stands behind. */
static void test_no_zone_is_asked_behind_the_end_of_the_list(void **state)
{
	const struct mmi_nodemask none = {0};
	struct alloc_fixture f;
	struct mmi_request rq;

	open_small(&f, *state, ALL_BOOTED);
	/* N 0, DMA32 0, N 1: of node 0's list the first two are its own, and one is for DMA32. */
	assert_true(mmi_request_init(&rq, f.cpu, MMI_GFP_DMA32 | MMI_GFP_THISNODE, 0, 0, NULL));
	mmi_request_look_up(&rq);
	assert_int_equal(rq.nr_refs, 2);
	assert_int_equal(mmi_request_next(&rq, 0), 1);
	assert_int_equal(mmi_request_next(&rq, 2), 2);
	/* N 1, N 0, DMA32 0: the last list of all. */
	assert_true(mmi_request_init(&rq, f.cpu, MMI_GFP_KERNEL, 0, 1, &none));
	mmi_request_look_up(&rq);
	assert_int_equal(rq.nr_refs, 3);
	assert_int_equal(mmi_request_next(&rq, 0), 3);
	assert_null(mmi_alloc_pages(f.cpu, MMI_GFP_KERNEL, 0, 1, &none));
	alloc_close(&f);
}

/* A context of the first node alone, or of the last, or of none. */
static void test_one_node_of_the_machine_is_enough_to_allow(void **state)
{
	struct alloc_fixture f;

	open_small(&f, *state, ALL_BOOTED);
	for (int nid = 0; nid < 4; nid++) {
		struct mmi_nodemask mask = {0};
		mmi_nodemask_add(&mask, nid);
		assert_int_equal(mmi_cpu_allow(f.cpu, &mask), nid < 2 ? 0 : -EINVAL);
		struct mmi_page *page = mmi_alloc_pages(f.cpu, MMI_GFP_KERNEL, 0, -1, NULL);
		assert_int_equal(mmi_flags_nid(page->flags), nid < 2 ? nid : 1);
		mmi_free_pages(f.cpu, page, 0);
	}
	alloc_close(&f);
}

/* A zone with less than the block above its mark is passed over, whatever the size of the block. */
static void test_a_block_counts_with_all_its_pages(void **state)
{
	struct alloc_fixture f;

	open_small(&f, *state, ALL_BOOTED);
	struct mmi_zone *zone = alloc_zone(&f, 0, MMI_ZONE_NORMAL);
	const struct mmi_zone_figures *figures = &f.alloc->figures[NORMAL_0];
	const uint64_t nr_free = zone->nr_free_pages;
	const uint64_t floor = figures->low_pages + figures->protection_pages[MMI_ZONE_NORMAL];
	zone->nr_free_pages = floor + 1023;
	struct mmi_page *page = mmi_alloc_pages(f.cpu, MMI_GFP_KERNEL, 10, -1, NULL);
	assert_int_equal(mmi_flags_zone(page->flags), MMI_ZONE_DMA32);
	mmi_free_pages(f.cpu, page, 10);
	zone->nr_free_pages = floor + 1024;
	page = mmi_alloc_pages(f.cpu, MMI_GFP_KERNEL, 10, -1, NULL);
	assert_int_equal(mmi_flags_zone(page->flags), MMI_ZONE_NORMAL);
	mmi_free_pages(f.cpu, page, 10);
	zone->nr_free_pages += nr_free - floor - 1024;
	alloc_close(&f);
}

/* The short way is of one kind of request, of none with a node, and of zones of the own node. */
static void test_the_short_way_is_looked_up_for_its_kind_alone(void **state)
{
	const unsigned kinds[] = {MMI_GFP_KERNEL, MMI_GFP_MOVABLE, MMI_GFP_DMA32,
				  MMI_GFP_RECLAIMABLE};
	const int zones[] = {NORMAL_0, NORMAL_0, DMA32_0, NORMAL_0};
	struct alloc_fixture f;
	struct mmi_request rq;

	open_small(&f, *state, ALL_BOOTED);
	for (size_t i = 0; i < ARRAY_NR(kinds); i++) {
		struct mmi_shortcut *shortcut = &f.cpu->shortcuts[kinds[i] % MMI_GFP_KINDS];
		memset(f.cpu->shortcuts, 0, sizeof(f.cpu->shortcuts));
		for (int nid = 1; nid >= -1; nid--) {
			assert_int_equal(shortcut->generation, 0);
			assert_true(mmi_request_init(&rq, f.cpu, kinds[i], 0, nid, NULL));
			mmi_request_look_up(&rq);
			mmi_request_find_shortcut(&rq);
		}
		for (size_t k = 0; k < MMI_GFP_KINDS; k++)
			assert_int_equal(f.cpu->shortcuts[k].generation > 0,
					 k == kinds[i] % MMI_GFP_KINDS);
		assert_int_equal(shortcut->generation, f.alloc->generation);
		assert_ptr_equal(shortcut->pcp, &f.cpu->pcps[zones[i]]);
		assert_ptr_equal(shortcut->low_pages, &f.alloc->figures[zones[i]].low_pages);
	}
	/* Other nodes are allowed than before: what was looked up is forgotten. */
	assert_int_equal(mmi_cpu_allow(f.cpu, NULL), 0);
	for (size_t k = 0; k < MMI_GFP_KINDS; k++)
		assert_int_equal(f.cpu->shortcuts[k].generation, 0);
	/* Node 1 has no DMA32 of its own: the short way would lead to node 0. */
	struct mmi_cpu *cpu;
	assert_int_equal(mmi_cpu_create(f.alloc, 1, &cpu, NULL), 0);
	assert_true(mmi_request_init(&rq, cpu, MMI_GFP_DMA32, 0, -1, NULL));
	mmi_request_look_up(&rq);
	mmi_request_find_shortcut(&rq);
	assert_int_equal(cpu->shortcuts[MMI_GFP_DMA32 % MMI_GFP_KINDS].generation, 0);
	assert_true(mmi_request_init(&rq, cpu, MMI_GFP_KERNEL, 0, -1, NULL));
	mmi_request_look_up(&rq);
	mmi_request_find_shortcut(&rq);
	assert_ptr_equal(cpu->shortcuts[MMI_GFP_KERNEL % MMI_GFP_KINDS].pcp, &cpu->pcps[NORMAL_1]);
	mmi_cpu_destroy(cpu);
	alloc_close(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    serial_test(test_a_zone_gives_down_to_the_mark_and_no_further),
	    serial_test(test_what_no_machine_has_is_refused),
	    serial_test(test_a_context_is_of_a_node_that_the_machine_has),
	    serial_test(test_a_context_without_memory_says_how_much_it_wanted),
	    serial_test(test_what_a_context_did_is_counted),
	    serial_test(test_where_nothing_grows_the_others_are_asked),
	    serial_test(test_nothing_grows_while_all_contexts_are_stopped),
	    serial_test(test_no_zone_is_asked_behind_the_end_of_the_list),
	    serial_test(test_one_node_of_the_machine_is_enough_to_allow),
	    serial_test(test_a_block_counts_with_all_its_pages),
	    serial_test(test_the_short_way_is_looked_up_for_its_kind_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
