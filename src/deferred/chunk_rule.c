/* SPDX-License-Identifier: MIT */
/* Linux's chunk rule, ours, and free choice. */
#include "deferred/chunk_rule.h"

#define CHUNKS_PER_WORKER 4
#define AUTO_CHUNK_SHIFT  30 /* 1 GiB: claims cost nothing, and the last ones still spread */

static uint64_t round_up(uint64_t value, uint64_t multiple)
{
	return (value + multiple - 1) / multiple * multiple;
}

static uint64_t larger(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

uint64_t mmi_linux_nr_workers(uint64_t nr_pages, uint64_t min_chunk_pages, unsigned max_threads)
{
	const uint64_t nr_workers = nr_pages / min_chunk_pages;

	if (!nr_workers)
		return 1;
	return nr_workers < max_threads ? nr_workers : max_threads;
}

/* Short ones at both ends, where borders are absolute, and what the division leaves. */
uint64_t mmi_linux_most_chunks(unsigned max_threads)
{
	return (uint64_t)max_threads * CHUNKS_PER_WORKER + 3;
}

/* Linux, deferred_init_memmap with padata: the smallest chunk is also the alignment. */
static uint64_t linux_chunk_pages(uint64_t unit_pages, uint64_t nr_pages, unsigned max_threads)
{
	const uint64_t nr_workers = mmi_linux_nr_workers(nr_pages, unit_pages, max_threads);

	return round_up(larger(nr_pages / (nr_workers * CHUNKS_PER_WORKER), unit_pages),
			unit_pages);
}

static uint64_t auto_chunk_pages(uint64_t unit_pages, uint64_t nr_pages, unsigned nr_threads,
				 unsigned page_shift)
{
	const uint64_t most = 1ull << (AUTO_CHUNK_SHIFT - page_shift);
	const uint64_t share = nr_pages / ((uint64_t)nr_threads * CHUNKS_PER_WORKER);

	return round_up(larger(share < most ? share : most, unit_pages), unit_pages);
}

uint64_t mmi_chunk_pages(const struct mmi_plan_params *params, uint64_t unit_pages,
			 uint64_t nr_pages, unsigned nr_threads, unsigned page_shift)
{
	switch (params->rule) {
	case MMI_CHUNK_LINUX:
		return linux_chunk_pages(unit_pages, nr_pages, nr_threads);
	case MMI_CHUNK_FIXED:
		return round_up(params->chunk_pages, unit_pages);
	case MMI_CHUNK_AUTO:
		break;
	}
	return auto_chunk_pages(unit_pages, nr_pages, nr_threads, page_shift);
}
