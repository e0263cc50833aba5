/* SPDX-License-Identifier: MIT */
/*
 * Threads that allocate and free beside workers that initialise, on a purely on-demand machine, and
 * on one that stands: every pattern, on OpenMP's threads and on plain ones; every page comes back.
 */
#include "unit/machine_fixture.h"

#include "mminit/stress.h"
#include "stress/threads_test.h"

/* Node 0 with DMA, DMA32 and NORMAL, a small node 1, and a section that both share. */
static const struct mmi_spec_range memory[] = {{MIB, 384 * MIB, 0, 0, 0},
					       {4 * GIB, 5 * GIB + 64 * MIB, 0, 0, 0},
					       {5 * GIB + 64 * MIB, 5 * GIB + 384 * MIB, 1, 0, 0}};
static const struct mmi_spec_range reserved[] = {{5 * GIB, 5 * GIB + 4096, -1, 0, 0},
						 {200 * MIB, 209 * MIB, -1, 0, 0}};

/* What the race detector watches takes so many times as long; it sees a race in the first that has it. */
#define WATCHED_SHARE 1
#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#undef WATCHED_SHARE
#define WATCHED_SHARE 4
#endif
#endif

static struct mmi_machine *small_machine(struct mmi_platform *platform)
{
	static const int cpus[] = {0, 0, 1};
	struct mmi_machine_spec spec = x86_spec(memory, ARRAY_NR(memory));

	spec.reserved = reserved;
	spec.nr_reserved = ARRAY_NR(reserved);
	spec.cpu_nids = cpus;
	spec.nr_cpus = ARRAY_NR(cpus);
	spec.movablecore = (struct mmi_amount){MMI_AMOUNT_PERCENT, 20};
	return make_machine(platform, &spec);
}

static struct mmi_stress_result stress(struct mmi_platform *platform,
				       const struct mmi_stress_params *params)
{
	const struct mmi_system_options options = {
	    .plan.nothing_early = params->init == MMI_STRESS_ON_DEMAND,
	    .plan.nr_threads = 1,
	};
	struct mmi_machine *machine = small_machine(platform);
	struct mmi_stress_result result;
	struct mmi_error err = {0};
	struct mmi_system *system;

	if (mmi_system_create(machine, &options, &system, &err) ||
	    (params->init == MMI_STRESS_BOOTED && mmi_system_boot(system, &err)) ||
	    mmi_stress_run(system, params, &result, &err))
		fail_msg("pattern %s, init %d, seed %llu: %s",
			 mmi_stress_pattern_name(params->pattern), params->init,
			 (unsigned long long)params->seed, err.text);
	assert_int_equal(result.cpus.nr_bad_frees, 0);
	assert_int_equal(result.nr_operations, params->nr_operations * params->nr_threads);
	mmi_system_destroy(system);
	mmi_machine_destroy(machine);
	return result;
}

static void test_every_pattern_beside_workers_on_demand_and_booted(void **state)
{
	for (int init = MMI_STRESS_BESIDE; init <= MMI_STRESS_ON_DEMAND; init++) {
		for (int pattern = 0; pattern < MMI_NR_STRESS_PATTERNS; pattern++) {
			const struct mmi_stress_params params = {
			    .pattern = pattern,
			    .init = init,
			    .nr_threads = 3,
			    .max_order = pattern == MMI_STRESS_BULK ? 0 : 10,
			    .mix_gfp = true,
			    .nid = -1,
			    .seed = 42,
			    .nr_operations = 20000 / WATCHED_SHARE,
			    .check_ns = 50000000,
			};
			const struct mmi_stress_result result = stress(*state, &params);
			assert_true(result.nr_blocks > params.nr_operations);
			if (init == MMI_STRESS_ON_DEMAND)
				assert_true(result.grown.nr_units > 0);
		}
	}
}

/* One small node that all prefer: running out is an answer, counted, and all comes back. */
static void test_a_small_node_under_pressure(void **state)
{
	const struct mmi_stress_params params = {
	    .pattern = MMI_STRESS_FRAG,
	    .init = MMI_STRESS_BESIDE,
	    .nr_threads = 3,
	    .max_order = 9,
	    .gfp = MMI_GFP_THISNODE,
	    .nid = 1,
	    .seed = 7,
	    .nr_operations = 60000,
	    .check_ns = 50000000,
	};
	const struct mmi_stress_result result = stress(*state, &params);

	assert_true(result.nr_failed > 0);
	assert_true(result.nr_blocks > (320 * MIB >> 12));
}

static void test_on_one_thread_a_seed_fixes_a_run(void **state)
{
	struct mmi_stress_params params = {.pattern = MMI_STRESS_RANDOM,
					   .init = MMI_STRESS_ON_DEMAND,
					   .nr_threads = 1,
					   .max_order = 10,
					   .mix_gfp = true,
					   .nid = -1,
					   .seed = 3,
					   .nr_operations = 30000};
	const struct mmi_stress_result first = stress(*state, &params);
	const struct mmi_stress_result again = stress(*state, &params);

	assert_int_equal(first.nr_pages, again.nr_pages);
	assert_int_equal(first.nr_failed, again.nr_failed);
	assert_int_equal(first.cpus.nr_refills, again.cpus.nr_refills);
	params.seed = 4;
	assert_int_not_equal(stress(*state, &params).nr_pages, first.nr_pages);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    native_test(test_every_pattern_beside_workers_on_demand_and_booted),
	    native_test(test_a_small_node_under_pressure),
	    threads_test(test_every_pattern_beside_workers_on_demand_and_booted),
	    threads_test(test_a_small_node_under_pressure),
	    native_test(test_on_one_thread_a_seed_fixes_a_run),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
