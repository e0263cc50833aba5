/* SPDX-License-Identifier: MIT */
/*
 * Asks the system on which of its nodes pages lie, many at a time: move_pages(2) without a target.
 */
#define _GNU_SOURCE /* syscall() */
#include "platform/page_nodes.h"

#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PAGES_A_QUERY 1024

static size_t host_page_bytes(void)
{
	return (size_t)sysconf(_SC_PAGESIZE);
}

/* Up to PAGES_A_QUERY pages. */
static int query(const char *start, size_t nr_pages, int *host_nids)
{
	const void *pages[PAGES_A_QUERY];

	for (size_t i = 0; i < nr_pages; i++)
		pages[i] = start + i * host_page_bytes();
	return syscall(SYS_move_pages, 0, nr_pages, pages, NULL, host_nids, 0) < 0 ? -errno : 0;
}

int mmi_page_nodes_read(const void *start, size_t nr_pages, int *host_nids)
{
	const char *at = start;
	int ret = 0;

	for (size_t done = 0, nr; !ret && done < nr_pages; done += nr) {
		nr = nr_pages - done < PAGES_A_QUERY ? nr_pages - done : PAGES_A_QUERY;
		ret = query(at + done * host_page_bytes(), nr, host_nids + done);
	}
	return ret;
}

int mmi_placement_pages_on_node(const struct mmi_placement *placement, const void *start,
				size_t size_bytes, int nid, uint64_t *nr_there,
				uint64_t *nr_elsewhere)
{
	const int host_nid = mmi_placement_host_nid(placement, nid);
	const size_t nr_pages = size_bytes / host_page_bytes();
	int host_nids[PAGES_A_QUERY];
	const char *at = start;
	int ret = placement->binds_memory && host_nid >= 0 ? 0 : -ENOSYS;

	*nr_there = *nr_elsewhere = 0;
	for (size_t done = 0, nr; !ret && done < nr_pages; done += nr) {
		nr = nr_pages - done < PAGES_A_QUERY ? nr_pages - done : PAGES_A_QUERY;
		ret = query(at + done * host_page_bytes(), nr, host_nids);
		for (size_t i = 0; !ret && i < nr; i++) {
			*nr_there += host_nids[i] == host_nid;
			*nr_elsewhere += host_nids[i] >= 0 && host_nids[i] != host_nid;
		}
	}
	return ret;
}

int mmi_placement_memory_nid(const struct mmi_placement *placement, const void *address)
{
	hwloc_nodeset_t nodes = hwloc_bitmap_alloc();
	int nid = -ENOSYS;

	if (nodes && hwloc_topology_is_thissystem(placement->topology) &&
	    hwloc_get_area_memlocation(placement->topology, address, 1, nodes,
				       HWLOC_MEMBIND_BYNODESET) == 0)
		nid = hwloc_bitmap_iszero(nodes) ? -EFAULT : hwloc_bitmap_first(nodes);
	hwloc_bitmap_free(nodes);
	return nid;
}
