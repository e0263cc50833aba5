/* SPDX-License-Identifier: MIT */
/*
 * A machine as options of qemu-system-*.
 *
 * The emulator lays a node's memory out behind that of the node before, with its board's own
 * holes.  So what is kept is each node's size, CPUs and distances.  Small holes inside a node are
 * memory that somebody reserved: they count as memory and come back through the kernel's memmap=.
 */
#include <errno.h>
#include <inttypes.h>

#include "mminit/report.h"

#define MIB                ((uint64_t)1 << 20)
#define QEMU_MAX_NODES     128
#define QEMU_MAX_DISTANCE  254
#define SMALL_HOLE_BYTES   (128 * MIB)
#define FIRMWARE_END_BYTES MIB /* what is missing below, the board's firmware takes */

/* A hole that ends where @range begins and counts as memory of its node; 0: none. */
static uint64_t small_hole_bytes(const struct mmi_machine *machine, size_t range)
{
	const unsigned page_shift = machine->geometry.page_shift;
	const struct mmi_mem_range *memory = machine->memory;

	if (!range || memory[range - 1].nid != memory[range].nid)
		return 0;
	const uint64_t hole_bytes = (memory[range].start_pfn - memory[range - 1].end_pfn)
				    << page_shift;
	return hole_bytes <= SMALL_HOLE_BYTES ? hole_bytes : 0;
}

static uint64_t node_bytes(const struct mmi_machine *machine, int nid)
{
	const unsigned page_shift = machine->geometry.page_shift;
	uint64_t size_bytes = 0;

	for (size_t i = 0; i < machine->nr_memory; i++) {
		const struct mmi_mem_range *range = &machine->memory[i];
		if (range->nid == nid)
			size_bytes += ((range->end_pfn - range->start_pfn) << page_shift) +
				      small_hole_bytes(machine, i);
	}
	return mmi_align_up(size_bytes, MIB);
}

/* A size or an address in the largest unit that divides it. */
static void print_bytes(FILE *out, uint64_t bytes)
{
	if (bytes % ((MIB << 10)) == 0)
		fprintf(out, "%" PRIu64 "G", bytes / ((MIB << 10)));
	else if (bytes % MIB == 0)
		fprintf(out, "%" PRIu64 "M", bytes / MIB);
	else
		fprintf(out, "%" PRIu64 "K", bytes / 1024);
}

/* -m: what is there at boot, and room for what may be added. */
static void print_memory(FILE *out, const struct mmi_machine *machine)
{
	uint64_t present_bytes = 0, window_bytes = 0;

	for (size_t i = 0; i < machine->nr_nodes; i++)
		present_bytes += node_bytes(machine, machine->nodes[i].nid);
	for (size_t i = 0; i < machine->nr_windows; i++)
		window_bytes += (machine->windows[i].end_pfn - machine->windows[i].start_pfn)
				<< machine->geometry.page_shift;
	fputs(" -m ", out);
	print_bytes(out, present_bytes);
	if (window_bytes) {
		fprintf(out, ",slots=%zu,maxmem=", machine->nr_windows);
		print_bytes(out, present_bytes + window_bytes);
	}
}

static void print_cpus(FILE *out, const struct mmi_machine *machine, int nid)
{
	for (size_t first = 0; first < machine->nr_cpus; first++) {
		size_t last = first;
		if (machine->cpu_nids[first] != nid)
			continue;
		while (last + 1 < machine->nr_cpus && machine->cpu_nids[last + 1] == nid)
			last++;
		if (last == first)
			fprintf(out, ",cpus=%zu", first);
		else
			fprintf(out, ",cpus=%zu-%zu", first, last);
		first = last;
	}
}

static void print_node(FILE *out, const struct mmi_machine *machine, int nid)
{
	const uint64_t size_bytes = node_bytes(machine, nid);

	if (size_bytes) {
		fprintf(out, " -object memory-backend-ram,id=m%d,size=", nid);
		print_bytes(out, size_bytes);
	}
	fprintf(out, " -numa node,nodeid=%d", nid);
	print_cpus(out, machine, nid);
	if (size_bytes)
		fprintf(out, ",memdev=m%d", nid);
}

/* The emulator's own distances are ours where nothing else is known; it mirrors what is given. */
static void print_distances(FILE *out, const struct mmi_machine *machine)
{
	bool all_default = true;

	for (size_t i = 0; i < machine->nr_nodes * machine->nr_nodes; i++)
		if (machine->distances[i] != MMI_REMOTE_DISTANCE &&
		    i % (machine->nr_nodes + 1) != 0)
			all_default = false;
	if (all_default)
		return;
	for (size_t i = 0; i < machine->nr_nodes; i++)
		for (size_t j = 0; j < machine->nr_nodes; j++) {
			const unsigned there = machine->distances[i * machine->nr_nodes + j];
			const unsigned back = machine->distances[j * machine->nr_nodes + i];
			if (j > i || (j < i && there != back))
				fprintf(out, " -numa dist,src=%d,dst=%d,val=%u",
					machine->nodes[i].nid, machine->nodes[j].nid, there);
		}
}

static void print_holes(FILE *out, const struct mmi_machine *machine)
{
	const unsigned page_shift = machine->geometry.page_shift;
	unsigned nr_holes = 0;

	if (machine->geometry.arch != MMI_ARCH_X86_64) /* memmap= is x86's */
		return;
	for (size_t i = 0; i < machine->nr_memory; i++) {
		const uint64_t hole_bytes = small_hole_bytes(machine, i);
		const uint64_t end = machine->memory[i].start_pfn << page_shift;
		if (!hole_bytes || end <= FIRMWARE_END_BYTES)
			continue;
		fputs(nr_holes++ ? " memmap=" : " -append 'memmap=", out);
		print_bytes(out, hole_bytes);
		fputc('$', out);
		print_bytes(out, end - hole_bytes);
	}
	if (nr_holes)
		fputc('\'', out);
}

static int check_supported(const struct mmi_machine *machine, struct mmi_error *err)
{
	for (size_t i = 0; i < machine->nr_nodes; i++)
		if (machine->nodes[i].nid >= QEMU_MAX_NODES)
			return mmi_error_set(err, -ENOTSUP,
					     "node %d: expected node ids below %d, which is all "
					     "that the emulator has",
					     machine->nodes[i].nid, QEMU_MAX_NODES);
	for (size_t i = 0; i < machine->nr_nodes * machine->nr_nodes; i++)
		if (machine->distances[i] > QEMU_MAX_DISTANCE)
			return mmi_error_set(err, -ENOTSUP,
					     "distance %u: expected at most %d, which is all that "
					     "the emulator has",
					     machine->distances[i], QEMU_MAX_DISTANCE);
	return 0;
}

int mmi_report_qemu(FILE *out, const struct mmi_machine *machine, struct mmi_error *err)
{
	const int ret = check_supported(machine, err);

	if (ret)
		return ret;
	fprintf(out, "-smp %zu", machine->nr_cpus ? machine->nr_cpus : 1);
	print_memory(out, machine);
	if (machine->nr_nodes > 1) {
		for (size_t i = 0; i < machine->nr_nodes; i++)
			print_node(out, machine, machine->nodes[i].nid);
		print_distances(out, machine);
	}
	print_holes(out, machine);
	fputc('\n', out);
	return 0;
}
