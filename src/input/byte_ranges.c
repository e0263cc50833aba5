/* SPDX-License-Identifier: MIT */
/*
 * Resolves edits of address ranges by a sweep over their borders.
 *
 * At any address some of the edits cover it.  Each is a function from the kind that is there to an
 * edit that gives the new kind (or to "unchanged"); in the order of time they are composed.  A
 * binary tree over the edits holds the composition of every subtree, so that switching one edit on
 * or off at a border costs one path to the root, and the root says what the address is.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "input/byte_ranges.h"

#define UNCHANGED (-1)

/* by[k]: number of the edit that decides what kind k becomes. */
struct effect {
	int32_t by[MMI_BYTE_KINDS];
};

struct border {
	uint64_t address;
	uint32_t edit;
	bool opens;
};

struct sweep {
	const struct mmi_byte_ranges *edits;
	struct effect *tree; /* 1: the root; the leaves begin at nr_leaves */
	size_t nr_leaves;
	struct border *borders;
	size_t nr_borders;
};

void mmi_byte_ranges_deinit(struct mmi_byte_ranges *ranges)
{
	free(ranges->items);
	*ranges = (struct mmi_byte_ranges){0};
}

static int grow(struct mmi_byte_ranges *ranges, struct mmi_error *err)
{
	const size_t capacity = ranges->capacity ? ranges->capacity * 2 : 64;
	struct mmi_byte_range *items = realloc(ranges->items, capacity * sizeof(*items));

	if (!items)
		return mmi_error_set(err, -ENOMEM, "no memory for %zu ranges", capacity);
	ranges->items = items;
	ranges->capacity = capacity;
	return 0;
}

int mmi_byte_ranges_append(struct mmi_byte_ranges *ranges, const struct mmi_byte_range *edit,
			   struct mmi_error *err)
{
	if (edit->start == edit->end)
		return 0;
	if (ranges->nr == MMI_MAX_BYTE_EDITS)
		return mmi_error_set_at(err, -EINVAL, edit->line, 0,
					"too many ranges: at most %u of a kind expected",
					MMI_MAX_BYTE_EDITS);
	if (ranges->nr == ranges->capacity && grow(ranges, err))
		return -ENOMEM;
	ranges->items[ranges->nr++] = *edit;
	return 0;
}

int mmi_byte_ranges_put(struct mmi_byte_ranges *ranges, struct mmi_byte_span span, uint32_t line,
			struct mmi_error *err)
{
	const struct mmi_byte_range edit = {.start = span.start,
					    .end = span.end,
					    .nid = -1,
					    .line = line,
					    .kind = 1,
					    .from_kinds = MMI_FROM_ANY};

	return mmi_byte_ranges_append(ranges, &edit, err);
}

int mmi_byte_ranges_cut(struct mmi_byte_ranges *ranges, struct mmi_byte_span span,
			struct mmi_error *err)
{
	const struct mmi_byte_range edit = {
	    .start = span.start, .end = span.end, .nid = -1, .kind = 0, .from_kinds = MMI_FROM_ANY};

	return mmi_byte_ranges_append(ranges, &edit, err);
}

static int compare_borders(const void *left, const void *right)
{
	const uint64_t a = ((const struct border *)left)->address;
	const uint64_t b = ((const struct border *)right)->address;

	return a < b ? -1 : a > b;
}

static int sweep_init(struct sweep *sweep, const struct mmi_byte_ranges *edits)
{
	size_t nr_leaves = 1;

	while (nr_leaves < edits->nr)
		nr_leaves *= 2;
	*sweep = (struct sweep){.edits = edits, .nr_leaves = nr_leaves};
	sweep->tree = malloc(2 * nr_leaves * sizeof(*sweep->tree));
	sweep->borders = malloc((2 * edits->nr + 1) * sizeof(*sweep->borders));
	if (!sweep->tree || !sweep->borders)
		return -ENOMEM;
	memset(sweep->tree, 0xff, 2 * nr_leaves * sizeof(*sweep->tree)); /* all UNCHANGED */
	for (size_t i = 0; i < edits->nr; i++) {
		sweep->borders[sweep->nr_borders++] =
		    (struct border){edits->items[i].start, (uint32_t)i, true};
		sweep->borders[sweep->nr_borders++] =
		    (struct border){edits->items[i].end, (uint32_t)i, false};
	}
	qsort(sweep->borders, sweep->nr_borders, sizeof(*sweep->borders), compare_borders);
	return 0;
}

static void sweep_deinit(struct sweep *sweep)
{
	free(sweep->tree);
	free(sweep->borders);
}

/* First @early, then @late. */
static struct effect compose(const struct sweep *sweep, const struct effect *early,
			     const struct effect *late)
{
	struct effect both;

	for (int kind = 0; kind < MMI_BYTE_KINDS; kind++) {
		const int32_t first = early->by[kind];
		const int now = first == UNCHANGED ? kind : sweep->edits->items[first].kind;
		both.by[kind] = late->by[now] == UNCHANGED ? first : late->by[now];
	}
	return both;
}

