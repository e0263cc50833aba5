/* SPDX-License-Identifier: MIT */
/*
 * Random machines whose memory comes and goes at random: after each step the engine's zones are what
 * the counting rules say, every invariant holds, and what Linux would refuse has changed nothing.
 *
 * The rules are told which blocks there are and what was kept, and never see a struct page.
 * MMINIT_SEED and MMINIT_MACHINES choose the first seed and how many; a failure prints its seed.
 */
#include "random_machine.h"

#include <errno.h>
#include <stdlib.h>

#include "hotplug/block_table.h"
#include "hotplug/recount.h"
#include "unit/hotplug_fixture.h"

#define NR_STEPS    24
#define NR_BLOCKS   6 /* that may be added behind the memory */
#define WINDOW_SEED 0x77

/* What the rules count, beside the system that does it. */
struct model {
	struct hotplug_fixture f;
	struct random_source random;
	uint64_t seed;
	struct mmi_block_table blocks;
	struct mmi_mem_counts counts;
	struct mmi_mem_counts shown; /* the engine's */
	uint64_t first_added;        /* number of the first block behind the memory */
	int window_nids[NR_BLOCKS];
	unsigned keep_every; /* the driver keeps each n-th block; 0: none */
	uint64_t nr_asked;
	uint64_t nr_kept_pages;
	/* What is going on in the rules. */
	size_t node;
	enum mmi_zone_type zone;
	uint64_t nr_builds;
};

static uint64_t block_start(const struct model *m, uint64_t number)
{
	return number * m->blocks.block_pages;
}

static int count_build(void *user)
{
	((struct model *)user)->nr_builds++;
	return 0;
}

/* By blocks and extents alone. */
static bool is_in_zone(void *user, uint64_t start_pfn, uint64_t end_pfn)
{
	const struct model *m = user;

	return mmi_block_table_in_zone(&m->blocks, start_pfn, end_pfn, m->node, m->zone);
}

static const struct mmi_recount_ops recount_ops = {.rebuild = count_build,
						   .is_in_zone = is_in_zone};

static void copy_counts(struct model *m, struct mmi_mem_counts *counts)
{
	struct mmi_node_counts *nodes = counts->nodes;

	counts->nodes = nodes ? nodes : calloc(m->f.a.system->mem.nr_nodes, sizeof(*nodes));
	assert_non_null(counts->nodes);
	mmi_hotplug_counts(m->f.hotplug, counts);
}

static bool keeps(void *user, uint64_t start_pfn, unsigned order)
{
	struct model *m = user;

	(void)start_pfn;
	if (!m->keep_every || m->nr_asked++ % m->keep_every)
		return false;
	m->nr_kept_pages += 1ull << order;
	return true;
}

/* The rules' half of a step that worked. */
static void recount(struct model *m, uint64_t number, uint64_t nr_managed, bool online)
{
	struct mmi_memory_block *block = mmi_block_table_get(&m->blocks, number);
	const struct mmi_recount r = {
	    .counts = &m->counts,
	    .node = m->node,
	    .zone = m->zone,
	    .start_pfn = block_start(m, number),
	    .end_pfn = block_start(m, number + 1),
	    .nr_managed_pages = nr_managed,
	    .blocks = &m->blocks,
	    .ops = &recount_ops,
	    .user = m,
	};

	if (online) {
		*block = (struct mmi_memory_block){number, m->node, (int)m->zone, true, true};
		mmi_recount_online(&r);
	} else {
		block->online = false;
		block->zone = -1;
		mmi_recount_offline(&r);
	}
}

