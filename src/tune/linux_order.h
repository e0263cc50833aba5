/* SPDX-License-Identifier: MIT */
/*
 * Linux 6.1's order of work as a strategy of ours, to compare with.
 *
 * A max-order block at a time, like the engine, but every struct page is written as a reserved one
 * of count 1 first and changed to a free one by a second pass, and each block goes to the zone's
 * lists by itself, under the zone's lock.  The end state is the engine's.  Written as well as the
 * engine is: the same page stores, the largest aligned runs freed at once.
 */
#ifndef TUNE_LINUX_ORDER_H
#define TUNE_LINUX_ORDER_H

#include "mminit/deferred.h"

const struct mmi_deferred_ops *mmi_linux_order(void);

#endif