static void switch_edit(struct sweep *sweep, const struct border *border)
{
	const uint8_t from_kinds = sweep->edits->items[border->edit].from_kinds;
	size_t node = sweep->nr_leaves + border->edit;

	for (int kind = 0; kind < MMI_BYTE_KINDS; kind++)
		sweep->tree[node].by[kind] =
		    border->opens && from_kinds >> kind & 1 ? (int32_t)border->edit : UNCHANGED;
	for (node /= 2; node; node /= 2) {
		const struct effect now =
		    compose(sweep, &sweep->tree[2 * node], &sweep->tree[2 * node + 1]);
		if (!memcmp(&now, &sweep->tree[node], sizeof(now)))
			break;
		sweep->tree[node] = now;
	}
}

/* Adds [start, end) as the edit that decided it says. */
static int emit(struct mmi_byte_ranges *out, const struct mmi_byte_range *edit, uint64_t start,
		uint64_t end, struct mmi_error *err)
{
	struct mmi_byte_range *last = out->nr ? &out->items[out->nr - 1] : NULL;
	struct mmi_byte_range piece = *edit;

	if (last && last->end == start && last->kind == edit->kind && last->nid == edit->nid &&
	    last->flags == edit->flags) {
		last->end = end;
		return 0;
	}
	if (out->nr == out->capacity && grow(out, err))
		return -ENOMEM;
	piece.start = start;
	piece.end = end;
	out->items[out->nr++] = piece;
	return 0;
}

int mmi_byte_ranges_resolve(const struct mmi_byte_ranges *edits, struct mmi_byte_ranges *out,
			    struct mmi_error *err)
{
	struct sweep sweep;
	int ret = sweep_init(&sweep, edits);

	if (ret)
		mmi_error_set(err, ret, "no memory for %zu ranges", edits->nr);
	for (size_t i = 0; !ret && i < sweep.nr_borders; i++) {
		switch_edit(&sweep, &sweep.borders[i]);
		if (i + 1 == sweep.nr_borders)
			break;
		const uint64_t start = sweep.borders[i].address;
		const uint64_t end = sweep.borders[i + 1].address;
		const int32_t decided_by = sweep.tree[1].by[0];
		if (start < end && decided_by != UNCHANGED && edits->items[decided_by].kind)
			ret = emit(out, &edits->items[decided_by], start, end, err);
	}
	sweep_deinit(&sweep);
	if (ret)
		mmi_byte_ranges_deinit(out);
	return ret;
}

size_t mmi_byte_ranges_find(const struct mmi_byte_ranges *sorted, uint64_t address)
{
	size_t low = 0, high = sorted->nr;

	while (low < high) {
		const size_t middle = (low + high) / 2;
		if (sorted->items[middle].end <= address)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

int mmi_byte_ranges_append_by_map(struct mmi_byte_ranges *out, const struct mmi_byte_range *range,
				  const struct mmi_byte_ranges *map, int nid, struct mmi_error *err)
{
	size_t i = mmi_byte_ranges_find(map, range->start);
	uint64_t at = range->start;
	int ret = 0;

	while (!ret && at < range->end) {
		struct mmi_byte_range part = *range;
		part.start = at;
		part.nid = nid;
		if (i < map->nr && map->items[i].start <= at) {
			part.nid = map->items[i].nid;
			if (map->items[i].end < range->end)
				part.end = map->items[i].end;
			i++;
		} else if (i < map->nr && map->items[i].start < range->end) {
			part.end = map->items[i].start;
		}
		at = part.end;
		ret = mmi_byte_ranges_append(out, &part, err);
	}
	return ret;
}

static int compare_starts(const void *left, const void *right)
{
	const uint64_t a = ((const struct mmi_byte_range *)left)->start;
	const uint64_t b = ((const struct mmi_byte_range *)right)->start;

	return a < b ? -1 : a > b;
}

static int refuse_overlap(const struct mmi_byte_range *a, const struct mmi_byte_range *b,
			  struct mmi_error *err)
{
	const struct mmi_byte_range *late = a->line > b->line ? a : b;
	const struct mmi_byte_range *early = a->line > b->line ? b : a;

	return mmi_error_set_at(
	    err, -EINVAL, late->line, 0,
	    "memory 0x%llx-0x%llx of node %d overlaps 0x%llx-0x%llx of node %d at line %u",
	    (unsigned long long)late->start, (unsigned long long)late->end, late->nid,
	    (unsigned long long)early->start, (unsigned long long)early->end, early->nid,
	    early->line);
}

int mmi_byte_ranges_check_nodes(const struct mmi_byte_ranges *ranges, uint32_t but_flags,
				struct mmi_error *err)
{
	struct mmi_byte_range *sorted = malloc((ranges->nr + 1) * sizeof(*sorted));
	size_t nr = 0, furthest = 0;
	int ret = 0;

	if (!sorted)
		return mmi_error_set(err, -ENOMEM, "no memory for %zu ranges", ranges->nr);
	for (size_t i = 0; i < ranges->nr; i++)
		if (ranges->items[i].nid >= 0 && !(ranges->items[i].flags & but_flags))
			sorted[nr++] = ranges->items[i];
	qsort(sorted, nr, sizeof(*sorted), compare_starts);
	for (size_t i = 1; !ret && i < nr; i++) {
		if (sorted[i].start < sorted[furthest].end && sorted[i].nid != sorted[furthest].nid)
			ret = refuse_overlap(&sorted[furthest], &sorted[i], err);
		if (sorted[i].end > sorted[furthest].end)
			furthest = i;
	}
	free(sorted);
	return ret;
}
