/* SPDX-License-Identifier: MIT */
/*
 * The design's two claims, each as pairs in which only what is claimed differs.
 *
 * Pageblock bits: two threads over the same blocks, with the same steps a block, both in one section
 * or in a section each.  The L2 argument: one thread over the same memmap in the same chunks, the
 * free after each block, section or chunk.
 */
#ifndef BENCH_DESIGN_CLAIMS_H
#define BENCH_DESIGN_CLAIMS_H

#include "in_turns.h"
#include "tune/arena.h"

#define CLAIM_THREADS 2

/* What two threads do, over and over. */
enum bits_work {
	BITS_ALONE,      /* set types of pageblocks, nothing else */
	BITS_WITH_PAGES, /* initialise a block, set the types of its pageblocks, free it */
	BITS_ONLY_PAGES, /* the same without types: what the rest of sharing a section costs */
	NR_BITS_WORKS
};

/* One run of two threads, and what it did. */
struct bits_run {
	struct mmi_arena *arena;
	enum bits_work work;
	bool one_section;                /* both threads are always in the same one */
	uint64_t nr_done[CLAIM_THREADS]; /* types set, or pages initialised where none are */
	uint64_t start_ns[CLAIM_THREADS];
	uint64_t end_ns[CLAIM_THREADS];
	double overlap; /* share of the time in which both threads ran */
};

/* Nanoseconds a type or a page of each thread; negative, with a message, on failure. */
double bits_measure(struct bits_run *run);

/* Did the last run do its share with each thread, and leave what it should?  Prints what not. */
bool bits_verify(const struct bits_run *run);

/* One run of one thread: how much is initialised before it is freed. */
struct batch_run {
	struct mmi_arena *arena;
	const struct mmi_deferred_ops *ops; /* NULL: the engine, one pass */
	uint64_t chunk_pages;
	enum mmi_batch batch;
	struct mmi_arena_result result;
};

/* Nanoseconds a page; negative, with a message, on failure. */
double batch_measure(struct batch_run *run);
bool batch_verify(const struct batch_run *run);

#endif
