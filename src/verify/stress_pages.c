/* SPDX-License-Identifier: MIT */
/*
 * What a thread of a stress run has in hand, and how it is marked.
 *
 * A page in hand carries a mark outside of the memmap, and a stamp.  What a thread keeps between
 * its operations it keeps under its lock: in slots, or on a chain by page->lru; page->index says
 * where.  Movable blocks that are kept have the thread as their owner, so that they can be moved to
 * other pages while their memory goes offline, by another thread, at any moment.
 */
#include <errno.h>

#include "verify/stress_thread.h"
#include "zone/list.h"

/* Never 0, which is what a page has that nobody has stamped. */
static uint64_t stamp_of(const struct mmi_stress_thread *t, const struct mmi_page *page)
{
	return (mmi_page_pfn(&t->shared->system->mem.map, page) << 16 | t->number) + 1;
}

void mmi_stress_fail(struct mmi_stress_shared *shared, const struct mmi_error *err)
{
	const struct mmi_platform *platform = shared->system->platform;

	platform->ops->lock(platform->ctx, &shared->lock);
	if (!shared->failed)
		shared->err = *err;
	mmi_atomic_publish32(&shared->failed, 1);
	platform->ops->unlock(platform->ctx, &shared->lock);
}

void mmi_stress_fail_at(struct mmi_stress_thread *t, const struct mmi_page *page, unsigned order,
			const char *what)
{
	const uint64_t pfn = mmi_page_pfn(&t->shared->system->mem.map, page);
	struct mmi_error err;

	mmi_error_set(&err, -EILSEQ, "PFN 0x%llx, order %u, thread %u: %s", (unsigned long long)pfn,
		      order, t->number, what);
	mmi_stress_fail(t->shared, &err);
}

/* Sets or clears the marks of a block; false when one of them was as it becomes. */
static bool mark(struct mmi_stress_thread *t, const struct mmi_page *page, unsigned order,
		 bool owned)
{
	const struct mmi_memmap *map = &t->shared->system->mem.map;
	const uint64_t start = mmi_page_pfn(map, page) - map->start_pfn;
	const uint64_t end = start + (1ull << order);
	bool good = true;

	for (uint64_t i = start; i < end;) {
		const uint64_t in_word = 64 - i % 64 < end - i ? 64 - i % 64 : end - i;
		const uint64_t bits = (in_word == 64 ? ~0ull : (1ull << in_word) - 1) << i % 64;
		uint64_t *word = &t->shared->owned[i / 64];
		const uint64_t old = owned ? __atomic_fetch_or(word, bits, __ATOMIC_ACQ_REL)
					   : __atomic_fetch_and(word, ~bits, __ATOMIC_ACQ_REL);
		good = good && (owned ? !(old & bits) : (old & bits) == bits);
		i += in_word;
	}
	return good;
}

void mmi_stress_own(struct mmi_stress_thread *t, struct mmi_page *page, unsigned order)
{
	const uint64_t pfn = mmi_page_pfn(&t->shared->system->mem.map, page);

	if (!mark(t, page, order, true))
		mmi_stress_fail_at(t, page, order, "handed out though somebody holds a page of it");
	if (pfn & ((1ull << order) - 1))
		mmi_stress_fail_at(t, page, order, "not aligned to its order");
	if (page->refcount != 1 || page->page_type != MMI_PAGE_TYPE_NONE ||
	    page->flags & MMI_PG_RESERVED)
		mmi_stress_fail_at(t, page, order,
				   "handed out, but reserved, free, or not counted once");
	page->memcg_data = stamp_of(t, page);
}

void mmi_stress_disown(struct mmi_stress_thread *t, struct mmi_page *page, unsigned order)
{
	if (page->memcg_data != stamp_of(t, page))
		mmi_stress_fail_at(t, page, order, "the owner's stamp was overwritten");
	page->memcg_data = 0;
	if (!mark(t, page, order, false))
		mmi_stress_fail_at(t, page, order, "its owner's mark is gone");
}

static void lock(struct mmi_stress_thread *t)
{
	const struct mmi_platform *platform = t->shared->system->platform;

	platform->ops->lock(platform->ctx, &t->lock);
}

