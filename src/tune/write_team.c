/* SPDX-License-Identifier: MIT */
/* Baselines: the same bytes written with nothing else done. */
#include "tune/write_team.h"

#include <string.h>

#include "memmap/page_store.h"

struct write_team {
	struct mmi_memmap *map;
	const struct mmi_machine *machine;
	uint64_t nr_pages; /* in whole sections */
	unsigned nr_threads;
	enum mmi_write_kind kind;
};

static void write_pages(const struct write_team *team, uint64_t start_pfn, uint64_t end_pfn)
{
	struct mmi_page *page = mmi_pfn_page(team->map, start_pfn);
	const uint64_t nr_pages = end_pfn - start_pfn;

	if (team->kind != MMI_WRITE_PAGES)
		memset(page, team->kind == MMI_WRITE_BYTES ? 0x5a : 0, nr_pages * sizeof(*page));
	else
		team->map->store->fill(page, page + nr_pages, MMI_PG_RESERVED, 1);
}

/* The next run of whole sections of memory from @i on; what two ranges share is in the first. */
static bool next_run(const struct write_team *team, size_t *i, uint64_t *done_pfn,
		     struct mmi_pfn_range *run)
{
	const uint64_t section_pages = mmi_section_pages(&team->map->geometry);

	for (; *i < team->machine->nr_memory; (*i)++) {
		const struct mmi_mem_range *range = &team->machine->memory[*i];
		const uint64_t start = mmi_align_down(range->start_pfn, section_pages);
		run->start_pfn = start > *done_pfn ? start : *done_pfn;
		run->end_pfn = mmi_align_up(range->end_pfn, section_pages);
		if (run->start_pfn < run->end_pfn) {
			*done_pfn = run->end_pfn;
			(*i)++;
			return true;
		}
	}
	return false;
}

/* The pages number [from, to) of all runs together. */
static void work(void *arg, unsigned thread)
{
	const struct write_team *team = arg;
	const uint64_t from = team->nr_pages * thread / team->nr_threads;
	const uint64_t to = team->nr_pages * (thread + 1) / team->nr_threads;
	uint64_t nr_before = 0, done_pfn = 0;
	struct mmi_pfn_range run;
	size_t i = 0;

	while (next_run(team, &i, &done_pfn, &run) && nr_before < to) {
		const uint64_t nr_pages = run.end_pfn - run.start_pfn;
		const uint64_t first = from > nr_before ? from - nr_before : 0;
		const uint64_t last = to - nr_before < nr_pages ? to - nr_before : nr_pages;
		if (first < last)
			write_pages(team, run.start_pfn + first, run.start_pfn + last);
		nr_before += nr_pages;
	}
}

/* Threads stand on the nodes as the memory does: in order, in proportion to their number. */
static int nid_of_thread(const struct mmi_machine *machine, unsigned thread, unsigned nr_threads)
{
	const uint64_t page = machine->nr_present_pages * thread / nr_threads;
	uint64_t nr_before = 0;

	for (size_t i = 0; i < machine->nr_memory; i++) {
		nr_before += machine->memory[i].end_pfn - machine->memory[i].start_pfn;
		if (page < nr_before)
			return mmi_machine_nearest_cpu_node(machine, machine->memory[i].nid);
	}
	return -1;
}

uint64_t mmi_write_team_pages(const struct mmi_arena *arena)
{
	return arena->mem.map.nr_present_sections * mmi_section_pages(&arena->machine->geometry);
}

uint64_t mmi_write_team_ns(struct mmi_arena *arena, unsigned nr_threads, enum mmi_write_kind kind)
{
	int nids[MMI_WRITE_MAX_THREADS];
	const struct mmi_platform *platform = arena->machine->platform;
	struct write_team team = {
	    .map = &arena->mem.map,
	    .machine = arena->machine,
	    .nr_pages = mmi_write_team_pages(arena),
	    .nr_threads = nr_threads ? nr_threads : 1,
	    .kind = kind,
	};

	if (team.nr_threads > MMI_WRITE_MAX_THREADS)
		team.nr_threads = MMI_WRITE_MAX_THREADS;
	nr_threads = team.nr_threads;
	for (unsigned thread = 0; thread < nr_threads; thread++)
		nids[thread] = nid_of_thread(arena->machine, thread, nr_threads);
	const uint64_t start_ns = platform->ops->clock_ns(platform->ctx);
	const unsigned nr_started =
	    platform->ops->run_team(platform->ctx, nr_threads, nids, work, &team);

	for (unsigned thread = nr_started; thread < nr_threads; thread++)
		work(&team, thread);
	return platform->ops->clock_ns(platform->ctx) - start_ns;
}
