/* SPDX-License-Identifier: MIT */
/* Bulk requests: which of their ways each goes, at the borders, and what is left behind it. */
#include "alloc_fixture.h"
#include "list_blocks.h"

#include "page_alloc/bulk_listed.h"

#define MOST_SLOTS 100
#define SENTINEL   ((struct mmi_page *)0x5a5a)
#define NORMAL_0   MMI_ZONE_NORMAL
#define NORMAL_1   (MMI_NR_ZONES + MMI_ZONE_NORMAL)

/* 128 MiB each: DMA32 and NORMAL on node 0, NORMAL on node 1. */
static const struct mmi_spec_range memory[] = {{2 * GIB, 2 * GIB + 128 * MIB, 0, 0, 0},
					       {4 * GIB, 4 * GIB + 128 * MIB, 0, 0, 0},
					       {5 * GIB, 5 * GIB + 128 * MIB, 1, 0, 0}};

static void open_system(struct alloc_fixture *f, struct mmi_platform *platform,
			enum alloc_start start)
{
	const struct mmi_machine_spec spec = x86_spec(memory, ARRAY_NR(memory));

	alloc_open(f, platform, &spec, start);
}

static int bulk(struct mmi_cpu *cpu, unsigned gfp, int nid, int nr, struct mmi_page **array)
{
	return mmi_alloc_pages_bulk(cpu, gfp, nid, NULL, nr, array);
}

/* The first @nr slots hold pages of their own, handed out, of a node and zone. */
static void hold_pages(struct mmi_page **array, int nr, int nid, enum mmi_zone_type zone)
{
	for (int i = 0; i < nr; i++) {
		assert_non_null(array[i]);
		assert_int_equal(array[i]->refcount, 1);
		assert_int_equal(mmi_flags_nid(array[i]->flags), nid);
		assert_int_equal(mmi_flags_zone(array[i]->flags), zone);
		for (int k = 0; k < i; k++)
			assert_ptr_not_equal(array[k], array[i]);
	}
	for (int i = nr; i < MOST_SLOTS; i++)
		assert_null(array[i]);
}

/* All comes back: of pages and of blocks none is forgotten. */
static void close_system(struct alloc_fixture *f)
{
	alloc_check_sound(f);
	mmi_cpu_drain(f->cpu);
	assert_int_equal(alloc_nr_free(f), alloc_nr_managed(f));
	alloc_close(f);
}

/* @nr free pages lie on the context's list, and the short way to them is known. */
static void know_short_way(struct mmi_cpu *cpu, int nr)
{
	struct mmi_page *array[MOST_SLOTS] = {0};

	assert_int_equal(bulk(cpu, MMI_GFP_KERNEL, -1, nr, array), nr);
	mmi_free_pages_bulk(cpu, array, nr);
	assert_true(cpu->shortcuts[0].generation > 0);
	assert_true(list_nr_blocks(&cpu->shortcuts[0].lists[0]) >= (uint32_t)nr);
}

/* Whatever looks at the slots, in words of whatever width. */
static void test_one_filled_slot_anywhere_stays(void **state)
{
	struct alloc_fixture f;

	open_system(&f, *state, ALL_BOOTED);
	for (enum mmi_store store = MMI_STORE_C; store < MMI_NR_STORES; store++) {
		if (!mmi_store_is_supported(store))
			continue;
		f.alloc->bulk = mmi_bulk_ways(store);
		know_short_way(f.cpu, MOST_SLOTS);
		for (int nr = 1; nr <= MOST_SLOTS; nr++) {
			for (int at = 0; at < nr; at++) {
				struct mmi_page *array[MOST_SLOTS] = {0};
				struct mmi_page *kept =
				    mmi_alloc_pages(f.cpu, MMI_GFP_KERNEL, 0, -1, NULL);
				array[at] = kept;
				assert_int_equal(bulk(f.cpu, MMI_GFP_KERNEL, -1, nr, array), nr);
				assert_ptr_equal(array[at], kept);
				mmi_free_pages_bulk(f.cpu, array, nr);
			}
		}
		assert_int_equal(mmi_cpu_stats(f.cpu)->nr_bad_frees, 0);
	}
	close_system(&f);
}

