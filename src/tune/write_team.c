/* SPDX-License-Identifier: MIT */
/* Baselines: the same bytes written with nothing else done. */
#include "tune/write_team.h"

#include <string.h>

#include "memmap/page_store.h"

struct write_team {
	struct mmi_memmap *map;
	const struct mmi_machine *machine;
	unsigned nr_threads;
	enum mmi_write_kind kind;
};

static void write_pages(const struct write_team *team, uint64_t start_pfn, uint64_t end_pfn)
{
	struct mmi_page *page = mmi_pfn_page(team->map, start_pfn);
	const uint64_t nr_pages = end_pfn - start_pfn;

	if (team->kind == MMI_WRITE_MEMSET)
		memset(page, 0, nr_pages * sizeof(*page));
	else
		team->map->store->fill(page, page + nr_pages, MMI_PG_RESERVED, 1);
}

/* Memory ranges in whole sections; what two ranges share is written once. */
static void work(void *arg, unsigned thread)
{
	const struct write_team *team = arg;
	const uint64_t section_pages = mmi_section_pages(&team->map->geometry);
	uint64_t done_pfn = 0;

	for (size_t i = 0; i < team->machine->nr_memory; i++) {
		const struct mmi_mem_range *range = &team->machine->memory[i];
		uint64_t start = mmi_align_down(range->start_pfn, section_pages);
		const uint64_t end = mmi_align_up(range->end_pfn, section_pages);
		if (start < done_pfn)
			start = done_pfn;
		if (start >= end)
			continue;
		const uint64_t nr_sections = (end - start) / section_pages;
		const uint64_t from = nr_sections * thread / team->nr_threads;
		const uint64_t to = nr_sections * (thread + 1) / team->nr_threads;
		write_pages(team, start + from * section_pages, start + to * section_pages);
		done_pfn = end;
	}
}

uint64_t mmi_write_team_ns(struct mmi_arena *arena, unsigned nr_threads, enum mmi_write_kind kind)
{
	const struct mmi_platform *platform = arena->machine->platform;
	struct write_team team = {&arena->mem.map, arena->machine, nr_threads, kind};
	const uint64_t start_ns = platform->ops->clock_ns(platform->ctx);
	const unsigned nr_started =
	    platform->ops->run_team(platform->ctx, nr_threads, NULL, work, &team);

	for (unsigned thread = nr_started; thread < nr_threads; thread++)
		work(&team, thread);
	return platform->ops->clock_ns(platform->ctx) - start_ns;
}
