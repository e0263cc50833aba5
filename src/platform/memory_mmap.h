/* SPDX-License-Identifier: MIT */
/* Memory of both platforms: zeroed metadata, and address space that is backed piece by piece. */
#ifndef PLATFORM_MEMORY_MMAP_H
#define PLATFORM_MEMORY_MMAP_H

#include "mminit/platform.h"

struct mmi_placement;

/* Operations of struct mmi_platform_ops; @ctx is not looked at. */
void *mmi_mmap_alloc(void *ctx, size_t size_bytes);
void mmi_mmap_free(void *ctx, void *memory, size_t size_bytes);
void *mmi_mmap_reserve(void *ctx, size_t size_bytes, size_t align);
void mmi_mmap_release(void *ctx, void *start, size_t size_bytes);

/* The commit() of struct mmi_platform_ops; @placement NULL: backing->nid is not looked at. */
int mmi_mmap_commit(const struct mmi_placement *placement, void *start, size_t size_bytes,
		    const struct mmi_backing *backing);

#endif