static void unlock(struct mmi_stress_thread *t)
{
	const struct mmi_platform *platform = t->shared->system->platform;

	platform->ops->unlock(platform->ctx, &t->lock);
}

void mmi_stress_keep_slot(struct mmi_stress_thread *t, size_t slot, struct mmi_page *page,
			  unsigned order, bool movable)
{
	lock(t);
	t->held[slot] = (struct mmi_stress_held){page, order, movable};
	page->index = slot;
	if (movable)
		mmi_page_set_owner(page, order, &t->owner);
	unlock(t);
}

void mmi_stress_keep_chained(struct mmi_stress_thread *t, struct mmi_page *page, bool movable)
{
	lock(t);
	page->index = t->nr_slots + movable;
	mmi_list_add_tail(&t->chain, &page->lru);
	t->nr_chained++;
	if (movable)
		mmi_page_set_owner(page, 0, &t->owner);
	unlock(t);
}

/* The thread's lock is held. */
static void let_go_locked(struct mmi_stress_thread *t, struct mmi_page *page, unsigned order,
			  bool movable)
{
	if (movable)
		mmi_page_clear_owner(page);
	page->index = 0;
	mmi_stress_disown(t, page, order);
}

bool mmi_stress_give_slot(struct mmi_stress_thread *t, size_t slot)
{
	struct mmi_stress_held *held = &t->held[slot];

	lock(t);
	struct mmi_page *page = held->page;
	if (page)
		let_go_locked(t, page, held->order, held->movable);
	held->page = NULL;
	unlock(t);
	if (page)
		mmi_free_pages(t->cpu, page, held->order);
	return page != NULL;
}

void mmi_stress_turn_chain(struct mmi_stress_thread *t)
{
	lock(t);
	struct mmi_list *first = t->chain.next;
	mmi_list_remove(first);
	mmi_list_add_tail(&t->chain, first);
	unlock(t);
}

void mmi_stress_give_chained(struct mmi_stress_thread *t)
{
	lock(t);
	struct mmi_page *page = mmi_list_page(t->chain.next);
	mmi_list_remove(&page->lru);
	t->nr_chained--;
	let_go_locked(t, page, 0, page->index > t->nr_slots);
	unlock(t);
	mmi_free_pages(t->cpu, page, 0);
}

/* Is @page kept by the thread?  It may have been given back while somebody asked. */
static bool is_kept(const struct mmi_stress_thread *t, const struct mmi_page *page, unsigned order)
{
	if (page->memcg_data != stamp_of(t, page))
		return false;
	if (page->index >= t->nr_slots)
		return order == 0;
	return t->held[page->index].page == page && t->held[page->index].order == order;
}

static void replace_locked(struct mmi_stress_thread *t, struct mmi_page *old_page,
			   struct mmi_page *new_page, unsigned order)
{
	mmi_stress_own(t, new_page, order);
	new_page->index = old_page->index;
	if (new_page->index < t->nr_slots) {
		t->held[new_page->index].page = new_page;
	} else {
		mmi_list_add(&old_page->lru, &new_page->lru);
		mmi_list_remove(&old_page->lru);
	}
	old_page->index = 0;
	mmi_stress_disown(t, old_page, order);
	t->nr_moved_pages += 1ull << order;
}

static int migrate(struct mmi_page_owner *owner, struct mmi_page *old_page,
		   struct mmi_page *new_page, unsigned order)
{
	struct mmi_stress_thread *t =
	    (struct mmi_stress_thread *)((char *)owner - offsetof(struct mmi_stress_thread, owner));

	lock(t);
	const bool kept = is_kept(t, old_page, order);
	if (kept)
		replace_locked(t, old_page, new_page, order);
	unlock(t);
	return kept ? 0 : -EAGAIN;
}

void mmi_stress_thread_init(struct mmi_stress_thread *t, struct mmi_stress_shared *shared,
			    unsigned number)
{
	t->shared = shared;
	t->number = number;
	t->owner.migrate = migrate;
	mmi_list_init(&t->chain);
}

void mmi_stress_give_back(struct mmi_stress_thread *t)
{
	for (size_t i = 0; i < t->nr_slots; i++)
		mmi_stress_give_slot(t, i);
	while (t->nr_chained)
		mmi_stress_give_chained(t);
}
