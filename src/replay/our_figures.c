/* SPDX-License-Identifier: MIT */
/* Our figures of messages: layout, builds of zonelists, the memory line. */
#include "replay/our_figures.h"
#include "machine/minmax.h"

#include <inttypes.h>
#include <stdio.h>

#define ORDER_BYTES ((size_t)MMI_MAX_NODES * 5 + 1)

/* Page tables that 6.1 makes for vmalloc between the hand-over and the memory line. */
#define VMALLOC_PAGES_LEVEL_5 50
#define VMALLOC_PAGES_LEVEL_4 64

static void print_pfns(char *text, size_t size_bytes, const struct mmi_geometry *g,
		       uint64_t start_pfn, uint64_t end_pfn)
{
	snprintf(text, size_bytes, "0x%" PRIx64 "-0x%" PRIx64, start_pfn << g->page_shift,
		 (end_pfn << g->page_shift) - 1);
}

static void add_zone_ranges(struct mmi_our_figures *figures, const struct mmi_boot_model *model)
{
	const struct mmi_geometry *g = &model->machine->geometry;

	for (int z = 0; z < MMI_NR_ZONES; z++) {
		const uint64_t start = model->layout.zone_start_pfn[z];
		const uint64_t end = model->layout.zone_end_pfn[z];
		char value[64] = "empty";
		if (!mmi_arch_has_zone(g, z) || z == MMI_ZONE_MOVABLE)
			continue;
		if (z != MMI_ZONE_DEVICE && start < end)
			print_pfns(value, sizeof(value), g, start, end);
		mmi_named_values_add(&figures->values, 0, value, MMI_FIGURE_ZONE_RANGE,
				     mmi_zone_type_name(z));
	}
}

static void add_nodes(struct mmi_our_figures *figures, const struct mmi_boot_model *model)
{
	const struct mmi_geometry *g = &model->machine->geometry;

	for (size_t i = 0; i < model->machine->nr_nodes; i++) {
		const struct mmi_node_layout *node = &model->layout.nodes[i];
		char value[64] = "none";
		if (node->movable_start_pfn) {
			snprintf(value, sizeof(value), "0x%" PRIx64,
				 node->movable_start_pfn << g->page_shift);
			mmi_named_values_add(&figures->values, 0, value, MMI_FIGURE_MOVABLE_START,
					     node->nid);
			snprintf(value, sizeof(value), "none");
		}
		if (node->start_pfn < node->end_pfn)
			print_pfns(value, sizeof(value), g, node->start_pfn, node->end_pfn);
		mmi_named_values_add(&figures->values, 0, value, MMI_FIGURE_NODE_SETUP, node->nid);
	}
}

static void add_early_ranges(struct mmi_our_figures *figures, const struct mmi_machine *machine)
{
	for (size_t i = 0; i < machine->nr_memory; i++) {
		const struct mmi_mem_range *range = &machine->memory[i];
		char pfns[48], value[80];
		print_pfns(pfns, sizeof(pfns), &machine->geometry, range->start_pfn,
			   range->end_pfn);
		snprintf(value, sizeof(value), "node %d %s", range->nid, pfns);
		mmi_named_values_add(&figures->values, 0, value, MMI_FIGURE_EARLY_RANGE, i);
	}
}

/* Holes are initialised wherever their section has memory, though only subsections count later. */
struct unavailable {
	struct mmi_our_figures *figures;
	const struct mmi_boot_model *model;
	uint64_t hole_pfn;
	size_t nr;
};

/*
 * Pages of the hole [start_pfn, end_pfn) in sections that hold memory: the rest of the section
 * below (nothing lies below PFN 0) and the beginning of the one above.
 */
static uint64_t hole_pages(uint64_t start_pfn, uint64_t end_pfn, uint64_t section_pages)
{
	const uint64_t low_end = mmi_smaller(mmi_align_up(start_pfn, section_pages), end_pfn);
	const uint64_t high_start = mmi_larger(mmi_align_down(end_pfn, section_pages), low_end);

	return low_end - start_pfn + (end_pfn - high_start);
}

