/* SPDX-License-Identifier: MIT */
/*
 * What a stress run's threads have in hand: each thing that a wrong allocator could do to a page of
 * theirs is seen and named, and what they keep can be moved from under them.
 */
#include "alloc_fixture.h"

#include <errno.h>
#include <stdlib.h>

#include "verify/stress_thread.h"

#define NR_SLOTS 4

static const struct mmi_spec_range memory = {4 * GIB, 4 * GIB + 128 * MIB, 0, 0, 0};

struct stress_fixture {
	struct alloc_fixture a;
	struct mmi_stress_shared shared;
	size_t nr_words; /* of shared.owned */
	struct mmi_stress_held held[NR_SLOTS];
	struct mmi_stress_thread thread, other;
};

static void open_stress(struct stress_fixture *f, struct mmi_platform *platform)
{
	const struct mmi_machine_spec spec = x86_spec(&memory, 1);

	*f = (struct stress_fixture){0};
	alloc_open(&f->a, platform, &spec, ALL_BOOTED);
	const struct mmi_memmap *map = &f->a.system->mem.map;
	f->shared.system = f->a.system;
	f->shared.alloc = f->a.alloc;
	f->nr_words = (map->end_pfn - map->start_pfn) / 64 + 1;
	f->shared.owned = calloc(f->nr_words, sizeof(uint64_t));
	assert_non_null(f->shared.owned);
	mmi_stress_thread_init(&f->thread, &f->shared, 0);
	mmi_stress_thread_init(&f->other, &f->shared, 1);
	f->thread.cpu = f->other.cpu = f->a.cpu;
	f->thread.held = f->held;
	f->thread.nr_slots = NR_SLOTS;
}

static void close_stress(struct stress_fixture *f)
{
	free(f->shared.owned);
	alloc_close(&f->a);
}

static void forget_marks(struct stress_fixture *f)
{
	memset(f->shared.owned, 0, f->nr_words * sizeof(uint64_t));
}

static struct mmi_page *get(struct stress_fixture *f, unsigned order)
{
	struct mmi_page *page = mmi_alloc_pages(f->a.cpu, MMI_GFP_MOVABLE, order, 0, NULL);

	assert_non_null(page);
	return page;
}

static struct mmi_page *get_owned(struct stress_fixture *f, unsigned order)
{
	struct mmi_page *page = get(f, order);

	mmi_stress_own(&f->thread, page, order);
	assert_false(mmi_stress_has_failed(&f->shared));
	return page;
}

static void put_owned(struct stress_fixture *f, struct mmi_page *page, unsigned order)
{
	mmi_stress_disown(&f->thread, page, order);
	assert_false(mmi_stress_has_failed(&f->shared));
	mmi_free_pages(f->a.cpu, page, order);
}

/* The first thing that went wrong is about @page, in these words; it is forgotten. */
static void expect_failure(struct stress_fixture *f, const struct mmi_page *page, const char *what)
{
	char text[160];

	mmi_format(text, sizeof(text), "PFN 0x%llx, order 0, thread 0: %s",
		   (unsigned long long)alloc_pfn(&f->a, page), what);
	assert_true(mmi_stress_has_failed(&f->shared));
	assert_int_equal(f->shared.err.code, -EILSEQ);
	assert_string_equal(f->shared.err.text, text);
	f->shared.failed = 0;
	f->shared.err = (struct mmi_error){0};
}

static void test_a_page_that_somebody_holds_is_not_handed_out(void **state)
{
	struct stress_fixture f;

	open_stress(&f, *state);
	struct mmi_page *block = get_owned(&f, 3);
	const uint64_t stamp = block[5].memcg_data;
	mmi_stress_own(&f.thread, &block[5], 0);
	/* Its reference count is wrong too, and comes second. */
	expect_failure(&f, &block[5], "handed out though somebody holds a page of it");
	block[5].memcg_data = stamp;
	put_owned(&f, block, 3);
	close_stress(&f);
}

static void test_a_block_is_aligned_to_its_order(void **state)
{
	struct stress_fixture f;

	open_stress(&f, *state);
	struct mmi_page *block = get(&f, 3);
	block[1].refcount = 1;
	mmi_stress_own(&f.thread, &block[1], 1);
	assert_non_null(strstr(f.shared.err.text, "order 1, thread 0: not aligned to its order"));
	f.shared.failed = 0;
	mmi_stress_disown(&f.thread, &block[1], 1);
	assert_false(mmi_stress_has_failed(&f.shared));
	block[1].refcount = 0;
	mmi_free_pages(f.a.cpu, block, 3);
	close_stress(&f);
}

