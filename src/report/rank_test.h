/* SPDX-License-Identifier: MIT */
/* The Mann-Whitney U test: are the values of one sample larger than those of another, as a rule? */
#ifndef REPORT_RANK_TEST_H
#define REPORT_RANK_TEST_H

#include <stddef.h>

/*
 * The two-sided p of @a (@nr_a values) against @b: how likely chance alone makes the samples lie as
 * far apart.  Sorts both.  Negative: no memory.  1 where a sample is empty.
 */
double mmi_rank_test(double *a, size_t nr_a, double *b, size_t nr_b);

/* The smallest p that samples of these sizes can give. */
double mmi_rank_test_least(size_t nr_a, size_t nr_b);

/* Sorts, rising. */
void mmi_sort_values(double *values, size_t nr);

/* What lies @share (0 to 1) up in the sorted values, between neighbours on a straight line. */
double mmi_quantile(const double *sorted, size_t nr, double share);

#endif
