/* SPDX-License-Identifier: MIT */
/* Who initialises which unit; what stands; waiting for it. */
#include "deferred/claims.h"

#include <errno.h>

#include "deferred/plan_parts.h"
#include "memmap/atomic.h"
#include "memmap/page_init.h"

static size_t nr_zones(const struct mmi_mem *mem)
{
	return mem->nr_nodes * MMI_NR_ZONES;
}

int mmi_claims_init(struct mmi_claims *claims, struct mmi_mem *mem, const struct mmi_plan *plan)
{
	const struct mmi_platform *p = mem->platform;

	*claims = (struct mmi_claims){.mem = mem, .plan = plan};
	claims->kept.lock.rank = MMI_LOCK_NODE_RESIZE;
	claims->cursors = p->ops->alloc(p->ctx, (plan->nr_groups + 1) * sizeof(*claims->cursors));
	claims->zone_tops = p->ops->alloc(p->ctx, nr_zones(mem) * sizeof(*claims->zone_tops));
	if (!claims->cursors || !claims->zone_tops) {
		mmi_claims_deinit(claims);
		return -ENOMEM;
	}
	for (size_t i = 0; i < plan->nr_groups; i++)
		mmi_cursor_init(&claims->cursors[i], &plan->groups[i]);
	for (size_t i = 0; i < nr_zones(mem); i++) {
		const struct mmi_zone *zone = &mem->nodes[i / MMI_NR_ZONES].zones[i % MMI_NR_ZONES];
		claims->zone_tops[i] =
		    mmi_align_up(zone->start_pfn + zone->nr_spanned_pages, plan->unit_pages);
	}
	return 0;
}

void mmi_claims_deinit(struct mmi_claims *claims)
{
	if (!claims->mem)
		return;
	const struct mmi_platform *p = claims->mem->platform;
	mmi_kept_deinit(&claims->kept, p);
	p->ops->free(p->ctx, claims->cursors,
		     (claims->plan->nr_groups + 1) * sizeof(*claims->cursors));
	p->ops->free(p->ctx, claims->zone_tops, nr_zones(claims->mem) * sizeof(*claims->zone_tops));
	*claims = (struct mmi_claims){0};
}

void mmi_claims_begin_worker(struct mmi_claims *claims, size_t group)
{
	mmi_atomic_add32(&claims->cursors[group].nr_begun, 1);
}

bool mmi_claims_have_all_begun(const struct mmi_claims *claims, size_t group)
{
	return mmi_atomic_read32(&claims->cursors[group].nr_begun) >=
	       claims->plan->groups[group].nr_threads;
}

bool mmi_claims_next_chunk(struct mmi_claims *claims, size_t group, struct mmi_pfn_range *chunk)
{
	return mmi_cursor_claim_chunk(&claims->cursors[group], claims->plan,
				      &claims->plan->groups[group], chunk);
}

/* The section whose state stands for the unit at @pfn; NULL: nothing of the unit is present. */
static struct mmi_section *unit_section(const struct mmi_claims *claims, uint64_t pfn)
{
	const struct mmi_memmap *map = &claims->mem->map;
	const uint64_t end_pfn = pfn + claims->plan->unit_pages;

	for (; pfn < end_pfn; pfn += mmi_section_pages(&map->geometry)) {
		struct mmi_section *section = mmi_pfn_section(map, pfn);
		if (mmi_atomic_read32(&section->state) != MMI_SECTION_ABSENT)
			return section;
	}
	return NULL;
}

static bool is_unclaimed(const struct mmi_claims *claims, uint64_t pfn)
{
	const struct mmi_section *section = unit_section(claims, pfn);

	return section && mmi_atomic_read32(&section->state) == MMI_SECTION_PRESENT;
}

/* The one transition that makes a thread the owner of the unit at @pfn. */
static bool claim_unit(struct mmi_claims *claims, uint64_t pfn)
{
	struct mmi_section *section = unit_section(claims, pfn);
	uint32_t expected = MMI_SECTION_PRESENT;

	return section && mmi_atomic_cas32(&section->state, &expected, MMI_SECTION_BUSY);
}

/* The end of the unit at @pfn, as far as it is in @range. */
static uint64_t next_border(const struct mmi_claims *claims, uint64_t pfn,
			    const struct mmi_pfn_range *range)
{
	const uint64_t unit_pages = claims->plan->unit_pages;
	const uint64_t end_pfn = mmi_align_down(pfn, unit_pages) + unit_pages;

	return end_pfn < range->end_pfn ? end_pfn : range->end_pfn;
}

/*
 * Is the unit at @pfn ours?  A plan may be changed by hand: of a unit that @range has only in part
 * each part is done by whom the plan names.
 */
static bool take_unit(struct mmi_claims *claims, uint64_t pfn, const struct mmi_pfn_range *range)
{
	const bool whole = next_border(claims, pfn, range) - pfn == claims->plan->unit_pages;

	return !whole || claim_unit(claims, pfn);
}

