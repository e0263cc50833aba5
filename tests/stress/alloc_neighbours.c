/* SPDX-License-Identifier: MIT */
/*
 * Threads whose pages are neighbours, and who share nothing else: none looks at what another writes.
 * Who reads a struct page that is not his to read is what a race detector sees; without one, that all
 * comes back is seen.
 */
#include "stress/thread_platform.h"
#include "unit/alloc_fixture.h"

#include "memmap/page_init.h"
#include "zone/list.h"

#define MOST_ORDER 4
#define MOST_SLOTS (1 << MOST_ORDER)

static int threads_setup(void **state)
{
	struct mmi_platform *platform = NULL;
	const int ret = thread_platform_create(&platform);

	*state = platform;
	return ret;
}

static int threads_teardown(void **state)
{
	thread_platform_destroy(*state);
	return 0;
}

/* All comes back, and nothing was given back that was not handed out. */
static void close_system(struct alloc_fixture *f, struct mmi_cpu *other)
{
	assert_int_equal(mmi_cpu_stats(f->cpu)->nr_bad_frees, 0);
	assert_int_equal(mmi_cpu_stats(other)->nr_bad_frees, 0);
	mmi_cpu_destroy(other);
	mmi_cpu_drain(f->cpu);
	assert_int_equal(alloc_nr_free(f), alloc_nr_managed(f));
	alloc_close(f);
}

/* A row of pages: one thread has the first and the last, the other what lies between. */
struct row {
	struct mmi_cpu *cpus[2];
	size_t nr;
	struct mmi_page *pages[MOST_SLOTS];
	struct mmi_page *apart[MOST_SLOTS]; /* of the first thread */
};

static void give_back_row(void *arg, unsigned thread)
{
	struct row *row = arg;
	struct mmi_list between;

	if (thread == 0) {
		row->apart[0] = row->pages[0];
		row->apart[row->nr - 1] = row->pages[row->nr - 1];
		mmi_free_pages_bulk(row->cpus[0], row->apart, (int)row->nr);
		return;
	}
	mmi_list_init(&between);
	for (size_t i = 1; i < row->nr - 1; i++)
		mmi_list_add_tail(&between, &row->pages[i]->lru);
	mmi_free_pages_bulk_list(row->cpus[1], &between);
}

/*
 * One block, of which each page is given back by itself, and as many pages of elsewhere as are wanted.
 * Where pages of that zone go to is known already.
 */
static void take_row(struct row *row, unsigned order)
{
	const int nr_between = (int)row->nr - 2;
	struct mmi_page *before = mmi_alloc_pages(row->cpus[0], MMI_GFP_KERNEL, 0, -1, NULL);
	struct mmi_page *block = mmi_alloc_pages(row->cpus[0], MMI_GFP_KERNEL, order, -1, NULL);

	assert_non_null(before);
	mmi_free_pages(row->cpus[0], before, 0);
	assert_non_null(block);
	for (size_t i = 0; i < row->nr; i++) {
		row->pages[i] = block + i;
		mmi_page_set_count(block + i, 1);
	}
	assert_int_equal(mmi_alloc_pages_bulk(row->cpus[0], MMI_GFP_KERNEL, -1, NULL, nr_between,
					      &row->apart[1]),
			 nr_between);
}

/* Whole groups of slots are looked at together, of which only the ends are a row's. */
static void test_a_bulk_free_looks_at_no_page_between_its_own(void **state)
{
	static const struct mmi_spec_range memory[] = {{4 * GIB, 4 * GIB + 128 * MIB, 0, 0, 0}};
	const struct mmi_machine_spec spec = x86_spec(memory, ARRAY_NR(memory));
	struct mmi_platform *platform = *state;
	struct alloc_fixture f;

	for (unsigned order = 3; order <= MOST_ORDER; order++) {
		struct row row = {.nr = 1ull << order};
		alloc_open(&f, platform, &spec, ALL_BOOTED);
		row.cpus[0] = f.cpu;
		assert_int_equal(mmi_cpu_create(f.alloc, 0, &row.cpus[1], NULL), 0);
		take_row(&row, order);
		assert_int_equal(
		    platform->ops->run_team(platform->ctx, 2, NULL, give_back_row, &row), 2);
		for (size_t i = 0; i < row.nr; i++)
			assert_null(row.apart[i]);
		close_system(&f, row.cpus[1]);
	}
}

#define threads_test(function)                                                                     \
	cmocka_unit_test_setup_teardown(function, threads_setup, threads_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    threads_test(test_a_bulk_free_looks_at_no_page_between_its_own),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
