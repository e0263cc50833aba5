/* SPDX-License-Identifier: MIT */
/*
 * Random frees: all pages are allocated, some are freed anywhere and as many allocated again; and
 * what the machine itself takes for an access that depends on the one before, anywhere in as much
 * memory as the struct pages have.
 */
#ifndef BENCH_RANDOM_FREES_H
#define BENCH_RANDOM_FREES_H

#include "pages.h"

struct random_frees {
	struct pages_bed *bed;
	uint64_t drawn;
	uint32_t *lines; /* each leads to another one, all in one cycle */
	size_t lines_bytes;
	uint32_t line; /* where the walk is */
};

/* Takes every page and links the lines; false, with a message: no memory. */
bool random_frees_begin(struct random_frees *random, struct pages_bed *bed);

/* Nanoseconds of a free of a random page and an allocation; negative: a page was refused. */
double random_frees_pair_ns(struct random_frees *random);

/* Nanoseconds of a step from line to line. */
double random_frees_miss_ns(struct random_frees *random);

/* Gives all back; false, with a message: something is not as it should be. */
bool random_frees_end(struct random_frees *random);

#endif
