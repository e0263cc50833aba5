/* SPDX-License-Identifier: MIT */
/*
 * Traces: what each worker did when, as the trace-event JSON that Perfetto and Chrome open.
 *
 *	mmi_trace_create(65536, &trace);
 *	mmi_trace_watch(trace, &options.run);        before mmi_system_create()
 *	... mmi_system_boot(system) ...
 *	mmi_trace_write(stdout, trace, system);
 *
 * A process of the trace is a node, a thread of it a worker; an event is a chunk with its PFNs.
 * Allocators have a process of their own, with an event for every unit that one initialised on
 * demand ("grow") and every time that one waited for others ("stall").  Chunks come from the
 * engine's own records; an allocator that grows takes one atomic addition and a copy more.
 */
#ifndef MMINIT_TRACE_H
#define MMINIT_TRACE_H

#include <stdio.h>

#include "mminit/system.h"

MMI_DECLARATIONS_BEGIN

struct mmi_trace;

/*
 * A trace with room for @max_growths events of allocators; further ones are counted, not kept.
 * The caller owns *@trace.  -ENOMEM.
 */
int mmi_trace_create(size_t max_growths, struct mmi_trace **trace);
void mmi_trace_destroy(struct mmi_trace *trace); /* NULL is allowed */

/*
 * Has a run by @params record its chunks and tell @trace of its growths.  @trace outlives the run.
 */
void mmi_trace_watch(struct mmi_trace *trace, struct mmi_run_params *params);

/*
 * Writes one JSON document and a newline; times count from the run's beginning.  @system is
 * quiet, and was run with mmi_trace_watch()'s params.  Leaves errors of @out to the caller.
 */
void mmi_trace_write(FILE *out, const struct mmi_trace *trace, const struct mmi_system *system);

MMI_DECLARATIONS_END

#endif
