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

/* For a number that it knows the compiler copies by rep movs, which is slower than the library. */
static unsigned hide(unsigned nr)
{
	__asm__("" : "+r"(nr));
	return nr;
}

static bool take_many(void *state, void **objects, unsigned nr)
{
	struct bare_stack *stack = state;
	struct mmi_page **from = &stack->pages[stack->nr - nr];
	uintptr_t filled = 0;

	nr = hide(nr);
	for (unsigned i = 0; i < nr; i++)
		filled |= (uintptr_t)objects[i];
	if (filled)
		return false;
	memcpy(objects, from, nr * sizeof(*objects));
	for (unsigned i = 0; i < nr; i++)
		set_count(from[i], 1);
	stack->nr -= nr;
	return true;
}

static void give_many(void *state, void **objects, unsigned nr)
{
	struct bare_stack *stack = state;
	struct mmi_page **to = &stack->pages[stack->nr];

	nr = hide(nr);
	for (unsigned i = 0; i < nr; i++)
		set_count(objects[i], 0);
	memcpy(to, objects, nr * sizeof(*objects));
	memset(objects, 0, nr * sizeof(*objects));
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
