/* SPDX-License-Identifier: MIT */
/*
 * Memory that comes and goes while the machine runs.
 *
 *   block     memory_block_bytes of memory, what sysfs calls memoryN; N = address / size
 *   add       a block comes to be, offline, inside a hotplug window of its node
 *   online    its struct pages are initialised and its pages join a zone
 *   offline   its pages leave the zone: what is allocated is moved away, what is free is taken
 *   remove    an offline block is no more
 *   owner     who is asked to move the content of allocated pages elsewhere
 *   balloon   a driver that keeps pages: they are present, but not managed
 *   device    memory of ZONE_DEVICE: struct pages, and nothing that is ever free
 *
 * Whoever allocates and frees with contexts of his own goes on meanwhile; whoever changes memory
 * does so one after the other: every function here that takes a `struct mmi_hotplug *` and does not
 * say otherwise may be called by any thread that is in no request and holds no lock, and holds the
 * machine's one hotplug lock while it works.  Locks are taken in the order hotplug, zonelists, node
 * resize, per-CPU, zone.
 *
 * Ranges are half-open, in page frames.  On failure nothing has changed.
 */
#ifndef MMINIT_HOTPLUG_H
#define MMINIT_HOTPLUG_H

#include "mminit/page_alloc.h"
#include "mminit/figures.h"

MMI_DECLARATIONS_BEGIN

struct mmi_hotplug;

/* The words that are written to a block's state file. */
enum mmi_online_type {
	MMI_ONLINE, /* "online": a kernel zone, or MOVABLE where only that one's span has it */
	MMI_ONLINE_KERNEL,  /* "online_kernel" */
	MMI_ONLINE_MOVABLE, /* "online_movable" */
	MMI_OFFLINE,        /* "offline" */
	MMI_NR_ONLINE_TYPES
};
/* The word that sysfs takes for it. */
const char *mmi_online_type_name(enum mmi_online_type type);
/* False: @word is none of them. */
bool mmi_online_type_read(const char *word, enum mmi_online_type *type);

struct mmi_hotplug_options {
	/*
	 * Threads that initialise struct pages: 0 as many as the node has CPUs, on a team of the
	 * platform's; 1 the caller alone, who may then himself be one of a team.
	 */
	unsigned nr_threads;
};

/*
 * Memory hotplug of the machine of @alloc, which is initialised completely; @alloc must outlive it.
 * The blocks that there are at boot are online.  @options NULL: all defaults.  -ENOMEM.  One
 * thread; mmi_system_hotplug() does it for a system.
 */
int mmi_hotplug_create(struct mmi_alloc *alloc, const struct mmi_hotplug_options *options,
		       struct mmi_hotplug **hotplug, struct mmi_error *err);
void mmi_hotplug_destroy(struct mmi_hotplug *hotplug); /* NULL is allowed; before its allocator */

/* Pages of a memory block. */
uint64_t mmi_memory_block_pages(const struct mmi_machine *machine);

/*
 * Blocks [start_pfn, end_pfn) of node @nid come to be, offline; the memory of their struct pages is
 * backed on that node.  Where it has been backed before it stays: blocks that were removed, and are
 * added to another node, keep their struct pages where they are.  The node is online from then on;
 * of one that was not, the zonelists are built.
 *   -EINVAL  no whole blocks, or no such node
 *   -ERANGE  not all of it lies in hotplug windows of the node, or was its memory at boot
 *   -EEXIST  there is memory in it, or device memory
 *   -ENOMEM
 */
int mmi_hotplug_add(struct mmi_hotplug *hotplug, int nid, uint64_t start_pfn, uint64_t end_pfn,
		    struct mmi_error *err);

/*
 * Offline blocks [start_pfn, end_pfn) are no more, those of boot memory too.  A node without a
 * block and without CPUs, which spans nothing (a part of another node's block, device memory), is
 * offline from then on.
 *   -EINVAL  no whole blocks, or one that does not exist
 *   -EBUSY   one is online
 */
int mmi_hotplug_remove(struct mmi_hotplug *hotplug, uint64_t start_pfn, uint64_t end_pfn,
		       struct mmi_error *err);

/*
 * Offline blocks [start_pfn, end_pfn) of one node come online, in one zone, as one step: their
 * struct pages are initialised by a team, the online callback takes or leaves their pages, the zone
 * and its node grow, zonelists are rebuilt if the zone had no page, the pages can be allocated, and
 * every figure is computed again; in this order.
 *   -EINVAL  no whole blocks, one that does not exist, or is online (it stays so, and nothing of it
 *            changes), or of another node; or @type is MMI_OFFLINE
 *   -ENOMEM
 */
int mmi_hotplug_online(struct mmi_hotplug *hotplug, uint64_t start_pfn, uint64_t end_pfn,
		       enum mmi_online_type type, struct mmi_error *err);

/*
 * Online blocks [start_pfn, end_pfn) of one zone go offline as one step.  Pages that an owner can
 * move are moved, to this node if there is room, else to others.
 *   -EINVAL  no whole blocks; one that does not exist or is offline; not all of it memory of one
 *            zone (holes, nodes or zones that share a block: their valid zones are "none")
 *   -EBUSY   a page of it is reserved, or allocated and cannot be moved, or would not go away
 *   -ENOMEM  there is no room for what would have to move, or no memory for the work itself
 */
int mmi_hotplug_offline(struct mmi_hotplug *hotplug, uint64_t start_pfn, uint64_t end_pfn,
			struct mmi_error *err);

