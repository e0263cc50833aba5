/* SPDX-License-Identifier: MIT */
/*
 * U counts the pairs in which a value of the first sample is above one of the second, a tie for a
 * half.  If chance alone decides, every order of all values is as likely as any other, and the
 * number of orders that give a U has a generating function, the Gaussian binomial coefficient:
 *
 *	product over i = 1 .. a of (1 - q^(b + i)) / (1 - q^i)
 *
 * Its coefficients are whole numbers, and a double holds them as long as their sum, binomial(a + b,
 * a), stays below 2^53.  Beyond, and with ties, U is near enough to normal.
 */
#include "report/rank_test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MOST_ORDERS 9007199254740992.0 /* 2^53 */

static int compare_values(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

void mmi_sort_values(double *values, size_t nr)
{
	if (nr)
		qsort(values, nr, sizeof(*values), compare_values);
}

double mmi_quantile(const double *sorted, size_t nr, double share)
{
	if (!nr)
		return 0;
	const double at = (double)(nr - 1) * share;
	const size_t below = (size_t)at;
	const size_t above = below + 1 < nr ? below + 1 : below;

	return sorted[below] + (sorted[above] - sorted[below]) * (at - (double)below);
}

/* binomial(@nr_a + @nr_b, @nr_a): the orders of all values. */
static double count_orders(size_t nr_a, size_t nr_b)
{
	double orders = 1;

	for (size_t i = 1; i <= nr_a && orders < MOST_ORDERS; i++)
		orders = orders * (double)(nr_b + i) / (double)i;
	return orders;
}

/* What two merged samples are: U, and by how much ties make it vary less. */
struct pairs {
	double u;    /* of a above b */
	double ties; /* sum of t^3 - t over groups of t equal values */
};

static struct pairs count_pairs(const double *a, size_t nr_a, const double *b, size_t nr_b)
{
	struct pairs pairs = {0};
	size_t i = 0, j = 0;

	while (i < nr_a || j < nr_b) {
		const double value = j >= nr_b || (i < nr_a && a[i] <= b[j]) ? a[i] : b[j];
		size_t equal_a = 0, equal_b = 0;
		for (; i < nr_a && a[i] <= value; i++)
			equal_a++;
		pairs.u += (double)equal_a * (double)j;
		for (; j < nr_b && b[j] <= value; j++)
			equal_b++;
		pairs.u += (double)equal_a * (double)equal_b / 2;
		const double t = (double)(equal_a + equal_b);
		pairs.ties += t * t * t - t;
	}
	return pairs;
}

/* Orders with U at most @most, of all of them; 0 to 1.  Negative: no memory. */
static double exact_share(size_t nr_a, size_t nr_b, size_t most)
{
	const size_t nr = nr_a * nr_b + 1;
	double *orders = calloc(nr, sizeof(*orders));
	double below = 0;

	if (!orders)
		return -1;
	orders[0] = 1;
	for (size_t i = 1; i <= nr_a; i++) {
		for (size_t u = nr; u-- > nr_b + i;)
			orders[u] -= orders[u - nr_b - i];
		for (size_t u = i; u < nr; u++)
			orders[u] += orders[u - i];
	}
	for (size_t u = 0; u <= most; u++)
		below += orders[u];
	free(orders);
	return below / count_orders(nr_a, nr_b);
}

static double normal_p(const struct pairs *pairs, double a, double b)
{
	const double all = a + b;
	const double variance = a * b / 12 * (all + 1 - pairs->ties / (all * (all - 1)));
	const double off = fabs(pairs->u - a * b / 2) - 0.5;

	return variance > 0 && off > 0 ? erfc(off / sqrt(2 * variance)) : 1;
}

double mmi_rank_test(double *a, size_t nr_a, double *b, size_t nr_b)
{
	if (!nr_a || !nr_b)
		return 1;
	mmi_sort_values(a, nr_a);
	mmi_sort_values(b, nr_b);
	const struct pairs pairs = count_pairs(a, nr_a, b, nr_b);
	if (pairs.ties > 0 || count_orders(nr_a, nr_b) >= MOST_ORDERS)
		return normal_p(&pairs, (double)nr_a, (double)nr_b);
	/* Without ties U is whole, and as often at the other end. */
	const size_t u = (size_t)pairs.u, other = nr_a * nr_b - u;
	const double p = 2 * exact_share(nr_a, nr_b, u < other ? u : other);
	return p < 1 ? p : 1;
}

double mmi_rank_test_least(size_t nr_a, size_t nr_b)
{
	return nr_a && nr_b ? fmin(2 / count_orders(nr_a, nr_b), 1) : 1;
}
