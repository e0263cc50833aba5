/* SPDX-License-Identifier: MIT */
/* Where a run's threads ran and where its memmap lies, read back from the system. */
#ifndef TOOL_PLACES_H
#define TOOL_PLACES_H

#include "tool/session.h"

struct mmi_places {
	struct mmi_report_worker_place *workers; /* of system->run.workers */
	struct mmi_report_memmap_place *memmap;  /* NULL: not looked at, or the system cannot say */
	size_t nr_memmap;
	int *host_nids; /* of the machine's nodes */
};

/*
 * Workers and nodes; must follow the boot at once, as the platform remembers its last team only.
 * -ENOMEM.
 */
int mmi_places_read(struct mmi_places *places, const struct mmi_session *session,
		    const struct mmi_system *system);

/*
 * Where the struct pages of each node lie.  -ENOMEM; where the system does not say, nothing is
 * read.
 */
int mmi_places_read_memmap(struct mmi_places *places, const struct mmi_session *session,
			   const struct mmi_system *system);

void mmi_places_deinit(struct mmi_places *places); /* a zeroed one is allowed */

#endif
