/* SPDX-License-Identifier: MIT */
/* Heapsort: no allocation, no recursion, no bad case. */
#include <string.h>

#include "machine/sort.h"

struct heap {
	char *items;
	size_t size_bytes;
	uint64_t (*key)(const void *item);
};

static uint64_t key_of(const struct heap *heap, size_t i)
{
	return heap->key(heap->items + i * heap->size_bytes);
}

static void swap_items(const struct heap *heap, size_t a, size_t b)
{
	char spare[64];
	char *pa = heap->items + a * heap->size_bytes;
	char *pb = heap->items + b * heap->size_bytes;

	memcpy(spare, pa, heap->size_bytes);
	memcpy(pa, pb, heap->size_bytes);
	memcpy(pb, spare, heap->size_bytes);
}

static void sift_down(const struct heap *heap, size_t root, size_t nr)
{
	for (;;) {
		size_t child = 2 * root + 1;
		if (child >= nr)
			return;
		if (child + 1 < nr && key_of(heap, child) < key_of(heap, child + 1))
			child++;
		if (key_of(heap, root) >= key_of(heap, child))
			return;
		swap_items(heap, root, child);
		root = child;
	}
}

void mmi_sort(void *items, size_t nr, size_t size_bytes, uint64_t (*key)(const void *item))
{
	const struct heap heap = {items, size_bytes, key};

	for (size_t i = nr / 2; i-- > 0;)
		sift_down(&heap, i, nr);
	while (nr > 1) {
		swap_items(&heap, 0, --nr);
		sift_down(&heap, 0, nr);
	}
}
