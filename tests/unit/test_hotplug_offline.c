/* SPDX-License-Identifier: MIT */
/* Blocks go offline while pages of them are in use: moved by their owners, or in the way. */
#include "hotplug_fixture.h"

#include "hotplug/recount.h"

#include <errno.h>

#define NR_HELD 3000

/* One node, Normal at boot; Movable comes with blocks 40 and 41. */
static const struct mmi_spec_range memory[] = {{4 * GIB, 5 * GIB, 0, 0, 0}};
static const struct mmi_spec_range windows[] = {{5 * GIB, 6 * GIB, 0, 0, 0}};

/* An owner: what he holds, and where its content is. */
struct holder {
	struct mmi_page_owner owner; /* first */
	struct hotplug_fixture *f;
	struct mmi_page *pages[NR_HELD];
	unsigned orders[NR_HELD];
	size_t nr;
	size_t nr_moved;
	size_t refuse_at;  /* the n-th move: refuses for ever; 0: none */
	size_t nr_not_now; /* moves that he puts off */
};

static int move_content(struct mmi_page_owner *owner, struct mmi_page *old_page,
			struct mmi_page *new_page, unsigned order)
{
	struct holder *h = (struct holder *)owner;
	size_t i = 0;

	if (h->nr_not_now) {
		h->nr_not_now--;
		return -EAGAIN;
	}
	if (h->refuse_at && h->nr_moved + 1 == h->refuse_at)
		return -EPERM;
	while (i < h->nr && h->pages[i] != old_page)
		i++;
	assert_true(i < h->nr);
	assert_int_equal(h->orders[i], order);
	assert_int_equal(new_page->refcount, 1);
	h->pages[i] = new_page;
	h->nr_moved++;
	return 0;
}

static void hold(struct holder *h, unsigned gfp, unsigned order)
{
	struct mmi_page *page = mmi_alloc_pages(h->f->a.cpu, gfp, order, 0, NULL);

	assert_non_null(page);
	assert_true(h->nr < NR_HELD);
	mmi_page_set_owner(page, order, &h->owner);
	h->pages[h->nr] = page;
	h->orders[h->nr++] = order;
}

static void give_all_back(struct holder *h)
{
	for (size_t i = 0; i < h->nr; i++) {
		mmi_page_clear_owner(h->pages[i]);
		mmi_free_pages(h->f->a.cpu, h->pages[i], h->orders[i]);
	}
	h->nr = 0;
	assert_int_equal(mmi_cpu_stats(h->f->a.cpu)->nr_bad_frees, 0);
}

static struct holder holder; /* too large for a stack */

static void open_it(struct hotplug_fixture *f, struct mmi_platform *platform)
{
	struct mmi_machine_spec spec = x86_spec(memory, ARRAY_NR(memory));

	spec.windows = windows;
	spec.nr_windows = ARRAY_NR(windows);
	hotplug_open(f, platform, &spec);
	add_blocks(f, 0, 40, 2);
	write_states(f, 40, 2, MMI_ONLINE_MOVABLE, 0);
	holder = (struct holder){.owner.migrate = move_content, .f = f};
}

static uint64_t nr_in_block(const struct holder *h, uint64_t number)
{
	uint64_t nr = 0;

	for (size_t i = 0; i < h->nr; i++)
		nr += alloc_pfn(&h->f->a, h->pages[i]) / BLOCK_PAGES == number;
	return nr;
}

static void hold_many(struct holder *h)
{
	for (unsigned i = 0; i < NR_HELD; i++)
		hold(h, MMI_GFP_MOVABLE, i % 7 == 0 ? 3 : i % 31 == 0 ? 9 : 0);
}

static void test_owners_move_what_they_hold(void **state)
{
	struct hotplug_fixture f;

	open_it(&f, *state);
	hold_many(&holder);
	const uint64_t nr_there = nr_in_block(&holder, 40) + nr_in_block(&holder, 41);
	assert_true(nr_there > NR_HELD / 2); /* Movable is asked first */
	holder.nr_not_now = 5;
	write_states(&f, 40, 2, MMI_OFFLINE, 0);
	assert_int_equal(holder.nr_moved, nr_there);
	assert_int_equal(nr_in_block(&holder, 40) + nr_in_block(&holder, 41), 0);
	hotplug_check_sound(&f);

	/* The pages that hold the content now are owned like the old ones. */
	write_states(&f, 40, 2, MMI_ONLINE_MOVABLE, 0);
	for (uint64_t number = 39; number > 32; number--)
		write_states(&f, number, 1, MMI_OFFLINE, 0);
	hotplug_check_sound(&f);
	give_all_back(&holder);
	hotplug_check_sound(&f);
	hotplug_close(&f);
}