static void test_a_node_that_is_named_is_kept_to(void **state)
{
	struct mmi_page *array[MOST_SLOTS] = {0};
	struct mmi_nodemask only_0 = {0};
	struct alloc_fixture f;
	struct mmi_cpu *cpu;

	open_system(&f, *state, ALL_BOOTED);
	assert_int_equal(mmi_cpu_create(f.alloc, 1, &cpu, NULL), 0);
	know_short_way(cpu, 40);
	mmi_nodemask_add(&only_0, 0);
	for (int nid = -1; nid < 2; nid++) {
		assert_int_equal(bulk(cpu, MMI_GFP_KERNEL, nid, 20, array), 20);
		hold_pages(array, 20, nid ? 1 : 0, MMI_ZONE_NORMAL);
		mmi_free_pages_bulk(cpu, array, 20);
	}
	assert_int_equal(mmi_alloc_pages_bulk(cpu, MMI_GFP_KERNEL, -1, &only_0, 20, array), 20);
	hold_pages(array, 20, 0, MMI_ZONE_NORMAL);
	mmi_free_pages_bulk(cpu, array, 20);
	mmi_cpu_destroy(cpu);
	close_system(&f);
}

/* Free must be low + 20 and one page more, though all 20 lie on the list: by either way. */
static void test_the_short_way_ends_at_the_same_watermark(void **state)
{
	struct alloc_fixture f;

	open_system(&f, *state, ALL_BOOTED);
	know_short_way(f.cpu, 40);
	struct mmi_zone *zone = alloc_zone(&f, 0, MMI_ZONE_NORMAL);
	struct mmi_zone *dma32 = alloc_zone(&f, 0, MMI_ZONE_DMA32);
	const uint64_t nr_free = zone->nr_free_pages, nr_free_dma32 = dma32->nr_free_pages;
	const uint64_t low_pages = f.alloc->figures[NORMAL_0].low_pages;
	assert_int_equal(f.alloc->figures[NORMAL_0].protection_pages[MMI_ZONE_NORMAL], 0);
	dma32->nr_free_pages = 0;
	for (int nid = -1; nid < 1; nid++) {
		for (uint64_t nr_over = 18; nr_over <= 23; nr_over++) {
			struct mmi_page *array[MOST_SLOTS] = {0};
			const int nr = nr_over > 20 ? 20 : 1;
			zone->nr_free_pages = low_pages + nr_over;
			assert_int_equal(bulk(f.cpu, MMI_GFP_KERNEL, nid, 20, array), nr);
			hold_pages(array, nr, 0, MMI_ZONE_NORMAL);
			mmi_free_pages_bulk(f.cpu, array, 20);
			assert_int_equal(zone->nr_free_pages, low_pages + nr_over);
		}
	}
	zone->nr_free_pages = nr_free;
	dma32->nr_free_pages = nr_free_dma32;
	close_system(&f);
}

/*
 * As long as the list has them and the zone keeps its watermark, to the page, nothing is looked up
 * anew, and no slot is looked at behind those that are asked for.
 */
