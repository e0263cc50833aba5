/* SPDX-License-Identifier: MIT */
/* Memory of both platforms, from mmap. */
#include "platform/memory_mmap.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "platform/placement_hwloc.h"

/* From here on metadata is mapped: the system zeroes it at first touch, and gets it back. */
#define MAPPED_MIN_BYTES ((size_t)1 << 20)

static size_t page_bytes(void)
{
	return (size_t)sysconf(_SC_PAGESIZE);
}

static void *map_or_null(size_t size_bytes, int protection, int flags)
{
	void *start =
	    mmap(NULL, size_bytes, protection, MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0);

	return start == MAP_FAILED ? NULL : start;
}

void *mmi_mmap_alloc(void *ctx, size_t size_bytes)
{
	size_t rounded_bytes = (size_bytes + MMI_ALLOC_ALIGN - 1) & ~(size_t)(MMI_ALLOC_ALIGN - 1);
	void *memory;

	(void)ctx;
	if (rounded_bytes < size_bytes)
		return NULL;
	if (size_bytes >= MAPPED_MIN_BYTES)
		return map_or_null(size_bytes, PROT_READ | PROT_WRITE, 0);
	memory = aligned_alloc(MMI_ALLOC_ALIGN, rounded_bytes ? rounded_bytes : MMI_ALLOC_ALIGN);
	if (memory)
		memset(memory, 0, size_bytes);
	return memory;
}

void mmi_mmap_free(void *ctx, void *memory, size_t size_bytes)
{
	(void)ctx;
	if (memory && size_bytes >= MAPPED_MIN_BYTES)
		munmap(memory, size_bytes);
	else
		free(memory);
}

/* mmap aligns to pages only: take @align more than is needed and give both ends back. */
void *mmi_mmap_reserve(void *ctx, size_t size_bytes, size_t align)
{
	size_t used_bytes = (size_bytes + page_bytes() - 1) & ~(page_bytes() - 1);
	size_t mapped_bytes, head_bytes;
	char *mapped;

	(void)ctx;
	if (used_bytes < size_bytes || __builtin_add_overflow(used_bytes, align, &mapped_bytes))
		return NULL;
	mapped = map_or_null(mapped_bytes, PROT_NONE, MAP_NORESERVE);
	if (!mapped)
		return NULL;
	head_bytes = -(uintptr_t)mapped & (align - 1);
	if (head_bytes)
		munmap(mapped, head_bytes);
	if (align > head_bytes)
		munmap(mapped + head_bytes + used_bytes, align - head_bytes);
	return mapped + head_bytes;
}

void mmi_mmap_release(void *ctx, void *start, size_t size_bytes)
{
	(void)ctx;
	if (start)
		munmap(start, size_bytes);
}

/* For kernels before 5.14, which cannot be asked to populate. */
static void touch_pages(void *start, size_t size_bytes)
{
	volatile char *bytes = start;

	for (size_t i = 0; i < size_bytes; i += page_bytes())
		bytes[i] = 0;
}

static int populate(void *start, size_t size_bytes)
{
	if (madvise(start, size_bytes, MADV_POPULATE_WRITE) == 0)
		return 0;
	if (errno != EINVAL)
		return -errno;
	touch_pages(start, size_bytes);
	return 0;
}

static void take_back(void *start, size_t size_bytes)
{
	madvise(start, size_bytes, MADV_DONTNEED);
	mprotect(start, size_bytes, PROT_NONE);
}

int mmi_mmap_commit(const struct mmi_placement *placement, void *start, size_t size_bytes,
		    const struct mmi_backing *backing)
{
	int ret = 0;

	if (mprotect(start, size_bytes, PROT_READ | PROT_WRITE) < 0)
		return -errno;
	/* Fails only on a kernel without huge pages, where there is nothing to choose. */
	madvise(start, size_bytes, backing->huge_pages ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
	if (placement && backing->nid >= 0)
		ret = mmi_placement_bind_memory(placement, start, size_bytes, backing->nid);
	if (ret == 0 && backing->populate)
		ret = populate(start, size_bytes);
	if (ret < 0)
		take_back(start, size_bytes);
	return ret;
}
