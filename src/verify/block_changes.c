/* SPDX-License-Identifier: MIT */
/* Collects changed blocks: those that the table of blocks tells of, and those it has lost. */
#include "verify/block_changes.h"

#include <errno.h>
#include <stdlib.h>

#include "hotplug/hotplug_parts.h"
#include "verify/struct_pages.h"

/* Appends a block, where there is an array to append to. */
static void add(struct mmi_block_changes *changes, uint64_t number, uint64_t block_pages, int nid,
		int zone)
{
	if (changes->blocks)
		changes->blocks[changes->nr] = (struct mmi_changed_block){
		    number * block_pages, (number + 1) * block_pages, nid, zone};
	changes->nr++;
}

/* Blocks of boot memory that the table has no more. */
static void add_removed(struct mmi_block_changes *changes, const struct mmi_system *system)
{
	const struct mmi_block_table *table = &system->hotplug->blocks;
	const struct mmi_machine *machine = system->mem.machine;
	uint64_t next = 0; /* blocks below have been looked at */

	for (size_t i = 0; i < machine->nr_memory; i++) {
		const struct mmi_mem_range *range = &machine->memory[i];
		const uint64_t end = (range->end_pfn + table->block_pages - 1) / table->block_pages;
		uint64_t number = range->start_pfn / table->block_pages;
		for (number = number > next ? number : next; number < end; number++)
			if (!mmi_block_table_get(table, number))
				add(changes, number, table->block_pages, range->nid, -1);
		next = end;
	}
}

static void collect(struct mmi_block_changes *changes, const struct mmi_system *system)
{
	const struct mmi_block_table *table = &system->hotplug->blocks;

	changes->nr = 0;
	for (size_t i = 0; i < table->nr; i++) {
		const struct mmi_memory_block *block = &table->items[i];
		if (!block->online || block->rezoned)
			add(changes, block->number, table->block_pages,
			    system->mem.nodes[block->node].nid, block->online ? block->zone : -1);
	}
	add_removed(changes, system);
}

static int compare(const void *a, const void *b)
{
	const struct mmi_changed_block *left = a, *right = b;

	return (left->start_pfn > right->start_pfn) - (left->start_pfn < right->start_pfn);
}

static bool has_kept_pages(const struct mmi_memmap *map)
{
	struct mmi_pfn_range run = {0};

	while (mmi_valid_run(map, run.end_pfn, &run))
		for (uint64_t pfn = run.start_pfn; pfn < run.end_pfn; pfn++)
			if (mmi_page_is_kept(mmi_pfn_page(map, pfn)))
				return true;
	return false;
}

int mmi_block_changes_init(struct mmi_block_changes *changes, const struct mmi_system *system)
{
	*changes = (struct mmi_block_changes){0};
	if (!system->hotplug)
		return 0;
	changes->has_others = system->hotplug->devices || has_kept_pages(&system->mem.map);
	collect(changes, system);
	if (!changes->nr)
		return 0;
	changes->blocks = calloc(changes->nr, sizeof(*changes->blocks));
	if (!changes->blocks)
		return -ENOMEM;
	collect(changes, system);
	qsort(changes->blocks, changes->nr, sizeof(*changes->blocks), compare);
	return 0;
}

void mmi_block_changes_deinit(struct mmi_block_changes *changes)
{
	free(changes->blocks);
	*changes = (struct mmi_block_changes){0};
}

const struct mmi_changed_block *mmi_changed_block_at(const struct mmi_block_changes *changes,
						     uint64_t pfn)
{
	size_t low = 0, high = changes->nr;

	while (low < high) {
		const size_t middle = (low + high) / 2;
		if (changes->blocks[middle].end_pfn <= pfn)
			low = middle + 1;
		else
			high = middle;
	}
	return low < changes->nr ? &changes->blocks[low] : NULL;
}
