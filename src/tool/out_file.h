/* SPDX-License-Identifier: MIT */
/* A file that a command writes beside what it prints: opened before the work, whole or not there. */
#ifndef TOOL_OUT_FILE_H
#define TOOL_OUT_FILE_H

#include "tool/command.h"

struct mmi_out_file {
	const char *path; /* "-": standard output */
	FILE *stream;
};

/* Would @path (NULL: no file) and a document on standard output, if there is one, be two things? */
bool mmi_out_file_is_apart(const char *path, bool stdout_is_taken);

/* Did something written to @stream not arrive?  Then a message says what @name was lost for. */
bool mmi_out_complain(FILE *stream, const char *name);

/* MMI_EXIT_FAILED after a message. */
enum mmi_exit mmi_out_file_open(struct mmi_out_file *file, const char *path);

/* Ends it.  MMI_EXIT_FAILED after a message when something did not arrive; it is then removed. */
enum mmi_exit mmi_out_file_close(struct mmi_out_file *file);

/* Removes it, because the work that was to fill it failed.  A file that was not opened is allowed. */
void mmi_out_file_drop(struct mmi_out_file *file);

#endif
