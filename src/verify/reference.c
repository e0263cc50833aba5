/* SPDX-License-Identifier: MIT */
/*
 * Works out every struct page of a machine, one page at a time.
 *
 * Nothing of the engine is called here, not even its helpers: an error shared is an error missed.
 */
#include "verify/reference.h"

void mmi_reference_init(struct mmi_reference *reference, const struct mmi_machine *machine)
{
	reference->machine = machine;
}

static uint64_t subsection_pages(const struct mmi_geometry *g)
{
	return 1ull << (g->subsection_shift - g->page_shift);
}

static bool has_zone(const struct mmi_geometry *g, enum mmi_zone_type zone)
{
	return g->zone_mask >> zone & 1;
}

static enum mmi_zone_type zone_of(const struct mmi_reference *reference, int nid, uint64_t pfn)
{
	const struct mmi_geometry *g = &reference->machine->geometry;
	const uint64_t movable_start_pfn = reference->movable_start_pfn[nid];

	if (movable_start_pfn && pfn >= movable_start_pfn)
		return MMI_ZONE_MOVABLE;
	if (has_zone(g, MMI_ZONE_DMA) && (pfn < g->dma_end_pfn || !has_zone(g, MMI_ZONE_NORMAL)))
		return MMI_ZONE_DMA;
	if (has_zone(g, MMI_ZONE_DMA32) &&
	    (pfn < g->dma32_end_pfn || !has_zone(g, MMI_ZONE_NORMAL)))
		return MMI_ZONE_DMA32;
	return MMI_ZONE_NORMAL;
}

/* struct page flags of 6.1 on amd64: node from bit 54, zone from 51, last CPU all ones from 30. */
static uint64_t flags_of(int nid, enum mmi_zone_type zone, bool is_free)
{
	return (uint64_t)nid << 54 | (uint64_t)zone << 51 | 0x1fffffull << 30 |
	       (is_free ? 0 : 1ull << 12);
}

/* Moves to the ranges that hold @pfn, or lie next above it. */
static void seek(struct mmi_reference *reference, uint64_t pfn)
{
	const struct mmi_machine *machine = reference->machine;

	while (reference->next_memory < machine->nr_memory &&
	       machine->memory[reference->next_memory].end_pfn <= pfn)
		reference->next_memory++;
	while (reference->next_reserved < machine->nr_reserved &&
	       machine->reserved[reference->next_reserved].end_pfn <= pfn)
		reference->next_reserved++;
	while (reference->next_changed < reference->nr_changed &&
	       reference->changed[reference->next_changed].end_pfn <= pfn)
		reference->next_changed++;
}

static bool is_reserved(const struct mmi_reference *reference, uint64_t pfn)
{
	const struct mmi_machine *machine = reference->machine;

	return reference->next_reserved < machine->nr_reserved &&
	       machine->reserved[reference->next_reserved].start_pfn <= pfn;
}

/* A page of a memory block that has come or gone: all of it is as this one. */
static struct mmi_reference_page classify_changed(const struct mmi_changed_block *block)
{
	if (block->zone < 0)
		return (struct mmi_reference_page){.order = -1};
	return (struct mmi_reference_page){
	    .flags = flags_of(block->nid, (enum mmi_zone_type)block->zone, true),
	    .order = -1,
	    .is_valid = true,
	    .is_free = true,
	};
}

/*
 * One page.  Memory is what its range says.  A hole has a struct page where its subsection holds
 * some memory; it is linked to the memory above it, or below where there is none above.
 */
static struct mmi_reference_page classify(struct mmi_reference *reference, uint64_t pfn)
{
	const struct mmi_machine *machine = reference->machine;
	const uint64_t sub_pages = subsection_pages(&machine->geometry);
	const uint64_t sub_start = pfn - pfn % sub_pages, sub_end = sub_start + sub_pages;

	seek(reference, pfn);
	if (reference->next_changed < reference->nr_changed &&
	    reference->changed[reference->next_changed].start_pfn <= pfn)
		return classify_changed(&reference->changed[reference->next_changed]);
	const size_t i = reference->next_memory;
	const struct mmi_mem_range *above = i < machine->nr_memory ? &machine->memory[i] : NULL;
	const struct mmi_mem_range *below = i > 0 ? &machine->memory[i - 1] : NULL;
	const bool is_memory = above && above->start_pfn <= pfn;

