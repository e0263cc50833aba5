/* SPDX-License-Identifier: MIT */
/* The parts that faults are made of: where one strikes, and what it then does. */
#ifndef VERIFY_FAULT_PARTS_H
#define VERIFY_FAULT_PARTS_H

#include "deferred/worker.h"
#include "mminit/fault.h"

/*
 * A kind of fault.  aim() finds the place number @fault->number, or says -EINVAL; then the plan is
 * edited, or the operations that are not NULL replace the algorithm's, or later the allocator is
 * edited.  What is below `call` only shows where a scheduler decides who goes on; sched.h says when
 * leave() and come_back() are called.
 */
struct mmi_fault_recipe {
	struct mmi_fault_kind kind; /* first: struct mmi_fault points to it */
	int (*aim)(struct mmi_fault *fault, const struct mmi_system *system, struct mmi_error *err);
	/* -ENOMEM, and the plan is what it was. */
	int (*edit_plan)(const struct mmi_fault *fault, struct mmi_plan *plan);
	void (*edit_alloc)(const struct mmi_fault *fault, struct mmi_alloc *alloc);
	struct mmi_deferred_ops ops;
	enum mmi_platform_call call; /* of a platform's failure; nothing else is set then */
	uint64_t (*leave)(struct mmi_fault *fault, enum mmi_yield where, const void *word);
	void (*come_back)(struct mmi_fault *fault, enum mmi_yield where, const void *word,
			  uint64_t kept);
	void (*rebuild)(struct mmi_fault *fault, struct mmi_alloc *alloc); /* of zonelists */
	/* As mmi_deferred_free_reserved(), in its place. */
	int (*free_reserved)(struct mmi_deferred_run *run, uint64_t start_pfn, uint64_t end_pfn);
};

/*
 * A max-order block that is free throughout: of those in chunks, or of the early ones if none is.
 */
int mmi_aim_free_block(struct mmi_fault *fault, const struct mmi_system *system,
		       struct mmi_error *err);
/* The first page of a run of reserved memory, or of a hole that has struct pages. */
int mmi_aim_reserved(struct mmi_fault *fault, const struct mmi_system *system,
		     struct mmi_error *err);
/* The same of memory in a chunk. */
int mmi_aim_deferred_reserved(struct mmi_fault *fault, const struct mmi_system *system,
			      struct mmi_error *err);
int mmi_aim_hole(struct mmi_fault *fault, const struct mmi_system *system, struct mmi_error *err);
/* A chunk that holds free memory. */
int mmi_aim_chunk(struct mmi_fault *fault, const struct mmi_system *system, struct mmi_error *err);
/* The last pageblock below a border between two chunks; where there is none, of a chunk. */
int mmi_aim_border(struct mmi_fault *fault, const struct mmi_system *system, struct mmi_error *err);
/* The same, where there is a border. */
int mmi_aim_neighbour(struct mmi_fault *fault, const struct mmi_system *system,
		      struct mmi_error *err);
/* The last unit of a chunk. */
int mmi_aim_last_unit(struct mmi_fault *fault, const struct mmi_system *system,
		      struct mmi_error *err);
/* The same, when something is early. */
int mmi_aim_unit_after_early(struct mmi_fault *fault, const struct mmi_system *system,
			     struct mmi_error *err);
/* The unit below a chunk, when it holds free memory. */
int mmi_aim_unit_below(struct mmi_fault *fault, const struct mmi_system *system,
		       struct mmi_error *err);
/* The first struct pages of a chunk of another group than the first, when something is early. */
int mmi_aim_foreign_section(struct mmi_fault *fault, const struct mmi_system *system,
			    struct mmi_error *err);

/* A node with a zonelist of one zone at least, of two at least. */
int mmi_aim_zonelist(struct mmi_fault *fault, const struct mmi_system *system,
		     struct mmi_error *err);
int mmi_aim_long_zonelist(struct mmi_fault *fault, const struct mmi_system *system,
			  struct mmi_error *err);

/* Nowhere of its own: wherever threads meet. */
int mmi_aim_anywhere(struct mmi_fault *fault, const struct mmi_system *system,
		     struct mmi_error *err);
int mmi_aim_nowhere(struct mmi_fault *fault, const struct mmi_system *system,
		    struct mmi_error *err);
/* The same, where two zones meet (meeting.h). */
int mmi_aim_meeting(struct mmi_fault *fault, const struct mmi_system *system,
		    struct mmi_error *err);
/* The same, where something is reserved that can be given back. */
int mmi_aim_any_reserved(struct mmi_fault *fault, const struct mmi_system *system,
			 struct mmi_error *err);

