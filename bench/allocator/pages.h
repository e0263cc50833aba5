/* SPDX-License-Identifier: MIT */
/* Our allocator at work: what is measured of it, each a time that includes the check that follows. */
#ifndef BENCH_PAGES_H
#define BENCH_PAGES_H

#include "contender.h"
#include "mminit/system.h"

#define PAGES_MAX_THREADS 2
#define PAGES_NR_BUCKETS  40 /* of a histogram by powers of two, in nanoseconds */

/* A booted machine of 16 GiB and a context a thread. */
struct pages_bed {
	struct mmi_platform *platform;
	struct mmi_machine *machine;
	struct mmi_system *system;
	struct mmi_alloc *alloc;
	struct mmi_cpu *cpus[PAGES_MAX_THREADS];
	struct mmi_page **held; /* room for every page */
	size_t nr_held;
};

/* False, with a message: no memory. */
bool pages_bed_init(struct pages_bed *bed);
void pages_bed_deinit(struct pages_bed *bed);

/* Are pages' states, lists and counters as they should be?  Says what is not. */
bool pages_check(struct pages_bed *bed);

/* The contender that is ours; @bed must outlive it. */
struct contender contender_ours(struct pages_bed *bed);

/*
 * Nanoseconds of a pair (alloc and free of a block of @order), of each of @nr_threads that do it at
 * once.  The state of pages is checked before and after.  Negative: it was wrong.
 */
double pages_pair_ns(struct pages_bed *bed, unsigned order, unsigned nr_threads);

/*
 * All pages are allocated and then all are freed: nanoseconds a page and thread.  @bare: by the
 * bare loop instead.
 */
double pages_all_ns(struct pages_bed *bed, unsigned nr_threads, bool bare);

/* Marks the free ones of @room pages from the @first on allocated, and then free; returns how many. */
size_t bare_all(const struct pages_bed *bed, size_t first, struct mmi_page **held, size_t room);

/* From the call that creates a system of @size_bytes, purely on demand, to the first page. */
double pages_first_ns(struct pages_bed *bed, uint64_t size_bytes);

/* How long allocations take while another thread initialises, and one section to initialise. */
struct pages_latency {
	uint64_t nr_by_bucket[PAGES_NR_BUCKETS]; /* [2^b, 2^(b+1)) ns */
	uint64_t nr;
	uint64_t p9999_ns; /* the upper end of its bucket's sixteenth */
	uint64_t max_ns;
	uint64_t section_ns;
};
bool pages_latency_measure(struct pages_bed *bed, struct pages_latency *latency);

#endif