static void test_what_the_list_has_comes_the_short_way(void **state)
{
	struct mmi_page *array[MOST_SLOTS + 1];
	struct alloc_fixture f;

	open_system(&f, *state, ALL_BOOTED);
	struct mmi_zone *zone = alloc_zone(&f, 0, MMI_ZONE_NORMAL);
	for (enum mmi_store store = MMI_STORE_C; store < MMI_NR_STORES; store++) {
		if (!mmi_store_is_supported(store))
			continue;
		f.alloc->bulk = mmi_bulk_ways(store);
		know_short_way(f.cpu, MOST_SLOTS);
		const uint64_t nr_free = zone->nr_free_pages;
		const uint64_t low_pages = f.alloc->figures[NORMAL_0].low_pages;
		struct mmi_shortcut *shortcut = &f.cpu->shortcuts[0];
		shortcut->low_pages = &low_pages;
		for (int nr = 1; nr <= MOST_SLOTS; nr++) {
			memset(array, 0, (size_t)nr * sizeof(*array));
			for (int i = nr; i <= MOST_SLOTS; i++)
				array[i] = SENTINEL;
			zone->nr_free_pages = low_pages + (uint64_t)nr + 1;
			assert_int_equal(bulk(f.cpu, MMI_GFP_KERNEL, -1, nr, array), nr);
			assert_ptr_equal(shortcut->low_pages, &low_pages);
			for (int i = nr; i <= MOST_SLOTS; i++)
				assert_ptr_equal(array[i], SENTINEL);
			mmi_free_pages_bulk(f.cpu, array, nr);
		}
		zone->nr_free_pages = nr_free;
		shortcut->generation = 0;
	}
	assert_int_equal(mmi_cpu_stats(f.cpu)->nr_bad_frees, 0);
	close_system(&f);
}

/* Many pairs lie ready, few pages: pairs are no pages. */
static void test_single_pages_come_from_no_list_of_larger_blocks(void **state)
{
	struct mmi_page *pairs[MOST_SLOTS];
	struct alloc_fixture f;

	open_system(&f, *state, ALL_BOOTED);
	struct mmi_pcp *pcp = &f.cpu->pcps[NORMAL_0];
	f.alloc->figures[NORMAL_0].pcp_high = 1000;
	for (int nid = -1; nid < 1; nid++) {
		struct mmi_page *array[MOST_SLOTS] = {0};
		know_short_way(f.cpu, 1);
		for (int i = 0; i < MOST_SLOTS; i++)
			pairs[i] = mmi_alloc_pages(f.cpu, MMI_GFP_KERNEL, 1, 0, NULL);
		mmi_cpu_drain(f.cpu);
		for (int i = 0; i < MOST_SLOTS; i++)
			mmi_free_pages(f.cpu, pairs[i], 1);
		assert_true(list_nr_blocks(&pcp->lists[MMI_MIGRATE_UNMOVABLE][1]) >= 90);
		assert_true(list_nr_blocks(&pcp->lists[MMI_MIGRATE_UNMOVABLE][0]) < 90);
		assert_int_equal(bulk(f.cpu, MMI_GFP_KERNEL, nid, 90, array), 90);
		hold_pages(array, 90, 0, MMI_ZONE_NORMAL);
		assert_true(list_nr_blocks(&pcp->lists[MMI_MIGRATE_UNMOVABLE][1]) >= 90);
		alloc_check_sound(&f);
		mmi_free_pages_bulk(f.cpu, array, 90);
	}
	close_system(&f);
}

/* Who is stopped takes no page before he may go on. */
static struct {
	const struct mmi_platform *serial;
	struct mmi_cpu *cpu;
	unsigned nr_waits;
	uint32_t nr_listed;
} stopped;

static void let_go(void *ctx, const uint32_t *word, uint32_t value)
{
	(void)ctx;
	assert_ptr_equal(word, &stopped.cpu->request);
	assert_true(value & MMI_CPU_STOP);
	assert_int_equal(stopped.cpu->epoch % 2, 0);
	assert_int_equal(list_nr_blocks(&stopped.cpu->shortcuts[0].lists[0]), stopped.nr_listed);
	stopped.cpu->request = 0;
	stopped.nr_waits++;
}

