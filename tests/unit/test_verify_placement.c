/* SPDX-License-Identifier: MIT */
/* Invariant 12 is judged by what the platform says of threads and pages, and by the policy. */
#include "verify_fixture.h"

/* A platform that says what it is told to: struct pages lie where they were put, or do not. */
static struct fake {
	struct mmi_platform platform;
	const struct mmi_platform *serial;
	struct mmi_platform_ops ops;
	/* Where commit() put units, by address. */
	struct {
		const char *start, *end;
		int nid;
	} puts[64];
	size_t nr_puts;
	const void *moved; /* the host pages from here on, @nr_moved of them, lie elsewhere */
	size_t nr_moved;
	bool threads_stray;
	bool is_silent; /* says nothing of memory */
} fake;

#define HOST_PAGE_BYTES 4096

static int fake_commit(void *ctx, void *start, size_t size_bytes, const struct mmi_backing *backing)
{
	if (backing->nid >= 0) {
		assert_true(fake.nr_puts < ARRAY_NR(fake.puts));
		fake.puts[fake.nr_puts].start = start;
		fake.puts[fake.nr_puts].end = (char *)start + size_bytes;
		fake.puts[fake.nr_puts++].nid = backing->nid;
	}
	return fake.serial->ops->commit(ctx, start, size_bytes, backing);
}

static int nid_put_at(const char *page)
{
	for (size_t i = 0; i < fake.nr_puts; i++)
		if (page >= fake.puts[i].start && page < fake.puts[i].end)
			return fake.puts[i].nid;
	return -1;
}

static int fake_pages_on_node(void *ctx, const void *start, size_t size_bytes, int nid,
			      uint64_t *nr_there, uint64_t *nr_elsewhere)
{
	const char *moved = fake.moved;

	(void)ctx;
	*nr_there = *nr_elsewhere = 0;
	for (const char *page = start; page < (const char *)start + size_bytes;
	     page += HOST_PAGE_BYTES) {
		const bool is_moved =
		    moved && page >= moved && page < moved + fake.nr_moved * HOST_PAGE_BYTES;
		const bool there = nid_put_at(page) == nid && !is_moved;
		*nr_there += there;
		*nr_elsewhere += !there;
	}
	return fake.is_silent ? -1 : 0;
}

static int fake_on_node(void *ctx, int nid)
{
	(void)ctx;
	(void)nid;
	return !fake.threads_stray;
}

static int setup(void **state)
{
	struct mmi_platform *serial;

	if (mmi_platform_serial_create(&serial, NULL))
		return -1;
	fake = (struct fake){.serial = serial, .ops = *serial->ops};
	fake.ops.commit = fake_commit;
	fake.ops.pages_on_node = fake_pages_on_node;
	fake.ops.on_node = fake_on_node;
	fake.platform = (struct mmi_platform){.ops = &fake.ops, .ctx = serial->ctx};
	*state = serial;
	return 0;
}

static int teardown(void **state)
{
	mmi_platform_serial_destroy(*state);
	return 0;
}

/* Two nodes of 1 GiB: 8 sections each, a unit of memmap of 512 host pages for each. */
#define UNIT_HOST_PAGES 512
#define NODE_HOST_PAGES (8 * UNIT_HOST_PAGES)
#define BLOCK_BYTES     (128 * MIB) /* a memory block, a section, a unit */

/* Where more can come: a block behind them to node 0, and the next two to node 1. */
static const struct mmi_spec_range windows[] = {
    {6 * GIB, 6 * GIB + BLOCK_BYTES, 0, 0, 0},
    {6 * GIB + BLOCK_BYTES, 6 * GIB + 3 * BLOCK_BYTES, 1, 0, 0}};

static struct mmi_system *boot_two_nodes(struct mmi_machine **machine, enum mmi_placement placement)
{
	static const struct mmi_spec_range memory[] = {{4 * GIB, 5 * GIB, 0, 0, 0},
						       {5 * GIB, 6 * GIB, 1, 0, 0}};
	struct mmi_machine_spec spec = x86_spec(memory, 2);
	const struct mmi_system_options options = {.memmap.placement = placement};
	struct mmi_system *system;

	spec.windows = windows;
	spec.nr_windows = ARRAY_NR(windows);
	*machine = make_machine(&fake.platform, &spec);
	system = create_system(*machine, &options);
	boot_system(system);
	return system;
}

static struct mmi_invariant_verdict judge(const struct mmi_system *system)
{
	struct mmi_verdict verdict;

	verify_system(system, &verdict);
	return verdict.invariants[12];
}

static void every_policy_is_held_to_what_it_promises(void **state)
{
	static const enum mmi_placement placements[] = {MMI_PLACE_LOCAL, MMI_PLACE_INTERLEAVE,
							MMI_PLACE_REMOTE};

	(void)state;
	for (size_t i = 0; i < ARRAY_NR(placements); i++) {
		struct mmi_machine *machine;
		struct mmi_system *system = boot_two_nodes(&machine, placements[i]);
		struct mmi_invariant_verdict verdict = judge(system);

		assert_int_equal(verdict.judgement, MMI_HOLDS);
		assert_true(verdict.nr_checks > 2 * NODE_HOST_PAGES);
		/* The same places are wrong for any other policy. */
		for (size_t j = 0; j < ARRAY_NR(placements); j++) {
			system->mem.map.options.placement = placements[j];
			assert_int_equal(judge(system).judgement, i == j ? MMI_HOLDS : MMI_BROKEN);
		}
		mmi_system_destroy(system);
		mmi_machine_destroy(machine);
		fake.nr_puts = 0;
	}
}

