/* SPDX-License-Identifier: MIT */
/* Builds the zonelists of a machine, all or those of one node, as one immutable object. */
#include "page_alloc/zonelist.h"

#include <errno.h>
#include <string.h>

#include "memmap/atomic.h"
#include "mminit/figures.h"

/* The zones of one node that stand in lists, from the highest down. */
struct node_zones {
	struct mmi_zoneref refs[MMI_NR_ZONES];
	uint32_t nr;
};

/* What a build needs beside its result: the zones as they were when it began. */
struct builder {
	const struct mmi_mem *mem;
	struct node_zones *zones; /* by node */
	size_t nr_zones;          /* of all nodes */
	struct mmi_node_order order;
	int *picks; /* order of one node */
};

/* By the rule of the version; memory that is not initialised yet is going to be managed. */
static bool is_listed(const struct mmi_zone *zone)
{
	/* In this order: a page that is not missing any more is seen managed. */
	const uint64_t nr_missing_pages = mmi_atomic_read64(&zone->nr_missing_pages);
	const struct mmi_zone_counts counts = {
	    .nr_present_pages = mmi_atomic_peek64(&zone->nr_present_pages),
	    .nr_managed_pages = mmi_atomic_peek64(&zone->nr_managed_pages) + nr_missing_pages,
	};

	return mmi_zone_is_listed(zone->mem->machine->linux_version, zone->type, &counts);
}

static struct node_zones listed_zones(const struct mmi_mem *mem, size_t node)
{
	struct node_zones zones = {.nr = 0};

	for (int z = MMI_NR_ZONES - 1; z >= 0; z--)
		if (is_listed(&mem->nodes[node].zones[z]))
			zones.refs[zones.nr++] =
			    (struct mmi_zoneref){.node = (uint16_t)node, .type = (uint8_t)z};
	return zones;
}

static void release_builder(struct builder *b)
{
	const struct mmi_platform *p = b->mem->platform;
	const size_t nr_nodes = b->mem->nr_nodes;

	p->ops->free(p->ctx, b->zones, nr_nodes * sizeof(*b->zones));
	p->ops->free(p->ctx, b->order.nodes, nr_nodes * sizeof(*b->order.nodes));
	p->ops->free(p->ctx, b->picks, nr_nodes * sizeof(*b->picks));
}

static void look_at_node(struct builder *b, size_t i)
{
	const uint32_t states = mmi_atomic_read32(&b->mem->nodes[i].states);

	b->zones[i] = listed_zones(b->mem, i);
	b->nr_zones += b->zones[i].nr;
	b->order.nodes[i] = (struct mmi_order_node){
	    .nid = (int)i, /* so that an order names nodes by number */
	    .has_memory = states & MMI_NODE_MEMORY,
	    .has_cpus = b->mem->machine->nodes[i].nr_cpus > 0,
	};
	b->order.nr_online_nodes += states & MMI_NODE_ONLINE;
}

static int init_builder(struct builder *b, const struct mmi_mem *mem)
{
	const struct mmi_platform *p = mem->platform;

	*b = (struct builder){
	    .mem = mem,
	    .zones = p->ops->alloc(p->ctx, mem->nr_nodes * sizeof(*b->zones)),
	    .order = {.version = mem->machine->linux_version,
		      .nodes = p->ops->alloc(p->ctx, mem->nr_nodes * sizeof(*b->order.nodes)),
		      .nr_nodes = mem->nr_nodes,
		      .distances = mem->machine->distances},
	    .picks = p->ops->alloc(p->ctx, mem->nr_nodes * sizeof(*b->picks)),
	};
	if (!b->zones || !b->order.nodes || !b->picks) {
		release_builder(b);
		return -ENOMEM;
	}
	for (size_t i = 0; i < mem->nr_nodes; i++)
		look_at_node(b, i);
	return 0;
}

/* Adds the list of @node, after those that are there. */
static void fill_list(struct builder *b, struct mmi_zonelists *lists, size_t node)
{
	struct mmi_zoneref *refs = lists->refs + lists->nr_refs;
	struct mmi_zonelist *list = &lists->nodes[node];
	const size_t nr_picks = mmi_node_order_fill(&b->order, node, b->picks);

	*list = (struct mmi_zonelist){.refs = refs, .nr_own = b->zones[node].nr};
	for (size_t i = 0; i < nr_picks; i++) {
		const struct node_zones *zones = &b->zones[b->picks[i]];
		for (uint32_t z = 0; z < zones->nr; z++)
			refs[list->nr++] = zones->refs[z];
	}
	list->nearest_node = list->nr ? refs[0].node : (uint32_t)node;
	for (int z = 0; z < MMI_NR_ZONES; z++)
		while (list->first[z] < list->nr && refs[list->first[z]].type > z)
			list->first[z]++;
	lists->nr_refs += list->nr;
}

/* Adds a copy of a list of another object. */
static void copy_list(struct mmi_zonelists *lists, const struct mmi_zonelists *from, size_t node)
{
	struct mmi_zonelist *list = &lists->nodes[node];
	struct mmi_zoneref *refs = lists->refs + lists->nr_refs;

	*list = from->nodes[node];
	memcpy(refs, list->refs, list->nr * sizeof(*refs));
	list->refs = refs;
	lists->nr_refs += list->nr;
}

