/* SPDX-License-Identifier: MIT */
/* Cuts the memory ranges of a machine down. */
#include "tune/scaled.h"

#include <errno.h>

/* What a smaller machine is described by, while it is made. */
struct draft {
	struct mmi_spec_range *memory;
	size_t nr_memory;
	struct mmi_spec_range *reserved;
	struct mmi_spec_node *nodes;
	int *nids;
	struct quota *quotas; /* by node */
};

/* How much of a node's memory has been looked at and kept, in pages. */
struct quota {
	uint64_t nr_seen;
	uint64_t nr_kept;
};

static void release(const struct mmi_machine *machine, struct draft *draft)
{
	const struct mmi_platform *p = machine->platform;

	p->ops->free(p->ctx, draft->memory, machine->nr_memory * sizeof(*draft->memory));
	p->ops->free(p->ctx, draft->reserved,
		     (machine->nr_reserved + 1) * sizeof(*draft->reserved));
	p->ops->free(p->ctx, draft->nodes, machine->nr_nodes * sizeof(*draft->nodes));
	p->ops->free(p->ctx, draft->nids, machine->nr_nodes * sizeof(*draft->nids));
	p->ops->free(p->ctx, draft->quotas, machine->nr_nodes * sizeof(*draft->quotas));
}

static bool reserve(const struct mmi_machine *machine, struct draft *draft)
{
	const struct mmi_platform *p = machine->platform;

	*draft = (struct draft){
	    .memory = p->ops->alloc(p->ctx, machine->nr_memory * sizeof(*draft->memory)),
	    .reserved =
		p->ops->alloc(p->ctx, (machine->nr_reserved + 1) * sizeof(*draft->reserved)),
	    .nodes = p->ops->alloc(p->ctx, machine->nr_nodes * sizeof(*draft->nodes)),
	    .nids = p->ops->alloc(p->ctx, machine->nr_nodes * sizeof(*draft->nids)),
	    .quotas = p->ops->alloc(p->ctx, machine->nr_nodes * sizeof(*draft->quotas)),
	};
	return draft->memory && draft->reserved && draft->nodes && draft->nids && draft->quotas;
}

/* How many pages of the node's next range are kept, so that it has its share of all so far. */
static uint64_t kept_pages(const struct mmi_geometry *g, const struct mmi_mem_range *range,
			   double scale, struct quota *quota)
{
	const uint64_t nr_pages = range->end_pfn - range->start_pfn;

	quota->nr_seen += nr_pages;
	const uint64_t nr_wanted = (uint64_t)((double)quota->nr_seen * scale) + 1;
	if (nr_wanted <= quota->nr_kept)
		return 0;
	const uint64_t nr_more = mmi_align_up(nr_wanted - quota->nr_kept, mmi_section_pages(g));
	const uint64_t nr_kept = nr_more < nr_pages ? nr_more : nr_pages;
	quota->nr_kept += nr_kept;
	return nr_kept;
}

static void fill_memory(const struct mmi_machine *machine, double scale, struct draft *draft)
{
	const unsigned shift = machine->geometry.page_shift;

	for (size_t i = 0; i < machine->nr_memory; i++) {
		const struct mmi_mem_range *range = &machine->memory[i];
		const int node = mmi_machine_node_index(machine, range->nid);
		const uint64_t nr_kept =
		    kept_pages(&machine->geometry, range, scale, &draft->quotas[node]);
		if (nr_kept)
			draft->memory[draft->nr_memory++] = (struct mmi_spec_range){
			    .start = range->start_pfn << shift,
			    .end = (range->start_pfn + nr_kept) << shift,
			    .nid = range->nid,
			    .flags = range->flags,
			};
	}
}

static void fill(const struct mmi_machine *machine, double scale, struct draft *draft)
{
	const unsigned shift = machine->geometry.page_shift;

	fill_memory(machine, scale, draft);
	for (size_t i = 0; i < machine->nr_reserved; i++)
		draft->reserved[i] = (struct mmi_spec_range){
		    .start = machine->reserved[i].start_pfn << shift,
		    .end = machine->reserved[i].end_pfn << shift,
		    .nid = -1,
		};
	for (size_t i = 0; i < machine->nr_nodes; i++) {
		draft->nids[i] = machine->nodes[i].nid;
		draft->nodes[i] =
		    (struct mmi_spec_node){machine->nodes[i].nid, machine->nodes[i].online};
	}
}

/* Of a share as much is the same share. */
static struct mmi_amount scaled_amount(struct mmi_amount amount, double scale)
{
	if (amount.unit == MMI_AMOUNT_PAGES)
		amount.value = (uint64_t)((double)amount.value * scale);
	return amount;
}

int mmi_machine_scale(const struct mmi_machine *machine, double scale, struct mmi_machine **scaled,
		      struct mmi_error *err)
{
	struct draft draft;
	int ret = -ENOMEM;

	if (reserve(machine, &draft)) {
		fill(machine, scale, &draft);
		const struct mmi_machine_spec spec = {
		    .geometry = machine->geometry,
		    .linux_version = machine->linux_version,
		    .memory = draft.memory,
		    .nr_memory = draft.nr_memory,
		    .reserved = draft.reserved,
		    .nr_reserved = machine->nr_reserved,
		    .nodes = draft.nodes,
		    .nr_nodes = machine->nr_nodes,
		    .cpu_nids = machine->cpu_nids,
		    .nr_cpus = machine->nr_cpus,
		    .distance_nids = draft.nids,
		    .distances = machine->distances,
		    .nr_distance_nodes = machine->nr_nodes,
		    .kernelcore = scaled_amount(machine->kernelcore, scale),
		    .movablecore = scaled_amount(machine->movablecore, scale),
		};
		ret = mmi_machine_create(machine->platform, &spec, scaled, err);
	} else {
		mmi_error_set(err, ret, "no memory for a smaller machine");
	}
	release(machine, &draft);
	return ret;
}
