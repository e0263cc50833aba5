/* SPDX-License-Identifier: MIT */
/* The Mann-Whitney test, held against counting all orders by hand, and against tables. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "report/rank_test.h"

/* U of the first @nr_a of @values against the others, in half pairs. */
static unsigned half_pairs_above(const double *values, size_t nr_a, size_t nr)
{
	unsigned halves = 0;

	for (size_t i = 0; i < nr_a; i++)
		for (size_t j = nr_a; j < nr; j++)
			halves += values[i] > values[j] ? 2 : values[i] == values[j];
	return halves;
}

/* How far U is from its middle, for the choice of places in @mask. */
static unsigned distance_of(unsigned mask, size_t nr_a, size_t nr)
{
	double values[16];
	size_t a = 0, b = nr_a;

	for (size_t place = 0; place < nr; place++)
		values[mask & (1u << place) ? a++ : b++] = (double)place;
	const int off = (int)half_pairs_above(values, nr_a, nr) - (int)(nr_a * (nr - nr_a));
	return (unsigned)(off < 0 ? -off : off);
}

/* The share of all orders whose U lies at least as far out: the definition, order by order. */
static double p_by_counting(unsigned wanted, size_t nr_a, size_t nr)
{
	unsigned nr_orders = 0, nr_as_far = 0;

	for (unsigned mask = 0; mask < 1u << nr; mask++) {
		if ((size_t)__builtin_popcount(mask) != nr_a)
			continue;
		nr_orders++;
		nr_as_far += distance_of(mask, nr_a, nr) >= distance_of(wanted, nr_a, nr);
	}
	return (double)nr_as_far / nr_orders;
}

static double p_of_mask(unsigned mask, size_t nr_a, size_t nr)
{
	double a[16], b[16];
	size_t i = 0, j = 0;

	for (size_t place = nr; place-- > 0;) /* not sorted */
		if (mask & (1u << place))
			a[i++] = (double)place;
		else
			b[j++] = (double)place;
	return mmi_rank_test(a, nr_a, b, nr - nr_a);
}

static void test_every_order_of_few_values_is_as_counted(void **state)
{
	(void)state;
	for (size_t nr = 2; nr <= 9; nr++)
		for (unsigned mask = 1; mask < (1u << nr) - 1; mask++) {
			const size_t nr_a = (size_t)__builtin_popcount(mask);
			assert_true(fabs(p_of_mask(mask, nr_a, nr) -
					 p_by_counting(mask, nr_a, nr)) < 1e-12);
		}
}

/* Both samples of 20 and of 30 values, one shifted by @shift places against the other. */
static double p_shifted(size_t nr, double shift)
{
	double a[64], b[64];

	for (size_t i = 0; i < nr; i++) {
		a[i] = (double)i;
		b[i] = (double)i + shift;
	}
	return mmi_rank_test(a, nr, b, nr);
}

/* Beyond what a double can count the normal approximation takes over: hardly a step is to be seen. */
static void test_the_approximation_continues_the_exact_values(void **state)
{
	(void)state;
	assert_true(p_shifted(27, 0.5) > 0.7);
	assert_true(fabs(p_shifted(27, 6.5) - p_shifted(28, 6.5)) < 0.01);
	assert_true(p_shifted(28, 40) < 1e-8);
	/* The tables' critical value for 20 and 20 at 5%, two-sided, is U = 127. */
	assert_true(p_shifted(20, 3.5) > 0.05);
	assert_true(p_shifted(20, 3.5) > p_shifted(20, 4.5));
	assert_true(p_shifted(20, 4.5) > p_shifted(20, 8.5));
}

static void test_ties_are_no_difference(void **state)
{
	double a[] = {5, 5, 5, 5, 5, 5, 5, 5}, b[] = {5, 5, 5, 5, 5, 5, 5, 5};
	double c[] = {1, 1, 1, 1, 1, 1, 1, 1}, d[] = {1, 1, 1, 1, 2, 2, 2, 2};

	(void)state;
	assert_true(mmi_rank_test(a, 8, b, 8) == 1);
	assert_true(mmi_rank_test(a, 8, c, 8) < 0.001);
	/* U = 16, variance 16 * (17 - (12^3 - 12 + 4^3 - 4) / 240) / 3: z = 15.5 / sqrt(51.2). */
	assert_true(fabs(mmi_rank_test(c, 8, d, 8) - erfc(15.5 / sqrt(2 * 51.2))) < 1e-9);
	assert_true(mmi_rank_test(a, 8, b, 0) == 1);
}

static void test_the_least_p_is_that_of_samples_apart(void **state)
{
	(void)state;
	for (size_t nr_a = 1; nr_a <= 8; nr_a++)
		for (size_t nr_b = 1; nr_b <= 8; nr_b++) {
			const unsigned low = (1u << nr_a) - 1;
			assert_true(fabs(mmi_rank_test_least(nr_a, nr_b) -
					 p_of_mask(low, nr_a, nr_a + nr_b)) < 1e-12);
		}
	assert_true(mmi_rank_test_least(0, 5) == 1);
}

static void test_quantiles_lie_between_neighbours(void **state)
{
	double values[] = {9, 1, 4, 2};

	(void)state;
	mmi_sort_values(values, 4);
	assert_true(mmi_quantile(values, 4, 0) == 1 && mmi_quantile(values, 4, 1) == 9);
	assert_true(mmi_quantile(values, 4, 0.5) == 3);
	assert_true(mmi_quantile(values, 4, 0.25) == 1.75);
	assert_true(mmi_quantile(values, 1, 0.7) == 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_every_order_of_few_values_is_as_counted),
	    cmocka_unit_test(test_the_approximation_continues_the_exact_values),
	    cmocka_unit_test(test_ties_are_no_difference),
	    cmocka_unit_test(test_the_least_p_is_that_of_samples_apart),
	    cmocka_unit_test(test_quantiles_lie_between_neighbours),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
