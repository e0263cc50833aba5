/* SPDX-License-Identifier: MIT */
/* The memmap: its span, its address space, its invariants. */
#include <errno.h>

#include "machine/minmax.h"
#include "memmap/backing.h"
#include "memmap/page_init.h"
#include "memmap/page_store.h"
#include "memmap/presence.h"
#include "memmap/section_tree.h"

#define HUGE_PAGE_BYTES  (2ull << 20)
#define SMALL_PAGE_BYTES 4096ull

uint64_t mmi_unit_pages(const struct mmi_geometry *geometry, bool no_huge_pages)
{
	const uint64_t section_pages = mmi_section_pages(geometry);
	const uint64_t huge_pages = HUGE_PAGE_BYTES / MMI_PAGE_BYTES;

	return no_huge_pages ? section_pages : mmi_larger(section_pages, huge_pages);
}

static void widen(struct mmi_pfn_range *span, const struct mmi_mem_range *ranges, size_t nr)
{
	for (size_t i = 0; i < nr; i++) {
		if (ranges[i].start_pfn < span->start_pfn)
			span->start_pfn = ranges[i].start_pfn;
		if (ranges[i].end_pfn > span->end_pfn)
			span->end_pfn = ranges[i].end_pfn;
	}
}

/* Sets the span to all memory; @wide: and to what may become memory. */
static void set_span(struct mmi_memmap *map, const struct mmi_machine *machine, bool wide)
{
	struct mmi_pfn_range span = {machine->memory[0].start_pfn,
				     machine->memory[machine->nr_memory - 1].end_pfn};

	if (wide) {
		widen(&span, machine->windows, machine->nr_windows);
		widen(&span, machine->persistent, machine->nr_persistent);
	}
	map->start_pfn = mmi_align_down(span.start_pfn, map->unit_pages);
	map->end_pfn = mmi_align_up(span.end_pfn, map->unit_pages);
	map->nr_sections = (map->end_pfn - map->start_pfn) / mmi_section_pages(&map->geometry);
}

/* Is a good part of the span memory? */
static bool is_dense(const struct mmi_memmap *map, const struct mmi_machine *machine)
{
	return machine->nr_present_pages >= (map->end_pfn - map->start_pfn) / 8;
}

static int reserve(struct mmi_memmap *map, const struct mmi_machine *machine, struct mmi_error *err)
{
	const struct mmi_platform *platform = map->platform;
	struct mmi_backing anywhere = {.nid = -1};
	size_t align = SMALL_PAGE_BYTES;

	map->pages_bytes = (map->end_pfn - map->start_pfn) * MMI_PAGE_BYTES;
	/* The tree stands behind the sections. */
	map->sections_bytes = mmi_align_up(map->nr_sections * sizeof(struct mmi_section) +
					       mmi_section_tree_bytes(map->nr_sections),
					   SMALL_PAGE_BYTES);
	/* From half a huge page on one fault is cheaper than many, where most sections are present. */
	if (map->sections_bytes >= HUGE_PAGE_BYTES / 2 && is_dense(map, machine)) {
		align = HUGE_PAGE_BYTES;
		map->sections_bytes = mmi_align_up(map->sections_bytes, align);
		anywhere.huge_pages = true;
	}
	map->pages = platform->ops->reserve(platform->ctx, map->pages_bytes, HUGE_PAGE_BYTES);
	map->sections = platform->ops->reserve(platform->ctx, map->sections_bytes, align);
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
	mmi_section_tree_init(&map->present, (uint64_t *)(map->sections + map->nr_sections),
			      map->nr_sections);
	return 0;
}

/* @wide: as set_span() has it. */
static int reserve_span(struct mmi_memmap *map, const struct mmi_machine *machine, bool wide,
			struct mmi_error *err)
{
	set_span(map, machine, wide);
	int ret = reserve(map, machine, err);
	if (!ret)
		ret = mmi_shadow_create(map, err);
	if (ret)
		mmi_memmap_deinit(map);
	return ret;
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
	*map = (struct mmi_memmap){
	    .geometry = machine->geometry,
	    .platform = machine->platform,
	    .options = *options,
	    .unit_pages = mmi_unit_pages(&machine->geometry, options->no_huge_pages),
	};
	int ret = mmi_memmap_choose_store(map, err);
	if (!ret)
		ret = reserve_span(map, machine, true, err);
	/* Windows may be larger than this process's address space: then they are left out. */
	if (ret == -ENOMEM)
		ret = reserve_span(map, machine, false, err);
	for (size_t i = 0; !ret && i < machine->nr_memory; i++)
		mmi_presence_add(map, machine->memory[i].start_pfn, machine->memory[i].end_pfn,
				 machine->memory[i].nid);
	if (!ret)
		ret = mmi_memmap_back_all(map, machine, err);
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
	for (uint64_t pfn = mmi_memmap_next_present(map, map->start_pfn); pfn < map->end_pfn;
	     pfn = mmi_memmap_next_present(map, pfn + section_pages)) {
		const struct mmi_section *section = mmi_pfn_section(map, pfn);
		uint64_t bits = 0;
		for (unsigned word = 0; word < MMI_SUBSECTION_WORDS; word++)
			bits |= section->subsections[word];
		if (!bits || section->state == MMI_SECTION_ABSENT)
			return mmi_error_set(
			    err, -EINVAL,
			    "memmap: section of PFN 0x%llx: presence and subsections differ",
			    (unsigned long long)pfn);
		nr_present++;
	}
	if (nr_present != map->nr_present_sections)
		return mmi_error_set(err, -EINVAL, "memmap: %llu sections present, %llu counted",
				     (unsigned long long)nr_present,
				     (unsigned long long)map->nr_present_sections);
	return 0;
}
