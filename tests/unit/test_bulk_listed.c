/* SPDX-License-Identifier: MIT */
/* Runs handed out and taken back: the same pages whatever the width, and what is wrong stays. */
#include "alloc_fixture.h"

#include "memmap/page_init.h"
#include "page_alloc/bulk_listed.h"

#define MOST_PAGES 56 /* groups of both sizes, several, and every rest */
#define NR_STARTS  5
#define SENTINEL   ((struct mmi_page *)0x5a5a)

struct ways_bed {
	struct mmi_machine *machine;
	struct mmi_memmap map;
	const struct mmi_bulk_ways *ways;
	uint64_t flags; /* of the zone */
	struct mmi_page *slots[NR_STARTS + MOST_PAGES + 1];
};

static void open_bed(struct ways_bed *bed, struct mmi_platform *platform, enum mmi_store store)
{
	const struct mmi_spec_range memory[] = {{0, 128 * MIB, 0, 0, 0}};
	const struct mmi_memmap_options options = {.store = store};
	struct mmi_machine_spec spec = x86_spec(memory, 1);

	bed->machine = make_machine(platform, &spec);
	assert_int_equal(mmi_memmap_init(&bed->map, bed->machine, &options, NULL), 0);
	bed->ways = mmi_bulk_ways(bed->map.options.store);
	bed->flags = mmi_page_flags(3, MMI_ZONE_NORMAL);
	mmi_pages_init(&bed->map, 0, mmi_section_pages(&bed->map.geometry), bed->flags, 1);
	bed->flags &= ~0ull << MMI_PG_ZONE_SHIFT;
}

static void close_bed(struct ways_bed *bed)
{
	mmi_memmap_deinit(&bed->map);
	mmi_machine_destroy(bed->machine);
}

/* Slots from @start on hold the first @nr pages, which are allocated; all else holds sentinels. */
static void hand_to_caller(struct ways_bed *bed, size_t start, size_t nr)
{
	for (size_t i = 0; i < ARRAY_NR(bed->slots); i++)
		bed->slots[i] = SENTINEL;
	for (size_t i = 0; i < nr; i++) {
		bed->slots[start + i] = &bed->map.pages[i];
		mmi_page_set_count(&bed->map.pages[i], 1);
	}
}

static void for_every_store(struct mmi_platform *platform, void (*hold)(struct ways_bed *bed))
{
	static struct ways_bed bed;

	for (enum mmi_store store = MMI_STORE_C; store < MMI_NR_STORES; store++) {
		if (!mmi_store_is_supported(store))
			continue;
		open_bed(&bed, platform, store);
		hold(&bed);
		close_bed(&bed);
	}
}

static void hold_take_back(struct ways_bed *bed, size_t start, size_t nr, size_t nr_good)
{
	struct mmi_page before[MOST_PAGES], *slots_before[ARRAY_NR(bed->slots)];

	memcpy(before, bed->map.pages, sizeof(before));
	memcpy(slots_before, bed->slots, sizeof(slots_before));
	assert_int_equal(bed->ways->take_back(&bed->map, &bed->slots[start], nr, bed->flags),
			 nr_good);
	for (size_t i = 0; i < ARRAY_NR(bed->slots); i++) {
		const bool moved = i >= start && i < start + nr_good;
		assert_ptr_equal(bed->slots[i], moved ? NULL : slots_before[i]);
	}
	for (size_t i = 0; i < MOST_PAGES; i++) {
		before[i].refcount = i < nr_good ? 0 : before[i].refcount;
		assert_memory_equal(&bed->map.pages[i], &before[i], sizeof(before[i]));
	}
}

/* The run goes on behind those that are asked for. */
static void hold_shorter_requests(struct ways_bed *bed)
{
	for (size_t nr = 1; nr <= MOST_PAGES; nr++) {
		hand_to_caller(bed, 1, MOST_PAGES);
		hold_take_back(bed, 1, nr, nr);
	}
}

static void test_no_more_are_taken_back_than_are_asked_for(void **state)
{
	for_every_store(*state, hold_shorter_requests);
}

/* What makes a page, or its slot, one that is not taken back. */
enum spoil {
	FREE,
	SHARED,
	RESERVED,
	OTHER_ZONE,
	OTHER_NODE,
	OWNED,
	TYPED,
	EMPTY_SLOT,
	OTHER_PAGE,
	NR_SPOILS
};

static void spoil(struct mmi_page *page, struct mmi_page **slot, enum spoil how)
{
	switch (how) {
	case FREE:
		page->refcount = 0;
		break;
	case SHARED:
		page->refcount = 2;
		break;
	case RESERVED:
		page->flags |= MMI_PG_RESERVED;
		break;
	case OTHER_ZONE:
		page->flags ^= 1ull << MMI_PG_ZONE_SHIFT;
		break;
	case OTHER_NODE:
		page->flags ^= 1ull << 63;
		break;
	case OWNED:
		page->mapping = 1ull << 63;
		break;
	case TYPED:
		page->page_type = MMI_PAGE_TYPE_OFFLINE;
		break;
	case EMPTY_SLOT:
		*slot = NULL;
		break;
	default:
		*slot = page + 1;
	}
}

