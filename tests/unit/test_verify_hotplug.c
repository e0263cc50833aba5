/* SPDX-License-Identifier: MIT */
/* Memory that has come and gone since boot is judged like the rest, and what is wrong with it named. */
#include "hotplug_fixture.h"

#include <errno.h>

#include "hotplug/hotplug_parts.h"
#include "mminit/verify.h"

/* Blocks 32 to 39 of node 0 and 40 to 43 of node 1 at boot; 44 to 47 can come. */
static const struct mmi_spec_range memory[] = {{4 * GIB, 5 * GIB, 0, 0, 0},
					       {5 * GIB, 5 * GIB + 512 * MIB, 1, 0, 0}};
static const struct mmi_spec_range reserved[] = {{4 * GIB + MIB, 4 * GIB + 2 * MIB, -1, 0, 0}};
static const struct mmi_spec_range windows[] = {{5 * GIB + 512 * MIB, 6 * GIB, 1, 0, 0}};

static void open_it(struct hotplug_fixture *f, struct mmi_platform *platform)
{
	struct mmi_machine_spec spec = x86_spec(memory, ARRAY_NR(memory));

	spec.reserved = reserved;
	spec.nr_reserved = ARRAY_NR(reserved);
	spec.windows = windows;
	spec.nr_windows = ARRAY_NR(windows);
	hotplug_open(f, platform, &spec);
}

static struct mmi_verdict verify(const struct hotplug_fixture *f)
{
	struct mmi_verdict verdict;
	struct mmi_error err = {0};

	if (mmi_verify_system(f->a.system, &verdict, &err))
		fail_msg("%s", err.text);
	return verdict;
}

static void expect_good(const struct hotplug_fixture *f)
{
	const struct mmi_verdict verdict = verify(f);

	for (unsigned i = 1; i <= MMI_NR_INVARIANTS; i++) {
		if (verdict.invariants[i].judgement == MMI_BROKEN)
			fail_msg("invariant %u: %s", i, verdict.invariants[i].why);
		if (i >= 5 && i <= 11)
			assert_int_equal(verdict.invariants[i].judgement, MMI_HOLDS);
	}
}

static void add(struct hotplug_fixture *f, uint64_t first, uint64_t nr)
{
	assert_int_equal(
	    mmi_hotplug_add(f->hotplug, 1, block_pfn(first), block_pfn(first + nr), NULL), 0);
}

static void test_what_comes_and_goes_is_judged(void **state)
{
	struct hotplug_fixture f;

	open_it(&f, *state);
	expect_good(&f);
	const uint64_t nr_before = verify(&f).invariants[9].nr_checks;
	add(&f, 44, 3);
	expect_good(&f); /* offline */
	write_states(&f, 44, 2, MMI_ONLINE_KERNEL, 0);
	write_states(&f, 46, 1, MMI_ONLINE_MOVABLE, 0);
	expect_good(&f);
	assert_int_equal(verify(&f).invariants[9].nr_checks, nr_before + 3 * BLOCK_PAGES);
	write_states(&f, 36, 1, MMI_OFFLINE, 0); /* of boot memory: to another zone, and away */
	expect_good(&f);
	write_states(&f, 36, 1, MMI_ONLINE_MOVABLE, 0);
	expect_good(&f);
	write_states(&f, 36, 1, MMI_OFFLINE, 0);
	assert_int_equal(mmi_hotplug_remove(f.hotplug, block_pfn(36), block_pfn(37), NULL), 0);
	write_states(&f, 45, 1, MMI_OFFLINE, 0);
	expect_good(&f);
	assert_int_equal(verify(&f).invariants[9].nr_checks, nr_before + BLOCK_PAGES);
	hotplug_close(&f);
}

/* Block 32 + @nid. */
static struct mmi_spec_range block_of_node(int nid)
{
	return (struct mmi_spec_range){.start = block_pfn(32 + (uint64_t)nid) << 12,
				       .end = block_pfn(33 + (uint64_t)nid) << 12,
				       .nid = nid};
}

