/* SPDX-License-Identifier: MIT */
/* Invariant 11: what is reserved, offline, or no memory at all, is in no free block. */
#include "verify/examination.h"
#include "verify/struct_pages.h"

/* The first reserved PFN in [start_pfn, end_pfn); end_pfn when there is none. */
static uint64_t first_reserved(const struct mmi_machine *machine, uint64_t start_pfn,
			       uint64_t end_pfn)
{
	size_t low = 0, high = machine->nr_reserved;

	while (low < high) {
		const size_t middle = (low + high) / 2;
		if (machine->reserved[middle].end_pfn <= start_pfn)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == machine->nr_reserved || machine->reserved[low].start_pfn >= end_pfn)
		return end_pfn;
	const uint64_t pfn = machine->reserved[low].start_pfn;
	return pfn > start_pfn ? pfn : start_pfn;
}

/* The first PFN in [start_pfn, end_pfn) that is no memory, or memory that is never handed over. */
static uint64_t first_hole(const struct mmi_machine *machine, uint64_t start_pfn, uint64_t end_pfn)
{
	size_t low = 0, high = machine->nr_memory;

	while (low < high) {
		const size_t middle = (low + high) / 2;
		if (machine->memory[middle].end_pfn <= start_pfn)
			low = middle + 1;
		else
			high = middle;
	}
	for (; start_pfn < end_pfn && low < machine->nr_memory; low++) {
		const struct mmi_mem_range *range = &machine->memory[low];
		if (range->start_pfn > start_pfn || range->flags & MMI_MEM_NOMAP)
			return start_pfn;
		start_pfn = range->end_pfn;
	}
	return start_pfn < end_pfn ? start_pfn : end_pfn;
}

/* Free block [start_pfn, end_pfn) as boot left memory. */
static void check_boot_block(struct mmi_examination *x, uint64_t start_pfn, uint64_t end_pfn,
			     unsigned order)
{
	const struct mmi_machine *machine = x->system->mem.machine;
	const uint64_t reserved_pfn = first_reserved(machine, start_pfn, end_pfn);
	const uint64_t hole_pfn = first_hole(machine, start_pfn, end_pfn);

	if (reserved_pfn < end_pfn)
		mmi_examination_offend(x, 11, reserved_pfn,
				       "reserved, and in a free block of order %u", order);
	if (hole_pfn < end_pfn)
		mmi_examination_offend(x, 11, hole_pfn,
				       "memory of no page allocator, and in a free block of order "
				       "%u",
				       order);
}

/* The same where memory has come and gone since: no free block is larger than a memory block. */
static void check_block(struct mmi_examination *x, const struct mmi_listed_block *block)
{
	const uint64_t end_pfn = block->pfn + (1ull << block->order);
	const struct mmi_changed_block *changed = mmi_changed_block_at(&x->changes, block->pfn);

	if (!changed || changed->start_pfn > block->pfn)
		check_boot_block(x, block->pfn, end_pfn, block->order);
	else if (changed->zone < 0)
		mmi_examination_offend(x, 11, block->pfn,
				       "offline, and in a free block of order %u", block->order);
}

void mmi_check_reserved(struct mmi_examination *x)
{
	struct mmi_list_walk walk = {.mem = &x->system->mem};
	struct mmi_listed_block block;
	enum mmi_walk_step step;

	mmi_examination_judge(x, 11, 0);
	while ((step = mmi_list_walk_next(&walk, &block)) != MMI_WALK_END) {
		if (step == MMI_WALK_TORN)
			continue;
		mmi_examination_judge(x, 11, 1);
		check_block(x, &block);
	}
}
