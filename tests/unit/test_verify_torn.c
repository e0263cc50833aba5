/* SPDX-License-Identifier: MIT */
/*
 * Verification of end states that were spoilt by hand: each checker sees what is its own to see,
 * names the place, and comes to an end whatever the lists hold.
 */
#include "verify_fixture.h"

#include <stdlib.h>

#define BLOCK_PFN 0x108400ull /* 4G + 132M: a whole free max-order block of node 0, chunk 0 */

struct patient {
	struct mmi_machine *machine;
	struct mmi_system *system;
	struct mmi_zone *zone; /* of BLOCK_PFN */
	struct mmi_page *page; /* at BLOCK_PFN */
	struct mmi_verdict verdict;
};

static void admit(struct patient *p, struct mmi_platform *platform)
{
	const struct mmi_system_options options = {.plan.rule = MMI_CHUNK_FIXED,
						   .plan.chunk_pages = 0x8000};

	p->machine = make_shape(platform, &verify_shapes[0]);
	p->system = create_system(p->machine, &options);
	boot_system(p->system);
	p->zone = mmi_mem_zone(&p->system->mem, 0, MMI_ZONE_NORMAL);
	p->page = mmi_pfn_page(&p->system->mem.map, BLOCK_PFN);
	assert_int_equal(p->page->page_type, MMI_PAGE_TYPE_BUDDY);
	assert_int_equal(p->page->private_data, 10);
}

static void discharge(struct patient *p)
{
	mmi_system_destroy(p->system);
	mmi_machine_destroy(p->machine);
}

static const struct mmi_invariant_verdict *examine(struct patient *p, unsigned number)
{
	verify_system(p->system, &p->verdict);
	return &p->verdict.invariants[number];
}

/* Invariant @number is broken at @pfn, which is in chunk 0. */
static void assert_broken_at(struct patient *p, unsigned number, uint64_t pfn)
{
	const struct mmi_invariant_verdict *v = examine(p, number);

	assert_int_equal(v->judgement, MMI_BROKEN);
	if (v->pfn != pfn)
		fail_msg("invariant %u: PFN 0x%llx, expected 0x%llx: %s", number,
			 (unsigned long long)v->pfn, (unsigned long long)pfn, v->why);
	assert_int_equal(v->block_pfn, BLOCK_PFN);
	assert_int_equal(v->chunk, 0);
	assert_int_equal(v->worker, mmi_verify_is_checked_core() ? 0 : -1);
	assert_false(mmi_verdict_is_good(&p->verdict));
}

static void assert_holds(const struct patient *p, unsigned number)
{
	assert_int_equal(p->verdict.invariants[number].judgement, MMI_HOLDS);
}

/* Each of these would hang or crash whoever follows it. */
static void test_lists_that_lead_nowhere_are_survived(void **state)
{
	struct mmi_list outside = {&outside, &outside};
	struct patient p;

	admit(&p, *state);
	struct mmi_list *const link = &p.page->lru;
	struct mmi_list *const next = link->next;
	struct mmi_list *const wrong[] = {link,
					  NULL,
					  &outside,
					  (struct mmi_list *)((char *)next + 4),
					  &mmi_pfn_page(&p.system->mem.map, 0x300)->lru,
					  &(p.page - 0x8400 + 0x40000000)->lru,
					  (struct mmi_list *)UINTPTR_MAX};

	for (size_t i = 0; i < ARRAY_NR(wrong); i++) {
		link->next = wrong[i];
		assert_int_equal(examine(&p, 6)->judgement, MMI_BROKEN);
		assert_int_equal(examine(&p, 9)->judgement, MMI_BROKEN);
		assert_non_null(strstr(p.verdict.invariants[6].why, "torn"));
	}
	link->next = next;
	verify_system(p.system, &p.verdict);
	assert_true(mmi_verdict_is_good(&p.verdict));
	discharge(&p);
}

static void test_a_loop_behind_the_head_is_left(void **state)
{
	struct patient p;

	admit(&p, *state);
	/* Two steps on, back to here: each item of the loop but the first points back rightly. */
	p.page->lru.next->next = &p.page->lru;
	assert_int_equal(examine(&p, 6)->judgement, MMI_BROKEN);
	discharge(&p);
}

static void test_a_block_on_no_list_is_missed(void **state)
{
	struct patient p;

	admit(&p, *state);
	p.page->lru.prev->next = p.page->lru.next;
	p.page->lru.next->prev = p.page->lru.prev;
	assert_int_equal(examine(&p, 6)->judgement, MMI_BROKEN);
	assert_int_equal(examine(&p, 9)->judgement, MMI_BROKEN);
	/* The counters follow suit: the struct pages still tell. */
	p.zone->areas[10].nr_free--;
	p.zone->nr_free_pages -= 1024;
	p.zone->nr_managed_pages -= 1024;
	assert_int_equal(examine(&p, 6)->judgement, MMI_BROKEN);
	discharge(&p);
}

