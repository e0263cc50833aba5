/* SPDX-License-Identifier: MIT */
/* Placement as text: which host nodes stand for which, worker by worker, and where memmaps lie. */
#include <inttypes.h>

#include "report/text.h"

#define MAX_LISTED_NODES 8

/* "0 on 0, 1 on 0" */
void mmi_text_node_map(FILE *out, const struct mmi_report_run *report)
{
	const struct mmi_machine *machine = report->source.machine;
	const int *host_nids = report->placement->host_nids;
	size_t nr_moved = 0;

	for (size_t i = 0; i < machine->nr_nodes; i++)
		nr_moved += host_nids[i] != machine->nodes[i].nid;
	if (!nr_moved)
		return;
	fputs("nodes     on this host's:", out);
	for (size_t i = 0; i < machine->nr_nodes && i < MAX_LISTED_NODES; i++)
		fprintf(out, "%s %d on %d", i ? "," : "", machine->nodes[i].nid, host_nids[i]);
	fputs(machine->nr_nodes > MAX_LISTED_NODES ? ", ...\n" : "\n", out);
}

/* What workers did for other nodes, once their own was done. */
void mmi_text_stolen(FILE *out, const struct mmi_deferred_run *run)
{
	uint64_t nr_chunks = 0, nr_pages = 0;

	for (unsigned i = 0; i < run->nr_workers; i++) {
		nr_chunks += run->workers[i].nr_stolen_chunks;
		nr_pages += run->workers[i].nr_stolen_pages;
	}
	if (nr_chunks)
		fprintf(out,
			"stolen    by workers of other nodes: %" PRIu64 " chunks, %" PRIu64
			" pages\n",
			nr_chunks, nr_pages);
}

static void print_workers(FILE *out, const struct mmi_report_run *report)
{
	const struct mmi_deferred_run *run = &report->system->run;

	fprintf(out, "\n%6s %6s %6s %6s %6s  %-16s  %s\n", "worker", "node", "host", "bound",
		"stolen", "CPUs it got", "ran on");
	for (unsigned i = 0; i < run->nr_workers; i++) {
		const struct mmi_report_worker_place *place = &report->placement->workers[i];
		fprintf(out, "%6u %6d %6d %6s %6" PRIu64 "  %-16s  %s\n", run->workers[i].thread,
			run->workers[i].nid, place->host_nid, place->bound ? "yes" : "no",
			run->workers[i].nr_stolen_chunks, place->cpus[0] ? place->cpus : "?",
			place->ran_on[0] ? place->ran_on : "?");
	}
}

/* Host pages of node @nid's memmap, wherever they lie. */
static uint64_t pages_of(const struct mmi_report_placement *placement, int nid)
{
	uint64_t nr_pages = 0;

	for (size_t i = 0; i < placement->nr_memmap; i++)
		if (placement->memmap[i].nid == nid)
			nr_pages += placement->memmap[i].nr_pages;
	return nr_pages;
}

static void print_memmap(FILE *out, const struct mmi_report_placement *placement)
{
	if (!placement->memmap) {
		fputs("\nwhere memmaps lie this system does not say\n", out);
		return;
	}
	fprintf(out, "\n%6s %14s %11s %8s\n", "node", "memmap on host", "host pages", "share");
	for (size_t i = 0; i < placement->nr_memmap; i++) {
		const struct mmi_report_memmap_place *place = &placement->memmap[i];
		fprintf(out, "%6d %14d %11" PRIu64 " %7.2f%%\n", place->nid, place->host_nid,
			place->nr_pages,
			100.0 * (double)place->nr_pages / (double)pages_of(placement, place->nid));
	}
}

void mmi_text_placement(FILE *out, const struct mmi_report_run *report)
{
	print_workers(out, report);
	print_memmap(out, report->placement);
}
