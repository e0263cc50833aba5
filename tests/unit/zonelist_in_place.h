/* SPDX-License-Identifier: MIT */
/*
 * How zonelists were rebuilt from 2017 to 2022, as a test double: over the list that readers stand
 * in.  A reader who keeps his place by number may find another zone there, or none.
 */
#ifndef TESTS_UNIT_ZONELIST_IN_PLACE_H
#define TESTS_UNIT_ZONELIST_IN_PLACE_H

#include "page_alloc/alloc_cpu.h"

/*
 * What is left of a list that has become shorter is cleared.  A cleared ref names ZONE_DMA of the
 * first node, which has no memory on the machines of these tests: no zone.
 */
static inline void zonelist_write_over(struct mmi_zonelist *old, const struct mmi_zonelist *new)
{
	struct mmi_zoneref *refs = (struct mmi_zoneref *)old->refs;
	const uint32_t nr_before = old->nr;

	*old = *new;
	old->refs = refs;
	for (uint32_t i = 0; i < nr_before; i++)
		refs[i] = i < new->nr ? new->refs[i] : (struct mmi_zoneref){0};
}

/* Lists may become shorter by it, not longer. */
static inline int zonelists_rebuild_in_place(struct mmi_alloc *alloc)
{
	struct mmi_zonelists *new = mmi_zonelists_build(alloc->mem, alloc->generation);

	if (!new)
		return -1;
	for (size_t i = 0; i < new->nr_nodes; i++)
		zonelist_write_over(&alloc->zonelists->nodes[i], &new->nodes[i]);
	mmi_zonelists_free(new, alloc->mem->platform);
	return 0;
}

#endif