/*
 * Up to 6.1 the node whose last page goes counts as one with memory in the build that this causes: it
 * gets load, and others' orders are otherwise than without it.  Eight nodes of a block, all as near.
 */
static void test_a_node_that_was_emptied_has_had_its_load(void **state)
{
	struct mmi_spec_range blocks[8];

	for (int i = 0; i < 8; i++)
		blocks[i] = block_of_node(i);
	for (int version = MMI_LINUX_6_1; version <= MMI_LINUX_7_X; version++) {
		struct mmi_machine_spec spec = x86_spec(blocks, ARRAY_NR(blocks));
		struct hotplug_fixture f;

		spec.linux_version = version;
		hotplug_open(&f, *state, &spec);
		for (uint64_t number = 32; number < 40; number++) {
			write_states(&f, number, 1, MMI_OFFLINE, 0);
			expect_good(&f);
			assert_int_equal(mmi_zonelists_rebuild(f.a.alloc), 0);
			expect_good(&f);
			write_states(&f, number, 1, MMI_ONLINE, 0);
			expect_good(&f);
		}
		/* Lists that still have the zone of a node without memory are no such build's. */
		uint64_t *nr_pages = &alloc_zone(&f.a, 3, MMI_ZONE_NORMAL)->nr_present_pages;
		*nr_pages = 0;
		assert_int_equal(verify(&f).invariants[10].judgement, MMI_BROKEN);
		*nr_pages = BLOCK_PAGES;
		hotplug_close(&f);
	}
}

/*
 * Up to 5.16 loads and distances weigh by how many nodes were online when the lists were built; nodes
 * come online, and go offline again, without one.  Eight nodes of a block at all sorts of distances:
 * from some on, that weight turns orders.  Blocks of nodes 3 and 7 come later.
 */
static void test_lists_are_judged_by_the_nodes_online_when_they_were_built(void **state)
{
	static const uint16_t distances[] = {
	    10, 11, 11, 15, 20, 11, 16, 11, /* node 0 */
	    11, 10, 11, 11, 11, 17, 17, 11, /* node 1 */
	    11, 11, 10, 15, 11, 11, 20, 17, /* node 2 */
	    11, 11, 11, 10, 13, 20, 11, 20, /* node 3 */
	    20, 11, 11, 13, 10, 11, 11, 13, /* node 4 */
	    11, 17, 11, 20, 11, 10, 14, 11, /* node 5 */
	    16, 17, 20, 11, 11, 11, 10, 20, /* node 6 */
	    11, 11, 13, 20, 13, 11, 11, 10, /* node 7 */
	};
	static const int nids[] = {0, 1, 2, 3, 4, 5, 6, 7};
	static const int cpu_nids[] = {0, 2, 4, 6, 7};
	static const int boot_nids[] = {0, 1, 2, 4, 5}, later_nids[] = {3, 7};
	struct mmi_spec_range boot[ARRAY_NR(boot_nids)], later[ARRAY_NR(later_nids)];

	for (size_t i = 0; i < ARRAY_NR(boot_nids); i++)
		boot[i] = block_of_node(boot_nids[i]);
	for (size_t i = 0; i < ARRAY_NR(later_nids); i++)
		later[i] = block_of_node(later_nids[i]);
	for (int version = 0; version <= MMI_LINUX_7_X; version++) {
		struct mmi_machine_spec spec = x86_spec(boot, ARRAY_NR(boot));
		struct hotplug_fixture f;

		spec.windows = later;
		spec.nr_windows = ARRAY_NR(later);
		spec.cpu_nids = cpu_nids;
		spec.nr_cpus = ARRAY_NR(cpu_nids);
		spec.distances = distances;
		spec.distance_nids = nids;
		spec.nr_distance_nodes = ARRAY_NR(nids);
		spec.linux_version = version;
		hotplug_open(&f, *state, &spec);
		for (size_t i = 0; i < ARRAY_NR(later_nids); i++) {
			add_blocks(&f, later_nids[i], 32 + later_nids[i], 1);
			expect_good(&f);
			assert_int_equal(mmi_zonelists_rebuild(f.a.alloc), 0);
			expect_good(&f);
		}
		write_states(&f, 32 + 7, 1, MMI_ONLINE_MOVABLE, 0);
		expect_good(&f);
		assert_int_equal(
		    mmi_hotplug_remove(f.hotplug, block_pfn(32 + 3), block_pfn(33 + 3), NULL), 0);
		expect_good(&f);
		hotplug_close(&f);
	}
}

