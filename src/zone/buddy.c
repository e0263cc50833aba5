/* SPDX-License-Identifier: MIT */
/* The buddy lists of a zone: collect, splice, free with merging, allocate with splitting. */
#include "machine/minmax.h"
#include "memmap/atomic.h"
#include "memmap/page_init.h"
#include "zone/buddy.h"
#include "zone/list.h"

void mmi_zone_init_lists(struct mmi_zone *zone)
{
	for (unsigned order = 0; order < MMI_NR_PAGE_ORDERS; order++) {
		zone->areas[order].nr_free = 0;
		for (int type = 0; type < MMI_NR_MIGRATETYPES; type++)
			mmi_list_init(&zone->areas[order].lists[type]);
	}
}

void mmi_batch_init(struct mmi_free_batch *batch)
{
	*batch = (struct mmi_free_batch){0};
	for (unsigned order = 0; order < MMI_NR_PAGE_ORDERS; order++)
		mmi_list_init(&batch->lists[order]);
	mmi_list_init(&batch->others);
}

/* Who moves pages away looks at those that are given back meanwhile, and holds no lock. */
static void mark_free(struct mmi_page *page, unsigned order)
{
	mmi_atomic_put64(&page->private_data, order);
	page->page_type = MMI_PAGE_TYPE_BUDDY;
}

static void unmark_free(struct mmi_page *page)
{
	mmi_atomic_put64(&page->private_data, 0);
	page->page_type = MMI_PAGE_TYPE_NONE;
}

unsigned mmi_largest_order(uint64_t pfn, uint64_t end_pfn, unsigned max_order)
{
	const unsigned fits = 63 - (unsigned)__builtin_clzll(end_pfn - pfn);
	unsigned order = pfn ? (unsigned)__builtin_ctzll(pfn) : max_order;

	if (order > fits)
		order = fits;
	return order < max_order ? order : max_order;
}

static void collect(struct mmi_free_batch *batch, struct mmi_page *page, unsigned order)
{
	mmi_list_add_tail(&batch->lists[order], &page->lru);
	batch->nr_blocks[order]++;
	batch->nr_pages += 1ull << order;
}

static void put_aside(struct mmi_free_batch *batch, struct mmi_page *page)
{
	mmi_list_add_tail(&batch->others, &page->lru);
	batch->nr_others++;
}

/* Blocks that were put aside and do not stand there, as if they were of @order. */
static void count_lost(struct mmi_free_batch *batch, unsigned order)
{
	batch->nr_blocks[order] += batch->nr_others;
	batch->nr_pages += batch->nr_others << order;
}

void mmi_batch_add(struct mmi_free_batch *batch, struct mmi_zone *zone, uint64_t start_pfn,
		   uint64_t end_pfn)
{
	struct mmi_memmap *map = &zone->mem->map;

	if (!batch->zone)
		batch->zone = zone;
	mmi_shadow_free(map, start_pfn, end_pfn);
	for (uint64_t pfn = start_pfn; pfn < end_pfn;) {
		const unsigned order =
		    mmi_largest_order(pfn, end_pfn, map->geometry.max_page_order);
		struct mmi_page *page = mmi_page_access(map, mmi_pfn_page(map, pfn));

		mark_free(page, order);
		if (batch->zone == zone)
			collect(batch, page, order);
		else
			put_aside(batch, page);
		pfn += 1ull << order;
	}
}

/*
 * Of the blocks that were put aside those that come first and are of one zone.  They are counted,
 * too: one that an algorithm frees twice makes a loop of the list.  One that it also initialises
 * again in between stands there once; its zone's counters get all that was counted, as always.
 */
static void take_others(struct mmi_free_batch *batch, struct mmi_mem *mem)
{
	while (batch->nr_others && !mmi_list_is_empty(&batch->others)) {
		struct mmi_page *page =
		    mmi_page_access(&mem->map, mmi_list_page(batch->others.next));
		struct mmi_zone *zone =
		    mmi_mem_zone(mem, mmi_flags_nid(page->flags), mmi_flags_zone(page->flags));

		if (batch->zone && batch->zone != zone)
			break;
		batch->zone = zone;
		batch->nr_others--;
		mmi_list_remove(&page->lru);
		collect(batch, page, (unsigned)page->private_data);
		if (mmi_list_is_empty(&batch->others))
			count_lost(batch, (unsigned)page->private_data);
	}
}