/*
 * The same, for who has counted it in flight already: whoever finds a unit claimed finds it in
 * flight, or standing.
 */
static bool claim_run(struct mmi_claims *claims, struct mmi_pfn_range *left,
		      struct mmi_pfn_range *run)
{
	uint64_t pfn = left->start_pfn;

	while (pfn < left->end_pfn && !take_unit(claims, pfn, left))
		pfn = next_border(claims, pfn, left);
	run->start_pfn = pfn;
	do
		pfn = next_border(claims, pfn, left);
	while (pfn < left->end_pfn && take_unit(claims, pfn, left));
	run->end_pfn = pfn;
	left->start_pfn = pfn;
	return run->start_pfn < run->end_pfn;
}

bool mmi_claims_take_run(struct mmi_claims *claims, struct mmi_pfn_range *left,
			 struct mmi_pfn_range *run)
{
	mmi_atomic_add32(&claims->nr_in_flight, 1);
	if (claim_run(claims, left, run))
		return true;
	mmi_claims_end(claims);
	return false;
}

/*
 * The group's last unit, if it reaches into the zone.  It is in flight before it leaves the cursor:
 * else who finds the cursor empty and nothing in flight would take it for done.
 */
static bool take_tail(struct mmi_claims *claims, const struct mmi_zone *zone,
		      struct mmi_pfn_range *unit)
{
	const struct mmi_group *group = mmi_plan_group(claims->plan, zone->nid);
	const struct mmi_pfn_range span = {zone->start_pfn,
					   zone->start_pfn + zone->nr_spanned_pages};
	struct mmi_pfn_range left;

	if (!group)
		return false;
	struct mmi_cursor *cursor = &claims->cursors[group - claims->plan->groups];
	while (mmi_cursor_has_unit(cursor, claims->plan, group, &span)) {
		mmi_atomic_add32(&claims->nr_in_flight, 1);
		if (mmi_cursor_claim_unit(cursor, claims->plan, group, &span, &left) &&
		    claim_run(claims, &left, unit))
			return true;
		mmi_claims_end(claims);
	}
	return false;
}

/* Looks for an unclaimed unit of the zone from its top, or from where the last search ended. */
static bool take_from_top(struct mmi_claims *claims, const struct mmi_zone *zone,
			  struct mmi_pfn_range *unit)
{
	const uint64_t unit_pages = claims->plan->unit_pages;
	const int node = mmi_machine_node_index(claims->mem->machine, zone->nid);
	uint64_t *top = &claims->zone_tops[(size_t)node * MMI_NR_ZONES + zone->type];
	const uint64_t start_pfn = mmi_align_down(zone->start_pfn, unit_pages);
	const struct mmi_memmap *map = &claims->mem->map;
	uint64_t pfn = mmi_atomic_peek64(top);

	while ((pfn = mmi_memmap_prev_present(map, pfn)) > start_pfn) {
		pfn = mmi_align_down(pfn - 1, unit_pages);
		if (!is_unclaimed(claims, pfn))
			continue;
		struct mmi_pfn_range left = {pfn, pfn + unit_pages};
		mmi_atomic_put64(top, pfn + unit_pages);
		if (mmi_claims_take_run(claims, &left, unit))
			return true;
	}
	mmi_atomic_put64(top, start_pfn);
	return false;
}

bool mmi_claims_take_unit(struct mmi_claims *claims, const struct mmi_zone *zone,
			  struct mmi_pfn_range *unit)
{
	return zone->nr_spanned_pages &&
	       (take_tail(claims, zone, unit) || take_from_top(claims, zone, unit));
}

static uint32_t *standing(const struct mmi_claims *claims, uint64_t pfn)
{
	return &mmi_pfn_section(&claims->mem->map, pfn)->standing;
}

/* Waking is a system call, and nearly always for nobody. */
static void announce(struct mmi_claims *claims)
{
	const struct mmi_platform *platform = claims->mem->platform;

	mmi_atomic_add32(&claims->progress, 1);
	mmi_atomic_fence();
	if (mmi_atomic_read32(&claims->nr_sleepers))
		platform->ops->wake(platform->ctx, &claims->progress);
}

/* Sleeps while nothing has come since @progress was read. */
static void sleep_until_progress(struct mmi_claims *claims, uint32_t progress)
{
	const struct mmi_platform *platform = claims->mem->platform;

	mmi_atomic_add32(&claims->nr_sleepers, 1);
	mmi_atomic_fence();
	if (mmi_atomic_read32(&claims->progress) == progress)
		platform->ops->wait(platform->ctx, &claims->progress, progress);
	mmi_atomic_add32(&claims->nr_sleepers, (uint32_t)-1);
}

