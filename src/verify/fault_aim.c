/* SPDX-License-Identifier: MIT */
/*
 * Finds where a fault strikes: the place of a given number, counted in the order of PFNs or of
 * chunks, so that it depends on the machine and the plan alone.
 */
#include <errno.h>

#include "verify/fault_parts.h"
#include "verify/meeting.h"

static int found(struct mmi_fault *fault, uint64_t start_pfn, uint64_t end_pfn)
{
	fault->start_pfn = start_pfn;
	fault->end_pfn = end_pfn;
	return 0;
}

static int none(const struct mmi_fault *fault, uint64_t nr, const char *what, struct mmi_error *err)
{
	return mmi_error_set(err, -EINVAL, "%s:%llu: this machine and plan have %llu %s",
			     fault->kind->name, (unsigned long long)fault->number,
			     (unsigned long long)nr, what);
}

/* Is some memory of [start_pfn, end_pfn) free at hand-over? */
static bool has_free(const struct mmi_system *system, uint64_t start_pfn, uint64_t end_pfn)
{
	const struct mmi_extents *extents = &system->mem.extents;

	for (size_t i = mmi_extents_find(extents, start_pfn);
	     i < extents->nr && extents->items[i].start_pfn < end_pfn; i++)
		if (extents->items[i].kind == MMI_EXTENT_FREE)
			return true;
	return false;
}

/* The free max-order block of this number, in chunks or outside of them; true when it is there. */
static bool find_free_block(struct mmi_fault *fault, const struct mmi_system *system, bool in_chunk,
			    uint64_t *nr)
{
	const struct mmi_extents *extents = &system->mem.extents;
	const uint64_t block_pages = mmi_block_pages(&system->mem.machine->geometry);

	*nr = 0;
	for (size_t i = 0; i < extents->nr; i++) {
		const struct mmi_extent *extent = &extents->items[i];
		if (extent->kind != MMI_EXTENT_FREE)
			continue;
		for (uint64_t pfn = mmi_align_up(extent->start_pfn, block_pages);
		     pfn + block_pages <= extent->end_pfn; pfn += block_pages) {
			if ((mmi_plan_find_chunk(&system->plan, pfn) >= 0) != in_chunk)
				continue;
			if ((*nr)++ == fault->number)
				return !found(fault, pfn, pfn + block_pages);
		}
	}
	return false;
}

int mmi_aim_free_block(struct mmi_fault *fault, const struct mmi_system *system,
		       struct mmi_error *err)
{
	uint64_t nr;

	if (find_free_block(fault, system, true, &nr))
		return 0;
	if (!nr && find_free_block(fault, system, false, &nr))
		return 0;
	return none(fault, nr, "max-order blocks that are free throughout", err);
}

static int aim_extent(struct mmi_fault *fault, const struct mmi_system *system,
		      enum mmi_extent_kind kind, const char *what, struct mmi_error *err)
{
	const struct mmi_extents *extents = &system->mem.extents;
	uint64_t nr = 0;

	for (size_t i = 0; i < extents->nr; i++)
		if (extents->items[i].kind == kind && nr++ == fault->number)
			return found(fault, extents->items[i].start_pfn,
				     extents->items[i].start_pfn + 1);
	return none(fault, nr, what, err);
}

int mmi_aim_reserved(struct mmi_fault *fault, const struct mmi_system *system,
		     struct mmi_error *err)
{
	return aim_extent(fault, system, MMI_EXTENT_RESERVED, "runs of reserved memory", err);
}

int mmi_aim_deferred_reserved(struct mmi_fault *fault, const struct mmi_system *system,
			      struct mmi_error *err)
{
	const struct mmi_extents *extents = &system->mem.extents;
	uint64_t nr = 0;

	for (size_t i = 0; i < extents->nr && system->plan.nr_early; i++)
		if (extents->items[i].kind == MMI_EXTENT_RESERVED &&
		    mmi_plan_find_chunk(&system->plan, extents->items[i].start_pfn) >= 0 &&
		    nr++ == fault->number)
			return found(fault, extents->items[i].start_pfn,
				     extents->items[i].start_pfn + 1);
	return none(fault, nr, "runs of reserved memory in chunks, after an early part", err);
}

int mmi_aim_hole(struct mmi_fault *fault, const struct mmi_system *system, struct mmi_error *err)
{
	return aim_extent(fault, system, MMI_EXTENT_HOLE, "holes with struct pages", err);
}

int mmi_aim_chunk(struct mmi_fault *fault, const struct mmi_system *system, struct mmi_error *err)
{
	const struct mmi_plan *plan = &system->plan;
	uint64_t nr = 0;

	for (uint64_t i = 0; i < plan->nr_chunks; i++) {
		const struct mmi_chunk *chunk = &plan->chunks[i];
		if (has_free(system, chunk->start_pfn, chunk->end_pfn) && nr++ == fault->number)
			return found(fault, chunk->start_pfn, chunk->end_pfn);
	}
	return none(fault, nr, "chunks with free memory", err);
}

/* Does another chunk begin where @chunk ends? */
static bool has_neighbour(const struct mmi_plan *plan, const struct mmi_chunk *chunk)
{
	const int64_t next = mmi_plan_find_chunk(plan, chunk->end_pfn);

	return next >= 0 && plan->chunks[next].start_pfn == chunk->end_pfn;
}

