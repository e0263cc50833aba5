/* SPDX-License-Identifier: MIT */
/* A run's nodes and a plan's chunks as rows with commas. */
#include "report/csv.h"

#include <inttypes.h>

#include "mminit/report.h"
#include "report/node_work.h"

void mmi_csv_text(FILE *out, const char *text)
{
	if (!text)
		return;
	fputc('"', out);
	for (; *text; text++) {
		if (*text == '"')
			fputc('"', out);
		fputc(*text, out);
	}
	fputc('"', out);
}

void mmi_report_run_csv(FILE *out, const struct mmi_report_run *report)
{
	const struct mmi_system *system = report->system;

	fputs("node,present,early,deferred,chunks,threads,init_pages,init_ns,ns_per_page,"
	      "gb_per_second\n",
	      out);
	for (size_t i = 0; i < report->source.machine->nr_nodes; i++) {
		const struct mmi_node_split *split = &system->plan.splits[i];
		const struct mmi_node_work work = mmi_node_work_of(system, split->nid);
		fprintf(out,
			"%d,%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%u,%" PRIu64 ",%" PRIu64
			",%.4f,%.4f\n",
			split->nid, report->source.machine->nodes[i].nr_present_pages,
			split->nr_early_pages, split->nr_deferred_pages, work.nr_chunks,
			work.nr_threads, work.nr_init_pages, work.init_ns,
			mmi_ns_per_page(work.init_ns, work.nr_init_pages),
			mmi_gb_per_second(work.init_ns, work.nr_init_pages));
	}
}

void mmi_report_plan_csv(FILE *out, const struct mmi_report_plan *report)
{
	const struct mmi_plan *plan = report->plan;

	fputs("node,server_node,start_pfn,end_pfn,units\n", out);
	for (size_t g = 0; g < plan->nr_groups; g++) {
		const struct mmi_group *group = &plan->groups[g];
		for (uint64_t c = 0; c < group->nr_chunks; c++) {
			const struct mmi_chunk *chunk = &plan->chunks[group->first_chunk + c];
			fprintf(out, "%d,%d,%" PRIu64 ",%" PRIu64 ",%" PRIu32 "\n", group->nid,
				group->server_nid, chunk->start_pfn, chunk->end_pfn,
				chunk->nr_units);
		}
	}
}
