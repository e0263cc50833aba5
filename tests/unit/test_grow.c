/* SPDX-License-Identifier: MIT */
/* Memory initialised on demand: what grows, what must not, and that it ends. */
#include "alloc_fixture.h"
#include "lock_watch.h"

#include <errno.h>

#include "deferred/claims.h"

#define SECTION_PAGES 0x8000ull

/* DMA, DMA32 and NORMAL on node 0, NORMAL on node 1; 128 MiB sections. */
static const struct mmi_spec_range memory[] = {
    {MIB, 2 * GIB, 0, 0, 0}, {4 * GIB, 5 * GIB, 0, 0, 0}, {5 * GIB, 6 * GIB, 1, 0, 0}};

static void open_on_demand(struct alloc_fixture *f, struct mmi_platform *platform)
{
	const struct mmi_machine_spec spec = x86_spec(memory, ARRAY_NR(memory));

	alloc_open(f, platform, &spec, ON_DEMAND);
}

static uint64_t count_sections(const struct alloc_fixture *f, enum mmi_section_state state)
{
	const struct mmi_memmap *map = &f->system->mem.map;
	uint64_t nr = 0;

	for (uint64_t i = 0; i < map->nr_sections; i++)
		nr += map->sections[i].state == state;
	return nr;
}

static enum mmi_section_state state_of(const struct alloc_fixture *f, uint64_t address)
{
	return mmi_pfn_section(&f->system->mem.map, address >> 12)->state;
}

static void test_nothing_is_initialised_until_it_is_asked_for(void **state)
{
	struct alloc_fixture f;

	open_on_demand(&f, *state);
	assert_int_equal(count_sections(&f, MMI_SECTION_READY), 0);
	assert_int_equal(alloc_nr_managed(&f), 0);
	struct mmi_page *page = mmi_alloc_pages(f.cpu, MMI_GFP_KERNEL, 0, 0, NULL);
	assert_non_null(page);
	assert_int_equal(count_sections(&f, MMI_SECTION_READY), 1);
	assert_int_equal(alloc_nr_managed(&f), SECTION_PAGES);
	assert_int_equal(f.system->run.grown.nr_units, 1);
	/* The last of the zone that was wanted, to the section's borders and no further. */
	assert_int_equal(state_of(&f, 5 * GIB - 1), MMI_SECTION_READY);
	assert_int_equal(alloc_pfn(&f, page) / SECTION_PAGES, (5 * GIB >> 12) / SECTION_PAGES - 1);
	mmi_free_pages(f.cpu, page, 0);
	alloc_close(&f);
}

/* facts: growing past the end of the zone. */
static void test_growing_stays_in_the_zone_that_was_wanted(void **state)
{
	struct alloc_fixture f;
	uint64_t nr_pages = 0;

	open_on_demand(&f, *state);
	struct mmi_zone *normal = alloc_zone(&f, 0, MMI_ZONE_NORMAL);
	while (mmi_deferred_grow(&f.system->run, normal) == MMI_GREW)
		assert_int_equal(normal->nr_managed_pages, nr_pages += SECTION_PAGES);
	assert_int_equal(normal->nr_managed_pages, normal->nr_present_pages);
	assert_int_equal(alloc_nr_managed(&f), normal->nr_managed_pages);
	/* A zone below the node's last, whose units no worker's end reaches: DMA alone. */
	assert_int_equal(mmi_deferred_grow(&f.system->run, alloc_zone(&f, 0, MMI_ZONE_DMA)),
			 MMI_GREW);
	assert_int_equal(state_of(&f, MIB), MMI_SECTION_READY);
	assert_int_equal(state_of(&f, 128 * MIB), MMI_SECTION_PRESENT);
	assert_int_equal(mmi_deferred_grow(&f.system->run, alloc_zone(&f, 0, MMI_ZONE_DMA32)),
			 MMI_GREW);
	assert_int_equal(state_of(&f, 2 * GIB - 1), MMI_SECTION_READY);
	assert_int_equal(alloc_zone(&f, 1, MMI_ZONE_NORMAL)->nr_managed_pages, 0);
	alloc_close(&f);
}

