/* SPDX-License-Identifier: MIT */
/* Platforms of tests, and machines from a few lines of ranges. */
#ifndef TESTS_UNIT_MACHINE_FIXTURE_H
#define TESTS_UNIT_MACHINE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "mminit/mminit.h"
#include "mminit/platform_native.h"

#define KIB         (1ull << 10)
#define MIB         (1ull << 20)
#define GIB         (1ull << 30)
#define ARRAY_NR(a) (sizeof(a) / sizeof((a)[0]))

/* Each test is given a platform of its own: a serial one, or one with threads. */
struct serial_case {
	CMUnitTestFunction test;
	void (*prepare)(struct mmi_platform *platform); /* before the test; may be NULL */
};

/*
 * The platform ends the process over what a test leaves behind.  A test that fails does not come
 * back here: it leaves much, and cmocka has yet to say why it failed.
 */
static inline void serial_run(void **state)
{
	const struct serial_case *serial = *state;
	struct mmi_platform *platform = NULL;

	assert_int_equal(mmi_platform_serial_create(&platform, NULL), 0);
	void *test_state = platform;
	if (serial->prepare)
		serial->prepare(platform);
	serial->test(&test_state);
	mmi_platform_serial_destroy(platform);
}

static inline struct CMUnitTest make_serial_test(const char *name, struct serial_case *serial)
{
	return (struct CMUnitTest){.name = name, .test_func = serial_run, .initial_state = serial};
}

#define prepared_serial_test(prepare, function)                                                    \
	make_serial_test(#function, &(struct serial_case){function, prepare})
#define serial_test(function) prepared_serial_test(NULL, function)

static inline int native_setup(void **state)
{
	struct mmi_platform *platform = NULL;
	const int ret = mmi_platform_native_create(NULL, &platform, NULL);

	*state = platform;
	return ret;
}

static inline int native_teardown(void **state)
{
	mmi_platform_native_destroy(*state);
	return 0;
}

#define native_test(function)                                                                      \
	cmocka_unit_test_setup_teardown(function, native_setup, native_teardown)

/*
 * Begins a test that reserves the struct pages of a petabyte and touches few: an emulator keeps a
 * table of all, and the race detector leaves no such stretch of addresses free.
 */
static inline void skip_without_petabyte(void)
{
	if (getenv("MMINIT_NO_PETABYTE"))
		skip();
}

/* An x86-64 machine by 6.1's rules; the caller sets what else it wants before make_machine(). */
static inline struct mmi_machine_spec x86_spec(const struct mmi_spec_range *memory,
					       size_t nr_memory)
{
	struct mmi_machine_spec spec = {
	    .linux_version = MMI_LINUX_6_1, .memory = memory, .nr_memory = nr_memory};

	mmi_geometry_init(&spec.geometry, MMI_ARCH_X86_64);
	return spec;
}

static inline struct mmi_machine *make_machine(struct mmi_platform *platform,
					       const struct mmi_machine_spec *spec)
{
	struct mmi_machine *machine = NULL;
	struct mmi_error err = {0};

	if (mmi_machine_create(platform, spec, &machine, &err))
		fail_msg("machine: %s", err.text);
	return machine;
}

#endif
