/* SPDX-License-Identifier: MIT */
/* Faults of zonelists that stand: the one of the node whose number the fault has is changed. */
#include <errno.h>

#include "page_alloc/alloc_cpu.h"
#include "verify/fault_parts.h"

/* Does the machine have a node of that number, and @nr_zones zones with memory? */
static int aim_zonelist(struct mmi_fault *fault, const struct mmi_system *system, size_t nr_zones,
			struct mmi_error *err)
{
	const struct mmi_layout *layout = &system->mem.layout;
	const size_t nr_nodes = system->mem.nr_nodes;
	size_t nr_populated = 0;

	for (size_t i = 0; i < nr_nodes * MMI_NR_ZONES; i++)
		nr_populated +=
		    layout->nodes[i / MMI_NR_ZONES].zones[i % MMI_NR_ZONES].nr_present_pages > 0;
	if (fault->number >= nr_nodes || nr_populated < nr_zones)
		return mmi_error_set(
		    err, -EINVAL, "%s:%llu: this machine has %zu zonelists, of %zu zones",
		    fault->kind->name, (unsigned long long)fault->number, nr_nodes, nr_populated);
	fault->start_pfn = layout->nodes[fault->number].start_pfn;
	fault->end_pfn = layout->nodes[fault->number].end_pfn;
	return 0;
}

int mmi_aim_zonelist(struct mmi_fault *fault, const struct mmi_system *system,
		     struct mmi_error *err)
{
	return aim_zonelist(fault, system, 1, err);
}

int mmi_aim_long_zonelist(struct mmi_fault *fault, const struct mmi_system *system,
			  struct mmi_error *err)
{
	return aim_zonelist(fault, system, 2, err);
}

static struct mmi_zonelist *list_of(const struct mmi_fault *fault, struct mmi_alloc *alloc)
{
	return &alloc->zonelists->nodes[fault->number];
}

void mmi_zonelist_lose_last(const struct mmi_fault *fault, struct mmi_alloc *alloc)
{
	list_of(fault, alloc)->nr--;
}

void mmi_zonelist_swap_ends(const struct mmi_fault *fault, struct mmi_alloc *alloc)
{
	const struct mmi_zonelist *list = list_of(fault, alloc);
	struct mmi_zoneref *first = (struct mmi_zoneref *)list->refs;
	struct mmi_zoneref *last = first + list->nr - 1;
	const struct mmi_zoneref spare = *first;

	*first = *last;
	*last = spare;
}

void mmi_zonelist_repeat_first(const struct mmi_fault *fault, struct mmi_alloc *alloc)
{
	const struct mmi_zonelist *list = list_of(fault, alloc);
	struct mmi_zoneref *refs = (struct mmi_zoneref *)list->refs;

	refs[list->nr - 1] = refs[0];
}

void mmi_zonelist_name_device(const struct mmi_fault *fault, struct mmi_alloc *alloc)
{
	const struct mmi_zonelist *list = list_of(fault, alloc);
	struct mmi_zoneref *refs = (struct mmi_zoneref *)list->refs;

	refs[list->nr - 1].type = MMI_ZONE_DEVICE;
}