/* facts: "grew" with nothing left is an endless loop in the allocator. */
static void test_growing_with_nothing_left_says_so(void **state)
{
	struct alloc_fixture f;

	open_on_demand(&f, *state);
	mmi_system_finish(f.system);
	assert_int_equal(count_sections(&f, MMI_SECTION_PRESENT), 0);
	for (int nid = 0; nid < 2; nid++)
		for (int z = 0; z < MMI_NR_ZONES; z++)
			assert_int_equal(mmi_deferred_grow(&f.system->run, alloc_zone(&f, nid, z)),
					 MMI_GROW_NOTHING);
	assert_int_equal(f.system->run.grown.nr_units, 0);
	assert_null(mmi_alloc_pages(f.cpu, MMI_GFP_DMA | MMI_GFP_THISNODE, 0, 1, NULL));
	alloc_close(&f);
}

/* A thread that has all units in flight lands while another waits for it. */
static struct {
	struct mmi_claims *claims;
	uint32_t nr_waits;
	struct mmi_growth_event event;
} others;

static void land_while_waiting(void *ctx, const uint32_t *word, uint32_t value)
{
	(void)ctx;
	assert_ptr_equal(word, &others.claims->progress);
	assert_int_equal(value, others.claims->progress);
	assert_int_equal(others.claims->nr_sleepers, 1);
	assert_int_equal(others.claims->nr_waiters, 1);
	others.claims->progress++;
	others.nr_waits++;
}

static void note_growth(void *user, const struct mmi_growth_event *event)
{
	assert_ptr_equal(user, &others);
	others.event = *event;
}

static void test_who_grows_and_who_waits_is_told(void **state)
{
	const struct mmi_platform *serial = *state;
	struct mmi_platform_ops ops = *serial->ops;
	struct mmi_platform platform = {&ops, serial->ctx};
	const struct mmi_machine_spec spec = x86_spec(memory, ARRAY_NR(memory));
	const struct mmi_system_options options = {
	    .plan.nothing_early = true, .run = {.on_growth = note_growth, .growth_user = &others}};
	struct mmi_machine *machine = make_machine(&platform, &spec);
	struct mmi_system *system;
	struct mmi_pfn_range unit;

	ops.wait = land_while_waiting;
	assert_int_equal(mmi_system_create(machine, &options, &system, NULL), 0);
	assert_int_equal(mmi_system_start(system, NULL), 0);
	struct mmi_zone *zone = mmi_mem_zone(&system->mem, 1, MMI_ZONE_NORMAL);
	others.claims = system->run.claims;
	assert_int_equal(mmi_deferred_grow(&system->run, zone), MMI_GREW);
	assert_false(others.event.waited);
	assert_int_equal(others.event.start_pfn, (6 * GIB >> 12) - SECTION_PAGES);
	assert_int_equal(others.event.end_pfn, 6 * GIB >> 12);
	assert_int_equal(others.event.nid, 1);
	while (mmi_claims_take_unit(others.claims, zone, &unit))
		;
	assert_int_equal(others.claims->nr_in_flight, 7);
	assert_int_equal(mmi_deferred_grow(&system->run, zone), MMI_GREW);
	assert_int_equal(others.nr_waits, 1);
	assert_true(others.event.waited);
	assert_int_equal(others.event.start_pfn, 0);
	assert_int_equal(others.event.end_pfn, 0);
	assert_int_equal(system->run.grown.nr_waits, 1);
	assert_int_equal(others.claims->nr_sleepers, 0);
	assert_int_equal(others.claims->nr_waiters, 0);
	/* With nothing in flight there is nothing to wait for. */
	for (int i = 0; i < 7; i++)
		mmi_claims_end(others.claims);
	assert_int_equal(mmi_deferred_grow(&system->run, zone), MMI_GROW_NOTHING);
	assert_int_equal(others.nr_waits, 1);
	mmi_system_destroy(system);
	mmi_machine_destroy(machine);
}

/* Pages that never come (a strategy that forgets some) are not waited for. */
static void skip_first_block(struct mmi_worker *worker, uint64_t start_pfn, uint64_t end_pfn)
{
	const struct mmi_deferred_ops *engine = mmi_deferred_engine();

	if (start_pfn % SECTION_PAGES)
		engine->free_range(worker, start_pfn, end_pfn);
}

