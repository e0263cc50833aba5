/* SPDX-License-Identifier: MIT */
/* When things were done: what is common to the run's JSON and to its trace. */
#ifndef REPORT_WORK_EVENTS_H
#define REPORT_WORK_EVENTS_H

#include "mminit/system.h"

/* The platform's time at which the run began: times of events count from there. */
uint64_t mmi_run_origin_ns(const struct mmi_deferred_run *run);

#endif
