/* SPDX-License-Identifier: MIT */
/*
 * A file that a command writes beside what it prints: opened before the work, to see that it can be
 * written; until the work is done the older file of that name stays.
 *
 * What is no regular file (a pipe, a device) is written as it comes, and so is standard output, be
 * it by another name.
 */
#ifndef TOOL_OUT_FILE_H
#define TOOL_OUT_FILE_H

#include "tool/command.h"

struct mmi_out_file {
	const char *path; /* "-": standard output */
	FILE *stream;
	/* What @stream holds back until the file is closed; it is there once @stream is closed. */
	bool is_held;
	char *bytes;
	size_t size_bytes;
};

/* Would @path (NULL: no file) and a document on standard output, if there is one, be two things? */
bool mmi_out_file_is_apart(const char *path, bool stdout_is_taken);

/* Did something written to @stream not arrive?  Then a message says what @name was lost for. */
bool mmi_out_complain(FILE *stream, const char *name);

/* MMI_EXIT_FAILED after a message. */
enum mmi_exit mmi_out_file_open(struct mmi_out_file *file, const char *path);

/* Ends it, whole.  MMI_EXIT_FAILED after a message when something did not arrive. */
enum mmi_exit mmi_out_file_close(struct mmi_out_file *file);

/* Leaves it as it was, because the work that was to fill it failed.  One not open is allowed. */
void mmi_out_file_drop(struct mmi_out_file *file);

#endif