/* Writes @type to the state of block number @number: one of the two above.  The same errors. */
int mmi_hotplug_write_state(struct mmi_hotplug *hotplug, uint64_t number, enum mmi_online_type type,
			    struct mmi_error *err);

/* A block as sysfs shows it. */
#define MMI_VALID_ZONES 3
struct mmi_block_view {
	uint64_t number;
	int nid; /* of a block that nodes share: the last one */
	bool online;
	/*
	 * valid_zones: of an online block its zone, or none ("none") when it has more than one or
	 * holds pages of several nodes; of an offline one those it could go to, first the one for a
	 * plain "online".
	 */
	enum mmi_zone_type valid_zones[MMI_VALID_ZONES];
	unsigned nr_valid_zones;
};
/* Block number @number; false: there is none. */
bool mmi_hotplug_block(struct mmi_hotplug *hotplug, uint64_t number, struct mmi_block_view *view);
/* The first block at or above @number; false: none. */
bool mmi_hotplug_next_block(struct mmi_hotplug *hotplug, uint64_t number,
			    struct mmi_block_view *view);

/*
 * Counts and figures of all zones as they stand.  @counts->nodes has room for the machine's nodes,
 * counts->nr_nodes of them.
 */
void mmi_hotplug_counts(struct mmi_hotplug *hotplug, struct mmi_mem_counts *counts);

/*
 * The owner of allocated pages, asked to move them.  In a structure of the owner's, which must
 * outlive the pages it owns and every offline that has begun meanwhile.
 */
struct mmi_page_owner {
	/*
	 * Moves what the block of 1 << @order pages at @old_page holds to @new_page, a block of the
	 * same order which has the same owner already: from now on it is @new_page that will be
	 * freed.  Called with the hotplug lock held and no other, by the thread that offlines; the
	 * owner keeps off his own threads.  He may allocate and free with a context of his own.
	 *   0        moved; @old_page is no longer the owner's
	 *   -EAGAIN  not now: it has been freed meanwhile, or is in use; it is tried again, not for ever
	 *   other    never
	 * On failure @new_page is not the owner's.
	 */
	int (*migrate)(struct mmi_page_owner *owner, struct mmi_page *old_page,
		       struct mmi_page *new_page, unsigned order);
};

/*
 * The allocated block of 1 << @order pages at @page can be moved by @owner from now on.  Who holds
 * the block calls it, at any time until he frees it.  Any thread; takes no lock.  It is noted in
 * page->mapping and private_data, which nobody else may use of pages that memory hotplug can meet.
 */
void mmi_page_set_owner(struct mmi_page *page, unsigned order, struct mmi_page_owner *owner);
/* It cannot any more.  Before the block is freed: one with an owner is not taken back. */
void mmi_page_clear_owner(struct mmi_page *page);

/*
 * The online callback: the block of 1 << @order pages at @start_pfn, the largest that its address
 * allows, comes online; true: the driver keeps it.  Called by the thread that onlines, block after
 * block, with the hotplug lock held and no other.  NULL, as at first: nothing is kept.  A kept page
 * is present, but not managed; it has PG_reserved and the type MMI_PAGE_TYPE_OFFLINE, and goes
 * offline with its memory block.  When mmi_hotplug_online() fails nothing is kept of its blocks,
 * whatever was said of them.
 */
void mmi_hotplug_set_callback(struct mmi_hotplug *hotplug,
			      bool (*keeps)(void *user, uint64_t start_pfn, unsigned order),
			      void *user);

/*
 * Pages [start_pfn, end_pfn) that are kept become managed and free: allocatable at once.
 * -EINVAL: one of them is not kept, or they are of several zones.
 */
int mmi_balloon_give(struct mmi_hotplug *hotplug, uint64_t start_pfn, uint64_t end_pfn,
		     struct mmi_error *err);
/*
 * Free pages [start_pfn, end_pfn) of one zone are kept from now on.
 * -EINVAL: not all are pages of one zone; -EBUSY: one is not free.
 */
int mmi_balloon_take(struct mmi_hotplug *hotplug, uint64_t start_pfn, uint64_t end_pfn,
		     struct mmi_error *err);

/*
 * Device memory: struct pages of ZONE_DEVICE of node @nid for [start_pfn, end_pfn), all reserved
 * with refcount 1, initialised by a team.  @compound_order 0: each page by itself.  Otherwise
 * compound pages of that order, the range a multiple of them: their head, with PG_head, and as many
 * tails as fill two pages of memmap; no other tail is written, or may be read.
 *   -EINVAL  not whole subsections, no such node, or compound pages that do not fit
 *   -ERANGE  outside of the memmap's span: of memory, persistent memory and hotplug windows
 *   -EEXIST  memory, a memory block, or device memory lies in a subsection of it
 *   -ENOMEM
 * The architecture must have ZONE_DEVICE: else -EOPNOTSUPP.
 */
int mmi_device_add(struct mmi_hotplug *hotplug, int nid, uint64_t start_pfn, uint64_t end_pfn,
		   unsigned compound_order, struct mmi_error *err);
/*
 * The same range is no device memory any more; the zone's span stays, as Linux leaves it.  -EINVAL:
 * it was not added as one range.
 */
int mmi_device_remove(struct mmi_hotplug *hotplug, uint64_t start_pfn, uint64_t end_pfn,
		      struct mmi_error *err);

/* The head of a tail page of a compound page; any other page itself. */
struct mmi_page *mmi_compound_head(struct mmi_page *page);
/* Struct pages of a compound page that are written: the head and the tails that are needed. */
uint64_t mmi_compound_written_pages(const struct mmi_geometry *geometry, unsigned order);

MMI_DECLARATIONS_END

#endif
