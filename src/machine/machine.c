/* SPDX-License-Identifier: MIT */
/* Makes a machine out of a description: rounds to pages, sorts, merges, validates. */
#include <errno.h>
#include <string.h>

#include "machine/machine_parts.h"
#include "machine/sort.h"

static uint64_t range_first(const void *range)
{
	return ((const struct mmi_spec_range *)range)->start;
}

static int check_counts(const struct mmi_machine_spec *spec, struct mmi_error *err)
{
	if (spec->nr_memory > MMI_MAX_RANGES || spec->nr_reserved > MMI_MAX_RANGES ||
	    spec->nr_windows > MMI_MAX_RANGES || spec->nr_persistent > MMI_MAX_RANGES)
		return mmi_error_set(err, -EINVAL, "too many ranges: at most %u of each kind",
				     MMI_MAX_RANGES);
	if (!spec->nr_memory)
		return mmi_error_set(err, -EINVAL, "no memory: at least one range expected");
	if (spec->nr_cpus > MMI_MAX_RANGES)
		return mmi_error_set(err, -EINVAL, "too many CPUs: at most %u", MMI_MAX_RANGES);
	return 0;
}

/* Bytes of one allocation that holds everything; each part is aligned to 8. */
static void lay_out(struct mmi_machine_parts *parts, const struct mmi_machine_spec *spec)
{
	size_t offset = mmi_align_up(sizeof(struct mmi_machine), 64);

	parts->memory_offset = offset;
	offset += spec->nr_memory * sizeof(struct mmi_mem_range);
	parts->reserved_offset = offset;
	offset += spec->nr_reserved * sizeof(struct mmi_pfn_range);
	parts->windows_offset = offset;
	offset += spec->nr_windows * sizeof(struct mmi_mem_range);
	parts->persistent_offset = offset;
	offset += spec->nr_persistent * sizeof(struct mmi_mem_range);
	parts->nodes_offset = offset;
	offset += parts->nr_nodes * sizeof(struct mmi_machine_node);
	parts->distances_offset = offset;
	offset += mmi_align_up(parts->nr_nodes * parts->nr_nodes * sizeof(uint16_t), 8);
	parts->cpus_offset = offset;
	offset += spec->nr_cpus * sizeof(int);
	parts->size_bytes = offset;
}

/* A sorted copy, in the platform's memory; the caller frees it. */
static struct mmi_spec_range *sorted_copy(const struct mmi_platform *platform,
					  const struct mmi_spec_range *ranges, size_t nr)
{
	struct mmi_spec_range *copy =
	    platform->ops->alloc(platform->ctx, (nr ? nr : 1) * sizeof(*copy));

	if (!copy)
		return NULL;
	if (nr)
		memcpy(copy, ranges, nr * sizeof(*copy));
	mmi_sort(copy, nr, sizeof(*copy), range_first);
	return copy;
}

static int check_range(const struct mmi_spec_range *range, const struct mmi_geometry *geometry,
		       const char *what, bool needs_node, struct mmi_error *err)
{
	const unsigned long long start = range->start, end = range->end;

	if (start >= end)
		return mmi_error_set_at(err, -EINVAL, range->line, 0,
					"%s 0x%llx-0x%llx: the end must lie above the start", what,
					start, end);
	if (end > 1ull << geometry->max_physmem_bits)
		return mmi_error_set_at(
		    err, -EINVAL, range->line, 0,
		    "%s 0x%llx-0x%llx: %s has %u address bits, addresses end at 0x%llx", what,
		    start, end, mmi_arch_name(geometry->arch), geometry->max_physmem_bits,
		    1ull << geometry->max_physmem_bits);
	if (needs_node && (range->nid < 0 || range->nid >= MMI_MAX_NODES))
		return mmi_error_set_at(err, -EINVAL, range->line, 0,
					"%s 0x%llx-0x%llx: node %d: node ids are 0 to %d", what,
					start, end, range->nid, MMI_MAX_NODES - 1);
	return 0;
}

/* Sorted, disjoint memory with nodes: what touches and is alike becomes one range. */
static int fill_memory(const struct mmi_spec_range *sorted, size_t nr,
		       const struct mmi_geometry *geometry, const char *what,
		       struct mmi_mem_range *out, size_t *nr_out, struct mmi_error *err)
{
	const uint64_t page_bytes = 1ull << geometry->page_shift;
	size_t n = 0;

