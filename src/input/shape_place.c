/* SPDX-License-Identifier: MIT */
/*
 * Places the memory of a shape: node after node, or in turns, upwards from the start, around the
 * gap below 4 GiB.
 *
 *     0        3G   4G
 *     |00000000|gap |0000001111111111|        2n:5G
 */
#include <errno.h>

#include "input/shape.h"

#define GIB (1ull << 30)

struct placer {
	struct mmi_shape *shape;
	struct mmi_byte_ranges placed;
	uint64_t at;
	uint64_t gap_start; /* gap_start == gap_end: none */
	uint64_t gap_end;
	uint64_t limit;
};

static int place_run(struct placer *placer, uint64_t size_bytes, int nid)
{
	struct mmi_byte_range run = {
	    .nid = nid, .kind = MMI_SHAPE_MEMORY, .from_kinds = MMI_FROM_ANY};

	if (placer->at >= placer->limit || size_bytes > placer->limit - placer->at)
		return mmi_shape_bad(placer->shape,
				     placer->shape->start_at ? placer->shape->start_at
							     : placer->shape->nodes_at,
				     "memory below the architecture's limit");
	run.start = placer->at;
	run.end = placer->at + size_bytes;
	placer->at = run.end;
	return mmi_byte_ranges_append(&placer->placed, &run, placer->shape->err);
}

static int place(struct placer *placer, uint64_t size_bytes, int nid)
{
	while (size_bytes) {
		uint64_t run_bytes = size_bytes;
		if (placer->at >= placer->gap_start && placer->at < placer->gap_end)
			placer->at = placer->gap_end;
		if (placer->at < placer->gap_start && run_bytes > placer->gap_start - placer->at)
			run_bytes = placer->gap_start - placer->at;
		const int ret = place_run(placer, run_bytes, nid);
		if (ret)
			return ret;
		size_bytes -= run_bytes;
	}
	return 0;
}

static int place_in_turns(struct placer *placer)
{
	struct mmi_shape *shape = placer->shape;
	uint64_t nr_turns = 0;
	bool has_more = true;
	int ret = 0;

	for (size_t i = 0; i < shape->nr_nodes; i++)
		nr_turns += shape->node_bytes[i] / shape->interleave_bytes;
	if (nr_turns >= MMI_MAX_RANGES / 2)
		return mmi_shape_bad(shape, shape->interleave_at,
				     "a larger size: at most 524288 turns");
	while (!ret && has_more) {
		has_more = false;
		for (size_t i = 0; !ret && i < shape->nr_nodes; i++) {
			uint64_t size_bytes = shape->interleave_bytes;
			if (size_bytes > shape->node_bytes[i])
				size_bytes = shape->node_bytes[i];
			shape->node_bytes[i] -= size_bytes;
			has_more = has_more || shape->node_bytes[i];
			ret = place(placer, size_bytes, (int)i);
		}
	}
	return ret;
}

static int place_nodes(struct placer *placer)
{
	const struct mmi_shape *shape = placer->shape;
	int ret = 0;

	if (shape->interleave_bytes)
		return place_in_turns(placer);
	for (size_t i = 0; !ret && i < shape->nr_nodes; i++)
		ret = place(placer, shape->node_bytes[i], (int)i);
	return ret;
}

/* The gap: as asked for, or the last GiB where memory would get there. */
static void set_gap(struct placer *placer)
{
	const struct mmi_shape *shape = placer->shape;
	uint64_t gap_bytes = shape->has_pci ? shape->pci_bytes : GIB;

	if (shape->draft.spec.geometry.arch != MMI_ARCH_X86_64)
		gap_bytes = 0;
	placer->gap_start = 4 * GIB - gap_bytes;
	placer->gap_end = 4 * GIB;
}

/* Sorts what is left after holes and persistent memory into the draft. */
static int split_kinds(struct placer *placer, const struct mmi_byte_ranges *nodes,
		       const struct mmi_byte_ranges *sorted)
{
	struct mmi_shape *shape = placer->shape;
	int ret = 0;

	for (size_t i = 0; !ret && i < sorted->nr; i++)
		ret = mmi_byte_ranges_append_by_map(sorted->items[i].kind == MMI_SHAPE_MEMORY
							? &shape->draft.memory
							: &shape->draft.persistent,
						    &sorted->items[i], nodes, -1, shape->err);
	return ret;
}

/* Persistent memory is on the node whose memory it was. */
static int edit_placed(struct placer *placer)
{
	struct mmi_byte_ranges nodes = {0}, sorted = {0};
	struct mmi_shape *shape = placer->shape;
	int ret = mmi_byte_ranges_resolve(&placer->placed, &nodes, shape->err);

	for (size_t i = 0; !ret && i < shape->edits.nr; i++)
		ret = mmi_byte_ranges_append(&placer->placed, &shape->edits.items[i], shape->err);
	if (!ret)
		ret = mmi_byte_ranges_resolve(&placer->placed, &sorted, shape->err);
	if (!ret)
		ret = split_kinds(placer, &nodes, &sorted);
	mmi_byte_ranges_deinit(&nodes);
	mmi_byte_ranges_deinit(&sorted);
	return ret;
}

int mmi_shape_place(struct mmi_shape *shape)
{
	struct placer placer = {.shape = shape,
				.at = shape->start,
				.limit = 1ull << shape->draft.spec.geometry.max_physmem_bits};
	int ret;

	set_gap(&placer);
	ret = place_nodes(&placer);
	if (!ret)
		ret = edit_placed(&placer);
	mmi_byte_ranges_deinit(&placer.placed);
	return ret;
}