static void hold_every_length(struct ways_bed *bed)
{
	for (size_t start = 0; start < NR_STARTS; start++) {
		for (size_t nr = 1; nr <= MOST_PAGES; nr++) {
			hand_to_caller(bed, start, nr);
			hold_take_back(bed, start, nr, nr);
			for (size_t i = 0; i < ARRAY_NR(bed->slots); i++)
				bed->slots[i] = NULL;
			bed->ways->hand_out(bed->map.pages, &bed->slots[start], nr);
			for (size_t i = 0; i < ARRAY_NR(bed->slots); i++) {
				const bool filled = i >= start && i < start + nr;
				assert_ptr_equal(bed->slots[i],
						 filled ? &bed->map.pages[i - start] : NULL);
			}
			for (size_t i = 0; i < nr; i++)
				assert_int_equal(bed->map.pages[i].refcount, 1);
		}
	}
}

static void test_runs_of_every_length_go_there_and_back(void **state)
{
	for_every_store(*state, hold_every_length);
}

static void hold_every_spoil(struct ways_bed *bed)
{
	for (size_t nr = 1; nr <= MOST_PAGES; nr++) {
		for (size_t at = nr > 18 ? nr - 18 : 0; at < nr; at++) {
			for (enum spoil how = 0; how < NR_SPOILS; how++) {
				const struct mmi_page kept = bed->map.pages[at];
				if (at == 0 && how >= EMPTY_SLOT)
					continue; /* the first slot says which run is meant */
				hand_to_caller(bed, 1, nr);
				spoil(&bed->map.pages[at], &bed->slots[1 + at], how);
				hold_take_back(bed, 1, nr, at);
				bed->map.pages[at] = kept;
			}
		}
	}
}

static void test_a_run_ends_before_the_first_that_is_not_to_be_taken_back(void **state)
{
	for_every_store(*state, hold_every_spoil);
}

/* Turns all of the first pages that is nothing to whom takes them back. */
static void turn_free_words(struct ways_bed *bed)
{
	for (size_t i = 0; i < MOST_PAGES; i++) {
		struct mmi_page *page = &bed->map.pages[i];
		page->flags ^= MMI_PG_LAST_CPUPID | MMI_PG_HEAD;
		memset(&page->lru, 0xff, sizeof(page->lru));
		page->index = page->private_data = page->memcg_data = ~0ull;
	}
}

static void hold_free_words(struct ways_bed *bed)
{
	turn_free_words(bed);
	hand_to_caller(bed, 2, MOST_PAGES);
	hold_take_back(bed, 2, MOST_PAGES, MOST_PAGES);
}

static void test_words_that_are_the_owners_are_not_judged(void **state)
{
	for_every_store(*state, hold_free_words);
}

/* The last pages of the memmap, and then some from its beginning: behind its end is nothing. */
static void hold_last_pages(struct ways_bed *bed)
{
	const size_t last = mmi_section_pages(&bed->map.geometry) - 1;

	for (size_t nr_last = 1; nr_last < 16; nr_last++) {
		for (size_t i = 0; i < 16; i++)
			bed->slots[i] =
			    &bed->map.pages[i < nr_last ? last + 1 - nr_last + i : i - nr_last];
		assert_int_equal(bed->ways->take_back(&bed->map, bed->slots, 16, bed->flags),
				 nr_last);
		for (size_t i = 0; i < nr_last; i++)
			mmi_page_set_count(&bed->map.pages[last - i], 1);
	}
}

static void test_nothing_behind_the_run_is_read(void **state)
{
	for_every_store(*state, hold_last_pages);
}

/* What is looked at is looked at in as wide words as the store has. */
static void test_a_store_and_its_ways_are_of_one_width(void **state)
{
	const struct mmi_bulk_ways *plain = mmi_bulk_ways(MMI_STORE_C);
	const struct mmi_bulk_ways *wide = mmi_bulk_ways(MMI_STORE_AVX2);

	(void)state;
	assert_ptr_equal(mmi_bulk_ways(MMI_STORE_SSE2), plain);
	assert_ptr_equal(mmi_bulk_ways(MMI_STORE_NEON), plain);
	assert_ptr_equal(mmi_bulk_ways(MMI_STORE_AVX512), wide);
#ifdef __x86_64__
	assert_ptr_not_equal(wide, plain);
#endif
}

#ifdef MMI_CHECKED
/* A look at a page of the run, and how many pages had been taken by then. */
struct look {
	uint64_t pfn;
	size_t nr_taken;
};

