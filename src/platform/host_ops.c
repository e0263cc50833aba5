/* SPDX-License-Identifier: MIT */
/* The clock of the host, and no scheduler but its own. */
#include "platform/host_ops.h"

#include <time.h>

uint64_t mmi_host_clock_ns(void *ctx)
{
	struct timespec now;

	(void)ctx;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

void mmi_host_yield_point(void *ctx, enum mmi_yield where, uint64_t pfn)
{
	(void)ctx;
	(void)where;
	(void)pfn;
}
