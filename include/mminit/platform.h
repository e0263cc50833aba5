/* SPDX-License-Identifier: MIT */
/*
 * The platform: all that the core asks of its surroundings, as one table of operations.
 *
 * The core never calls an operating system, a threads library or libc beyond mem*().  Someone
 * who embeds it (another kernel, a unikernel, a test) fills in this table.  Two come with the
 * library: mmi_platform_native_create() (OpenMP, hwloc, mmap; header platform_native.h) and
 * mmi_platform_serial_create(), one thread and plain memory, the test double.
 *
 * Every operation gets the platform's own @ctx first.  Unless it says otherwise, an operation
 * may be called from any thread that the platform runs.
 */
#ifndef MMINIT_PLATFORM_H
#define MMINIT_PLATFORM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mminit/export.h"

MMI_DECLARATIONS_BEGIN

/*
 * Alignment of metadata: two cache lines, so that what one thread writes shares none with others.
 */
#define MMI_ALLOC_ALIGN 128

/* A lock's whole state; zero is unlocked.  What the word means is the platform's affair. */
struct mmi_lock {
	uint32_t word;
	uint32_t rank; /* enum mmi_lock_rank: locks are taken in rising order only */
};

enum mmi_lock_rank {
	MMI_LOCK_HOTPLUG = 1,
	MMI_LOCK_ZONELISTS,
	MMI_LOCK_NODE_RESIZE,
	MMI_LOCK_PCP,
	MMI_LOCK_ZONE,
};
/* What messages call the rank of a lock, which may be any number. */
static inline const char *mmi_lock_rank_name(uint32_t rank)
{
	static const char *const names[] = {"unranked",    "hotplug", "zonelists",
					    "node resize", "per-CPU", "zone"};

	return rank < sizeof(names) / sizeof(names[0]) ? names[rank] : "unknown";
}

/* How a range of reserved address space is to be backed. */
struct mmi_backing {
	int nid;         /* node the memory shall lie on; -1: wherever */
	bool huge_pages; /* ask for huge pages */
	bool populate;   /* back it now rather than at first touch */
};

/* Points at which a controlled scheduler may switch: before what they name. */
enum mmi_yield {
	MMI_YIELD_ATOMIC, /* an atomic word is read or written; checked core only */
	MMI_YIELD_CAS32,  /* a word of 32 or 64 bits is compared and swapped; checked core only */
	MMI_YIELD_CAS64,
	MMI_YIELD_PAGE, /* a struct page or a section's pageblocks; checked core only */
	MMI_YIELD_CHUNK,
	MMI_YIELD_LOCK, /* these two, waits and wakes are the platform's own to see */
	MMI_YIELD_UNLOCK,
	MMI_YIELD_UPDATE, /* an atomic word is added to, or bits of it change; checked core only */
	MMI_YIELD_STOP,   /* not a point: who waits or has ended is left here; the platform's own */
	MMI_NR_YIELDS
};

struct mmi_platform_ops {
	/*
	 * Metadata: @size_bytes of zeroed memory aligned to MMI_ALLOC_ALIGN, or NULL.  free() takes
	 * the very size that was asked for; NULL is allowed.
	 */
	void *(*alloc)(void *ctx, size_t size_bytes);
	void (*free)(void *ctx, void *memory, size_t size_bytes);

	/*
	 * Address space: reserve() takes @size_bytes aligned to @align (a power of two) without
	 * backing it; commit() makes a page-aligned part of it readable and writable, zeroed at
	 * first touch; release() gives a whole reservation back.  commit() returns 0 or -errno.
	 */
	void *(*reserve)(void *ctx, size_t size_bytes, size_t align);
	int (*commit)(void *ctx, void *start, size_t size_bytes, const struct mmi_backing *backing);
	void (*release)(void *ctx, void *start, size_t size_bytes);

	/*
	 * Runs @work(@arg, i) for every i in [0, @nr_threads), each on a thread of its own and
	 * all at once where the platform can, and returns when all have ended.  @nids[i] is the
	 * node that thread i is to be bound to (-1: not bound).  Returns how many ran, which may
	 * be fewer: the caller sees to the work of the others.  Never called from inside a team.
	 */
	unsigned (*run_team)(void *ctx, unsigned nr_threads, const int *nids,
			     void (*work)(void *arg, unsigned thread), void *arg);
	/* Number of the calling thread in its team; 0 outside of one. */
	unsigned (*thread_self)(void *ctx);

	/* lock(): @lock is not held by the caller.  unlock(): it is. */
	void (*lock)(void *ctx, struct mmi_lock *lock);
	void (*unlock)(void *ctx, struct mmi_lock *lock);

	/*
	 * wait(): sleeps while *@word == @value; may return early for no reason.  wake(): ends
	 * every wait on @word.  The caller changes the word, with release order, before wake().
	 */
	void (*wait)(void *ctx, const uint32_t *word, uint32_t value);
	void (*wake)(void *ctx, const uint32_t *word);

	/* Every thread of the process has passed a full memory barrier when this returns. */
	void (*process_barrier)(void *ctx);

	uint64_t (*clock_ns)(void *ctx); /* monotonic */
	void (*yield_point)(void *ctx, enum mmi_yield where, uint64_t pfn);

	/*
	 * For who judges placement.  Both may be NULL: the platform cannot say.
	 *
	 * on_node(): 1 when the calling thread runs on CPUs that serve @nid, 0 when on others;
	 * negative: threads are not kept on nodes here.  pages_on_node(): of the host's pages in
	 * [@start, @start + @size_bytes), how many lie where commit() puts what is asked for on
	 * @nid, and how many elsewhere; those never touched are neither.  0, or negative: memory
	 * is not placed here.
	 */
	int (*on_node)(void *ctx, int nid);
	int (*pages_on_node)(void *ctx, const void *start, size_t size_bytes, int nid,
			     uint64_t *nr_there, uint64_t *nr_elsewhere);

	/*
	 * For who looks at a word that another thread is about to change, between two looks: some
	 * tens of nanoseconds, in which the CPU may serve others.  NULL: not worth looking again.
	 */
	void (*relax)(void *ctx);
};

/* Immutable while anything made with it exists. */
struct mmi_platform {
	const struct mmi_platform_ops *ops;
	void *ctx;
};

/*
 * The checked core calls this before each access of an atomic word.  A word has no platform at
 * hand, so this is a function by name: the library has it (a thread of a controlled scheduler may
 * be switched, all others go on), and who links the checked core alone brings his own.
 */
void mmi_checked_yield(enum mmi_yield where, const void *word);

MMI_DECLARATIONS_END

#endif
