/* SPDX-License-Identifier: MIT */
/*
 * Memory that is looked after, for the test double: what is given back with another size than it
 * was asked for, what was written past its end, and what is never given back end the process.
 */
#ifndef PLATFORM_MEMORY_STRICT_H
#define PLATFORM_MEMORY_STRICT_H

#include "mminit/platform.h"

struct mmi_strict_memory {
	struct mmi_strict_reservation *reservations;
	uint64_t nr_held; /* pieces of metadata that are not given back */
};

/* Operations of struct mmi_platform_ops, in whose contracts @ctx is the platform. */
void *mmi_strict_alloc(struct mmi_strict_memory *strict, size_t size_bytes);
void mmi_strict_free(struct mmi_strict_memory *strict, void *memory, size_t size_bytes);
void *mmi_strict_reserve(struct mmi_strict_memory *strict, size_t size_bytes, size_t align);
void mmi_strict_release(struct mmi_strict_memory *strict, void *start, size_t size_bytes);

/* Ends the process if something is not given back. */
void mmi_strict_check_empty(const struct mmi_strict_memory *strict);

#endif