static void test_marks_that_cannot_be_are_named(void **state)
{
	static const uint64_t orders[] = {9, 11, 13, 14, 64, UINT64_MAX};
	struct patient p;

	admit(&p, *state);
	for (size_t i = 0; i < ARRAY_NR(orders); i++) {
		p.page->private_data = orders[i];
		assert_broken_at(&p, 7, BLOCK_PFN);
		assert_broken_at(&p, 9, BLOCK_PFN);
	}
	discharge(&p);
}

/* At 96M + 12K memory ends, and its struct pages at 98M: a mark for 4M there is no block's. */
static void test_a_mark_for_more_pages_than_there_are_is_no_head(void **state)
{
	const uint64_t pfn = 96 * MIB >> 12;
	struct patient p;

	admit(&p, *state);
	struct mmi_page *page = mmi_pfn_page(&p.system->mem.map, pfn);
	assert_int_equal(page->private_data, 1);
	page->private_data = 10;
	assert_int_equal(examine(&p, 6)->judgement, MMI_BROKEN);
	assert_int_equal(p.verdict.invariants[6].pfn, pfn);
	discharge(&p);
}

static void test_a_page_type_inside_a_free_block_is_named(void **state)
{
	struct patient p;

	admit(&p, *state);
	p.page[5].page_type = MMI_PAGE_TYPE_BUDDY;
	assert_broken_at(&p, 7, BLOCK_PFN + 5);
	assert_broken_at(&p, 9, BLOCK_PFN + 5);
	assert_holds(&p, 6);
	assert_holds(&p, 8);
	discharge(&p);
}

static void test_a_reservation_inside_a_free_block_is_named(void **state)
{
	struct patient p;

	admit(&p, *state);
	p.page[1023].flags |= MMI_PG_RESERVED;
	assert_broken_at(&p, 7, BLOCK_PFN + 1023);
	assert_holds(&p, 11); /* by the machine it is not reserved */
	discharge(&p);
}

static void test_references_are_counted(void **state)
{
	struct patient p;

	admit(&p, *state);
	p.page[512].refcount = 1;
	assert_broken_at(&p, 6, BLOCK_PFN + 512);
	p.page[512].refcount = 0;
	/* The reserved pages at 4G + 300M. */
	mmi_pfn_page(&p.system->mem.map, 0x112c05)->refcount = 0;
	assert_int_equal(examine(&p, 6)->pfn, 0x112c05);
	discharge(&p);
}

/* The list, the pageblock and the pageblock behind it: each says another migratetype. */
static void test_migratetypes_are_compared(void **state)
{
	struct patient p;
	struct mmi_memmap *map;

	admit(&p, *state);
	map = &p.system->mem.map;
	mmi_pageblock_set_type(map, BLOCK_PFN, MMI_MIGRATE_CMA);
	assert_broken_at(&p, 8, BLOCK_PFN);
	assert_broken_at(&p, 9, BLOCK_PFN);
	assert_broken_at(&p, 7, BLOCK_PFN + 512);
	mmi_pageblock_set_type(map, BLOCK_PFN, MMI_MIGRATE_MOVABLE);
	mmi_pageblock_set_type(map, BLOCK_PFN + 512, MMI_MIGRATE_UNMOVABLE);
	assert_broken_at(&p, 7, BLOCK_PFN + 512);
	assert_holds(&p, 8);
	discharge(&p);
}

/* A block of another zone on this one's list, all links in order. */
static void test_a_block_on_the_list_of_another_zone_is_named(void **state)
{
	struct patient p;
	struct mmi_list *head;

	admit(&p, *state);
	head =
	    &mmi_mem_zone(&p.system->mem, 1, MMI_ZONE_NORMAL)->areas[10].lists[MMI_MIGRATE_MOVABLE];
	p.page->lru.prev->next = p.page->lru.next;
	p.page->lru.next->prev = p.page->lru.prev;
	p.page->lru = (struct mmi_list){head->next, head};
	head->next->prev = &p.page->lru;
	head->next = &p.page->lru;
	assert_broken_at(&p, 7, BLOCK_PFN);
	assert_int_equal(p.verdict.invariants[6].judgement, MMI_BROKEN);
	discharge(&p);
}

static void test_each_counter_is_held_to_the_lists(void **state)
{
	struct patient p;

	admit(&p, *state);
	uint64_t *const counters[] = {&p.zone->nr_managed_pages, &p.zone->nr_free_pages,
				      &p.zone->nr_missing_pages, &p.zone->areas[3].nr_free,
				      &p.zone->areas[10].nr_free};
	for (size_t i = 0; i < ARRAY_NR(counters); i++) {
		++*counters[i];
		assert_int_equal(examine(&p, 6)->judgement, MMI_BROKEN);
		assert_non_null(strstr(p.verdict.invariants[6].why, "node 0 zone Normal"));
		for (unsigned number = 7; number <= 9; number++)
			assert_holds(&p, number);
		--*counters[i];
	}
	p.zone->nr_present_pages = p.zone->nr_managed_pages - 1;
	assert_int_equal(examine(&p, 6)->judgement, MMI_BROKEN);
	discharge(&p);
}

