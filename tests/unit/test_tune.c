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

/*
 * A machine of so little that its sweep takes a moment, on a platform that counts what the sweep
 * takes: from the @fails_from'th time on there is no more (0: there always is).
 */
static struct {
	const struct mmi_platform_ops *below;
	unsigned nr_taken;
	unsigned fails_from;
	void *first_committed; /* struct pages that were backed before */
	bool huge_pages;       /* asked for, the last time */
	int reading_fails;     /* -errno */
} little;

static bool little_is_left(void)
{
	little.nr_taken++;
	return !little.fails_from || little.nr_taken < little.fails_from;
}

static void *little_alloc(void *ctx, size_t size_bytes)
{
	return little_is_left() ? little.below->alloc(ctx, size_bytes) : NULL;
}

static void *little_reserve(void *ctx, size_t size_bytes, size_t align)
{
	return little_is_left() ? little.below->reserve(ctx, size_bytes, align) : NULL;
}

static int little_commit(void *ctx, void *start, size_t size_bytes,
			 const struct mmi_backing *backing)
{
	if (backing->populate && !little.first_committed)
		little.first_committed = start;
	little.huge_pages = backing->huge_pages;
	return little_is_left() ? little.below->commit(ctx, start, size_bytes, backing) : -ENOMEM;
}

/* Half of what was backed before came in huge pages, a quarter of what was touched where asked for. */
static int little_read_backing(void *user, const void *start, size_t size_bytes,
			       uint64_t *resident_bytes, uint64_t *huge_bytes)
{
	assert_ptr_equal(user, &little);
	assert_true(size_bytes > 0);
	*resident_bytes = 1000;
	*huge_bytes = start == little.first_committed ? 500 : little.huge_pages ? 250 : 0;
	return little.reading_fails;
}

/* A sweep over 256 MiB of it: 4 MiB of struct pages, one thread. */
static int sweep_little(const struct mmi_platform *serial, struct mmi_tune_report *report,
			struct mmi_error *err)
{
	struct mmi_platform_ops ops = *serial->ops;
	struct mmi_platform platform = {&ops, serial->ctx};
	const struct mmi_spec_range memory = {4 * GIB, 4 * GIB + 256 * MIB, 0, 0, 0};
	const struct mmi_machine_spec spec = x86_spec(&memory, 1);
	const struct mmi_tune_params params = {
	    .max_rounds = MMI_TUNE_MIN_ROUNDS,
	    .nr_threads = 1,
	    .read_backing = little_read_backing,
	    .user = &little,
	};
	struct mmi_machine *machine = make_machine(&platform, &spec);

	little.below = serial->ops;
	ops.alloc = little_alloc;
	ops.reserve = little_reserve;
	ops.commit = little_commit;
	const int ret = mmi_tune(machine, &params, report, err);
	ops = *serial->ops;
	mmi_machine_destroy(machine);
	return ret;
}

#ifndef MMI_CHECKED
/* All that @print prints of @report. */
static void print_all(const struct mmi_tune_report *report,
		      void (*print)(FILE *out, const struct mmi_tune_report *report), char *text,
		      size_t text_bytes)
{
	FILE *out = tmpfile();

	assert_non_null(out);
	print(out, report);
	rewind(out);
	text[fread(text, 1, text_bytes - 1, out)] = '\0';
	fclose(out);
}

static void test_what_came_in_huge_pages_is_read_back(void **state)
{
	static struct mmi_tune_report report;
	static char text[16384];

	memset(&little, 0, sizeof(little));
	assert_int_equal(sweep_little(*state, &report, NULL), 0);
	assert_true(report.huge_share == 0.5);
	for (unsigned i = 0; i < report.nr_rows; i++) {
		const struct mmi_tune_row *row = &report.rows[i];
		if (row->choice != MMI_TUNE_BACKING)
			assert_true(row->huge_share == 0.5);
		else
			assert_true(row->huge_share == (row->by_default ? 0.25 : 0));
	}
	print_all(&report, mmi_tune_print_text, text, sizeof(text));
	assert_non_null(strstr(text, "\n50.0% of the struct pages lie in huge pages"));
	assert_non_null(strstr(text, "; 25.0% in huge pages; the default\n"));
	assert_non_null(strstr(text, "; 0.0% in huge pages\n"));
	print_all(&report, mmi_tune_print_csv, text, sizeof(text));
	assert_non_null(strstr(text, ",huge_share\n"));
	assert_non_null(strstr(text, ",0.2500\n"));
	assert_non_null(strstr(text, ",0.5000\n"));
}

