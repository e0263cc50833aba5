/* SPDX-License-Identifier: MIT */
/* An audit as text, and as rows with commas. */
#include <inttypes.h>

#include "report/text.h"

static void print_totals(FILE *out, const struct mmi_audit *audit)
{
	fprintf(out, "\n%-18s %6s %10s %14s\n", "found", "node", "places", "in all");
	for (int kind = 0; kind < MMI_NR_AUDIT_KINDS; kind++)
		for (size_t i = 0; i < audit->layout->machine->nr_nodes; i++) {
			const struct mmi_audit_count *count = &audit->nodes[i].kinds[kind];
			if (count->nr_places)
				fprintf(out, "%-18s %6d %10" PRIu64 " %14" PRIu64 " %s\n",
					mmi_audit_kind_name(kind), audit->nodes[i].nid,
					count->nr_places, count->nr, mmi_audit_kind_unit(kind));
		}
}

static void print_nodes(FILE *out, const struct mmi_audit *audit)
{
	fprintf(out, "\n%6s %8s %8s %16s\n", "node", "threads", "jobs", "deferred pages");
	for (size_t i = 0; i < audit->layout->machine->nr_nodes; i++) {
		const struct mmi_audit_node *node = &audit->nodes[i];
		if (node->nr_jobs)
			fprintf(out, "%6d %8u %8" PRIu64 " %16" PRIu64 "\n", node->nid,
				node->max_threads, node->nr_jobs, node->nr_deferred_pages);
	}
}

/* What a place has to do with, in words. */
static void print_other(FILE *out, const struct mmi_audit_place *place)
{
	if (place->kind == MMI_AUDIT_MIDBLOCK_FREE)
		fprintf(out, "  before [0x%" PRIx64 ", 0x%" PRIx64 ") of node %d",
			place->other_start_pfn, place->other_end_pfn, place->other_nid);
	if (place->kind == MMI_AUDIT_UNINIT_READ)
		fprintf(out, "  of node %d, to merge [0x%" PRIx64 ", 0x%" PRIx64 ")",
			place->other_nid, place->other_start_pfn, place->other_end_pfn);
	if (place->is_race)
		fputs(", if that node is slower", out);
}

static void print_place(FILE *out, const struct mmi_audit_place *place)
{
	char start[24], end[24];

	/* printf's "#" would leave out the 0x of a 0. */
	snprintf(start, sizeof(start), "0x%" PRIx64, place->start_pfn);
	snprintf(end, sizeof(end), "0x%" PRIx64, place->end_pfn);
	fprintf(out, "%6d %-8s %14s %14s %12" PRIu64, place->nid, mmi_zone_type_name(place->zone),
		start, end, place->nr);
	print_other(out, place);
	fputc('\n', out);
}

static void print_kind(FILE *out, const struct mmi_audit *audit, enum mmi_audit_kind kind)
{
	const uint64_t first = audit->first_place[kind], last = audit->first_place[kind + 1];
	const uint64_t nr_places = audit->totals[kind].nr_places;

	if (!nr_places)
		return;
	fprintf(out, "\n%s: %s\n", mmi_audit_kind_name(kind),
		mmi_audit_rule(kind, audit->layout->machine->linux_version));
	if (first < last)
		fprintf(out, "%6s %-8s %14s %14s %12s\n", "node", "zone", "start_pfn", "end_pfn",
			mmi_audit_kind_unit(kind));
	for (uint64_t i = first; i < last; i++)
		print_place(out, &audit->places[i]);
	if (last - first < nr_places)
		fprintf(out, "%6s and %" PRIu64 " more (--limit)\n", "...",
			nr_places - (last - first));
}

void mmi_report_audit_text(FILE *out, const struct mmi_report_source *source,
			   const struct mmi_audit *audit, const struct mmi_report_style *style)
{
	const bool is_clean = mmi_audit_is_clean(audit);

	mmi_text_machine(out, source);
	fputs("audit     ", out);
	mmi_text_coloured(out, is_clean ? MMI_COLOUR_GOOD : MMI_COLOUR_BAD,
			  is_clean ? "nothing found" : "found", style);
	fprintf(out, ": how Linux %s would initialise this machine\n",
		mmi_linux_version_name(source->machine->linux_version));
	print_nodes(out, audit);
	if (is_clean)
		return;
	print_totals(out, audit);
	for (int kind = 0; kind < MMI_NR_AUDIT_KINDS; kind++)
		print_kind(out, audit, kind);
}

void mmi_report_audit_csv(FILE *out, const struct mmi_audit *audit)
{
	fputs("kind,nid,zone,start_pfn,end_pfn,nr,other_nid,other_start_pfn,other_end_pfn,race\n",
	      out);
	for (uint64_t i = 0; i < audit->nr_places; i++) {
		const struct mmi_audit_place *place = &audit->places[i];
		fprintf(
		    out,
		    "%s,%d,%s,%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%d,%" PRIu64 ",%" PRIu64 ",%d\n",
		    mmi_audit_kind_name(place->kind), place->nid, mmi_zone_type_name(place->zone),
		    place->start_pfn, place->end_pfn, place->nr, place->other_nid,
		    place->other_start_pfn, place->other_end_pfn, place->is_race);
	}
}
