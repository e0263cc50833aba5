/* SPDX-License-Identifier: MIT */
/*
 * Max-order blocks whose pages are not all initialised before the first of them is freed.
 *
 * Such a block holds several pieces: free runs, cut at its ends.  They come one after another: the
 * early ones first, when no deferred page is initialised; then those of each node, which works by
 * itself.  A piece is freed as whatever blocks, but what merges in the end is the same: an aligned
 * part of the block that is all free.  When such a part is complete its buddy's head is read.
 * So the block is walked as the tree that its halves make.
 */
#include <errno.h>

#include "verify/audit_parts.h"

/* No two pieces of a block share a page. */
#define MAX_PIECES (1u << MMI_MAX_PAGE_ORDER)

struct block {
	struct mmi_audit_work *work;
	uint64_t start_pfn;
	struct mmi_free_run *pieces; /* upwards */
	size_t nr_pieces;
	bool is_mixed; /* pieces of several nodes, or early and deferred ones */
};

/* Of the other node's thread, nobody knows whether it was here already: RACING. */
enum initialised { INITIALISED, RACING, UNINITIALISED };

/* Is piece @j initialised when piece @i is freed? */
static enum initialised state_of(const struct block *block, size_t j, size_t i)
{
	const struct mmi_free_run *freed = &block->pieces[i], *piece = &block->pieces[j];

	if (!piece->is_deferred)
		return INITIALISED;
	if (!freed->is_deferred)
		return UNINITIALISED;
	if (piece->node != freed->node)
		return RACING;
	return block->work->rules->block_at_a_time || j <= i ? INITIALISED : UNINITIALISED;
}

static void add_free(const struct block *block, size_t i, size_t j)
{
	const struct mmi_free_run *piece = &block->pieces[i], *other = &block->pieces[j];
	const struct mmi_audit_place place = {
	    .kind = MMI_AUDIT_MIDBLOCK_FREE,
	    .nid = piece->nid,
	    .zone = piece->zone,
	    .start_pfn = piece->start_pfn,
	    .end_pfn = piece->end_pfn,
	    .nr = piece->end_pfn - piece->start_pfn,
	    .other_start_pfn = other->start_pfn,
	    .other_end_pfn = other->end_pfn,
	    .other_nid = other->nid,
	    .is_race = state_of(block, j, i) == RACING,
	};

	mmi_audit_add(block->work, piece->node, &place);
}

/*
 * A piece that is uninitialised when piece @i is freed, or @i itself: one that is so for certain
 * goes before one that only may be, and the next above before others.
 */
static size_t find_uninitialised(const struct block *block, size_t i)
{
	size_t found = i;

	for (size_t n = 1; n < block->nr_pieces; n++) {
		const size_t j = (i + n) % block->nr_pieces;
		const enum initialised state = state_of(block, j, i);
		if (state == UNINITIALISED)
			return j;
		if (state == RACING && found == i)
			found = j;
	}
	return found;
}

static void judge_frees(const struct block *block)
{
	for (size_t i = 0; i < block->nr_pieces; i++) {
		const size_t j = find_uninitialised(block, i);
		if (j != i)
			add_free(block, i, j);
	}
}