static void test_a_page_of_nobody_is_in_the_way(void **state)
{
	struct hotplug_fixture f;

	open_it(&f, *state);
	hold_many(&holder);
	struct mmi_page *page = mmi_alloc_pages(f.a.cpu, MMI_GFP_MOVABLE, 2, 0, NULL);
	assert_non_null(page);
	const uint64_t number = alloc_pfn(&f.a, page) / BLOCK_PAGES;
	const uint64_t digest = hotplug_digest(&f);
	write_states(&f, number, 1, MMI_OFFLINE, -EBUSY);
	assert_true(digest == hotplug_digest(&f));
	assert_int_equal(holder.nr_moved, 0);
	hotplug_check_sound(&f);

	mmi_free_pages(f.a.cpu, page, 2);
	write_states(&f, number, 1, MMI_OFFLINE, 0);
	hotplug_check_sound(&f);
	give_all_back(&holder);
	hotplug_close(&f);
}

/* Why a block stays online; the page that is named is the last of its kind in its largest block. */
static void expect_in_the_way(struct hotplug_fixture *f, uint64_t number, uint64_t pfn,
			      const char *what)
{
	struct mmi_error err = {0};
	char expected[120];

	snprintf(expected, sizeof(expected), "node 0 zone Normal: PFN 0x%llx is %s",
		 (unsigned long long)pfn, what);
	assert_int_equal(mmi_hotplug_write_state(f->hotplug, number, MMI_OFFLINE, &err), -EBUSY);
	assert_string_equal(err.text, expected);
}

static void test_what_is_in_the_way_is_said(void **state)
{
	static const struct mmi_spec_range two_pages[] = {
	    {4 * GIB + 128 * MIB + 12 * KIB, 4 * GIB + 128 * MIB + 20 * KIB, -1, 0, 0}};
	struct mmi_machine_spec spec = x86_spec(memory, ARRAY_NR(memory));
	struct hotplug_fixture f;

	spec.reserved = two_pages;
	spec.nr_reserved = ARRAY_NR(two_pages);
	hotplug_open(&f, *state, &spec);
	expect_in_the_way(&f, 33, block_pfn(33) + 4, "reserved");
	struct mmi_page *page = mmi_alloc_pages(f.a.cpu, MMI_GFP_KERNEL, 0, 0, NULL);
	assert_non_null(page);
	const uint64_t pfn = alloc_pfn(&f.a, page);
	expect_in_the_way(&f, pfn / BLOCK_PAGES, pfn, "in use by somebody who cannot move it");
	mmi_free_pages(f.a.cpu, page, 0);
	hotplug_check_sound(&f);
	hotplug_close(&f);
}

/*
 * A page that was handed out a moment ago, and whose owner names himself while offline looks for the
 * n-th time: between two looks all threads pass a barrier.
 */
static struct {
	struct mmi_page *page;
	unsigned named_at; /* which look; 0: at none */
	unsigned nr_looks;
} late;

static void name_owner_between_looks(void *ctx)
{
	(void)ctx;
	if (++late.nr_looks == late.named_at)
		mmi_page_set_owner(late.page, 0, &holder.owner);
}

static void offline_while_named(struct hotplug_fixture *f, unsigned named_at, int expected)
{
	late.page = mmi_alloc_pages(f->a.cpu, MMI_GFP_MOVABLE, 0, 0, NULL);
	late.named_at = named_at;
	late.nr_looks = 0;
	assert_non_null(late.page);
	holder.pages[0] = late.page;
	holder.nr = 1;
	holder.nr_moved = 0;
	const uint64_t number = alloc_pfn(&f->a, late.page) / BLOCK_PAGES;
	assert_in_range(number, 40, 41); /* Movable is asked first */
	write_states(f, number, 1, MMI_OFFLINE, expected);
	assert_int_equal(holder.nr_moved, !expected);
	late.named_at = 0;
	if (!expected)
		write_states(f, number, 1, MMI_ONLINE_MOVABLE, 0);
	give_all_back(&holder);
	hotplug_check_sound(f);
}

static void test_an_owner_who_names_himself_in_time_is_asked(void **state)
{
	const struct mmi_platform *serial = *state;
	struct mmi_platform_ops ops = *serial->ops;
	struct mmi_platform platform = {&ops, serial->ctx};
	struct hotplug_fixture f;

	ops.process_barrier = name_owner_between_looks;
	open_it(&f, &platform);
	offline_while_named(&f, 1, 0);
	offline_while_named(&f, 5, 0);
	offline_while_named(&f, 0, -EBUSY);
	assert_true(late.nr_looks > 5); /* it gave up, after some patience */
	hotplug_close(&f);
}

