/* SPDX-License-Identifier: MIT */
/* Taking back in bulk: which pages stay on the context's lists, which go to their zone, and how. */
#include "alloc_fixture.h"
#include "list_blocks.h"

#include "page_alloc/alloc_cpu.h"
#include "zone/buddy.h"

#define DMA_0    MMI_ZONE_DMA
#define DMA32_0  MMI_ZONE_DMA32
#define NORMAL_0 MMI_ZONE_NORMAL
#define NORMAL_1 (MMI_NR_ZONES + MMI_ZONE_NORMAL)
#define MOVABLE  MMI_MIGRATE_MOVABLE

#define DMA32_PFN   4096ull         /* where it begins; DMA ends */
#define SECTION_PFN 32768ull        /* where a section ends */
#define NORMAL_PFN  (4 * GIB >> 12) /* of node 0 */
#define MOST_SLOTS  2048

/* DMA, two sections of DMA32 and of NORMAL on node 0, one of NORMAL on node 1. */
static const struct mmi_spec_range memory[] = {{MIB, 256 * MIB, 0, 0, 0},
					       {4 * GIB, 4 * GIB + 256 * MIB, 0, 0, 0},
					       {5 * GIB, 5 * GIB + 128 * MIB, 1, 0, 0}};

/* Its slots are the program's: a sanitizer sees what lies around them. */
static struct {
	struct alloc_fixture f;
	struct mmi_platform_ops ops;
	struct mmi_platform platform;
	void (*lock)(void *ctx, struct mmi_lock *lock);
	unsigned nr_zone_locks;
	struct mmi_page **slots;
	uint64_t next_pfn; /* of node 0's NORMAL */
} bed;

static void counting_lock(void *ctx, struct mmi_lock *lock)
{
	bed.nr_zone_locks += lock->rank == MMI_LOCK_ZONE;
	bed.lock(ctx, lock);
}

static void open_bed(const struct mmi_platform *serial)
{
	const struct mmi_machine_spec spec = x86_spec(memory, ARRAY_NR(memory));

	bed.ops = *serial->ops;
	bed.lock = bed.ops.lock;
	bed.ops.lock = counting_lock;
	bed.platform = (struct mmi_platform){&bed.ops, serial->ctx};
	alloc_open(&bed.f, &bed.platform, &spec, ALL_BOOTED);
	bed.next_pfn = NORMAL_PFN;
	bed.slots = calloc(MOST_SLOTS, sizeof(struct mmi_page *));
}

/* Every page came back, and lies where it belongs. */
static void close_bed(void)
{
	free(bed.slots);
	alloc_check_sound(&bed.f);
	mmi_cpu_drain(bed.f.cpu);
	for (size_t i = 0; i < mmi_nr_zones(bed.f.alloc->mem); i++)
		assert_int_equal(bed.f.cpu->pcps[i].nr_taken_pages, 0);
	alloc_close(&bed.f);
}

static struct mmi_pcp *pcp_of(size_t number)
{
	return &bed.f.cpu->pcps[number];
}

static struct mmi_zone *zone_of(size_t number)
{
	return mmi_numbered_zone(bed.f.alloc->mem, number);
}

static uint32_t nr_listed(size_t number, enum mmi_migratetype type)
{
	return list_nr_blocks(&pcp_of(number)->lists[type][0]);
}

/* The context's lists of a zone, empty, hold @high pages and move @batch. */
static void set_figures(size_t number, uint64_t batch, uint64_t high)
{
	struct mmi_zone_figures *figures = &bed.f.alloc->figures[number];

	figures->pcp_batch = batch;
	figures->pcp_high = high;
	mmi_pcp_drain(pcp_of(number), zone_of(number));
	mmi_pcp_fit(pcp_of(number), zone_of(number), figures);
}

