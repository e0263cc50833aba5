/* SPDX-License-Identifier: MIT */
/* Algorithms that are plugged in: run and judged like the engine, wrong ones named. */
#include "verify_fixture.h"

static const struct mmi_spec_range clean[] = {{4 * GIB, 5 * GIB, 0, 0, 0},
					      {5 * GIB, 6 * GIB, 1, 0, 0}};

static struct mmi_machine *make_x86(struct mmi_platform *platform,
				    const struct mmi_spec_range *memory, size_t nr_memory,
				    const struct mmi_spec_range *reserved, size_t nr_reserved,
				    enum mmi_linux_version version)
{
	struct mmi_machine_spec spec = x86_spec(memory, nr_memory);

	spec.reserved = reserved;
	spec.nr_reserved = nr_reserved;
	spec.linux_version = version;
	return make_machine(platform, &spec);
}

/* Boots by @ops, and judges; the caller destroys the system. */
static struct mmi_system *judge(struct mmi_machine *machine, const struct mmi_deferred_ops *ops,
				struct mmi_verdict *verdict)
{
	const struct mmi_system_options options = {.run.ops = ops, .plan.nr_threads = 2};
	struct mmi_system *system = create_system(machine, &options);

	boot_system(system);
	verify_system(system, verdict);
	return system;
}

/* On whole sections every order of work is right, and the end state is the same. */
static void test_every_strategy_is_right_on_whole_sections(void **state)
{
	struct mmi_strategy strategy;
	struct mmi_digest first = {0};
	struct mmi_verdict verdict;

	for (size_t i = 0; mmi_strategy(i, &strategy); i++) {
		struct mmi_machine *machine =
		    make_x86(*state, clean, ARRAY_NR(clean), NULL, 0, MMI_LINUX_7_X);
		struct mmi_system *system = judge(machine, strategy.ops, &verdict);
		struct mmi_digest digest;

		for (unsigned n = 1; n <= MMI_NR_INVARIANTS; n++)
			if (verdict.invariants[n].judgement == MMI_BROKEN)
				fail_msg("%s: invariant %u: %s", strategy.name, n,
					 verdict.invariants[n].why);
		mmi_verify_digest(system, &digest);
		if (i == 0)
			first = digest;
		assert_memory_equal(&digest, &first, sizeof(digest));
		mmi_system_destroy(system);
		mmi_machine_destroy(machine);
	}
}

/*
 * Two ranges of other flags meet at 0x120100, inside a max-order block: what the audit names of 7.x
 * is what the checked core sees, and 6.1 does nothing of the kind.
 */
static void test_the_mid_block_free_of_7_x_is_seen_where_the_audit_says(void **state)
{
	static const struct mmi_spec_range memory[] = {
	    {4 * GIB, 4 * GIB + 513 * MIB, 0, 0, 0},
	    {4 * GIB + 513 * MIB, 5 * GIB, 0, MMI_MEM_MIRROR, 0},
	};
	struct mmi_verdict verdict;
	struct mmi_machine *machine =
	    make_x86(*state, memory, ARRAY_NR(memory), NULL, 0, MMI_LINUX_7_X);
	struct mmi_system *system = judge(machine, mmi_linux_strategy(MMI_LINUX_7_X), &verdict);

	if (mmi_verify_is_checked_core()) {
		assert_int_equal(verdict.invariants[3].judgement, MMI_BROKEN);
		assert_int_equal(verdict.invariants[3].pfn, 0x120000);
		assert_int_equal(verdict.invariants[3].nr_offences, 256);
		assert_int_equal(verdict.invariants[2].judgement, MMI_BROKEN);
		assert_int_equal(verdict.invariants[2].pfn, 0x120100);
		assert_int_equal(verdict.invariants[2].nr_offences, 1);
	}
	assert_int_equal(verdict.invariants[9].judgement, MMI_HOLDS);
	mmi_system_destroy(system);
	mmi_machine_destroy(machine);

	machine = make_x86(*state, memory, ARRAY_NR(memory), NULL, 0, MMI_LINUX_6_1);
	system = judge(machine, mmi_linux_strategy(MMI_LINUX_6_1), &verdict);
	assert_true(mmi_verdict_is_good(&verdict));
	mmi_system_destroy(system);
	mmi_machine_destroy(machine);
}

/* A reservation at the start of a deferred pageblock: 6.1 leaves the rest on the wrong lists. */
static void test_the_mistyped_pageblock_of_6_1_is_seen(void **state)
{
	static const struct mmi_spec_range reserved[] = {
	    {4 * GIB + 300 * MIB, 4 * GIB + 300 * MIB + 4 * KIB, -1, 0, 0}};
	const uint64_t pfn = (4 * GIB + 300 * MIB) >> 12;

	for (int version = MMI_LINUX_6_1; version <= MMI_LINUX_7_X; version++) {
		struct mmi_machine *machine = make_x86(*state, clean, ARRAY_NR(clean), reserved, 1,
						       (enum mmi_linux_version)version);
		const bool is_wrong = version < MMI_LINUX_7_X;
		struct mmi_verdict verdict;
		struct mmi_system *system =
		    judge(machine, mmi_linux_strategy((enum mmi_linux_version)version), &verdict);

		assert_int_equal(mmi_pageblock_type(&system->mem.map, pfn),
				 is_wrong ? MMI_MIGRATE_UNMOVABLE : MMI_MIGRATE_MOVABLE);
		assert_int_equal(verdict.invariants[9].judgement,
				 is_wrong ? MMI_BROKEN : MMI_HOLDS);
		if (is_wrong)
			assert_int_equal(verdict.invariants[9].pfn & ~0x1ffull, pfn);
		mmi_system_destroy(system);
		mmi_machine_destroy(machine);
	}
}

