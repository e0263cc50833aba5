/* SPDX-License-Identifier: MIT */
/* /proc/buddyinfo and /proc/pagetypeinfo, as the kernel would print them of this machine. */
#include "mminit/report.h"

/* The kernel stops counting the blocks of one list here, so as not to hold the lock for long. */
#define PAGETYPEINFO_MAX_COUNT 100000

static const char *const type_names[MMI_NR_MIGRATETYPES] = {
    [MMI_MIGRATE_UNMOVABLE] = "Unmovable",
    [MMI_MIGRATE_MOVABLE] = "Movable",
    [MMI_MIGRATE_RECLAIMABLE] = "Reclaimable",
    [MMI_MIGRATE_HIGHATOMIC] = "HighAtomic",
    [MMI_MIGRATE_CMA] = "CMA",
    [MMI_MIGRATE_ISOLATE] = "Isolate",
};

/* Debian's kernels for amd64 are built with CMA since 7.x only. */
static bool has_type(const struct mmi_machine *machine, int type)
{
	return type != MMI_MIGRATE_CMA || machine->geometry.arch != MMI_ARCH_X86_64 ||
	       machine->linux_version >= MMI_LINUX_7_X;
}

int mmi_report_buddyinfo(FILE *out, const struct mmi_mem *mem)
{
	const unsigned max_order = mem->machine->geometry.max_page_order;

	for (size_t i = 0; i < mem->nr_nodes; i++)
		for (int z = 0; z < MMI_NR_ZONES; z++) {
			const struct mmi_zone *zone = &mem->nodes[i].zones[z];
			if (!mmi_zone_is_populated(zone))
				continue;
			fprintf(out, "Node %d, zone %8s ", zone->nid, mmi_zone_type_name(z));
			for (unsigned order = 0; order <= max_order; order++)
				fprintf(out, "%6llu ",
					(unsigned long long)zone->areas[order].nr_free);
			fputc('\n', out);
		}
	return 0;
}

static void print_list_count(FILE *out, const struct mmi_list *list)
{
	uint64_t nr_blocks = 0;

	for (const struct mmi_list *entry = list->next;
	     entry != list && nr_blocks < PAGETYPEINFO_MAX_COUNT; entry = entry->next)
		nr_blocks++;
	fprintf(out, "%s%6llu ", nr_blocks == PAGETYPEINFO_MAX_COUNT ? ">" : "",
		(unsigned long long)nr_blocks);
}

static void print_free_counts(FILE *out, const struct mmi_machine *machine,
			      const struct mmi_zone *zone)
{
	for (int type = 0; type < MMI_NR_MIGRATETYPES; type++) {
		if (!has_type(machine, type))
			continue;
		fprintf(out, "Node %4d, zone %8s, type %12s ", zone->nid,
			mmi_zone_type_name(zone->type), type_names[type]);
		for (unsigned order = 0; order <= machine->geometry.max_page_order; order++)
			print_list_count(out, &zone->areas[order].lists[type]);
		fputc('\n', out);
	}
}

/* Pageblocks are counted from the zone's start, which need not be aligned to one. */
static void count_pageblocks(const struct mmi_mem *mem, const struct mmi_zone *zone,
			     uint64_t counts[MMI_NR_MIGRATETYPES])
{
	const struct mmi_memmap *map = &mem->map;
	const uint64_t end_pfn = zone->start_pfn + zone->nr_spanned_pages;
	const uint64_t step = mmi_pageblock_pages(&map->geometry);

	for (uint64_t pfn = zone->start_pfn; pfn < end_pfn; pfn += step) {
		pfn += mmi_align_up(mmi_memmap_next_present(map, pfn) - pfn, step);
		if (pfn >= end_pfn || !mmi_pfn_valid(map, pfn))
			continue;
		const uint64_t flags = mmi_pfn_page(map, pfn)->flags;
		if (mmi_flags_nid(flags) == zone->nid && mmi_flags_zone(flags) == zone->type)
			counts[mmi_pageblock_type(map, pfn)]++;
	}
}

static void print_block_counts(FILE *out, const struct mmi_mem *mem, const struct mmi_zone *zone)
{
	uint64_t counts[MMI_NR_MIGRATETYPES] = {0};

	count_pageblocks(mem, zone, counts);
	fprintf(out, "Node %d, zone %8s ", zone->nid, mmi_zone_type_name(zone->type));
	for (int type = 0; type < MMI_NR_MIGRATETYPES; type++)
		if (has_type(mem->machine, type))
			fprintf(out, "%12llu ", (unsigned long long)counts[type]);
	fputc('\n', out);
}

static void print_node_types(FILE *out, const struct mmi_mem *mem, const struct mmi_node *node)
{
	const struct mmi_geometry *g = &mem->machine->geometry;

	fprintf(out, "Page block order: %u\nPages per block:  %llu\n\n", g->pageblock_order,
		(unsigned long long)mmi_pageblock_pages(g));
	fprintf(out, "%-43s ", "Free pages count per migrate type at order");
	for (unsigned order = 0; order <= g->max_page_order; order++)
		fprintf(out, "%6u ", order);
	fputc('\n', out);
	for (int z = 0; z < MMI_NR_ZONES; z++)
		if (mmi_zone_is_populated(&node->zones[z]))
			print_free_counts(out, mem->machine, &node->zones[z]);
	fprintf(out, "\n%-23s", "Number of blocks type");
	for (int type = 0; type < MMI_NR_MIGRATETYPES; type++)
		if (has_type(mem->machine, type))
			fprintf(out, "%12s ", type_names[type]);
	fputc('\n', out);
	for (int z = 0; z < MMI_NR_ZONES; z++)
		if (mmi_zone_is_populated(&node->zones[z]))
			print_block_counts(out, mem, &node->zones[z]);
}

int mmi_report_pagetypeinfo(FILE *out, const struct mmi_mem *mem)
{
	for (size_t i = 0; i < mem->nr_nodes; i++)
		if (mem->nodes[i].nr_present_pages)
			print_node_types(out, mem, &mem->nodes[i]);
	return 0;
}
