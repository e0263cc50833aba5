/* SPDX-License-Identifier: MIT */
/* The steps that algorithms are made of, for whoever writes one. */
#include "mminit/steps.h"

#include "deferred/worker.h"
#include "memmap/page_init.h"

struct mmi_mem *mmi_worker_mem(const struct mmi_worker *worker)
{
	return worker->mem;
}

const struct mmi_plan *mmi_worker_plan(const struct mmi_worker *worker)
{
	return worker->claims->plan;
}

void *mmi_worker_user(const struct mmi_worker *worker)
{
	return worker->ops->user;
}

int mmi_worker_nid(const struct mmi_worker *worker)
{
	return worker->nid;
}

void mmi_worker_init_pages(struct mmi_worker *worker, uint64_t start_pfn, uint64_t end_pfn)
{
	mmi_deferred_engine()->init_range(worker, start_pfn, end_pfn);
}

void mmi_worker_free_pages(struct mmi_worker *worker, uint64_t start_pfn, uint64_t end_pfn)
{
	mmi_deferred_engine()->free_range(worker, start_pfn, end_pfn);
}

void mmi_worker_free_block(struct mmi_worker *worker, uint64_t pfn, unsigned order)
{
	const struct mmi_platform *platform = worker->mem->platform;
	struct mmi_zone *zone = mmi_worker_zone(worker, pfn);

	platform->ops->lock(platform->ctx, &zone->lock);
	mmi_buddy_add_locked(zone, pfn, order);
	platform->ops->unlock(platform->ctx, &zone->lock);
	worker->blocks.total_pages += 1ull << order;
	worker->blocks.total_blocks++;
}

void mmi_worker_set_pageblock(struct mmi_worker *worker, uint64_t pfn, enum mmi_migratetype type)
{
	mmi_pageblock_set_type(&worker->mem->map, pfn, type);
}
