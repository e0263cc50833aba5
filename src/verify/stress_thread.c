/* SPDX-License-Identifier: MIT */
/* The patterns of a stress run, and the marks on what a thread holds. */
#include "verify/stress_thread.h"

#include <errno.h>

#define NR_BULK_PAGES 128

static uint64_t next_random(struct mmi_stress_thread *t)
{
	uint64_t x = t->random += 0x9e3779b97f4a7c15u;

	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
	x = (x ^ x >> 27) * 0x94d049bb133111ebu;
	return x ^ x >> 31;
}

static uint64_t random_below(struct mmi_stress_thread *t, uint64_t limit)
{
	return next_random(t) % limit;
}

static uint64_t now_ns(const struct mmi_stress_thread *t)
{
	const struct mmi_platform *platform = t->shared->system->platform;

	return platform->ops->clock_ns(platform->ctx);
}

static void count_latency(struct mmi_stress_thread *t, uint64_t start_ns)
{
	const uint64_t elapsed_ns = now_ns(t) - start_ns;
	unsigned bucket = elapsed_ns ? 63 - (unsigned)__builtin_clzll(elapsed_ns) : 0;

	if (bucket >= MMI_STRESS_LATENCY_BUCKETS)
		bucket = MMI_STRESS_LATENCY_BUCKETS - 1;
	t->result.latency[bucket]++;
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

static void fail_at(struct mmi_stress_thread *t, const struct mmi_page *page, unsigned order,
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

/* A block has come: it must be free of others, whole, and in the state that alloc.h says. */
static void own(struct mmi_stress_thread *t, struct mmi_page *page, unsigned order)
{
	const uint64_t pfn = mmi_page_pfn(&t->shared->system->mem.map, page);

	if (!mark(t, page, order, true))
		fail_at(t, page, order, "handed out though somebody holds a page of it");
	if (pfn & ((1ull << order) - 1))
		fail_at(t, page, order, "not aligned to its order");
	if (page->refcount != 1 || page->page_type != MMI_PAGE_TYPE_NONE ||
	    page->flags & MMI_PG_RESERVED)
		fail_at(t, page, order, "handed out, but reserved, free, or not counted once");
	page->memcg_data = pfn ^ t->number; /* the stamp */
	t->result.nr_blocks++;
	t->result.nr_pages += 1ull << order;
}

static void disown(struct mmi_stress_thread *t, struct mmi_page *page, unsigned order)
{
	if (page->memcg_data != (mmi_page_pfn(&t->shared->system->mem.map, page) ^ t->number))
		fail_at(t, page, order, "the owner's stamp was overwritten");
	page->memcg_data = 0;
	if (!mark(t, page, order, false))
		fail_at(t, page, order, "its owner's mark is gone");
}

static void give(struct mmi_stress_thread *t, struct mmi_page *page, unsigned order)
{
	disown(t, page, order);
	mmi_free_pages(t->cpu, page, order);
}

/* Kinds of requests, the common ones more often. */
static unsigned random_gfp(struct mmi_stress_thread *t)
{
	static const unsigned kinds[] = {
	    MMI_GFP_KERNEL, MMI_GFP_KERNEL, MMI_GFP_MOVABLE, MMI_GFP_MOVABLE, MMI_GFP_RECLAIMABLE,
	    MMI_GFP_DMA32,  MMI_GFP_DMA,    MMI_GFP_HIGH,    MMI_GFP_NOWAIT,  MMI_GFP_THISNODE,
	};
	const unsigned gfp = t->shared->params->gfp;

	if (!t->shared->params->mix_gfp)
		return gfp;
	return gfp | kinds[random_below(t, sizeof(kinds) / sizeof(kinds[0]))];
}

static unsigned random_order(struct mmi_stress_thread *t)
{
	const struct mmi_stress_params *params = t->shared->params;

	return params->min_order +
	       (unsigned)random_below(t, params->max_order - params->min_order + 1);
}

static struct mmi_page *take(struct mmi_stress_thread *t, unsigned gfp, unsigned order)
{
	const uint64_t start_ns = now_ns(t);
	struct mmi_page *page = mmi_alloc_pages(t->cpu, gfp, order, t->shared->params->nid, NULL);

	count_latency(t, start_ns);
	if (page)
		own(t, page, order);
	else
		t->result.nr_failed++;
	return page;
}

static void step_repeat(struct mmi_stress_thread *t)
{
	const unsigned order = random_order(t);
	struct mmi_page *page = take(t, random_gfp(t), order);

	if (page)
		give(t, page, order);
}

static void step_random(struct mmi_stress_thread *t)
{
	struct mmi_stress_held *held = &t->held[random_below(t, t->nr_slots)];

	if (held->page) {
		give(t, held->page, held->order);
		held->page = NULL;
		return;
	}
	held->order = random_order(t);
	held->page = take(t, random_gfp(t), held->order);
}

/* An array with holes is filled in bulk; what was in it must stay. */
static void step_bulk(struct mmi_stress_thread *t)
{
	struct mmi_page *pages[NR_BULK_PAGES] = {0};
	const int nr = 1 + (int)random_below(t, NR_BULK_PAGES);
	const int kept = (int)random_below(t, (uint64_t)nr);
	int nr_filled = 0;

	pages[kept] = take(t, random_gfp(t), 0);
	struct mmi_page *const before = pages[kept];
	const uint64_t start_ns = now_ns(t);
	const int ret =
	    mmi_alloc_pages_bulk(t->cpu, random_gfp(t), t->shared->params->nid, NULL, nr, pages);
	count_latency(t, start_ns);
	for (int i = 0; i < nr; i++) {
		nr_filled += pages[i] != NULL;
		if (pages[i] && (i != kept || !before))
			own(t, pages[i], 0);
	}
	if (ret != nr_filled || (before && pages[kept] != before))
		fail_at(t, t->shared->system->mem.map.pages, 0,
			"bulk: wrong count, or a filled slot was changed");
	t->result.nr_failed += ret == (before != NULL) && nr > ret;
	for (int i = 0; i < nr; i++)
		if (pages[i])
			disown(t, pages[i], 0);
	mmi_free_pages_bulk(t->cpu, pages, nr);
}

static void push(struct mmi_stress_thread *t, struct mmi_page *page)
{
	page->index = (uintptr_t)t->chain;
	t->chain = page;
}

static struct mmi_page *pop(struct mmi_stress_thread *t)
{
	struct mmi_page *page = t->chain;

	t->chain = (struct mmi_page *)(uintptr_t)page->index;
	page->index = 0;
	return page;
}

/* Gives back the pages of the chain of which a coin says so; the rest stays, in reverse. */
static void thin_out(struct mmi_stress_thread *t)
{
	struct mmi_page *kept = NULL;

	while (t->chain) {
		struct mmi_page *page = pop(t);
		if (next_random(t) & 1) {
			give(t, page, 0);
			continue;
		}
		page->index = (uintptr_t)kept;
		kept = page;
	}
	t->chain = kept;
}

/* One page more; when there is none: half of them back, and now and then all, and a large block. */
static void step_frag(struct mmi_stress_thread *t)
{
	struct mmi_page *page = take(t, random_gfp(t), 0);

	if (page) {
		push(t, page);
		return;
	}
	if (t->shared->params->gfp & MMI_GFP_NOWAIT && !t->chain)
		return;
	if (random_below(t, 4))
		thin_out(t);
	else
		mmi_stress_give_back(t);
	const unsigned order = t->shared->params->max_order;
	page = take(t, t->shared->params->gfp, order);
	if (page)
		give(t, page, order);
}

void mmi_stress_step(struct mmi_stress_thread *t)
{
	static void (*const steps[])(struct mmi_stress_thread * t) = {
	    [MMI_STRESS_BULK] = step_bulk,
	    [MMI_STRESS_REPEAT] = step_repeat,
	    [MMI_STRESS_RANDOM] = step_random,
	    [MMI_STRESS_FRAG] = step_frag,
	};

	steps[t->shared->params->pattern](t);
	t->result.nr_operations++;
}

void mmi_stress_give_back(struct mmi_stress_thread *t)
{
	for (size_t i = 0; i < t->nr_slots; i++) {
		if (t->held[i].page)
			give(t, t->held[i].page, t->held[i].order);
		t->held[i].page = NULL;
	}
	while (t->chain)
		give(t, pop(t), 0);
}
