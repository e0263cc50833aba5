/* SPDX-License-Identifier: MIT */
/*
 * Invariant 10: what every node's zonelist should be, by the rules of page_alloc.h, against what it
 * is.
 *
 * Lists are expected as a full build leaves them, where each node's order depends on those before.
 * A node without memory may have come when the others stood: its list may also be what a build of
 * this node alone makes.  Up to 6.1 a node that loses its last page still counts as one with memory
 * in the build that this causes: all lists may also be what that leaves.  Up to 5.16 loads and
 * distances weigh by how many nodes were online then.  Where nodes come online, and go offline
 * again, without a build, that is taken from the lists: it is right when it leads to what they are.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "page_alloc/alloc_cpu.h"
#include "verify/examination.h"

#define NO_NODE SIZE_MAX

struct candidate {
	uint64_t score;
	size_t node;
};

struct zonelist_check {
	struct mmi_examination *x;
	const struct mmi_mem *mem;
	size_t nr_online; /* when the lists were built */
	size_t emptied;   /* counted as one with memory then; NO_NODE: none */
	uint64_t *loads;  /* by node, of the orders so far */
	struct candidate *order;
	size_t nr_order;
	struct mmi_zoneref *expected;
	struct mmi_zoneref *found;
	size_t nr_expected;
};

/* From 2017 to 2022 Linux listed zones with managed pages, else those with present ones. */
static bool is_expected(const struct mmi_zone *zone)
{
	const bool by_managed = zone->mem->machine->linux_version < MMI_LINUX_6_1;

	return zone->type != MMI_ZONE_DEVICE &&
	       (by_managed ? zone->nr_managed_pages + zone->nr_missing_pages
			   : zone->nr_present_pages);
}

static bool has_memory(const struct zonelist_check *c, size_t node)
{
	for (int z = 0; z < MMI_NR_ZONES; z++)
		if (z != MMI_ZONE_DEVICE && c->mem->nodes[node].zones[z].nr_present_pages)
			return true;
	return false;
}

static unsigned distance(const struct zonelist_check *c, size_t from, size_t to)
{
	return c->mem->machine->distances[from * c->mem->nr_nodes + to];
}

static uint64_t score(const struct zonelist_check *c, size_t local, size_t node, bool alone)
{
	const struct mmi_machine *machine = c->mem->machine;
	const uint64_t weight =
	    MMI_MAX_NODES * (machine->linux_version < MMI_LINUX_6_1 ? (uint64_t)c->nr_online : 1);
	const uint64_t cost =
	    distance(c, local, node) + (node < local) + (machine->nodes[node].nr_cpus > 0);

	return node == local ? 0 : cost * weight + (alone ? 0 : c->loads[node]);
}

static int compare_candidates(const void *a, const void *b)
{
	const struct candidate *left = a, *right = b;

	if (left->score != right->score)
		return left->score < right->score ? -1 : 1;
	return (left->node > right->node) - (left->node < right->node);
}

static void expect_order(struct zonelist_check *c, size_t local, bool alone)
{
	const bool local_always = c->mem->machine->linux_version < MMI_LINUX_6_12;

	c->nr_order = 0;
	for (size_t i = 0; i < c->mem->nr_nodes; i++)
		if (has_memory(c, i) || (i == c->emptied && !alone) || (i == local && local_always))
			c->order[c->nr_order++] = (struct candidate){score(c, local, i, alone), i};
	qsort(c->order, c->nr_order, sizeof(*c->order), compare_candidates);
}

/* What a full build adds for the order at hand: to each node at which the distance changes. */
static void add_loads(struct zonelist_check *c, size_t local)
{
	const enum mmi_linux_version version = c->mem->machine->linux_version;
	unsigned before = distance(c, local, local);

	for (size_t i = 0; i < c->nr_order; i++) {
		const size_t node = c->order[i].node;
		if (distance(c, local, node) != before) {
			if (version == MMI_LINUX_4_13)
				c->loads[node] = 0;
			c->loads[node] += version < MMI_LINUX_6_1 ? c->nr_online - i : 1;
		}
		before = distance(c, local, node);
	}
}

static void expect_zones(struct zonelist_check *c)
{
	c->nr_expected = 0;
	for (size_t i = 0; i < c->nr_order; i++)
		for (int z = MMI_NR_ZONES - 1; z >= 0; z--)
			if (is_expected(&c->mem->nodes[c->order[i].node].zones[z]))
				c->expected[c->nr_expected++] = (struct mmi_zoneref){
				    .node = (uint16_t)c->order[i].node, .type = (uint8_t)z};
}

static bool is_same(const struct mmi_zoneref *a, const struct mmi_zoneref *b)
{
	return a->node == b->node && a->type == b->type;
}

/* The first slot in which the @nr_found zones are not those expected; SIZE_MAX: they are. */
static size_t first_difference(const struct zonelist_check *c, size_t nr_found)
{
	for (size_t i = 0; i < nr_found && i < c->nr_expected; i++)
		if (!is_same(&c->found[i], &c->expected[i]))
			return i;
	if (nr_found == c->nr_expected)
		return SIZE_MAX;
	return nr_found < c->nr_expected ? nr_found : c->nr_expected;
}