/* The border of this number; true when it is there. */
static bool find_border(struct mmi_fault *fault, const struct mmi_system *system, uint64_t *nr)
{
	const struct mmi_plan *plan = &system->plan;
	const uint64_t pageblock_pages = mmi_pageblock_pages(&system->mem.machine->geometry);

	*nr = 0;
	for (uint64_t i = 0; i < plan->nr_chunks; i++)
		if (has_neighbour(plan, &plan->chunks[i]) && (*nr)++ == fault->number)
			return !found(fault, plan->chunks[i].end_pfn - pageblock_pages,
				      plan->chunks[i].end_pfn);
	return false;
}

int mmi_aim_neighbour(struct mmi_fault *fault, const struct mmi_system *system,
		      struct mmi_error *err)
{
	uint64_t nr;

	return find_border(fault, system, &nr) ? 0
					       : none(fault, nr, "borders between two chunks", err);
}

int mmi_aim_border(struct mmi_fault *fault, const struct mmi_system *system, struct mmi_error *err)
{
	const struct mmi_plan *plan = &system->plan;
	const uint64_t pageblock_pages = mmi_pageblock_pages(&system->mem.machine->geometry);
	uint64_t nr;

	if (find_border(fault, system, &nr))
		return 0;
	if (nr)
		return none(fault, nr, "borders between two chunks", err);
	if (fault->number >= plan->nr_chunks)
		return none(fault, plan->nr_chunks, "chunks", err);
	const uint64_t end_pfn = plan->chunks[fault->number].end_pfn;
	return found(fault, end_pfn - pageblock_pages, end_pfn);
}

int mmi_aim_last_unit(struct mmi_fault *fault, const struct mmi_system *system,
		      struct mmi_error *err)
{
	const struct mmi_plan *plan = &system->plan;

	if (fault->number >= plan->nr_chunks)
		return none(fault, plan->nr_chunks, "chunks", err);
	const uint64_t end_pfn = plan->chunks[fault->number].end_pfn;
	return found(fault, end_pfn - plan->unit_pages, end_pfn);
}

int mmi_aim_unit_after_early(struct mmi_fault *fault, const struct mmi_system *system,
			     struct mmi_error *err)
{
	if (!system->plan.nr_early)
		return none(fault, 0, "chunks after an early part", err);
	return mmi_aim_last_unit(fault, system, err);
}

int mmi_aim_unit_below(struct mmi_fault *fault, const struct mmi_system *system,
		       struct mmi_error *err)
{
	const struct mmi_plan *plan = &system->plan;
	uint64_t nr = 0;

	for (uint64_t i = 0; i < plan->nr_chunks; i++) {
		const uint64_t end_pfn = plan->chunks[i].start_pfn;
		if (end_pfn < plan->unit_pages ||
		    !has_free(system, end_pfn - plan->unit_pages, end_pfn))
			continue;
		if (nr++ == fault->number)
			return found(fault, end_pfn - plan->unit_pages, end_pfn);
	}
	return none(fault, nr, "chunks with free memory just below them", err);
}

int mmi_aim_foreign_section(struct mmi_fault *fault, const struct mmi_system *system,
			    struct mmi_error *err)
{
	const struct mmi_plan *plan = &system->plan;
	const struct mmi_extents *extents = &system->mem.extents;
	const uint64_t nr_first = plan->nr_groups ? plan->groups[0].nr_chunks : 0;

	if (!plan->nr_early || fault->number >= plan->nr_chunks - nr_first)
		return none(fault, plan->nr_early ? plan->nr_chunks - nr_first : 0,
			    "chunks of a second group of workers, after an early part", err);
	const struct mmi_chunk *chunk = &plan->chunks[nr_first + fault->number];
	const struct mmi_extent *extent =
	    &extents->items[mmi_extents_find(extents, chunk->start_pfn)];
	const uint64_t start_pfn =
	    extent->start_pfn > chunk->start_pfn ? extent->start_pfn : chunk->start_pfn;
	return found(fault, start_pfn, start_pfn + 1);
}

int mmi_aim_nowhere(struct mmi_fault *fault, const struct mmi_system *system, struct mmi_error *err)
{
	(void)system;
	return fault->number ? none(fault, 1, "places, which are all", err) : found(fault, 0, 0);
}

int mmi_aim_meeting(struct mmi_fault *fault, const struct mmi_system *system, struct mmi_error *err)
{
	struct mmi_meeting meeting;

	if (mmi_meeting_find(&system->mem.extents, &system->mem.machine->geometry, 0, &meeting))
		return mmi_aim_nowhere(fault, system, err);
	return none(fault, 0, "words of pageblocks that two zones can change", err);
}

int mmi_aim_any_reserved(struct mmi_fault *fault, const struct mmi_system *system,
			 struct mmi_error *err)
{
	const int ret = mmi_aim_nowhere(fault, system, err);

	return ret ? ret : mmi_aim_reserved(fault, system, err);
}

int mmi_aim_anywhere(struct mmi_fault *fault, const struct mmi_system *system,
		     struct mmi_error *err)
{
	(void)system;
	(void)err;
	return found(fault, 0, 0);
}
