/* SPDX-License-Identifier: MIT */
/*
 * Empties a range: what is allocated in it goes elsewhere, by its owners' help.
 *
 * Contexts allocate and free while the range is walked.  A free block is seen under the zone's
 * lock; of any other page its count and its owner are read as they stand, and may be outdated a
 * moment later.  So nothing is concluded from one look but that it is worth asking the owner, and
 * the walk is repeated until all is free: since the range is isolated, that only comes nearer.
 */
#include <errno.h>

#include "hotplug/hotplug_parts.h"
#include "memmap/page_init.h"

#define OWNER_BIT     2u  /* in page->mapping, beside the owner: Linux's movable pages have it */
#define NR_CANDIDATES 64  /* noted in one look, moved without the lock */
#define MOST_LOOKS    10  /* at what may only be on its way between owner and list */
#define MOST_PASSES   200 /* that move nothing */

/* What stands in the way of a range: whatever is neither free nor kept. */
enum page_use {
	USE_PASSING, /* neither free nor handed out: on a context's list, or on its way */
	USE_MOVABLE,
	USE_UNKNOWN, /* handed out, nobody has said by whom; perhaps he is about to */
	USE_RESERVED,
	NR_USES
};

void mmi_page_set_owner(struct mmi_page *page, unsigned order, struct mmi_page_owner *owner)
{
	mmi_atomic_put64(&page->private_data, order);
	__atomic_store_n(&page->mapping, (uintptr_t)owner | OWNER_BIT, __ATOMIC_RELEASE);
}

void mmi_page_clear_owner(struct mmi_page *page)
{
	mmi_atomic_put64(&page->mapping, 0);
	mmi_atomic_put64(&page->private_data, 0);
}

/* NULL: it has none. */
static struct mmi_page_owner *page_owner(const struct mmi_page *page)
{
	const uint64_t mapping = mmi_atomic_read64(&page->mapping);

	return mapping & OWNER_BIT ? (struct mmi_page_owner *)(uintptr_t)(mapping - OWNER_BIT)
				   : NULL;
}

/* A block that its owner may move: as it was when it was looked at. */
struct candidate {
	struct mmi_page *page;
	struct mmi_page_owner *owner;
	unsigned order;
};

/* What one look at the range has found. */
struct look {
	struct candidate candidates[NR_CANDIDATES];
	unsigned nr_candidates;
	bool is_used[NR_USES];        /* some page is used so, */
	uint64_t pfn_by_use[NR_USES]; /* and this is the last */
};

static void note_use(struct look *look, enum page_use use, uint64_t pfn)
{
	look->is_used[use] = true;
	look->pfn_by_use[use] = pfn;
}

/* A page that is handed out: whose?  Returns of how many pages that holds. */
static uint64_t look_at_owner(const struct mmi_memmap *map, struct mmi_page *page,
			      struct look *look)
{
	const uint64_t pfn = mmi_page_pfn(map, page);
	struct mmi_page_owner *owner = page_owner(page);
	const uint64_t order = mmi_atomic_peek64(&page->private_data);

	if (!owner) {
		note_use(look, USE_UNKNOWN, pfn);
		return 1;
	}
	note_use(look, USE_MOVABLE, pfn);
	if (order > map->geometry.max_page_order || pfn & ((1ull << order) - 1))
		return 1; /* given back at this moment */
	look->candidates[look->nr_candidates++] =
	    (struct candidate){.page = page, .owner = owner, .order = (unsigned)order};
	return 1ull << order;
}

/*
 * Notes what the page at @pfn is used for; returns for how many pages that holds.  Zone lock held.
 */
static uint64_t look_at(const struct mmi_memmap *map, uint64_t pfn, struct look *look)
{
	struct mmi_page *page = mmi_page_access(map, mmi_pfn_page(map, pfn));

	if (mmi_page_is_buddy(page))
		return 1ull << page->private_data;
	if (mmi_page_is_kept(page))
		return 1;
	if (page->flags & MMI_PG_RESERVED) {
		note_use(look, USE_RESERVED, pfn);
		return 1;
	}
	if (mmi_page_count(page))
		return look_at_owner(map, page, look);
	note_use(look, USE_PASSING, pfn);
	return 1;
}

/* Looks at [*pfn, end of its max-order block), until there are enough candidates. */
static void look_at_block(const struct mmi_move *move, uint64_t *pfn, struct look *look)
{
	const struct mmi_memmap *map = &move->zone->mem->map;
	const struct mmi_platform *p = map->platform;
	const uint64_t block_pages = mmi_block_pages(&map->geometry);
	const uint64_t end_pfn = mmi_align_down(*pfn, block_pages) + block_pages;

	p->ops->lock(p->ctx, &move->zone->lock);
	while (*pfn < end_pfn && look->nr_candidates < NR_CANDIDATES)
		*pfn += look_at(map, *pfn, look);
	p->ops->unlock(p->ctx, &move->zone->lock);
}

