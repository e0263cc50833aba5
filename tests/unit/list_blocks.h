/* SPDX-License-Identifier: MIT */
/* The blocks of a per-CPU list, one by one: those of its lowest run first. */
#ifndef TESTS_UNIT_LIST_BLOCKS_H
#define TESTS_UNIT_LIST_BLOCKS_H

#include "page_alloc/pcp_lists.h"

static inline uint32_t list_nr_blocks(const struct mmi_pcp_list *list)
{
	uint32_t nr = 0;

	for (uint32_t i = 0; i < list->nr; i++)
		nr += mmi_run_nr(list->runs[i]);
	return nr;
}

/* NULL: it has no more than @index. */
static inline struct mmi_page *list_block(const struct mmi_pcp_list *list, unsigned order,
					  uint32_t index)
{
	for (uint32_t i = 0; i < list->nr; i++) {
		const uint32_t nr = mmi_run_nr(list->runs[i]);
		if (index < nr)
			return mmi_run_first(list->runs[i]) + ((size_t)index << order);
		index -= nr;
	}
	return NULL;
}

#endif
