/* SPDX-License-Identifier: MIT */
/* Pieces and reservations of controlled runs, on lists. */
#include "verify/sched_memory.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define CLEARED_MAX_BYTES ((size_t)4 << 20)

/* Stands before each piece. */
struct mmi_sched_piece {
	struct mmi_sched_piece *next;
	struct mmi_sched_piece *prev;
	size_t size_bytes;
} __attribute__((aligned(MMI_ALLOC_ALIGN)));

struct mmi_sched_reservation {
	struct mmi_sched_reservation *next;
	void *mapped;
	size_t mapped_bytes;
	char *start; /* aligned as it was asked for */
	size_t size_bytes;
	size_t align;
	bool in_use;
};

void *mmi_sched_memory_alloc(struct mmi_sched_memory *memory, size_t size_bytes)
{
	const size_t room = (size_bytes + MMI_ALLOC_ALIGN - 1) & ~(size_t)(MMI_ALLOC_ALIGN - 1);
	struct mmi_sched_piece *piece = NULL;

	if (room >= size_bytes && room + sizeof(*piece) > room)
		piece = aligned_alloc(MMI_ALLOC_ALIGN, room + sizeof(*piece));
	if (!piece)
		return NULL;
	memset(piece + 1, 0, size_bytes);
	piece->size_bytes = size_bytes;
	piece->prev = NULL;
	piece->next = memory->pieces;
	if (piece->next)
		piece->next->prev = piece;
	memory->pieces = piece;
	memory->nr_pieces++;
	return piece + 1;
}

bool mmi_sched_memory_free(struct mmi_sched_memory *memory, void *freed, size_t size_bytes)
{
	struct mmi_sched_piece *piece = freed;

	if (!freed)
		return true;
	piece--;
	if (piece->size_bytes != size_bytes)
		return false;
	if (piece->next)
		piece->next->prev = piece->prev;
	if (piece->prev)
		piece->prev->next = piece->next;
	else
		memory->pieces = piece->next;
	memory->nr_pieces--;
	free(piece);
	return true;
}

static struct mmi_sched_reservation *find_unused(const struct mmi_sched_memory *memory,
						 size_t size_bytes, size_t align)
{
	for (struct mmi_sched_reservation *r = memory->reservations; r; r = r->next)
		if (!r->in_use && r->size_bytes == size_bytes && r->align == align)
			return r;
	return NULL;
}

static struct mmi_sched_reservation *map_new(size_t size_bytes, size_t align)
{
	struct mmi_sched_reservation *r = calloc(1, sizeof(*r));

	if (!r || __builtin_add_overflow(size_bytes, align, &r->mapped_bytes)) {
		free(r);
		return NULL;
	}
	r->mapped = mmap(NULL, r->mapped_bytes, PROT_NONE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (r->mapped == MAP_FAILED) {
		free(r);
		return NULL;
	}
	r->start = (char *)r->mapped + (-(uintptr_t)r->mapped & (align - 1));
	r->size_bytes = size_bytes;
	r->align = align;
	return r;
}

void *mmi_sched_memory_reserve(struct mmi_sched_memory *memory, size_t size_bytes, size_t align)
{
	struct mmi_sched_reservation *r = find_unused(memory, size_bytes, align);

	if (!r) {
		r = map_new(size_bytes, align);
		if (!r)
			return NULL;
		r->next = memory->reservations;
		memory->reservations = r;
	}
	r->in_use = true;
	memory->nr_reserved++;
	return r->start;
}

/* What an earlier run left there is cleared; of what is large, most may never be touched. */
int mmi_sched_memory_commit(void *start, size_t size_bytes)
{
	if (mprotect(start, size_bytes, PROT_READ | PROT_WRITE))
		return -errno;
	if (size_bytes <= CLEARED_MAX_BYTES)
		memset(start, 0, size_bytes);
	else if (madvise(start, size_bytes, MADV_DONTNEED))
		return -errno;
	return 0;
}

bool mmi_sched_memory_release(struct mmi_sched_memory *memory, void *start, size_t size_bytes)
{
	for (struct mmi_sched_reservation *r = memory->reservations; r; r = r->next)
		if (r->in_use && r->start == start && r->size_bytes == size_bytes) {
			r->in_use = false;
			memory->nr_reserved--;
			return true;
		}
	return !start;
}

void mmi_sched_memory_drop(struct mmi_sched_memory *memory)
{
	while (memory->pieces)
		mmi_sched_memory_free(memory, memory->pieces + 1, memory->pieces->size_bytes);
	for (struct mmi_sched_reservation *r = memory->reservations; r; r = r->next)
		r->in_use = false;
	memory->nr_reserved = 0;
}

void mmi_sched_memory_deinit(struct mmi_sched_memory *memory)
{
	mmi_sched_memory_drop(memory);
	while (memory->reservations) {
		struct mmi_sched_reservation *r = memory->reservations;
		memory->reservations = r->next;
		munmap(r->mapped, r->mapped_bytes);
		free(r);
	}
}
