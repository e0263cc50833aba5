/* SPDX-License-Identifier: MIT */
/* The audit on machines of which every place was worked out by hand; x86-64, one at a time. */
#include "machine_fixture.h"

#include <errno.h>

#include "deferred/linux_jobs.h"
#include "deferred/split.h"
#include "mminit/fault.h"

struct patient {
	struct mmi_machine *machine;
	struct mmi_layout layout;
	struct mmi_audit audit;
};

static void admit(struct patient *p, struct mmi_platform *platform, struct mmi_machine_spec *spec,
		  enum mmi_linux_version version)
{
	spec->linux_version = version;
	p->machine = make_machine(platform, spec);
	assert_int_equal(mmi_layout_init(&p->layout, p->machine, NULL), 0);
	assert_int_equal(mmi_audit_init(&p->audit, &p->layout, UINT64_MAX, NULL), 0);
}

static void discharge(struct patient *p)
{
	mmi_audit_deinit(&p->audit);
	mmi_layout_deinit(&p->layout);
	mmi_machine_destroy(p->machine);
}

static void expect_count(const struct patient *p, enum mmi_audit_kind kind, uint64_t nr_places,
			 uint64_t nr)
{
	const struct mmi_audit_count *count = &p->audit.totals[kind];

	if (count->nr_places != nr_places || count->nr != nr)
		fail_msg("%s: %llu places, %llu %s; expected %llu and %llu",
			 mmi_audit_kind_name(kind), (unsigned long long)count->nr_places,
			 (unsigned long long)count->nr, mmi_audit_kind_unit(kind),
			 (unsigned long long)nr_places, (unsigned long long)nr);
}

/* Place number @i of @kind. */
static const struct mmi_audit_place *place_of(const struct patient *p, enum mmi_audit_kind kind,
					      uint64_t i)
{
	assert_true(i < p->audit.totals[kind].nr_places);
	return &p->audit.places[p->audit.first_place[kind] + i];
}

static void expect_place(const struct patient *p, enum mmi_audit_kind kind, uint64_t i, int nid,
			 uint64_t start_pfn, uint64_t end_pfn)
{
	const struct mmi_audit_place *place = place_of(p, kind, i);

	assert_int_equal(place->kind, kind);
	assert_int_equal(place->nid, nid);
	assert_int_equal(place->zone, MMI_ZONE_NORMAL);
	assert_int_equal(place->start_pfn, start_pfn);
	assert_int_equal(place->end_pfn, end_pfn);
}

static void expect_other(const struct patient *p, enum mmi_audit_kind kind, uint64_t i, int nid,
			 uint64_t start_pfn, uint64_t end_pfn, bool is_race)
{
	const struct mmi_audit_place *place = place_of(p, kind, i);

	assert_int_equal(place->other_nid, nid);
	assert_int_equal(place->other_start_pfn, start_pfn);
	assert_int_equal(place->other_end_pfn, end_pfn);
	assert_int_equal(place->is_race, is_race);
}

/*
 *   0x108000             0x120000  0x120100      0x120400                0x140000
 *      |------ plain ------|---------||-------------|------ mirror ---------|
 *                          block, of which a quarter is plain
 *
 * Expect the free of that quarter to look at 0x120100 in 7.x, and only there.
 */
