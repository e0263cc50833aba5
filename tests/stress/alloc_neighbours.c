/* SPDX-License-Identifier: MIT */
/*
 * Threads whose pages are neighbours, and who share nothing else: none looks at what another writes.
 * Who reads a struct page that is not his to read is what a race detector sees; without one, that all
 * comes back is seen.
 */
#include "stress/threads_test.h"
#include "unit/hotplug_fixture.h"

#include "memmap/page_init.h"
#include "zone/list.h"

#define MOST_ORDER 4
#define MOST_SLOTS (1 << MOST_ORDER)
#define NR_ROUNDS  20
#define NODE_PAGES 2048ull /* about as many */

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

/* Two nodes that meet inside a block: the buddy of the one's last page is the other's first. */
#define BORDER_PFN ((4 * GIB >> 12) + NODE_PAGES + 3)
static const struct mmi_spec_range nodes_memory[] = {
    {4 * GIB, BORDER_PFN << 12, 0, 0, 0},
    {BORDER_PFN << 12, 4 * GIB + (2 * NODE_PAGES << 12), 1, 0, 0}};

struct nodes {
	struct hotplug_fixture f;
	struct mmi_cpu *cpus[2];
	struct mmi_page *pages[2][2 * NODE_PAGES];
	uint64_t nr_taken[2];
	uint64_t nr_broken[2];
	uint64_t nr_kept;
};

static void open_nodes(struct nodes *nodes, struct mmi_platform *platform)
{
	const struct mmi_machine_spec spec = x86_spec(nodes_memory, ARRAY_NR(nodes_memory));

	memset(nodes, 0, sizeof(*nodes));
	hotplug_open(&nodes->f, platform, &spec);
	nodes->cpus[0] = nodes->f.a.cpu;
	assert_int_equal(mmi_cpu_create(nodes->f.a.alloc, 1, &nodes->cpus[1], NULL), 0);
}

static bool is_broken(struct mmi_zone *zone)
{
	const struct mmi_platform *platform = zone->mem->platform;

	platform->ops->lock(platform->ctx, &zone->lock);
	const int ret = mmi_zone_check(zone, NULL);
	platform->ops->unlock(platform->ctx, &zone->lock);
	return ret;
}

static void empty_and_fill_node(void *arg, unsigned thread)
{
	const unsigned gfp = MMI_GFP_THISNODE | MMI_GFP_NOWAIT | MMI_GFP_MEMALLOC;
	struct nodes *nodes = arg;
	struct mmi_cpu *cpu = nodes->cpus[thread];
	struct mmi_page **pages = nodes->pages[thread];
	struct mmi_page *page;

	for (int round = 0; round < NR_ROUNDS; round++) {
		size_t nr = 0;
		while (nr < 2 * NODE_PAGES && (page = mmi_alloc_pages(cpu, gfp, 0, -1, NULL)))
			pages[nr++] = page;
		nodes->nr_taken[thread] += nr;
		while (nr)
			mmi_free_pages(cpu, pages[--nr], 0);
		mmi_cpu_drain(cpu);
		nodes->nr_broken[thread] +=
		    is_broken(alloc_zone(&nodes->f.a, (int)thread, MMI_ZONE_NORMAL));
	}
}

static void test_nodes_that_meet_inside_a_block_share_no_word(void **state)
{
	static struct nodes nodes;
	struct mmi_platform *platform = *state;

	open_nodes(&nodes, platform);
	assert_int_equal(
	    platform->ops->run_team(platform->ctx, 2, NULL, empty_and_fill_node, &nodes), 2);
	assert_int_equal(nodes.nr_taken[0], NR_ROUNDS * (NODE_PAGES + 3));
	assert_int_equal(nodes.nr_taken[1], NR_ROUNDS * (NODE_PAGES - 3));
	assert_int_equal(nodes.nr_broken[0] + nodes.nr_broken[1], 0);
	close_system(&nodes.f.a, nodes.cpus[1]);
}

/* One thread works on its node, the other has a balloon take and give the next node's first page. */
static void work_beside_balloon(void *arg, unsigned thread)
{
	struct nodes *nodes = arg;

	if (thread == 0) {
		empty_and_fill_node(nodes, 0);
		return;
	}
	for (int round = 0; round < NR_ROUNDS; round++)
		nodes->nr_kept +=
		    !mmi_balloon_take(nodes->f.hotplug, BORDER_PFN, BORDER_PFN + 1, NULL) &&
		    !mmi_balloon_give(nodes->f.hotplug, BORDER_PFN, BORDER_PFN + 1, NULL);
}

static void test_a_balloon_beyond_the_border_is_not_looked_at(void **state)
{
	static struct nodes nodes;
	struct mmi_platform *platform = *state;

	open_nodes(&nodes, platform);
	assert_int_equal(
	    platform->ops->run_team(platform->ctx, 2, NULL, work_beside_balloon, &nodes), 2);
	assert_int_equal(nodes.nr_kept, NR_ROUNDS);
	assert_int_equal(nodes.nr_taken[0], NR_ROUNDS * (NODE_PAGES + 3));
	assert_int_equal(nodes.nr_broken[0], 0);
	close_system(&nodes.f.a, nodes.cpus[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    threads_test(test_a_bulk_free_looks_at_no_page_between_its_own),
	    threads_test(test_nodes_that_meet_inside_a_block_share_no_word),
	    threads_test(test_a_balloon_beyond_the_border_is_not_looked_at),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
