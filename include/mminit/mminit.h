/* SPDX-License-Identifier: MIT */
/*
 * All of mminit: a header a room, in the order in which data flows.
 *
 * What holds of every function that does not say otherwise:
 *
 *   Units      names say them: _pfn and _pages count page frames, _bytes bytes, _ns nanoseconds of the
 *              platform's clock; nr_ is a count, order a power of two of pages.  Ranges are half-open.
 *   Errors     0 or a negative errno, or NULL where a pointer is returned; struct mmi_error has the
 *              words, and NULL is allowed for it.  Nothing is half done on failure: out-parameters
 *              are as before, and nothing is to be freed.  Errors of a FILE are the caller's to
 *              look for.
 *   Ownership  what a function makes is the caller's, until he gives it to the _destroy() (of the
 *              heap) or _deinit() (of his own storage) that goes with it.  Arguments are borrowed
 *              for the call, or, where it says "must outlive", for as long as what is made of them.
 *              Names that are returned are constant.
 *   Threads    any thread may call; on one object one thread at a time, or any number that only
 *              read it (const).  Different objects share nothing.  "One thread" says that nobody
 *              else may use the object, or what it was made of, meanwhile.
 */
#ifndef MMINIT_MMINIT_H
#define MMINIT_MMINIT_H

#include "mminit/error.h"
#include "mminit/platform.h"
#include "mminit/machine.h"
#include "mminit/memmap.h"
#include "mminit/zone.h"
#include "mminit/deferred.h"
#include "mminit/steps.h"
#include "mminit/figures.h"
#include "mminit/page_alloc.h"
#include "mminit/hotplug.h"
#include "mminit/system.h"
#include "mminit/input.h"
#include "mminit/hotplug_script.h"
#include "mminit/verify.h"
#include "mminit/fault.h"
#include "mminit/audit.h"
#include "mminit/explore.h"
#include "mminit/strategy.h"
#include "mminit/stress.h"
#include "mminit/report.h"
#include "mminit/trace.h"
#include "mminit/result.h"
#include "mminit/compare.h"
#include "mminit/tune.h"
#include "mminit/predict.h"
#include "mminit/replay.h"

#endif
