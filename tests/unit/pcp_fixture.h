/* SPDX-License-Identifier: MIT */
/* Per-CPU lists that no context has, on a small zone, for tests on the serial platform. */
#ifndef TESTS_UNIT_PCP_FIXTURE_H
#define TESTS_UNIT_PCP_FIXTURE_H

#include "alloc_fixture.h"
#include "list_blocks.h"

#include "page_alloc/pcp_lists.h"
#include "zone/buddy.h"

#define PCP_NR_BLOCKS 32 /* of order 10 in the zone */
#define PCP_HIGH      1024

/* 128 MiB of ZONE_NORMAL, all free and MOVABLE, and lists that no context has. */
struct pcp_bed {
	struct alloc_fixture f;
	struct mmi_zone *zone;
	struct mmi_zone_figures figures;
	struct mmi_pcp pcp;
};

/* Lists for other figures; behind them lies what leads astray who looks at it. */
static inline void pcp_refit(struct pcp_bed *bed, uint64_t batch, uint64_t high)
{
	const size_t end = offsetof(struct mmi_pcp, lists) + sizeof(bed->pcp.lists);

	bed->figures.pcp_batch = batch;
	bed->figures.pcp_high = high;
	mmi_pcp_fit(&bed->pcp, bed->zone, &bed->figures);
	memset((char *)&bed->pcp + end, 0x7f, sizeof(bed->pcp) - end);
}

static inline void pcp_open(struct pcp_bed *bed, struct mmi_platform *platform, uint64_t batch,
			    uint64_t high)
{
	const struct mmi_spec_range memory[] = {{4 * GIB, 4 * GIB + 128 * MIB, 0, 0, 0}};
	const struct mmi_machine_spec spec = x86_spec(memory, ARRAY_NR(memory));

	memset(bed, 0, sizeof(*bed));
	alloc_open(&bed->f, platform, &spec, ALL_BOOTED);
	bed->zone = alloc_zone(&bed->f, 0, MMI_ZONE_NORMAL);
	pcp_refit(bed, batch, high);
}

static inline void pcp_hold_sound(struct pcp_bed *bed)
{
	struct mmi_error err = {0};

	if (mmi_pcp_check(&bed->pcp, bed->zone, &err))
		fail_msg("%s", err.text);
}

/* All is back in the zone, and merged as it was. */
static inline void pcp_close(struct pcp_bed *bed)
{
	mmi_pcp_drain(&bed->pcp, bed->zone);
	assert_int_equal(bed->pcp.nr_pages, 0);
	assert_int_equal(bed->pcp.nr_taken_pages, 0);
	mmi_pcp_release(&bed->pcp, bed->zone->mem->platform);
	assert_null(bed->pcp.slots);
	assert_int_equal(bed->pcp.slots_bytes, 0);
	assert_int_equal(bed->pcp.high, 0);
	assert_int_equal(bed->zone->areas[10].nr_free, PCP_NR_BLOCKS);
	alloc_close(&bed->f);
}

static inline struct mmi_pcp_list *pcp_list(struct pcp_bed *bed, enum mmi_migratetype type,
					    unsigned order)
{
	return &bed->pcp.lists[type][mmi_pcp_index(order, bed->pcp.pageblock_order)];
}

static inline struct mmi_page *pcp_refill(struct pcp_bed *bed, unsigned order,
					  enum mmi_migratetype type)
{
	struct mmi_page *page = mmi_pcp_refill(&bed->pcp, bed->zone, order, type);

	if (page)
		assert_int_equal(page->refcount, 1);
	return page;
}

/* A block that was handed out goes to the zone. */
static inline void pcp_give_block(struct pcp_bed *bed, struct mmi_page *page, unsigned order)
{
	mmi_buddy_free_locked(bed->zone, alloc_pfn(&bed->f, page), order);
	bed->pcp.nr_taken_pages -= 1ll << order;
}

/* @nr MOVABLE pages, one behind the other, the first aligned like a block of order 10; handed out. */
static inline struct mmi_page *pcp_take_pages(struct pcp_bed *bed, unsigned nr)
{
	struct mmi_page *page = mmi_buddy_alloc_locked(bed->zone, 10, MMI_MIGRATE_MOVABLE);

	for (unsigned i = 0; i < 1024; i++)
		mmi_page_set_count(&page[i], i < nr);
	mmi_buddy_free_range_locked(bed->zone, alloc_pfn(&bed->f, page) + nr,
				    alloc_pfn(&bed->f, page) + 1024);
	bed->pcp.nr_taken_pages += nr;
	return page;
}

static inline void pcp_push(struct pcp_bed *bed, enum mmi_migratetype type, unsigned order,
			    struct mmi_page *page)
{
	mmi_pcp_push(&bed->pcp, pcp_list(bed, type, order), order, page);
}

static inline void pcp_push_all(struct pcp_bed *bed, struct mmi_page *page, unsigned nr)
{
	for (unsigned i = 0; i < nr; i++)
		pcp_push(bed, MMI_MIGRATE_MOVABLE, 0, &page[i]);
}

#endif
