/* SPDX-License-Identifier: MIT */
/* How large a chunk is. */
#ifndef DEFERRED_CHUNK_RULE_H
#define DEFERRED_CHUNK_RULE_H

#include "mminit/deferred.h"

/*
 * Pages of a chunk of a group of @nr_pages served by @nr_threads; a multiple of @unit_pages, not 0.
 * Chunk borders are absolute multiples of it, so a group's first chunk may be short.
 */
uint64_t mmi_chunk_pages(const struct mmi_plan_params *params, uint64_t unit_pages,
			 uint64_t nr_pages, unsigned nr_threads, unsigned page_shift);

/*
 * How many of at most @max_threads Linux lets work on one job of @nr_pages, of which each is to
 * have @min_chunk_pages: at least 1.
 */
uint64_t mmi_linux_nr_workers(uint64_t nr_pages, uint64_t min_chunk_pages, unsigned max_threads);

/* More chunks than one job of up to @max_threads is ever cut into by Linux's rule. */
uint64_t mmi_linux_most_chunks(unsigned max_threads);

#endif