void mmi_claims_stand(struct mmi_claims *claims, uint64_t start_pfn, uint64_t end_pfn)
{
	const struct mmi_platform *platform = claims->mem->platform;
	const uint64_t section_pages = mmi_section_pages(&claims->mem->map.geometry);

	platform->ops->lock(platform->ctx, &claims->kept.lock);
	for (uint64_t pfn = mmi_align_down(start_pfn, section_pages); pfn < end_pfn;
	     pfn += section_pages)
		*standing(claims, pfn) = true;
	mmi_kept_release_locked(&claims->kept, claims->mem, start_pfn, end_pfn);
	platform->ops->unlock(platform->ctx, &claims->kept.lock);
	announce(claims);
}

void mmi_claims_end(struct mmi_claims *claims)
{
	mmi_atomic_add32(&claims->nr_in_flight, (uint32_t)-1);
	announce(claims);
}

bool mmi_claims_wait(struct mmi_claims *claims, const struct mmi_zone *zone, uint32_t progress)
{
	bool came;

	mmi_atomic_add32(&claims->nr_waiters, 1);
	came = mmi_atomic_read32(&claims->progress) != progress;
	if (!came && mmi_atomic_read64(&zone->nr_missing_pages) &&
	    mmi_atomic_read32(&claims->nr_in_flight)) {
		sleep_until_progress(claims, progress);
		came = true;
	}
	/* What was in flight may have landed between the two looks. */
	came = came || mmi_atomic_read32(&claims->progress) != progress;
	mmi_atomic_add32(&claims->nr_waiters, (uint32_t)-1);
	return came;
}

void mmi_claims_wait_all(struct mmi_claims *claims)
{
	for (;;) {
		const uint32_t progress = mmi_atomic_read32(&claims->progress);
		if (!mmi_atomic_read32(&claims->nr_in_flight))
			return;
		sleep_until_progress(claims, progress);
	}
}

/* Is every page of [start_pfn, end_pfn) reserved memory that may be given back, once? */
static bool may_free(const struct mmi_claims *claims, uint64_t start_pfn, uint64_t end_pfn)
{
	const struct mmi_mem *mem = claims->mem;
	const struct mmi_memmap *map = &mem->map;
	const struct mmi_machine *machine = mem->machine;
	uint64_t pfn = start_pfn;

	for (size_t i = mmi_extents_find(&mem->extents, pfn); pfn < end_pfn; i++) {
		const struct mmi_extent *extent = &mem->extents.items[i];
		if (i >= mem->extents.nr || extent->start_pfn > pfn ||
		    extent->kind != MMI_EXTENT_RESERVED)
			return false;
		pfn = extent->end_pfn;
	}
	for (size_t i = 0; i < machine->nr_memory; i++)
		if (machine->memory[i].flags & MMI_MEM_NOMAP &&
		    machine->memory[i].start_pfn < end_pfn &&
		    machine->memory[i].end_pfn > start_pfn)
			return false;
	for (pfn = start_pfn; pfn < end_pfn; pfn++)
		if (!mmi_pfn_valid(map, pfn) ||
		    (*standing(claims, pfn) &&
		     !(mmi_page_access(map, mmi_pfn_page(map, pfn))->flags & MMI_PG_RESERVED)))
			return false;
	return !mmi_kept_overlaps_locked(&claims->kept, start_pfn, end_pfn);
}

static int free_or_keep(struct mmi_claims *claims, uint64_t start_pfn, uint64_t end_pfn)
{
	const uint64_t section_pages = mmi_section_pages(&claims->mem->map.geometry);
	const size_t nr_before = claims->kept.nr;
	uint64_t end;

	for (uint64_t pfn = start_pfn; pfn < end_pfn; pfn = end) {
		end = mmi_align_down(pfn, section_pages) + section_pages;
		if (end > end_pfn)
			end = end_pfn;
		if (*standing(claims, pfn))
			continue;
		const struct mmi_pfn_range range = {pfn, end};
		if (mmi_kept_add_locked(&claims->kept, claims->mem->platform, range)) {
			claims->kept.nr = nr_before;
			return -ENOMEM;
		}
	}
	for (uint64_t pfn = start_pfn; pfn < end_pfn; pfn = end) {
		end = mmi_align_down(pfn, section_pages) + section_pages;
		if (end > end_pfn)
			end = end_pfn;
		if (*standing(claims, pfn))
			mmi_reserved_free(claims->mem, pfn, end);
	}
	return 0;
}

int mmi_claims_free_reserved(struct mmi_claims *claims, uint64_t start_pfn, uint64_t end_pfn)
{
	const struct mmi_platform *platform = claims->mem->platform;
	int ret = -EINVAL;

	platform->ops->lock(platform->ctx, &claims->kept.lock);
	if (start_pfn < end_pfn && may_free(claims, start_pfn, end_pfn))
		ret = free_or_keep(claims, start_pfn, end_pfn);
	platform->ops->unlock(platform->ctx, &claims->kept.lock);
	return ret;
}
