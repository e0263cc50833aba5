/* SPDX-License-Identifier: MIT */
/* Builds the zonelists of all nodes as one immutable object. */
#include "page_alloc/zonelist.h"

#include <errno.h>

#include "mminit/page_alloc.h"

/* What a build needs beside its result. */
struct builder {
	const struct mmi_mem *mem;
	struct mmi_node_order order;
	int *nids; /* order of one node */
};

static bool is_listed(const struct mmi_zone *zone)
{
	return zone->type != MMI_ZONE_DEVICE && mmi_zone_is_populated(zone);
}

static uint32_t count_listed(const struct mmi_node *node)
{
	uint32_t nr = 0;

	for (int z = 0; z < MMI_NR_ZONES; z++)
		nr += is_listed(&node->zones[z]);
	return nr;
}

static void release_builder(struct builder *b)
{
	const struct mmi_platform *p = b->mem->platform;
	const size_t nr_nodes = b->mem->nr_nodes;

	p->ops->free(p->ctx, b->order.nodes, nr_nodes * sizeof(*b->order.nodes));
	p->ops->free(p->ctx, b->nids, nr_nodes * sizeof(*b->nids));
}

static int init_builder(struct builder *b, const struct mmi_mem *mem)
{
	const struct mmi_platform *p = mem->platform;
	const struct mmi_machine *machine = mem->machine;

	*b = (struct builder){
	    .mem = mem,
	    .order = {.version = machine->linux_version,
		      .nodes = p->ops->alloc(p->ctx, mem->nr_nodes * sizeof(*b->order.nodes)),
		      .nr_nodes = mem->nr_nodes,
		      .distances = machine->distances},
	    .nids = p->ops->alloc(p->ctx, mem->nr_nodes * sizeof(*b->nids)),
	};
	if (!b->order.nodes || !b->nids) {
		release_builder(b);
		return -ENOMEM;
	}
	for (size_t i = 0; i < mem->nr_nodes; i++) {
		b->order.nodes[i] = (struct mmi_order_node){
		    .nid = mem->nodes[i].nid,
		    .has_memory = count_listed(&mem->nodes[i]) > 0,
		    .has_cpus = machine->nodes[i].nr_cpus > 0,
		};
		b->order.nr_online_nodes += machine->nodes[i].online;
	}
	return 0;
}

/* Appends the zones of a node from the highest down. */
static void append_node(const struct mmi_mem *mem, size_t node, struct mmi_zoneref *refs,
			uint32_t *nr)
{
	for (int z = MMI_NR_ZONES - 1; z >= 0; z--)
		if (is_listed(&mem->nodes[node].zones[z]))
			refs[(*nr)++] =
			    (struct mmi_zoneref){.node = (uint16_t)node, .type = (uint8_t)z};
}

static void fill_list(struct builder *b, struct mmi_zonelist *list, size_t node,
		      struct mmi_zoneref *refs)
{
	const size_t nr_nodes = mmi_node_order_fill(&b->order, node, b->nids);

	*list = (struct mmi_zonelist){.refs = refs, .nr_own = count_listed(&b->mem->nodes[node])};
	for (size_t i = 0; i < nr_nodes; i++)
		append_node(b->mem, (size_t)mmi_machine_node_index(b->mem->machine, b->nids[i]),
			    refs, &list->nr);
	list->nearest_node = list->nr ? refs[0].node : (uint32_t)node;
	for (int z = 0; z < MMI_NR_ZONES; z++)
		while (list->first[z] < list->nr && refs[list->first[z]].type > z)
			list->first[z]++;
}

static struct mmi_zonelists *alloc_lists(const struct mmi_mem *mem, uint64_t generation)
{
	const struct mmi_platform *p = mem->platform;
	size_t nr_listed = 0;

	for (size_t i = 0; i < mem->nr_nodes; i++)
		nr_listed += count_listed(&mem->nodes[i]);
	const size_t lists_bytes = mem->nr_nodes * sizeof(struct mmi_zonelist);
	const size_t size_bytes = sizeof(struct mmi_zonelists) + lists_bytes +
				  mem->nr_nodes * nr_listed * sizeof(struct mmi_zoneref);
	struct mmi_zonelists *lists = p->ops->alloc(p->ctx, size_bytes);

	if (!lists)
		return NULL;
	*lists = (struct mmi_zonelists){
	    .generation = generation,
	    .size_bytes = size_bytes,
	    .nr_nodes = mem->nr_nodes,
	    .nodes = (struct mmi_zonelist *)(lists + 1),
	    .refs = (struct mmi_zoneref *)((char *)(lists + 1) + lists_bytes),
	};
	return lists;
}

struct mmi_zonelists *mmi_zonelists_build(const struct mmi_mem *mem, uint64_t generation)
{
	struct mmi_zonelists *lists = alloc_lists(mem, generation);
	struct mmi_zoneref *refs;
	struct builder b;

	if (!lists)
		return NULL;
	if (init_builder(&b, mem)) {
		mmi_zonelists_free(lists, mem->platform);
		return NULL;
	}
	refs = lists->refs;
	for (size_t i = 0; i < mem->nr_nodes; i++) {
		fill_list(&b, &lists->nodes[i], i, refs);
		refs += lists->nodes[i].nr;
	}
	release_builder(&b);
	return lists;
}

void mmi_zonelists_free(struct mmi_zonelists *lists, const struct mmi_platform *platform)
{
	if (lists)
		platform->ops->free(platform->ctx, lists, lists->size_bytes);
}

/* Does the zone stand in @list exactly as often as it should, and beside its node's others? */
static bool stands_right(const struct mmi_zonelist *list, const struct mmi_zone *zone, size_t node)
{
	uint32_t nr_found = 0;

	for (uint32_t i = 0; i < list->nr; i++) {
		if (list->refs[i].node != node || list->refs[i].type != zone->type)
			continue;
		nr_found++;
		if (i && list->refs[i - 1].node == node && list->refs[i - 1].type <= zone->type)
			return false;
	}
	return nr_found == is_listed(zone);
}

int mmi_zonelists_check(const struct mmi_zonelists *lists, const struct mmi_mem *mem,
			struct mmi_error *err)
{
	for (size_t local = 0; local < lists->nr_nodes; local++) {
		const struct mmi_zonelist *list = &lists->nodes[local];
		const bool begins_at_home = !list->nr_own || list->refs[0].node == local;
		for (size_t i = 0; i < mem->nr_nodes * MMI_NR_ZONES; i++) {
			const struct mmi_zone *zone =
			    &mem->nodes[i / MMI_NR_ZONES].zones[i % MMI_NR_ZONES];
			if (!begins_at_home || !stands_right(list, zone, i / MMI_NR_ZONES))
				return mmi_error_set(
				    err, -EINVAL,
				    "zonelist of node %d: node %d zone %s: expected %s",
				    mem->nodes[local].nid, zone->nid,
				    mmi_zone_type_name(zone->type),
				    is_listed(zone) ? "once, in order" : "not to stand in it");
		}
	}
	return 0;
}
