/* SPDX-License-Identifier: MIT */
/*
 * Nothing is lost when something cannot be had: each call of the platform in turn fails, and what
 * was asked for is refused with a word, whole, and nothing is left; until no call is left to fail.
 */
#include "machine_fixture.h"

#include <errno.h>

#include "mminit/fault.h"

static const struct mmi_spec_range memory[] = {{MIB, 64 * MIB, 0, 0, 0},
					       {4 * GIB, 4 * GIB + 300 * MIB, 0, 0, 0},
					       {4 * GIB + 300 * MIB, 5 * GIB, 1, 0, 0}};
static const struct mmi_spec_range reserved[] = {{5 * GIB - 8 * KIB, 5 * GIB, -1, 0, 0}};

/* Allocates, in bulk and one by one, gives back reserved memory, rebuilds; what fails says so. */
static int use(struct mmi_system *system, struct mmi_error *err)
{
	struct mmi_page *pages[64] = {0};
	struct mmi_cpu *cpu;
	int ret = mmi_system_alloc(system, err) ? 0 : err->code;

	if (!ret)
		ret = mmi_cpu_create(system->alloc, -1, &cpu, err);
	if (ret)
		return ret;
	/* Contexts have no lists where there is no memory for them: the zone serves them. */
	assert_true(mmi_alloc_pages_bulk(cpu, MMI_GFP_MOVABLE, -1, NULL, 64, pages) > 0);
	mmi_free_pages_bulk(cpu, pages, 64);
	struct mmi_page *page = mmi_alloc_pages(cpu, MMI_GFP_KERNEL, 0, -1, NULL);
	assert_non_null(page);
	mmi_free_pages(cpu, page, 0);
	ret = mmi_zonelists_rebuild(system->alloc);
	if (ret)
		mmi_error_set(err, ret, "no memory for zonelists");
	assert_int_equal(mmi_alloc_check(system->alloc, NULL), 0);
	mmi_cpu_destroy(cpu);
	return ret;
}

static int boot_and_use(const struct mmi_platform *platform, struct mmi_error *err)
{
	const struct mmi_system_options options = {.plan.nr_threads = 2, .run.record_chunks = true};
	struct mmi_machine_spec spec = x86_spec(memory, ARRAY_NR(memory));
	struct mmi_machine *machine = NULL;
	struct mmi_system *system;

	spec.reserved = reserved;
	spec.nr_reserved = ARRAY_NR(reserved);
	int ret = mmi_machine_create(platform, &spec, &machine, err);
	if (ret)
		return ret;
	ret = mmi_system_create(machine, &options, &system, err);
	if (ret) {
		assert_null(system);
		mmi_machine_destroy(machine);
		return ret;
	}
	ret = mmi_system_boot(system, err);
	if (!ret)
		ret = mmi_deferred_free_reserved(&system->run, (5 * GIB - 8 * KIB) >> 12,
						 5 * GIB >> 12);
	if (!ret)
		ret = use(system, err);
	mmi_system_destroy(system);
	mmi_machine_destroy(machine);
	return ret;
}

/* Call after call fails; returns how many there are. */
static uint64_t fail_each(struct mmi_platform *inner, enum mmi_platform_call call, int code)
{
	struct mmi_failing_platform failing;
	uint64_t number = 0, nr_refused = 0;

	do {
		struct mmi_error err = {0};
		mmi_failing_platform_init(&failing, inner, call, number++);
		const int ret = boot_and_use(&failing.platform, &err);
		if (failing.nr_held)
			fail_msg("call %llu: %lld pieces are left", (unsigned long long)number - 1,
				 (long long)failing.nr_held);
		if (ret) {
			assert_true(failing.has_failed);
			assert_int_equal(ret, code);
			assert_true(err.text[0]);
			nr_refused++;
		}
	} while (failing.has_failed);
	/* Address space is asked for again, without room for what may be added later. */
	assert_true(nr_refused > 0 || call == MMI_CALL_RESERVE);
	return number - 1;
}

static void test_each_allocation_fails_in_turn(void **state)
{
	const uint64_t nr = fail_each(*state, MMI_CALL_ALLOC, -ENOMEM);

	print_message("%llu allocations\n", (unsigned long long)nr);
	assert_true(nr > 10);
}

static void test_each_reservation_and_commitment_fails_in_turn(void **state)
{
	assert_true(fail_each(*state, MMI_CALL_RESERVE, -ENOMEM) >= 2);
	assert_true(fail_each(*state, MMI_CALL_COMMIT, -ENOMEM) >= 2);
}

static void test_memory_that_cannot_be_bound_is_an_error_with_a_word(void **state)
{
	assert_true(fail_each(*state, MMI_CALL_BIND, -EIO) >= 1);
}

/* None, one and all but one: what they would have done is done all the same. */
static void test_threads_that_do_not_start_leave_nothing_undone(void **state)
{
	struct mmi_failing_platform failing;

	for (uint64_t number = 0; number < 4; number++) {
		struct mmi_error err = {0};
		mmi_failing_platform_init(&failing, *state, MMI_CALL_THREAD, number);
		if (boot_and_use(&failing.platform, &err))
			fail_msg("%llu threads: %s", (unsigned long long)number, err.text);
		assert_int_equal(failing.has_failed, number < 4);
		assert_int_equal(failing.nr_held, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    serial_test(test_each_allocation_fails_in_turn),
	    serial_test(test_each_reservation_and_commitment_fails_in_turn),
	    serial_test(test_memory_that_cannot_be_bound_is_an_error_with_a_word),
	    serial_test(test_threads_that_do_not_start_leave_nothing_undone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