/* An algorithm of one function, of the library's steps. */
static void own_chunk(struct mmi_worker *worker, uint64_t start_pfn, uint64_t end_pfn)
{
	mmi_worker_begin_sections(worker, start_pfn, end_pfn);
	mmi_worker_init_pages(worker, start_pfn, end_pfn);
	mmi_worker_free_pages(worker, start_pfn, end_pfn);
	mmi_worker_end_sections(worker, start_pfn, end_pfn);
}

/* The same with the mistake of all such algorithms: it frees as it goes. */
static void hasty_chunk(struct mmi_worker *worker, uint64_t start_pfn, uint64_t end_pfn)
{
	mmi_worker_begin_sections(worker, start_pfn, end_pfn);
	for (uint64_t pfn = start_pfn; pfn < end_pfn; pfn += 512) {
		mmi_worker_init_pages(worker, pfn, pfn + 512);
		mmi_worker_free_pages(worker, pfn, pfn + 512);
	}
	mmi_worker_end_sections(worker, start_pfn, end_pfn);
}

static void test_an_algorithm_of_ones_own_is_judged(void **state)
{
	static const struct mmi_deferred_ops own = {.name = "own", .chunk = own_chunk};
	static const struct mmi_deferred_ops hasty = {.name = "hasty", .chunk = hasty_chunk};
	struct mmi_machine *machine =
	    make_x86(*state, clean, ARRAY_NR(clean), NULL, 0, MMI_LINUX_6_1);
	struct mmi_verdict verdict;

	mmi_system_destroy(judge(machine, &own, &verdict));
	assert_true(mmi_verdict_is_good(&verdict));
	mmi_system_destroy(judge(machine, &hasty, &verdict));
	assert_int_equal(verdict.invariants[7].judgement, MMI_BROKEN); /* halves, unmerged */
	assert_int_equal(verdict.invariants[3].judgement,
			 mmi_verify_is_checked_core() ? MMI_BROKEN : MMI_NOT_JUDGED);
	mmi_machine_destroy(machine);
}

static unsigned nr_plans;

static int own_plan(struct mmi_plan *plan, const struct mmi_layout *layout,
		    const struct mmi_plan_params *params, struct mmi_error *err)
{
	struct mmi_plan_params own = *params;

	nr_plans++;
	own.rule = MMI_CHUNK_FIXED;
	own.chunk_pages = 3 * mmi_section_pages(&layout->machine->geometry);
	return mmi_plan_init(plan, layout, &own, err);
}

static void own_begin(struct mmi_worker *worker)
{
	assert_int_equal(mmi_worker_nid(worker), -1);
	(*(unsigned *)mmi_worker_user(worker))++;
}

static void test_an_algorithm_may_make_its_own_plan(void **state)
{
	unsigned nr_begun = 0;
	const struct mmi_deferred_ops ops = {.name = "own",
					     .user = &nr_begun,
					     .plan = own_plan,
					     .begin = own_begin,
					     .chunk = own_chunk};
	struct mmi_machine *machine =
	    make_x86(*state, clean, ARRAY_NR(clean), NULL, 0, MMI_LINUX_6_1);
	struct mmi_verdict verdict;
	struct mmi_system *system;

	nr_plans = 0;
	system = judge(machine, &ops, &verdict);
	assert_true(mmi_verdict_is_good(&verdict));
	assert_int_equal(nr_plans, 1);
	assert_int_equal(nr_begun, 1);
	assert_int_equal(system->plan.groups[0].chunk_pages, 3 * 0x8000);
	mmi_system_destroy(system);
	mmi_machine_destroy(machine);
}

static void test_strategies_have_names(void **state)
{
	struct mmi_strategy strategy;

	(void)state;
	assert_true(mmi_strategy(0, &strategy));
	assert_ptr_equal(strategy.ops, mmi_deferred_engine());
	assert_true(mmi_strategy_find("linux-7.x", &strategy));
	assert_ptr_equal(strategy.ops, mmi_linux_strategy(MMI_LINUX_7_X));
	assert_string_equal(strategy.ops->name, strategy.name);
	assert_false(mmi_strategy_find("linux", &strategy));
	assert_null(mmi_linux_strategy(MMI_LINUX_4_13));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    native_test(test_every_strategy_is_right_on_whole_sections),
	    serial_test(test_the_mid_block_free_of_7_x_is_seen_where_the_audit_says),
	    serial_test(test_the_mistyped_pageblock_of_6_1_is_seen),
	    serial_test(test_an_algorithm_of_ones_own_is_judged),
	    serial_test(test_an_algorithm_may_make_its_own_plan),
	    cmocka_unit_test(test_strategies_have_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