static void add_hole(struct unavailable *u, uint64_t end_pfn, int nid, enum mmi_zone_type zone)
{
	const uint64_t section_pages = mmi_section_pages(&u->model->machine->geometry);
	char value[80];

	if (u->hole_pfn >= end_pfn)
		return;
	const uint64_t nr_pages = hole_pages(u->hole_pfn, end_pfn, section_pages);
	if (!nr_pages)
		return;
	snprintf(value, sizeof(value), "node %d %s %" PRIu64, nid, mmi_zone_type_name(zone),
		 nr_pages);
	mmi_named_values_add(&u->figures->values, 0, value, MMI_FIGURE_UNAVAILABLE, u->nr++);
}

static void add_unavailable(struct mmi_our_figures *figures, const struct mmi_boot_model *model)
{
	const struct mmi_machine *machine = model->machine;
	struct unavailable u = {.figures = figures, .model = model};
	const struct mmi_mem_range *range = machine->memory;
	enum mmi_zone_type zone = MMI_ZONE_NORMAL;

	for (size_t i = 0; i < machine->nr_memory; i++) {
		range = &machine->memory[i];
		const size_t node = (size_t)mmi_machine_node_index(machine, range->nid);
		zone = mmi_layout_zone(&model->layout, node, range->start_pfn);
		add_hole(&u, range->start_pfn, range->nid, zone);
		u.hole_pfn = range->end_pfn;
		zone = mmi_layout_zone(&model->layout, node, range->end_pfn - 1);
	}
	add_hole(&u, mmi_align_up(u.hole_pfn, mmi_section_pages(&machine->geometry)), range->nid,
		 zone);
}

static void add_deferred(struct mmi_our_figures *figures, const struct mmi_boot_model *model)
{
	const struct mmi_machine *machine = model->machine;

	for (size_t i = 0; i < machine->nr_nodes; i++) {
		if (!machine->nodes[i].nr_present_pages)
			continue;
		mmi_named_values_add(&figures->values, 0,
				     model->splits[i].has_deferred ? "yes" : "no",
				     MMI_FIGURE_DEFERRED, machine->nodes[i].nid);
	}
}

void mmi_our_layout_figures(struct mmi_our_figures *figures, const struct mmi_boot_model *model)
{
	add_zone_ranges(figures, model);
	add_early_ranges(figures, model->machine);
	add_nodes(figures, model);
	add_unavailable(figures, model);
	add_deferred(figures, model);
	if (model->machine->geometry.arch == MMI_ARCH_X86_64)
		mmi_named_values_add_number(&figures->values, 0, model->machine->memory_block_bytes,
					    MMI_FIGURE_BLOCK_MESSAGE);
}

static void add_order(struct mmi_our_figures *figures, const char *label, int nid, const int *nids,
		      size_t nr)
{
	char value[ORDER_BYTES] = "";
	size_t length = 0;

	for (size_t i = 0; i < nr; i++)
		length += (size_t)snprintf(value + length, sizeof(value) - length, "%s%d",
					   i ? " " : "", nids[i]);
	mmi_named_values_add(&figures->values, 0, value, MMI_FIGURE_FALLBACK, label, nid);
}

static void add_orders(struct mmi_our_figures *figures, const struct mmi_boot_model *model,
		       const char *label, int64_t only, size_t nr_online)
{
	struct mmi_order_node nodes[MMI_MAX_NODES];
	int nids[MMI_MAX_NODES];
	struct mmi_node_order order = {.version = model->counts.version,
				       .nodes = nodes,
				       .nr_nodes = model->counts.nr_nodes,
				       .distances = model->machine->distances,
				       .nr_online_nodes = nr_online};

	for (size_t i = 0; i < order.nr_nodes; i++) {
		const struct mmi_node_counts *node = &model->counts.nodes[i];
		nodes[i] = (struct mmi_order_node){
		    .nid = node->nid,
		    .has_memory = node->has_memory,
		    .has_cpus = model->cpus_known && node->nr_cpus,
		};
	}
	for (size_t i = 0; i < order.nr_nodes; i++) {
		if (only >= 0 && (size_t)only != i)
			continue;
		const size_t nr = mmi_node_order_fill(&order, i, nids);
		add_order(figures, label, nodes[i].nid, nids, nr);
	}
}

