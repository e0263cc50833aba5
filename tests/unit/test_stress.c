/* SPDX-License-Identifier: MIT */
/* Stress runs: what they may not begin with is refused, and an engine that is wrong fails them. */
#include "hotplug_fixture.h"

#include <errno.h>

#include "mminit/stress.h"

static const struct mmi_spec_range memory = {4 * GIB, 4 * GIB + 256 * MIB, 0, 0, 0};

static struct mmi_stress_params few_operations(void)
{
	return (struct mmi_stress_params){.init = MMI_STRESS_BOOTED,
					  .nr_threads = 1,
					  .max_order = 3,
					  .nid = -1,
					  .seed = 1,
					  .nr_operations = 100};
}

/* @text: what the error says, or NULL: there is none. */
static void run_stress(struct mmi_system *system, const struct mmi_stress_params *params,
		       int expected, const char *text)
{
	struct mmi_stress_result result;
	struct mmi_error err = {0};
	const int ret = mmi_stress_run(system, params, &result, &err);

	if (ret != expected || (text && !strstr(err.text, text)))
		fail_msg("%d (%s), expected %d (%s)", ret, err.text, expected, text ? text : "");
	if (!ret)
		assert_int_equal(result.nr_operations, params->nr_threads * params->nr_operations);
}

static void test_what_cannot_be_run_is_refused(void **state)
{
	static const char *const texts[] = {
	    "0 threads: at least 1 expected",
	    "orders 4 to 3: rising, at most 10 expected",
	    "orders 0 to 11: rising, at most 10 expected",
	    "neither a number of operations nor a time",
	    "node 1: the machine has none",
	    "the system is booted",
	};
	struct hotplug_fixture f;
	const struct mmi_machine_spec spec = x86_spec(&memory, 1);
	struct mmi_stress_params bad[ARRAY_NR(texts)];

	for (size_t i = 0; i < ARRAY_NR(bad); i++)
		bad[i] = few_operations();
	bad[0].nr_threads = 0;
	bad[1].min_order = 4;
	bad[2].max_order = 11;
	bad[3].nr_operations = 0;
	bad[4].nid = 1;
	bad[5].init = MMI_STRESS_BESIDE;
	hotplug_open(&f, *state, &spec);
	const uint64_t digest = hotplug_digest(&f);
	for (size_t i = 0; i < ARRAY_NR(bad); i++)
		run_stress(f.a.system, &bad[i], -EINVAL, texts[i]);
	assert_true(digest == hotplug_digest(&f));
	hotplug_close(&f);
}

static void test_memory_changes_when_all_is_initialised(void **state)
{
	const struct mmi_machine_spec spec = x86_spec(&memory, 1);
	const struct mmi_system_options options = {.plan.nr_threads = 1};
	struct mmi_machine *machine = make_machine(*state, &spec);
	struct mmi_stress_params params = few_operations();
	struct mmi_system *system;

	assert_int_equal(mmi_system_create(machine, &options, &system, NULL), 0);
	run_stress(system, &params, -EINVAL, "the system is not booted");
	params.init = MMI_STRESS_BESIDE;
	params.random_hotplug = true;
	run_stress(system, &params, -EINVAL, "memory comes and goes when all is initialised");
	params.random_hotplug = false;
	run_stress(system, &params, 0, NULL);
	mmi_system_destroy(system);
	mmi_machine_destroy(machine);
}

/* It is one thread of the run's team, and would have to wait for another team. */
static void test_who_changes_memory_has_no_team(void **state)
{
	const struct mmi_machine_spec spec = x86_spec(&memory, 1);
	const struct mmi_system_options options = {.hotplug.nr_threads = 2};
	struct mmi_machine *machine = make_machine(*state, &spec);
	struct mmi_stress_params params = few_operations();
	struct mmi_system *system;

	params.random_hotplug = true;
	assert_int_equal(mmi_system_create(machine, &options, &system, NULL), 0);
	assert_int_equal(mmi_system_boot(system, NULL), 0);
	assert_non_null(mmi_system_hotplug(system, NULL));
	run_stress(system, &params, -EINVAL, "memory hotplug with teams of its own");
	mmi_system_destroy(system);
	mmi_machine_destroy(machine);
}

static void test_a_counter_that_is_wrong_fails_the_run(void **state)
{
	struct alloc_fixture f;
	const struct mmi_machine_spec spec = x86_spec(&memory, 1);
	struct mmi_stress_params params = few_operations();

	alloc_open(&f, *state, &spec, ALL_BOOTED);
	uint64_t *nr_free_pages = &alloc_zone(&f, 0, MMI_ZONE_NORMAL)->nr_free_pages;
	run_stress(f.system, &params, 0, NULL);
	++*nr_free_pages;
	run_stress(f.system, &params, -EILSEQ, "node 0 zone Normal");
	params.check_ns = 1; /* while it runs, too */
	run_stress(f.system, &params, -EILSEQ, "node 0 zone Normal");
	params.check_ns = 0;
	params.random_hotplug = true;
	params.nr_hotplug_steps = 3;
	params.check_steps = 1; /* after each step of who changes memory */
	run_stress(f.system, &params, -EILSEQ, "node 0 zone Normal");
	--*nr_free_pages;
	alloc_close(&f);
}

static void test_a_page_that_is_not_given_back_fails_the_run(void **state)
{
	struct alloc_fixture f;
	const struct mmi_machine_spec spec = x86_spec(&memory, 1);
	const struct mmi_stress_params params = few_operations();

	alloc_open(&f, *state, &spec, ALL_BOOTED);
	struct mmi_page *page = mmi_alloc_pages(f.cpu, MMI_GFP_KERNEL, 0, 0, NULL);
	run_stress(f.system, &params, -EILSEQ, "managed: all free expected");
	mmi_free_pages(f.cpu, page, 0);
	run_stress(f.system, &params, 0, NULL);
	alloc_close(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    serial_test(test_what_cannot_be_run_is_refused),
	    serial_test(test_memory_changes_when_all_is_initialised),
	    serial_test(test_who_changes_memory_has_no_team),
	    serial_test(test_a_counter_that_is_wrong_fails_the_run),
	    serial_test(test_a_page_that_is_not_given_back_fails_the_run),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
