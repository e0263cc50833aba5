/* SPDX-License-Identifier: MIT */
/*
 * Invariant 5: the chunks partition what is deferred, recomputed from the machine's ranges.
 *
 * So is where each node's deferred part begins: a plan that says so wrongly is as wrong as its
 * chunks.  The plan's pieces (chunks and early runs) are laid side by side; then the units of
 * memory are walked upwards, and each must lie in one piece: a chunk when it holds a deferred page.
 */
#include <errno.h>
#include <stdlib.h>

#include "verify/early_border.h"
#include "verify/examination.h"

/* A chunk, or an early run. */
struct piece {
	uint64_t start_pfn;
	uint64_t end_pfn;
	int nid;           /* of the chunk's group; -1: early */
	uint64_t nr_units; /* with memory, seen in it */
};

struct walk {
	struct mmi_examination *x;
	const struct mmi_plan *plan;
	struct mmi_node_border *nodes; /* by nid */
	struct piece *pieces;          /* by start */
	size_t nr_pieces;
	size_t next_piece; /* the first that may reach the unit at hand */
	/* The unit at hand. */
	bool has_unit;
	uint64_t unit_pfn;
	int unit_nid; /* of its first memory */
	bool is_deferred;
};

static int compare_pieces(const void *a, const void *b)
{
	const struct piece *left = a, *right = b;

	if (left->start_pfn != right->start_pfn)
		return left->start_pfn < right->start_pfn ? -1 : 1;
	return (left->end_pfn > right->end_pfn) - (left->end_pfn < right->end_pfn);
}

static void collect(struct walk *w)
{
	const struct mmi_plan *plan = w->plan;

	for (size_t i = 0; i < plan->nr_groups; i++) {
		const struct mmi_group *group = &plan->groups[i];
		for (uint64_t n = 0; n < group->nr_chunks; n++) {
			const struct mmi_chunk *chunk = &plan->chunks[group->first_chunk + n];
			w->pieces[w->nr_pieces++] = (struct piece){
			    .start_pfn = chunk->start_pfn,
			    .end_pfn = chunk->end_pfn,
			    .nid = group->nid,
			};
		}
	}
	for (size_t i = 0; i < plan->nr_early; i++)
		w->pieces[w->nr_pieces++] = (struct piece){
		    .start_pfn = plan->early[i].start_pfn,
		    .end_pfn = plan->early[i].end_pfn,
		    .nid = -1,
		};
	qsort(w->pieces, w->nr_pieces, sizeof(*w->pieces), compare_pieces);
}

/* Borders are aligned to units, a multiple of sections. */
static bool check_borders(struct walk *w)
{
	const uint64_t unit_pages = w->plan->unit_pages;
	bool good = true;

	for (size_t i = 0; i < w->nr_pieces; i++) {
		const struct piece *piece = &w->pieces[i];
		const bool start_is_off = piece->start_pfn % unit_pages != 0;
		if (!start_is_off && piece->end_pfn % unit_pages == 0)
			continue;
		good = false;
		mmi_examination_offend(
		    w->x, 5, start_is_off ? piece->start_pfn : piece->end_pfn,
		    "border of PFNs 0x%llx-0x%llx: a multiple of 0x%llx expected",
		    (unsigned long long)piece->start_pfn, (unsigned long long)piece->end_pfn,
		    (unsigned long long)unit_pages);
	}
	return good;
}

/* The unit at hand is known whole: who has it? */
static void close_unit(struct walk *w)
{
	const uint64_t unit_pfn = w->unit_pfn;
	unsigned nr_chunks = 0, nr_early = 0;
	int nid = w->unit_nid;

	while (w->next_piece < w->nr_pieces && w->pieces[w->next_piece].end_pfn <= unit_pfn)
		w->next_piece++;
	for (size_t i = w->next_piece; i < w->nr_pieces && w->pieces[i].start_pfn <= unit_pfn;
	     i++) {
		struct piece *piece = &w->pieces[i];
		if (piece->end_pfn <= unit_pfn)
			continue;
		piece->nr_units++;
		nr_chunks += piece->nid >= 0;
		nr_early += piece->nid < 0;
		if (piece->nid >= 0)
			nid = piece->nid;
	}
	mmi_examination_judge(w->x, 5, 1);
	if (nr_chunks != w->is_deferred || nr_early != !w->is_deferred)
		mmi_examination_offend(
		    w->x, 5, unit_pfn,
		    "unit in %u chunks and %u early runs: expected in one %s, nowhere else",
		    nr_chunks, nr_early, w->is_deferred ? "chunk" : "early run");
	else if (nid != w->unit_nid)
		mmi_examination_offend(w->x, 5, unit_pfn,
				       "unit in a chunk of node %d, its first memory is of node %d",
				       nid, w->unit_nid);
}

/* Some memory of node @nid lies in the unit at @unit_pfn. */
static void add_to_unit(struct walk *w, uint64_t unit_pfn, int nid, bool is_deferred)
{
	if (w->has_unit && w->unit_pfn == unit_pfn) {
		w->is_deferred |= is_deferred;
		return;
	}
	if (w->has_unit)
		close_unit(w);
	w->has_unit = true;
	w->unit_pfn = unit_pfn;
	w->unit_nid = nid;
	w->is_deferred = is_deferred;
}

