/* SPDX-License-Identifier: MIT */
/* The patterns of a stress run: what a thread asks for, and what it gives back. */
#include "verify/stress_thread.h"

#define NR_BULK_PAGES 128

static uint64_t random_below(struct mmi_stress_thread *t, uint64_t limit)
{
	return mmi_random_next(&t->random) % limit;
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

static void own(struct mmi_stress_thread *t, struct mmi_page *page, unsigned order)
{
	mmi_stress_own(t, page, order);
	t->result.nr_blocks++;
	t->result.nr_pages += 1ull << order;
}

static void give(struct mmi_stress_thread *t, struct mmi_page *page, unsigned order)
{
	mmi_stress_disown(t, page, order);
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

/* Only where memory comes and goes has anybody a use for it. */
static bool is_movable(const struct mmi_stress_thread *t, unsigned gfp)
{
	return t->shared->changes && gfp & MMI_GFP_MOVABLE;
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
	const size_t slot = random_below(t, t->nr_slots);

	if (mmi_stress_give_slot(t, slot))
		return;
	const unsigned order = random_order(t);
	const unsigned gfp = random_gfp(t);
	struct mmi_page *page = take(t, gfp, order);
	if (page)
		mmi_stress_keep_slot(t, slot, page, order, is_movable(t, gfp));
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
		mmi_stress_fail_at(t, t->shared->system->mem.map.pages, 0,
				   "bulk: wrong count, or a filled slot was changed");
	t->result.nr_failed += ret == (before != NULL) && nr > ret;
	for (int i = 0; i < nr; i++)
		if (pages[i])
			mmi_stress_disown(t, pages[i], 0);
	mmi_free_pages_bulk(t->cpu, pages, nr);
}

/* Gives back the pages of the chain of which a coin says so. */
static void thin_out(struct mmi_stress_thread *t)
{
	for (size_t nr = t->nr_chained; nr; nr--) {
		if (mmi_random_next(&t->random) & 1)
			mmi_stress_give_chained(t);
		else
			mmi_stress_turn_chain(t);
	}
}

/* One page more; when there is none: half of them back, and now and then all, and a large block. */
static void step_frag(struct mmi_stress_thread *t)
{
	const unsigned gfp = random_gfp(t);
	struct mmi_page *page = take(t, gfp, 0);

	if (page) {
		mmi_stress_keep_chained(t, page, is_movable(t, gfp));
		return;
	}
	if (t->shared->params->gfp & MMI_GFP_NOWAIT && !t->nr_chained)
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
