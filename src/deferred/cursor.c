/* SPDX-License-Identifier: MIT */
/* Claims units of a group from both ends of one word. */
#include "deferred/cursor.h"
#include "memmap/atomic.h"

static uint32_t head_of(uint64_t word)
{
	return (uint32_t)(word >> 32);
}

static uint32_t tail_of(uint64_t word)
{
	return (uint32_t)word;
}

static uint64_t pack(uint32_t head_chunk, uint32_t tail_unit)
{
	return (uint64_t)head_chunk << 32 | tail_unit;
}

void mmi_cursor_init(struct mmi_cursor *cursor, const struct mmi_group *group)
{
	cursor->word = pack(0, group->nr_units);
}

bool mmi_cursor_claim_chunk(struct mmi_cursor *cursor, const struct mmi_plan *plan,
			    const struct mmi_group *group, struct mmi_pfn_range *range)
{
	uint64_t word = mmi_atomic_read64(&cursor->word);
	const struct mmi_chunk *chunk;
	uint32_t tail;

	do {
		const uint32_t head = head_of(word);
		tail = tail_of(word);
		if (head >= group->nr_chunks)
			return false;
		chunk = &plan->chunks[group->first_chunk + head];
		if (chunk->first_unit >= tail)
			return false;
	} while (!mmi_atomic_cas64(&cursor->word, &word, pack(head_of(word) + 1, tail)));
	const uint32_t nr_left = tail - chunk->first_unit;
	*range = (struct mmi_pfn_range){chunk->start_pfn, chunk->end_pfn};
	if (nr_left < chunk->nr_units)
		range->end_pfn = chunk->start_pfn + nr_left * plan->unit_pages;
	return true;
}

/* The chunk of @group that holds unit number @unit. */
static const struct mmi_chunk *chunk_of_unit(const struct mmi_plan *plan,
					     const struct mmi_group *group, uint32_t unit)
{
	uint64_t low = group->first_chunk, high = low + group->nr_chunks;

	while (low + 1 < high) {
		const uint64_t middle = (low + high) / 2;
		if (plan->chunks[middle].first_unit <= unit)
			low = middle;
		else
			high = middle;
	}
	return &plan->chunks[low];
}

static struct mmi_pfn_range unit_range(const struct mmi_plan *plan, const struct mmi_group *group,
				       uint32_t unit)
{
	const struct mmi_chunk *chunk = chunk_of_unit(plan, group, unit);
	const uint64_t start_pfn = chunk->start_pfn + (unit - chunk->first_unit) * plan->unit_pages;

	return (struct mmi_pfn_range){start_pfn, start_pfn + plan->unit_pages};
}

/* The last unit that @word leaves; false: there is none, or it has nothing of @within. */
static bool last_unit(uint64_t word, const struct mmi_plan *plan, const struct mmi_group *group,
		      const struct mmi_pfn_range *within, struct mmi_pfn_range *range)
{
	const uint32_t head = head_of(word), tail = tail_of(word);

	if (!tail || head >= group->nr_chunks ||
	    plan->chunks[group->first_chunk + head].first_unit >= tail)
		return false;
	*range = unit_range(plan, group, tail - 1);
	return range->start_pfn < within->end_pfn && range->end_pfn > within->start_pfn;
}

bool mmi_cursor_has_unit(const struct mmi_cursor *cursor, const struct mmi_plan *plan,
			 const struct mmi_group *group, const struct mmi_pfn_range *within)
{
	struct mmi_pfn_range range;

	return last_unit(mmi_atomic_read64(&cursor->word), plan, group, within, &range);
}

bool mmi_cursor_claim_unit(struct mmi_cursor *cursor, const struct mmi_plan *plan,
			   const struct mmi_group *group, const struct mmi_pfn_range *within,
			   struct mmi_pfn_range *range)
{
	uint64_t word = mmi_atomic_read64(&cursor->word);

	do {
		if (!last_unit(word, plan, group, within, range))
			return false;
	} while (!mmi_atomic_cas64(&cursor->word, &word, pack(head_of(word), tail_of(word) - 1)));
	return true;
}