	if (!is_memory && !(above && above->start_pfn < sub_end) &&
	    !(below && below->end_pfn > sub_start))
		return (struct mmi_reference_page){.order = -1};
	const int nid = above ? above->nid : below->nid;
	const uint64_t like_pfn = is_memory ? pfn : above ? above->start_pfn : below->end_pfn - 1;
	const bool is_free =
	    is_memory && !(above->flags & MMI_MEM_NOMAP) && !is_reserved(reference, pfn);
	return (struct mmi_reference_page){
	    .flags = flags_of(nid, zone_of(reference, nid, like_pfn), is_free),
	    .order = -1,
	    .is_valid = true,
	    .is_free = is_free,
	};
}

/* Are all of these pages free, and of one zone of one node? */
static bool is_one_block(const struct mmi_reference_page *pages, uint64_t nr_pages)
{
	for (uint64_t i = 0; i < nr_pages; i++)
		if (!pages[i].is_free || pages[i].flags != pages[0].flags)
			return false;
	return true;
}

/* Finds the free blocks of 1 << @order pages: the whole, or those of its halves. */
static void find_blocks(struct mmi_reference_page *pages, unsigned order)
{
	if (is_one_block(pages, 1ull << order)) {
		pages->order = (int8_t)order;
	} else if (order > 0) {
		find_blocks(pages, order - 1);
		find_blocks(pages + (1ull << (order - 1)), order - 1);
	}
}

/* The first max-order block of boot memory at or above @pfn, itself one's start. */
static bool find_boot_block(const struct mmi_reference *reference, uint64_t pfn,
			    uint64_t *block_pfn)
{
	const struct mmi_machine *machine = reference->machine;
	const uint64_t sub_pages = subsection_pages(&machine->geometry);
	const uint64_t block_pages = 1ull << machine->geometry.max_page_order;

	/* The range below the one at hand may still reach @pfn with its last subsection. */
	for (size_t i = reference->next_memory ? reference->next_memory - 1 : 0;
	     i < machine->nr_memory; i++) {
		const uint64_t start = machine->memory[i].start_pfn;
		const uint64_t end = machine->memory[i].end_pfn;
		const uint64_t first_pfn = start - start % sub_pages;
		const uint64_t past_pfn = (end + sub_pages - 1) / sub_pages * sub_pages;
		if (past_pfn <= pfn)
			continue;
		*block_pfn = first_pfn > pfn ? first_pfn - first_pfn % block_pages : pfn;
		return true;
	}
	return false;
}

/* The first max-order block at or above @pfn that may have a struct page. */
static bool find_block(const struct mmi_reference *reference, uint64_t pfn, uint64_t *block_pfn)
{
	bool found = find_boot_block(reference, pfn, block_pfn);

	for (size_t i = reference->next_changed; i < reference->nr_changed; i++) {
		const struct mmi_changed_block *block = &reference->changed[i];
		const uint64_t first_pfn = block->start_pfn > pfn ? block->start_pfn : pfn;
		if (block->zone < 0 || block->end_pfn <= pfn)
			continue;
		if (!found || first_pfn < *block_pfn)
			*block_pfn = first_pfn;
		return true;
	}
	return found;
}

bool mmi_reference_next(struct mmi_reference *reference)
{
	const unsigned max_order = reference->machine->geometry.max_page_order;

	if (!find_block(reference, reference->next_pfn, &reference->block_pfn))
		return false;
	for (uint64_t i = 0; i < 1ull << max_order; i++)
		reference->pages[i] = classify(reference, reference->block_pfn + i);
	find_blocks(reference->pages, max_order);
	reference->next_pfn = reference->block_pfn + (1ull << max_order);
	return true;
}

struct mmi_page mmi_reference_struct_page(const struct mmi_reference_page *page)
{
	const bool is_head = page->order >= 0;

	return (struct mmi_page){
	    .flags = page->flags,
	    .private_data = is_head ? (uint64_t)page->order : 0,
	    .page_type = is_head ? MMI_PAGE_TYPE_BUDDY : MMI_PAGE_TYPE_NONE,
	    .refcount = page->is_free ? 0 : 1,
	};
}
