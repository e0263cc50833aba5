/* SPDX-License-Identifier: MIT */
/* Cuts the memory ranges of a machine down. */
#include "tune/scaled.h"

#include <errno.h>

/* @nr ranges of bytes from ranges of pages; NULL without memory. */
static struct mmi_spec_range *alloc_ranges(const struct mmi_platform *platform, size_t nr)
{
	return platform->ops->alloc(platform->ctx, (nr + 1) * sizeof(struct mmi_spec_range));
}

static void free_ranges(const struct mmi_platform *platform, const struct mmi_spec_range *ranges,
			size_t nr)
{
	platform->ops->free(platform->ctx, (void *)ranges, (nr + 1) * sizeof(*ranges));
}

static uint64_t scaled_end(const struct mmi_geometry *g, const struct mmi_mem_range *range,
			   double scale)
{
	const uint64_t section_pages = mmi_section_pages(g);
	const uint64_t nr_pages = range->end_pfn - range->start_pfn;
	const uint64_t kept = mmi_align_up((uint64_t)((double)nr_pages * scale) + 1, section_pages);

	return kept < nr_pages ? range->start_pfn + kept : range->end_pfn;
}

static void fill(const struct mmi_machine *machine, double scale, struct mmi_spec_range *memory,
		 struct mmi_spec_range *reserved)
{
	const unsigned shift = machine->geometry.page_shift;

	for (size_t i = 0; i < machine->nr_memory; i++) {
		const struct mmi_mem_range *range = &machine->memory[i];
		memory[i] = (struct mmi_spec_range){
		    .start = range->start_pfn << shift,
		    .end = scaled_end(&machine->geometry, range, scale) << shift,
		    .nid = range->nid,
		    .flags = range->flags,
		};
	}
	for (size_t i = 0; i < machine->nr_reserved; i++)
		reserved[i] = (struct mmi_spec_range){
		    .start = machine->reserved[i].start_pfn << shift,
		    .end = machine->reserved[i].end_pfn << shift,
		    .nid = -1,
		};
}

int mmi_machine_scale(const struct mmi_machine *machine, double scale, struct mmi_machine **scaled,
		      struct mmi_error *err)
{
	const struct mmi_platform *platform = machine->platform;
	struct mmi_spec_range *memory = alloc_ranges(platform, machine->nr_memory);
	struct mmi_spec_range *reserved = alloc_ranges(platform, machine->nr_reserved);
	const struct mmi_machine_spec spec = {
	    .geometry = machine->geometry,
	    .linux_version = machine->linux_version,
	    .memory = memory,
	    .nr_memory = machine->nr_memory,
	    .reserved = reserved,
	    .nr_reserved = machine->nr_reserved,
	    .cpu_nids = machine->cpu_nids,
	    .nr_cpus = machine->nr_cpus,
	};
	int ret = -ENOMEM;

	if (memory && reserved) {
		fill(machine, scale, memory, reserved);
		ret = mmi_machine_create(platform, &spec, scaled, err);
	} else {
		mmi_error_set(err, ret, "no memory for a smaller machine");
	}
	free_ranges(platform, memory, machine->nr_memory);
	free_ranges(platform, reserved, machine->nr_reserved);
	return ret;
}
