/* SPDX-License-Identifier: MIT */
/*
 * Puts bytes into the place of a file: all of them, or the older file of that name stays.
 *
 * The bytes go into a file of another name in the same folder, which is then renamed.  A link is
 * followed: what it points to is replaced.  The new file has the permissions and the owner of the
 * old one.  Where the folder takes no new file, or the owner cannot be kept, the old file is
 * written where it stands; there alone can an error leave a part.
 *
 * ^C and its like wait until that is done.
 */
#ifndef TOOL_REPLACE_FILE_H
#define TOOL_REPLACE_FILE_H

#include <stddef.h>

/* Whether @path, where there is no file, could be one; 0 or -errno. */
int mmi_replace_file_can_create(const char *path);

/* 0 or -errno. */
int mmi_replace_file(const char *path, const char *bytes, size_t size_bytes);

#endif
