/* SPDX-License-Identifier: MIT */
/*
 * The allocator's objects inside: struct mmi_alloc, and the contexts and how others ask them.
 *
 * A context's owner works with plain loads and stores.  It makes `epoch` odd when a request begins
 * and even when it ends, and looks at `request` after each; a request that finds something there
 * steps back before it looks at any list.  Who wants something of all contexts, one at a time, sets
 *
 *   MMI_CPU_WATCH  the owner takes this bit away between two requests: its answer
 *   MMI_CPU_STOP   no request begins until the bit is gone: the lists are the other's
 *   MMI_CPU_WAKE   who asks sleeps until WATCH is gone
 *
 * and knows of a context, when WATCH
 *
 *   is gone           every request has ended that could have read what was replaced before.  The
 *                     owner's AND acquires what the asker's OR released: the next request finds
 *                     what is new.  The asker's look acquires what the AND released: no request
 *                     reads what is old any more.
 *   was there before  none has begun since the context was asked the last time: it was idle then,
 *                     and who begins takes the bit away first, by an AND that is still to come
 *                     and will acquire this OR.
 *   does not go       nothing, for a plain store may not be seen yet.  Every thread of the process
 *                     passes a barrier; then an even epoch says that the context is idle, and who
 *                     begins will find the bit; an odd one, that a request runs whose end will.
 *
 * So an owner needs an atomic operation only to answer, and nobody is interrupted for those who are
 * at work, nor for those who are idle the second time.
 */
#ifndef PAGE_ALLOC_ALLOC_CPU_H
#define PAGE_ALLOC_ALLOC_CPU_H

#include "memmap/atomic.h"
#include "mminit/figures.h"
#include "page_alloc/pcp_lists.h"
#include "page_alloc/zonelist.h"

#define MMI_LIKELY(condition) __builtin_expect(!!(condition), 1)

enum { MMI_CPU_STOP = 1, MMI_CPU_WATCH = 2, MMI_CPU_WAKE = 4 };

struct mmi_alloc {
	struct mmi_mem *mem;
	struct mmi_deferred_run *run;
	const struct mmi_bulk_ways *bulk; /* of the width of the memmap's store */
	struct mmi_zonelists *zonelists;  /* atomic: read once a request */
	struct mmi_zone_figures *figures; /* by zone number; each word atomic */
	struct mmi_mem_counts counts;     /* of who changes memory: alloc_figures.h */
	uint16_t node_of_nid[MMI_MAX_NODES];
	/* While it is held nobody builds lists, and no zone becomes populated or empty. */
	struct mmi_lock zonelists_lock;
	/* Of the contexts, and of who asks them.  Held while one waits for an owner. */
	struct mmi_lock cpus_lock;
	struct mmi_cpu *cpus;
	uint64_t generation;     /* of the zonelists; cpus_lock held */
	int64_t *nr_taken_pages; /* by zone number: of contexts that are gone */
};

/*
 * Where the short way of a request leads, for one kind of request without a node of its own: looked
 * up once, and good as long as the zonelists are the same.
 */
struct mmi_shortcut {
	uint64_t generation;        /* of those zonelists; 0: not looked up */
	struct mmi_pcp *pcp;        /* of the zone that comes first */
	struct mmi_pcp_list *lists; /* there, of the migratetype, by order */
	const uint64_t *nr_free_pages;
	const uint64_t *low_pages;
	const uint64_t *protection_pages;
};

#define MMI_GFP_KINDS 16 /* the gfp bits that choose zone and migratetype are the lowest four */

struct mmi_cpu {
	uint32_t epoch;   /* odd: a request runs */
	uint32_t request; /* MMI_CPU_* */
	struct mmi_alloc *alloc;
	uint16_t node;
	/* Where the last page went that was freed: its zone's bits of the flags, its type, ... */
	uint16_t freed_zone_bits;
	uint8_t freed_type;
	struct mmi_pcp *freed_pcp;        /* of that zone */
	struct mmi_pcp_list *freed_lists; /* = freed_pcp->lists[freed_type] */
	struct mmi_cpu_stats stats;
	struct mmi_cpu *next; /* cpus_lock, as is the next one */
	bool is_awaited;      /* the answer of its owner */
	struct mmi_pcp *pcps; /* by zone number */
	struct mmi_shortcut shortcuts[MMI_GFP_KINDS];
	bool is_confined; /* to the allowed nodes */
	struct mmi_nodemask allowed;
};

static inline bool mmi_cpu_may_use(const struct mmi_cpu *cpu, int nid)
{
	return !cpu->is_confined || mmi_nodemask_has(&cpu->allowed, nid);
}

/* The zonelists as they stand; who is in a request keeps them. */
static inline const struct mmi_zonelists *mmi_alloc_lists(const struct mmi_alloc *alloc)
{
	mmi_atomic_yield(MMI_YIELD_ATOMIC, &alloc->zonelists);
	return __atomic_load_n(&alloc->zonelists, __ATOMIC_ACQUIRE);
}

