/* SPDX-License-Identifier: MIT */
/* One thread of a stress run: its context, what it holds, and how it marks what it holds. */
#ifndef VERIFY_STRESS_THREAD_H
#define VERIFY_STRESS_THREAD_H

#include "memmap/atomic.h"
#include "mminit/stress.h"

/* What all threads of a run share. */
struct mmi_stress_shared {
	struct mmi_system *system;
	struct mmi_alloc *alloc;
	const struct mmi_stress_params *params;
	uint64_t *owned;      /* a bit a page of the span: somebody holds it; atomic */
	uint64_t end_ns;      /* by the platform's clock; 0: none */
	struct mmi_lock lock; /* of what follows */
	uint32_t failed;      /* atomic: everybody stops */
	struct mmi_error err;
};

struct mmi_stress_held {
	struct mmi_page *page;
	unsigned order;
};

/* Used by one thread. */
struct mmi_stress_thread {
	struct mmi_stress_shared *shared;
	struct mmi_cpu *cpu;
	unsigned number;
	uint64_t random;
	struct mmi_stress_held *held; /* slots of pattern random; bulk: one array of pages */
	size_t nr_slots;
	struct mmi_page *chain; /* of pattern frag: single pages, linked by page->index */
	uint64_t next_check_ns;
	struct mmi_stress_result result;
};

/* One pattern: one operation, and giving back all that it holds. */
void mmi_stress_step(struct mmi_stress_thread *t);
void mmi_stress_give_back(struct mmi_stress_thread *t);

/* Notes the first thing that went wrong; everybody stops. */
void mmi_stress_fail(struct mmi_stress_shared *shared, const struct mmi_error *err);

static inline bool mmi_stress_has_failed(const struct mmi_stress_shared *shared)
{
	return mmi_atomic_read32(&shared->failed) != 0;
}

#endif
