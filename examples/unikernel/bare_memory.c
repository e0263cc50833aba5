/* SPDX-License-Identifier: MIT */
/*
 * Memory of the example: what there is of it is two arrays.
 *
 * The heap keeps free pieces sorted by address and joins neighbours; its unit is MMI_ALLOC_ALIGN.
 * Address space is handed out once and never taken back: a machine's memmap lives as long as it.
 */
#include "bare.h"

#define HEAP_BYTES          (8u << 20)
#define ADDRESS_SPACE_BYTES (256ull << 20)
#define ADDRESS_SPACE_ALIGN (2u << 20)

struct piece {
	struct piece *next; /* above this one */
	size_t size_bytes;
};

static _Alignas(4096) unsigned char heap[HEAP_BYTES];
static struct mmi_lock heap_lock;
static struct piece *free_pieces;
static bool is_heap_made;

static _Alignas(ADDRESS_SPACE_ALIGN) unsigned char address_space[ADDRESS_SPACE_BYTES];
static size_t reserved_bytes;

static size_t round_up(size_t size_bytes, size_t align)
{
	return (size_bytes + align - 1) & ~(align - 1);
}

static void make_heap(void)
{
	if (is_heap_made)
		return;
	is_heap_made = true;
	free_pieces = (struct piece *)(void *)heap;
	*free_pieces = (struct piece){.size_bytes = HEAP_BYTES};
}

/* The first piece that is large enough is cut at its front. */
static void *take_piece(size_t size_bytes)
{
	for (struct piece **link = &free_pieces; *link; link = &(*link)->next) {
		struct piece *piece = *link;
		if (piece->size_bytes < size_bytes)
			continue;
		struct piece *next = piece->next;
		if (piece->size_bytes > size_bytes) {
			struct piece *rest = (struct piece *)((unsigned char *)piece + size_bytes);
			*rest = (struct piece){next, piece->size_bytes - size_bytes};
			next = rest;
		}
		*link = next;
		return piece;
	}
	return NULL;
}

/* Joins @piece with the one above it when they touch. */
static void join(struct piece *piece)
{
	struct piece *next = piece->next;

	if (!next || (unsigned char *)piece + piece->size_bytes != (unsigned char *)next)
		return;
	piece->size_bytes += next->size_bytes;
	piece->next = next->next;
}

static void give_piece(struct piece *piece, size_t size_bytes)
{
	struct piece *below = NULL;
	struct piece *above = free_pieces;

	for (; above && above < piece; above = above->next)
		below = above;
	*piece = (struct piece){above, size_bytes};
	join(piece);
	if (below) {
		below->next = piece;
		join(below);
	} else {
		free_pieces = piece;
	}
}

void *bare_alloc(void *ctx, size_t size_bytes)
{
	void *memory = NULL;

	if (size_bytes > HEAP_BYTES)
		return NULL;
	size_bytes = round_up(size_bytes ? size_bytes : 1, MMI_ALLOC_ALIGN);
	bare_lock(ctx, &heap_lock);
	make_heap();
	memory = take_piece(size_bytes);
	bare_unlock(ctx, &heap_lock);
	return memory ? __builtin_memset(memory, 0, size_bytes) : NULL;
}

void bare_free(void *ctx, void *memory, size_t size_bytes)
{
	if (!memory)
		return;
	bare_lock(ctx, &heap_lock);
	give_piece(memory, round_up(size_bytes ? size_bytes : 1, MMI_ALLOC_ALIGN));
	bare_unlock(ctx, &heap_lock);
}

bool bare_heap_is_whole(void)
{
	make_heap();
	return free_pieces && free_pieces->size_bytes == HEAP_BYTES;
}

void *bare_reserve(void *ctx, size_t size_bytes, size_t align)
{
	const size_t start = round_up(reserved_bytes, align);

	(void)ctx;
	if (align > ADDRESS_SPACE_ALIGN || start > ADDRESS_SPACE_BYTES ||
	    size_bytes > ADDRESS_SPACE_BYTES - start)
		return NULL;
	reserved_bytes = start + size_bytes;
	return address_space + start;
}

/* The array is zero and mapped already.  A kernel maps page frames here, of node backing->nid. */
int bare_commit(void *ctx, void *start, size_t size_bytes, const struct mmi_backing *backing)
{
	(void)ctx;
	(void)start;
	(void)size_bytes;
	(void)backing;
	return 0;
}

void bare_release(void *ctx, void *start, size_t size_bytes)
{
	(void)ctx;
	(void)start;
	(void)size_bytes;
}
