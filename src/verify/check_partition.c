/* SPDX-License-Identifier: MIT */
/*
 * Invariant 5: the chunks partition what is deferred, recomputed from the machine's ranges.
 *
 * The plan's pieces (chunks and early runs) are laid side by side; then the units of memory are
 * walked upwards, and each must lie in one piece: a chunk when it holds a deferred page.
 */
#include <errno.h>
#include <stdlib.h>

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
	struct piece *pieces; /* by start */
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
		const struct mmi_node_split *split =
		    &w->plan->splits[mmi_machine_node_index(machine, range->nid)];

		for (uint64_t pfn = mmi_align_down(range->start_pfn, unit_pages);
		     pfn < range->end_pfn; pfn += unit_pages) {
			const uint64_t end =
			    range->end_pfn < pfn + unit_pages ? range->end_pfn : pfn + unit_pages;
			add_to_unit(w, pfn, range->nid,
				    split->has_deferred && end > split->first_deferred_pfn);
		}
	}
	if (w->has_unit)
		close_unit(w);
}

/* Pieces hold no unit without memory; what is early and deferred adds up to all memory. */
static void check_sums(struct walk *w)
{
	const struct mmi_machine *machine = w->x->system->mem.machine;

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
	for (size_t i = 0; i < machine->nr_nodes; i++) {
		const struct mmi_node_split *split = &w->plan->splits[i];
		if (split->nr_early_pages + split->nr_deferred_pages !=
		    machine->nodes[i].nr_present_pages)
			mmi_examination_offend_somewhere(
			    w->x, 5, split->first_deferred_pfn,
			    "node %d: %llu early and %llu deferred pages, %llu present", split->nid,
			    (unsigned long long)split->nr_early_pages,
			    (unsigned long long)split->nr_deferred_pages,
			    (unsigned long long)machine->nodes[i].nr_present_pages);
	}
}

int mmi_check_partition(struct mmi_examination *x, struct mmi_error *err)
{
	const struct mmi_plan *plan = &x->system->plan;
	struct walk w = {.x = x, .plan = plan};

	w.pieces = calloc(plan->nr_chunks + plan->nr_early + 1, sizeof(*w.pieces));
	if (!w.pieces)
		return mmi_error_set(err, -ENOMEM, "no memory to judge a plan of %llu chunks",
				     (unsigned long long)plan->nr_chunks);
	mmi_examination_judge(x, 5, 0);
	collect(&w);
	if (check_borders(&w)) { /* else the units would only repeat it */
		walk_units(&w);
		check_sums(&w);
	}
	free(w.pieces);
	return 0;
}
