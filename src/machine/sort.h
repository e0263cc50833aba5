/* SPDX-License-Identifier: MIT */
/* Sorting for a core without libc. */
#ifndef MACHINE_SORT_H
#define MACHINE_SORT_H

#include <stddef.h>
#include <stdint.h>

/* Sorts @nr items of @size_bytes (at most 64) by @key, rising; O(n log n), no allocation. */
void mmi_sort(void *items, size_t nr, size_t size_bytes, uint64_t (*key)(const void *item));

#endif