/* Counts @nr_pages free ones, in a pageblock of @type, more or (negative) less. */
static void add_free_pages(struct mmi_zone *zone, int64_t nr_pages, enum mmi_migratetype type)
{
	if (type == MMI_MIGRATE_ISOLATE)
		zone->nr_isolated_pages += (uint64_t)nr_pages;
	else /* read without the lock, too */
		mmi_atomic_put64(&zone->nr_free_pages, zone->nr_free_pages + (uint64_t)nr_pages);
}

/*
 * Fewer are missing now, and who sees that sees them managed and free.  Memory that nobody had
 * counted on (hot-added) is not missed.
 */
static void sub_missing_pages(struct mmi_zone *zone, uint64_t nr_pages)
{
	mmi_atomic_publish64(&zone->nr_missing_pages, mmi_excess(zone->nr_missing_pages, nr_pages));
}

/* The blocks of the batch's zone. */
static void splice_zone(struct mmi_free_batch *batch)
{
	struct mmi_zone *zone = batch->zone;
	const struct mmi_platform *platform = zone->mem->platform;

	platform->ops->lock(platform->ctx, &zone->lock);
	for (unsigned order = 0; order < MMI_NR_PAGE_ORDERS; order++) {
		struct mmi_free_area *area = &zone->areas[order];
		mmi_list_splice_tail(&area->lists[MMI_MIGRATE_MOVABLE], &batch->lists[order]);
		area->nr_free += batch->nr_blocks[order];
		batch->total_blocks += batch->nr_blocks[order];
		batch->nr_blocks[order] = 0;
	}
	add_free_pages(zone, (int64_t)batch->nr_pages, MMI_MIGRATE_MOVABLE);
	mmi_atomic_put64(&zone->nr_managed_pages, zone->nr_managed_pages + batch->nr_pages);
	sub_missing_pages(zone, batch->nr_pages);
	zone->nr_splices++;
	platform->ops->unlock(platform->ctx, &zone->lock);
	batch->total_pages += batch->nr_pages;
	batch->total_splices++;
	batch->nr_pages = 0;
	batch->zone = NULL;
}

void mmi_batch_splice(struct mmi_free_batch *batch)
{
	while (batch->zone) {
		struct mmi_mem *mem = batch->zone->mem;
		splice_zone(batch);
		take_others(batch, mem);
	}
	mmi_list_init(&batch->others);
	batch->nr_others = 0;
}

static void add_block(struct mmi_zone *zone, struct mmi_page *page, unsigned order,
		      enum mmi_migratetype type)
{
	mark_free(page, order);
	mmi_list_add(&zone->areas[order].lists[type], &page->lru);
	zone->areas[order].nr_free++;
}

static void remove_block(struct mmi_zone *zone, struct mmi_page *page, unsigned order)
{
	mmi_list_remove(&page->lru);
	unmark_free(page);
	zone->areas[order].nr_free--;
}

/* The free buddy of the block at @pfn, or NULL: not there, not free, not whole, not of this zone. */
static struct mmi_page *free_buddy(struct mmi_zone *zone, uint64_t pfn, unsigned order)
{
	struct mmi_memmap *map = &zone->mem->map;
	const uint64_t buddy_pfn = pfn ^ 1ull << order;

	if (!mmi_pfn_valid(map, buddy_pfn))
		return NULL;
	struct mmi_page *buddy = mmi_page_access(map, mmi_pfn_page(map, buddy_pfn));

	return mmi_zone_has_page(zone, buddy) && mmi_page_is_buddy(buddy) &&
		       buddy->private_data == order
		   ? buddy
		   : NULL;
}

void mmi_buddy_free_locked(struct mmi_zone *zone, uint64_t pfn, unsigned order)
{
	struct mmi_memmap *map = &zone->mem->map;
	const enum mmi_migratetype type = mmi_pageblock_type(map, pfn);
	struct mmi_page *page;

	mmi_shadow_free(map, pfn, pfn + (1ull << order));
	mmi_page_set_count(mmi_page_access(map, mmi_pfn_page(map, pfn)), 0);
	add_free_pages(zone, 1ll << order, type);
	while (order < map->geometry.max_page_order) {
		struct mmi_page *buddy = free_buddy(zone, pfn, order);
		const uint64_t buddy_pfn = pfn ^ 1ull << order;

		if (!buddy || (order >= map->geometry.pageblock_order &&
			       mmi_pageblock_type(map, buddy_pfn) != type))
			break;
		remove_block(zone, buddy, order);
		pfn &= ~(1ull << order);
		order++;
	}
	page = mmi_page_access(map, mmi_pfn_page(map, pfn));
	add_block(zone, page, order, type);
}

