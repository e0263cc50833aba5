/* SPDX-License-Identifier: MIT */
/* Walks over struct pages and free lists that survive whatever stands in them. */
#include "verify/struct_pages.h"

bool mmi_valid_run(const struct mmi_memmap *map, uint64_t pfn, struct mmi_pfn_range *run)
{
	const uint64_t sub_pages = mmi_subsection_pages(&map->geometry);

	pfn = mmi_memmap_next_present(map, pfn);
	while (pfn < map->end_pfn && !mmi_pfn_valid(map, pfn))
		pfn = mmi_memmap_next_present(map, mmi_align_down(pfn, sub_pages) + sub_pages);
	if (pfn >= map->end_pfn)
		return false;
	run->start_pfn = pfn;
	while (pfn < map->end_pfn && mmi_pfn_valid(map, pfn))
		pfn = mmi_align_down(pfn, sub_pages) + sub_pages;
	run->end_pfn = pfn;
	return true;
}

const struct mmi_zone *mmi_linked_zone(const struct mmi_mem *mem, uint64_t flags)
{
	const int node = mmi_machine_node_index(mem->machine, mmi_flags_nid(flags));
	const unsigned type = mmi_flags_zone(flags);

	return node < 0 || type >= MMI_NR_ZONES ? NULL : &mem->nodes[node].zones[type];
}

int mmi_head_order(const struct mmi_memmap *map, uint64_t pfn)
{
	const struct mmi_page *page = mmi_pfn_page(map, pfn);
	const uint64_t order = page->private_data;

	if (page->page_type != MMI_PAGE_TYPE_BUDDY || order > map->geometry.max_page_order ||
	    pfn & ((1ull << order) - 1))
		return -1;
	return (int)order;
}

/* The PFN of the struct page whose links @item must be; false: it is no struct page's. */
static bool link_pfn(const struct mmi_memmap *map, const struct mmi_list *item, uint64_t *pfn)
{
	const uintptr_t first = (uintptr_t)map->pages + offsetof(struct mmi_page, lru);
	const uintptr_t address = (uintptr_t)item;

	if (address < first || (address - first) % sizeof(struct mmi_page))
		return false;
	*pfn = map->start_pfn + (address - first) / sizeof(struct mmi_page);
	return mmi_pfn_valid(map, *pfn);
}

/* Sets up @block for the list at hand and returns the list's head; NULL after the last. */
static const struct mmi_list *list_head(const struct mmi_list_walk *walk,
					struct mmi_listed_block *block)
{
	uint64_t number = walk->list;

	block->type = (enum mmi_migratetype)(number % MMI_NR_MIGRATETYPES);
	number /= MMI_NR_MIGRATETYPES;
	block->order = number % MMI_NR_PAGE_ORDERS;
	number /= MMI_NR_PAGE_ORDERS;
	if (number >= walk->mem->nr_nodes * MMI_NR_ZONES)
		return NULL;
	block->zone = &walk->mem->nodes[number / MMI_NR_ZONES].zones[number % MMI_NR_ZONES];
	return &block->zone->areas[block->order].lists[block->type];
}

static void next_list(struct mmi_list_walk *walk)
{
	walk->list++;
	walk->place = NULL;
}

/*
 * A list is followed while each item points back to where it was reached from.  A loop has an item
 * that two others point to, so it cannot be followed for ever.
 */
enum mmi_walk_step mmi_list_walk_next(struct mmi_list_walk *walk, struct mmi_listed_block *block)
{
	const struct mmi_memmap *map = &walk->mem->map;
	const struct mmi_list *head;

	while ((head = list_head(walk, block))) {
		const struct mmi_list *place = walk->place ? walk->place : head;
		const struct mmi_list *item = place->next;

		if (item == head && head->prev == place) {
			next_list(walk);
			continue;
		}
		if (item != head && link_pfn(map, item, &block->pfn) && item->prev == place) {
			walk->place = item;
			return MMI_WALK_BLOCK;
		}
		if (!link_pfn(map, item, &block->pfn) && !link_pfn(map, place, &block->pfn))
			block->pfn = block->zone->start_pfn;
		next_list(walk);
		return MMI_WALK_TORN;
	}
	return MMI_WALK_END;
}
