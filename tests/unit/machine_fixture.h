/* SPDX-License-Identifier: MIT */
/* Machines for tests, from a few lines of ranges, on the serial platform. */
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

/* cmocka gives every test its own platform through setup and teardown. */
static inline int serial_setup(void **state)
{
	struct mmi_platform *platform = NULL;
	const int ret = mmi_platform_serial_create(&platform, NULL);

	*state = platform;
	return ret;
}

static inline int serial_teardown(void **state)
{
	mmi_platform_serial_destroy(*state);
	return 0;
}

#define serial_test(function)                                                                      \
	cmocka_unit_test_setup_teardown(function, serial_setup, serial_teardown)

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