static void walk_units(struct walk *w)
{
	const struct mmi_machine *machine = w->x->system->mem.machine;
	const uint64_t unit_pages = w->plan->unit_pages;

	for (size_t i = 0; i < machine->nr_memory; i++) {
		const struct mmi_mem_range *range = &machine->memory[i];
		const uint64_t border = w->nodes[range->nid].first_deferred_pfn;

		for (uint64_t pfn = mmi_align_down(range->start_pfn, unit_pages);
		     pfn < range->end_pfn; pfn += unit_pages) {
			const uint64_t end =
			    range->end_pfn < pfn + unit_pages ? range->end_pfn : pfn + unit_pages;
			add_to_unit(w, pfn, range->nid, end > border);
		}
	}
	if (w->has_unit)
		close_unit(w);
}

/* The plan says of each node what the rule does. */
static void check_splits(struct walk *w)
{
	const struct mmi_machine *machine = w->x->system->mem.machine;

	for (size_t i = 0; i < machine->nr_nodes; i++) {
		const struct mmi_node_split *split = &w->plan->splits[i];
		const uint64_t border = w->nodes[split->nid].first_deferred_pfn;
		const uint64_t nr_deferred = w->nodes[split->nid].nr_deferred_pages;
		const uint64_t nr_early = machine->nodes[i].nr_present_pages - nr_deferred;
		if (split->nr_early_pages != nr_early || split->nr_deferred_pages != nr_deferred)
			mmi_examination_offend_somewhere(
			    w->x, 5, split->has_deferred ? split->first_deferred_pfn : 0,
			    "node %d: %llu early and %llu deferred pages, %llu and %llu expected",
			    split->nid, (unsigned long long)split->nr_early_pages,
			    (unsigned long long)split->nr_deferred_pages,
			    (unsigned long long)nr_early, (unsigned long long)nr_deferred);
		else if (split->has_deferred && split->first_deferred_pfn != border)
			mmi_examination_offend_somewhere(
			    w->x, 5, split->first_deferred_pfn,
			    "node %d: deferred from PFN 0x%llx on, 0x%llx expected", split->nid,
			    (unsigned long long)split->first_deferred_pfn,
			    (unsigned long long)border);
	}
}

/* Pieces hold no unit without memory. */
static void check_pieces(struct walk *w)
{
	for (size_t i = 0; i < w->nr_pieces; i++) {
		const struct piece *piece = &w->pieces[i];
		const uint64_t nr_units = (piece->end_pfn - piece->start_pfn) / w->plan->unit_pages;
		if (piece->nr_units != nr_units)
			mmi_examination_offend_somewhere(
			    w->x, 5, piece->start_pfn,
			    "PFNs 0x%llx-0x%llx: %llu units, only %llu of them with memory",
			    (unsigned long long)piece->start_pfn,
			    (unsigned long long)piece->end_pfn, (unsigned long long)nr_units,
			    (unsigned long long)piece->nr_units);
	}
}

static void count_deferred(struct mmi_node_border *node, const struct mmi_mem_range *range)
{
	const uint64_t start_pfn = range->start_pfn > node->first_deferred_pfn
				       ? range->start_pfn
				       : node->first_deferred_pfn;

	if (start_pfn < range->end_pfn)
		node->nr_deferred_pages += range->end_pfn - start_pfn;
}

/* On a machine that initialises on demand nothing is early, whatever the rule says. */
static void find_borders(struct walk *w)
{
	const struct mmi_layout *layout = w->plan->layout;
	const struct mmi_machine *machine = w->x->system->mem.machine;

	for (size_t i = 0; i < machine->nr_nodes; i++)
		w->nodes[layout->nodes[i].nid].movable_start_pfn =
		    layout->nodes[i].movable_start_pfn;
	mmi_early_borders(machine, w->nodes);
	for (size_t i = machine->nr_memory; w->plan->params.nothing_early && i-- > 0;)
		w->nodes[machine->memory[i].nid].first_deferred_pfn = machine->memory[i].start_pfn;
	for (size_t i = 0; i < machine->nr_memory; i++)
		count_deferred(&w->nodes[machine->memory[i].nid], &machine->memory[i]);
}

int mmi_check_partition(struct mmi_examination *x, struct mmi_error *err)
{
	const struct mmi_plan *plan = &x->system->plan;
	struct walk w = {.x = x, .plan = plan};

	w.pieces = calloc(plan->nr_chunks + plan->nr_early + 1, sizeof(*w.pieces));
	w.nodes = calloc(MMI_MAX_NODES, sizeof(*w.nodes));
	if (!w.pieces || !w.nodes) {
		free(w.pieces);
		free(w.nodes);
		return mmi_error_set(err, -ENOMEM, "no memory to judge a plan of %llu chunks",
				     (unsigned long long)plan->nr_chunks);
	}
	find_borders(&w);
	mmi_examination_judge(x, 5, 0);
	collect(&w);
	if (check_borders(&w)) { /* else the units would only repeat it */
		walk_units(&w);
		check_pieces(&w);
		check_splits(&w);
	}
	free(w.nodes);
	free(w.pieces);
	return 0;
}