/* Grouping by mobility pays only where every migratetype can have a pageblock. */
static unsigned nr_grouped_types(const struct mmi_machine *machine)
{
	const bool without_cma =
	    machine->geometry.arch == MMI_ARCH_X86_64 && machine->linux_version < MMI_LINUX_6_12;

	return without_cma ? MMI_NR_MIGRATETYPES - 1 : MMI_NR_MIGRATETYPES;
}

void mmi_our_built(void *user, const struct mmi_boot_model *model, int64_t only,
		   uint64_t total_pages)
{
	struct mmi_our_figures *figures = user;
	const uint64_t least =
	    mmi_pageblock_pages(&model->machine->geometry) * nr_grouped_types(model->machine);
	char label[MMI_LABEL_BYTES];
	size_t nr_online = 0;

	for (size_t i = 0; i < model->counts.nr_nodes; i++)
		nr_online += model->counts.nodes[i].online;
	mmi_build_label(label, figures->nr_builds++);
	add_orders(figures, model, label, only, nr_online);
	mmi_named_values_add_number(&figures->values, 0, nr_online, MMI_FIGURE_ZONELISTS, label);
	mmi_named_values_add(&figures->values, 0, total_pages < least ? "off" : "on",
			     MMI_FIGURE_MOBILITY, label);
	mmi_named_values_add_number(&figures->values, 0, total_pages, MMI_FIGURE_TOTAL, label);
	mmi_named_values_add(&figures->values, 0, mmi_zone_type_name(model->policy_zone),
			     MMI_FIGURE_POLICY_ZONE, label);
}

/* 6.1: free pages of the early part, less what was made into page tables since the hand-over. */
static uint64_t available_pages(const struct mmi_boot_model *model)
{
	const uint64_t nr_free = mmi_model_early_free_pages(model);
	uint64_t nr_tables = 0;

	if (model->machine->geometry.arch == MMI_ARCH_X86_64)
		nr_tables =
		    model->facts->five_level ? VMALLOC_PAGES_LEVEL_5 : VMALLOC_PAGES_LEVEL_4;
	return nr_free > nr_tables ? nr_free - nr_tables : 0;
}

void mmi_our_memory_line(void *user, const struct mmi_boot_model *model)
{
	struct mmi_our_figures *figures = user;
	const uint64_t page_kib = 1ull << (model->machine->geometry.page_shift - 10);
	const uint64_t nr_present = model->machine->nr_present_pages;
	uint64_t nr_managed = model->nr_lost_pages;

	for (size_t i = 0; i < model->counts.nr_nodes; i++)
		for (int z = 0; z < MMI_NR_ZONES; z++)
			nr_managed += model->counts.nodes[i].zones[z].nr_managed_pages;
	const uint64_t nr_reserved = nr_present - nr_managed - model->nr_cma_pages;
	if (model->machine->linux_version < MMI_LINUX_6_12) {
		mmi_named_values_add_number(&figures->values, 0, available_pages(model) * page_kib,
					    MMI_FIGURE_MEMORY, "available");
	} else {
		mmi_named_values_add_number(&figures->values, 0,
					    (nr_present - nr_reserved) * page_kib,
					    MMI_FIGURE_MEMORY, "available");
		mmi_named_values_set_kind(&figures->values, MMI_VALUE_AT_MOST);
	}
	mmi_named_values_add_number(&figures->values, 0, nr_present * page_kib, MMI_FIGURE_MEMORY,
				    "present");
	mmi_named_values_add_number(&figures->values, 0, nr_reserved * page_kib, MMI_FIGURE_MEMORY,
				    "reserved");
	mmi_named_values_add_number(&figures->values, 0, model->nr_cma_pages * page_kib,
				    MMI_FIGURE_MEMORY, "cma-reserved");
}

/* What comes of any other write is the log's to say. */
void mmi_our_refused(void *user, const struct mmi_log_event *act, size_t number)
{
	struct mmi_our_figures *figures = user;
	const char *word = mmi_online_type_name(act->type);
	const unsigned long long block = act->block;

	mmi_named_values_add(&figures->values, 0, "failed", MMI_FIGURE_WRITE, number, word, block);
	mmi_named_values_add(figures->statements, act->line, act->ok ? "ok" : "failed",
			     MMI_FIGURE_WRITE, number, word, block);
}
