/* SPDX-License-Identifier: MIT */
/*
 * The counted pages of a machine while it boots and while memory comes and goes.
 *
 * What /proc/zoneinfo shows was computed at certain moments:
 *
 *   first build   zonelists; every page counts as managed (6.12), or all but the memmap (before)
 *   hand-over     managed = free pages of memblock
 *   postcore      min_free_kbytes, watermarks, list sizes, thresholds, protection
 *   subsys        huge pages raise min_free_kbytes; watermarks and list sizes again; DIMMs come
 *   later         "Freeing" lines change managed pages and nothing else
 *   block online, offline   all of it again
 *
 * The model walks the log's events through these moments.  Pages at hand-over come from the machine
 * booted by the engine, or, where its memmap would not fit, are counted from the layout.
 */
#ifndef REPLAY_BOOT_MODEL_H
#define REPLAY_BOOT_MODEL_H

#include "hotplug/block_table.h"
#include "mminit/system.h"
#include "replay/log_facts.h"

struct mmi_boot_model;

struct mmi_boot_model_ops {
	/* Zonelists were built: of all nodes, or of the one at index @only when it is not -1. */
	void (*built)(void *user, const struct mmi_boot_model *model, int64_t only,
		      uint64_t total_pages);
	/* Where the log has its memory line. */
	void (*memory_line)(void *user, const struct mmi_boot_model *model);
	/* Write number @number of the log, from 1, which Linux refuses whatever is allocated. */
	void (*refused)(void *user, const struct mmi_log_event *act, size_t number);
	/* Where the log has the dumps of step number @step. */
	void (*step)(void *user, const struct mmi_boot_model *model, size_t step);
	void *user;
};

struct mmi_boot_model {
	const struct mmi_machine *machine;
	const struct mmi_log_facts *facts;
	const struct mmi_boot_model_ops *ops;
	struct mmi_system *booted; /* the machine at hand-over; NULL: counted instead */
	struct mmi_layout layout;
	struct mmi_extents extents;
	struct mmi_node_split *splits;
	struct mmi_mem_counts counts; /* nodes as in machine->nodes */
	struct mmi_block_table blocks;
	struct mmi_pfn_range *given_back; /* reserved at hand-over, placed by the log, free now */
	size_t nr_given_back;
	size_t given_back_capacity;
	uint64_t nr_unplaced_pages; /* given back, the log does not say where */
	uint64_t nr_lost_pages;     /* freed too early: counted in MemTotal, in no zone */
	uint64_t nr_cma_pages;      /* not managed yet */
	uint64_t image_pfn;         /* in the kernel image; has_image */
	bool has_image;
	bool cpus_known; /* nodes know their CPUs */
	enum mmi_zone_type policy_zone;
};

/*
 * Sets up @model for the moment before zonelists are first built.  All arguments must outlive it.
 * -ENOMEM.  mmi_boot_model_deinit() frees, also after a failure.
 */
int mmi_boot_model_init(struct mmi_boot_model *model, const struct mmi_machine *machine,
			const struct mmi_log_facts *facts, const struct mmi_boot_model_ops *ops,
			struct mmi_error *err);
void mmi_boot_model_deinit(struct mmi_boot_model *model);

/* Boots, and goes through all events, calling the operations.  -ENOMEM.  Once. */
int mmi_boot_model_run(struct mmi_boot_model *model, struct mmi_error *err);

/* Node index and zone that the struct page of @pfn is linked to; false: none that is online. */
bool mmi_model_page_link(const struct mmi_boot_model *model, uint64_t pfn, size_t *node,
			 enum mmi_zone_type *zone);
/* State of @pfn; *@end_pfn: up to where at least it is the same. */
enum mmi_frame_state mmi_model_frame_state(const struct mmi_boot_model *model, uint64_t pfn,
					   uint64_t *end_pfn);
/* Pageblocks of a zone as /proc/pagetypeinfo counts them. */
uint64_t mmi_model_pageblocks(const struct mmi_boot_model *model, size_t node,
			      enum mmi_zone_type zone);
/* Free pages of the early part: below each node's first deferred one. */
uint64_t mmi_model_early_free_pages(const struct mmi_boot_model *model);

/* Does Linux refuse the write whatever is allocated?  @block: NULL, there is none. */
bool mmi_model_refuses(const struct mmi_boot_model *model, const struct mmi_memory_block *block,
		       enum mmi_online_type type);
/* Brings a block online or takes it offline, and recomputes what Linux recomputes. */
void mmi_model_block_online(struct mmi_boot_model *model, struct mmi_memory_block *block,
			    enum mmi_online_type type);
void mmi_model_block_offline(struct mmi_boot_model *model, struct mmi_memory_block *block);

/*
 * DIMMs appear, and come online where the kernel does that by itself.  Those without an address lie
 * in the lowest gap that fits from the start of the lowest hotplug window on.  -ENOMEM.
 */
int mmi_model_add_dimms(struct mmi_boot_model *model);

/* Zonelists of all nodes anew. */
void mmi_model_rebuild(struct mmi_boot_model *model);

#endif