/* A zone's number: node by node. */
static inline size_t mmi_zone_number(size_t node, unsigned type)
{
	return node * MMI_NR_ZONES + type;
}
static inline size_t mmi_nr_zones(const struct mmi_mem *mem)
{
	return mem->nr_nodes * MMI_NR_ZONES;
}
static inline struct mmi_zone *mmi_numbered_zone(const struct mmi_mem *mem, size_t number)
{
	return &mem->nodes[number / MMI_NR_ZONES].zones[number % MMI_NR_ZONES];
}
/* The number of the zone that a page is linked to. */
static inline size_t mmi_page_zone_number(const struct mmi_alloc *alloc,
					  const struct mmi_page *page)
{
	return mmi_zone_number(alloc->node_of_nid[mmi_flags_nid(page->flags)],
			       mmi_flags_zone(page->flags));
}

/*
 * The lists, by order, for a page of the zone that was freed to last and of a pageblock of @type,
 * which has lists.  As a rule they are those of the page before: the CPU goes on with these, and
 * does not wait until it has looked @type up.
 */
static inline struct mmi_pcp_list *mmi_cpu_freed_lists(struct mmi_cpu *cpu, unsigned type)
{
	if (!MMI_LIKELY(type == cpu->freed_type)) {
		cpu->freed_type = (uint8_t)type;
		cpu->freed_lists = cpu->freed_pcp->lists[type];
	}
	return cpu->freed_lists;
}
/* The zone of @page, whose lists are @pcp, is the one that is freed to. */
static inline void mmi_cpu_free_to(struct mmi_cpu *cpu, struct mmi_pcp *pcp,
				   const struct mmi_page *page)
{
	cpu->freed_zone_bits = mmi_page_zone_bits(page);
	cpu->freed_pcp = pcp;
	cpu->freed_lists = pcp->lists[cpu->freed_type];
}

void mmi_cpu_answer(struct mmi_cpu *cpu);
void mmi_cpu_answer_at_door(struct mmi_cpu *cpu);

/*
 * A request begins (the epoch becomes odd, by a plain store: see above), is in the context if
 * nothing is asked of it, and ends, after which no zonelist that it read may be looked at any more.
 * begin() gives the epoch that end() wants, unless the context was left meanwhile; end() says
 * whether somebody is to be answered.
 */
static inline uint32_t mmi_cpu_begin(struct mmi_cpu *cpu)
{
	const uint32_t epoch = cpu->epoch + 1;

	mmi_atomic_yield(MMI_YIELD_ATOMIC, &cpu->epoch);
	__atomic_store_n(&cpu->epoch, epoch, __ATOMIC_RELAXED);
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	return epoch;
}
static inline bool mmi_cpu_is_asked(const struct mmi_cpu *cpu)
{
	return mmi_atomic_read32(&cpu->request);
}
static inline void mmi_cpu_answer_if_asked(struct mmi_cpu *cpu)
{
	if (!MMI_LIKELY(!mmi_cpu_is_asked(cpu)))
		mmi_cpu_answer_at_door(cpu);
}
static inline bool mmi_cpu_end(struct mmi_cpu *cpu, uint32_t epoch)
{
	mmi_atomic_publish32(&cpu->epoch, epoch + 1);
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	return mmi_atomic_read32(&cpu->request);
}

/* The same in two calls: enter() answers, and waits while the context is stopped. */
static inline void mmi_cpu_enter(struct mmi_cpu *cpu)
{
	mmi_cpu_begin(cpu);
	mmi_cpu_answer_if_asked(cpu);
}
static inline void mmi_cpu_leave(struct mmi_cpu *cpu)
{
	if (!MMI_LIKELY(!mmi_cpu_end(cpu, cpu->epoch)))
		mmi_cpu_answer(cpu);
}

/*
 * Held by whoever populates a zone or empties it, from its first page or its last until zonelists
 * stand that say so, or all is as before: nobody else builds any meanwhile.
 */
void mmi_zonelists_lock(struct mmi_alloc *alloc);
void mmi_zonelists_unlock(struct mmi_alloc *alloc);
/* mmi_zonelists_rebuild() for whoever holds it.  -ENOMEM. */
int mmi_zonelists_rebuild_locked(struct mmi_alloc *alloc);

/*
 * Stops all contexts, which are the caller's from then on, and lets them go again; holds cpus_lock
 * in between.  The caller is in no request.
 */
void mmi_cpus_stop(struct mmi_alloc *alloc);
void mmi_cpus_resume(struct mmi_alloc *alloc);
/* Puts the free pages of all contexts back to their zones.  They are stopped. */
void mmi_cpus_drain(struct mmi_alloc *alloc);
/*
 * Returns when every request that runs now has ended; stops none.  In no request, cpus_lock held.
 */
void mmi_cpus_wait_grace_locked(struct mmi_alloc *alloc);

/* Puts all free pages of a context back to their zones.  It is the caller's own, or stopped. */
void mmi_cpu_drain_lists(struct mmi_cpu *cpu);

#endif
