/* SPDX-License-Identifier: MIT */
/* Our figures of a step: what the dumps of /proc and /sys show at that moment. */
#include <stdio.h>
#include <string.h>

#include "hotplug/recount.h"
#include "replay/our_figures.h"

/* The zone whose figures are added, and under what names. */
struct zone_names {
	struct mmi_named_values *values;
	const char *label;
	int nid;
	const char *zone;
};

static void add_field(const struct zone_names *names, const char *field, uint64_t value)
{
	mmi_named_values_add_number(names->values, 0, value, MMI_FIGURE_ZONE, names->label,
				    names->nid, names->zone, field);
}

static void add_protection(const struct zone_names *names, const struct mmi_geometry *geometry,
			   const struct mmi_zone_counts *zone)
{
	char value[128] = "";
	size_t length = 0;

	for (int z = 0; z < MMI_NR_ZONES; z++)
		if (mmi_arch_has_zone(geometry, z))
			length += (size_t)snprintf(value + length, sizeof(value) - length, "%s%llu",
						   length ? " " : "",
						   (unsigned long long)zone->protection_pages[z]);
	mmi_named_values_add(names->values, 0, value, MMI_FIGURE_ZONE, names->label, names->nid,
			     names->zone, "protection");
}

static void add_cpu_field(const struct zone_names *names, unsigned cpu, const char *field,
			  uint64_t value)
{
	mmi_named_values_add_number(names->values, 0, value, MMI_FIGURE_CPU, names->label,
				    names->nid, names->zone, cpu, field);
}

/* From 6.12 on "high" tunes itself between two bounds; 7.x prints these. */
static void add_cpu(const struct zone_names *names, enum mmi_linux_version version, unsigned cpu,
		    const struct mmi_zone_counts *zone)
{
	if (version < MMI_LINUX_6_12) {
		add_cpu_field(names, cpu, "high", zone->pcp_high_min);
	} else {
		mmi_named_values_add(names->values, 0, "tunes itself", MMI_FIGURE_CPU, names->label,
				     names->nid, names->zone, cpu, "high");
		mmi_named_values_set_kind(names->values, MMI_VALUE_UNKNOWN);
	}
	if (version >= MMI_LINUX_7_X) {
		add_cpu_field(names, cpu, "high_min", zone->pcp_high_min);
		add_cpu_field(names, cpu, "high_max", zone->pcp_high_max);
	}
	add_cpu_field(names, cpu, "batch", zone->pcp_batch);
	add_cpu_field(names, cpu, "stat threshold", zone->stat_threshold);
}

static void add_zone(const struct zone_names *names, const struct mmi_mem_counts *counts,
		     const struct mmi_zone_counts *zone)
{
	add_field(names, "min", zone->min_pages);
	add_field(names, "low", zone->low_pages);
	add_field(names, "high", zone->high_pages);
	if (counts->version >= MMI_LINUX_6_12)
		add_field(names, "promo", zone->promo_pages);
	add_field(names, "spanned", zone->nr_spanned_pages);
	add_field(names, "present", zone->nr_present_pages);
	add_field(names, "managed", zone->nr_managed_pages);
	add_protection(names, &counts->geometry, zone);
	if (!zone->nr_present_pages)
		return;
	for (unsigned cpu = 0; cpu < counts->nr_cpus; cpu++)
		add_cpu(names, counts->version, cpu, zone);
	add_field(names, "start_pfn", zone->start_pfn);
}

static void add_zones(struct mmi_our_figures *figures, const struct mmi_boot_model *model,
		      const char *label)
{
	const struct mmi_mem_counts *counts = &model->counts;

	for (size_t i = 0; i < counts->nr_nodes; i++) {
		for (int z = 0; counts->nodes[i].online && z < MMI_NR_ZONES; z++) {
			const struct mmi_zone_counts *zone = &counts->nodes[i].zones[z];
			const struct zone_names names = {.values = &figures->values,
							 .label = label,
							 .nid = counts->nodes[i].nid,
							 .zone = mmi_zone_type_name(z)};
			if (!mmi_arch_has_zone(&counts->geometry, z))
				continue;
			add_zone(&names, counts, zone);
			if (zone->nr_present_pages)
				mmi_named_values_add_number(
				    &figures->values, 0, mmi_model_pageblocks(model, i, z),
				    MMI_FIGURE_PAGEBLOCKS, label, names.nid, names.zone);
		}
	}
}

static void add_totals(struct mmi_our_figures *figures, const struct mmi_boot_model *model,
		       const char *label)
{
	const uint64_t page_kib = 1ull << (model->machine->geometry.page_shift - 10);
	uint64_t nr_managed = model->nr_lost_pages;

	for (size_t i = 0; i < model->counts.nr_nodes; i++)
		for (int z = 0; z < MMI_NR_ZONES; z++)
			nr_managed += model->counts.nodes[i].zones[z].nr_managed_pages;
	mmi_named_values_add_number(&figures->values, 0, nr_managed * page_kib,
				    MMI_FIGURE_MEM_TOTAL, label);
	mmi_named_values_add_number(&figures->values, 0, model->counts.min_free_kbytes,
				    MMI_FIGURE_MIN_FREE, label);
	mmi_named_values_add_number(&figures->values, 0, model->machine->memory_block_bytes,
				    MMI_FIGURE_BLOCK_SIZE, label);
}

/*
 * The zones of a block as sysfs lists them: its own when it is online; else the one it would come
 * online in without a wish, then the others that it could.
 */
static void print_zones(char *text, size_t size_bytes, const struct mmi_boot_model *model,
			const struct mmi_memory_block *block)
{
	const uint64_t block_pages = model->blocks.block_pages;
	const uint64_t start_pfn = block->number * block_pages;
	enum mmi_zone_type zones[MMI_VALID_ZONES];
	size_t length = 0;

	if (block->online) {
		snprintf(text, size_bytes, "%s",
			 block->zone < 0 ? "none"
					 : mmi_zone_type_name((enum mmi_zone_type)block->zone));
		return;
	}
	const unsigned nr = mmi_online_zones(&model->counts, block->node, start_pfn,
					     start_pfn + block_pages, zones);
	for (unsigned i = 0; i < nr; i++)
		length += (size_t)snprintf(text + length, size_bytes - length, "%s%s", i ? " " : "",
					   mmi_zone_type_name(zones[i]));
}

static void add_blocks(struct mmi_our_figures *figures, const struct mmi_boot_model *model,
		       const char *label)
{
	for (size_t i = 0; i < model->blocks.nr; i++) {
		const struct mmi_memory_block *block = &model->blocks.items[i];
		char zones[64], value[96];
		print_zones(zones, sizeof(zones), model, block);
		snprintf(value, sizeof(value), "%s node%d %s", block->online ? "online" : "offline",
			 model->counts.nodes[block->node].nid, zones);
		mmi_named_values_add(&figures->values, 0, value, MMI_FIGURE_BLOCK, label,
				     (unsigned long long)block->number);
	}
}

void mmi_our_step(void *user, const struct mmi_boot_model *model, size_t step)
{
	struct mmi_our_figures *figures = user;
	const struct mmi_log_step *log_step = &model->facts->steps[step];

	add_zones(figures, model, log_step->label);
	add_totals(figures, model, log_step->label);
	add_blocks(figures, model, log_step->label);
	mmi_our_frames(figures, model, log_step);
}