int mmi_plan_move_border(const struct mmi_fault *fault, struct mmi_plan *plan);
int mmi_plan_drop_unit(const struct mmi_fault *fault, struct mmi_plan *plan);
int mmi_plan_share_unit(const struct mmi_fault *fault, struct mmi_plan *plan);
int mmi_plan_make_early(const struct mmi_fault *fault, struct mmi_plan *plan);

void mmi_zonelist_lose_last(const struct mmi_fault *fault, struct mmi_alloc *alloc);
void mmi_zonelist_swap_ends(const struct mmi_fault *fault, struct mmi_alloc *alloc);
void mmi_zonelist_repeat_first(const struct mmi_fault *fault, struct mmi_alloc *alloc);
void mmi_zonelist_name_device(const struct mmi_fault *fault, struct mmi_alloc *alloc);

/* Operations, named after what they replace and what they do instead. */
void mmi_chunk_twice(struct mmi_worker *worker, uint64_t start_pfn, uint64_t end_pfn);
void mmi_chunk_lost(struct mmi_worker *worker, uint64_t start_pfn, uint64_t end_pfn);
void mmi_chunk_retype(struct mmi_worker *worker, uint64_t start_pfn, uint64_t end_pfn);
void mmi_chunk_miscount(struct mmi_worker *worker, uint64_t start_pfn, uint64_t end_pfn);
void mmi_chunk_trespass(struct mmi_worker *worker, uint64_t start_pfn, uint64_t end_pfn);
void mmi_chunk_splice_twice(struct mmi_worker *worker, uint64_t start_pfn, uint64_t end_pfn);
void mmi_chunk_overrun(struct mmi_worker *worker, uint64_t start_pfn, uint64_t end_pfn);
void mmi_chunk_free_reserved(struct mmi_worker *worker, uint64_t start_pfn, uint64_t end_pfn);
void mmi_init_skip(struct mmi_worker *worker, uint64_t start_pfn, uint64_t end_pfn);
void mmi_init_twice(struct mmi_worker *worker, uint64_t start_pfn, uint64_t end_pfn);
void mmi_init_and_free(struct mmi_worker *worker, uint64_t start_pfn, uint64_t end_pfn);
void mmi_init_free_early(struct mmi_worker *worker, uint64_t start_pfn, uint64_t end_pfn);
void mmi_init_free_halves(struct mmi_worker *worker, uint64_t start_pfn, uint64_t end_pfn);
void mmi_init_peek(struct mmi_worker *worker, uint64_t start_pfn, uint64_t end_pfn);
void mmi_init_wrong_zone(struct mmi_worker *worker, uint64_t start_pfn, uint64_t end_pfn);
void mmi_init_wrong_node(struct mmi_worker *worker, uint64_t start_pfn, uint64_t end_pfn);
void mmi_init_refcount(struct mmi_worker *worker, uint64_t start_pfn, uint64_t end_pfn);
void mmi_init_stale_field(struct mmi_worker *worker, uint64_t start_pfn, uint64_t end_pfn);
void mmi_free_skip(struct mmi_worker *worker, uint64_t start_pfn, uint64_t end_pfn);
void mmi_free_twice(struct mmi_worker *worker, uint64_t start_pfn, uint64_t end_pfn);
void mmi_free_halves(struct mmi_worker *worker, uint64_t start_pfn, uint64_t end_pfn);
void mmi_free_reserved(struct mmi_worker *worker, uint64_t start_pfn, uint64_t end_pfn);

/*
 * What depends on the moment.  A compare-and-swap becomes a load and a store when the word is put
 * back, before it is compared, to what it was before others had their turn.
 */
uint64_t mmi_leave_claim(struct mmi_fault *fault, enum mmi_yield where, const void *word);
uint64_t mmi_leave_pageblock(struct mmi_fault *fault, enum mmi_yield where, const void *word);
uint64_t mmi_leave_random(struct mmi_fault *fault, enum mmi_yield where, const void *word);
void mmi_come_back_torn(struct mmi_fault *fault, enum mmi_yield where, const void *word,
			uint64_t kept);
void mmi_rebuild_in_place(struct mmi_fault *fault, struct mmi_alloc *alloc);
/* Whoever asks whether something is left to come, or has come, is told that it is, and has. */
void mmi_come_back_grown(struct mmi_fault *fault, enum mmi_yield where, const void *word,
			 uint64_t kept);
int mmi_free_reserved_lost(struct mmi_deferred_run *run, uint64_t start_pfn, uint64_t end_pfn);

#endif