/* One for the program: the checked core tells the platform of every look. */
static struct {
	struct mmi_platform platform;
	struct mmi_platform_ops ops;
	const struct mmi_page *pages;
	struct mmi_page *const *slots;
	struct look looks[3 * MOST_PAGES];
	size_t nr;
} watch;

static void note_look(void *ctx, enum mmi_yield where, uint64_t pfn)
{
	size_t nr_taken = 0;

	(void)ctx;
	assert_int_equal(where, MMI_YIELD_PAGE);
	assert_true(watch.nr < ARRAY_NR(watch.looks));
	while (nr_taken < MOST_PAGES && !watch.slots[nr_taken] &&
	       watch.pages[nr_taken].refcount == 0)
		nr_taken++;
	watch.looks[watch.nr++] = (struct look){pfn, nr_taken};
}

static bool is_slot_wrong(size_t i, size_t at, enum spoil how)
{
	return i == at && how >= EMPTY_SLOT;
}

/* Refcount and type are one word, which ends the look at a group. */
static bool is_word_wrong(size_t i, size_t at, enum spoil how)
{
	return i == at && (how == FREE || how == SHARED || how == TYPED);
}

/* The looks at groups of @group pages from *i on, until one is not taken. */
static size_t expect_groups(struct look *looks, size_t group, size_t *i, size_t nr, size_t at,
			    enum spoil how)
{
	size_t nr_looks = 0, k;

	while (nr - *i >= group) {
		const bool is_spoiled = at >= *i && at < *i + group;
		if (is_spoiled && is_slot_wrong(at, at, how))
			break;
		for (k = 0; k < group; k++) {
			looks[nr_looks++] = (struct look){*i + k, *i};
			if (is_word_wrong(*i + k, at, how))
				break;
		}
		if (is_spoiled)
			break;
		*i += group;
	}
	return nr_looks;
}

/* The looks at a run of @nr pages of which that @at is spoiled: groups, and then one by one. */
static size_t expect_looks(struct look *looks, size_t nr, size_t at, enum spoil how)
{
	size_t i = 0;
	size_t nr_looks = expect_groups(looks, 16, &i, nr, at, how);

	nr_looks += expect_groups(looks + nr_looks, 8, &i, nr, at, how);
	for (; i < nr && !is_slot_wrong(i, at, how); i++) {
		looks[nr_looks++] = (struct look){i, i};
		if (i == at)
			break;
	}
	return nr_looks;
}

static void hold_looks(struct ways_bed *bed, size_t nr, size_t at, enum spoil how)
{
	const struct mmi_platform *const platform = bed->map.platform;
	struct look expected[3 * MOST_PAGES];
	const size_t nr_expected = expect_looks(expected, nr, at, how);

	watch.platform = *platform;
	watch.ops = *platform->ops;
	watch.ops.yield_point = note_look;
	watch.platform.ops = &watch.ops;
	watch.pages = bed->map.pages;
	watch.slots = &bed->slots[1];
	watch.nr = 0;
	bed->map.platform = &watch.platform;
	bed->ways->take_back(&bed->map, &bed->slots[1], nr, bed->flags);
	bed->map.platform = platform;
	assert_int_equal(watch.nr, nr_expected);
	for (size_t i = 0; i < nr_expected; i++) {
		assert_int_equal(watch.looks[i].pfn, expected[i].pfn);
		assert_int_equal(watch.looks[i].nr_taken, expected[i].nr_taken);
	}
}

static void hold_looks_at_every_run(struct ways_bed *bed)
{
	turn_free_words(bed);
	for (size_t nr = 1; nr <= MOST_PAGES; nr++) {
		hand_to_caller(bed, 1, nr);
		hold_looks(bed, nr, nr, FREE);
		for (size_t at = 1; at < nr; at++) {
			for (enum spoil how = 0; how < NR_SPOILS; how++) {
				const struct mmi_page kept = bed->map.pages[at];
				hand_to_caller(bed, 1, nr);
				spoil(&bed->map.pages[at], &bed->slots[1 + at], how);
				hold_looks(bed, nr, at, how);
				bed->map.pages[at] = kept;
			}
		}
	}
}

/* A group that is all right goes as one; only one that is not is looked at again page by page. */
static void test_a_group_is_looked_at_before_it_is_taken(void **state)
{
	for_every_store(*state, hold_looks_at_every_run);
}
#endif

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    serial_test(test_runs_of_every_length_go_there_and_back),
	    serial_test(test_a_run_ends_before_the_first_that_is_not_to_be_taken_back),
	    serial_test(test_no_more_are_taken_back_than_are_asked_for),
	    serial_test(test_words_that_are_the_owners_are_not_judged),
	    serial_test(test_nothing_behind_the_run_is_read),
	    serial_test(test_a_store_and_its_ways_are_of_one_width),
#ifdef MMI_CHECKED
	    serial_test(test_a_group_is_looked_at_before_it_is_taken),
#endif
	};
	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
