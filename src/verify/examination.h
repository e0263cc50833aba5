/* SPDX-License-Identifier: MIT */
/* An examination: one system before the checkers, and the verdict that they fill in. */
#ifndef VERIFY_EXAMINATION_H
#define VERIFY_EXAMINATION_H

#include "mminit/verify.h"
#include "verify/block_changes.h"

struct mmi_examination {
	const struct mmi_system *system;
	struct mmi_verdict *verdict;
	struct mmi_block_changes changes; /* since boot */
};

/* Invariant @number was looked at @nr_checks times more; it holds unless an offence is found. */
void mmi_examination_judge(struct mmi_examination *x, unsigned number, uint64_t nr_checks);

/* Invariant @number is not judged here, and @why. */
void mmi_examination_pass_over(struct mmi_examination *x, unsigned number, const char *why);

/* Invariant @number is broken at @pfn.  The offence with the lowest PFN is kept. */
void mmi_examination_offend(struct mmi_examination *x, unsigned number, uint64_t pfn,
			    const char *format, ...) __attribute__((format(printf, 4, 5)));

/*
 * Invariant @number is broken in the zone, node or range that begins at @pfn, one does not know
 * where.  Kept only while no offence with a place of its own is known: call it after those.
 */
void mmi_examination_offend_somewhere(struct mmi_examination *x, unsigned number, uint64_t pfn,
				      const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* The checkers: each judges the invariants that it is named with.  -ENOMEM where it can fail. */
void mmi_check_shadow(struct mmi_examination *x);   /* 1 to 4 */
void mmi_check_offences(struct mmi_examination *x); /* the same, of a system that is not booted */
int mmi_check_partition(struct mmi_examination *x, struct mmi_error *err); /* 5 */
int mmi_check_counters(struct mmi_examination *x, struct mmi_error *err);  /* 6 */
void mmi_check_blocks(struct mmi_examination *x);                          /* 7, 8 */
int mmi_check_reference(struct mmi_examination *x, struct mmi_error *err); /* 9 */
int mmi_check_zonelists(struct mmi_examination *x, struct mmi_error *err); /* 10 */
void mmi_check_reserved(struct mmi_examination *x);                        /* 11 */
void mmi_check_placement(struct mmi_examination *x);                       /* 12 */

#endif