/* An owner who is always busy is asked for a while, and then his page is named. */
static void test_an_owner_who_puts_it_off_for_ever_is_in_the_way(void **state)
{
	struct mmi_error err = {0};
	struct hotplug_fixture f;
	char name[32];

	open_it(&f, *state);
	hold(&holder, MMI_GFP_MOVABLE, 0);
	holder.nr_not_now = SIZE_MAX;
	const uint64_t pfn = alloc_pfn(&f.a, holder.pages[0]);
	mmi_alloc_drain(f.a.alloc);
	const uint64_t digest = hotplug_digest(&f);
	assert_int_equal(mmi_hotplug_write_state(f.hotplug, pfn / BLOCK_PAGES, MMI_OFFLINE, &err),
			 -EBUSY);
	assert_true(digest == hotplug_digest(&f));
	snprintf(name, sizeof(name), "PFN 0x%llx ", (unsigned long long)pfn);
	assert_non_null(strstr(err.text, name));
	hotplug_check_sound(&f);
	give_all_back(&holder);
	hotplug_close(&f);
}

/*
 * The word that says a block's order says something else from the moment it is given back: nobody is
 * asked to move what no block can be, too large or not where one of that size lies.
 */
static void test_what_no_block_can_be_is_not_moved(void **state)
{
	static const struct {
		unsigned order;
		uint64_t alignment, remainder; /* of the page in pages */
		uint64_t word;
	} cases[] = {{10, 2048, 0, 11}, {0, 8, 5, 3}, {0, 2, 1, 63}};
	struct hotplug_fixture f;

	open_it(&f, *state);
	for (size_t i = 0; i < ARRAY_NR(cases); i++) {
		do
			hold(&holder, MMI_GFP_MOVABLE, cases[i].order);
		while (alloc_pfn(&f.a, holder.pages[holder.nr - 1]) % cases[i].alignment !=
		       cases[i].remainder);
		struct mmi_page *page = holder.pages[holder.nr - 1];
		hold(&holder, MMI_GFP_MOVABLE, cases[i].order); /* behind it */
		const uint64_t number = alloc_pfn(&f.a, page) / BLOCK_PAGES;
		holder.nr_moved = 0;
		page->private_data = cases[i].word;
		write_states(&f, number, 1, MMI_OFFLINE, -EBUSY);
		assert_int_equal(holder.nr_moved, holder.nr - 1); /* the others */
		page->private_data = cases[i].order;
		write_states(&f, number, 1, MMI_OFFLINE, 0);
		assert_int_equal(holder.nr_moved, holder.nr);
		write_states(&f, number, 1, MMI_ONLINE_MOVABLE, 0);
		give_all_back(&holder);
		hotplug_check_sound(&f);
	}
	hotplug_close(&f);
}

/* Pageblocks of a kernel zone have types; the free blocks of them stand on their lists. */
static void test_types_come_back_one_by_one(void **state)
{
	struct hotplug_fixture f;
	struct mmi_page *unmovable, *reclaimable;

	open_it(&f, *state);
	unmovable = mmi_alloc_pages(f.a.cpu, MMI_GFP_KERNEL, 0, 0, NULL);
	reclaimable = mmi_alloc_pages(f.a.cpu, MMI_GFP_RECLAIMABLE, 0, 0, NULL);
	assert_true(unmovable && reclaimable);
	mmi_alloc_drain(f.a.alloc);
	const uint64_t number = alloc_pfn(&f.a, unmovable) / BLOCK_PAGES;
	assert_int_equal(alloc_pfn(&f.a, reclaimable) / BLOCK_PAGES, number);

	/* Both can be moved, but the second refuses when the first has gone. */
	mmi_page_set_owner(unmovable, 0, &holder.owner);
	mmi_page_set_owner(reclaimable, 0, &holder.owner);
	holder.pages[0] = unmovable;
	holder.pages[1] = reclaimable;
	holder.nr = 2;
	holder.refuse_at = 1;
	const uint64_t digest = hotplug_digest(&f);
	write_states(&f, number, 1, MMI_OFFLINE, -EBUSY);
	assert_true(digest == hotplug_digest(&f));
	hotplug_check_sound(&f);
	holder.refuse_at = 2;
	write_states(&f, number, 1, MMI_OFFLINE, -EBUSY);
	assert_int_equal(holder.nr_moved, 1);
	hotplug_check_sound(&f);
	holder.refuse_at = 0;
	write_states(&f, number, 1, MMI_OFFLINE, 0);
	assert_int_equal(nr_in_block(&holder, number), 0);
	give_all_back(&holder);
	hotplug_check_sound(&f);
	hotplug_close(&f);
}