static void one_page_in_a_thousand_may_lie_elsewhere(void **state)
{
	struct mmi_machine *machine;
	struct mmi_system *system = boot_two_nodes(&machine, MMI_PLACE_LOCAL);
	const uint64_t pfn = (5 * GIB + 256 * MIB) >> 12;
	struct mmi_invariant_verdict verdict;

	(void)state;
	fake.moved = mmi_pfn_page(&system->mem.map, pfn);
	fake.nr_moved = NODE_HOST_PAGES / 1000;
	assert_int_equal(judge(system).judgement, MMI_HOLDS);
	fake.nr_moved++;
	verdict = judge(system);
	assert_int_equal(verdict.judgement, MMI_BROKEN);
	assert_int_equal(verdict.pfn, pfn);
	assert_non_null(strstr(verdict.why, "memmap of node 1: 5 of 4096"));
	mmi_system_destroy(system);
	mmi_machine_destroy(machine);
}

static void threads_that_stray_are_found(void **state)
{
	struct mmi_machine *machine;
	struct mmi_system *system;
	struct mmi_invariant_verdict verdict;

	(void)state;
	fake.threads_stray = true;
	fake.is_silent = true;
	system = boot_two_nodes(&machine, MMI_PLACE_LOCAL);
	verdict = judge(system);
	assert_int_equal(verdict.judgement, MMI_BROKEN);
	assert_non_null(strstr(verdict.why, "worker 0 of node 0"));
	assert_int_equal(verdict.pfn, system->plan.chunks[0].start_pfn);
	mmi_system_destroy(system);
	mmi_machine_destroy(machine);
}

static void where_nothing_is_said_nothing_is_judged(void **state)
{
	struct mmi_machine *machine;
	struct mmi_system *system;

	(void)state;
	fake.ops.on_node = NULL;
	system = boot_two_nodes(&machine, MMI_PLACE_ANYWHERE);
	assert_int_equal(judge(system).judgement, MMI_NOT_JUDGED);
	fake.is_silent = true;
	system->mem.map.options.placement = MMI_PLACE_LOCAL;
	assert_int_equal(judge(system).judgement, MMI_NOT_JUDGED);
	fake.ops.pages_on_node = NULL;
	assert_int_equal(judge(system).judgement, MMI_NOT_JUDGED);
	mmi_system_destroy(system);
	mmi_machine_destroy(machine);
}

static void add_memory(struct mmi_system *system, const struct mmi_spec_range *range)
{
	struct mmi_error err = {0};
	struct mmi_hotplug *hotplug = mmi_system_hotplug(system, &err);

	if (!hotplug ||
	    mmi_hotplug_add(hotplug, range->nid, range->start >> 12, range->end >> 12, &err))
		fail_msg("%s", err.text);
	for (uint64_t at = range->start; at < range->end; at += BLOCK_BYTES)
		if (mmi_hotplug_write_state(hotplug, at / BLOCK_BYTES, MMI_ONLINE, &err))
			fail_msg("%s", err.text);
}

/* A block's struct pages are a unit of their own here. */
static void memory_that_came_lies_where_the_policy_puts_it(void **state)
{
	static const enum mmi_placement placements[] = {MMI_PLACE_LOCAL, MMI_PLACE_INTERLEAVE,
							MMI_PLACE_REMOTE};

	(void)state;
	for (size_t i = 0; i < ARRAY_NR(placements); i++) {
		struct mmi_machine *machine;
		struct mmi_system *system = boot_two_nodes(&machine, placements[i]);
		const uint64_t nr_before = judge(system).nr_checks;
		for (size_t w = 0; w < ARRAY_NR(windows); w++)
			add_memory(system, &windows[w]);
		const struct mmi_invariant_verdict verdict = judge(system);
		if (verdict.judgement != MMI_HOLDS)
			fail_msg("placement %d: %s", (int)placements[i], verdict.why);
		assert_int_equal(verdict.nr_checks, nr_before + 3 * UNIT_HOST_PAGES);
		mmi_system_destroy(system);
		mmi_machine_destroy(machine);
		fake.nr_puts = 0;
	}
}