static void test_a_stopped_context_waits_at_the_door(void **state)
{
	const struct mmi_platform *serial = *state;
	struct mmi_platform_ops ops = *serial->ops;
	struct mmi_platform platform = {&ops, serial->ctx};
	struct mmi_page *array[MOST_SLOTS] = {0};
	struct alloc_fixture f;

	ops.wait = let_go;
	open_system(&f, &platform, ALL_BOOTED);
	know_short_way(f.cpu, 40);
	stopped.cpu = f.cpu;
	stopped.nr_waits = 0;
	stopped.nr_listed = list_nr_blocks(&f.cpu->shortcuts[0].lists[0]);
	f.cpu->request = MMI_CPU_STOP | MMI_CPU_WATCH;
	assert_int_equal(bulk(f.cpu, MMI_GFP_KERNEL, -1, 20, array), 20);
	assert_int_equal(stopped.nr_waits, 1);
	hold_pages(array, 20, 0, MMI_ZONE_NORMAL);
	stopped.nr_listed = list_nr_blocks(&f.cpu->shortcuts[0].lists[0]);
	f.cpu->request = MMI_CPU_STOP | MMI_CPU_WATCH;
	mmi_free_pages_bulk(f.cpu, array, 20);
	assert_int_equal(stopped.nr_waits, 2);
	assert_int_equal(f.cpu->epoch % 2, 0);
	close_system(&f);
}

/*
 * NORMAL of node 0 is above its low watermark by less than the array's slots: one missing page comes
 * from there, the ordinary way, and two from DMA32, which can serve them.
 */
static void test_one_missing_page_asks_for_no_zone_that_could_serve_more(void **state)
{
	struct alloc_fixture f;

	open_system(&f, *state, ALL_BOOTED);
	struct mmi_zone *zone = alloc_zone(&f, 0, MMI_ZONE_NORMAL);
	const uint64_t nr_free = zone->nr_free_pages;
	const uint64_t nr_left = f.alloc->figures[NORMAL_0].low_pages + 2;
	for (int nr_missing = 1; nr_missing <= 2; nr_missing++) {
		for (int at = 0; at + nr_missing <= 4; at++) {
			struct mmi_page *array[4] = {0};
			for (int i = 0; i < 4; i++)
				if (i < at || i >= at + nr_missing)
					array[i] =
					    mmi_alloc_pages(f.cpu, MMI_GFP_KERNEL, 0, 1, NULL);
			zone->nr_free_pages = nr_left;
			assert_int_equal(bulk(f.cpu, MMI_GFP_KERNEL, 0, 4, array), 4);
			zone->nr_free_pages += nr_free - nr_left;
			for (int i = 0; i < 4; i++)
				assert_int_equal(mmi_flags_zone(array[i]->flags),
						 i >= at && i < at + nr_missing && nr_missing == 2
						     ? MMI_ZONE_DMA32
						     : MMI_ZONE_NORMAL);
			mmi_free_pages_bulk(f.cpu, array, 4);
			mmi_cpu_drain(f.cpu);
		}
	}
	close_system(&f);
}

/* While pages are missing no watermark counts, but that there are as many, and one. */
static void test_a_zone_that_is_still_to_come_gives_what_it_has(void **state)
{
	struct mmi_page *array[MOST_SLOTS] = {0};
	struct alloc_fixture f;

	open_system(&f, *state, ALL_BOOTED);
	struct mmi_zone *zone = alloc_zone(&f, 1, MMI_ZONE_NORMAL);
	struct mmi_deferred_run *run = f.alloc->run;
	const uint64_t nr_free = zone->nr_free_pages;
	assert_true(f.alloc->figures[NORMAL_1].low_pages > 0);
	f.alloc->run = NULL;
	zone->nr_missing_pages = 1;
	for (uint64_t nr_over = 0; nr_over < 3; nr_over++) {
		const uint64_t nr_left = 20 + nr_over;
		const int nr = nr_over ? 20 : 1;
		zone->nr_free_pages = nr_left;
		assert_int_equal(bulk(f.cpu, MMI_GFP_KERNEL | MMI_GFP_THISNODE, 1, 20, array), nr);
		hold_pages(array, nr, 1, MMI_ZONE_NORMAL);
		zone->nr_free_pages += nr_free - nr_left;
		mmi_free_pages_bulk(f.cpu, array, 20);
		mmi_cpu_drain(f.cpu);
	}
	zone->nr_missing_pages = 0;
	f.alloc->run = run;
	close_system(&f);
}

