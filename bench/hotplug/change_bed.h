/* SPDX-License-Identifier: MIT */
/*
 * What is measured of memory that changes: how long a change takes, and what it costs those who
 * allocate meanwhile.
 */
#ifndef BENCH_CHANGE_BED_H
#define BENCH_CHANGE_BED_H

#include "mminit/system.h"

struct change_bed {
	struct mmi_platform *platform;
	/* Machines of 64 and of 1,024 nodes; the first is booted, so that it can be allocated from. */
	struct mmi_machine *machines[2];
	struct mmi_system *systems[2];
	struct mmi_alloc *allocs[2];
	struct mmi_cpu *reader; /* a context on node 0 of the first */
	uint64_t nr_changes;    /* that were made beside the reader in its last run */
};

enum { FEW_NODES, MANY_NODES };

/* What a thread does beside the reader. */
enum beside {
	BESIDE_REBUILDS, /* builds zonelists and publishes them */
	BESIDE_TRAFFIC,  /* builds them and throws them away */
};

/* False, with a message, on failure. */
bool change_bed_init(struct change_bed *bed);
void change_bed_deinit(struct change_bed *bed);

/* Nanoseconds of one full rebuild of the zonelists of machine @which; negative: it failed. */
double change_rebuild_ns(struct change_bed *bed, unsigned which);

/* Nanoseconds of an allocation and its free beside a thread that does @beside all the time. */
double change_reader_ns(struct change_bed *bed, enum beside beside);

/* Is all as it should be?  Prints what is not. */
bool change_bed_check(struct change_bed *bed);

#endif