static void test_without_room_nothing_goes(void **state)
{
	struct hotplug_fixture f;

	open_it(&f, *state);
	struct mmi_cpu *cpu = f.a.cpu;
	struct mmi_page *chain = NULL, *page;
	/* All memory but what the watermarks keep is held, in the largest blocks; by one owner. */
	while ((page = mmi_alloc_pages(cpu, MMI_GFP_MOVABLE, 10, 0, NULL)) != NULL) {
		mmi_page_set_owner(page, 10, &holder.owner);
		page->index = (uintptr_t)chain;
		chain = page;
	}
	const struct mmi_zone *zone = alloc_zone(&f.a, 0, MMI_ZONE_MOVABLE);
	const uint64_t nr_managed = zone->nr_managed_pages, nr_free = alloc_nr_free(&f.a);
	write_states(&f, 40, 1, MMI_OFFLINE, -ENOMEM);
	assert_int_equal(zone->nr_managed_pages, nr_managed);
	assert_int_equal(alloc_nr_free(&f.a), nr_free);
	assert_int_equal(zone->nr_isolated_pages, 0);
	assert_string_equal(block_text(&f, 40), "online node0 Movable");
	hotplug_check_sound(&f);
	while ((page = chain) != NULL) {
		chain = (struct mmi_page *)(uintptr_t)page->index;
		page->index = 0;
		mmi_page_clear_owner(page);
		mmi_free_pages(cpu, page, 10);
	}
	hotplug_close(&f);
}

/* A page with an owner is not taken back: who frees it has forgotten something. */
static void test_an_owned_page_is_not_freed(void **state)
{
	struct hotplug_fixture f;

	open_it(&f, *state);
	hold(&holder, MMI_GFP_MOVABLE, 0);
	struct mmi_page *page = holder.pages[0];
	mmi_free_pages(f.a.cpu, page, 0);
	assert_int_equal(mmi_cpu_stats(f.a.cpu)->nr_bad_frees, 1);
	mmi_free_pages_bulk(f.a.cpu, (struct mmi_page *[]){page}, 1);
	assert_int_equal(mmi_cpu_stats(f.a.cpu)->nr_bad_frees, 2);
	assert_int_equal(page->refcount, 1);
	mmi_page_clear_owner(page);
	mmi_free_pages(f.a.cpu, page, 0);
	assert_int_equal(mmi_cpu_stats(f.a.cpu)->nr_frees, 1);
	hotplug_close(&f);
}

/* Free pages on contexts' lists go with the block. */
static void test_contexts_give_back_what_they_keep(void **state)
{
	struct hotplug_fixture f;

	open_it(&f, *state);
	hold(&holder, MMI_GFP_MOVABLE, 0);
	give_all_back(&holder);
	assert_true(alloc_nr_managed(&f.a) > alloc_nr_free(&f.a)); /* some lie on lists */
	write_states(&f, 40, 2, MMI_OFFLINE, 0);
	assert_int_equal(alloc_nr_managed(&f.a), 8 * BLOCK_PAGES);
	hotplug_check_sound(&f);
	struct mmi_page *page = mmi_alloc_pages(f.a.cpu, MMI_GFP_MOVABLE, 0, 0, NULL);
	assert_non_null(page);
	assert_true(alloc_pfn(&f.a, page) < block_pfn(40));
	mmi_free_pages(f.a.cpu, page, 0);
	hotplug_close(&f);
}

/* How often the rules ask whether what is left belongs to the zone. */
struct questions {
	const struct mmi_block_table *blocks;
	unsigned nr;
};

static int build_nothing(void *user)
{
	(void)user;
	return 0;
}

static bool ask_blocks(void *user, uint64_t start_pfn, uint64_t end_pfn)
{
	struct questions *questions = user;

	questions->nr++;
	return mmi_block_table_in_zone(questions->blocks, start_pfn, end_pfn, 0, MMI_ZONE_NORMAL);
}

