/* SPDX-License-Identifier: MIT */
/*
 * What the process may use of the host, read below any folder, so that tests can bring their own.
 */
#ifndef PLATFORM_HOST_FACTS_H
#define PLATFORM_HOST_FACTS_H

#include "mminit/platform_native.h"

/* mmi_host_facts_read() with @root in front of "/proc" and "/sys"; "" is the real system. */
int mmi_host_facts_read_below(const char *root, struct mmi_host_facts *facts);

#endif