static void test_ranges_of_two_flags_that_meet_in_a_block(void **state)
{
	static const struct mmi_spec_range memory[] = {
	    {4 * GIB, 4 * GIB + 513 * MIB, 0, 0, 0},
	    {4 * GIB + 513 * MIB, 5 * GIB, 0, MMI_MEM_MIRROR, 0},
	};
	struct mmi_machine_spec spec = x86_spec(memory, ARRAY_NR(memory));
	struct patient p;

	admit(&p, *state, &spec, MMI_LINUX_6_1);
	expect_count(&p, MMI_AUDIT_MIDBLOCK_FREE, 0, 0);
	expect_count(&p, MMI_AUDIT_UNINIT_READ, 0, 0);
	expect_count(&p, MMI_AUDIT_PAGE_BY_PAGE, 2, 256 + 256);
	expect_place(&p, MMI_AUDIT_PAGE_BY_PAGE, 1, 0, 0x120100, 0x120200);
	discharge(&p);

	admit(&p, *state, &spec, MMI_LINUX_6_12);
	expect_count(&p, MMI_AUDIT_MIDBLOCK_FREE, 0, 0);
	expect_count(&p, MMI_AUDIT_PAGE_BY_PAGE, 2, 256 + 768);
	discharge(&p);

	admit(&p, *state, &spec, MMI_LINUX_7_X);
	expect_count(&p, MMI_AUDIT_MIDBLOCK_FREE, 1, 256);
	expect_place(&p, MMI_AUDIT_MIDBLOCK_FREE, 0, 0, 0x120000, 0x120100);
	expect_other(&p, MMI_AUDIT_MIDBLOCK_FREE, 0, 0, 0x120100, 0x120400, false);
	expect_count(&p, MMI_AUDIT_UNINIT_READ, 1, 1);
	expect_place(&p, MMI_AUDIT_UNINIT_READ, 0, 0, 0x120100, 0x120101);
	expect_other(&p, MMI_AUDIT_UNINIT_READ, 0, 0, 0x120000, 0x120100, false);
	expect_count(&p, MMI_AUDIT_PAGE_BY_PAGE, 2, 256 + 768);
	expect_count(&p, MMI_AUDIT_MISTYPED, 0, 0);
	discharge(&p);
}

/*
 * Runs from 0x108000 (before: early): two sections to the one with the first reserved page; the
 * section above that, alone; and what is above the second reserved page, nearly four.
 */
static void test_a_fragment_gets_one_thread(void **state)
{
	static const struct mmi_spec_range memory[] = {{4 * GIB, 5 * GIB, 0, 0, 0}};
	static const struct mmi_spec_range reserved[] = {
	    {4 * GIB + 320 * MIB, 4 * GIB + 320 * MIB + 4 * KIB, -1, 0, 0},
	    {4 * GIB + 512 * MIB, 4 * GIB + 512 * MIB + 4 * KIB, -1, 0, 0},
	};
	static const int cpus[] = {0, 0, 0, 0};
	struct mmi_machine_spec spec = x86_spec(memory, ARRAY_NR(memory));
	struct patient p;

	spec.reserved = reserved;
	spec.nr_reserved = ARRAY_NR(reserved);
	spec.cpu_nids = cpus;
	spec.nr_cpus = ARRAY_NR(cpus);
	admit(&p, *state, &spec, MMI_LINUX_6_1);
	assert_int_equal(p.audit.nodes[0].max_threads, 4);
	assert_int_equal(p.audit.nodes[0].nr_jobs, 3);
	assert_int_equal(p.audit.nodes[0].nr_deferred_pages, 0x38000 - 2);
	expect_count(&p, MMI_AUDIT_ONE_THREAD, 1, 0x8000);
	expect_place(&p, MMI_AUDIT_ONE_THREAD, 0, 0, 0x118000, 0x120000);
	/* One reserved page: 511 single frees, and its pageblock keeps type 0. */
	expect_count(&p, MMI_AUDIT_PAGE_BY_PAGE, 2, 2 * 511);
	expect_place(&p, MMI_AUDIT_PAGE_BY_PAGE, 0, 0, 0x114001, 0x114200);
	expect_count(&p, MMI_AUDIT_MISTYPED, 2, 2);
	expect_place(&p, MMI_AUDIT_MISTYPED, 1, 0, 0x120000, 0x120200);
	discharge(&p);

	admit(&p, *state, &spec, MMI_LINUX_7_X);
	assert_int_equal(p.audit.nodes[0].nr_jobs, 1);
	expect_count(&p, MMI_AUDIT_ONE_THREAD, 0, 0);
	expect_count(&p, MMI_AUDIT_PAGE_BY_PAGE, 2, 2 * 1023);
	expect_count(&p, MMI_AUDIT_MISTYPED, 0, 0);
	discharge(&p);

	/* On other processors 6.1 has one thread for each job, 6.12 as many as on x86. */
	mmi_geometry_init(&spec.geometry, MMI_ARCH_ARM64_4K);
	admit(&p, *state, &spec, MMI_LINUX_6_1);
	assert_int_equal(p.audit.nodes[0].max_threads, 1);
	expect_count(&p, MMI_AUDIT_ONE_THREAD, 3, 0x38000 - 2);
	discharge(&p);
	admit(&p, *state, &spec, MMI_LINUX_6_12);
	expect_count(&p, MMI_AUDIT_ONE_THREAD, 1, 0x8000);
	discharge(&p);
}

