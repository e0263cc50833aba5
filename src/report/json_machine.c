/* SPDX-License-Identifier: MIT */
/* A machine and its layout as JSON: "mminit-machine/1". */
#include "report/json_parts.h"

static json_t *distances_json(const struct mmi_machine *machine, size_t row)
{
	json_t *array = json_array();
	bool failed = !array;

	for (size_t i = 0; i < machine->nr_nodes; i++)
		mmi_json_append(array,
				mmi_json_count(machine->distances[row * machine->nr_nodes + i]),
				&failed);
	return mmi_json_done(array, failed);
}

static json_t *nodes_json(const struct mmi_machine *machine)
{
	json_t *array = json_array();
	bool failed = !array;

	for (size_t i = 0; i < machine->nr_nodes; i++) {
		const struct mmi_machine_node *node = &machine->nodes[i];
		mmi_json_append(array,
				json_pack("{s:i, s:b, s:I, s:I, s:o}", "nid", node->nid, "online",
					  node->online, "nr_cpus", (json_int_t)node->nr_cpus,
					  "nr_present_pages", (json_int_t)node->nr_present_pages,
					  "distances", distances_json(machine, i)),
				&failed);
	}
	return mmi_json_done(array, failed);
}

static json_t *geometry_json(const struct mmi_geometry *g)
{
	return json_pack("{s:i, s:i, s:i, s:i, s:i, s:i}", "page_shift", (int)g->page_shift,
			 "section_shift", (int)g->section_shift, "subsection_shift",
			 (int)g->subsection_shift, "max_page_order", (int)g->max_page_order,
			 "pageblock_order", (int)g->pageblock_order, "max_physmem_bits",
			 (int)g->max_physmem_bits);
}

static json_t *cpus_json(const struct mmi_machine *machine)
{
	json_t *array = json_array();
	bool failed = !array;

	for (size_t i = 0; i < machine->nr_cpus; i++)
		mmi_json_append(array, json_integer(machine->cpu_nids[i]), &failed);
	return mmi_json_done(array, failed);
}

int mmi_report_machine_json(FILE *out, const struct mmi_report_source *source,
			    const struct mmi_layout *layout)
{
	const struct mmi_machine *m = source->machine;
	json_t *document = json_object();
	bool failed = !document;

	mmi_json_set(document, "schema", json_string("mminit-machine/1"), &failed);
	mmi_json_set(document, "machine", mmi_json_source(source), &failed);
	mmi_json_set(document, "geometry", geometry_json(&m->geometry), &failed);
	mmi_json_set(document, "memory_block_bytes", mmi_json_count(m->memory_block_bytes),
		     &failed);
	mmi_json_set(document, "nodes", nodes_json(m), &failed);
	mmi_json_set(document, "cpu_nids", cpus_json(m), &failed);
	mmi_json_set(document, "memory", mmi_json_memory(m), &failed);
	mmi_json_set(document, "reserved", mmi_json_pfn_ranges(m->reserved, m->nr_reserved),
		     &failed);
	mmi_json_set(document, "hotplug_windows", mmi_json_mem_ranges(m->windows, m->nr_windows),
		     &failed);
	mmi_json_set(document, "persistent", mmi_json_mem_ranges(m->persistent, m->nr_persistent),
		     &failed);
	mmi_json_set(document, "zones", mmi_json_zones(layout), &failed);
	return mmi_json_finish(out, document, failed);
}