/* The piece that holds @pfn, or that is the first above it. */
static size_t find_piece(const struct block *block, uint64_t pfn)
{
	size_t low = 0, high = block->nr_pieces;

	while (low < high) {
		const size_t middle = (low + high) / 2;
		if (block->pieces[middle].end_pfn <= pfn)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* The part [start_pfn, end_pfn) is complete when piece @i is freed; its buddy begins at @pfn. */
static void judge_merge(const struct block *block, size_t i, uint64_t start_pfn, uint64_t end_pfn,
			uint64_t pfn)
{
	const struct mmi_free_run *piece = &block->pieces[i];
	const size_t j = find_piece(block, pfn);

	if (j == block->nr_pieces || block->pieces[j].start_pfn > pfn)
		return;
	const enum initialised state = state_of(block, j, i);
	if (state == INITIALISED)
		return;
	const struct mmi_audit_place place = {
	    .kind = MMI_AUDIT_UNINIT_READ,
	    .nid = piece->nid,
	    .zone = piece->zone,
	    .start_pfn = pfn,
	    .end_pfn = pfn + 1,
	    .nr = 1,
	    .other_start_pfn = start_pfn,
	    .other_end_pfn = end_pfn,
	    .other_nid = block->pieces[j].nid,
	    .is_race = state == RACING,
	};
	mmi_audit_add(block->work, piece->node, &place);
}

/* Are both freed into the same zone, in the same way? */
static bool merges_with(const struct mmi_free_run *a, const struct mmi_free_run *b)
{
	return a->node == b->node && a->zone == b->zone && a->is_deferred == b->is_deferred;
}

/*
 * Judges the merges inside the part of 1 << @order pages at @pfn.  Does all of it become one free
 * block?  Then *@last is the piece that completes it.
 */
static bool walk_part(const struct block *block, uint64_t pfn, unsigned order, size_t *last)
{
	const size_t i = find_piece(block, pfn);
	const uint64_t end_pfn = pfn + (1ull << order);
	const uint64_t middle = pfn + (1ull << order) / 2;
	size_t low, high;

	if (i == block->nr_pieces || block->pieces[i].start_pfn >= end_pfn)
		return false;
	*last = i;
	if (block->pieces[i].start_pfn <= pfn && block->pieces[i].end_pfn >= end_pfn)
		return true;
	const bool low_is_free = walk_part(block, pfn, order - 1, &low);
	const bool high_is_free = walk_part(block, middle, order - 1, &high);
	if (low_is_free)
		judge_merge(block, low, pfn, middle, middle);
	if (high_is_free)
		judge_merge(block, high, middle, end_pfn, pfn);
	if (!low_is_free || !high_is_free ||
	    !merges_with(&block->pieces[low], &block->pieces[high]))
		return false;
	*last = high;
	return true;
}

static void judge_block(struct block *block)
{
	const unsigned max_order = block->work->layout->machine->geometry.max_page_order;
	size_t last;

	if (block->is_mixed || (block->nr_pieces > 1 && !block->work->rules->block_at_a_time)) {
		judge_frees(block);
		walk_part(block, block->start_pfn, max_order, &last);
	}
	block->nr_pieces = 0;
	block->is_mixed = false;
}

/* @run's part of one block, which it does not fill. */
static void add_piece(struct block *block, const struct mmi_free_run *run, uint64_t start_pfn,
		      uint64_t end_pfn)
{
	const uint64_t block_pages = mmi_block_pages(&block->work->layout->machine->geometry);
	const uint64_t block_pfn = mmi_align_down(start_pfn, block_pages);
	struct mmi_free_run *piece;

	if (block->nr_pieces && block->start_pfn != block_pfn)
		judge_block(block);
	block->start_pfn = block_pfn;
	piece = &block->pieces[block->nr_pieces++];
	*piece = *run;
	piece->start_pfn = start_pfn;
	piece->end_pfn = end_pfn;
	if (piece->node != block->pieces[0].node ||
	    piece->is_deferred != block->pieces[0].is_deferred)
		block->is_mixed = true;
}

/* The ends of a run: what is between them fills blocks. */
static void add_run(struct block *block, const struct mmi_free_run *run)
{
	const uint64_t block_pages = mmi_block_pages(&block->work->layout->machine->geometry);
	const uint64_t first_pfn = mmi_align_up(run->start_pfn, block_pages);
	const uint64_t last_pfn = mmi_align_down(run->end_pfn, block_pages);

	if (first_pfn > last_pfn) {
		add_piece(block, run, run->start_pfn, run->end_pfn);
		return;
	}
	if (run->start_pfn < first_pfn)
		add_piece(block, run, run->start_pfn, first_pfn);
	if (last_pfn < run->end_pfn)
		add_piece(block, run, last_pfn, run->end_pfn);
}

int mmi_audit_blocks(struct mmi_audit_work *work)
{
	const struct mmi_platform *platform = work->layout->machine->platform;
	const size_t size_bytes = MAX_PIECES * sizeof(struct mmi_free_run);
	struct block block = {.work = work,
			      .pieces = platform->ops->alloc(platform->ctx, size_bytes)};
	struct mmi_free_runs runs;
	struct mmi_free_run run;

	if (!block.pieces)
		return -ENOMEM;
	mmi_free_runs_init(&runs, work->layout, work->splits, 0);
	while (mmi_free_runs_next(&runs, &run))
		add_run(&block, &run);
	judge_block(&block);
	platform->ops->free(platform->ctx, block.pieces, size_bytes);
	return 0;
}