/* Block 41 is of node 2: what is left of node 1 begins behind it, or ends before it. */
static void test_a_span_shrinks_past_another_nodes_block(void **state)
{
	static const struct mmi_spec_range turns[] = {
	    {5 * GIB, 5 * GIB + 128 * MIB, 1, 0, 0},
	    {5 * GIB + 128 * MIB, 5 * GIB + 256 * MIB, 2, 0, 0},
	    {5 * GIB + 256 * MIB, 5 * GIB + 384 * MIB, 1, 0, 0}};
	const struct mmi_machine_spec spec = x86_spec(turns, ARRAY_NR(turns));
	struct hotplug_fixture f;

	for (uint64_t left = 40; left <= 42; left += 2) {
		hotplug_open(&f, *state, &spec);
		write_states(&f, 82 - left, 1, MMI_OFFLINE, 0);
		const struct mmi_zone *zone = alloc_zone(&f.a, 1, MMI_ZONE_NORMAL);
		assert_int_equal(zone->start_pfn, block_pfn(left));
		assert_int_equal(zone->nr_spanned_pages, BLOCK_PAGES);
		hotplug_check_sound(&f);
		hotplug_close(&f);
	}
}

/*
 * ZONE_NORMAL is 4-5 GiB and a block 1 PiB up, which goes: 2^29 subsections of nothing lie between.
 * Expect the span to end at 5 GiB, found with a question or two.
 */
static void test_a_span_shrinks_over_a_petabyte_at_once(void **state)
{
	static const struct mmi_spec_range boot[] = {{MIB, GIB, 0, 0, 0},
						     {4 * GIB, 5 * GIB, 0, 0, 0}};
	static const struct mmi_spec_range far[] = {{1ull << 50, (1ull << 50) + GIB, 0, 0, 0}};
	static const struct mmi_recount_ops ops = {.rebuild = build_nothing,
						   .is_in_zone = ask_blocks};
	struct mmi_machine_spec spec = x86_spec(boot, ARRAY_NR(boot));
	const uint64_t number = (1ull << 50) / (128 * MIB);
	struct mmi_block_table blocks;
	struct mmi_mem_counts counts = {0};
	struct mmi_node_counts node;
	struct hotplug_fixture f;

	skip_without_petabyte();
	spec.windows = far;
	spec.nr_windows = ARRAY_NR(far);
	hotplug_open(&f, *state, &spec);
	add_blocks(&f, 0, number, 1);
	write_states(&f, number, 1, MMI_ONLINE_KERNEL, 0);
	counts.nodes = &node;
	mmi_hotplug_counts(f.hotplug, &counts);
	assert_int_equal(node.zones[MMI_ZONE_NORMAL].nr_spanned_pages,
			 block_pfn(number + 1) - (4 * GIB >> 12));
	assert_int_equal(
	    mmi_block_table_init(&blocks, &f.a.system->mem.layout, &f.a.system->mem.extents), 0);
	struct questions questions = {.blocks = &blocks};
	const struct mmi_recount recount = {
	    .counts = &counts,
	    .zone = MMI_ZONE_NORMAL,
	    .start_pfn = block_pfn(number),
	    .end_pfn = block_pfn(number + 1),
	    .nr_managed_pages = BLOCK_PAGES,
	    .blocks = &blocks,
	    .ops = &ops,
	    .user = &questions,
	};
	assert_int_equal(mmi_recount_offline(&recount), 0);
	assert_int_equal(node.zones[MMI_ZONE_NORMAL].start_pfn, 4 * GIB >> 12);
	assert_int_equal(node.zones[MMI_ZONE_NORMAL].nr_spanned_pages, GIB >> 12);
	assert_in_range(questions.nr, 1, 2);
	write_states(&f, number, 1, MMI_OFFLINE, 0);
	assert_int_equal(mmi_mem_zone(&f.a.system->mem, 0, MMI_ZONE_NORMAL)->nr_spanned_pages,
			 GIB >> 12);
	hotplug_check_sound(&f);
	mmi_block_table_deinit(&blocks);
	hotplug_close(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    serial_test(test_owners_move_what_they_hold),
	    serial_test(test_a_page_of_nobody_is_in_the_way),
	    serial_test(test_what_is_in_the_way_is_said),
	    serial_test(test_an_owner_who_names_himself_in_time_is_asked),
	    serial_test(test_an_owner_who_puts_it_off_for_ever_is_in_the_way),
	    serial_test(test_what_no_block_can_be_is_not_moved),
	    serial_test(test_types_come_back_one_by_one),
	    serial_test(test_without_room_nothing_goes),
	    serial_test(test_an_owned_page_is_not_freed),
	    serial_test(test_contexts_give_back_what_they_keep),
	    serial_test(test_a_span_shrinks_past_another_nodes_block),
	    serial_test(test_a_span_shrinks_over_a_petabyte_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
