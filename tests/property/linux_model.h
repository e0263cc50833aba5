/* SPDX-License-Identifier: MIT */
/*
 * Linux's deferred initialisation once more, page by page, to hold the audit against.
 *
 * It asks of each PFN what is there and does with it, in order, what the kernel does: initialise,
 * free, merge.  It shares no code with the audit; of the library it takes the machine, its zones
 * and each node's first deferred PFN.
 */
#ifndef TESTS_PROPERTY_LINUX_MODEL_H
#define TESTS_PROPERTY_LINUX_MODEL_H

#include "audit_said.h"

struct model_page {
	int16_t range; /* of machine->memory; -1: no memory */
	int8_t order;  /* of the free block that begins here; -1: none does */
	uint8_t zone;
	bool is_valid; /* has a struct page */
	bool is_initialised;
	bool is_free_memory; /* to be freed */
	bool is_deferred;    /* memory of a node's deferred part */
	uint8_t seen;        /* PAGE_* */
};

struct linux_model {
	const struct mmi_machine *machine;
	const struct mmi_layout *layout;
	const struct mmi_plan *plan;
	uint64_t start_pfn;
	uint64_t end_pfn;
	struct model_page *pages; /* of start_pfn */
	uint32_t *nr_missing;     /* of each max-order block: struct pages not initialised */
};

static inline struct model_page *model_page(const struct linux_model *m, uint64_t pfn)
{
	return &m->pages[pfn - m->start_pfn];
}

static inline uint32_t *model_missing(const struct linux_model *m, uint64_t pfn)
{
	return &m->nr_missing[(pfn - m->start_pfn) >> m->machine->geometry.max_page_order];
}

static inline int model_nid(const struct linux_model *m, const struct model_page *page)
{
	return m->machine->memory[page->range].nid;
}

static inline void model_fill_range(struct linux_model *m, size_t range)
{
	const struct mmi_mem_range *memory = &m->machine->memory[range];
	const size_t node = (size_t)mmi_machine_node_index(m->machine, memory->nid);
	const struct mmi_node_split *split = &m->plan->splits[node];

	for (uint64_t pfn = memory->start_pfn; pfn < memory->end_pfn; pfn++) {
		struct model_page *page = model_page(m, pfn);
		page->range = (int16_t)range;
		page->zone = (uint8_t)mmi_layout_zone(m->layout, node, pfn);
		page->is_free_memory = !(memory->flags & MMI_MEM_NOMAP);
		page->is_deferred = split->has_deferred && pfn >= split->first_deferred_pfn;
	}
}

static inline void model_fill(struct linux_model *m)
{
	const uint64_t sub_pages = mmi_subsection_pages(&m->machine->geometry);

	for (uint64_t pfn = m->start_pfn; pfn < m->end_pfn; pfn++)
		*model_page(m, pfn) = (struct model_page){.range = -1, .order = -1};
	for (uint64_t pfn = m->start_pfn; pfn < m->end_pfn; pfn++)
		*model_missing(m, pfn) = 0;
	for (size_t i = 0; i < m->machine->nr_memory; i++)
		model_fill_range(m, i);
	for (size_t i = 0; i < m->machine->nr_reserved; i++)
		for (uint64_t pfn = m->machine->reserved[i].start_pfn;
		     pfn < m->machine->reserved[i].end_pfn && pfn < m->end_pfn; pfn++)
			if (pfn >= m->start_pfn)
				model_page(m, pfn)->is_free_memory = false;
	for (uint64_t pfn = m->start_pfn; pfn < m->end_pfn; pfn++)
		if (model_page(m, pfn)->range >= 0)
			model_page(m, mmi_align_down(pfn, sub_pages))->is_valid = true;
	for (uint64_t pfn = m->start_pfn; pfn < m->end_pfn; pfn++) {
		struct model_page *page = model_page(m, pfn);
		page->is_valid = model_page(m, mmi_align_down(pfn, sub_pages))->is_valid;
		page->is_initialised = !(page->is_free_memory && page->is_deferred);
		*model_missing(m, pfn) += !page->is_initialised;
	}
}

static inline void model_init(struct linux_model *m, const struct mmi_plan *plan)
{
	const struct mmi_machine *machine = plan->layout->machine;

	*m = (struct linux_model){.machine = machine, .layout = plan->layout, .plan = plan};
	m->start_pfn = said_start(machine);
	m->end_pfn = said_end(machine);
	m->pages = malloc((m->end_pfn - m->start_pfn) * sizeof(*m->pages));
	m->nr_missing = malloc((m->end_pfn - m->start_pfn) * sizeof(*m->nr_missing));
	assert_non_null(m->pages);
	assert_non_null(m->nr_missing);
}

static inline void model_deinit(struct linux_model *m)
{
	free(m->pages);
	free(m->nr_missing);
}

/* Frees one block, as the buddy allocator does. */
static inline void model_free(struct linux_model *m, uint64_t pfn, unsigned order)
{
	const struct mmi_geometry *g = &m->machine->geometry;
	const struct model_page *first = model_page(m, pfn);

	for (uint64_t p = pfn; *model_missing(m, pfn) && p < pfn + (1ull << order); p++)
		model_page(m, p)->seen |= PAGE_MIDBLOCK;
	for (; order < g->max_page_order; order++) {
		struct model_page *buddy = model_page(m, pfn ^ 1ull << order);
		if (!buddy->is_valid)
			break;
		if (!buddy->is_initialised) {
			buddy->seen |= PAGE_READ;
			break;
		}
		if (buddy->order != (int)order || buddy->zone != first->zone ||
		    model_nid(m, buddy) != model_nid(m, first))
			break;
		buddy->order = -1;
		pfn &= ~(1ull << order);
	}
	model_page(m, pfn)->order = (int8_t)order;
}

