/* SPDX-License-Identifier: MIT */
/* Machines for benchmarks: one node of so many bytes, whole or fragmented. */
#ifndef BENCH_MACHINE_H
#define BENCH_MACHINE_H

#include "mminit/system.h"

#define BENCH_GIB (1ull << 30)

/*
 * An x86-64 machine of @size_bytes from 4 GiB up, all of it in ZONE_NORMAL; @reserve_every_bytes,
 * when not 0, is the distance of reservations of one page.  NULL, with a message, on failure.
 */
struct mmi_machine *bench_machine_create(const struct mmi_platform *platform, uint64_t size_bytes,
					 uint64_t reserve_every_bytes);

/*
 * A machine of @nr_nodes nodes of 128 MiB with a CPU each, at @nr_distances different distances: few
 * of them are those of groups within groups, many are drawn at random, always the same.  NULL, with a
 * message, on failure.
 */
struct mmi_machine *bench_nodes_create(const struct mmi_platform *platform, size_t nr_nodes,
				       unsigned nr_distances);

/* Can this process have @size_bytes more, and leave the host a GiB? */
bool bench_memory_allows(uint64_t size_bytes);

/* The struct pages of a machine of @size_bytes. */
static inline uint64_t bench_memmap_bytes(uint64_t size_bytes)
{
	return size_bytes / 4096 * MMI_PAGE_BYTES;
}

#endif
