/* SPDX-License-Identifier: MIT */
/* The memmap's address space: what is reserved, what is present, what is backed and where. */
#include <errno.h>
#include <string.h>

#include "memmap/page_init.h"
#include "memmap/page_store.h"

#define HUGE_PAGE_BYTES  (2ull << 20)
#define SMALL_PAGE_BYTES 4096ull

uint64_t mmi_unit_pages(const struct mmi_geometry *geometry, bool no_huge_pages)
{
	const uint64_t section_pages = mmi_section_pages(geometry);
	const uint64_t huge_pages = HUGE_PAGE_BYTES / MMI_PAGE_BYTES;

	return no_huge_pages || section_pages > huge_pages ? section_pages : huge_pages;
}

/* Marks subsections number @first to @end - 1 of a section. */
static void mark_subsections(struct mmi_section *section, uint64_t first, uint64_t end)
{
	while (first < end) {
		const uint64_t in_word =
		    64 - first % 64 < end - first ? 64 - first % 64 : end - first;
		const uint64_t bits = in_word == 64 ? ~0ull : (1ull << in_word) - 1;
		section->subsections[first / 64] |= bits << first % 64;
		first += in_word;
	}
}

/* Marks the subsections of @range, and the sections that become present by it. */
static void mark_present(struct mmi_memmap *map, const struct mmi_mem_range *range)
{
	const uint64_t sub_pages = mmi_subsection_pages(&map->geometry);
	const uint64_t section_pages = mmi_section_pages(&map->geometry);
	const uint64_t end_pfn = mmi_align_up(range->end_pfn, sub_pages);
	uint64_t end;

	for (uint64_t pfn = mmi_align_down(range->start_pfn, sub_pages); pfn < end_pfn; pfn = end) {
		struct mmi_section *section = mmi_pfn_section(map, pfn);
		const uint64_t section_pfn = mmi_align_down(pfn, section_pages);
		end = section_pfn + section_pages < end_pfn ? section_pfn + section_pages : end_pfn;
		if (section->state == MMI_SECTION_ABSENT) {
			section->state = MMI_SECTION_PRESENT;
			section->nid = range->nid;
			map->nr_present_sections++;
		}
		mark_subsections(section, (pfn - section_pfn) / sub_pages,
				 (end - section_pfn) / sub_pages);
	}
}

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
			const uint64_t next_end = mmi_align_up(next->end_pfn, align_pages);
			if (next_end > run->end_pfn)
				run->end_pfn = *done_pfn = next_end;
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
#ifdef MMI_CHECKED
	memset(start, MMI_PAGE_POISON_BYTE, size_bytes);
#endif
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

