/* SPDX-License-Identifier: MIT */
/*
 * The counts that an allocator's figures follow from.
 *
 * They are kept from one calculation to the next, as Linux keeps them: min_free_kbytes goes by the
 * high watermarks of the last one.  Who changes memory reads the counts, has the rules change them,
 * and publishes what follows; one at a time.
 */
#ifndef PAGE_ALLOC_ALLOC_FIGURES_H
#define PAGE_ALLOC_ALLOC_FIGURES_H

#include "page_alloc/alloc_cpu.h"

/* The counts of the machine as it is, or is going to be, and its first figures.  -ENOMEM. */
int mmi_alloc_figures_init(struct mmi_alloc *alloc);
void mmi_alloc_figures_deinit(struct mmi_alloc *alloc);

/* Takes spans, pages and states of all nodes into alloc->counts. */
void mmi_alloc_counts_read(struct mmi_alloc *alloc);

/* What alloc->counts says is what requests go by from now on. */
void mmi_alloc_figures_publish(struct mmi_alloc *alloc);

#endif
