/* SPDX-License-Identifier: MIT */
/* The loop of offline_loop.h in short, for every day and for the race detector. */
#include "stress/offline_loop.h"

static void test_a_block_goes_and_comes_under_pressure(void **state)
{
	(void)state;
	loop_test(10000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_a_block_goes_and_comes_under_pressure),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
