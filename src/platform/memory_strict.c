/* SPDX-License-Identifier: MIT */
/* Metadata between a header and a guard, and a list of reservations. */
#include "platform/memory_strict.h"

#include <sanitizer/asan_interface.h>
#include <stdlib.h>
#include <string.h>

#include "platform/die.h"
#include "platform/memory_mmap.h"

#define GUARD_BYTE  0xa5
#define GUARD_BYTES 64

struct mmi_strict_reservation {
	struct mmi_strict_reservation *next;
	void *start;
	size_t size_bytes;
};

/* In front of each piece of metadata. */
struct header {
	size_t size_bytes;
	char unused[MMI_ALLOC_ALIGN - sizeof(size_t)]; /* what follows is aligned like this */
};

static size_t whole_bytes(size_t size_bytes)
{
	return sizeof(struct header) + size_bytes + GUARD_BYTES;
}

/* A sanitizer, if there is one, sees an access of the guard when it is made. */
static void set_guard(unsigned char *guard)
{
	memset(guard, GUARD_BYTE, GUARD_BYTES);
	ASAN_POISON_MEMORY_REGION(guard, GUARD_BYTES);
}

static bool is_guard_whole(unsigned char *guard)
{
	ASAN_UNPOISON_MEMORY_REGION(guard, GUARD_BYTES);
	for (size_t i = 0; i < GUARD_BYTES; i++)
		if (guard[i] != GUARD_BYTE)
			return false;
	return true;
}

void *mmi_strict_alloc(struct mmi_strict_memory *strict, size_t size_bytes)
{
	if (size_bytes > SIZE_MAX - whole_bytes(0))
		return NULL;
	struct header *header = mmi_mmap_alloc(NULL, whole_bytes(size_bytes));
	if (!header)
		return NULL;
	header->size_bytes = size_bytes;
	set_guard((unsigned char *)(header + 1) + size_bytes);
	strict->nr_held++;
	return header + 1;
}

void mmi_strict_free(struct mmi_strict_memory *strict, void *memory, size_t size_bytes)
{
	if (!memory)
		return;
	struct header *header = (struct header *)memory - 1;

	if (header->size_bytes != size_bytes)
		mmi_platform_die("serial: memory asked for as %zu bytes is given back as %zu",
				 header->size_bytes, size_bytes);
	if (!is_guard_whole((unsigned char *)memory + size_bytes))
		mmi_platform_die("serial: memory of %zu bytes was written past its end",
				 size_bytes);
	header->size_bytes = ~(size_t)0; /* not again */
	strict->nr_held--;
	mmi_mmap_free(NULL, header, whole_bytes(size_bytes));
}

void *mmi_strict_reserve(struct mmi_strict_memory *strict, size_t size_bytes, size_t align)
{
	struct mmi_strict_reservation *r = malloc(sizeof(*r));
	void *start = r ? mmi_mmap_reserve(NULL, size_bytes, align) : NULL;

	if (!start) {
		free(r);
		return NULL;
	}
	*r = (struct mmi_strict_reservation){strict->reservations, start, size_bytes};
	strict->reservations = r;
	return start;
}

void mmi_strict_release(struct mmi_strict_memory *strict, void *start, size_t size_bytes)
{
	struct mmi_strict_reservation **link = &strict->reservations;

	if (!start)
		return;
	while (*link && (*link)->start != start)
		link = &(*link)->next;
	struct mmi_strict_reservation *r = *link;
	if (!r || r->size_bytes != size_bytes)
		mmi_platform_die("serial: %zu bytes of address space are given back, %zu reserved",
				 size_bytes, r ? r->size_bytes : 0);
	*link = r->next;
	free(r);
	mmi_mmap_release(NULL, start, size_bytes);
}

void mmi_strict_check_empty(const struct mmi_strict_memory *strict)
{
	if (strict->nr_held)
		mmi_platform_die("serial: %llu pieces of memory were never given back",
				 (unsigned long long)strict->nr_held);
	if (strict->reservations)
		mmi_platform_die("serial: %zu bytes of address space were never given back",
				 strict->reservations->size_bytes);
}