/* Plans that were changed after the work: the partition alone is wrong. */
static void test_the_partition_is_recomputed(void **state)
{
	struct patient p;

	admit(&p, *state);
	struct mmi_plan *plan = &p.system->plan;
	const struct mmi_chunk chunk = plan->chunks[1];

	/* A section of node 1's, in the first group's chunk as well. */
	plan->chunks[2].end_pfn += 5 * 0x8000;
	assert_int_equal(examine(&p, 5)->judgement, MMI_BROKEN);
	assert_int_equal(p.verdict.invariants[5].pfn, 0x100000 + 4 * 0x8000);
	plan->chunks[2].end_pfn -= 5 * 0x8000;
	/* A chunk that is not there. */
	plan->chunks[1].end_pfn = chunk.start_pfn;
	assert_int_equal(examine(&p, 5)->judgement, MMI_BROKEN);
	assert_int_equal(p.verdict.invariants[5].pfn, chunk.start_pfn);
	plan->chunks[1] = chunk;
	/* A chunk of no memory, behind the last. */
	plan->chunks[plan->nr_chunks - 1].end_pfn += 0x8000;
	assert_int_equal(examine(&p, 5)->judgement, MMI_BROKEN);
	plan->chunks[plan->nr_chunks - 1].end_pfn -= 0x8000;
	/* An early run that is not there, an early section that is counted as deferred. */
	plan->nr_early--;
	assert_int_equal(examine(&p, 5)->judgement, MMI_BROKEN);
	plan->nr_early++;
	plan->splits[0].nr_early_pages++;
	assert_int_equal(examine(&p, 5)->judgement, MMI_BROKEN);
	plan->splits[0].nr_early_pages--;
	/* Chunks of the right memory in the wrong group. */
	plan->groups[0].nid = 1;
	assert_int_equal(examine(&p, 5)->judgement, MMI_BROKEN);
	plan->groups[0].nid = 0;
	assert_int_equal(examine(&p, 5)->judgement, MMI_HOLDS);
	discharge(&p);
}

/*
 * A plan that is at one with itself, and wrong: what is early on node 0 ends a section above where
 * the rule says, and that section, the first chunk, is an early run like the one before it.
 */
static void test_the_early_border_is_recomputed(void **state)
{
	struct patient p;

	admit(&p, *state);
	struct mmi_plan *plan = &p.system->plan;
	const uint64_t border = plan->splits[0].first_deferred_pfn;
	struct mmi_pfn_range *run = plan->early;

	while (run->end_pfn != border)
		run++;
	assert_int_equal(plan->chunks[0].start_pfn, border);
	assert_int_equal(plan->chunks[0].end_pfn, border + 0x8000);
	run->end_pfn += 0x8000;
	plan->groups[0].first_chunk++;
	plan->groups[0].nr_chunks--;
	plan->splits[0].first_deferred_pfn += 0x8000;
	plan->splits[0].nr_early_pages += 0x8000;
	plan->splits[0].nr_deferred_pages -= 0x8000;
	const struct mmi_invariant_verdict *v = examine(&p, 5);
	assert_int_equal(v->judgement, MMI_BROKEN);
	assert_int_equal(v->pfn, border);
	/* The same of what the plan says, all else being right. */
	run->end_pfn -= 0x8000;
	plan->groups[0].first_chunk--;
	plan->groups[0].nr_chunks++;
	assert_int_equal(examine(&p, 5)->judgement, MMI_BROKEN);
	assert_non_null(strstr(v->why, "early and"));
	plan->splits[0].nr_early_pages -= 0x8000;
	plan->splits[0].nr_deferred_pages += 0x8000;
	assert_int_equal(examine(&p, 5)->judgement, MMI_BROKEN);
	assert_non_null(strstr(v->why, "deferred from PFN"));
	plan->splits[0].first_deferred_pfn = border;
	assert_int_equal(examine(&p, 5)->judgement, MMI_HOLDS);
	discharge(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    serial_test(test_lists_that_lead_nowhere_are_survived),
	    serial_test(test_a_loop_behind_the_head_is_left),
	    serial_test(test_a_block_on_no_list_is_missed),
	    serial_test(test_marks_that_cannot_be_are_named),
	    serial_test(test_a_mark_for_more_pages_than_there_are_is_no_head),
	    serial_test(test_a_page_type_inside_a_free_block_is_named),
	    serial_test(test_a_reservation_inside_a_free_block_is_named),
	    serial_test(test_references_are_counted),
	    serial_test(test_migratetypes_are_compared),
	    serial_test(test_a_block_on_the_list_of_another_zone_is_named),
	    serial_test(test_each_counter_is_held_to_the_lists),
	    serial_test(test_the_partition_is_recomputed),
	    serial_test(test_the_early_border_is_recomputed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
