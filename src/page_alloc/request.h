/* SPDX-License-Identifier: MIT */
/* One request while it runs: what it may use, and how far it has got. */
#ifndef PAGE_ALLOC_REQUEST_H
#define PAGE_ALLOC_REQUEST_H

#include "page_alloc/alloc_cpu.h"

enum mmi_mark {
	MMI_MARK_LOW, /* first, above the low watermark: what kernel threads then win back */
	MMI_MARK_MIN, /* then above min, as far down as the gfp bits allow */
};

struct mmi_request {
	struct mmi_cpu *cpu;
	unsigned gfp;
	unsigned order;
	enum mmi_migratetype type;
	enum mmi_zone_type highest;
	int nid; /* as asked; -1: the context's */
	const struct mmi_nodemask *nodemask;
	/* Of the zonelists, as they stood when they were last looked up. */
	const struct mmi_zonelists *lists;
	const struct mmi_zonelist *list;
	uint32_t nr_refs; /* of the list, that may serve it by gfp */
	/* By this request, which must not wait then. */
	bool others_stopped;
};

/* The highest zone that may serve a request, and the migratetype of its pages. */
static inline enum mmi_zone_type mmi_gfp_zone(unsigned gfp)
{
	if (gfp & MMI_GFP_DMA)
		return MMI_ZONE_DMA;
	if (gfp & MMI_GFP_DMA32)
		return MMI_ZONE_DMA32;
	return gfp & MMI_GFP_MOVABLE ? MMI_ZONE_MOVABLE : MMI_ZONE_NORMAL;
}
static inline enum mmi_migratetype mmi_gfp_type(unsigned gfp)
{
	if (gfp & MMI_GFP_MOVABLE)
		return MMI_MIGRATE_MOVABLE;
	return gfp & MMI_GFP_RECLAIMABLE ? MMI_MIGRATE_RECLAIMABLE : MMI_MIGRATE_UNMOVABLE;
}

/* False: nothing can serve it (no such node, no such order). */
bool mmi_request_init(struct mmi_request *rq, struct mmi_cpu *cpu, unsigned gfp, unsigned order,
		      int nid, const struct mmi_nodemask *nodemask);

/* Looks up the zonelist; the context is entered.  Again after it was left. */
void mmi_request_look_up(struct mmi_request *rq);

/* Index of the first zone from @i on that may serve it; rq->nr_refs: none. */
uint32_t mmi_request_next(const struct mmi_request *rq, uint32_t i);

/* Has zone number @number @nr_pages free above the mark for the request, or pages yet to come? */
bool mmi_request_may_take(const struct mmi_request *rq, size_t number, enum mmi_mark mark,
			  uint64_t nr_pages);

/* A block of a zone that may be taken from: of the context's lists, else of the zone's. */
struct mmi_page *mmi_request_take(struct mmi_request *rq, size_t number);

/*
 * Makes or awaits more memory for a zone, where the request may.  True: the context was left
 * meanwhile, the lists are looked up anew, and the request begins from the first zone.
 */
bool mmi_request_grow(struct mmi_request *rq, size_t number);

/* The ordinary way: one block, or NULL after all that the request may do.  Context entered. */
struct mmi_page *mmi_request_serve(struct mmi_request *rq);

/* Looks up the short way of requests like this one, if there is one.  It was looked up itself. */
void mmi_request_find_shortcut(const struct mmi_request *rq);

/* Can the zone at the end of the short way give @nr_pages and keep its low watermark? */
static inline bool mmi_shortcut_has(const struct mmi_shortcut *shortcut, uint64_t nr_pages)
{
	const uint64_t floor =
	    mmi_atomic_peek64(shortcut->low_pages) + mmi_atomic_peek64(shortcut->protection_pages);

	return mmi_atomic_peek64(shortcut->nr_free_pages) >= floor + nr_pages;
}

#endif
