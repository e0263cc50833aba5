/* SPDX-License-Identifier: MIT */
/*
 * Claims: who initialises which unit, what stands already, and who waits for it.
 *
 * The cursors say where to look: workers take chunks from the head of their group, growers single
 * units from its tail, or from the top of a zone that does not reach to the tail.  Where these
 * meet, the state of a unit's first present section decides: PRESENT becomes BUSY once.
 *
 *   claimed    some thread initialises it; its sections are BUSY, then READY
 *   in flight  claimed, its blocks not all on their zone's lists
 *   standing   its blocks are on their zone's lists; allocating and freeing go on in it
 */
#ifndef DEFERRED_CLAIMS_H
#define DEFERRED_CLAIMS_H

#include "deferred/cursor.h"
#include "deferred/kept.h"

struct mmi_claims {
	struct mmi_mem *mem;
	const struct mmi_plan *plan;
	struct mmi_cursor *cursors; /* one a group */
	/* Of each zone, node by node: every unit of it from here on is claimed; atomic, may lag. */
	uint64_t *zone_tops;
	uint32_t nr_in_flight; /* ranges; atomic */
	uint32_t nr_waiters;   /* for memory; atomic */
	uint32_t nr_sleepers;  /* on progress, for whatever reason; atomic */
	uint32_t progress;     /* changes whenever blocks joined a zone; waited on, atomic */
	struct mmi_kept kept;  /* its lock is that of mmi_section.standing, too */
};

/* -ENOMEM; claims that were not initialised, or failed to be, may be deinitialised. */
int mmi_claims_init(struct mmi_claims *claims, struct mmi_mem *mem, const struct mmi_plan *plan);
void mmi_claims_deinit(struct mmi_claims *claims);

/* One more worker of a group has begun; and whether all of them have. */
void mmi_claims_begin_worker(struct mmi_claims *claims, size_t group);
bool mmi_claims_have_all_begun(const struct mmi_claims *claims, size_t group);

/* The next chunk of a group, as far as it is not eaten from the tail.  Nothing is claimed yet. */
bool mmi_claims_next_chunk(struct mmi_claims *claims, size_t group, struct mmi_pfn_range *chunk);

/*
 * Claims the first run of units in @left that nobody has claimed, and takes it and what is before
 * it off @left.  False: none in there.  The caller ends @run with mmi_claims_end().
 */
bool mmi_claims_take_run(struct mmi_claims *claims, struct mmi_pfn_range *left,
			 struct mmi_pfn_range *run);

/* Claims one unit that has pages of @zone, the last of them first.  False: none is unclaimed. */
bool mmi_claims_take_unit(struct mmi_claims *claims, const struct mmi_zone *zone,
			  struct mmi_pfn_range *unit);

/* The blocks of [start_pfn, end_pfn) are on their zones' lists: what was kept for them is freed. */
void mmi_claims_stand(struct mmi_claims *claims, uint64_t start_pfn, uint64_t end_pfn);
/* So ends a run or unit that was claimed, all of it standing. */
void mmi_claims_end(struct mmi_claims *claims);

/*
 * Nothing of @zone is left to claim: sleeps until blocks join some zone.  False, at once, when
 * nothing is in flight, and nothing has come since @progress was read.  No lock is held.
 */
bool mmi_claims_wait(struct mmi_claims *claims, const struct mmi_zone *zone, uint32_t progress);

/* Sleeps until nothing is in flight.  No lock is held. */
void mmi_claims_wait_all(struct mmi_claims *claims);

/*
 * Frees a reserved range now where it stands, and keeps the rest.  See
 * mmi_deferred_free_reserved().
 */
int mmi_claims_free_reserved(struct mmi_claims *claims, uint64_t start_pfn, uint64_t end_pfn);

#endif
