/* SPDX-License-Identifier: MIT */
/*
 * Samples of a measurement, and what can be said of their middle.
 *
 * Times are skewed and have outliers, so the middle is the median, and its 95% interval comes from
 * the order statistics alone (the sign test turned around): of n samples the k-th smallest and
 * the k-th largest bound the median, k the largest with at most 2.5% of a binomial(n, 1/2) below
 * it.  Exact for every distribution, without random numbers; 6 samples are the fewest that do.
 */
#ifndef TUNE_SAMPLE_H
#define TUNE_SAMPLE_H

#include <stddef.h>

#define MMI_MIN_SAMPLES 6
#define MMI_MAX_SAMPLES 512

struct mmi_sample {
	double values[MMI_MAX_SAMPLES];
	size_t nr;
};

struct mmi_estimate {
	double median;
	double low; /* 95% interval of the median; all of the samples while they are too few */
	double high;
	size_t nr;
};

/* Adds one value; further ones than MMI_MAX_SAMPLES are dropped. */
void mmi_sample_add(struct mmi_sample *sample, double value);

/* All 0 where there is no sample. */
struct mmi_estimate mmi_sample_estimate(const struct mmi_sample *sample);

/* The estimate of a[i] / b[i], sample by sample: both were measured side by side. */
struct mmi_estimate mmi_sample_ratio(const struct mmi_sample *a, const struct mmi_sample *b);

#endif
