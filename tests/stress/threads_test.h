/* SPDX-License-Identifier: MIT */
/* Tests whose state is a platform of plain threads (thread_platform.h). */
#ifndef TESTS_STRESS_THREADS_TEST_H
#define TESTS_STRESS_THREADS_TEST_H

#include "unit/machine_fixture.h"

#include "stress/thread_platform.h"

static int threads_setup(void **state)
{
	struct mmi_platform *platform = NULL;
	const int ret = thread_platform_create(&platform);

	*state = platform;
	return ret;
}

static int threads_teardown(void **state)
{
	thread_platform_destroy(*state);
	return 0;
}

#define threads_test(function)                                                                     \
	cmocka_unit_test_setup_teardown(function, threads_setup, threads_teardown)

#endif