static void test_memory_that_never_comes_is_not_waited_for(void **state)
{
	const struct mmi_machine_spec spec = x86_spec(memory, ARRAY_NR(memory));
	struct mmi_deferred_ops forgetful = *mmi_deferred_engine();
	const struct mmi_system_options options = {.plan.nothing_early = true,
						   .run.ops = &forgetful};
	struct alloc_fixture f = {.machine = make_machine(*state, &spec)};
	uint64_t nr_pages = 0;

	forgetful.free_range = skip_first_block;
	assert_int_equal(mmi_system_create(f.machine, &options, &f.system, NULL), 0);
	assert_int_equal(mmi_system_start(f.system, NULL), 0);
	f.alloc = mmi_system_alloc(f.system, NULL);
	assert_int_equal(mmi_cpu_create(f.alloc, 1, &f.cpu, NULL), 0);
	while (mmi_alloc_pages(f.cpu, MMI_GFP_THISNODE | MMI_GFP_MEMALLOC, 10, 1, NULL))
		nr_pages += 1024;
	assert_int_equal(nr_pages, (GIB >> 12) - 8 * 1024);
	assert_int_equal(alloc_zone(&f, 1, MMI_ZONE_NORMAL)->nr_missing_pages, 8 * 1024);
	alloc_close(&f);
}

static void test_no_request_fails_while_the_machine_has_memory(void **state)
{
	struct alloc_fixture f;
	uint64_t nr_pages = 0;

	open_on_demand(&f, *state);
	while (mmi_alloc_pages(f.cpu, MMI_GFP_KERNEL | MMI_GFP_MEMALLOC, 0, 0, NULL))
		nr_pages++;
	assert_int_equal(nr_pages, (2 * GIB - MIB + 2 * GIB) >> 12);
	assert_int_equal(count_sections(&f, MMI_SECTION_PRESENT), 0);
	assert_int_equal(alloc_nr_free(&f), 0);
	alloc_close(&f);
}

/* By the rules of 2017 to 2022 managed pages count, and those that are still to come among them. */
static void test_a_zone_that_is_half_initialised_is_listed(void **state)
{
	static const struct mmi_spec_range two_sections = {4 * GIB, 4 * GIB + 256 * MIB, 0, 0, 0};
	struct mmi_machine_spec spec = x86_spec(&two_sections, 1);
	struct mmi_zoneref refs[2];
	struct alloc_fixture f;

	spec.linux_version = MMI_LINUX_5_16;
	alloc_open(&f, *state, &spec, ON_DEMAND);
	struct mmi_zone *zone = alloc_zone(&f, 0, MMI_ZONE_NORMAL);
	for (uint64_t nr_sections = 0; nr_sections <= 2; nr_sections++) {
		assert_int_equal(zone->nr_managed_pages, nr_sections * SECTION_PAGES);
		assert_int_equal(zone->nr_missing_pages, (2 - nr_sections) * SECTION_PAGES);
		assert_int_equal(mmi_zonelists_rebuild(f.alloc), 0);
		assert_int_equal(mmi_alloc_zonelist(f.alloc, 0, true, refs, 2), 1);
		mmi_deferred_grow(&f.system->run, zone);
	}
	alloc_close(&f);
}

static void test_bulk_and_large_orders_grow_what_they_need(void **state)
{
	enum { NR = 40000 }; /* more than a section has */
	static struct mmi_page *array[NR];
	struct alloc_fixture f;

	open_on_demand(&f, *state);
	struct mmi_page *page = mmi_alloc_pages(f.cpu, MMI_GFP_KERNEL, 10, 1, NULL);
	assert_non_null(page);
	assert_int_equal(count_sections(&f, MMI_SECTION_READY), 1);
	assert_int_equal(mmi_alloc_pages_bulk(f.cpu, MMI_GFP_KERNEL, 0, NULL, NR, array), NR);
	assert_int_equal(count_sections(&f, MMI_SECTION_READY), 3);
	mmi_free_pages_bulk(f.cpu, array, NR);
	mmi_free_pages(f.cpu, page, 10);
	alloc_close(&f);
}

