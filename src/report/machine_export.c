/* SPDX-License-Identifier: MIT */
/* A machine as a file that every command reads: mminit-machine(5). */
#include <inttypes.h>

#include "mminit/report.h"

static void print_origin(FILE *out, const struct mmi_report_source *source)
{
	const struct mmi_input_info *info = source->info;

	fprintf(out, "# from %s: %s%s%s\n", source->name, info->format_name,
		info->sources[0] ? ", " : "", info->sources);
	if (info->notes[0])
		fprintf(out, "# %s\n", info->notes);
}

static void print_geometry(FILE *out, const struct mmi_machine *machine)
{
	const struct mmi_geometry *g = &machine->geometry;

	fprintf(out, "arch %s\nlinux %s\n", mmi_arch_name(g->arch),
		mmi_linux_version_name(machine->linux_version));
	for (int zone = 0; zone < MMI_NR_ZONES; zone++) {
		const uint64_t end_pfn = zone == MMI_ZONE_DMA ? g->dma_end_pfn : g->dma32_end_pfn;
		if (!(g->zone_mask >> zone & 1))
			continue;
		fprintf(out, "zone %s", mmi_zone_type_name(zone));
		if (zone <= MMI_ZONE_DMA32)
			fprintf(out, " end 0x%" PRIx64, end_pfn << g->page_shift);
		fputc('\n', out);
	}
	fprintf(out, "memory-block 0x%" PRIx64 "\n", machine->memory_block_bytes);
}

/* CPUs node by node as they are numbered; the last of a node are those that share a core. */
static void print_cpus(FILE *out, const struct mmi_machine *machine)
{
	size_t nr_left
	    [MMI_MAX_NODES]; /* CPUs of a node, by index, that still have a core of their own */

	for (size_t i = 0; i < machine->nr_nodes; i++) {
		const struct mmi_machine_node *node = &machine->nodes[i];
		nr_left[i] = node->nr_cores;
		fprintf(out, "node %d%s\n", node->nid, node->online ? " online" : "");
	}
	for (size_t first = 0, end; first < machine->nr_cpus; first = end) {
		const int nid = machine->cpu_nids[first];
		size_t *left = &nr_left[mmi_machine_node_index(machine, nid)];
		for (end = first + 1; end < machine->nr_cpus && machine->cpu_nids[end] == nid;)
			end++;
		fprintf(out, "cpus %zu-%zu node %d\n", first, end - 1, nid);
		const size_t nr_cores = *left < end - first ? *left : end - first;
		*left -= nr_cores;
		if (nr_cores < end - first)
			fprintf(out, "siblings %zu-%zu\n", first + nr_cores, end - 1);
	}
}

static void print_range(FILE *out, const char *word, uint64_t start_pfn, uint64_t end_pfn,
			unsigned page_shift)
{
	fprintf(out, "%s 0x%" PRIx64 "-0x%" PRIx64, word, start_pfn << page_shift,
		end_pfn << page_shift);
}

static void print_flags(FILE *out, uint32_t flags)
{
	if (flags & MMI_MEM_HOTPLUG)
		fputs(" hotplug", out);
	if (flags & MMI_MEM_MIRROR)
		fputs(" mirror", out);
	if (flags & MMI_MEM_NOMAP)
		fputs(" nomap", out);
	if (flags & MMI_MEM_DRIVER_MANAGED)
		fputs(" driver-managed", out);
}

static void print_node_ranges(FILE *out, const char *word, const struct mmi_mem_range *ranges,
			      size_t nr, unsigned page_shift)
{
	for (size_t i = 0; i < nr; i++) {
		print_range(out, word, ranges[i].start_pfn, ranges[i].end_pfn, page_shift);
		fprintf(out, " node %d", ranges[i].nid);
		print_flags(out, ranges[i].flags);
		fputc('\n', out);
	}
}

static void print_ranges(FILE *out, const struct mmi_machine *machine)
{
	const unsigned shift = machine->geometry.page_shift;

	print_node_ranges(out, "memory", machine->memory, machine->nr_memory, shift);
	for (size_t i = 0; i < machine->nr_reserved; i++) {
		const struct mmi_pfn_range *range = &machine->reserved[i];
		print_range(out, "reserved", range->start_pfn, range->end_pfn, shift);
		fputc('\n', out);
	}
	print_node_ranges(out, "window", machine->windows, machine->nr_windows, shift);
	for (size_t i = 0; i < machine->nr_persistent; i++) {
		const struct mmi_mem_range *range = &machine->persistent[i];
		print_range(out, "persistent", range->start_pfn, range->end_pfn, shift);
		fputc('\n', out);
	}
}

static void print_distances(FILE *out, const struct mmi_machine *machine)
{
	const size_t nr = machine->nr_nodes;

	fputs("distances", out);
	for (size_t i = 0; i < nr; i++)
		fprintf(out, " %d", machine->nodes[i].nid);
	for (size_t i = 0; i < nr * nr; i++)
		fprintf(out, "%s %u", i % nr ? "" : "\ndistance", machine->distances[i]);
	fputc('\n', out);
}

static void print_amount(FILE *out, const char *word, const struct mmi_amount *amount)
{
	if (amount->unit != MMI_AMOUNT_NONE)
		fprintf(out, "%s %" PRIu64 "%s\n", word, amount->value,
			amount->unit == MMI_AMOUNT_PAGES ? "p" : "%");
}

void mmi_report_machine_file(FILE *out, const struct mmi_report_source *source, bool anonymous)
{
	const struct mmi_machine *machine = source->machine;

	fputs("mminit-machine 1\n", out);
	if (!anonymous)
		print_origin(out, source);
	print_geometry(out, machine);
	print_cpus(out, machine);
	print_ranges(out, machine);
	print_distances(out, machine);
	print_amount(out, "kernelcore", &machine->kernelcore);
	print_amount(out, "movablecore", &machine->movablecore);
}