static void test_what_is_handed_out_is_allocated(void **state)
{
	static const struct mmi_page states[] = {
	    {.refcount = 0, .page_type = MMI_PAGE_TYPE_NONE},
	    {.refcount = 2, .page_type = MMI_PAGE_TYPE_NONE},
	    {.refcount = 1, .page_type = MMI_PAGE_TYPE_BUDDY},
	    {.refcount = 1, .page_type = MMI_PAGE_TYPE_NONE, .flags = MMI_PG_RESERVED}};
	struct stress_fixture f;

	open_stress(&f, *state);
	struct mmi_page *page = get(&f, 0);
	for (size_t i = 0; i < ARRAY_NR(states); i++) {
		const struct mmi_page before = *page;
		page->refcount = states[i].refcount;
		page->page_type = states[i].page_type;
		page->flags |= states[i].flags;
		mmi_stress_own(&f.thread, page, 0);
		expect_failure(&f, page, "handed out, but reserved, free, or not counted once");
		mmi_stress_disown(&f.thread, page, 0);
		*page = before;
	}
	mmi_free_pages(f.a.cpu, page, 0);
	close_stress(&f);
}

static void test_what_is_given_back_is_as_it_was_left(void **state)
{
	struct stress_fixture f;

	open_stress(&f, *state);
	struct mmi_page *page = get_owned(&f, 0);
	page->memcg_data++;
	mmi_stress_disown(&f.thread, page, 0);
	expect_failure(&f, page, "the owner's stamp was overwritten");
	mmi_stress_own(&f.other, page, 0); /* another's stamp, and the same mark */
	mmi_stress_disown(&f.thread, page, 0);
	expect_failure(&f, page, "the owner's stamp was overwritten");
	mmi_stress_own(&f.thread, page, 0);
	forget_marks(&f);
	mmi_stress_disown(&f.thread, page, 0);
	expect_failure(&f, page, "its owner's mark is gone");
	mmi_free_pages(f.a.cpu, page, 0);
	close_stress(&f);
}

static void test_the_first_failure_is_the_one_that_is_told(void **state)
{
	struct stress_fixture f;

	open_stress(&f, *state);
	struct mmi_page *page = get(&f, 0);
	mmi_stress_fail_at(&f.thread, page, 0, "first");
	mmi_stress_fail_at(&f.other, page, 0, "second");
	expect_failure(&f, page, "first");
	mmi_free_pages(f.a.cpu, page, 0);
	close_stress(&f);
}

static int move(struct stress_fixture *f, struct mmi_page *from, struct mmi_page *to,
		unsigned order)
{
	return f->thread.owner.migrate(&f->thread.owner, from, to, order);
}

static void test_what_a_slot_has_is_moved(void **state)
{
	struct stress_fixture f;

	open_stress(&f, *state);
	struct mmi_page *from = get_owned(&f, 2), *to = get(&f, 2);
	mmi_stress_keep_slot(&f.thread, 3, from, 2, true);
	assert_int_equal(move(&f, from, to, 1), -EAGAIN);
	assert_int_equal(move(&f, from, to, 2), 0);
	assert_ptr_equal(f.held[3].page, to);
	assert_int_equal(f.thread.nr_moved_pages, 4);
	/* It is not there any more: who asks again meets what has been given back. */
	assert_int_equal(move(&f, from, to, 2), -EAGAIN);
	mmi_page_clear_owner(from);
	mmi_free_pages(f.a.cpu, from, 2);
	assert_true(mmi_stress_give_slot(&f.thread, 3));
	assert_false(mmi_stress_give_slot(&f.thread, 3));
	assert_false(mmi_stress_has_failed(&f.shared));
	close_stress(&f);
}

static void test_what_is_moved_keeps_its_place_in_the_chain(void **state)
{
	struct stress_fixture f;
	struct mmi_page *pages[3];

	open_stress(&f, *state);
	for (size_t i = 0; i < ARRAY_NR(pages); i++) {
		pages[i] = get_owned(&f, 0);
		mmi_stress_keep_chained(&f.thread, pages[i], i == 1);
	}
	struct mmi_page *to = get(&f, 0);
	assert_int_equal(move(&f, pages[1], to, 1), -EAGAIN);
	assert_int_equal(move(&f, pages[1], to, 0), 0);
	assert_int_equal(move(&f, pages[1], to, 0), -EAGAIN);
	mmi_page_clear_owner(pages[1]);
	mmi_free_pages(f.a.cpu, pages[1], 0);
	assert_ptr_equal(f.thread.chain.next, &pages[0]->lru);
	assert_ptr_equal(pages[0]->lru.next, &to->lru);
	assert_ptr_equal(to->lru.next, &pages[2]->lru);
	assert_ptr_equal(pages[2]->lru.next, &f.thread.chain);
	mmi_stress_give_back(&f.thread);
	assert_int_equal(f.thread.nr_chained, 0);
	assert_int_equal(f.thread.nr_moved_pages, 1);
	assert_false(mmi_stress_has_failed(&f.shared));
	close_stress(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    serial_test(test_a_page_that_somebody_holds_is_not_handed_out),
	    serial_test(test_a_block_is_aligned_to_its_order),
	    serial_test(test_what_is_handed_out_is_allocated),
	    serial_test(test_what_is_given_back_is_as_it_was_left),
	    serial_test(test_the_first_failure_is_the_one_that_is_told),
	    serial_test(test_what_a_slot_has_is_moved),
	    serial_test(test_what_is_moved_keeps_its_place_in_the_chain),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
