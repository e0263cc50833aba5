/* SPDX-License-Identifier: MIT */
/*
 * The machine's write bandwidth, measured by a team on the very memory in question: the limit that
 * initialisation is held against.
 */
#ifndef TUNE_WRITE_TEAM_H
#define TUNE_WRITE_TEAM_H

#include "tune/arena.h"

#define MMI_WRITE_MAX_THREADS 1024

enum mmi_write_kind {
	MMI_WRITE_MEMSET, /* libc's, zeros: some CPUs need not send these */
	MMI_WRITE_BYTES,  /* libc's, bytes that are not zero: the least that contents cost */
	MMI_WRITE_PAGES,  /* our page store alone: no plan, no lists */
};

/* The struct pages of whole sections that a team writes. */
uint64_t mmi_write_team_pages(const struct mmi_arena *arena);

/*
 * Writes all struct pages of @arena on @nr_threads threads (0: on one), each an even share of every
 * backed run; returns the elapsed time.  What the arena held is lost: run it again before anything
 * is read.
 */
uint64_t mmi_write_team_ns(struct mmi_arena *arena, unsigned nr_threads, enum mmi_write_kind kind);

#endif