static unsigned smaller(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

/* The context does not know any more where it freed to: the next page goes the long way. */
static void forget_last_zone(void)
{
	bed.f.cpu->freed_pcp = bed.f.cpu->pcps;
	bed.f.cpu->freed_zone_bits = 0;
	bed.f.cpu->freed_type = 0;
	bed.f.cpu->freed_lists = bed.f.cpu->pcps->lists[0];
}

/* The last page was freed to the zone of @page: the next one that fits goes the short way. */
static void know_last_zone(struct mmi_page *page)
{
	const size_t number = mmi_page_zone_number(bed.f.alloc, page);

	mmi_cpu_free_to(bed.f.cpu, pcp_of(number), page);
}

/* The free block of order 10 at @pfn is handed out, page by page. */
static struct mmi_page *take_block(size_t number, uint64_t pfn)
{
	struct mmi_page *page = mmi_pfn_page(&bed.f.system->mem.map, pfn);

	assert_true(mmi_page_is_buddy(page));
	assert_int_equal(page->private_data, 10);
	mmi_buddy_take_locked(zone_of(number), page, 10, 10, MOVABLE);
	for (unsigned i = 0; i < 1024; i++)
		mmi_page_set_count(&page[i], 1);
	pcp_of(number)->nr_taken_pages += 1024;
	return page;
}

/* A block that was never taken before: its pageblocks are as they were made. */
static struct mmi_page *take_next_block(void)
{
	bed.next_pfn += 1024;
	return take_block(NORMAL_0, bed.next_pfn - 1024);
}

static void set_pageblock(struct mmi_page *page, enum mmi_migratetype type)
{
	mmi_pageblock_set_type(&bed.f.system->mem.map, alloc_pfn(&bed.f, page), type);
}

/* The first slots hold @nr pages from @page on. */
static void fill(struct mmi_page *page, unsigned nr)
{
	for (unsigned i = 0; i < nr; i++)
		bed.slots[i] = &page[i];
}

static void free_slots(unsigned nr)
{
	bed.nr_zone_locks = 0;
	mmi_free_pages_bulk(bed.f.cpu, bed.slots, (int)nr);
	for (unsigned i = 0; i < nr; i++)
		assert_null(bed.slots[i]);
}

static void free_run(struct mmi_page *page, unsigned nr)
{
	fill(page, nr);
	free_slots(nr);
	for (unsigned i = 0; i < nr; i++)
		assert_int_equal(page[i].refcount, 0);
}

/* Those of a block that are handed out still, one by one. */
static void free_rest(struct mmi_page *page, unsigned nr)
{
	for (unsigned i = 0; i < nr; i++)
		if (page[i].refcount == 1)
			mmi_free_pages(bed.f.cpu, &page[i], 0);
}

/* Lists are of pages of their pageblocks' type. */
static void hold_list_types(size_t number)
{
	for (unsigned type = 0; type < MMI_PCP_TYPES; type++) {
		const struct mmi_pcp_list *list = &pcp_of(number)->lists[type][0];
		struct mmi_page *page;
		for (uint32_t i = 0; (page = list_block(list, 0, i)) != NULL; i++)
			assert_int_equal(
			    mmi_pageblock_type(&bed.f.system->mem.map, alloc_pfn(&bed.f, page)),
			    type);
	}
	alloc_check_sound(&bed.f);
}

/* 40 of 100 pages lie on the lists already; a batch is 8 pages, or one. */
static void test_what_fits_stays_and_a_longer_run_goes_to_the_zone(void **state)
{
	static const struct {
		unsigned batch, nr, nr_listed, nr_to_zone, nr_flushes, nr_locks;
	} cases[] = {
	    {8, 1, 41, 0, 0, 0},   {8, 60, 100, 0, 0, 0}, {8, 61, 93, 8, 1, 1},
	    {8, 68, 100, 8, 1, 1}, {8, 69, 32, 77, 1, 2}, {8, 512, 32, 520, 1, 2},
	    {1, 61, 100, 1, 1, 1}, {1, 62, 39, 63, 1, 2},
	};

	open_bed(*state);
	const struct mmi_cpu_stats *stats = mmi_cpu_stats(bed.f.cpu);
	for (size_t i = 0; i < 2 * ARRAY_NR(cases); i++) {
		const size_t c = i / 2;
		set_figures(NORMAL_0, cases[c].batch, 100);
		struct mmi_page *page = take_block(NORMAL_0, NORMAL_PFN);
		const uint64_t nr_flushes = stats->nr_flushes;
		const uint64_t nr_free = zone_of(NORMAL_0)->nr_free_pages;
		free_run(page, 40);
		assert_int_equal(bed.nr_zone_locks, 0);
		assert_int_equal(nr_listed(NORMAL_0, MOVABLE), 40);
		if (i % 2)
			forget_last_zone();
		free_run(page + 512, cases[c].nr);
		assert_int_equal(nr_listed(NORMAL_0, MOVABLE), cases[c].nr_listed);
		assert_int_equal(zone_of(NORMAL_0)->nr_free_pages, nr_free + cases[c].nr_to_zone);
		assert_int_equal(stats->nr_flushes, nr_flushes + cases[c].nr_flushes);
		assert_int_equal(bed.nr_zone_locks, cases[c].nr_locks);
		hold_list_types(NORMAL_0);
		free_rest(page, 1024);
		mmi_cpu_drain(bed.f.cpu);
	}
	assert_int_equal(stats->nr_bad_frees, 0);
	close_bed();
}

static void test_lists_without_pages_are_not_flushed(void **state)
{
	open_bed(*state);
	set_figures(NORMAL_0, 8, 100);
	struct mmi_page *page = take_block(NORMAL_0, NORMAL_PFN);
	free_run(page, 512);
	assert_int_equal(nr_listed(NORMAL_0, MOVABLE), 0);
	assert_int_equal(mmi_cpu_stats(bed.f.cpu)->nr_flushes, 0);
	free_rest(page, 1024);
	close_bed();
}

static void test_pages_lie_on_the_list_in_the_order_in_which_they_came(void **state)
{
	open_bed(*state);
	set_figures(NORMAL_0, 8, 100);
	struct mmi_page *page = take_block(NORMAL_0, NORMAL_PFN);
	for (unsigned i = 0; i < 60; i++)
		bed.slots[i] = page + (i < 20 ? 40 + i : i < 40 ? i - 20 : 39 + 40 - i);
	free_slots(60);
	assert_int_equal(nr_listed(NORMAL_0, MOVABLE), 60);
	for (unsigned i = 0; i < 60; i++)
		assert_ptr_equal(list_block(&pcp_of(NORMAL_0)->lists[MOVABLE][0], 0, i),
				 page + (i < 20   ? 40 + i
					 : i < 40 ? i - 20
						  : 39 + 40 - i));
	free_rest(page, 1024);
	close_bed();
}

/* 1023 pages on each side of the border; the first half fits to the page, the second then does not. */
static void test_a_run_ends_with_its_section(void **state)
{
	open_bed(*state);
	set_figures(DMA32_0, 8, 1023);
	struct mmi_page *page = take_block(DMA32_0, SECTION_PFN - 1024);
	take_block(DMA32_0, SECTION_PFN);
	free_run(page + 1, 2046);
	assert_int_equal(nr_listed(DMA32_0, MOVABLE), 1023 - 8);
	assert_int_equal(bed.nr_zone_locks, 2); /* a batch, and the second run */
	hold_list_types(DMA32_0);
	free_rest(page, 2048);
	mmi_cpu_drain(bed.f.cpu);
	/* Without room for either: each goes under the lock once. */
	set_figures(DMA32_0, 8, 100);
	take_block(DMA32_0, SECTION_PFN - 1024);
	take_block(DMA32_0, SECTION_PFN);
	free_run(page, 2048);
	assert_int_equal(bed.nr_zone_locks, 2);
	assert_int_equal(nr_listed(DMA32_0, MOVABLE), 0);
	close_bed();
}

static void test_a_run_ends_with_its_zone(void **state)
{
	open_bed(*state);
	for (unsigned i = 0; i < 4; i++) {
		const bool fits = i < 2;
		set_figures(DMA_0, 8, fits ? 300 : 50);
		set_figures(DMA32_0, 8, fits ? 300 : 50);
		struct mmi_page *page = take_block(DMA_0, DMA32_PFN - 1024);
		take_block(DMA32_0, DMA32_PFN);
		const uint64_t nr_free = zone_of(DMA_0)->nr_free_pages;
		if (i % 2)
			know_last_zone(page);
		else
			forget_last_zone();
		free_run(page + 924, 200);
		assert_int_equal(bed.nr_zone_locks, fits ? 0 : 2);
		assert_int_equal(nr_listed(DMA_0, MOVABLE), fits ? 100 : 0);
		assert_int_equal(nr_listed(DMA32_0, MOVABLE), fits ? 100 : 0);
		assert_int_equal(zone_of(DMA_0)->nr_free_pages, nr_free + (fits ? 0 : 100));
		hold_list_types(DMA_0);
		hold_list_types(DMA32_0);
		free_rest(page, 2048);
		mmi_cpu_drain(bed.f.cpu);
	}
	close_bed();
}

/* The second pageblock of a block has another type: the run's parts go onto a list each. */
static void test_a_run_is_listed_by_the_types_of_its_pageblocks(void **state)
{
	static const unsigned starts[] = {0, 301, 302, 511, 512, 813};

	open_bed(*state);
	for (size_t i = 0; i < 2 * ARRAY_NR(starts); i++) {
		const unsigned start = starts[i / 2];
		const unsigned nr = smaller(1024 - start, 600);
		const unsigned nr_first = start < 512 ? smaller(512 - start, nr) : 0;
		set_figures(NORMAL_0, 8, 700);
		struct mmi_page *page = take_next_block();
		set_pageblock(page + 512, MMI_MIGRATE_RECLAIMABLE);
		if (i % 2)
			know_last_zone(page);
		else
			forget_last_zone();
		free_run(page + start, nr);
		assert_int_equal(bed.nr_zone_locks, 0);
		assert_int_equal(nr_listed(NORMAL_0, MOVABLE), nr_first);
		assert_int_equal(nr_listed(NORMAL_0, MMI_MIGRATE_RECLAIMABLE), nr - nr_first);
		hold_list_types(NORMAL_0);
		free_rest(page, 1024);
	}
	close_bed();
}

/* Of HIGHATOMIC, CMA and ISOLATE pageblocks there are no lists: the rest of the run goes to the zone. */
static void test_what_no_list_is_for_goes_to_the_zone(void **state)
{
	open_bed(*state);
	for (unsigned i = 0; i < 6; i++) {
		struct mmi_zone *zone = zone_of(NORMAL_0);
		set_figures(NORMAL_0, 8, 700);
		struct mmi_page *page = take_next_block();
		set_pageblock(page + 512, MMI_MIGRATE_HIGHATOMIC + i / 2);
		const uint64_t nr_free = zone->nr_free_pages + zone->nr_isolated_pages;
		if (i % 2)
			know_last_zone(page);
		else
			forget_last_zone();
		free_run(page + 413, 300);
		assert_int_equal(nr_listed(NORMAL_0, MOVABLE), 99);
		assert_int_equal(pcp_of(NORMAL_0)->nr_pages, 99);
		assert_int_equal(bed.nr_zone_locks, 1);
		assert_int_equal(zone->nr_free_pages + zone->nr_isolated_pages, nr_free + 201);
		for (unsigned n = 0; n < 1024; n++)
			assert_int_equal(page[n].refcount, n < 413 || n >= 713);
		hold_list_types(NORMAL_0);
		free_rest(page, 1024);
	}
	close_bed();
}

/*
 * Of 64 pages in the slots, which lie one behind the other, 20 are given back, or all of these but
 * the one that is not there: the other 44 stay what and where they are.
 */
static void hold_count(unsigned start, unsigned high, bool is_known, unsigned empty)
{
	set_figures(NORMAL_0, 8, high);
	struct mmi_page *page = take_next_block();
	set_pageblock(page + 512, MMI_MIGRATE_RECLAIMABLE);
	if (is_known)
		know_last_zone(page);
	else
		forget_last_zone();
	fill(page + start, 64);
	bed.slots[empty] = NULL;
	free_slots(20);
	for (unsigned i = 0; i < 64; i++)
		assert_int_equal(page[start + i].refcount, i == empty || i >= 20);
	for (unsigned i = 20; i < 64; i++)
		if (i != empty)
			assert_ptr_equal(bed.slots[i], page + start + i);
	hold_list_types(NORMAL_0);
	free_rest(page, 1024);
}

static void test_no_more_are_taken_back_than_are_given(void **state)
{
	static const unsigned starts[] = {1, 500}, highs[] = {700, 10}, empties[] = {0, 5, 40};

	open_bed(*state);
	for (unsigned i = 0; i < 24; i++)
		hold_count(starts[i % 2], highs[i / 2 % 2], i / 4 % 2, empties[i / 8]);
	close_bed();
}

/* Ends runs, and is refused: what is free already, reserved, shared, or a driver's. */
static void spoil(struct mmi_page *page, unsigned how)
{
	if (how < 2)
		page->refcount = how ? 2 : 0;
	else if (how == 2)
		page->flags |= MMI_PG_RESERVED;
	else
		page->mapping = 1;
}

static void test_what_is_not_handed_out_is_refused_and_nothing_else(void **state)
{
	open_bed(*state);
	const struct mmi_cpu_stats *stats = mmi_cpu_stats(bed.f.cpu);
	for (unsigned i = 0; i < 16; i++) {
		const bool fits = i & 1;
		set_figures(NORMAL_0, 8, fits ? 100 : 9);
		struct mmi_page *page = take_next_block();
		if (i & 2)
			know_last_zone(page);
		else
			forget_last_zone();
		const struct mmi_page good = page[20];
		spoil(&page[20], i / 4);
		const struct mmi_page bad = page[20];
		const uint64_t nr_bad_frees = stats->nr_bad_frees;
		fill(page + 10, 21);
		free_slots(21);
		assert_int_equal(stats->nr_bad_frees, nr_bad_frees + 1);
		assert_memory_equal(&page[20], &bad, sizeof(bad));
		for (unsigned n = 10; n < 31; n++)
			if (n != 20)
				assert_int_equal(page[n].refcount, 0);
		assert_int_equal(nr_listed(NORMAL_0, MOVABLE), fits ? 20 : 0);
		assert_int_equal(bed.nr_zone_locks, fits ? 0 : 2);
		page[20] = good;
		free_rest(page, 1024);
	}
	assert_int_equal(stats->nr_bad_frees, 16);
	close_bed();
}

/* It is answered, and no page is forgotten over it. */
static void test_a_context_that_is_asked_takes_all_back(void **state)
{
	open_bed(*state);
	set_figures(NORMAL_0, 8, 100);
	struct mmi_page *page = take_next_block();
	know_last_zone(page);
	bed.f.cpu->request = MMI_CPU_WATCH;
	free_run(page + 1, 50);
	assert_int_equal(bed.f.cpu->request, 0);
	assert_int_equal(bed.f.cpu->epoch % 2, 0);
	assert_int_equal(nr_listed(NORMAL_0, MOVABLE), 50);
	free_rest(page, 1024);
	close_bed();
}

static void test_of_no_slots_none_is_looked_at(void **state)
{
	open_bed(*state);
	const struct mmi_cpu_stats before = *mmi_cpu_stats(bed.f.cpu);
	mmi_free_pages_bulk(bed.f.cpu, NULL, 0);
	mmi_free_pages_bulk(bed.f.cpu, NULL, -3);
	assert_int_equal(bed.f.cpu->epoch % 2, 0);
	assert_memory_equal(mmi_cpu_stats(bed.f.cpu), &before, sizeof(before));
	close_bed();
}

/* Empty slots among others, pages of both nodes and of three zones, single and in runs. */
static void test_pages_of_all_zones_go_back_each_to_its_own(void **state)
{
	static const size_t numbers[] = {DMA_0, DMA32_0, NORMAL_0, NORMAL_1};
	struct mmi_page *pages[4];

	open_bed(*state);
	pages[0] = take_block(DMA_0, DMA32_PFN - 1024);
	pages[1] = take_block(DMA32_0, SECTION_PFN);
	pages[2] = take_block(NORMAL_0, NORMAL_PFN);
	pages[3] = take_block(NORMAL_1, 5 * GIB >> 12);
	for (size_t z = 0; z < 4; z++)
		set_figures(numbers[z], 8, 200);
	for (unsigned i = 0; i < 400; i++)
		bed.slots[i] = i % 10 == 7 ? NULL : pages[i / 20 % 4] + i;
	free_slots(400);
	for (size_t z = 0; z < 4; z++) {
		assert_int_equal(nr_listed(numbers[z], MOVABLE), 90);
		hold_list_types(numbers[z]);
		free_rest(pages[z], 1024);
	}
	assert_int_equal(mmi_cpu_stats(bed.f.cpu)->nr_bad_frees, 0);
	close_bed();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    serial_test(test_what_fits_stays_and_a_longer_run_goes_to_the_zone),
	    serial_test(test_lists_without_pages_are_not_flushed),
	    serial_test(test_pages_lie_on_the_list_in_the_order_in_which_they_came),
	    serial_test(test_a_run_ends_with_its_section),
	    serial_test(test_a_run_ends_with_its_zone),
	    serial_test(test_a_run_is_listed_by_the_types_of_its_pageblocks),
	    serial_test(test_what_no_list_is_for_goes_to_the_zone),
	    serial_test(test_no_more_are_taken_back_than_are_given),
	    serial_test(test_what_is_not_handed_out_is_refused_and_nothing_else),
	    serial_test(test_a_context_that_is_asked_takes_all_back),
	    serial_test(test_of_no_slots_none_is_looked_at),
	    serial_test(test_pages_of_all_zones_go_back_each_to_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