/* Says what is most in the way. */
static int stuck(const struct mmi_move *move, const struct look *look, struct mmi_error *err)
{
	static const char *const words[NR_USES] = {
	    [USE_PASSING] = "neither free nor handed out",
	    [USE_MOVABLE] = "not moved by its owner, who puts it off",
	    [USE_UNKNOWN] = "in use by somebody who cannot move it",
	    [USE_RESERVED] = "reserved",
	};
	int use = NR_USES - 1;

	while (use && !look->is_used[use])
		use--;
	return mmi_error_set(err, -EBUSY, "node %d zone %s: PFN 0x%llx is %s", move->zone->nid,
			     mmi_zone_type_name(move->zone->type),
			     (unsigned long long)look->pfn_by_use[use], words[use]);
}

static bool has_immovable(const struct look *look)
{
	return look->is_used[USE_UNKNOWN] || look->is_used[USE_RESERVED];
}

/* Looks as far as something that nobody can move. */
static void look_for_immovable(const struct mmi_move *move, struct look *look)
{
	uint64_t pfn = move->start_pfn;

	*look = (struct look){.nr_candidates = 0};
	while (pfn < move->end_pfn && !has_immovable(look)) {
		look_at_block(move, &pfn, look);
		look->nr_candidates = 0; /* nobody is asked yet */
	}
}

int mmi_move_check_movable(struct mmi_move *move, struct mmi_error *err)
{
	const struct mmi_platform *p = move->hotplug->platform;
	struct look look;

	for (unsigned nr_looks = 1;; nr_looks++) {
		look_for_immovable(move, &look);
		if (!has_immovable(&look))
			return 0;
		if (look.is_used[USE_RESERVED] || nr_looks == MOST_LOOKS)
			return stuck(move, &look, err);
		p->ops->process_barrier(p->ctx);
	}
}

/* Has the owner of a block move it.  1: moved; 0: not now; else why never. */
static int migrate(struct mmi_move *move, const struct candidate *c)
{
	struct mmi_cpu *cpu = move->hotplug->cpu;
	struct mmi_page *new_page =
	    mmi_alloc_pages(cpu, MMI_GFP_MOVABLE, c->order, move->zone->nid, NULL);

	if (!new_page)
		return -ENOMEM;
	mmi_page_set_owner(new_page, c->order, c->owner);
	const int ret = c->owner->migrate(c->owner, c->page, new_page, c->order);
	struct mmi_page *left = ret ? new_page : c->page;
	mmi_page_clear_owner(left);
	mmi_free_pages(cpu, left, c->order);
	if (!ret)
		return 1;
	return ret == -EAGAIN ? 0 : -EBUSY;
}

/* Moves the candidates of one look; how many, or what an owner said. */
static int migrate_candidates(struct mmi_move *move, struct look *look)
{
	int nr_moved = 0;

	for (unsigned i = 0; i < look->nr_candidates; i++) {
		const int ret = migrate(move, &look->candidates[i]);
		if (ret < 0)
			return ret;
		nr_moved += ret;
	}
	look->nr_candidates = 0;
	return nr_moved;
}

/* Goes over the range once; how many blocks were moved, or -errno.  @look: what there was. */
static int64_t clear_once(struct mmi_move *move, struct look *look)
{
	int64_t nr_moved = 0;

	*look = (struct look){.nr_candidates = 0};
	for (uint64_t pfn = move->start_pfn; pfn < move->end_pfn;) {
		look_at_block(move, &pfn, look);
		const int nr = migrate_candidates(move, look);
		if (nr < 0)
			return nr;
		nr_moved += nr;
	}
	return nr_moved;
}

static bool is_clear(const struct look *look)
{
	for (int use = 0; use < NR_USES; use++)
		if (look->is_used[use])
			return false;
	return true;
}

int mmi_move_clear_range(struct mmi_move *move, struct mmi_error *err)
{
	unsigned nr_fruitless = 0;
	struct look look;
	int64_t nr_moved = 0;
	bool cleared = false;

	while (!cleared && nr_moved >= 0 && nr_fruitless < MOST_PASSES) {
		mmi_alloc_drain(move->hotplug->alloc);
		nr_moved = clear_once(move, &look);
		cleared = nr_moved >= 0 && is_clear(&look);
		nr_fruitless = nr_moved ? 0 : nr_fruitless + 1;
	}
	mmi_cpu_drain(move->hotplug->cpu);
	if (cleared)
		return 0;
	if (nr_moved == -ENOMEM)
		return mmi_error_set(err, -ENOMEM, "no room for what would have to move");
	if (nr_moved < 0)
		return mmi_error_set(err, -EBUSY, "an owner refuses to move its pages");
	return stuck(move, &look, err);
}
