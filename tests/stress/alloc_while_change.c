/* SPDX-License-Identifier: MIT */
/*
 * Threads that allocate and free while memory blocks come and go at random: every pattern, on native
 * threads; every page comes back.  On the serial platform a seed fixes all of it.
 */
#include "unit/machine_fixture.h"

#include "mminit/stress.h"

/* Two nodes, half of each ZONE_MOVABLE, and a window for each. */
static struct mmi_machine *changing_machine(struct mmi_platform *platform)
{
	static const struct mmi_spec_range memory[] = {{MIB, 768 * MIB, 0, 0, 0},
						       {4 * GIB, 4 * GIB + 512 * MIB, 1, 0, 0}};
	static const struct mmi_spec_range windows[] = {{8 * GIB, 8 * GIB + 256 * MIB, 0, 0, 0},
							{16 * GIB, 16 * GIB + 256 * MIB, 1, 0, 0}};
	static const int cpus[] = {0, 1};
	struct mmi_machine_spec spec = x86_spec(memory, ARRAY_NR(memory));

	spec.windows = windows;
	spec.nr_windows = ARRAY_NR(windows);
	spec.cpu_nids = cpus;
	spec.nr_cpus = ARRAY_NR(cpus);
	spec.movablecore = (struct mmi_amount){MMI_AMOUNT_PERCENT, 50};
	return make_machine(platform, &spec);
}

static struct mmi_stress_result stress(struct mmi_platform *platform,
				       enum mmi_stress_pattern pattern, uint64_t seed)
{
	struct mmi_machine *machine = changing_machine(platform);
	const struct mmi_system_options options = {.plan.nr_threads = 1};
	const struct mmi_stress_params params = {.pattern = pattern,
						 .init = MMI_STRESS_BOOTED,
						 .nr_threads = 3,
						 .max_order = pattern == MMI_STRESS_BULK ? 0 : 5,
						 .mix_gfp = true,
						 .nid = -1,
						 .seed = seed,
						 .nr_operations = 10000,
						 .random_hotplug = true,
						 .nr_hotplug_steps = 150,
						 .check_steps = 10};
	struct mmi_stress_result result;
	struct mmi_error err = {0};
	struct mmi_system *system;

	if (mmi_system_create(machine, &options, &system, &err) || mmi_system_boot(system, &err) ||
	    mmi_stress_run(system, &params, &result, &err))
		fail_msg("pattern %s, seed %llu: %s", mmi_stress_pattern_name(pattern),
			 (unsigned long long)seed, err.text);
	assert_int_equal(result.cpus.nr_bad_frees, 0);
	assert_true(result.nr_checks > 15);
	mmi_system_destroy(system);
	mmi_machine_destroy(machine);
	return result;
}

static uint64_t count(const struct mmi_stress_result *result, enum mmi_step_outcome outcome)
{
	uint64_t nr = 0;

	for (int word = 0; word < MMI_NR_HOTPLUG_WORDS; word++)
		nr += result->hotplug.nr_blocks[word][outcome];
	return nr;
}

static void test_every_pattern_while_memory_comes_and_goes(void **state)
{
	for (int pattern = 0; pattern < MMI_NR_STRESS_PATTERNS; pattern++) {
		const struct mmi_stress_result result = stress(*state, pattern, 11);
		uint64_t nr_steps = 0;
		for (int outcome = 0; outcome < MMI_NR_STEP_OUTCOMES; outcome++)
			nr_steps += count(&result, outcome);
		assert_int_equal(nr_steps, 150);
		assert_true(count(&result, MMI_STEP_DONE) > 0);
		/* Memory that nobody ever added cannot be removed: some steps are refused. */
		assert_true(count(&result, MMI_STEP_REFUSED) > 0);
	}
}

static void test_a_seed_fixes_the_steps_and_what_comes_of_them(void **state)
{
	const struct mmi_stress_result first = stress(*state, MMI_STRESS_RANDOM, 3);
	const struct mmi_stress_result again = stress(*state, MMI_STRESS_RANDOM, 3);
	const struct mmi_stress_result other = stress(*state, MMI_STRESS_RANDOM, 4);

	assert_memory_equal(&first.hotplug, &again.hotplug, sizeof(first.hotplug));
	assert_int_equal(first.nr_pages, again.nr_pages);
	assert_int_equal(first.cpus.nr_refills, again.cpus.nr_refills);
	assert_memory_not_equal(&first.hotplug, &other.hotplug, sizeof(first.hotplug));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    native_test(test_every_pattern_while_memory_comes_and_goes),
	    serial_test(test_a_seed_fixes_the_steps_and_what_comes_of_them),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
