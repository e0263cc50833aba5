/* SPDX-License-Identifier: MIT */
/* Spreads the pages that kernelcore= asks for over the nodes; what lies above is movable. */
#include "zone/movable.h"

#include "machine/minmax.h"

static uint64_t amount_pages(const struct mmi_amount *amount, uint64_t nr_total_pages)
{
	if (amount->unit == MMI_AMOUNT_PERCENT)
		return nr_total_pages * mmi_smaller(amount->value, 100) / 100;
	return amount->unit == MMI_AMOUNT_PAGES ? amount->value : 0;
}

/* Pages that must be kernel memory; 0 when there is to be no ZONE_MOVABLE. */
static uint64_t needed_pages(const struct mmi_layout *layout)
{
	const struct mmi_machine *machine = layout->machine;
	const uint64_t total = machine->nr_present_pages;
	uint64_t need = amount_pages(&machine->kernelcore, total);
	uint64_t movable = amount_pages(&machine->movablecore, total);

	if (movable) {
		movable = mmi_align_up(movable, mmi_block_pages(&machine->geometry));
		need = mmi_larger(need, total - mmi_smaller(movable, total));
	}
	return need < total ? need : 0;
}

/* What is left to place: on this node, and on all. */
struct spread {
	uint64_t low_pfn;   /* start of the zone that MOVABLE is cut from */
	uint64_t nr_rest;   /* of this node's share */
	uint64_t nr_needed; /* of all nodes */
};

/* Takes kernel pages of one range, moves the node's point behind them; true: the share is taken. */
static bool take_range(struct spread *s, struct mmi_node_layout *node,
		       const struct mmi_mem_range *range)
{
	const uint64_t start = mmi_larger(range->start_pfn, node->movable_start_pfn);
	const uint64_t low_end = mmi_smaller(range->end_pfn, s->low_pfn);
	const uint64_t high_start = mmi_larger(start, s->low_pfn);

	s->nr_rest = mmi_excess(s->nr_rest, mmi_excess(low_end, start));
	s->nr_needed = mmi_excess(s->nr_needed, mmi_excess(low_end, start));
	if (high_start >= range->end_pfn) {
		node->movable_start_pfn = mmi_larger(start, range->end_pfn);
		return false;
	}
	const uint64_t nr_taken = mmi_smaller(range->end_pfn - high_start, s->nr_rest);
	node->movable_start_pfn = high_start + nr_taken;
	s->nr_needed = mmi_excess(s->nr_needed, nr_taken);
	s->nr_rest -= nr_taken;
	return s->nr_rest == 0;
}

static void take_node(struct spread *s, const struct mmi_machine *machine,
		      struct mmi_node_layout *node)
{
	for (size_t i = 0; i < machine->nr_memory; i++)
		if (machine->memory[i].nid == node->nid && take_range(s, node, &machine->memory[i]))
			return;
}

/* One pass over the nodes with memory, each to give an even share of what is still needed. */
static void pass(struct spread *s, struct mmi_layout *layout, uint64_t nr_shares)
{
	uint64_t share = UINT64_MAX;

	for (size_t i = 0; i < layout->machine->nr_nodes; i++) {
		if (!layout->machine->nodes[i].nr_present_pages)
			continue;
		if (s->nr_needed < share)
			share = s->nr_needed / nr_shares;
		s->nr_rest = share;
		take_node(s, layout->machine, &layout->nodes[i]);
	}
}

void mmi_movable_place(struct mmi_layout *layout)
{
	const struct mmi_machine *machine = layout->machine;
	struct spread s = {.low_pfn = layout->zone_start_pfn[layout->movable_zone],
			   .nr_needed = needed_pages(layout)};
	uint64_t nr_shares = 0;

	if (!s.nr_needed)
		return;
	for (size_t i = 0; i < machine->nr_nodes; i++)
		nr_shares += machine->nodes[i].nr_present_pages > 0;
	do
		pass(&s, layout, nr_shares);
	while (--nr_shares && s.nr_needed > nr_shares);

	for (size_t i = 0; i < machine->nr_nodes; i++) {
		struct mmi_node_layout *node = &layout->nodes[i];
		node->movable_start_pfn =
		    mmi_align_up(node->movable_start_pfn, mmi_block_pages(&machine->geometry));
		if (node->movable_start_pfn >= node->end_pfn)
			node->movable_start_pfn = 0;
	}
}
