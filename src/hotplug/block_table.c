/* SPDX-License-Identifier: MIT */
/* Keeps the memory blocks sorted, and finds out to what the ones of boot memory belong. */
#include "hotplug/block_table.h"

#include <errno.h>
#include <string.h>

uint64_t mmi_memory_block_pages(const struct mmi_machine *machine)
{
	return machine->memory_block_bytes >> machine->geometry.page_shift;
}

size_t mmi_block_table_find(const struct mmi_block_table *table, uint64_t number)
{
	size_t low = 0, high = table->nr;

	while (low < high) {
		const size_t middle = (low + high) / 2;
		if (table->items[middle].number < number)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

struct mmi_memory_block *mmi_block_table_get(const struct mmi_block_table *table, uint64_t number)
{
	const size_t index = mmi_block_table_find(table, number);

	return index < table->nr && table->items[index].number == number ? &table->items[index]
									 : NULL;
}

uint64_t mmi_block_table_next_pfn(const struct mmi_block_table *table, uint64_t pfn)
{
	const size_t index = mmi_block_table_find(table, pfn / table->block_pages);

	if (index == table->nr)
		return UINT64_MAX;
	const uint64_t start_pfn = table->items[index].number * table->block_pages;
	return start_pfn > pfn ? start_pfn : pfn;
}

uint64_t mmi_block_table_prev_pfn(const struct mmi_block_table *table, uint64_t pfn)
{
	const uint64_t end = (pfn + table->block_pages - 1) / table->block_pages;
	const size_t index = mmi_block_table_find(table, end);

	if (!index)
		return 0;
	const uint64_t end_pfn = (table->items[index - 1].number + 1) * table->block_pages;
	return end_pfn < pfn ? end_pfn : pfn;
}

static int make_room(struct mmi_block_table *table, size_t nr_more)
{
	const struct mmi_platform *p = table->layout->machine->platform;
	size_t capacity = table->capacity ? table->capacity : 64;
	struct mmi_memory_block *items;

	if (table->nr + nr_more <= table->capacity)
		return 0;
	while (capacity < table->nr + nr_more)
		capacity *= 2;
	items = p->ops->alloc(p->ctx, capacity * sizeof(*items));
	if (!items)
		return -ENOMEM;
	if (table->nr)
		memcpy(items, table->items, table->nr * sizeof(*items));
	p->ops->free(p->ctx, table->items, table->capacity * sizeof(*items));
	table->items = items;
	table->capacity = capacity;
	return 0;
}

int mmi_block_table_add(struct mmi_block_table *table, uint64_t first, uint64_t end, size_t node)
{
	const size_t start = mmi_block_table_find(table, first);
	size_t old = mmi_block_table_find(table, end);
	const size_t nr_new = (size_t)(end - first) - (old - start);
	const int ret = make_room(table, nr_new);

	if (ret)
		return ret;
	memmove(&table->items[old + nr_new], &table->items[old],
		(table->nr - old) * sizeof(*table->items));
	table->nr += nr_new;
	/* From the top down: what is there moves up, past what is still to be looked at. */
	for (uint64_t number = end; number-- > first;) {
		struct mmi_memory_block *block = &table->items[start + (size_t)(number - first)];
		if (old > start && table->items[old - 1].number == number)
			*block = table->items[--old];
		else
			*block = (struct mmi_memory_block){
			    .number = number, .node = node, .zone = -1, .rezoned = true};
	}
	return 0;
}

void mmi_block_table_remove(struct mmi_block_table *table, uint64_t first, uint64_t end)
{
	const size_t start = mmi_block_table_find(table, first);
	const size_t behind = mmi_block_table_find(table, end);

	memmove(&table->items[start], &table->items[behind],
		(table->nr - behind) * sizeof(*table->items));
	table->nr -= behind - start;
}

/* The only zone of a node that has pages in [start_pfn, end_pfn); -1: there are more, or none. */
static int only_zone(const struct mmi_node_layout *node, uint64_t start_pfn, uint64_t end_pfn)
{
	int found = -1;

	for (int z = 0; z < MMI_NR_ZONES; z++) {
		const struct mmi_zone_span *zone = &node->zones[z];
		if (!zone->nr_present_pages || zone->start_pfn >= end_pfn ||
		    start_pfn >= zone->end_pfn)
			continue;
		if (found >= 0)
			return -1;
		found = z;
	}
	return found;
}

/* Do struct pages of a node, inside its own span, lie in [start_pfn, end_pfn)? */
static bool node_has_pages(const struct mmi_extents *extents, const struct mmi_node_layout *node,
			   uint64_t start_pfn, uint64_t end_pfn)
{
	const uint64_t start = start_pfn > node->start_pfn ? start_pfn : node->start_pfn;
	const uint64_t end = end_pfn < node->end_pfn ? end_pfn : node->end_pfn;

	for (size_t i = mmi_extents_find(extents, start); i < extents->nr; i++) {
		const struct mmi_extent *extent = &extents->items[i];
		if (extent->start_pfn >= end)
			return false;
		if (extent->nid == node->nid)
			return true;
	}
	return false;
}

/* A block of several nodes goes by the last, and shows no zone. */
static void place_boot_block(const struct mmi_block_table *table, struct mmi_memory_block *block)
{
	const struct mmi_layout *layout = table->layout;
	const uint64_t start_pfn = block->number * table->block_pages;
	const uint64_t end_pfn = start_pfn + table->block_pages;
	unsigned nr_nodes = 0;

	for (size_t i = 0; i < layout->machine->nr_nodes; i++) {
		if (!node_has_pages(table->extents, &layout->nodes[i], start_pfn, end_pfn))
			continue;
		nr_nodes++;
		block->node = i;
	}
	block->zone =
	    nr_nodes == 1 ? only_zone(&layout->nodes[block->node], start_pfn, end_pfn) : -1;
}

int mmi_block_table_init(struct mmi_block_table *table, const struct mmi_layout *layout,
			 const struct mmi_extents *extents)
{
	const struct mmi_machine *machine = layout->machine;
	uint64_t next = 0;

	*table = (struct mmi_block_table){
	    .layout = layout, .extents = extents, .block_pages = mmi_memory_block_pages(machine)};
	for (size_t i = 0; i < machine->nr_memory; i++) {
		const struct mmi_mem_range *range = &machine->memory[i];
		const uint64_t first = range->start_pfn / table->block_pages;
		for (uint64_t number = first > next ? first : next;
		     number <= (range->end_pfn - 1) / table->block_pages; number++) {
			struct mmi_memory_block block = {.number = number, .online = true};
			if (make_room(table, 1))
				return -ENOMEM;
			place_boot_block(table, &block);
			table->items[table->nr++] = block;
			next = number + 1;
		}
	}
	return 0;
}

void mmi_block_table_deinit(struct mmi_block_table *table)
{
	if (!table->layout)
		return;
	const struct mmi_platform *p = table->layout->machine->platform;
	p->ops->free(p->ctx, table->items, table->capacity * sizeof(*table->items));
	*table = (struct mmi_block_table){0};
}

bool mmi_block_is_whole(const struct mmi_block_table *table, const struct mmi_memory_block *block)
{
	const uint64_t end_pfn = (block->number + 1) * table->block_pages;
	uint64_t pfn = block->number * table->block_pages;

	if (block->rezoned || block->zone < 0)
		return block->zone >= 0;
	for (size_t i = mmi_extents_find(table->extents, pfn); pfn < end_pfn; i++) {
		const struct mmi_extent *extent = &table->extents->items[i];
		if (i == table->extents->nr || extent->start_pfn > pfn ||
		    extent->kind == MMI_EXTENT_HOLE || extent->zone != block->zone)
			return false;
		pfn = extent->end_pfn;
	}
	return true;
}

bool mmi_block_table_in_zone(const struct mmi_block_table *table, uint64_t start_pfn,
			     uint64_t end_pfn, size_t node, enum mmi_zone_type zone)
{
	const struct mmi_extents *extents = table->extents;
	const struct mmi_memory_block *block =
	    mmi_block_table_get(table, start_pfn / table->block_pages);

	if (!block || !block->online)
		return false;
	if (block->rezoned)
		return block->node == node && block->zone == (int)zone;
	for (size_t i = mmi_extents_find(extents, start_pfn);
	     i < extents->nr && extents->items[i].start_pfn < end_pfn; i++)
		if (extents->items[i].nid == table->layout->nodes[node].nid &&
		    extents->items[i].zone == zone)
			return true;
	return false;
}