void mmi_buddy_add_locked(struct mmi_zone *zone, uint64_t pfn, unsigned order)
{
	mmi_buddy_free_locked(zone, pfn, order);
	mmi_atomic_put64(&zone->nr_managed_pages, zone->nr_managed_pages + (1ull << order));
	sub_missing_pages(zone, 1ull << order);
}

/* Have the pageblocks of the block at @pfn one migratetype? */
static bool is_of_one_type(const struct mmi_memmap *map, uint64_t pfn, unsigned order)
{
	const uint64_t end_pfn = pfn + (1ull << order);
	const enum mmi_migratetype type = mmi_pageblock_peek(map, pfn);

	for (pfn += mmi_pageblock_pages(&map->geometry); pfn < end_pfn;
	     pfn += mmi_pageblock_pages(&map->geometry))
		if (mmi_pageblock_peek(map, pfn) != type)
			return false;
	return true;
}

void mmi_buddy_free_range_locked(struct mmi_zone *zone, uint64_t start_pfn, uint64_t end_pfn)
{
	const struct mmi_memmap *map = &zone->mem->map;

	while (start_pfn < end_pfn) {
		unsigned order =
		    mmi_largest_order(start_pfn, end_pfn, map->geometry.max_page_order);
		while (!is_of_one_type(map, start_pfn, order))
			order--;
		mmi_buddy_free_locked(zone, start_pfn, order);
		start_pfn += 1ull << order;
	}
}

void mmi_buddy_take_locked(struct mmi_zone *zone, struct mmi_page *page, unsigned from_order,
			   unsigned order, enum mmi_migratetype type)
{
	const struct mmi_memmap *map = &zone->mem->map;

	remove_block(zone, mmi_page_access(map, page), from_order);
	while (from_order > order) {
		from_order--;
		add_block(zone, mmi_page_access(map, page + (1ull << from_order)), from_order,
			  type);
	}
	mmi_page_set_count(page, 1);
	add_free_pages(zone, -(1ll << order), type);
}

unsigned mmi_buddy_remove_locked(struct mmi_zone *zone, struct mmi_page *page)
{
	const struct mmi_memmap *map = &zone->mem->map;
	const unsigned order = (unsigned)mmi_page_access(map, page)->private_data;

	add_free_pages(zone, -(1ll << order), mmi_pageblock_type(map, mmi_page_pfn(map, page)));
	remove_block(zone, page, order);
	return order;
}

/* The first block of the smallest order from *@order on that a list of @type has. */
static struct mmi_page *find_block(struct mmi_zone *zone, unsigned *order,
				   enum mmi_migratetype type)
{
	const unsigned max_order = zone->mem->map.geometry.max_page_order;

	for (; *order <= max_order; ++*order) {
		struct mmi_list *list = &zone->areas[*order].lists[type];
		if (!mmi_list_is_empty(list))
			return mmi_list_page(list->next);
	}
	return NULL;
}

struct mmi_page *mmi_buddy_alloc_locked(struct mmi_zone *zone, unsigned order,
					enum mmi_migratetype type)
{
	unsigned from_order = order;
	struct mmi_page *page = find_block(zone, &from_order, type);

	if (page)
		mmi_buddy_take_locked(zone, page, from_order, order, type);
	return page;
}

struct mmi_page *mmi_buddy_alloc_run_locked(struct mmi_zone *zone, unsigned order,
					    enum mmi_migratetype type, uint32_t nr_wanted,
					    uint32_t *nr)
{
	const struct mmi_memmap *map = &zone->mem->map;
	unsigned from_order = order;
	struct mmi_page *page = find_block(zone, &from_order, type);

	if (!page)
		return NULL;
	const uint64_t nr_whole_pages = 1ull << from_order;
	uint64_t nr_pages = (uint64_t)nr_wanted << order;
	if (nr_pages > nr_whole_pages)
		nr_pages = nr_whole_pages;
	*nr = (uint32_t)(nr_pages >> order);
	remove_block(zone, mmi_page_access(map, page), from_order);
	/* What is over: ever larger blocks up to the end. */
	for (uint64_t i = nr_pages; i < nr_whole_pages; i += i & -i)
		add_block(zone, mmi_page_access(map, page + i), (unsigned)__builtin_ctzll(i), type);
	add_free_pages(zone, -(int64_t)nr_pages, type);
	return page;
}