/* With one CPU no job could have more; nor could one of less than two sections be shared. */
static void test_one_thread_is_no_offence_where_there_could_not_be_two(void **state)
{
	static const struct mmi_spec_range memory[] = {{4 * GIB, 5 * GIB, 0, 0, 0}};
	static const struct mmi_spec_range small[] = {{4 * GIB, 4 * GIB + 200 * MIB, 0, 0, 0}};
	static const struct mmi_spec_range reserved[] = {
	    {4 * GIB + 512 * MIB, 4 * GIB + 513 * MIB, -1, 0, 0}};
	static const int cpus[] = {0, 0};
	struct mmi_machine_spec spec = x86_spec(memory, ARRAY_NR(memory));
	struct patient p;

	spec.reserved = reserved;
	spec.nr_reserved = ARRAY_NR(reserved);
	spec.cpu_nids = cpus;
	spec.nr_cpus = 1;
	admit(&p, *state, &spec, MMI_LINUX_6_1);
	expect_count(&p, MMI_AUDIT_ONE_THREAD, 0, 0);
	discharge(&p);
	spec.nr_cpus = 2;
	spec.memory = small;
	spec.nr_memory = ARRAY_NR(small);
	admit(&p, *state, &spec, MMI_LINUX_6_1);
	assert_int_equal(p.audit.nodes[0].nr_jobs, 1);
	expect_count(&p, MMI_AUDIT_ONE_THREAD, 0, 0);
	discharge(&p);
}

/*
 *            0x125800     0x125900               0x125c00
 *   ... node 0 |--deferred---||--------early--------| node 1 ...
 *
 * Expect node 1's part, freed before the threads start, to look at 0x125800 as it is merged: first
 * [0x125900, 0x125a00), then [0x125a00, 0x125c00).
 */
static void test_early_memory_beside_deferred_memory_of_another_node(void **state)
{
	static const struct mmi_spec_range memory[] = {
	    {4 * GIB, 4 * GIB + 601 * MIB, 0, 0, 0},
	    {4 * GIB + 601 * MIB, 5 * GIB, 1, 0, 0},
	};
	struct mmi_machine_spec spec = x86_spec(memory, ARRAY_NR(memory));

	for (int version = MMI_LINUX_6_1; version <= MMI_LINUX_7_X; version++) {
		struct patient p;
		admit(&p, *state, &spec, (enum mmi_linux_version)version);
		expect_count(&p, MMI_AUDIT_MIDBLOCK_FREE, 1, 768);
		expect_place(&p, MMI_AUDIT_MIDBLOCK_FREE, 0, 1, 0x125900, 0x125c00);
		expect_other(&p, MMI_AUDIT_MIDBLOCK_FREE, 0, 0, 0x125800, 0x125900, false);
		expect_count(&p, MMI_AUDIT_UNINIT_READ, 2, 2);
		expect_place(&p, MMI_AUDIT_UNINIT_READ, 0, 1, 0x125800, 0x125801);
		expect_other(&p, MMI_AUDIT_UNINIT_READ, 0, 0, 0x125900, 0x125a00, false);
		expect_place(&p, MMI_AUDIT_UNINIT_READ, 1, 1, 0x125800, 0x125801);
		expect_other(&p, MMI_AUDIT_UNINIT_READ, 1, 0, 0x125a00, 0x125c00, false);
		expect_count(&p, MMI_AUDIT_PAGE_BY_PAGE, 1, 256);
		discharge(&p);
	}
}

