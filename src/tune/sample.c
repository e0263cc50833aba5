/* SPDX-License-Identifier: MIT */
/* Medians and their exact intervals. */
#include "tune/sample.h"

#include <stdlib.h>
#include <string.h>

void mmi_sample_add(struct mmi_sample *sample, double value)
{
	if (sample->nr < MMI_MAX_SAMPLES)
		sample->values[sample->nr++] = value;
}

static int compare(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* How many of @nr sorted samples lie outside of the interval at either end. */
static size_t count_outside(size_t nr)
{
	double probability = 1, below = 0;
	size_t k = 0;

	for (size_t i = 0; i < nr; i++) /* 2^-nr stays a normal number up to MMI_MAX_SAMPLES */
		probability /= 2;
	for (below = probability; below <= 0.025 && k < nr / 2; below += probability) {
		k++;
		probability *= (double)(nr - k + 1) / (double)k;
	}
	return k;
}

struct mmi_estimate mmi_sample_estimate(const struct mmi_sample *sample)
{
	struct mmi_estimate estimate = {.nr = sample->nr};
	const size_t nr = sample->nr;
	double sorted[MMI_MAX_SAMPLES];

	if (!nr)
		return estimate;
	memcpy(sorted, sample->values, nr * sizeof(*sorted));
	qsort(sorted, nr, sizeof(*sorted), compare);
	const size_t outside = count_outside(nr);
	const size_t first = outside ? outside - 1 : 0;
	estimate.median = (sorted[(nr - 1) / 2] + sorted[nr / 2]) / 2;
	estimate.low = sorted[first];
	estimate.high = sorted[nr - 1 - first];
	return estimate;
}

struct mmi_estimate mmi_sample_ratio(const struct mmi_sample *a, const struct mmi_sample *b)
{
	struct mmi_sample ratios = {.nr = a->nr < b->nr ? a->nr : b->nr};

	for (size_t i = 0; i < ratios.nr; i++)
		ratios.values[i] = a->values[i] / b->values[i];
	return mmi_sample_estimate(&ratios);
}
