/* SPDX-License-Identifier: MIT */
/* A plan as text: zones, what is early and deferred, who owns which chunks. */
#include <inttypes.h>

#include "report/text.h"

/* A PFN, right-aligned.  (printf's "#" would leave out the 0x of a 0.) */
static void print_pfn(FILE *out, int width, uint64_t pfn)
{
	char text[24];

	snprintf(text, sizeof(text), "0x%" PRIx64, pfn);
	fprintf(out, " %*s", width, text);
}

static void print_zone(FILE *out, int nid, int type, const struct mmi_zone_span *span)
{
	fprintf(out, "%6d %-8s", nid, mmi_zone_type_name(type));
	print_pfn(out, 14, span->start_pfn);
	print_pfn(out, 14, span->end_pfn);
	fprintf(out, " %12" PRIu64 " %12" PRIu64 "\n", span->end_pfn - span->start_pfn,
		span->nr_present_pages);
}

static void print_zones(FILE *out, const struct mmi_layout *layout)
{
	fprintf(out, "\nzones\n%6s %-8s %14s %14s %12s %12s\n", "node", "zone", "start_pfn",
		"end_pfn", "spanned", "present");
	for (size_t i = 0; i < layout->machine->nr_nodes; i++)
		for (int z = 0; z < MMI_NR_ZONES; z++)
			if (layout->nodes[i].zones[z].nr_present_pages)
				print_zone(out, layout->nodes[i].nid, z,
					   &layout->nodes[i].zones[z]);
}

/*
 * "Held back" is early by Linux's rule and yet in a chunk here, because the rest of its section
 * is deferred.
 */
static void print_splits(FILE *out, const struct mmi_plan *plan)
{
	const struct mmi_machine *machine = plan->layout->machine;

	fprintf(out, "\nearly and deferred pages\n%6s %12s %12s %12s %18s %12s\n", "node",
		"present", "early", "deferred", "first_deferred_pfn", "held back");
	for (size_t i = 0; i < machine->nr_nodes; i++) {
		const struct mmi_node_split *split = &plan->splits[i];
		fprintf(out, "%6d %12" PRIu64 " %12" PRIu64 " %12" PRIu64, split->nid,
			machine->nodes[i].nr_present_pages, split->nr_early_pages,
			split->nr_deferred_pages);
		if (split->has_deferred)
			print_pfn(out, 18, split->first_deferred_pfn);
		else
			fprintf(out, " %18s", "-");
		fprintf(out, " %12" PRIu64 "\n", split->nr_held_back_pages);
	}
}

static void print_chunk(FILE *out, const struct mmi_chunk *chunk)
{
	fprintf(out, " [0x%" PRIx64 ", 0x%" PRIx64 ")", chunk->start_pfn, chunk->end_pfn);
}

static void print_group(FILE *out, const struct mmi_plan *plan, const struct mmi_group *group)
{
	const unsigned page_shift = plan->layout->machine->geometry.page_shift;
	const struct mmi_chunk *chunks = &plan->chunks[group->first_chunk];
	char size[MMI_REPORT_UNIT_BYTES];

	fprintf(out, "%6d ", group->nid);
	if (group->server_nid < 0)
		fprintf(out, "%9s", "any");
	else
		fprintf(out, "%9d", group->server_nid);
	fprintf(out, " %7u %8" PRIu64 " %10s %8" PRIu32 " %12" PRIu64 " ", group->nr_threads,
		group->nr_chunks, mmi_report_size(size, group->chunk_pages << page_shift),
		group->nr_units, group->nr_present_pages);
	print_chunk(out, &chunks[0]);
	if (group->nr_chunks > 1) {
		fputs(" ..", out);
		print_chunk(out, &chunks[group->nr_chunks - 1]);
	}
	fputc('\n', out);
}

static void print_groups(FILE *out, const struct mmi_plan *plan)
{
	const unsigned page_shift = plan->layout->machine->geometry.page_shift;
	char size[MMI_REPORT_UNIT_BYTES];

	fprintf(out, "\nchunks, of units of %s; in all: %" PRIu64 "\n",
		mmi_report_size(size, plan->unit_pages << page_shift), plan->nr_chunks);
	if (!plan->nr_groups)
		return;
	fprintf(out, "%6s %9s %7s %8s %10s %8s %12s  %s\n", "owner", "served by", "threads",
		"chunks", "chunk", "units", "pages", "first .. last");
	for (size_t i = 0; i < plan->nr_groups; i++)
		print_group(out, plan, &plan->groups[i]);
}

static void print_all_chunks(FILE *out, const struct mmi_plan *plan)
{
	fprintf(out, "\nevery chunk\n%8s %6s %14s %14s %8s\n", "chunk", "owner", "start_pfn",
		"end_pfn", "units");
	for (size_t i = 0; i < plan->nr_groups; i++) {
		const struct mmi_group *group = &plan->groups[i];
		for (uint64_t c = 0; c < group->nr_chunks; c++) {
			const struct mmi_chunk *chunk = &plan->chunks[group->first_chunk + c];
			fprintf(out, "%8" PRIu64 " %6d", group->first_chunk + c, group->nid);
			print_pfn(out, 14, chunk->start_pfn);
			print_pfn(out, 14, chunk->end_pfn);
			fprintf(out, " %8" PRIu32 "\n", chunk->nr_units);
		}
	}
}

static void print_early_runs(FILE *out, const struct mmi_plan *plan)
{
	fprintf(out, "\nevery early run\n%15s %14s\n", "start_pfn", "end_pfn");
	for (size_t i = 0; i < plan->nr_early; i++) {
		print_pfn(out, 14, plan->early[i].start_pfn);
		print_pfn(out, 14, plan->early[i].end_pfn);
		fputc('\n', out);
	}
}

void mmi_report_plan_text(FILE *out, const struct mmi_report_plan *report,
			  const struct mmi_report_style *style)
{
	char memmap[MMI_REPORT_UNIT_BYTES], needed[MMI_REPORT_UNIT_BYTES];

	mmi_text_machine(out, &report->source);
	fprintf(out, "memory    memmap %s; needed to run %s\n",
		mmi_report_size(memmap, report->memmap_bytes),
		mmi_report_size(needed, report->needed_bytes));
	print_zones(out, report->layout);
	print_splits(out, report->plan);
	print_groups(out, report->plan);
	if (style->verbose) {
		print_all_chunks(out, report->plan);
		print_early_runs(out, report->plan);
	}
}
