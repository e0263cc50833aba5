/* SPDX-License-Identifier: MIT */
/* All of mminit: a header a room, in the order in which data flows. */
#ifndef MMINIT_MMINIT_H
#define MMINIT_MMINIT_H

#include "mminit/error.h"
#include "mminit/platform.h"
#include "mminit/machine.h"
#include "mminit/memmap.h"
#include "mminit/zone.h"
#include "mminit/deferred.h"
#include "mminit/steps.h"
#include "mminit/page_alloc.h"
#include "mminit/alloc.h"
#include "mminit/hotplug.h"
#include "mminit/system.h"
#include "mminit/input.h"
#include "mminit/hotplug_script.h"
#include "mminit/verify.h"
#include "mminit/fault.h"
#include "mminit/audit.h"
#include "mminit/strategy.h"
#include "mminit/stress.h"
#include "mminit/report.h"
#include "mminit/trace.h"
#include "mminit/result.h"
#include "mminit/tune.h"
#include "mminit/predict.h"
#include "mminit/replay.h"

#endif
