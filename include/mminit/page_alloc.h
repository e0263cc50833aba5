/* SPDX-License-Identifier: MIT */
/*
 * The page allocator: pages handed out and taken back, by any thread, at any moment after the early
 * part stands, also while workers initialise the rest.
 *
 *   alloc       the allocator of one machine: zonelists, watermarks, all contexts
 *   cpu         an allocating context: lists of free pages that only its owner uses
 *   zonelist    the zones that serve requests of a node, in the order in which they are asked
 *   watermark   how many pages a zone keeps back from requests that could wait for memory
 *
 * A block of order o is 1 << o pages, aligned to its order, and named by its first page.  A page
 * that is handed out has refcount 1 (of a block: its first page), a free one 0.
 *
 * While pages of a zone are missing (not initialised yet) its watermarks keep nothing back: what is
 * wanted is initialised by who wants it, or waited for.
 */
#ifndef MMINIT_PAGE_ALLOC_H
#define MMINIT_PAGE_ALLOC_H

#include "mminit/deferred.h"

MMI_DECLARATIONS_BEGIN

/*
 * What a request wants.  Zone: the highest that may serve it is DMA, else DMA32, else MOVABLE, by
 * the bits; else NORMAL.  Other bits mean nothing.
 */
enum mmi_gfp {
	MMI_GFP_KERNEL = 0, /* unmovable, up to ZONE_NORMAL, may wait */
	MMI_GFP_DMA = 0x01,
	MMI_GFP_DMA32 = 0x02,
	MMI_GFP_MOVABLE = 0x04,     /* pages that can be moved; from ZONE_MOVABLE, too */
	MMI_GFP_RECLAIMABLE = 0x08, /* pages that can be given up */
	MMI_GFP_THISNODE = 0x10,    /* no other node but the preferred one */
	MMI_GFP_NOWAIT = 0x20,      /* initialises nothing and waits for nobody */
	MMI_GFP_HIGH = 0x40,        /* may go down to half of the min watermark */
	MMI_GFP_MEMALLOC = 0x80,    /* frees memory in turn: ignores watermarks */
};

/* Nodes that a request allows, by nid: 0 to MMI_MAX_NODES - 1. */
struct mmi_nodemask {
	uint64_t bits[MMI_MAX_NODES / 64];
};

static inline void mmi_nodemask_add(struct mmi_nodemask *mask, int nid)
{
	mask->bits[nid / 64] |= 1ull << (nid % 64);
}
static inline bool mmi_nodemask_has(const struct mmi_nodemask *mask, int nid)
{
	return mask->bits[nid / 64] >> (nid % 64) & 1;
}

struct mmi_alloc;
struct mmi_cpu;

/*
 * Makes the allocator of @mem.  @run: what initialises it, started; NULL where nothing is missing.
 * Both must outlive it.  -ENOMEM.  One thread.
 */
int mmi_alloc_create(struct mmi_mem *mem, struct mmi_deferred_run *run, struct mmi_alloc **alloc,
		     struct mmi_error *err);
void mmi_alloc_destroy(struct mmi_alloc *alloc); /* NULL is allowed; no context is left */

/*
 * Computes watermarks, protection and the sizes of per-CPU lists from the pages that zones have, or
 * are going to have.  One thread at a time; others may allocate.
 */
void mmi_alloc_refresh(struct mmi_alloc *alloc);

/*
 * Builds all zonelists anew, publishes them and frees the old ones when nobody can be reading them.
 * -ENOMEM; then the old ones stay.  Any thread that is in no request.
 */
int mmi_zonelists_rebuild(struct mmi_alloc *alloc);
/*
 * The same, but only the list of node @nid is built, with no load on any node, and the others'
 * stay: for a node that comes without memory, of which no other list knows.  -EINVAL: no such node.
 */
int mmi_zonelists_rebuild_node(struct mmi_alloc *alloc, int nid);

/*
 * Makes a context for a thread that runs on node @nid (-1: any).  It is used by one thread at a
 * time; handing it on needs the caller's synchronisation, nothing else.
 * -EINVAL: no such node; -ENOMEM.  Any thread.
 */
int mmi_cpu_create(struct mmi_alloc *alloc, int nid, struct mmi_cpu **cpu, struct mmi_error *err);
/*
 * Nodes that the context's requests may use at all, whatever they ask for, as a cpuset has it: on
 * top of a request's own mask.  NULL: all, as at first.  @nodes is copied.  -EINVAL: the machine
 * has none of them, and nothing is changed.  The context's owner.
 */
int mmi_cpu_allow(struct mmi_cpu *cpu, const struct mmi_nodemask *nodes);
/* Its free pages go back to their zones.  NULL is allowed. */
void mmi_cpu_destroy(struct mmi_cpu *cpu);