/* A page that is to be freed by the thread of node @nid; -1: before the threads. */
static inline bool model_is_wanted(const struct linux_model *m, uint64_t pfn, int nid)
{
	const struct model_page *page = model_page(m, pfn);

	return page->is_free_memory && page->is_deferred == (nid >= 0) &&
	       (nid < 0 || model_nid(m, page) == nid);
}

/* Where the run of such pages that begins at @pfn ends: not beyond @limit_pfn or its range. */
static inline uint64_t model_run_end(const struct linux_model *m, uint64_t pfn, uint64_t limit_pfn,
				     int nid)
{
	const int16_t range = model_page(m, pfn)->range;

	while (pfn < limit_pfn && model_is_wanted(m, pfn, nid) &&
	       model_page(m, pfn)->range == range)
		pfn++;
	return pfn;
}

/* The early part: the largest aligned blocks of each run. */
static inline void model_free_early(struct linux_model *m)
{
	for (uint64_t pfn = m->start_pfn; pfn < m->end_pfn;) {
		if (!model_is_wanted(m, pfn, -1)) {
			pfn++;
			continue;
		}
		const uint64_t end = model_run_end(m, pfn, m->end_pfn, -1);
		while (pfn < end) {
			unsigned order = m->machine->geometry.max_page_order;
			while (pfn & ((1ull << order) - 1) || pfn + (1ull << order) > end)
				order--;
			model_free(m, pfn, order);
			pfn += 1ull << order;
		}
	}
}

/* Frees [start_pfn, end_pfn): in one call if it is a whole piece of @order, else by pages. */
static inline void model_free_piece(struct linux_model *m, uint64_t start_pfn, uint64_t end_pfn,
				    unsigned order)
{
	if (end_pfn - start_pfn == 1ull << order) {
		model_free(m, start_pfn, order);
		return;
	}
	for (uint64_t pfn = start_pfn; pfn < end_pfn; pfn++) {
		model_page(m, pfn)->seen |= PAGE_SINGLE;
		model_free(m, pfn, 0);
	}
}

/* Goes through one block: initialises its runs and frees their pieces of @order. */
static inline void model_do_block(struct linux_model *m, uint64_t block_pfn, int nid,
				  unsigned order, bool free_them)
{
	const uint64_t end_pfn = block_pfn + mmi_block_pages(&m->machine->geometry);
	const bool at_once = m->machine->linux_version >= MMI_LINUX_7_X;

	for (uint64_t pfn = block_pfn, end; pfn < end_pfn; pfn = end) {
		end = pfn + 1;
		if (!model_is_wanted(m, pfn, nid))
			continue;
		const uint64_t piece_end = mmi_align_down(pfn, 1ull << order) + (1ull << order);
		end = model_run_end(m, pfn, piece_end < end_pfn ? piece_end : end_pfn, nid);
		for (uint64_t p = pfn; p < end; p++) {
			*model_missing(m, p) -= !model_page(m, p)->is_initialised;
			model_page(m, p)->is_initialised = true;
		}
		if (free_them || at_once)
			model_free_piece(m, pfn, end, order);
	}
}

/* The thread of node @nid. */
static inline void model_do_node(struct linux_model *m, int nid)
{
	const struct mmi_geometry *g = &m->machine->geometry;
	const bool is_old = m->machine->linux_version < MMI_LINUX_6_12;
	const unsigned order = is_old ? g->pageblock_order : g->max_page_order;

	for (uint64_t pfn = m->start_pfn; pfn < m->end_pfn; pfn += mmi_block_pages(g)) {
		model_do_block(m, pfn, nid, order, false);
		if (m->machine->linux_version < MMI_LINUX_7_X)
			model_do_block(m, pfn, nid, order, true);
	}
}

/* Pageblocks with deferred memory that begin with a page which is neither early nor freed. */
static inline void model_type_pageblocks(struct linux_model *m)
{
	const uint64_t pageblock_pages = mmi_pageblock_pages(&m->machine->geometry);

	if (m->machine->linux_version >= MMI_LINUX_7_X)
		return;
	for (uint64_t pfn = m->start_pfn; pfn < m->end_pfn; pfn += pageblock_pages) {
		const struct model_page *first = model_page(m, pfn);
		bool has_deferred = false;
		for (uint64_t p = pfn; p < pfn + pageblock_pages; p++)
			has_deferred |= model_page(m, p)->is_deferred;
		if (!has_deferred || (first->range >= 0 && !first->is_deferred) ||
		    first->is_free_memory)
			continue;
		for (uint64_t p = pfn; p < pfn + pageblock_pages; p++)
			model_page(m, p)->seen |= PAGE_MISTYPED;
	}
}

/* A whole boot; the nodes' threads one after another, upwards or downwards. */
static inline void model_boot(struct linux_model *m, bool downwards)
{
	const size_t nr_nodes = m->machine->nr_nodes;

	model_fill(m);
	model_free_early(m);
	for (size_t i = 0; i < nr_nodes; i++)
		model_do_node(m, m->machine->nodes[downwards ? nr_nodes - 1 - i : i].nid);
	model_type_pageblocks(m);
}

#endif
