/* SPDX-License-Identifier: MIT */
/* Copies of files that show the memory of a running system. */
#ifndef INPUT_MEMORY_FILE_H
#define INPUT_MEMORY_FILE_H

#include "input/draft.h"

/* Is the first line one of such a file? */
bool mmi_is_memory_file(const char *text, size_t size_bytes);

/*
 * What `lsmem --json` prints: memory that is online goes to @memory, other to windows, with the
 * nodes where "node" is among the columns; the size of a memory block where "block" is.  -EINVAL
 * with line and column, -ENOMEM.
 */
int mmi_lsmem_read(struct mmi_draft *draft, struct mmi_byte_ranges *memory, const char *text,
		   size_t size_bytes, struct mmi_error *err);

#endif
