/* SPDX-License-Identifier: MIT */
/*
 * Verification: the twelve invariants, judged.
 *
 *    1 T  every present PFN is written exactly once by initialisation; holes in present subsections too
 *    2 T  nothing reads a struct page before it is initialised
 *    3 T  no free ends inside a max-order block whose other pages are still to be initialised
 *    4 T  one section, one worker
 *    5 E  chunks partition the deferred range exactly; borders are section-aligned
 *    6 E  spanned >= present >= managed; the counters and the lists agree
 *    7 E  a free block is aligned, wholly managed, in one zone, of one migratetype, merged
 *    8 E  a free block stands on the list of its pageblock's migratetype
 *    9 E  parallel = serial = the reference, which shares no code with the engine
 *   10 E  zonelists hold exactly the populated zones except DEVICE, each once, in node order
 *   11 E  reserved pages are never free
 *   12 E  placement follows the requested policy
 *
 * E: judged from the end state, by either core.  T: needs the checked core, where every access of
 * a struct page leaves a record.  The checkers know nothing of faults that may be injected.
 */
#ifndef MMINIT_VERIFY_H
#define MMINIT_VERIFY_H

#include "mminit/system.h"

MMI_DECLARATIONS_BEGIN

#define MMI_NR_INVARIANTS 12

enum mmi_judgement {
	MMI_NOT_JUDGED, /* needs the checked core, or does not apply here: see why */
	MMI_HOLDS,
	MMI_BROKEN,
};

/* One invariant's judgement.  Where it is broken: the first place, by PFN. */
struct mmi_invariant_verdict {
	enum mmi_judgement judgement;
	uint64_t nr_checks; /* pages, blocks or chunks looked at */
	uint64_t nr_offences;
	uint64_t pfn;       /* of the first offence */
	uint64_t block_pfn; /* its max-order block */
	int64_t chunk;      /* index into plan->chunks; -1: none (early, or not in a chunk) */
	int worker;         /* thread that did it, where that is known; -1: not known */
	char why[192];      /* what was found and expected; or why it was not judged */
};

struct mmi_verdict {
	struct mmi_invariant_verdict invariants[MMI_NR_INVARIANTS + 1]; /* by number, from 1 */
	uint64_t elapsed_ns;
};

/* Is this library the checked core?  (What T invariants need.) */
bool mmi_verify_is_checked_core(void);

/*
 * Judges @system, booted and quiet.  Reads everything, changes nothing.  It trusts nothing that it
 * reads: lists may be torn and struct pages never written.  Where @system keeps the records of its
 * chunks (mmi_run_params), an offence also names its worker; the checked core always does.
 * Zonelists are judged where there are some, which mmi_system_alloc() makes.  Memory blocks may
 * have come and gone since boot: 5 is about the boot, 9 is not judged beside devices and balloons,
 * and the others are about what stands.  -ENOMEM; a broken invariant is not an error of this
 * function.  One thread.
 */
int mmi_verify_system(const struct mmi_system *system, struct mmi_verdict *verdict,
		      struct mmi_error *err);

/* The end state in a few words: equal for equal struct pages (but list links) and free blocks. */
struct mmi_digest {
	uint64_t nr_pages; /* struct pages */
	uint64_t pages;
	uint64_t nr_blocks; /* on free lists */
	uint64_t blocks;
};
/* Fills @digest.  @system is booted and quiet; nothing is changed.  Any thread. */
void mmi_verify_digest(const struct mmi_system *system, struct mmi_digest *digest);

/*
 * Boots the machine of @system once more on the platform @serial, by one worker a node and the
 * engine, and adds to invariant 9 of @verdict whether the end states are equal.  Takes a second
 * memmap while it runs.  Errors: as mmi_system_create(), and -EINVAL where memory has come or gone
 * since boot; the verdict is then as before.
 */
int mmi_verify_serial(const struct mmi_system *system, const struct mmi_platform *serial,
		      struct mmi_verdict *verdict, struct mmi_error *err);

/* No invariant that was judged is broken. */
bool mmi_verdict_is_good(const struct mmi_verdict *verdict);

/* One line on invariant @number; NULL: there is no such invariant. */
const char *mmi_invariant_text(unsigned number);

MMI_DECLARATIONS_END

#endif