static int back_all(struct mmi_memmap *map, const struct mmi_machine *machine,
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

static int reserve(struct mmi_memmap *map, struct mmi_error *err)
{
	const struct mmi_platform *platform = map->platform;
	const struct mmi_backing anywhere = {.nid = -1};

	map->pages_bytes = (map->end_pfn - map->start_pfn) * MMI_PAGE_BYTES;
	map->sections_bytes =
	    mmi_align_up(map->nr_sections * sizeof(struct mmi_section), SMALL_PAGE_BYTES);
	map->pages = platform->ops->reserve(platform->ctx, map->pages_bytes, HUGE_PAGE_BYTES);
	map->sections =
	    platform->ops->reserve(platform->ctx, map->sections_bytes, SMALL_PAGE_BYTES);
	if (!map->pages || !map->sections)
		return mmi_error_set(
		    err, -ENOMEM,
		    "no address space for the struct pages of PFNs 0x%llx-0x%llx (%zu bytes)",
		    (unsigned long long)map->start_pfn, (unsigned long long)map->end_pfn,
		    map->pages_bytes);
	const int ret =
	    platform->ops->commit(platform->ctx, map->sections, map->sections_bytes, &anywhere);
	if (ret)
		return mmi_error_set(err, ret, "cannot back %zu bytes of sections",
				     map->sections_bytes);
	return 0;
}

int mmi_memmap_choose_store(struct mmi_memmap *map, struct mmi_error *err)
{
	struct mmi_memmap_options *options = &map->options;

	if (options->store == MMI_STORE_AUTO)
		options->store = mmi_cpu_widest_store();
	if (options->prefetch == MMI_PREFETCH_AUTO)
		options->prefetch =
		    mmi_cpu_gains_by_prefetch() ? MMI_PREFETCH_ON : MMI_PREFETCH_OFF;
	map->store = mmi_page_store(options->store, options->prefetch == MMI_PREFETCH_ON);
	if (!map->store)
		return mmi_error_set(err, -ENOSYS, "store \"%s\": this CPU has none, but \"%s\"",
				     mmi_store_name(options->store),
				     mmi_store_name(mmi_cpu_widest_store()));
	return 0;
}

int mmi_memmap_init(struct mmi_memmap *map, const struct mmi_machine *machine,
		    const struct mmi_memmap_options *options, struct mmi_error *err)
{
	const uint64_t unit_pages = mmi_unit_pages(&machine->geometry, options->no_huge_pages);

	*map = (struct mmi_memmap){
	    .geometry = machine->geometry,
	    .platform = machine->platform,
	    .options = *options,
	    .unit_pages = unit_pages,
	    .start_pfn = mmi_align_down(machine->memory[0].start_pfn, unit_pages),
	    .end_pfn = mmi_align_up(machine->memory[machine->nr_memory - 1].end_pfn, unit_pages),
	};
	map->nr_sections = (map->end_pfn - map->start_pfn) / mmi_section_pages(&map->geometry);
	int ret = mmi_memmap_choose_store(map, err);
	if (!ret)
		ret = reserve(map, err);
	if (!ret)
		ret = mmi_shadow_create(map, err);
	if (!ret) {
		for (size_t i = 0; i < machine->nr_memory; i++)
			mark_present(map, &machine->memory[i]);
		ret = back_all(map, machine, err);
	}
	if (ret)
		mmi_memmap_deinit(map);
	return ret;
}

void mmi_memmap_deinit(struct mmi_memmap *map)
{
	const struct mmi_platform *platform = map->platform;

	mmi_shadow_destroy(map);
	if (map->pages)
		platform->ops->release(platform->ctx, map->pages, map->pages_bytes);
	if (map->sections)
		platform->ops->release(platform->ctx, map->sections, map->sections_bytes);
	map->pages = NULL;
	map->sections = NULL;
}

int mmi_memmap_check(const struct mmi_memmap *map, struct mmi_error *err)
{
	const uint64_t section_pages = mmi_section_pages(&map->geometry);
	uint64_t nr_present = 0;

	if ((map->start_pfn | map->end_pfn) & (map->unit_pages - 1) ||
	    map->nr_sections != (map->end_pfn - map->start_pfn) / section_pages)
		return mmi_error_set(err, -EINVAL, "memmap: span 0x%llx-0x%llx is not unit-aligned",
				     (unsigned long long)map->start_pfn,
				     (unsigned long long)map->end_pfn);
	for (uint64_t i = 0; i < map->nr_sections; i++) {
		const struct mmi_section *section = &map->sections[i];
		uint64_t bits = 0;
		for (unsigned word = 0; word < MMI_SUBSECTION_WORDS; word++)
			bits |= section->subsections[word];
		if ((bits != 0) != (section->state != MMI_SECTION_ABSENT))
			return mmi_error_set(
			    err, -EINVAL,
			    "memmap: section of PFN 0x%llx: presence and subsections differ",
			    (unsigned long long)(map->start_pfn + i * section_pages));
		nr_present += bits != 0;
	}
	if (nr_present != map->nr_present_sections)
		return mmi_error_set(err, -EINVAL, "memmap: %llu sections present, %llu counted",
				     (unsigned long long)nr_present,
				     (unsigned long long)map->nr_present_sections);
	return 0;
}
