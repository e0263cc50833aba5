/* SPDX-License-Identifier: MIT */
/* Operations that every platform on a host's threads has alike. */
#ifndef PLATFORM_HOST_OPS_H
#define PLATFORM_HOST_OPS_H

#include "mminit/platform.h"

/* The host's monotonic clock. */
uint64_t mmi_host_clock_ns(void *ctx);

/* Who goes on is the host's business: nothing is done. */
void mmi_host_yield_point(void *ctx, enum mmi_yield where, uint64_t pfn);

#endif