static struct mmi_zonelists *alloc_lists(const struct mmi_mem *mem, uint64_t generation,
					 size_t nr_online_nodes, size_t nr_refs)
{
	const struct mmi_platform *p = mem->platform;
	const size_t lists_bytes = mem->nr_nodes * sizeof(struct mmi_zonelist);
	const size_t size_bytes =
	    sizeof(struct mmi_zonelists) + lists_bytes + nr_refs * sizeof(struct mmi_zoneref);
	struct mmi_zonelists *lists = p->ops->alloc(p->ctx, size_bytes);

	if (!lists)
		return NULL;
	*lists = (struct mmi_zonelists){
	    .generation = generation,
	    .size_bytes = size_bytes,
	    .nr_nodes = mem->nr_nodes,
	    .nr_online_nodes = nr_online_nodes,
	    .nodes = (struct mmi_zonelist *)(lists + 1),
	    .refs = (struct mmi_zoneref *)((char *)(lists + 1) + lists_bytes),
	};
	return lists;
}

struct mmi_zonelists *mmi_zonelists_build(const struct mmi_mem *mem, uint64_t generation)
{
	struct builder b;

	if (init_builder(&b, mem))
		return NULL;
	struct mmi_zonelists *lists =
	    alloc_lists(mem, generation, b.order.nr_online_nodes, mem->nr_nodes * b.nr_zones);
	for (size_t i = 0; lists && i < mem->nr_nodes; i++)
		fill_list(&b, lists, i);
	release_builder(&b);
	return lists;
}

struct mmi_zonelists *mmi_zonelists_build_node(const struct mmi_mem *mem,
					       const struct mmi_zonelists *from, size_t node,
					       uint64_t generation)
{
	struct builder b;

	if (init_builder(&b, mem))
		return NULL;
	struct mmi_zonelists *lists =
	    alloc_lists(mem, generation, from->nr_online_nodes, from->nr_refs + b.nr_zones);
	for (size_t i = 0; lists && i < mem->nr_nodes; i++) {
		if (i == node)
			fill_list(&b, lists, i);
		else
			copy_list(lists, from, i);
	}
	release_builder(&b);
	return lists;
}

void mmi_zonelists_free(struct mmi_zonelists *lists, const struct mmi_platform *platform)
{
	if (lists)
		platform->ops->free(platform->ctx, lists, lists->size_bytes);
}

/* What the order of nodes goes by before their loads do. */
static unsigned cost(const struct mmi_mem *mem, size_t local, size_t node)
{
	return mem->machine->distances[local * mem->nr_nodes + node] + (node < local) +
	       (mem->machine->nodes[node].nr_cpus > 0);
}

static int check_nearness(const struct mmi_zonelist *list, const struct mmi_mem *mem, size_t local,
			  struct mmi_error *err)
{
	for (uint32_t i = list->nr_own + 1; i < list->nr; i++) {
		const size_t nearer = list->refs[i - 1].node, node = list->refs[i].node;
		if (cost(mem, local, node) < cost(mem, local, nearer))
			return mmi_error_set(err, -EINVAL,
					     "zonelist of node %d: node %d after node %d, which "
					     "is farther away",
					     mem->nodes[local].nid, mem->nodes[node].nid,
					     mem->nodes[nearer].nid);
	}
	return 0;
}

/*
 * Asserts that @list holds the @nr_zones listed zones of @mem, a node's together, its own first,
 * those of nearer nodes before those of others.
 */
static int check_list(const struct mmi_zonelist *list, const struct mmi_mem *mem, size_t local,
		      size_t nr_zones, struct mmi_error *err)
{
	struct mmi_nodemask seen = {0}; /* by node number */

	for (uint32_t i = 0; i < list->nr;) {
		const size_t node = list->refs[i].node;
		const struct node_zones zones = listed_zones(mem, node);
		if (!zones.nr || i + zones.nr > list->nr || mmi_nodemask_has(&seen, (int)node) ||
		    memcmp(&list->refs[i], zones.refs, zones.nr * sizeof(*zones.refs)) != 0)
			return mmi_error_set(err, -EINVAL,
					     "zonelist of node %d: zones of node %d at %u: "
					     "expected the %u it has, once, from the highest down",
					     mem->nodes[local].nid, mem->nodes[node].nid, i,
					     zones.nr);
		mmi_nodemask_add(&seen, (int)node);
		i += zones.nr;
	}
	if (list->nr != nr_zones || list->nr_own != listed_zones(mem, local).nr ||
	    (list->nr_own && list->refs[0].node != local))
		return mmi_error_set(err, -EINVAL,
				     "zonelist of node %d: %u zones, %u of them its own: expected "
				     "%zu, those of its own first",
				     mem->nodes[local].nid, list->nr, list->nr_own, nr_zones);
	return check_nearness(list, mem, local, err);
}

int mmi_zonelists_check(const struct mmi_zonelists *lists, const struct mmi_mem *mem,
			struct mmi_error *err)
{
	size_t nr_zones = 0;
	int ret = 0;

	for (size_t i = 0; i < mem->nr_nodes; i++)
		nr_zones += listed_zones(mem, i).nr;
	for (size_t i = 0; !ret && i < lists->nr_nodes; i++)
		ret = check_list(&lists->nodes[i], mem, i, nr_zones, err);
	return ret;
}
