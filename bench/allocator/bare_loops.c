/* SPDX-License-Identifier: MIT */
/*
 * Bare loops: what any allocator of struct pages has to do at least, and nothing else.  A pointer to
 * each page is handed over and its refcount becomes 1; it is handed back and its refcount becomes 0.
 * In bulk only empty slots are filled, so they are looked at, and emptied when their pages are freed.
 *
 * No lists of kinds, no watermarks, no look at what is freed: a limit that these loops miss is
 * missed by every allocator that keeps the state of pages true.
 */
#include "pages.h"

#include <string.h>

#include "patterns.h"

struct bare_stack {
	struct mmi_page *pages[2 * CONTENDER_BULK];
	unsigned nr;
};

static void set_count(struct mmi_page *page, int32_t count)
{
	__atomic_store_n(&page->refcount, count, __ATOMIC_RELAXED);
}

/* A number that the compiler knows makes it unroll the whole, which is slower. */
static unsigned hide(unsigned nr)
{
	__asm__("" : "+r"(nr));
	return nr;
}

/*
 * Four at a time, pointers and refcounts by turns: one loop for each after the other takes half as
 * long again.  CONTENDER_BULK is a multiple of four.
 */
static bool take_many(void *state, void **objects, unsigned nr)
{
	struct bare_stack *stack = state;
	struct mmi_page **from = &stack->pages[stack->nr - nr];

	nr = hide(nr);
	for (unsigned i = 0; i < nr; i += 4) {
		if ((uintptr_t)objects[i] | (uintptr_t)objects[i + 1] | (uintptr_t)objects[i + 2] |
		    (uintptr_t)objects[i + 3])
			return false;
		memcpy(&objects[i], &from[i], 4 * sizeof(*objects));
#pragma GCC unroll 4
		for (unsigned k = 0; k < 4; k++)
			set_count(from[i + k], 1);
	}
	stack->nr -= nr;
	return true;
}

static void give_many(void *state, void **objects, unsigned nr)
{
	struct bare_stack *stack = state;
	struct mmi_page **to = &stack->pages[stack->nr];

	nr = hide(nr);
	for (unsigned i = 0; i < nr; i += 4) {
		memcpy(&to[i], &objects[i], 4 * sizeof(*objects));
		memset(&objects[i], 0, 4 * sizeof(*objects));
#pragma GCC unroll 4
		for (unsigned k = 0; k < 4; k++)
			set_count(to[i + k], 0);
	}
	stack->nr += nr;
}

double bare_bulk_ns(struct pages_bed *bed, uint64_t nr_pages)
{
	struct bare_stack stack = {.nr = CONTENDER_BULK};
	uint64_t elapsed_ns = 0;

	/* They are a context's for the time being: nobody else looks at them. */
	if (mmi_alloc_pages_bulk(bed->cpus[0], MMI_GFP_MOVABLE, -1, NULL, CONTENDER_BULK,
				 stack.pages) == CONTENDER_BULK)
		elapsed_ns = pattern_bulk(&stack, nr_pages, take_many, give_many);
	for (unsigned i = 0; i < stack.nr; i++)
		set_count(stack.pages[i], 1);
	mmi_free_pages_bulk(bed->cpus[0], stack.pages, CONTENDER_BULK);
	return elapsed_ns ? (double)elapsed_ns / (double)nr_pages : -1;
}

size_t bare_all(const struct pages_bed *bed, size_t first, struct mmi_page **held, size_t room)
{
	const struct mmi_memmap *map = &bed->system->mem.map;
	size_t nr = 0;

	for (size_t i = 0; i < room; i++) {
		struct mmi_page *page = mmi_pfn_page(map, map->start_pfn + first + i);
		if (page->refcount)
			continue; /* is not free */
		set_count(page, 1);
		held[nr++] = page;
	}
	for (size_t i = 0; i < nr; i++)
		set_count(held[i], 0);
	return nr;
}
