/* SPDX-License-Identifier: MIT */
/* Samples: medians, and intervals that come from the order of the values alone. */
#include "machine_fixture.h"

#include "tune/sample.h"

static void fill(struct mmi_sample *sample, size_t nr)
{
	sample->nr = 0;
	for (size_t i = 0; i < nr; i++) /* 1 to nr, in another order */
		mmi_sample_add(sample, (double)(i * 7 % nr + 1));
}

/* At most 2.5% of binomial(n, 1/2) below k: n = 6: 1, n = 20: 6, n = 25: 8 (all from tables). */
static void test_intervals_are_those_of_the_tables(void **state)
{
	static const struct {
		size_t nr;
		double low, high;
	} tables[] = {{6, 1, 6}, {9, 2, 8}, {20, 6, 15}, {25, 8, 18}, {30, 10, 21}};
	static struct mmi_sample sample;

	(void)state;
	for (size_t i = 0; i < ARRAY_NR(tables); i++) {
		fill(&sample, tables[i].nr);
		const struct mmi_estimate estimate = mmi_sample_estimate(&sample);
		assert_true(estimate.low == tables[i].low);
		assert_true(estimate.high == tables[i].high);
		assert_true(estimate.median == (double)(tables[i].nr + 1) / 2);
	}
}

static void test_few_samples_bound_nothing_but_themselves(void **state)
{
	static struct mmi_sample sample;

	(void)state;
	assert_int_equal(mmi_sample_estimate(&sample).nr, 0);
	fill(&sample, 5);
	assert_true(mmi_sample_estimate(&sample).low == 1);
	assert_true(mmi_sample_estimate(&sample).high == 5);
}

/* One value gone wild moves the mean of 21 by 48, and the median not at all. */
static void test_an_outlier_moves_nothing(void **state)
{
	static struct mmi_sample sample;

	(void)state;
	for (int i = 0; i < 20; i++)
		mmi_sample_add(&sample, 1);
	mmi_sample_add(&sample, 1000);
	const struct mmi_estimate estimate = mmi_sample_estimate(&sample);
	assert_true(estimate.median == 1 && estimate.low == 1 && estimate.high == 1);
}

/* Both sides drift together: each ratio is 2 although the values are 10 apart. */
static void test_ratios_are_taken_pair_by_pair(void **state)
{
	static struct mmi_sample a, b;

	(void)state;
	for (int i = 1; i <= 10; i++) {
		mmi_sample_add(&a, 2.0 * i);
		mmi_sample_add(&b, i);
	}
	mmi_sample_add(&a, 77); /* has no partner */
	const struct mmi_estimate ratio = mmi_sample_ratio(&a, &b);
	assert_int_equal(ratio.nr, 10);
	assert_true(ratio.low == 2 && ratio.median == 2 && ratio.high == 2);
}

static void test_more_than_there_is_room_for_is_dropped(void **state)
{
	static struct mmi_sample sample;

	(void)state;
	for (int i = 0; i < MMI_MAX_SAMPLES + 10; i++)
		mmi_sample_add(&sample, i < MMI_MAX_SAMPLES ? 1 : 1e9);
	assert_int_equal(sample.nr, MMI_MAX_SAMPLES);
	assert_true(mmi_sample_estimate(&sample).high == 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_intervals_are_those_of_the_tables),
	    cmocka_unit_test(test_few_samples_bound_nothing_but_themselves),
	    cmocka_unit_test(test_an_outlier_moves_nothing),
	    cmocka_unit_test(test_ratios_are_taken_pair_by_pair),
	    cmocka_unit_test(test_more_than_there_is_room_for_is_dropped),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
