/* SPDX-License-Identifier: MIT */
/*
 * Memory of controlled runs: every piece is known, so that all can be taken back after a run that
 * never ended, and reservations are kept for the next run, which asks for the same again.
 */
#ifndef VERIFY_SCHED_MEMORY_H
#define VERIFY_SCHED_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mminit/platform.h"

struct mmi_sched_piece;
struct mmi_sched_reservation;

struct mmi_sched_memory {
	struct mmi_sched_piece *pieces;             /* allocated */
	struct mmi_sched_reservation *reservations; /* in use and not */
	size_t nr_pieces;
	size_t nr_reserved;
};

void *mmi_sched_memory_alloc(struct mmi_sched_memory *memory, size_t size_bytes);
/* False: @piece was not allocated with that size. */
bool mmi_sched_memory_free(struct mmi_sched_memory *memory, void *piece, size_t size_bytes);
void *mmi_sched_memory_reserve(struct mmi_sched_memory *memory, size_t size_bytes, size_t align);
int mmi_sched_memory_commit(void *start, size_t size_bytes);
bool mmi_sched_memory_release(struct mmi_sched_memory *memory, void *start, size_t size_bytes);

/* Takes back all that is in use. */
void mmi_sched_memory_drop(struct mmi_sched_memory *memory);
/* The same, and keeps nothing. */
void mmi_sched_memory_deinit(struct mmi_sched_memory *memory);

#endif