/* Node 1 has its early section elsewhere: both sides of the border are deferred, and race. */
static void test_two_nodes_deferred_in_one_block_race(void **state)
{
	static const struct mmi_spec_range memory[] = {
	    {4 * GIB, 4 * GIB + 256 * MIB, 1, 0, 0},
	    {4 * GIB + 256 * MIB, 5 * GIB + MIB, 0, 0, 0},
	    {5 * GIB + MIB, 5 * GIB + 512 * MIB, 1, 0, 0},
	};
	struct mmi_machine_spec spec = x86_spec(memory, ARRAY_NR(memory));
	struct patient p;

	admit(&p, *state, &spec, MMI_LINUX_6_1);
	expect_count(&p, MMI_AUDIT_MIDBLOCK_FREE, 2, 256 + 768);
	expect_place(&p, MMI_AUDIT_MIDBLOCK_FREE, 0, 0, 0x140000, 0x140100);
	expect_other(&p, MMI_AUDIT_MIDBLOCK_FREE, 0, 1, 0x140100, 0x140400, true);
	expect_place(&p, MMI_AUDIT_MIDBLOCK_FREE, 1, 1, 0x140100, 0x140400);
	expect_other(&p, MMI_AUDIT_MIDBLOCK_FREE, 1, 0, 0x140000, 0x140100, true);
	expect_count(&p, MMI_AUDIT_UNINIT_READ, 3, 3);
	expect_place(&p, MMI_AUDIT_UNINIT_READ, 0, 0, 0x140100, 0x140101);
	expect_place(&p, MMI_AUDIT_UNINIT_READ, 1, 1, 0x140000, 0x140001);
	expect_place(&p, MMI_AUDIT_UNINIT_READ, 2, 1, 0x140000, 0x140001);
	discharge(&p);
}

/* What fits no limit is counted all the same, and each kind keeps its first places. */
static void test_a_limit_keeps_the_first_places_and_counts_all(void **state)
{
	static const struct mmi_spec_range memory[] = {{4 * GIB, 5 * GIB, 0, 0, 0}};
	struct mmi_spec_range reserved[5];
	struct mmi_machine_spec spec = x86_spec(memory, ARRAY_NR(memory));
	struct patient p;

	for (size_t i = 0; i < ARRAY_NR(reserved); i++) {
		const uint64_t start = 4 * GIB + (256 + 4 * i) * MIB;
		reserved[i] = (struct mmi_spec_range){start, start + 4 * KIB, -1, 0, 0};
	}
	spec.reserved = reserved;
	spec.nr_reserved = ARRAY_NR(reserved);
	admit(&p, *state, &spec, MMI_LINUX_6_1);
	mmi_audit_deinit(&p.audit);
	assert_int_equal(mmi_audit_init(&p.audit, &p.layout, 2, NULL), 0);
	expect_count(&p, MMI_AUDIT_MISTYPED, 5, 5);
	expect_count(&p, MMI_AUDIT_PAGE_BY_PAGE, 5, 5 * 511);
	assert_int_equal(p.audit.nr_places, 4);
	expect_place(&p, MMI_AUDIT_MISTYPED, 1, 0, 0x110400, 0x110600);
	expect_place(&p, MMI_AUDIT_PAGE_BY_PAGE, 0, 0, 0x110001, 0x110200);
	mmi_audit_deinit(&p.audit);
	assert_int_equal(mmi_audit_init(&p.audit, &p.layout, 0, NULL), 0);
	assert_int_equal(p.audit.nr_places, 0);
	assert_false(mmi_audit_is_clean(&p.audit));
	discharge(&p);
}

static void test_whole_sections_are_clean(void **state)
{
	static const struct mmi_spec_range memory[] = {{4 * GIB, 8 * GIB, 0, 0, 0},
						       {8 * GIB, 12 * GIB, 1, 0, 0}};
	static const int cpus[] = {0, 0, 1, 1};
	struct mmi_machine_spec spec = x86_spec(memory, ARRAY_NR(memory));

	spec.cpu_nids = cpus;
	spec.nr_cpus = ARRAY_NR(cpus);
	for (int version = MMI_LINUX_6_1; version <= MMI_LINUX_7_X; version++) {
		struct patient p;
		admit(&p, *state, &spec, (enum mmi_linux_version)version);
		assert_true(mmi_audit_is_clean(&p.audit));
		assert_int_equal(p.audit.nodes[1].nr_jobs, 1);
		discharge(&p);
	}
}

/* facts 1: 6.1 and 6.12 set a pageblock's type when its first page is freed; later, all before that. */
static void test_each_version_has_its_rules(void **state)
{
	(void)state;
	assert_true(mmi_linux_rules_of(MMI_LINUX_6_1)->types_by_free);
	assert_true(mmi_linux_rules_of(MMI_LINUX_6_1)->threads_on_x86_only);
	assert_true(mmi_linux_rules_of(MMI_LINUX_6_12)->types_by_free);
	assert_false(mmi_linux_rules_of(MMI_LINUX_6_12)->threads_on_x86_only);
	assert_false(mmi_linux_rules_of(MMI_LINUX_7_X)->types_by_free);
}

