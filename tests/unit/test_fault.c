/* SPDX-License-Identifier: MIT */
/* Faults: each breaks what it says it breaks, on every shape, and verification names the place. */
#include "verify_fixture.h"

#include <errno.h>

#include "page_alloc/alloc_cpu.h"
#include "verify/fault_parts.h"
#include "verify/search.h"

static void parse(const char *text, struct mmi_fault *fault)
{
	struct mmi_error err = {0};

	if (mmi_fault_parse(text, fault, &err))
		fail_msg("%s", err.text);
}

/* Does this library judge any of the invariants that @kind breaks? */
static bool is_seen(const struct mmi_fault_kind *kind)
{
	for (unsigned number = 1; number <= MMI_NR_INVARIANTS; number++)
		if (kind->invariants >> number & 1 && is_judged(number))
			return true;
	return false;
}

/* The invariants that @kind must break and that this library judges, are broken; no others fail. */
static void assert_breaks(const struct mmi_verdict *verdict, const struct mmi_fault *fault,
			  const char *shape, int batch)
{
	const bool is_visible = is_seen(fault->kind);

	for (unsigned number = 1; number <= MMI_NR_INVARIANTS; number++) {
		if (!(fault->kind->invariants >> number & 1) || !is_judged(number))
			continue;
		if (verdict->invariants[number].judgement != MMI_BROKEN ||
		    !verdict->invariants[number].nr_offences || !verdict->invariants[number].why[0])
			fail_msg("%s:%llu, %s, batch %d: invariant %u is not broken",
				 fault->kind->name, (unsigned long long)fault->number, shape, batch,
				 number);
	}
	if (mmi_verdict_is_good(verdict) == is_visible)
		fail_msg("%s on %s: verdict is %s", fault->kind->name, shape,
			 is_visible ? "good" : "bad, though nothing can be seen");
}

/* Boots @machine with the fault and judges it; false: the machine has no place for it. */
static bool try_fault(struct mmi_machine *machine, const struct mmi_system_options *options,
		      struct mmi_fault *fault, struct mmi_verdict *verdict)
{
	struct mmi_system *system = create_system(machine, options);
	struct mmi_error err = {0};
	const int ret = mmi_fault_apply(fault, system, &err);

	if (ret) {
		assert_int_equal(ret, -EINVAL);
		assert_non_null(strstr(err.text, fault->kind->name));
	} else {
		boot_system(system);
		mmi_fault_strike_alloc(fault, system);
		verify_system(system, verdict);
	}
	mmi_system_destroy(system);
	return !ret;
}

/* One kind on one machine: each order of work with another place.  How often it could strike. */
static unsigned strike_everywhere(struct mmi_machine *machine, const char *shape,
				  const struct mmi_fault_kind *kind)
{
	unsigned nr_strikes = 0;

	for (int batch = MMI_BATCH_BLOCK; batch <= MMI_BATCH_CHUNK; batch++) {
		const struct mmi_system_options options = {
		    .plan.rule = MMI_CHUNK_LINUX, .plan.nr_threads = 2, .run.batch = batch};
		struct mmi_verdict verdict;
		struct mmi_fault fault;
		char text[64];

		mmi_format(text, sizeof(text), "%s:%d", kind->name, batch);
		parse(text, &fault);
		if (!try_fault(machine, &options, &fault, &verdict))
			continue;
		assert_breaks(&verdict, &fault, shape, batch);
		nr_strikes++;
	}
	return nr_strikes;
}

static void test_every_fault_breaks_what_it_says(void **state)
{
	const struct mmi_fault_kind *kind;

	for (size_t i = 0; (kind = mmi_fault_kind(i)); i++) {
		unsigned nr_shapes = 0;
		/* test_explore.c and test_failing_platform.c have those. */
		if (mmi_fault_is_scheduled(kind) || mmi_fault_call(kind))
			continue;
		for (size_t s = 0; s < ARRAY_NR(verify_shapes); s++) {
			struct mmi_machine *machine = make_shape(*state, &verify_shapes[s]);
			nr_shapes += strike_everywhere(machine, verify_shapes[s].name, kind) > 0;
			mmi_machine_destroy(machine);
		}
		if (nr_shapes < 2)
			fail_msg("%s strikes on %u shapes only", kind->name, nr_shapes);
	}
}

/*
 * Two zones in what is initialised at once: the blocks of one are put aside while those of the other
 * are collected.  Whichever block is handed over twice, its zone's counters say so.
 */
static void test_every_block_that_is_freed_twice_is_seen(void **state)
{
	static const struct mmi_spec_range memory = {0, 64 * MIB, 0, 0, 0};
	static const char *const names[] = {"double-range", "free-twice"};
	const struct mmi_machine_spec spec = x86_spec(&memory, 1);
	struct mmi_machine *machine = make_machine(*state, &spec);

	for (size_t i = 0; i < ARRAY_NR(names); i++)
		for (unsigned block = 0; block < 16; block++) {
			const struct mmi_system_options options = {0};
			struct mmi_verdict verdict;
			struct mmi_fault fault;
			char text[64];

			mmi_format(text, sizeof(text), "%s:%u", names[i], block);
			parse(text, &fault);
			assert_true(try_fault(machine, &options, &fault, &verdict));
			assert_breaks(&verdict, &fault, text, MMI_BATCH_BLOCK);
		}
	mmi_machine_destroy(machine);
}

