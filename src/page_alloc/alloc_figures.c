/* SPDX-License-Identifier: MIT */
/* Counts the pages of an allocator's machine, and publishes the figures that follow. */
#include "page_alloc/alloc_figures.h"

#include <errno.h>

/* From this much memory on Linux has huge pages by default, and keeps more free for them. */
#define HUGE_PAGE_MIN_BYTES (512ull << 20)

static void read_zone(struct mmi_zone_counts *counts, struct mmi_zone *zone)
{
	const struct mmi_platform *platform = zone->mem->platform;

	platform->ops->lock(platform->ctx, &zone->lock);
	counts->start_pfn = zone->start_pfn;
	counts->nr_spanned_pages = zone->nr_spanned_pages;
	counts->nr_present_pages = zone->nr_present_pages;
	counts->nr_managed_pages = zone->nr_managed_pages + zone->nr_missing_pages;
	platform->ops->unlock(platform->ctx, &zone->lock);
}

void mmi_alloc_counts_read(struct mmi_alloc *alloc)
{
	struct mmi_mem *mem = alloc->mem;

	for (size_t i = 0; i < mem->nr_nodes; i++) {
		struct mmi_node_counts *node = &alloc->counts.nodes[i];
		const uint32_t states = mmi_atomic_read32(&mem->nodes[i].states);
		node->online = states & MMI_NODE_ONLINE;
		node->has_memory = states & MMI_NODE_MEMORY;
		for (int z = 0; z < MMI_NR_ZONES; z++)
			read_zone(&node->zones[z], &mem->nodes[i].zones[z]);
	}
}

static uint64_t managed_bytes(const struct mmi_mem_counts *counts)
{
	uint64_t nr_pages = 0;

	for (size_t i = 0; i < counts->nr_nodes; i++)
		for (int z = 0; z < MMI_NR_ZONES; z++)
			nr_pages += counts->nodes[i].zones[z].nr_managed_pages;
	return nr_pages << counts->geometry.page_shift;
}

/* Readers take each figure by itself, and may see some old and some new. */
static void publish_zone(struct mmi_zone_figures *figures, const struct mmi_zone_counts *zone)
{
	mmi_atomic_put64(&figures->min_pages, zone->min_pages);
	mmi_atomic_put64(&figures->low_pages, zone->low_pages);
	mmi_atomic_put64(&figures->high_pages, zone->high_pages);
	for (int z = 0; z < MMI_NR_ZONES; z++)
		mmi_atomic_put64(&figures->protection_pages[z], zone->protection_pages[z]);
	mmi_atomic_put64(&figures->pcp_batch, zone->pcp_batch);
	mmi_atomic_put64(&figures->pcp_high, zone->pcp_high_min);
}

void mmi_alloc_figures_publish(struct mmi_alloc *alloc)
{
	for (size_t i = 0; i < mmi_nr_zones(alloc->mem); i++)
		publish_zone(&alloc->figures[i],
			     &alloc->counts.nodes[i / MMI_NR_ZONES].zones[i % MMI_NR_ZONES]);
}

int mmi_alloc_figures_init(struct mmi_alloc *alloc)
{
	const struct mmi_mem *mem = alloc->mem;
	const struct mmi_machine *machine = mem->machine;
	const struct mmi_platform *p = mem->platform;
	struct mmi_mem_counts *counts = &alloc->counts;

	*counts = (struct mmi_mem_counts){
	    .geometry = machine->geometry,
	    .version = machine->linux_version,
	    .nodes = p->ops->alloc(p->ctx, mem->nr_nodes * sizeof(*counts->nodes)),
	    .nr_nodes = mem->nr_nodes,
	    .nr_cpus = machine->nr_cpus ? (unsigned)machine->nr_cpus : 1,
	};
	if (!counts->nodes)
		return -ENOMEM;
	for (size_t i = 0; i < mem->nr_nodes; i++) {
		counts->nodes[i].nid = mem->nodes[i].nid;
		counts->nodes[i].nr_cpus = machine->nodes[i].nr_cpus;
	}
	mmi_alloc_counts_read(alloc);
	counts->huge_pages = managed_bytes(counts) >= HUGE_PAGE_MIN_BYTES;
	mmi_figures_set(counts);
	mmi_alloc_figures_publish(alloc);
	return 0;
}

void mmi_alloc_figures_deinit(struct mmi_alloc *alloc)
{
	const struct mmi_platform *p = alloc->mem->platform;

	p->ops->free(p->ctx, alloc->counts.nodes,
		     alloc->mem->nr_nodes * sizeof(*alloc->counts.nodes));
	alloc->counts.nodes = NULL;
}

void mmi_alloc_refresh(struct mmi_alloc *alloc)
{
	mmi_alloc_counts_read(alloc);
	mmi_figures_set(&alloc->counts);
	mmi_alloc_figures_publish(alloc);
}
