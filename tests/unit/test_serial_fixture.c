/* SPDX-License-Identifier: MIT */
/* The fixture of most tests: what one leaves behind ends it, but hides no failure. */
#include "machine_fixture.h"
#include "test_platform_death.h"

static void keep_memory(void **state)
{
	const struct mmi_platform *platform = *state;

	assert_non_null(platform->ops->alloc(platform->ctx, 8));
}

static void keep_memory_and_fail(void **state)
{
	keep_memory(state);
	fail_msg("why it fails");
}

/* What cmocka prints of it is not of the test that looks on. */
static void run_one(void *arg)
{
	const struct CMUnitTest *one = arg;
	const struct CMUnitTest tests[] = {*one};

	dup2(STDERR_FILENO, STDOUT_FILENO);
	cmocka_run_group_tests(tests, NULL, NULL);
}

static void test_what_is_left_behind_ends_a_test_that_passed(void **state)
{
	struct CMUnitTest one = serial_test(keep_memory);
	char said[1024];

	(void)state;
	assert_int_equal(signal_that_ends(run_one, &one, said, sizeof(said)), SIGABRT);
	assert_non_null(strstr(said, "1 pieces of memory were never given back"));
}

static void test_a_failure_says_why_whatever_is_left_behind(void **state)
{
	struct CMUnitTest one = serial_test(keep_memory_and_fail);
	char said[1024];

	(void)state;
	assert_int_equal(signal_that_ends(run_one, &one, said, sizeof(said)), 0);
	assert_non_null(strstr(said, "why it fails"));
	assert_null(strstr(said, "never given back"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_what_is_left_behind_ends_a_test_that_passed),
	    cmocka_unit_test(test_a_failure_says_why_whatever_is_left_behind),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
