/* SPDX-License-Identifier: MIT */
/* Sizes and addresses as people write them, read at a cursor. */
#ifndef INPUT_SIZE_H
#define INPUT_SIZE_H

#include "input/scan.h"
#include "mminit/input.h"

/*
 * A number, decimal or with 0x, and a unit: K, M, G, T, or with a @geometry p and s; without, as
 * the kernel takes them: P and E, too, and small letters.  None: bytes.  Returns NULL, or what was
 * expected, the cursor standing there.
 */
const char *mmi_scan_size(struct mmi_scan *scan, const struct mmi_geometry *geometry,
			  uint64_t *size_bytes);

#endif