/*
 * Faults of operations, done by threads at once.  Those that this library does not judge are left
 * out: what they spoil of another's work while it goes on may be seen, or not.
 */
static void test_faults_of_operations_are_seen_in_parallel_work(void **state)
{
	const struct mmi_system_options options = {
	    .plan.rule = MMI_CHUNK_FIXED, .plan.chunk_pages = 0x8000, .plan.nr_threads = 2};
	const struct mmi_fault_kind *kind;
	struct mmi_machine *machine = make_shape(*state, &verify_shapes[0]);

	for (size_t i = 0; (kind = mmi_fault_kind(i)); i++) {
		struct mmi_verdict verdict;
		struct mmi_fault fault;

		parse(kind->name, &fault);
		if (mmi_fault_is_scheduled(kind) || kind->invariants & 1u << 5 || !is_seen(kind) ||
		    !try_fault(machine, &options, &fault, &verdict))
			continue;
		assert_breaks(&verdict, &fault, "native", MMI_BATCH_BLOCK);
	}
	mmi_machine_destroy(machine);
}

/* Injects @text into the first shape, with chunks of a section, and judges invariant @number. */
static struct mmi_invariant_verdict judge_one(struct mmi_platform *platform, const char *text,
					      unsigned number, struct mmi_fault *fault)
{
	struct mmi_machine *machine = make_shape(platform, &verify_shapes[0]);
	const struct mmi_system_options options = {
	    .plan.rule = MMI_CHUNK_FIXED, .plan.chunk_pages = 0x8000, .run.record_chunks = true};
	struct mmi_verdict verdict;

	parse(text, fault);
	assert_true(try_fault(machine, &options, fault, &verdict));
	mmi_machine_destroy(machine);
	return verdict.invariants[number];
}

/* PFN, block, chunk and worker of an offence in the second chunk of node 0. */
static void test_a_wrong_link_is_named_with_page_block_chunk_and_worker(void **state)
{
	struct mmi_fault fault;
	/* 4G is early, and so is 4G + 128M; chunk 0 begins at 4G + 128M: 32 blocks, then chunk 1. */
	const struct mmi_invariant_verdict verdict = judge_one(*state, "wrong-zone:33", 7, &fault);

	assert_int_equal(verdict.judgement, MMI_BROKEN);
	assert_int_equal(verdict.nr_offences, 1);
	assert_int_equal(verdict.pfn, fault.start_pfn + 512);
	assert_int_equal(verdict.block_pfn, fault.start_pfn);
	assert_int_equal(verdict.chunk, 1);
	assert_int_equal(verdict.worker, 0);
	assert_non_null(
	    strstr(verdict.why, "node 0 zone 3, in a free block of node 0 zone Normal"));
}

static void test_a_border_is_named_by_its_pfn(void **state)
{
	struct mmi_fault fault;
	const struct mmi_invariant_verdict verdict = judge_one(*state, "chunk-border:1", 5, &fault);

	assert_int_equal(verdict.judgement, MMI_BROKEN);
	/* The second border: 4G + 3 sections, less a pageblock. */
	assert_int_equal(verdict.pfn, 0x100000 + 3 * 0x8000 - 512);
	assert_int_equal(verdict.block_pfn, 0x100000 + 3 * 0x8000 - 1024);
}

static void test_a_reserved_page_that_is_freed_is_named(void **state)
{
	struct mmi_fault fault;
	/* Run 0 is below 1M, run 1 the 3 pages at 64M. */
	const struct mmi_invariant_verdict verdict =
	    judge_one(*state, "free-reserved:1", 11, &fault);

	assert_int_equal(verdict.judgement, MMI_BROKEN);
	assert_int_equal(verdict.nr_offences, 1);
	assert_int_equal(verdict.pfn, 64 * MIB >> 12);
	assert_int_equal(verdict.chunk, -1);
}

static void test_bad_names_and_numbers_are_refused(void **state)
{
	static const char *const bad[] = {"",
					  ":",
					  "skip",
					  "skip-range2",
					  "skip-range:",
					  "skip-range:x",
					  "skip-range:-1",
					  "skip-range: 1",
					  "skip-range:1:2",
					  "skip-range:99999999999999999999",
					  "SKIP-RANGE"};
	struct mmi_error err;
	struct mmi_fault fault;

	(void)state;
	for (size_t i = 0; i < ARRAY_NR(bad); i++) {
		err = (struct mmi_error){0};
		assert_int_equal(mmi_fault_parse(bad[i], &fault, &err), -EINVAL);
		assert_non_null(strstr(err.text, bad[i]));
		assert_null(fault.kind);
	}
	parse("skip-range:18446744073709551", &fault);
	assert_int_equal(fault.number, 18446744073709551u);
	parse("skip-range", &fault);
	assert_int_equal(fault.number, 0);
	assert_string_equal(fault.kind->name, "skip-range");
}

