/* SPDX-License-Identifier: MIT */
/* Asserts the invariants of a machine that stand in machine.h, and computes its block size. */
#include <errno.h>

#include "machine/machine_parts.h"

#define MIB (1ull << 20)
#define GIB (1ull << 30)

static int check_geometry(const struct mmi_geometry *g, struct mmi_error *err)
{
	if (g->pageblock_order > g->max_page_order || g->max_page_order > MMI_MAX_PAGE_ORDER ||
	    g->max_page_order + g->page_shift > g->section_shift)
		return mmi_error_set(err, -EINVAL,
				     "geometry: pageblock order %u, max order %u, page shift %u, "
				     "section shift %u: a max-order block must lie in a section",
				     g->pageblock_order, g->max_page_order, g->page_shift,
				     g->section_shift);
	if (g->subsection_shift < g->page_shift || g->subsection_shift > g->section_shift ||
	    g->section_shift > g->max_physmem_bits || g->max_physmem_bits > 56)
		return mmi_error_set(
		    err, -EINVAL,
		    "geometry: subsection shift %u, section shift %u, %u address bits",
		    g->subsection_shift, g->section_shift, g->max_physmem_bits);
	if (g->dma32_end_pfn && g->dma_end_pfn > g->dma32_end_pfn)
		return mmi_error_set(err, -EINVAL, "geometry: ZONE_DMA ends above ZONE_DMA32");
	return 0;
}

static int check_memory(const struct mmi_machine *m, struct mmi_error *err)
{
	uint64_t previous_end = 0;

	for (size_t i = 0; i < m->nr_memory; i++) {
		const struct mmi_mem_range *range = &m->memory[i];
		if (range->start_pfn < previous_end || range->start_pfn >= range->end_pfn)
			return mmi_error_set(err, -EINVAL,
					     "memory range %zu: not sorted and disjoint", i);
		if (mmi_machine_node_index(m, range->nid) < 0)
			return mmi_error_set(err, -EINVAL, "memory range %zu: node %d unknown", i,
					     range->nid);
		previous_end = range->end_pfn;
	}
	return 0;
}

static int check_reserved(const struct mmi_machine *m, struct mmi_error *err)
{
	for (size_t i = 0; i < m->nr_reserved; i++) {
		const struct mmi_pfn_range *range = &m->reserved[i];
		if (range->start_pfn >= range->end_pfn ||
		    (i && range->start_pfn <= m->reserved[i - 1].end_pfn))
			return mmi_error_set(
			    err, -EINVAL, "reserved range %zu: not sorted, disjoint and apart", i);
	}
	return 0;
}

static int check_nodes(const struct mmi_machine *m, struct mmi_error *err)
{
	uint64_t nr_present_pages = 0;

	for (size_t i = 0; i < m->nr_nodes; i++) {
		const int nid = m->nodes[i].nid;
		if (nid < 0 || nid >= MMI_MAX_NODES || (i && nid <= m->nodes[i - 1].nid))
			return mmi_error_set(err, -EINVAL, "node %d: not sorted and unique", nid);
		for (size_t j = 0; j < m->nr_nodes; j++) {
			const unsigned distance = m->distances[i * m->nr_nodes + j];
			if (i == j ? distance != MMI_LOCAL_DISTANCE : distance < MMI_LOCAL_DISTANCE)
				return mmi_error_set(err, -EINVAL, "distance %u from node %d to %d",
						     distance, nid, m->nodes[j].nid);
		}
		nr_present_pages += m->nodes[i].nr_present_pages;
	}
	if (nr_present_pages != m->nr_present_pages)
		return mmi_error_set(
		    err, -EINVAL, "present: nodes have %llu pages, the machine %llu",
		    (unsigned long long)nr_present_pages, (unsigned long long)m->nr_present_pages);
	return 0;
}

static int check_memory_block(const struct mmi_machine *m, struct mmi_error *err)
{
	const uint64_t size = m->memory_block_bytes;

	if (!size || (size & (size - 1)) || size < 1ull << m->geometry.section_shift)
		return mmi_error_set(
		    err, -EINVAL,
		    "memory block of %llu bytes: a power of two of at least a section expected",
		    (unsigned long long)size);
	return 0;
}

int mmi_machine_check(const struct mmi_machine *machine, struct mmi_error *err)
{
	int ret = check_geometry(&machine->geometry, err);

	if (!ret)
		ret = check_memory(machine, err);
	if (!ret)
		ret = check_reserved(machine, err);
	if (!ret)
		ret = check_nodes(machine, err);
	return ret ? ret : check_memory_block(machine, err);
}

/* facts: 128 MiB below 64 GiB; above, 2 GiB on metal, on VMs what the end is aligned to. */
static uint64_t x86_block_bytes(uint64_t end, bool virtual_machine)
{
	if (end < 64 * GIB)
		return 128 * MIB;
	if (!virtual_machine)
		return 2 * GIB;
	for (uint64_t size = 2 * GIB; size > 128 * MIB; size /= 2)
		if (end % size == 0)
			return size;
	return 128 * MIB;
}

uint64_t mmi_memory_block_bytes(const struct mmi_machine *machine, bool virtual_machine)
{
	const struct mmi_geometry *g = &machine->geometry;
	const uint64_t end = machine->memory[machine->nr_memory - 1].end_pfn << g->page_shift;
	const uint64_t section_bytes = 1ull << g->section_shift;

	if (g->arch == MMI_ARCH_X86_64)
		return x86_block_bytes(end, virtual_machine);
	return section_bytes > 128 * MIB || g->arch == MMI_ARCH_PPC64_64K ? section_bytes
									  : 128 * MIB;
}