	for (size_t i = 0; i < nr; i++) {
		const struct mmi_spec_range *range = &sorted[i];
		const int ret = check_range(range, geometry, what, true, err);
		if (ret)
			return ret;
		if (i && range->start < sorted[i - 1].end)
			return mmi_error_set_at(
			    err, -EINVAL, range->line, 0,
			    "%s 0x%llx-0x%llx of node %d overlaps 0x%llx-0x%llx of node %d", what,
			    (unsigned long long)range->start, (unsigned long long)range->end,
			    range->nid, (unsigned long long)sorted[i - 1].start,
			    (unsigned long long)sorted[i - 1].end, sorted[i - 1].nid);
		struct mmi_mem_range pages = {
		    .start_pfn = mmi_align_up(range->start, page_bytes) >> geometry->page_shift,
		    .end_pfn = range->end >> geometry->page_shift,
		    .nid = range->nid,
		    .flags = range->flags,
		};
		if (pages.start_pfn >= pages.end_pfn)
			continue;
		if (n && out[n - 1].end_pfn == pages.start_pfn && out[n - 1].nid == pages.nid &&
		    out[n - 1].flags == pages.flags)
			out[n - 1].end_pfn = pages.end_pfn;
		else
			out[n++] = pages;
	}
	*nr_out = n;
	return 0;
}

static int fill_reserved(const struct mmi_spec_range *sorted, size_t nr,
			 const struct mmi_geometry *geometry, struct mmi_pfn_range *out,
			 size_t *nr_out, struct mmi_error *err)
{
	const uint64_t limit = 1ull << geometry->max_physmem_bits;
	const uint64_t page_bytes = 1ull << geometry->page_shift;
	size_t n = 0;

	for (size_t i = 0; i < nr; i++) {
		if (sorted[i].start >= sorted[i].end)
			return check_range(&sorted[i], geometry, "reservation", false, err);
		if (sorted[i].start >= limit)
			continue; /* real logs hold such garbage; it reserves nothing that exists */
		const uint64_t end = sorted[i].end < limit ? sorted[i].end : limit;
		const struct mmi_pfn_range pages = {
		    .start_pfn = sorted[i].start >> geometry->page_shift,
		    .end_pfn = mmi_align_up(end, page_bytes) >> geometry->page_shift,
		};
		if (n && out[n - 1].end_pfn >= pages.start_pfn) {
			if (out[n - 1].end_pfn < pages.end_pfn)
				out[n - 1].end_pfn = pages.end_pfn;
		} else {
			out[n++] = pages;
		}
	}
	*nr_out = n;
	return 0;
}

/* Hotplug windows and persistent memory: checked and sorted, but allowed to overlap. */
static int fill_windows(const struct mmi_spec_range *sorted, size_t nr,
			const struct mmi_geometry *geometry, const char *what, bool needs_node,
			struct mmi_mem_range *out, struct mmi_error *err)
{
	for (size_t i = 0; i < nr; i++) {
		const int ret = check_range(&sorted[i], geometry, what, needs_node, err);
		if (ret)
			return ret;
		out[i] = (struct mmi_mem_range){
		    .start_pfn = sorted[i].start >> geometry->page_shift,
		    .end_pfn = mmi_align_up(sorted[i].end, 1ull << geometry->page_shift) >>
			       geometry->page_shift,
		    .nid = sorted[i].nid,
		    .flags = sorted[i].flags,
		};
	}
	return 0;
}

struct sorted_spec {
	struct mmi_spec_range *memory, *reserved, *windows, *persistent;
};

static void free_sorted(const struct mmi_platform *platform, const struct mmi_machine_spec *spec,
			struct sorted_spec *s)
{
	const size_t size = sizeof(struct mmi_spec_range);

	platform->ops->free(platform->ctx, s->memory,
			    (spec->nr_memory ? spec->nr_memory : 1) * size);
	platform->ops->free(platform->ctx, s->reserved,
			    (spec->nr_reserved ? spec->nr_reserved : 1) * size);
	platform->ops->free(platform->ctx, s->windows,
			    (spec->nr_windows ? spec->nr_windows : 1) * size);
	platform->ops->free(platform->ctx, s->persistent,
			    (spec->nr_persistent ? spec->nr_persistent : 1) * size);
}