static void test_a_share_that_the_system_does_not_say_is_not_stated(void **state)
{
	static struct mmi_tune_report report;
	static char text[16384];

	memset(&little, 0, sizeof(little));
	little.reading_fails = -ENOENT;
	assert_int_equal(sweep_little(*state, &report, NULL), 0);
	assert_true(report.huge_share < 0);
	for (unsigned i = 0; i < report.nr_rows; i++)
		assert_true(report.rows[i].huge_share < 0);
	print_all(&report, mmi_tune_print_text, text, sizeof(text));
	assert_null(strstr(text, "huge pages"));
	print_all(&report, mmi_tune_print_csv, text, sizeof(text));
	assert_null(strstr(text, "0.5000\n"));
	assert_non_null(strstr(text, ",\n"));
}

/* What has a row and what has none are together all that there is to measure. */
static void expect_what_was_measured(const struct mmi_tune_report *report, unsigned nr_in_all)
{
	assert_int_equal(report->failed.code, -ENOMEM);
	assert_true(strlen(report->failed.text) > 0);
	assert_in_range(report->nr_rows, 1, nr_in_all);
	assert_int_equal(report->nr_rows + report->nr_missing, nr_in_all);
	assert_true(report->nr_rounds < report->max_rounds);
	assert_false(report->settled || report->interrupted);
	if (report->nr_rounds)
		assert_int_equal(report->nr_missing, 0);
	for (unsigned i = 0; i < report->nr_rows; i++)
		assert_in_range(report->rows[i].nr_samples, report->nr_rounds,
				report->nr_rounds + 1);
}

/* Wherever memory runs out: nothing is leaked, and what was measured is there. */
static void test_a_sweep_out_of_memory_keeps_what_it_has(void **state)
{
	static struct mmi_tune_report report;
	unsigned nr_empty = 0, nr_first_rounds = 0, nr_later_rounds = 0;
	struct mmi_error err;

	memset(&little, 0, sizeof(little));
	assert_int_equal(sweep_little(*state, &report, NULL), 0);
	const unsigned nr_in_all = report.nr_rows;
	const unsigned nr_taken = little.nr_taken;
	for (unsigned n = 1; n <= nr_taken; n += 1 + n / 8) {
		memset(&little, 0, sizeof(little));
		memset(&err, 0, sizeof(err));
		little.fails_from = n;
		const int ret = sweep_little(*state, &report, &err);
		assert_int_equal(ret, report.nr_rows ? 0 : -ENOMEM);
		assert_int_equal(err.code, ret);
		assert_true(!ret || strlen(err.text) > 0);
		nr_empty += ret != 0;
		if (ret)
			continue;
		if (report.failed.code || report.nr_rounds < MMI_TUNE_MIN_ROUNDS)
			expect_what_was_measured(&report, nr_in_all);
		nr_first_rounds += !report.nr_rounds;
		nr_later_rounds += report.nr_rounds > 0;
	}
	assert_true(nr_empty && nr_first_rounds && nr_later_rounds);
}

static void test_what_is_missing_and_why_is_said(void **state)
{
	static struct mmi_tune_report report;
	static char text[16384];

	memset(&little, 0, sizeof(little));
	assert_int_equal(sweep_little(*state, &report, NULL), 0);
	unsigned nr_taken = little.nr_taken / MMI_TUNE_MIN_ROUNDS;
	do { /* in the first round, when some have been measured */
		memset(&little, 0, sizeof(little));
		little.fails_from = nr_taken--;
		assert_true(nr_taken > 0);
		assert_int_equal(sweep_little(*state, &report, NULL), 0);
	} while (!report.nr_missing);
	print_all(&report, mmi_tune_print_text, text, sizeof(text));
	assert_memory_equal(text, "0 rounds, stopped; ", 19);
	assert_non_null(strstr(text, "\nround 1 of at most 6 could not be finished: "));
	assert_non_null(strstr(text, report.failed.text));
	assert_non_null(strstr(text, "\nnot measured: "));
	assert_non_null(strstr(text, "order linux 6.1\n"));
	assert_non_null(strstr(text, "\ntoo few rounds to recommend anything"));
}

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

#ifdef MMI_CHECKED
static void test_the_checked_core_sweeps_nothing(void **state)
{
	static struct mmi_tune_report report;

	assert_int_equal(sweep_little(*state, &report, NULL), -ENOTSUP); /* its times say nothing */
	assert_int_equal(report.nr_rows + report.nr_missing, 0);
}
#endif

int main(void)
{
	const struct CMUnitTest tests[] = {
#ifdef MMI_CHECKED
	    serial_test(test_the_checked_core_sweeps_nothing),
#else
	    serial_test(test_what_came_in_huge_pages_is_read_back),
	    serial_test(test_a_share_that_the_system_does_not_say_is_not_stated),
	    serial_test(test_a_sweep_out_of_memory_keeps_what_it_has),
	    serial_test(test_what_is_missing_and_why_is_said),
#endif
	    serial_test(test_the_first_touch_is_not_of_what_the_host_took_back),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