static void test_a_place_that_is_not_there_is_refused_and_nothing_changes(void **state)
{
	struct mmi_machine *machine = make_shape(*state, &verify_shapes[0]);
	const struct mmi_system_options options = {0};
	const struct mmi_fault_kind *kind;
	struct mmi_verdict verdict;

	for (size_t i = 0; (kind = mmi_fault_kind(i)); i++) {
		struct mmi_system *system = create_system(machine, &options);
		struct mmi_fault fault = {.kind = kind, .number = 1ull << 40};

		if (mmi_fault_is_random(kind)) { /* its number is none of places */
			mmi_system_destroy(system);
			continue;
		}
		assert_int_equal(mmi_fault_apply(&fault, system, NULL), -EINVAL);
		assert_null(system->options.run.ops);
		boot_system(system);
		verify_system(system, &verdict);
		assert_true(mmi_verdict_is_good(&verdict));
		mmi_system_destroy(system);
	}
	mmi_machine_destroy(machine);
}

static void test_a_system_is_armed_once_and_before_it_boots(void **state)
{
	struct mmi_machine *machine = make_shape(*state, &verify_shapes[0]);
	const struct mmi_system_options options = {0};
	struct mmi_system *system = create_system(machine, &options);
	struct mmi_fault first, second;

	parse("peek", &first);
	parse("counter", &second);
	assert_int_equal(mmi_fault_apply(&first, system, NULL), 0);
	assert_int_equal(mmi_fault_apply(&second, system, NULL), -EBUSY);
	boot_system(system);
	assert_int_equal(mmi_fault_apply(&second, system, NULL), -EBUSY);
	mmi_system_destroy(system);
	mmi_machine_destroy(machine);
}

#ifdef MMI_CHECKED

/* One thread rebuilds zonelists in place, another publishes others, in every order there is. */
struct two_builders {
	struct mmi_sched sched;
	struct mmi_search_state search;
	struct mmi_system *system;
	bool is_rebuilding;
	unsigned nr_met; /* runs in which others were published in the middle */
};

static void rebuild_or_publish(void *arg, unsigned thread)
{
	struct two_builders *b = arg;
	struct mmi_alloc *alloc = b->system->alloc;

	if (thread) {
		b->nr_met += b->is_rebuilding;
		assert_int_equal(mmi_zonelists_rebuild(alloc), 0);
		return;
	}
	b->is_rebuilding = true;
	mmi_rebuild_in_place(NULL, alloc);
	b->is_rebuilding = false;
}

static void run_both(void *arg)
{
	const struct mmi_platform *platform = &((struct two_builders *)arg)->sched.platform;

	assert_int_equal(platform->ops->run_team(platform->ctx, 2, NULL, rebuild_or_publish, arg),
			 2);
}

/* The lists that it was to fill again are freed then: it writes no more, and those published are whole. */
static void test_who_rebuilds_in_place_leaves_lists_that_are_gone(void **state)
{
	struct mmi_machine *machine = make_shape(*state, &verify_shapes[0]);
	const struct mmi_system_options options = {0};
	const struct mmi_explore_params params = {.search = MMI_SEARCH_EXHAUSTIVE,
						  .nr_preemptions = 1};
	struct two_builders b = {.system = create_system(machine, &options)};
	const struct mmi_sched_driver driver = {.user = &b.search, .choose = mmi_search_choose};
	unsigned nr_runs = 0;

	boot_system(b.system);
	assert_non_null(mmi_system_alloc(b.system, NULL));
	assert_int_equal(mmi_sched_init(&b.sched, NULL), 0);
	mmi_search_init(&b.search, &params);
	do {
		mmi_search_begin(&b.search, nr_runs++);
		assert_int_equal(mmi_sched_run(&b.sched, &driver, run_both, &b, NULL), 0);
		assert_int_equal(mmi_alloc_check(b.system->alloc, NULL), 0);
	} while (mmi_search_end(&b.search));
	assert_true(b.nr_met > 1);
	assert_true(b.nr_met < nr_runs);
	mmi_search_deinit(&b.search);
	mmi_sched_deinit(&b.sched);
	mmi_system_destroy(b.system);
	mmi_machine_destroy(machine);
}

#endif

int main(void)
{
	const struct CMUnitTest tests[] = {
	    serial_test(test_every_fault_breaks_what_it_says),
	    serial_test(test_every_block_that_is_freed_twice_is_seen),
	    native_test(test_faults_of_operations_are_seen_in_parallel_work),
	    serial_test(test_a_wrong_link_is_named_with_page_block_chunk_and_worker),
	    serial_test(test_a_border_is_named_by_its_pfn),
	    serial_test(test_a_reserved_page_that_is_freed_is_named),
	    cmocka_unit_test(test_bad_names_and_numbers_are_refused),
	    serial_test(test_a_place_that_is_not_there_is_refused_and_nothing_changes),
	    serial_test(test_a_system_is_armed_once_and_before_it_boots),
#ifdef MMI_CHECKED
	    serial_test(test_who_rebuilds_in_place_leaves_lists_that_are_gone),
#endif
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