static void memory_that_came_to_another_node_is_found(void **state)
{
	struct mmi_machine *machine;
	struct mmi_system *system = boot_two_nodes(&machine, MMI_PLACE_LOCAL);
	const uint64_t pfn = (6 * GIB + 2 * BLOCK_BYTES) >> 12;
	struct mmi_invariant_verdict verdict;

	(void)state;
	add_memory(system, &windows[1]);
	fake.moved = mmi_pfn_page(&system->mem.map, pfn);
	fake.nr_moved = UNIT_HOST_PAGES;
	verdict = judge(system);
	assert_int_equal(verdict.judgement, MMI_BROKEN);
	assert_int_equal(verdict.pfn, pfn);
	assert_non_null(strstr(verdict.why, "memmap of node 1: 512 of 5120"));
	/* An offline block has struct pages, and nobody to read them. */
	assert_int_equal(
	    mmi_hotplug_write_state(system->hotplug, pfn * 4096 / BLOCK_BYTES, MMI_OFFLINE, NULL),
	    0);
	assert_int_equal(judge(system).judgement, MMI_HOLDS);
	mmi_system_destroy(system);
	mmi_machine_destroy(machine);
}

/* Boot memory that went and came back lies where it lay, and is counted once. */
static void memory_that_came_back_is_judged_once(void **state)
{
	const uint64_t block = (5 * GIB + 512 * MIB) / BLOCK_BYTES;
	struct mmi_machine *machine;
	struct mmi_system *system = boot_two_nodes(&machine, MMI_PLACE_LOCAL);
	const uint64_t nr_before = judge(system).nr_checks;
	struct mmi_hotplug *hotplug = mmi_system_hotplug(system, NULL);

	(void)state;
	assert_non_null(hotplug);
	assert_int_equal(mmi_hotplug_write_state(hotplug, block, MMI_OFFLINE, NULL), 0);
	assert_int_equal(mmi_hotplug_write_state(hotplug, block, MMI_ONLINE_MOVABLE, NULL), 0);
	assert_int_equal(judge(system).judgement, MMI_HOLDS);
	assert_int_equal(judge(system).nr_checks, nr_before);
	mmi_system_destroy(system);
	mmi_machine_destroy(machine);
}

/*
 * Of ppc64's memory blocks of 16 MiB 128 share a unit: it is judged as soon as one of them is online,
 * and once.  Where another node's block could have come first, nobody can say whose it is.
 */
static void memory_that_came_in_parts_of_a_unit_is_judged(void **state)
{
	static const struct mmi_spec_range memory[] = {{0, 2 * GIB, 0, 0, 0},
						       {2 * GIB, 4 * GIB, 1, 0, 0}};
	static const struct mmi_spec_range parts[] = {
	    {4 * GIB, 6 * GIB, 1, 0, 0}, {6 * GIB, 7 * GIB, 0, 0, 0}, {7 * GIB, 8 * GIB, 1, 0, 0}};
	static const uint64_t starts[] = {4 * GIB + 64 * MIB, 4 * GIB + 512 * MIB, 7 * GIB};
	struct mmi_machine_spec spec = {.linux_version = MMI_LINUX_6_1,
					.memory = memory,
					.nr_memory = ARRAY_NR(memory),
					.windows = parts,
					.nr_windows = ARRAY_NR(parts)};
	const struct mmi_system_options options = {.memmap.placement = MMI_PLACE_LOCAL};

	(void)state;
	mmi_geometry_init(&spec.geometry, MMI_ARCH_PPC64_64K);
	struct mmi_machine *machine = make_machine(&fake.platform, &spec);
	struct mmi_system *system = create_system(machine, &options);
	boot_system(system);
	const uint64_t nr_before = judge(system).nr_checks;
	const uint64_t block_pages = mmi_memory_block_pages(machine);
	struct mmi_hotplug *hotplug = mmi_system_hotplug(system, NULL);
	assert_non_null(hotplug);
	for (size_t i = 0; i < ARRAY_NR(starts); i++) {
		const uint64_t pfn = starts[i] >> machine->geometry.page_shift;
		assert_int_equal(mmi_hotplug_add(hotplug, 1, pfn, pfn + block_pages, NULL), 0);
		assert_int_equal(
		    mmi_hotplug_write_state(hotplug, pfn / block_pages, MMI_ONLINE, NULL), 0);
		assert_int_equal(judge(system).judgement, MMI_HOLDS);
		assert_int_equal(judge(system).nr_checks, nr_before + UNIT_HOST_PAGES);
	}
	fake.moved = mmi_pfn_page(&system->mem.map, 4 * GIB >> machine->geometry.page_shift);
	fake.nr_moved = UNIT_HOST_PAGES;
	const struct mmi_invariant_verdict verdict = judge(system);
	assert_int_equal(verdict.judgement, MMI_BROKEN);
	assert_int_equal(verdict.pfn, 4 * GIB >> machine->geometry.page_shift);
	mmi_system_destroy(system);
	mmi_machine_destroy(machine);
}

int main(void)
{
#define FAKED(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
	const struct CMUnitTest tests[] = {
	    FAKED(every_policy_is_held_to_what_it_promises),
	    FAKED(one_page_in_a_thousand_may_lie_elsewhere),
	    FAKED(threads_that_stray_are_found),
	    FAKED(where_nothing_is_said_nothing_is_judged),
	    FAKED(memory_that_came_lies_where_the_policy_puts_it),
	    FAKED(memory_that_came_to_another_node_is_found),
	    FAKED(memory_that_came_back_is_judged_once),
	    FAKED(memory_that_came_in_parts_of_a_unit_is_judged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
