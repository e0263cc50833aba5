/* SPDX-License-Identifier: MIT */
/* One thread of a stress run: its context, what it keeps, and how it marks what it has in hand. */
#ifndef VERIFY_STRESS_THREAD_H
#define VERIFY_STRESS_THREAD_H

#include "memmap/atomic.h"
#include "mminit/hotplug.h"
#include "mminit/stress.h"
#include "verify/random.h"

/* What all threads of a run share. */
struct mmi_stress_shared {
	struct mmi_system *system;
	struct mmi_alloc *alloc;
	const struct mmi_stress_params *params;
	bool changes;         /* memory comes and goes meanwhile */
	uint32_t changed;     /* atomic: it has done so as often as it should */
	uint64_t *owned;      /* a bit a page of the span: somebody holds it; atomic */
	uint64_t end_ns;      /* by the platform's clock; 0: none */
	struct mmi_lock lock; /* of what follows */
	uint32_t failed;      /* atomic: everybody stops */
	struct mmi_error err;
};

struct mmi_stress_held {
	struct mmi_page *page;
	unsigned order;
	bool movable;
};

/*
 * Used by one thread, but for what `lock` keeps: that may be another's who moves pages.
 *   page->index of what is kept: its slot; nr_slots or more: on the chain (one more: movable)
 */
struct mmi_stress_thread {
	struct mmi_stress_shared *shared;
	struct mmi_cpu *cpu;
	unsigned number;
	uint64_t random;
	struct mmi_page_owner owner;  /* of the movable blocks that it keeps */
	struct mmi_lock lock;         /* of what follows, and of the stamps of what is kept */
	struct mmi_stress_held *held; /* of pattern random */
	size_t nr_slots;
	struct mmi_list chain; /* of pattern frag: single pages */
	size_t nr_chained;
	uint64_t nr_moved_pages;
	/* The thread's alone. */
	uint64_t next_check_ns;
	struct mmi_stress_result result;
};

void mmi_stress_thread_init(struct mmi_stress_thread *t, struct mmi_stress_shared *shared,
			    unsigned number);

/* One pattern: one operation. */
void mmi_stress_step(struct mmi_stress_thread *t);

/* A block has come: it must be free of others, whole, and in the state that alloc.h says. */
void mmi_stress_own(struct mmi_stress_thread *t, struct mmi_page *page, unsigned order);
/* It is going to be freed: it must be as it was left. */
void mmi_stress_disown(struct mmi_stress_thread *t, struct mmi_page *page, unsigned order);

/* Keeps a block that is owned; @movable: whoever wants its memory may move it. */
void mmi_stress_keep_slot(struct mmi_stress_thread *t, size_t slot, struct mmi_page *page,
			  unsigned order, bool movable);
void mmi_stress_keep_chained(struct mmi_stress_thread *t, struct mmi_page *page, bool movable);
/* Disowns and frees what a slot has; false: it has nothing. */
bool mmi_stress_give_slot(struct mmi_stress_thread *t, size_t slot);
/* The first of the chain, which is not empty. */
void mmi_stress_give_chained(struct mmi_stress_thread *t);
/* The first of the chain becomes its last. */
void mmi_stress_turn_chain(struct mmi_stress_thread *t);
/* All that it keeps. */
void mmi_stress_give_back(struct mmi_stress_thread *t);

/* Notes the first thing that went wrong; everybody stops. */
void mmi_stress_fail(struct mmi_stress_shared *shared, const struct mmi_error *err);
void mmi_stress_fail_at(struct mmi_stress_thread *t, const struct mmi_page *page, unsigned order,
			const char *what);

static inline bool mmi_stress_has_failed(const struct mmi_stress_shared *shared)
{
	return mmi_atomic_read32(&shared->failed) != 0;
}

#endif
