/* SPDX-License-Identifier: MIT */
/* Device-tree blobs. */
#ifndef INPUT_DEVICE_TREE_H
#define INPUT_DEVICE_TREE_H

#include "input/draft.h"

/* Does it begin as a blob does? */
bool mmi_is_device_tree(const char *bytes, size_t size_bytes);

#endif
