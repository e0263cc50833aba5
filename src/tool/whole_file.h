/* SPDX-License-Identifier: MIT */
/* A whole file in memory, within bounds. */
#ifndef TOOL_WHOLE_FILE_H
#define TOOL_WHOLE_FILE_H

#include <stddef.h>

#include "mminit/error.h"

#define MMI_TEXT_MAX_BYTES ((size_t)256 << 20)

struct mmi_text {
	char *bytes;
	size_t size_bytes;
};

/*
 * Reads @path, or standard input when it is "-".  0, or -errno with @err; what is longer than
 * MMI_TEXT_MAX_BYTES is refused with -EFBIG.  mmi_text_release() frees.
 */
int mmi_text_read(struct mmi_text *text, const char *path, struct mmi_error *err);
void mmi_text_release(struct mmi_text *text);

#endif
