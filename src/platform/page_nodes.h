/* SPDX-License-Identifier: MIT */
/* Where memory lies, page by page, as the system tells it. */
#ifndef PLATFORM_PAGE_NODES_H
#define PLATFORM_PAGE_NODES_H

#include "platform/placement_hwloc.h"

/* See mmi_native_page_nodes(). */
int mmi_page_nodes_read(const void *start, size_t nr_pages, int *host_nids);

/* See pages_on_node() of struct mmi_platform_ops. */
int mmi_placement_pages_on_node(const struct mmi_placement *placement, const void *start,
				size_t size_bytes, int nid, uint64_t *nr_there,
				uint64_t *nr_elsewhere);

/* See mmi_native_memory_nid(). */
int mmi_placement_memory_nid(const struct mmi_placement *placement, const void *address);

#endif