static void online(struct model *m, uint64_t number)
{
	const struct mmi_memory_block *block = mmi_block_table_get(&m->blocks, number);
	const enum mmi_online_type type = random_below(&m->random, MMI_OFFLINE);
	const bool possible = block && !block->online;
	const uint64_t digest = possible ? 0 : hotplug_digest(&m->f);

	m->keep_every = random_below(&m->random, 3) ? 0 : 1 + (unsigned)random_below(&m->random, 3);
	m->nr_kept_pages = 0;
	const int ret = mmi_hotplug_write_state(m->f.hotplug, number, type, NULL);
	if (ret != (possible ? 0 : -EINVAL))
		fail_msg("seed %llu: online of block %llu: %d", (unsigned long long)m->seed,
			 (unsigned long long)number, ret);
	if (!possible) {
		assert_true(digest == hotplug_digest(&m->f));
		return;
	}
	m->node = block->node;
	m->zone = mmi_online_zone(&m->counts, m->node, block_start(m, number),
				  block_start(m, number + 1), type);
	recount(m, number, m->blocks.block_pages - m->nr_kept_pages, true);
}

/* Pages of the block that no balloon driver keeps: all others are managed when it can go. */
static uint64_t count_managed(const struct model *m, uint64_t number)
{
	const struct mmi_memmap *map = &m->f.a.system->mem.map;
	uint64_t nr_pages = 0;

	for (uint64_t pfn = block_start(m, number); pfn < block_start(m, number + 1); pfn++)
		nr_pages += mmi_pfn_page(map, pfn)->page_type != MMI_PAGE_TYPE_OFFLINE;
	return nr_pages;
}

static bool holds_reserved(const struct model *m, uint64_t number)
{
	const struct mmi_memmap *map = &m->f.a.system->mem.map;

	for (uint64_t pfn = block_start(m, number); pfn < block_start(m, number + 1); pfn++) {
		const struct mmi_page *page = mmi_pfn_page(map, pfn);
		if (page->flags & MMI_PG_RESERVED && page->page_type != MMI_PAGE_TYPE_OFFLINE)
			return true;
	}
	return false;
}

static void offline(struct model *m, uint64_t number)
{
	const struct mmi_memory_block *block = mmi_block_table_get(&m->blocks, number);
	const bool whole = block && block->online && mmi_block_is_whole(&m->blocks, block);
	const int expected = !whole ? -EINVAL : holds_reserved(m, number) ? -EBUSY : 0;
	const uint64_t digest = expected ? hotplug_digest(&m->f) : 0;
	const uint64_t nr_managed = expected ? 0 : count_managed(m, number);
	const int ret = mmi_hotplug_write_state(m->f.hotplug, number, MMI_OFFLINE, NULL);

	if (ret != expected)
		fail_msg("seed %llu: offline of block %llu: %d, expected %d",
			 (unsigned long long)m->seed, (unsigned long long)number, ret, expected);
	if (expected) {
		assert_true(digest == hotplug_digest(&m->f));
		return;
	}
	m->node = block->node;
	m->zone = (enum mmi_zone_type)block->zone;
	recount(m, number, nr_managed, false);
}

static void add(struct model *m, uint64_t number)
{
	const size_t i = number - m->first_added;
	const bool possible =
	    number >= m->first_added && i < NR_BLOCKS && !mmi_block_table_get(&m->blocks, number);
	const int nid = i < NR_BLOCKS ? m->window_nids[i] : m->window_nids[0];
	const int ret = mmi_hotplug_add(m->f.hotplug, nid, block_start(m, number),
					block_start(m, number + 1), NULL);

	if (possible != !ret)
		fail_msg("seed %llu: add of block %llu: %d", (unsigned long long)m->seed,
			 (unsigned long long)number, ret);
	if (ret)
		return;
	const int node = mmi_machine_node_index(m->f.a.machine, nid);
	assert_int_equal(mmi_block_table_add(&m->blocks, number, number + 1, (size_t)node), 0);
	m->counts.nodes[node].online = true;
}