static const char *name_slot(const struct zonelist_check *c, char *text, size_t size_bytes,
			     const struct mmi_zoneref *refs, size_t nr, size_t slot)
{
	if (slot >= nr)
		mmi_format(text, size_bytes, "nothing");
	else if (refs[slot].node >= c->mem->nr_nodes || refs[slot].type >= MMI_NR_ZONES)
		mmi_format(text, size_bytes, "no zone of the machine");
	else
		mmi_format(text, size_bytes, "node %d %s", c->mem->nodes[refs[slot].node].nid,
			   mmi_zone_type_name(refs[slot].type));
	return text;
}

/* Where what is offended against begins: the expected zone, or where there is none the node. */
static uint64_t place_of(const struct zonelist_check *c, size_t local, size_t slot)
{
	const struct mmi_node *nodes = c->mem->nodes;

	if (slot >= c->nr_expected)
		return nodes[local].start_pfn;
	return nodes[c->expected[slot].node].zones[c->expected[slot].type].start_pfn;
}

static void check_list(struct zonelist_check *c, size_t local, size_t nr_found, const char *kind)
{
	const size_t slot = first_difference(c, nr_found);
	char found[48], expected[48];

	mmi_examination_judge(c->x, 10, nr_found);
	if (slot == SIZE_MAX)
		return;
	mmi_examination_offend_somewhere(
	    c->x, 10, place_of(c, local, slot), "node %d, %s list, slot %zu: %s: expected %s",
	    c->mem->nodes[local].nid, kind, slot,
	    name_slot(c, found, sizeof(found), c->found, nr_found, slot),
	    name_slot(c, expected, sizeof(expected), c->expected, c->nr_expected, slot));
}

static size_t read_list(struct zonelist_check *c, size_t local, bool fallback)
{
	const size_t room = c->mem->nr_nodes * MMI_NR_ZONES;
	const size_t nr = mmi_alloc_zonelist(c->x->system->alloc, c->mem->nodes[local].nid,
					     fallback, c->found, room);

	return nr < room ? nr : room;
}

/* Reads and expects the fallback list of node number @local; returns how many zones it has. */
static size_t expect_fallback(struct zonelist_check *c, size_t local)
{
	const size_t nr_found = read_list(c, local, true);

	expect_order(c, local, false);
	add_loads(c, local);
	expect_zones(c);
	if (!has_memory(c, local) && first_difference(c, nr_found) != SIZE_MAX) {
		expect_order(c, local, true);
		expect_zones(c);
	}
	return nr_found;
}

static void begin_build(struct zonelist_check *c, size_t emptied)
{
	c->emptied = emptied;
	memset(c->loads, 0, c->mem->nr_nodes * sizeof(*c->loads));
}

/* Are all fallback lists those of a build that counts @emptied as one with memory? */
static bool is_build(struct zonelist_check *c, size_t emptied)
{
	begin_build(c, emptied);
	for (size_t i = 0; i < c->mem->nr_nodes; i++)
		if (first_difference(c, expect_fallback(c, i)) != SIZE_MAX)
			return false;
	return true;
}

/* Whose last page went before the lists were built; NO_NODE: nobody's, or the lists do not say. */
static size_t find_emptied(struct zonelist_check *c)
{
	if (!c->x->system->hotplug || c->mem->machine->linux_version >= MMI_LINUX_6_12 ||
	    is_build(c, NO_NODE))
		return NO_NODE;
	for (size_t i = 0; i < c->mem->nr_nodes; i++)
		if (!has_memory(c, i) && is_build(c, i))
			return i;
	return NO_NODE;
}

static void check_node(struct zonelist_check *c, size_t local)
{
	check_list(c, local, expect_fallback(c, local), "fallback");
	/* Its own zones are the first of these. */
	c->nr_order = has_memory(c, local);
	expect_zones(c);
	check_list(c, local, read_list(c, local, false), "own");
}

static size_t count_online(const struct zonelist_check *c)
{
	size_t nr = 0;

	if (c->x->system->hotplug)
		return c->x->system->alloc->zonelists->nr_online_nodes;
	for (size_t i = 0; i < c->mem->nr_nodes; i++)
		nr += c->mem->machine->nodes[i].online;
	return nr;
}

static bool open_check(struct zonelist_check *c)
{
	const size_t nr_nodes = c->mem->nr_nodes;

	c->nr_online = count_online(c);
	c->loads = calloc(nr_nodes, sizeof(*c->loads));
	c->order = calloc(nr_nodes, sizeof(*c->order));
	c->expected = calloc(nr_nodes * MMI_NR_ZONES, sizeof(*c->expected));
	c->found = calloc(nr_nodes * MMI_NR_ZONES, sizeof(*c->found));
	return c->loads && c->order && c->expected && c->found;
}

int mmi_check_zonelists(struct mmi_examination *x, struct mmi_error *err)
{
	struct zonelist_check c = {.x = x, .mem = &x->system->mem};
	int ret = 0;

	if (!x->system->alloc) {
		mmi_examination_pass_over(x, 10, "this system has no zonelists");
		return 0;
	}
	if (!open_check(&c))
		ret = mmi_error_set(err, -ENOMEM, "no memory to check the zonelists of %zu nodes",
				    c.mem->nr_nodes);
	else
		begin_build(&c, find_emptied(&c));
	for (size_t i = 0; !ret && i < c.mem->nr_nodes; i++)
		check_node(&c, i);
	free(c.loads);
	free(c.order);
	free(c.expected);
	free(c.found);
	return ret;
}
