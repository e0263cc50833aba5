/* SPDX-License-Identifier: MIT */
/*
 * Concludes from all that a boot log said: a machine.
 *
 * Where several sources tell of the same thing, the one nearest to what the page allocator was
 * given counts: for memory the last dump of memblock, then the early node ranges, then the
 * firmware's table with SRAT; what is taken on trust is noted.
 */
#include <errno.h>

#include "input/info.h"
#include "input/log_machine.h"

static enum mmi_arch arch_of(const struct mmi_log *log, struct mmi_input_info *info)
{
	switch (log->arch) {
	case MMI_LOG_ARCH_RISCV:
		mmi_info_add_note(info, "RISC-V: laid out as arm64-4k, whose pages, sections and "
					"blocks are of the same sizes");
		return MMI_ARCH_ARM64_4K;
	case MMI_LOG_ARCH_ARM64:
		if (log->page_bytes == 64 << 10)
			return MMI_ARCH_ARM64_64K;
		return log->page_bytes == 16 << 10 ? MMI_ARCH_ARM64_16K : MMI_ARCH_ARM64_4K;
	case MMI_LOG_ARCH_PPC64:
		return MMI_ARCH_PPC64_64K;
	case MMI_LOG_ARCH_UNKNOWN:
		mmi_info_add_note(info, "no word of the architecture: x86_64 assumed");
		return MMI_ARCH_X86_64;
	default:
		return MMI_ARCH_X86_64;
	}
}

static int check_page_size(const struct mmi_log *log, const struct mmi_geometry *geometry)
{
	if (!log->page_bytes || log->page_bytes == 1ull << geometry->page_shift)
		return 0;
	return mmi_error_set(log->err, -EINVAL,
			     "pages of %llu bytes: %s is known with pages of %llu only",
			     (unsigned long long)log->page_bytes, mmi_arch_name(geometry->arch),
			     1ull << geometry->page_shift);
}

/*
 * By rule arm64's ZONE_DMA ends at 4 GiB unless firmware needs it lower, at another power of two;
 * nothing but the log's list tells of that.
 */
static void set_ruled_limits(const struct mmi_log *log, struct mmi_geometry *geometry)
{
	const uint64_t end_pfn = log->zones[MMI_ZONE_DMA].span.end >> geometry->page_shift;

	if (end_pfn < geometry->dma_end_pfn && end_pfn && !(end_pfn & (end_pfn - 1)))
		geometry->dma_end_pfn = end_pfn;
}

/* The zones that the log lists; on x86 their limits are the architecture's. */
static void set_zones(const struct mmi_log *log, struct mmi_geometry *geometry, bool by_rules)
{
	const struct mmi_log_zone *dma = &log->zones[MMI_ZONE_DMA];
	const struct mmi_log_zone *dma32 = &log->zones[MMI_ZONE_DMA32];
	unsigned listed = 0;

	for (int z = 0; z < MMI_NR_ZONES; z++)
		listed |= (unsigned)log->zones[z].is_listed << z;
	if (!listed)
		return;
	if (geometry->arch == MMI_ARCH_X86_64) {
		if (!dma->is_listed) {
			geometry->zone_mask &= ~(1u << MMI_ZONE_DMA);
			geometry->dma_end_pfn = 0;
		}
		return;
	}
	geometry->zone_mask = listed | 1u << MMI_ZONE_MOVABLE;
	if (by_rules) {
		set_ruled_limits(log, geometry);
		return;
	}
	geometry->dma_end_pfn = dma->span.end >> geometry->page_shift;
	geometry->dma32_end_pfn = dma32->span.end >> geometry->page_shift;
	if (geometry->dma32_end_pfn < geometry->dma_end_pfn)
		geometry->dma32_end_pfn = geometry->dma_end_pfn; /* DMA32 is empty */
}

static int set_geometry(const struct mmi_log *log, struct mmi_draft *draft,
			const struct mmi_input_options *options, struct mmi_input_info *info)
{
	struct mmi_geometry *geometry = &draft->spec.geometry;

	mmi_draft_init(draft, arch_of(log, info), options);
	if (log->arch == MMI_LOG_ARCH_PPC64 && log->has_hash_mmu && !log->has_radix_mmu)
		geometry->pageblock_order = geometry->max_page_order; /* huge pages of 16 MiB */
	set_zones(log, geometry, options && options->by_rules);
	if (!options || !options->has_linux_version) {
		if (log->has_version)
			draft->spec.linux_version =
			    mmi_linux_version_of(log->version_major, log->version_minor);
		else
			mmi_info_add_note(info, "no \"Linux version\": the rules of 6.1 assumed");
	}
	draft->spec.virtual_machine = log->is_virtual;
	if (!options || !options->by_rules)
		draft->spec.memory_block_bytes = log->memory_block_bytes;
	return check_page_size(log, geometry);
}

static int set_amounts(struct mmi_log *log, struct mmi_draft *draft, struct mmi_input_info *info)
{
	mmi_kernel_params_apply(&log->params, &draft->spec);
	if (log->params.kernelcore_is_mirror)
		mmi_info_add_note(info, "kernelcore=mirror is not modelled");
	if (log->params.movable_node)
		mmi_info_add_note(
		    info, "movable_node: what it makes movable of memory at boot is not modelled");
	return mmi_log_source_error(log, MMI_LOG_COMMAND_LINE);
}

static void note_oddities(const struct mmi_log *log, struct mmi_input_info *info)
{
	const struct mmi_error *e820_error = &log->sources[MMI_LOG_E820].error;

	if (log->nr_boots)
		mmi_info_add_note(info, "%u boots in the log: the last one was read",
				  log->nr_boots + 1);
	if (!log->is_handed_over)
		mmi_info_add_note(info, "the log ends before the page allocator takes over");
	if (e820_error->code)
		mmi_info_add_note(info, "line %u of the e820 table could not be read",
				  e820_error->line);
}

static int conclude(struct mmi_log *log, const struct mmi_input_options *options,
		    struct mmi_draft *draft, struct mmi_input_info *info)
{
	int ret = set_geometry(log, draft, options, info);

	if (!ret)
		ret = set_amounts(log, draft, info);
	if (!ret)
		ret = mmi_log_conclude_memory(log, draft, info);
	if (!ret)
		ret = mmi_log_conclude_nodes(log, options, draft, info);
	if (!ret)
		note_oddities(log, info);
	return ret;
}

int mmi_log_machine(struct mmi_log *log, const struct mmi_platform *platform,
		    const struct mmi_input_options *options, struct mmi_machine **machine,
		    struct mmi_input_info *info)
{
	struct mmi_draft draft = {0};
	int ret = conclude(log, options, &draft, info);

	if (!ret)
		ret = mmi_draft_finish(&draft, platform, machine, log->err);
	mmi_draft_deinit(&draft);
	return ret;
}
