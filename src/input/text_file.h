/* SPDX-License-Identifier: MIT */
/* Whole small files of /proc and /sys, whose size is only known when they have been read. */
#ifndef INPUT_TEXT_FILE_H
#define INPUT_TEXT_FILE_H

#include <stddef.h>

/*
 * Reads a file of at most 64 MiB.  Returns a terminated text, which the caller frees, and its
 * length; NULL, with errno set, where it cannot be read.
 */
char *mmi_text_file_read(const char *path, size_t *size_bytes);

#endif