/* Invariant @number is broken, first at @pfn. */
static void expect_broken(const struct hotplug_fixture *f, unsigned number, uint64_t pfn)
{
	const struct mmi_verdict verdict = verify(f);

	assert_int_equal(verdict.invariants[number].judgement, MMI_BROKEN);
	assert_int_equal(verdict.invariants[number].pfn, pfn);
}

static void test_what_is_wrong_with_it_is_named(void **state)
{
	struct hotplug_fixture f;

	open_it(&f, *state);
	add(&f, 44, 1);
	write_states(&f, 44, 1, MMI_ONLINE, 0);
	/* A page of it keeps a field. */
	struct mmi_page *page = mmi_pfn_page(&f.a.system->mem.map, block_pfn(44) + 77);
	page->index = 1;
	expect_broken(&f, 9, block_pfn(44) + 77);
	page->index = 0;
	expect_good(&f);
	/* Its pages are of another zone than it went to. */
	struct mmi_memory_block *block = mmi_block_table_get(&f.hotplug->blocks, 44);
	block->zone = MMI_ZONE_MOVABLE;
	expect_broken(&f, 9, block_pfn(44));
	block->zone = MMI_ZONE_NORMAL;
	/* It is offline, and free all the same. */
	block->online = false;
	assert_int_equal(verify(&f).invariants[9].judgement, MMI_BROKEN);
	expect_broken(&f, 11, block_pfn(44));
	block->online = true;
	expect_good(&f);
	hotplug_close(&f);
}

static void test_no_boot_gives_the_same(void **state)
{
	struct mmi_verdict verdict;
	struct hotplug_fixture f;

	open_it(&f, *state);
	verdict = verify(&f);
	assert_int_equal(mmi_verify_serial(f.a.system, *state, &verdict, NULL), 0);
	add(&f, 44, 1);
	write_states(&f, 44, 1, MMI_ONLINE, 0);
	const struct mmi_verdict before = verdict = verify(&f);
	assert_int_equal(mmi_verify_serial(f.a.system, *state, &verdict, NULL), -EINVAL);
	assert_memory_equal(&before, &verdict, sizeof(verdict));
	hotplug_close(&f);
}

/* The reference knows of no balloon: what one keeps is no fault of anybody. */
static void test_what_a_balloon_keeps_is_not_compared(void **state)
{
	struct hotplug_fixture f;

	open_it(&f, *state);
	assert_int_equal(mmi_balloon_take(f.hotplug, block_pfn(37), block_pfn(37) + 5, NULL), 0);
	assert_int_equal(verify(&f).invariants[9].judgement, MMI_NOT_JUDGED);
	assert_int_equal(mmi_balloon_give(f.hotplug, block_pfn(37), block_pfn(37) + 5, NULL), 0);
	expect_good(&f);
	hotplug_close(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    serial_test(test_what_comes_and_goes_is_judged),
	    serial_test(test_a_node_that_was_emptied_has_had_its_load),
	    serial_test(test_lists_are_judged_by_the_nodes_online_when_they_were_built),
	    serial_test(test_what_is_wrong_with_it_is_named),
	    serial_test(test_no_boot_gives_the_same),
	    serial_test(test_what_a_balloon_keeps_is_not_compared),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
