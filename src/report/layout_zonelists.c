/* SPDX-License-Identifier: MIT */
/*
 * Zonelists, as a full build at boot makes them: the kernel's own line on each possible node, and
 * below it the zones in the order in which a request of that node asks them.
 */
#include <errno.h>
#include <stdlib.h>

#include "mminit/figures.h"
#include "mminit/report.h"

static void fill_nodes(struct mmi_node_order *order, const struct mmi_mem *mem)
{
	for (size_t i = 0; i < mem->nr_nodes; i++) {
		const struct mmi_machine_node *node = &mem->machine->nodes[i];
		/* Zonelists are first built before the CPUs are brought up: no node has any yet. */
		order->nodes[i] = (struct mmi_order_node){
		    .nid = node->nid,
		    .has_memory = node->nr_present_pages > 0,
		};
		order->nr_online_nodes += node->online;
	}
}

static void print_zones(FILE *out, const struct mmi_mem *mem, int nid)
{
	const struct mmi_node *node = &mem->nodes[mmi_machine_node_index(mem->machine, nid)];

	for (int z = MMI_NR_ZONES - 1; z >= 0; z--) {
		const struct mmi_zone_counts counts = {
		    .nr_present_pages = node->zones[z].nr_present_pages,
		    .nr_managed_pages = node->zones[z].nr_managed_pages,
		};
		if (mmi_zone_is_listed(mem->machine->linux_version, z, &counts))
			fprintf(out, " %d:%s", nid, mmi_zone_type_name(z));
	}
}

static void print_order(FILE *out, const struct mmi_mem *mem, int nid, const int *nids, size_t nr)
{
	fprintf(out, "Fallback order for Node %d: ", nid);
	for (size_t i = 0; i < nr; i++)
		fprintf(out, "%d ", nids[i]);
	fputs("\n zones:", out);
	for (size_t i = 0; i < nr; i++)
		print_zones(out, mem, nids[i]);
	fputc('\n', out);
}

int mmi_report_zonelists(FILE *out, const struct mmi_mem *mem)
{
	struct mmi_node_order order = {
	    .version = mem->machine->linux_version,
	    .nodes = calloc(mem->nr_nodes, sizeof(*order.nodes)),
	    .nr_nodes = mem->nr_nodes,
	    .distances = mem->machine->distances,
	};
	int *nids = calloc(mem->nr_nodes, sizeof(*nids));
	const bool has_memory = order.nodes && nids;

	if (has_memory) {
		fill_nodes(&order, mem);
		for (size_t i = 0; i < mem->nr_nodes; i++)
			print_order(out, mem, order.nodes[i].nid, nids,
				    mmi_node_order_fill(&order, i, nids));
	}
	free(order.nodes);
	free(nids);
	return has_memory ? 0 : -ENOMEM;
}
