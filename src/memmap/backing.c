/* SPDX-License-Identifier: MIT */
/* Which parts of the memmap are backed, and on which node. */
#include "memmap/backing.h"

#include <string.h>

#define SMALL_PAGE_BYTES 4096ull

/* A run of PFNs whose struct pages are backed together. */
struct backing_run {
	uint64_t start_pfn;
	uint64_t end_pfn;
	int nid;
};

/*
 * Walks the runs to back: memory ranges widened to @align_pages, joined where they touch and
 * have the same node.  What two nodes share belongs to the first.
 */
static bool next_run(const struct mmi_machine *machine, uint64_t align_pages, size_t *i,
		     uint64_t *done_pfn, struct backing_run *run)
{
	for (; *i < machine->nr_memory; (*i)++) {
		const struct mmi_mem_range *range = &machine->memory[*i];
		uint64_t start = mmi_align_down(range->start_pfn, align_pages);
		const uint64_t end = mmi_align_up(range->end_pfn, align_pages);

		if (start < *done_pfn)
			start = *done_pfn;
		if (start >= end)
			continue;
		*run = (struct backing_run){start, end, range->nid};
		*done_pfn = end;
		(*i)++;
		while (*i < machine->nr_memory) {
			const struct mmi_mem_range *next = &machine->memory[*i];
			if (next->nid != run->nid ||
			    mmi_align_down(next->start_pfn, align_pages) > run->end_pfn)
				break;
			run->end_pfn = *done_pfn = mmi_align_up(next->end_pfn, align_pages);
			(*i)++;
		}
		return true;
	}
	return false;
}

/* What is backed begins and ends at multiples of this many struct pages. */
static uint64_t backing_align_pages(const struct mmi_geometry *geometry,
				    const struct mmi_memmap_options *options)
{
	const uint64_t sub_pages = mmi_subsection_pages(geometry);
	const uint64_t small_pages = SMALL_PAGE_BYTES / MMI_PAGE_BYTES;

	if (!options->by_subsection)
		return mmi_unit_pages(geometry, options->no_huge_pages);
	return sub_pages > small_pages ? sub_pages : small_pages;
}

uint64_t mmi_memmap_bytes(const struct mmi_machine *machine,
			  const struct mmi_memmap_options *options)
{
	const uint64_t align_pages = backing_align_pages(&machine->geometry, options);
	struct backing_run run;
	uint64_t nr_pages = 0, done_pfn = 0;
	size_t i = 0;

	while (next_run(machine, align_pages, &i, &done_pfn, &run))
		nr_pages += run.end_pfn - run.start_pfn;
	return nr_pages * MMI_PAGE_BYTES;
}

/* The node that struct pages of node @nid are to lie on. */
static int placed_nid(const struct mmi_machine *machine, enum mmi_placement placement, int nid,
		      uint64_t turn)
{
	size_t nr_with_memory = 0, skip;

	if (placement == MMI_PLACE_ANYWHERE)
		return -1;
	if (placement == MMI_PLACE_LOCAL)
		return nid;
	for (size_t i = 0; i < machine->nr_nodes; i++)
		nr_with_memory += machine->nodes[i].nr_present_pages > 0;
	skip = turn % nr_with_memory;
	for (size_t i = placement == MMI_PLACE_REMOTE ? (size_t)mmi_machine_node_index(machine, nid)
						      : 0;
	     ; i = (i + 1) % machine->nr_nodes)
		if (machine->nodes[i].nr_present_pages && skip-- == 0)
			return machine->nodes[i].nid;
}

/* Sections of [start_pfn, end_pfn) that are whole in it. */
static void mark_backed(struct mmi_memmap *map, uint64_t start_pfn, uint64_t end_pfn)
{
	const uint64_t section_pages = mmi_section_pages(&map->geometry);

	for (uint64_t pfn = mmi_align_up(start_pfn, section_pages); pfn + section_pages <= end_pfn;
	     pfn += section_pages)
		mmi_pfn_section(map, pfn)->backed = true;
}

