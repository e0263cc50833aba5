/* SPDX-License-Identifier: MIT */
/*
 * Strategies: algorithms by name, to be run and judged like the engine.
 *
 * Linux's own order of work, of 6.1, 6.12 and 7.x, is among them: a plan with the jobs, threads and
 * chunks that such a kernel makes of a machine, and its way through a chunk, frees and types
 * included.  What it does wrong it does here, too; mminit/audit.h foretells it.  Before the threads
 * start all reservations, holes and early memory are initialised, and what is free of the latter is
 * freed.  Two nodes that share a section each have a chunk of their own in it.
 */
#ifndef MMINIT_STRATEGY_H
#define MMINIT_STRATEGY_H

#include "mminit/deferred.h"

MMI_DECLARATIONS_BEGIN

struct mmi_strategy {
	const char *name;
	const char *summary; /* one line */
	const struct mmi_deferred_ops *ops;
	enum mmi_linux_version version; /* whose order it is; MMI_NR_LINUX_VERSIONS: no kernel's */
};

/* Number @index of all, the engine first; false past the last. */
bool mmi_strategy(size_t index, struct mmi_strategy *strategy);
/* The one of that name; false: there is none. */
bool mmi_strategy_find(const char *name, struct mmi_strategy *strategy);

/* The order of work of Linux @version; NULL where it is not known. */
const struct mmi_deferred_ops *mmi_linux_strategy(enum mmi_linux_version version);

MMI_DECLARATIONS_END

#endif