/* Nothing is there yet: the preferred zone grows, and serves. */
static void test_the_preferred_zone_grows_before_another_is_asked(void **state)
{
	struct mmi_page *array[MOST_SLOTS] = {0};
	struct alloc_fixture f;

	open_system(&f, *state, ON_DEMAND);
	assert_int_equal(bulk(f.cpu, MMI_GFP_KERNEL, 0, MOST_SLOTS, array), MOST_SLOTS);
	hold_pages(array, MOST_SLOTS, 0, MMI_ZONE_NORMAL);
	assert_int_equal(mmi_cpu_stats(f.cpu)->nr_grows, 1);
	assert_int_equal(alloc_zone(&f, 0, MMI_ZONE_DMA32)->nr_managed_pages, 0);
	mmi_free_pages_bulk(f.cpu, array, MOST_SLOTS);
	close_system(&f);
}

/* Bulk pages are counted where they are handed out, by each way, and as nothing else. */
static void test_each_way_counts_its_pages(void **state)
{
	struct mmi_page *array[MOST_SLOTS] = {0};
	struct alloc_fixture f;

	open_system(&f, *state, ALL_BOOTED);
	const struct mmi_cpu_stats *stats = mmi_cpu_stats(f.cpu);
	assert_int_equal(bulk(f.cpu, MMI_GFP_KERNEL, -1, 60, array), 60); /* the long way */
	assert_int_equal(stats->nr_bulk_pages, 60);
	for (int i = 0; i < 60; i += 2)
		mmi_free_pages_bulk(f.cpu, &array[i], 1);
	assert_int_equal(bulk(f.cpu, MMI_GFP_KERNEL, -1, 60, array), 60); /* into the holes */
	assert_int_equal(stats->nr_bulk_pages, 90);
	mmi_free_pages_bulk(f.cpu, array, 60);
	assert_int_equal(bulk(f.cpu, MMI_GFP_KERNEL, -1, 60, array), 60); /* the short way */
	assert_int_equal(stats->nr_bulk_pages, 150);
	mmi_free_pages_bulk(f.cpu, array, 60);
	assert_int_equal(bulk(f.cpu, MMI_GFP_KERNEL, 0, 1, array), 1); /* the ordinary one */
	assert_int_equal(stats->nr_bulk_pages, 151);
	assert_int_equal(stats->nr_failed, 0);
	struct mmi_zone *zone = alloc_zone(&f, 1, MMI_ZONE_NORMAL);
	const uint64_t nr_free = zone->nr_free_pages;
	zone->nr_free_pages = 0;
	assert_int_equal(bulk(f.cpu, MMI_GFP_THISNODE, 1, 2, array), 1);
	zone->nr_free_pages = nr_free;
	assert_int_equal(stats->nr_bulk_pages, 151);
	assert_int_equal(stats->nr_failed, 1);
	assert_int_equal(stats->nr_allocs, 0);
	assert_int_equal(stats->nr_frees, 0);
	mmi_free_pages_bulk(f.cpu, array, 1);
	close_system(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    serial_test(test_one_filled_slot_anywhere_stays),
	    serial_test(test_a_node_that_is_named_is_kept_to),
	    serial_test(test_the_short_way_ends_at_the_same_watermark),
	    serial_test(test_what_the_list_has_comes_the_short_way),
	    serial_test(test_single_pages_come_from_no_list_of_larger_blocks),
	    serial_test(test_a_stopped_context_waits_at_the_door),
	    serial_test(test_one_missing_page_asks_for_no_zone_that_could_serve_more),
	    serial_test(test_a_zone_that_is_still_to_come_gives_what_it_has),
	    serial_test(test_the_preferred_zone_grows_before_another_is_asked),
	    serial_test(test_each_way_counts_its_pages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