static int sort_spec(const struct mmi_platform *platform, const struct mmi_machine_spec *spec,
		     struct sorted_spec *s, struct mmi_error *err)
{
	s->memory = sorted_copy(platform, spec->memory, spec->nr_memory);
	s->reserved = sorted_copy(platform, spec->reserved, spec->nr_reserved);
	s->windows = sorted_copy(platform, spec->windows, spec->nr_windows);
	s->persistent = sorted_copy(platform, spec->persistent, spec->nr_persistent);
	if (s->memory && s->reserved && s->windows && s->persistent)
		return 0;
	return mmi_error_set(err, -ENOMEM, "no memory for %zu ranges", spec->nr_memory);
}

static void fill_header(struct mmi_machine *machine, const struct mmi_machine_spec *spec,
			const struct mmi_platform *platform, const struct mmi_machine_parts *parts)
{
	char *base = (char *)machine;

	machine->geometry = spec->geometry;
	machine->linux_version = spec->linux_version;
	machine->memory = (void *)(base + parts->memory_offset);
	machine->reserved = (void *)(base + parts->reserved_offset);
	machine->windows = (void *)(base + parts->windows_offset);
	machine->nr_windows = spec->nr_windows;
	machine->persistent = (void *)(base + parts->persistent_offset);
	machine->nr_persistent = spec->nr_persistent;
	machine->nodes = (void *)(base + parts->nodes_offset);
	machine->nr_nodes = parts->nr_nodes;
	machine->distances = (void *)(base + parts->distances_offset);
	machine->cpu_nids = (void *)(base + parts->cpus_offset);
	machine->nr_cpus = spec->nr_cpus;
	machine->kernelcore = spec->kernelcore;
	machine->movablecore = spec->movablecore;
	machine->platform = platform;
	machine->allocation_bytes = parts->size_bytes;
}

static int fill(struct mmi_machine *machine, const struct mmi_machine_spec *spec,
		const struct sorted_spec *s, const struct mmi_machine_parts *parts,
		struct mmi_error *err)
{
	const struct mmi_geometry *geometry = &machine->geometry;
	char *base = (char *)machine;
	int ret;

	ret = fill_memory(s->memory, spec->nr_memory, geometry, "memory",
			  (void *)(base + parts->memory_offset), &machine->nr_memory, err);
	if (!ret)
		ret = fill_reserved(s->reserved, spec->nr_reserved, geometry,
				    (void *)(base + parts->reserved_offset), &machine->nr_reserved,
				    err);
	if (!ret)
		ret = fill_windows(s->windows, spec->nr_windows, geometry, "hotplug window", true,
				   (void *)(base + parts->windows_offset), err);
	if (!ret)
		ret =
		    fill_windows(s->persistent, spec->nr_persistent, geometry, "persistent memory",
				 false, (void *)(base + parts->persistent_offset), err);
	if (!ret)
		ret = mmi_machine_fill_nodes(machine, spec, parts, err);
	if (ret)
		return ret;
	if (!machine->nr_memory)
		return mmi_error_set(err, -EINVAL,
				     "no whole page of memory: at least one expected");
	machine->memory_block_bytes = spec->memory_block_bytes
					  ? spec->memory_block_bytes
					  : mmi_memory_block_bytes(machine, spec->virtual_machine);
	return mmi_machine_check(machine, err);
}

int mmi_machine_create(const struct mmi_platform *platform, const struct mmi_machine_spec *spec,
		       struct mmi_machine **machine_out, struct mmi_error *err)
{
	struct mmi_machine_parts parts = {0};
	struct sorted_spec sorted = {0};
	struct mmi_machine *machine = NULL;
	int ret = check_counts(spec, err);

	*machine_out = NULL;
	if (!ret)
		ret = mmi_machine_count_nodes(spec, &parts, err);
	if (ret)
		return ret;
	lay_out(&parts, spec);
	ret = sort_spec(platform, spec, &sorted, err);
	if (!ret) {
		machine = platform->ops->alloc(platform->ctx, parts.size_bytes);
		if (!machine)
			ret = mmi_error_set(err, -ENOMEM, "no memory for a machine of %zu bytes",
					    parts.size_bytes);
	}
	if (!ret) {
		fill_header(machine, spec, platform, &parts);
		ret = fill(machine, spec, &sorted, &parts, err);
	}
	free_sorted(platform, spec, &sorted);
	if (ret && machine)
		mmi_machine_destroy(machine);
	else if (!ret)
		*machine_out = machine;
	return ret;
}

void mmi_machine_destroy(struct mmi_machine *machine)
{
	if (machine)
		machine->platform->ops->free(machine->platform->ctx, machine,
					     machine->allocation_bytes);
}
