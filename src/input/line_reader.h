/* SPDX-License-Identifier: MIT */
/*
 * Reads a text line by line, as log files come: with the prefixes of consoles, syslog and the
 * journal, mail quoting, terminal escapes and CR-LF, all of which are taken off.
 */
#ifndef INPUT_LINE_READER_H
#define INPUT_LINE_READER_H

#include "input/scan.h"
#include "mminit/error.h"

#define MMI_MAX_CLEAN_LINE 1024 /* of a line with terminal escapes; what is longer is cut */

struct mmi_line {
	const char *text; /* the message; not terminated */
	const char *end;
	uint32_t number;   /* from 1 */
	bool unterminated; /* the last line of the text, and no line end behind it */
};

struct mmi_line_reader {
	const char *next;
	const char *end;
	const char *raw; /* the line as it stands in the text */
	const char *raw_end;
	const char *content; /* what the prefixes were taken off from: raw, or clean */
	uint32_t number;
	char clean[MMI_MAX_CLEAN_LINE]; /* a line whose escapes were taken out */
};

/*
 * -EINVAL, with the place, for a text that is empty or binary, or too long to number its lines.
 * @text must outlive the reader.
 */
int mmi_line_reader_init(struct mmi_line_reader *reader, const char *text, size_t size_bytes,
			 struct mmi_error *err);

/* The next line; false at the end.  The line is valid until the next call. */
bool mmi_line_reader_next(struct mmi_line_reader *reader, struct mmi_line *line);

/* Column, from 1, in the text itself of @at, a place in the current line. */
uint32_t mmi_line_reader_column(const struct mmi_line_reader *reader, const char *at);

#endif