/* 8 GiB less a section on 4 CPUs: one job, four threads, a sixteenth of its pages a chunk. */
static void test_a_job_has_the_chunks_of_its_size(void **state)
{
	static const struct mmi_spec_range memory[] = {{8 * GIB, 16 * GIB, 0, 0, 0}};
	static const int cpus[] = {0, 0, 0, 0};
	struct mmi_machine_spec spec = x86_spec(memory, ARRAY_NR(memory));
	struct mmi_node_split split;
	struct mmi_linux_jobs jobs;
	struct patient p;

	spec.cpu_nids = cpus;
	spec.nr_cpus = ARRAY_NR(cpus);
	admit(&p, *state, &spec, MMI_LINUX_7_X);
	mmi_splits_fill(&split, &p.layout, false);
	assert_int_equal(
	    mmi_linux_jobs_init(&jobs, mmi_linux_rules_of(MMI_LINUX_7_X), &p.layout, &split), 0);
	assert_int_equal(jobs.nr, 1);
	assert_int_equal(jobs.items[0].nr_threads, 4);
	assert_int_equal(jobs.items[0].start_pfn, (8 * GIB + 128 * MIB) >> 12);
	assert_int_equal(jobs.items[0].end_pfn, 16 * GIB >> 12);
	/* 63 sections by 16 are 3.9: four. */
	assert_int_equal(jobs.items[0].chunk_pages, 4 * 128 * MIB >> 12);
	assert_int_equal(jobs.items[0].nr_free_pages, 63 * 128 * MIB >> 12);
	mmi_linux_jobs_deinit(&jobs);
	discharge(&p);
}

/* Each allocation of the audit in turn: refused, and nothing is left. */
static void test_an_audit_without_memory_is_refused(void **state)
{
	static const struct mmi_spec_range memory[] = {{4 * GIB, 6 * GIB, 0, 0, 0}};
	const struct mmi_machine_spec spec = x86_spec(memory, ARRAY_NR(memory));
	struct mmi_failing_platform failing;
	uint64_t number = 0, nr_refused = 0;

	do {
		struct patient p;
		mmi_failing_platform_init(&failing, *state, MMI_CALL_ALLOC, UINT64_MAX);
		p.machine = make_machine(&failing.platform, &spec);
		assert_int_equal(mmi_layout_init(&p.layout, p.machine, NULL), 0);
		const int64_t nr_held = failing.nr_held;
		failing.number = failing.nr_calls + number++;
		const int ret = mmi_audit_init(&p.audit, &p.layout, UINT64_MAX, NULL);
		assert_int_equal(ret, failing.has_failed ? -ENOMEM : 0);
		nr_refused += ret != 0;
		if (ret)
			assert_int_equal(failing.nr_held, nr_held);
		discharge(&p);
	} while (failing.has_failed);
	assert_true(nr_refused >= 3);
}

static void test_versions_that_are_not_known_are_refused(void **state)
{
	static const struct mmi_spec_range memory[] = {{4 * GIB, 5 * GIB, 0, 0, 0}};
	struct mmi_machine_spec spec = x86_spec(memory, ARRAY_NR(memory));
	struct mmi_error err = {0};
	struct patient p;

	spec.linux_version = MMI_LINUX_5_16;
	p.machine = make_machine(*state, &spec);
	assert_int_equal(mmi_layout_init(&p.layout, p.machine, NULL), 0);
	assert_int_equal(mmi_audit_init(&p.audit, &p.layout, 1, &err), -ENOTSUP);
	assert_non_null(strstr(err.text, "5.16"));
	assert_null(mmi_audit_rule(MMI_AUDIT_MISTYPED, MMI_LINUX_5_16));
	discharge(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    serial_test(test_ranges_of_two_flags_that_meet_in_a_block),
	    serial_test(test_a_fragment_gets_one_thread),
	    serial_test(test_one_thread_is_no_offence_where_there_could_not_be_two),
	    serial_test(test_early_memory_beside_deferred_memory_of_another_node),
	    serial_test(test_two_nodes_deferred_in_one_block_race),
	    serial_test(test_a_limit_keeps_the_first_places_and_counts_all),
	    serial_test(test_whole_sections_are_clean),
	    serial_test(test_each_version_has_its_rules),
	    serial_test(test_a_job_has_the_chunks_of_its_size),
	    serial_test(test_an_audit_without_memory_is_refused),
	    serial_test(test_versions_that_are_not_known_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
