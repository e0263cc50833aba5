/* SPDX-License-Identifier: MIT */
/*
 * A cursor over a piece of text, and the few things that every parser reads with it.
 *
 * Nothing here allocates or looks past `end`.  A reader that fails leaves the cursor at what it
 * could not read, so that the caller can name the column.
 */
#ifndef INPUT_SCAN_H
#define INPUT_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mmi_scan {
	const char *at;
	const char *end;
};

/* Addresses, half-open; start == end: empty. */
struct mmi_byte_span {
	uint64_t start;
	uint64_t end;
};

static inline bool mmi_scan_is_done(const struct mmi_scan *scan)
{
	return scan->at == scan->end;
}

void mmi_scan_blanks(struct mmi_scan *scan); /* spaces and tabs */

/* Passes @word when the text goes on with it. */
bool mmi_scan_word(struct mmi_scan *scan, const char *word);
/* The same without regard to case. */
bool mmi_scan_word_nocase(struct mmi_scan *scan, const char *word);
/* Goes behind the first @word in the rest of the text; false, and not moved: there is none. */
bool mmi_scan_find(struct mmi_scan *scan, const char *word);

/* A number; false when there is none, or when it does not fit. */
bool mmi_scan_decimal(struct mmi_scan *scan, uint64_t *value);
bool mmi_scan_hex(struct mmi_scan *scan, uint64_t *value); /* with or without 0x */

/*
 * "0xA-0xB", both inclusive, as the kernel prints ranges: a B just below A is an empty range, also
 * where A is 0.  An end that would be 2^64 becomes 2^64 - 1.  Returns NULL, or what was expected.
 */
const char *mmi_scan_inclusive_range(struct mmi_scan *scan, struct mmi_byte_span *span);
/* The same with "[" (or "[mem ") before and "]" behind. */
const char *mmi_scan_bracket_range(struct mmi_scan *scan, struct mmi_byte_span *span);

/*
 * The number of a node, with blanks before it.  Returns NULL, or what was expected: ids go to
 * MMI_MAX_NODES - 1.
 */
const char *mmi_scan_nid(struct mmi_scan *scan, int *nid);

#endif
