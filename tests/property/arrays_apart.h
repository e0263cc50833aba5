/* SPDX-License-Identifier: MIT */
/*
 * Moves arrays apart, each into memory of just its own size, where a sanitizer sees who reads on
 * past the end: a machine's lie in one allocation, and behind a machine's extents there is room.
 */
#ifndef TESTS_PROPERTY_ARRAYS_APART_H
#define TESTS_PROPERTY_ARRAYS_APART_H

#include <stdlib.h>
#include <string.h>

#include "mminit/zone.h"

#define NR_ARRAYS_APART 7

/* Arrays and where they were; the functions that move them together put them back. */
struct arrays_apart {
	struct mmi_machine as_it_was;
	struct mmi_extent *extents;
	void *copies[NR_ARRAYS_APART];
	size_t nr;
};

static inline const void *array_apart(struct arrays_apart *apart, const void *array,
				      size_t size_bytes)
{
	void *copy = malloc(size_bytes);

	if (!copy)
		abort();
	if (size_bytes)
		memcpy(copy, array, size_bytes);
	return apart->copies[apart->nr++] = copy;
}

static inline void arrays_move_apart(struct arrays_apart *apart, struct mmi_machine *m)
{
	*apart = (struct arrays_apart){.as_it_was = *m};
	m->memory = array_apart(apart, m->memory, m->nr_memory * sizeof(*m->memory));
	m->reserved = array_apart(apart, m->reserved, m->nr_reserved * sizeof(*m->reserved));
	m->windows = array_apart(apart, m->windows, m->nr_windows * sizeof(*m->windows));
	m->persistent =
	    array_apart(apart, m->persistent, m->nr_persistent * sizeof(*m->persistent));
	m->nodes = array_apart(apart, m->nodes, m->nr_nodes * sizeof(*m->nodes));
	m->distances =
	    array_apart(apart, m->distances, m->nr_nodes * m->nr_nodes * sizeof(*m->distances));
	m->cpu_nids = array_apart(apart, m->cpu_nids, m->nr_cpus * sizeof(*m->cpu_nids));
}

static inline void arrays_move_together(struct arrays_apart *apart, struct mmi_machine *m)
{
	*m = apart->as_it_was;
	while (apart->nr)
		free(apart->copies[--apart->nr]);
}

static inline void extents_move_apart(struct arrays_apart *apart, struct mmi_extents *extents)
{
	*apart = (struct arrays_apart){.extents = extents->items};
	extents->items = (struct mmi_extent *)array_apart(apart, extents->items,
							  extents->nr * sizeof(*extents->items));
}

static inline void extents_move_together(struct arrays_apart *apart, struct mmi_extents *extents)
{
	extents->items = apart->extents;
	free(apart->copies[--apart->nr]);
}

#endif