static void assert_same_counts(struct model *m)
{
	copy_counts(m, &m->shown);
	for (size_t i = 0; i < m->counts.nr_nodes; i++) {
		const struct mmi_node_counts *ours = &m->counts.nodes[i];
		const struct mmi_node_counts *shown = &m->shown.nodes[i];
		if (ours->has_memory != shown->has_memory || ours->online != shown->online ||
		    memcmp(ours->zones, shown->zones, sizeof(ours->zones)) != 0)
			fail_msg("seed %llu: node %d: engine and rules count otherwise",
				 (unsigned long long)m->seed, ours->nid);
	}
	assert_int_equal(m->counts.min_free_kbytes, m->shown.min_free_kbytes);
}

static void step(struct model *m)
{
	const uint64_t lowest = m->blocks.items[0].number;
	const uint64_t number =
	    lowest + random_below(&m->random, m->first_added + NR_BLOCKS + 2 - lowest);

	switch (random_below(&m->random, 3)) {
	case 0:
		add(m, m->first_added + random_below(&m->random, NR_BLOCKS + 1));
		break;
	case 1:
		online(m, random_below(&m->random, 3)
			      ? m->first_added + random_below(&m->random, NR_BLOCKS)
			      : number);
		break;
	default:
		offline(m, random_below(&m->random, 2)
			       ? m->first_added + random_below(&m->random, NR_BLOCKS)
			       : number);
		break;
	}
	assert_same_counts(m);
	hotplug_check_sound(&m->f);
}

/* Windows behind all memory: of a node that has some, and of one that has none. */
static void add_windows(struct model *m, struct random_machine *machine,
			struct mmi_spec_range windows[NR_BLOCKS], uint64_t block_bytes)
{
	const uint64_t end = machine->memory[machine->spec.nr_memory - 1].end;

	m->first_added = (end + block_bytes - 1) / block_bytes;
	for (size_t i = 0; i < NR_BLOCKS; i++) {
		m->window_nids[i] =
		    random_below(&m->random, 2) ? machine->memory[0].nid : 1000 + (int)(i % 2);
		windows[i] = (struct mmi_spec_range){.start = (m->first_added + i) * block_bytes,
						     .end = (m->first_added + i + 1) * block_bytes,
						     .nid = m->window_nids[i]};
	}
	machine->spec.windows = windows;
	machine->spec.nr_windows = NR_BLOCKS;
	machine->spec.memory_block_bytes = block_bytes;
}

static void hotplug_seed(struct mmi_platform *platform, uint64_t seed)
{
	struct model m = {.seed = seed, .random = {seed ^ WINDOW_SEED}};
	struct mmi_spec_range windows[NR_BLOCKS];
	struct random_machine machine;

	random_machine_make(&machine, seed);
	if (machine.spec.linux_version < MMI_LINUX_6_1)
		machine.spec.linux_version = MMI_LINUX_6_1; /* they list zones by managed pages */
	const uint64_t section_bytes = 1ull << machine.spec.geometry.section_shift;
	add_windows(&m, &machine, windows, section_bytes);
	hotplug_open(&m.f, platform, &machine.spec);
	assert_int_equal(
	    mmi_block_table_init(&m.blocks, &m.f.a.system->mem.layout, &m.f.a.system->mem.extents),
	    0);
	copy_counts(&m, &m.counts);
	mmi_hotplug_set_callback(m.f.hotplug, keeps, &m);
	for (int i = 0; i < NR_STEPS; i++)
		step(&m);
	mmi_block_table_deinit(&m.blocks);
	free(m.counts.nodes);
	free(m.shown.nodes);
	hotplug_close(&m.f);
}

static void test_engine_and_rules_agree_at_every_step(void **state)
{
	const uint64_t first = random_first_seed();
	const uint64_t nr_machines = random_nr_machines(25);

	printf("report: seeds %llu to %llu\n", (unsigned long long)first,
	       (unsigned long long)(first + nr_machines - 1));
	for (uint64_t seed = first; seed < first + nr_machines; seed++)
		hotplug_seed(*state, seed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    serial_test(test_engine_and_rules_agree_at_every_step),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
