/* SPDX-License-Identifier: MIT */
/* A sweep on hosts that are made up: what it times is what its rows say. */
#include "machine_fixture.h"

#include <errno.h>

#include "mminit/tune.h"

#define NR_PAGES      (GIB / 4096)
#define TAKEN_BACK_NS 1000000000ull

/* A virtual machine's host: what nobody used while a team ran it took, and gives back slowly. */
static struct {
	const struct mmi_platform_ops *below;
	uint64_t now_ns;
	bool ran_since_release;
	bool slow; /* until the next team has touched all */
} host;

static uint64_t host_clock(void *ctx)
{
	(void)ctx;
	return ++host.now_ns;
}

static void *host_reserve(void *ctx, size_t size_bytes, size_t align)
{
	host.slow = host.ran_since_release;
	return host.below->reserve(ctx, size_bytes, align);
}

static void host_release(void *ctx, void *start, size_t size_bytes)
{
	host.ran_since_release = false;
	host.below->release(ctx, start, size_bytes);
}

static unsigned host_run_team(void *ctx, unsigned nr_threads, const int *nids,
			      void (*work)(void *arg, unsigned thread), void *arg)
{
	host.now_ns += host.slow ? TAKEN_BACK_NS : 0;
	host.slow = false;
	host.ran_since_release = true;
	return host.below->run_team(ctx, nr_threads, nids, work, arg);
}

#ifndef MMI_CHECKED
/* A run reads the clock a few times a chunk, so it takes some of these nanoseconds. */
static void expect_fast_first_touches(const struct mmi_tune_report *report)
{
	unsigned nr_rows = 0;

	for (unsigned i = 0; i < report->nr_rows; i++) {
		const struct mmi_tune_row *row = &report->rows[i];
		if (row->choice != MMI_TUNE_BACKING)
			continue;
		nr_rows++;
		assert_int_equal(row->nr_samples, MMI_TUNE_MIN_ROUNDS);
		for (unsigned round = 0; round < row->nr_samples; round++)
			assert_true(row->samples[round] * NR_PAGES < TAKEN_BACK_NS);
	}
	assert_int_equal(nr_rows, 2);
}
#endif

static void test_the_first_touch_is_not_of_what_the_host_took_back(void **state)
{
	const struct mmi_platform *serial = *state;
	struct mmi_platform_ops ops = *serial->ops;
	struct mmi_platform platform = {&ops, serial->ctx};
	const struct mmi_spec_range memory = {4 * GIB, 5 * GIB, 0, 0, 0};
	const struct mmi_tune_params params = {.max_rounds = MMI_TUNE_MIN_ROUNDS, .nr_threads = 1};
	const struct mmi_machine_spec spec = x86_spec(&memory, 1);
	static struct mmi_tune_report report;

	host.below = serial->ops;
	ops.clock_ns = host_clock;
	ops.reserve = host_reserve;
	ops.release = host_release;
	ops.run_team = host_run_team;
	struct mmi_machine *machine = make_machine(&platform, &spec);
	const int ret = mmi_tune(machine, &params, &report, NULL);
#ifdef MMI_CHECKED
	assert_int_equal(ret, -ENOTSUP); /* its times say nothing */
#else
	assert_int_equal(ret, 0);
	expect_fast_first_touches(&report);
#endif
	mmi_machine_destroy(machine);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    serial_test(test_the_first_touch_is_not_of_what_the_host_took_back),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