/* What a context did; only its owner reads it while it is in use. */
struct mmi_cpu_stats {
	uint64_t nr_allocs;     /* blocks handed out, bulk not counted */
	uint64_t nr_frees;      /* blocks taken back, bulk not counted */
	uint64_t nr_bulk_pages; /* pages handed out in bulk */
	uint64_t nr_failed;     /* requests answered with NULL */
	uint64_t nr_foreign;    /* blocks from another zone than the preferred one */
	uint64_t nr_refills;    /* times that pages came from a zone to a list */
	uint64_t nr_flushes;    /* times that pages went from lists to their zones */
	uint64_t nr_grows;      /* times that memory was initialised, or waited for */
	uint64_t nr_restarts;   /* requests begun anew because zonelists were rebuilt */
	uint64_t nr_bad_frees;  /* frees of what was not allocated: refused */
};
/* The context's own counters, valid as long as it.  Its owner, or anyone while it is quiet. */
const struct mmi_cpu_stats *mmi_cpu_stats(const struct mmi_cpu *cpu);

/*
 * A block of 1 << @order pages; the caller owns it until mmi_free_pages().  @nid: preferred node,
 * -1: the context's own; of a node without memory the nearest that has some.  @nodemask: nodes that
 * are allowed, NULL: all that the context is.  NULL: no memory by the rules of @gfp, after all that
 * may be initialised was, or an order above the machine's.  The context's owner, holding no lock.
 */
struct mmi_page *mmi_alloc_pages(struct mmi_cpu *cpu, unsigned gfp, unsigned order, int nid,
				 const struct mmi_nodemask *nodemask);
/*
 * Takes back a block from mmi_alloc_pages(), by whatever context.  @page: not NULL; one that is not
 * handed out is refused and counted in nr_bad_frees.  @order: the same; it is not checked.  The
 * context's owner, holding no lock.
 */
void mmi_free_pages(struct mmi_cpu *cpu, struct mmi_page *page, unsigned order);

/*
 * Fills the empty (NULL) slots of @array with single pages; docs/bulk.md has the rules.  Returns
 * how many slots of the @nr_pages are filled then, those that were before counted: a partial
 * result is no error.  @nr_pages of 0 or less: 0.  Other arguments as of mmi_alloc_pages().
 */
int mmi_alloc_pages_bulk(struct mmi_cpu *cpu, unsigned gfp, int nid,
			 const struct mmi_nodemask *nodemask, int nr_pages,
			 struct mmi_page **array);
/* The same onto the end of @list, by page->lru.  Returns how many were added. */
int mmi_alloc_pages_bulk_list(struct mmi_cpu *cpu, unsigned gfp, int nid,
			      const struct mmi_nodemask *nodemask, int nr_pages,
			      struct mmi_list *list);
/*
 * Takes back the single pages of @array, runs of adjacent PFNs together; empty slots are skipped.
 * Every slot is empty afterwards.
 */
void mmi_free_pages_bulk(struct mmi_cpu *cpu, struct mmi_page **array, int nr_pages);
void mmi_free_pages_bulk_list(struct mmi_cpu *cpu, struct mmi_list *list); /* empty afterwards */

/* All free pages of a context go back to their zones.  Its owner. */
void mmi_cpu_drain(struct mmi_cpu *cpu);
/* The same of every context, whose owners wait that long.  Any thread that is in no request. */
void mmi_alloc_drain(struct mmi_alloc *alloc);

/*
 * Asserts, with all contexts stopped for that long:
 *   each zone's own invariants (mmi_zone_check())
 *   managed = free on lists + free in contexts + handed out
 *   a page in a context is in its zone, has refcount 0 and is no head of a free block
 *   zonelists hold the populated zones but DEVICE, each once, and are in the nodes' order
 * -EINVAL with the first that breaks.  Any thread that is in no request; others may allocate, and
 * workers may work.
 */
int mmi_alloc_check(struct mmi_alloc *alloc, struct mmi_error *err);

/* A zone's figures as they stand. */
struct mmi_zone_figures {
	uint64_t min_pages; /* watermarks */
	uint64_t low_pages;
	uint64_t high_pages;
	uint64_t protection_pages[MMI_NR_ZONES]; /* on top, by the highest zone of the request */
	uint64_t pcp_batch;                      /* pages moved at once; in a row up to 32 times */
	uint64_t pcp_high;                       /* pages of a context's lists of the zone */
};
/* False: no such node. */
bool mmi_alloc_figures(const struct mmi_alloc *alloc, int nid, enum mmi_zone_type type,
		       struct mmi_zone_figures *figures);

/* One zone of a zonelist: node number @node of the machine (not its nid). */
struct mmi_zoneref {
	uint16_t node;
	uint8_t type; /* enum mmi_zone_type */
	uint8_t unused;
};
/*
 * The zones that serve node @nid, in order, at most @nr of them; @fallback: those of other nodes,
 * too.  Returns how many there are, 0 without such a node.  Any thread that is in no request.
 */
size_t mmi_alloc_zonelist(struct mmi_alloc *alloc, int nid, bool fallback, struct mmi_zoneref *refs,
			  size_t nr);

MMI_DECLARATIONS_END

#endif