static void test_who_may_not_wait_initialises_nothing(void **state)
{
	struct alloc_fixture f;

	open_on_demand(&f, *state);
	assert_null(mmi_alloc_pages(f.cpu, MMI_GFP_NOWAIT, 0, 0, NULL));
	assert_int_equal(count_sections(&f, MMI_SECTION_READY), 0);
	struct mmi_page *page = mmi_alloc_pages(f.cpu, MMI_GFP_KERNEL, 0, 0, NULL);
	mmi_free_pages(f.cpu, page, 0);
	page = mmi_alloc_pages(f.cpu, MMI_GFP_NOWAIT, 3, 0, NULL);
	assert_non_null(page); /* what is there may be had */
	mmi_free_pages(f.cpu, page, 3);
	alloc_close(&f);
}

/* Workers come after growers, and find what these have left. */
static void test_workers_do_what_growers_have_left(void **state)
{
	const struct mmi_machine_spec spec = x86_spec(memory, ARRAY_NR(memory));
	struct alloc_fixture f;

	alloc_open(&f, *state, &spec, ON_DEMAND);
	struct mmi_deferred_run *run = &f.system->run;
	/* From the tail, from the middle of the group, and from the next node. */
	mmi_deferred_grow(run, alloc_zone(&f, 0, MMI_ZONE_NORMAL));
	mmi_deferred_grow(run, alloc_zone(&f, 0, MMI_ZONE_DMA32));
	mmi_deferred_grow(run, alloc_zone(&f, 0, MMI_ZONE_DMA));
	mmi_deferred_grow(run, alloc_zone(&f, 1, MMI_ZONE_NORMAL));
	assert_int_equal(run->nr_workers, 2);
	uint64_t nr_units = run->grown.nr_units;
	assert_int_equal(nr_units, 4);
	mmi_system_finish(f.system);
	for (unsigned i = 0; i < run->nr_workers; i++)
		nr_units += run->workers[i].nr_units;
	assert_int_equal(nr_units, 32); /* 4 GiB of 128 MiB sections, each once */
	assert_int_equal(alloc_nr_managed(&f), f.machine->nr_present_pages);
	alloc_close(&f);
}

/* A section that two nodes share is grown for either of them, once. */
static void test_a_section_of_two_nodes_is_grown_for_either(void **state)
{
	const struct mmi_spec_range shared[] = {
	    {4 * GIB, 4 * GIB + 192 * MIB, 0, 0, 0},
	    {4 * GIB + 192 * MIB, 4 * GIB + 256 * MIB, 1, 0, 0}};
	const struct mmi_machine_spec spec = x86_spec(shared, ARRAY_NR(shared));
	struct alloc_fixture f;

	alloc_open(&f, *state, &spec, ON_DEMAND);
	struct mmi_page *page = mmi_alloc_pages(f.cpu, MMI_GFP_THISNODE, 0, 1, NULL);
	assert_non_null(page);
	assert_int_equal(mmi_flags_nid(page->flags), 1);
	assert_int_equal(f.system->run.grown.nr_units, 1);
	assert_int_equal(alloc_zone(&f, 0, MMI_ZONE_NORMAL)->nr_managed_pages, 64 * MIB >> 12);
	mmi_free_pages(f.cpu, page, 0);
	alloc_close(&f);
}

/* facts: sleeping while the node's resize lock is held. */
static void test_nobody_sleeps_with_a_lock_held(void **state)
{
	lock_watch_begin(*state);
	assert_int_equal(lock_watch_grow(), MMI_GREW);
	assert_int_equal(lock_watch.system->run.grown.nr_waits, lock_watch.nr_waits);
	lock_watch_end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    serial_test(test_nothing_is_initialised_until_it_is_asked_for),
	    serial_test(test_growing_stays_in_the_zone_that_was_wanted),
	    serial_test(test_growing_with_nothing_left_says_so),
	    serial_test(test_who_grows_and_who_waits_is_told),
	    serial_test(test_memory_that_never_comes_is_not_waited_for),
	    serial_test(test_no_request_fails_while_the_machine_has_memory),
	    serial_test(test_a_zone_that_is_half_initialised_is_listed),
	    serial_test(test_bulk_and_large_orders_grow_what_they_need),
	    serial_test(test_who_may_not_wait_initialises_nothing),
	    serial_test(test_workers_do_what_growers_have_left),
	    serial_test(test_a_section_of_two_nodes_is_grown_for_either),
	    serial_test(test_nobody_sleeps_with_a_lock_held),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
