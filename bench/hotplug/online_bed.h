/* SPDX-License-Identifier: MIT */
/* Memory that comes online in one call, beside the same amount of memory at boot. */
#ifndef BENCH_ONLINE_BED_H
#define BENCH_ONLINE_BED_H

#include "mminit/system.h"
#include "tune/arena.h"

struct online_bed {
	const struct mmi_platform *platform;
	unsigned nr_threads; /* 1, or 2: as many as the node has CPUs */
	uint64_t size_bytes;
	struct mmi_machine *boot_machine;
	struct mmi_arena arena; /* boots it again and again */
	struct mmi_machine *machine;
	struct mmi_system *system; /* with a window of the same size, whose blocks are offline */
	struct mmi_hotplug *hotplug;
	uint64_t start_pfn; /* of these blocks */
	uint64_t end_pfn;
};

/* The largest size up to 64 GiB whose struct pages there is memory for, twice; 0: none. */
uint64_t online_bed_size(void);

/* False, with a message, on failure. */
bool online_bed_init(struct online_bed *bed, const struct mmi_platform *platform,
		     uint64_t size_bytes, unsigned nr_threads);
void online_bed_deinit(struct online_bed *bed);

/* Nanoseconds a page of one call that onlines all blocks, and of a boot; negative: it failed. */
double online_call_ns(struct online_bed *bed);
double online_boot_ns(struct online_bed *bed);

/* Did both leave what they should?  Prints what is not so. */
bool online_bed_check(struct online_bed *bed);

#endif
