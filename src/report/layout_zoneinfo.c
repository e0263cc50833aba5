/* SPDX-License-Identifier: MIT */
/*
 * /proc/zoneinfo, as the kernel would print it of this machine when the memory just initialised is
 * handed over and nothing is allocated.  Statistics of use (nr_anon_pages, numa_hit, ...) do not
 * exist here and are left out.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "mminit/figures.h"
#include "mminit/report.h"

/* Below this the kernel does without huge pages, and does not raise min_free_kbytes for them. */
#define HUGE_PAGES_MIN_BYTES ((uint64_t)512 << 20)

static void count_zone(struct mmi_zone_counts *counts, const struct mmi_zone *zone)
{
	counts->start_pfn = zone->start_pfn;
	counts->nr_spanned_pages = zone->nr_spanned_pages;
	counts->nr_present_pages = zone->nr_present_pages;
	counts->nr_managed_pages = zone->nr_managed_pages;
}

/* Fills @counts, whose nodes[] has room for all of @mem's; returns all managed pages. */
static uint64_t count_zones(struct mmi_mem_counts *counts, const struct mmi_mem *mem)
{
	uint64_t nr_managed_pages = 0;

	for (size_t i = 0; i < mem->nr_nodes; i++) {
		const struct mmi_machine_node *node = &mem->machine->nodes[i];
		counts->nodes[i].nid = node->nid;
		counts->nodes[i].online = node->online;
		counts->nodes[i].has_memory = node->nr_present_pages > 0;
		counts->nodes[i].nr_cpus = node->nr_cpus;
		for (int z = 0; z < MMI_NR_ZONES; z++) {
			count_zone(&counts->nodes[i].zones[z], &mem->nodes[i].zones[z]);
			nr_managed_pages += mem->nodes[i].zones[z].nr_managed_pages;
		}
	}
	return nr_managed_pages;
}

/* The figures as boot leaves them: computed once, then raised for huge pages. */
static void compute_figures(struct mmi_mem_counts *counts, uint64_t nr_managed_pages)
{
	mmi_watermarks_set(counts, mmi_min_free_kbytes(counts));
	mmi_pcp_set(counts);
	mmi_stat_thresholds_set(counts);
	mmi_protection_set(counts);
	if (nr_managed_pages << counts->geometry.page_shift < HUGE_PAGES_MIN_BYTES)
		return;
	mmi_watermarks_set(counts, mmi_min_free_raised_kbytes(counts));
	mmi_pcp_set(counts);
}

static void print_field(FILE *out, const char *name, uint64_t value)
{
	fprintf(out, "        %-8s %" PRIu64 "\n", name, value);
}

static void print_protection(FILE *out, const struct mmi_geometry *g,
			     const struct mmi_zone_counts *zone)
{
	const char *separator = "";

	fputs("        protection: (", out);
	for (int z = 0; z < MMI_NR_ZONES; z++) {
		if (!mmi_arch_has_zone(g, z))
			continue;
		fprintf(out, "%s%" PRIu64, separator, zone->protection_pages[z]);
		separator = ", ";
	}
	fputs(")\n", out);
}

static void print_pages(FILE *out, const struct mmi_mem_counts *counts,
			const struct mmi_zone_counts *zone, uint64_t nr_free_pages)
{
	fprintf(out, "  pages free     %" PRIu64 "\n", nr_free_pages);
	print_field(out, "boost", 0);
	print_field(out, "min", zone->min_pages);
	print_field(out, "low", zone->low_pages);
	print_field(out, "high", zone->high_pages);
	if (counts->version >= MMI_LINUX_6_12)
		print_field(out, "promo", zone->promo_pages);
	print_field(out, "spanned", zone->nr_spanned_pages);
	print_field(out, "present", zone->nr_present_pages);
	print_field(out, "managed", zone->nr_managed_pages);
	print_field(out, "cma", 0);
	print_protection(out, &counts->geometry, zone);
}

/* A CPU's list that was not used yet: from 6.12 on its high starts at 0 and tunes itself. */
static void print_pageset(FILE *out, enum mmi_linux_version version,
			  const struct mmi_zone_counts *zone, unsigned cpu)
{
	const uint64_t high = version >= MMI_LINUX_6_12 ? 0 : zone->pcp_high_min;

	fprintf(out, "    cpu: %u\n", cpu);
	if (version >= MMI_LINUX_7_X)
		fprintf(out,
			"              count:    0\n"
			"              high:     %" PRIu64 "\n"
			"              batch:    %" PRIu64 "\n"
			"              high_min: %" PRIu64 "\n"
			"              high_max: %" PRIu64 "\n",
			high, zone->pcp_batch, zone->pcp_high_min, zone->pcp_high_max);
	else
		fprintf(out,
			"              count: 0\n"
			"              high:  %" PRIu64 "\n"
			"              batch: %" PRIu64 "\n",
			high, zone->pcp_batch);
	fprintf(out, "  vm stats threshold: %u\n", zone->stat_threshold);
}

static void print_zone(FILE *out, const struct mmi_mem_counts *counts, const struct mmi_zone *zone,
		       const struct mmi_zone_counts *figures)
{
	fprintf(out, "Node %d, zone %8s\n", zone->nid, mmi_zone_type_name(zone->type));
	print_pages(out, counts, figures, zone->nr_free_pages);
	if (!mmi_zone_is_populated(zone))
		return;
	fprintf(out, "      nr_free_pages %" PRIu64 "\n  pagesets\n", zone->nr_free_pages);
	for (unsigned cpu = 0; cpu < counts->nr_cpus; cpu++)
		print_pageset(out, counts->version, figures, cpu);
	fprintf(out, "  node_unreclaimable:  0\n  start_pfn:           %" PRIu64 "\n",
		zone->start_pfn);
	if (counts->version >= MMI_LINUX_7_X)
		fputs("  reserved_highatomic: 0\n  free_highatomic:     0\n", out);
}

int mmi_report_zoneinfo(FILE *out, const struct mmi_mem *mem)
{
	struct mmi_mem_counts counts = {
	    .geometry = mem->machine->geometry,
	    .version = mem->machine->linux_version,
	    .nodes = calloc(mem->nr_nodes, sizeof(*counts.nodes)),
	    .nr_nodes = mem->nr_nodes,
	    .nr_cpus = (unsigned)mem->machine->nr_cpus,
	};

	if (!counts.nodes)
		return -ENOMEM;
	compute_figures(&counts, count_zones(&counts, mem));
	for (size_t i = 0; i < mem->nr_nodes; i++)
		for (int z = 0; z < MMI_NR_ZONES; z++)
			if (counts.nodes[i].online && mmi_arch_has_zone(&counts.geometry, z))
				print_zone(out, &counts, &mem->nodes[i].zones[z],
					   &counts.nodes[i].zones[z]);
	free(counts.nodes);
	return 0;
}
