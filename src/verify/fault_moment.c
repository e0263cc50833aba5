/* SPDX-License-Identifier: MIT */
/* Faults of a moment: right when nobody comes between, and wrong when somebody does. */
#include "deferred/claims.h"
#include "memmap/atomic.h"
#include "page_alloc/alloc_cpu.h"
#include "verify/fault_parts.h"

/* Is @word one of the words of the memmap's sections?  Its place in its section is *@offset. */
static bool is_of_section(const struct mmi_fault *fault, const void *word, size_t *offset)
{
	const struct mmi_memmap *map = &fault->system->mem.map;
	const uintptr_t first = (uintptr_t)map->sections, address = (uintptr_t)word;

	if (address < first || address >= first + map->nr_sections * sizeof(*map->sections))
		return false;
	*offset = (address - first) % sizeof(*map->sections);
	return true;
}

/* A section's state, or a cursor. */
static bool is_claim(const struct mmi_fault *fault, enum mmi_yield where, const void *word)
{
	size_t offset;

	if (!fault->system)
		return false;
	return is_of_section(fault, word, &offset)
		   ? where == MMI_YIELD_CAS32 && offset == offsetof(struct mmi_section, state)
		   : where == MMI_YIELD_CAS64;
}

static bool is_pageblock(const struct mmi_fault *fault, enum mmi_yield where, const void *word)
{
	size_t offset;

	return fault->system && where == MMI_YIELD_CAS64 && is_of_section(fault, word, &offset);
}

/*
 * What stands in a word that is to be torn; all ones: it is not (nothing here ever has that value).
 */
static uint64_t read_word(bool is_torn, enum mmi_yield where, const void *word)
{
	if (!is_torn)
		return UINT64_MAX;
	return where == MMI_YIELD_CAS32 ? *(const uint32_t *)word : *(const uint64_t *)word;
}

uint64_t mmi_leave_claim(struct mmi_fault *fault, enum mmi_yield where, const void *word)
{
	return read_word(is_claim(fault, where, word), where, word);
}

uint64_t mmi_leave_pageblock(struct mmi_fault *fault, enum mmi_yield where, const void *word)
{
	return read_word(is_pageblock(fault, where, word), where, word);
}

void mmi_come_back_torn(struct mmi_fault *fault, enum mmi_yield where, const void *word,
			uint64_t kept)
{
	(void)fault;
	if (kept == UINT64_MAX)
		return;
	/* The word is the core's to write: it only reads it here first. */
	if (where == MMI_YIELD_CAS32)
		*(uint32_t *)(uintptr_t)word = (uint32_t)kept;
	else
		*(uint64_t *)(uintptr_t)word = kept;
}

/*
 * Empties the list of each node and fills it again, where requests may be reading it.  Ends when
 * somebody has memory come or go meanwhile, and publishes other lists: these are freed then.
 */
void mmi_rebuild_in_place(struct mmi_fault *fault, struct mmi_alloc *alloc)
{
	struct mmi_zonelists *lists = alloc->zonelists;
	const uint64_t generation = alloc->generation;

	(void)fault;
	for (size_t node = 0; alloc->generation == generation && node < lists->nr_nodes; node++) {
		struct mmi_zonelist *list = &lists->nodes[node];
		const struct mmi_zonelist whole = *list;
		list->nr = list->nr_own = 0;
		while (list->nr < whole.nr) {
			mmi_atomic_yield(MMI_YIELD_ATOMIC, list);
			if (alloc->generation != generation)
				return;
			list->nr++;
		}
		list->nr_own = whole.nr_own;
	}
}

/* Is @word the count of what a zone with memory is still to get? */
static bool is_missing_count(const struct mmi_mem *mem, const void *word)
{
	for (size_t i = 0; i < mem->nr_nodes * MMI_NR_ZONES; i++) {
		const struct mmi_zone *zone = &mem->nodes[i / MMI_NR_ZONES].zones[i % MMI_NR_ZONES];
		if (word == &zone->nr_missing_pages)
			return zone->nr_present_pages > 0;
	}
	return false;
}

void mmi_come_back_grown(struct mmi_fault *fault, enum mmi_yield where, const void *word,
			 uint64_t kept)
{
	const struct mmi_system *system = fault->system;
	struct mmi_claims *claims = system ? system->run.claims : NULL;

	(void)kept;
	if (!claims || where != MMI_YIELD_ATOMIC || claims->nr_in_flight)
		return;
	/* The words are the core's to write: it only reads them here. */
	if (is_missing_count(&system->mem, word) && !*(const uint64_t *)word)
		*(uint64_t *)(uintptr_t)word = 1;
	else if (word == &claims->progress && claims->nr_waiters)
		claims->progress++;
}

/*
 * Where its section does not stand yet, what is given back is dropped, and not kept until it does.
 */
int mmi_free_reserved_lost(struct mmi_deferred_run *run, uint64_t start_pfn, uint64_t end_pfn)
{
	if (!mmi_pfn_section(&run->mem->map, start_pfn)->standing)
		return 0;
	return mmi_deferred_free_reserved(run, start_pfn, end_pfn);
}
