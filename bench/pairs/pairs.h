/* SPDX-License-Identifier: MIT */
/*
 * Pairs: two ways of doing the same, measured in turns in one process, and the limit of their ratio.
 *
 * A side is one measured run and gives nanoseconds a page.  The ratio of each pair is taken by
 * itself, so that what slows the machine for a while slows both; the 95% interval of the median
 * ratio (the sign test's, tune/sample.h) must lie on the right side of the limit.
 */
#ifndef BENCH_PAIRS_H
#define BENCH_PAIRS_H

#include "tune/sample.h"
#include "tune/write_team.h"

#define PAIRS_NR_SIZES 3

/* What a side measures on.  All arenas are kept to the end, so that sides can take turns. */
struct pairs_bed {
	struct mmi_platform *platform;
	struct mmi_machine *machine;
	struct mmi_arena arena; /* one node, whole */
	struct mmi_machine *fragmented_machine;
	struct mmi_arena fragmented;
	struct mmi_arena cold; /* of `machine`, renewed before each run */
	struct mmi_machine *sized_machine[PAIRS_NR_SIZES]; /* 16 GiB, 128 GiB, 1 TiB */
	struct mmi_arena sized[PAIRS_NR_SIZES];
	uint64_t huge_bytes; /* of the cold memmap, after its last run */
	uint64_t resident_bytes;
};

enum side {
	SIDE_ENGINE,            /* the whole engine, backed memmap */
	SIDE_LINUX_ORDER,       /* two passes a block, blocks freed one by one under the lock */
	SIDE_MEMSET,            /* libc's memset of the same bytes */
	SIDE_BYTES,             /* the same of a byte that is not zero */
	SIDE_PAGE_LOOP,         /* our page store alone */
	SIDE_FRAGMENTED,        /* the engine, a reserved page in every 2 MiB */
	SIDE_COLD_ENGINE,       /* the engine, memory not backed yet */
	SIDE_COLD_MEMSET,       /* memset as the first touch */
	SIDE_SMALL,             /* the engine over 16 GiB of PFNs */
	SIDE_MIDDLE,            /* 128 GiB */
	SIDE_LARGE,             /* 1 TiB */
	SIDE_ENGINE_BY_SECTION, /* the engine, chunks of a section */
	SIDE_OVERHEAD, /* the same with the pages left out: plan, claims, splices, counters */
};

/* One run of @side; nanoseconds a page, or a negative value with a message on failure. */
double side_measure(struct pairs_bed *bed, enum side side, unsigned nr_threads);

/* Runs of a turn of @side. */
unsigned side_nr_runs(enum side side);

/* Did the last run of @side leave what it should?  Prints what it did not. */
bool side_verify(struct pairs_bed *bed, enum side side);

#endif