static int back_part(struct mmi_memmap *map, uint64_t start_pfn, uint64_t end_pfn, int nid,
		     struct mmi_error *err)
{
	const struct mmi_platform *platform = map->platform;
	char *start = (char *)mmi_pfn_page(map, start_pfn);
	const size_t size_bytes = (end_pfn - start_pfn) * MMI_PAGE_BYTES;
	const struct mmi_backing backing = {
	    .nid = nid,
	    .huge_pages = !map->options.no_huge_pages && !map->options.by_subsection,
	    .populate = map->options.populate,
	};
	const int ret = platform->ops->commit(platform->ctx, start, size_bytes, &backing);

	if (ret)
		return mmi_error_set(
		    err, ret,
		    "cannot back %zu bytes of struct pages of PFNs 0x%llx-0x%llx on node %d",
		    size_bytes, (unsigned long long)start_pfn, (unsigned long long)end_pfn, nid);
	map->backed_bytes += size_bytes;
	mark_backed(map, start_pfn, end_pfn);
	mmi_memmap_poison(map, start_pfn, end_pfn);
	return 0;
}

/* Backs one run, unit by unit where the placement takes turns. */
static int back_run(struct mmi_memmap *map, const struct mmi_machine *machine,
		    const struct backing_run *run, struct mmi_error *err)
{
	const enum mmi_placement placement = map->options.placement;

	if (placement != MMI_PLACE_INTERLEAVE)
		return back_part(
		    map, run->start_pfn, run->end_pfn,
		    placed_nid(machine, placement, run->nid, placement == MMI_PLACE_REMOTE), err);
	for (uint64_t pfn = run->start_pfn; pfn < run->end_pfn;) {
		uint64_t end = mmi_align_down(pfn, map->unit_pages) + map->unit_pages;
		if (end > run->end_pfn)
			end = run->end_pfn;
		const int ret =
		    back_part(map, pfn, end,
			      placed_nid(machine, placement, run->nid, pfn / map->unit_pages), err);
		if (ret)
			return ret;
		pfn = end;
	}
	return 0;
}

int mmi_memmap_back_all(struct mmi_memmap *map, const struct mmi_machine *machine,
			struct mmi_error *err)
{
	const uint64_t align_pages = backing_align_pages(&map->geometry, &map->options);
	struct backing_run run;
	uint64_t done_pfn = 0;
	size_t i = 0;
	int ret = 0;

	while (!ret && next_run(machine, align_pages, &i, &done_pfn, &run))
		ret = back_run(map, machine, &run, err);
	return ret;
}

/* Are the struct pages of [start_pfn, end_pfn), a step of the backing, backed already? */
static bool is_backed(const struct mmi_memmap *map, uint64_t start_pfn, uint64_t end_pfn)
{
	const uint64_t sub_pages = mmi_subsection_pages(&map->geometry);

	if (mmi_pfn_section(map, start_pfn)->backed)
		return true;
	for (uint64_t pfn = start_pfn; pfn < end_pfn; pfn += sub_pages)
		if (mmi_pfn_valid(map, pfn))
			return true;
	return false;
}

int mmi_memmap_back_range(struct mmi_memmap *map, const struct mmi_machine *machine,
			  uint64_t start_pfn, uint64_t end_pfn, int nid, struct mmi_error *err)
{
	const uint64_t align_pages = backing_align_pages(&map->geometry, &map->options);
	int ret = 0;

	end_pfn = mmi_align_up(end_pfn, align_pages);
	for (uint64_t pfn = mmi_align_down(start_pfn, align_pages), end; !ret && pfn < end_pfn;
	     pfn = end) {
		end = pfn + align_pages;
		if (is_backed(map, pfn, end))
			continue;
		while (end < end_pfn && !is_backed(map, end, end + align_pages))
			end += align_pages;
		const struct backing_run run = {pfn, end, nid};
		ret = back_run(map, machine, &run, err);
	}
	return ret;
}

void mmi_memmap_poison(struct mmi_memmap *map, uint64_t start_pfn, uint64_t end_pfn)
{
#ifdef MMI_CHECKED
	memset(mmi_pfn_page(map, start_pfn), MMI_PAGE_POISON_BYTE,
	       (end_pfn - start_pfn) * MMI_PAGE_BYTES);
#else
	(void)map;
	(void)start_pfn;
	(void)end_pfn;
#endif
}
