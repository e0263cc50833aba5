/* SPDX-License-Identifier: MIT */
/*
 * The machine that this process runs on: nodes, CPUs and distances from hwloc, ranges from the best
 * file that may be read.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "input/host_ranges.h"
#include "input/info.h"
#include "input/kernel_params.h"
#include "input/text_file.h"
#include "input/topology_hwloc.h"

#define MIB (1ull << 20)

struct host {
	struct mmi_draft draft;
	struct mmi_host_ranges ranges;
	struct mmi_zoneinfo zoneinfo;
	struct mmi_input_info *info;
	struct mmi_error *err;
};

static enum mmi_arch host_arch(void)
{
#if defined(__aarch64__)
	const long page_bytes = sysconf(_SC_PAGESIZE);

	if (page_bytes == 65536)
		return MMI_ARCH_ARM64_64K;
	return page_bytes == 16384 ? MMI_ARCH_ARM64_16K : MMI_ARCH_ARM64_4K;
#elif defined(__powerpc64__)
	return MMI_ARCH_PPC64_64K;
#else
	return MMI_ARCH_X86_64;
#endif
}

static void read_version(struct host *host)
{
	struct utsname name;
	uint64_t major, minor;

	if (uname(&name))
		return;
	struct mmi_scan scan = {name.release, name.release + sizeof(name.release)};
	if (mmi_scan_decimal(&scan, &major) && mmi_scan_word(&scan, ".") &&
	    mmi_scan_decimal(&scan, &minor) && major < 1000 && minor < 1000)
		host->draft.spec.linux_version =
		    mmi_linux_version_of((unsigned)major, (unsigned)minor);
}

static void read_params(struct host *host)
{
	struct mmi_kernel_params params = {0};
	size_t size_bytes;
	char *text = mmi_text_file_read("/proc/cmdline", &size_bytes);

	if (!text)
		return;
	struct mmi_scan scan = {text, text + size_bytes};
	if (!mmi_kernel_params_scan(&scan, &params))
		mmi_kernel_params_apply(&params, &host->draft.spec);
	free(text);
}

static void read_memory_block(struct host *host)
{
	size_t size_bytes;
	char *text = mmi_text_file_read("/sys/devices/system/memory/block_size_bytes", &size_bytes);

	if (!text)
		return;
	struct mmi_scan scan = {text, text + size_bytes};
	mmi_scan_hex(&scan, &host->draft.spec.memory_block_bytes);
	free(text);
}

static int read_zoneinfo(struct host *host)
{
	size_t size_bytes;
	char *text = mmi_text_file_read("/proc/zoneinfo", &size_bytes);
	int ret = 0;

	if (text && size_bytes)
		ret = mmi_zoneinfo_read(&host->zoneinfo, text, size_bytes, host->err);
	free(text);
	return ret;
}

/* 1: ranges were found; 0: not there. */
static int read_iomem(struct host *host)
{
	bool is_hidden = false;
	size_t size_bytes;
	char *text = mmi_text_file_read("/proc/iomem", &size_bytes);
	int ret = 0;

	if (text && size_bytes)
		ret = mmi_proc_iomem_read(&host->ranges, text, size_bytes, &is_hidden, host->err);
	free(text);
	if (is_hidden)
		mmi_info_add_note(host->info, "/proc/iomem shows addresses to root only");
	if (ret == 1)
		mmi_info_add_source(host->info, "/proc/iomem");
	return ret;
}

static int read_memmap(struct host *host)
{
	const struct mmi_byte_span first_page = {0, 4096};
	const int ret = mmi_firmware_memmap_read(&host->ranges, "/sys/firmware/memmap", host->err);

	if (ret != 1)
		return ret;
	/* x86 gives its first page away, whatever the firmware says. */
	if (host->draft.spec.geometry.arch == MMI_ARCH_X86_64 &&
	    mmi_byte_ranges_cut(&host->ranges.memory, first_page, host->err))
		return -ENOMEM;
	mmi_info_add_source(host->info, "/sys/firmware/memmap");
	mmi_info_add_note(host->info, "where the kernel lies is not known");
	return 1;
}

static int read_zone_memory(struct host *host)
{
	const int ret = mmi_zoneinfo_memory(&host->zoneinfo, host->draft.spec.geometry.page_shift,
					    &host->ranges.memory, host->err);

	if (ret)
		return ret;
	if (!host->ranges.memory.nr)
		return mmi_error_set(host->err, -EINVAL,
				     "this machine tells nothing of its memory: /proc/iomem, "
				     "/sys/firmware/memmap or /proc/zoneinfo expected");
	mmi_info_add_source(host->info, "/proc/zoneinfo");
	mmi_info_add_note(host->info, "holes are not known: each zone's memory is taken to lie at "
				      "its beginning");
	return 0;
}

static int read_ranges(struct host *host)
{
	int ret = read_iomem(host);

	if (!ret)
		ret = read_memmap(host);
	if (ret)
		return ret < 0 ? ret : 0;
	return read_zone_memory(host);
}

/* Gives every range its node, by the zones' spans. */
static int place_on_nodes(struct host *host, const struct mmi_byte_ranges *edits,
			  struct mmi_byte_ranges *out, int default_nid)
{
	struct mmi_byte_ranges sorted = {0}, spans = {0}, map = {0};
	int ret = mmi_byte_ranges_resolve(edits, &sorted, host->err);

	if (!ret)
		ret = mmi_zoneinfo_spans(&host->zoneinfo, host->draft.spec.geometry.page_shift,
					 &spans, host->err);
	if (!ret)
		ret = mmi_byte_ranges_resolve(&spans, &map, host->err);
	for (size_t i = 0; !ret && i < sorted.nr; i++)
		ret = mmi_byte_ranges_append_by_map(out, &sorted.items[i], &map, default_nid,
						    host->err);
	mmi_byte_ranges_deinit(&sorted);
	mmi_byte_ranges_deinit(&spans);
	mmi_byte_ranges_deinit(&map);
	return ret;
}

/* Elsewhere than on x86 the zones' limits are the machine's own. */
static void set_zones(struct host *host)
{
	struct mmi_geometry *geometry = &host->draft.spec.geometry;

	if (geometry->arch == MMI_ARCH_X86_64 || !host->zoneinfo.nr)
		return;
	geometry->zone_mask = 1u << MMI_ZONE_MOVABLE;
	geometry->dma_end_pfn = 0;
	geometry->dma32_end_pfn = 0;
	for (size_t i = 0; i < host->zoneinfo.nr; i++) {
		const struct mmi_zoneinfo_zone *zone = &host->zoneinfo.zones[i];
		const uint64_t end_pfn = zone->start_pfn + zone->nr_spanned_pages;
		geometry->zone_mask |= 1u << zone->type;
		if (zone->type == MMI_ZONE_DMA && end_pfn > geometry->dma_end_pfn)
			geometry->dma_end_pfn = end_pfn;
		if (zone->type == MMI_ZONE_DMA32 && end_pfn > geometry->dma32_end_pfn)
			geometry->dma32_end_pfn = end_pfn;
	}
	if (geometry->dma32_end_pfn < geometry->dma_end_pfn)
		geometry->dma32_end_pfn = geometry->dma_end_pfn;
}

static int read_host(struct host *host)
{
	struct mmi_draft *draft = &host->draft;
	const struct mmi_byte_span first_mib = {0, MIB};
	int ret;

	read_params(host);
	read_memory_block(host);
	ret = read_zoneinfo(host);
	if (!ret)
		ret = read_ranges(host);
	set_zones(host);
	if (!ret)
		ret = place_on_nodes(host, &host->ranges.memory, &draft->memory, 0);
	if (!ret)
		ret = place_on_nodes(host, &host->ranges.persistent, &draft->persistent, -1);
	if (!ret && draft->spec.geometry.arch == MMI_ARCH_X86_64)
		ret = mmi_byte_ranges_put(&host->ranges.reserved, first_mib, 0, host->err);
	if (!ret)
		ret = mmi_byte_ranges_resolve(&host->ranges.reserved, &draft->reserved, host->err);
	mmi_info_add_note(host->info, "reservations are incomplete: the kernel does not list them "
				      "after the boot");
	return ret ? ret : mmi_topology_read_host(draft, host->err);
}

int mmi_input_this_machine(const struct mmi_platform *platform,
			   const struct mmi_input_options *options, struct mmi_machine **machine,
			   struct mmi_input_info *info, struct mmi_error *err)
{
	struct host host = {.info = info, .err = err};
	int ret;

	*machine = NULL;
	mmi_info_init(info, MMI_INPUT_THIS_MACHINE);
	mmi_draft_init(&host.draft, host_arch(), options);
	if (!options || !options->has_linux_version)
		read_version(&host);
	ret = read_host(&host);
	if (!ret)
		ret = mmi_draft_finish(&host.draft, platform, machine, err);
	if (!ret)
		mmi_info_add_source(info, "hwloc");
	mmi_host_ranges_deinit(&host.ranges);
	mmi_zoneinfo_deinit(&host.zoneinfo);
	mmi_draft_deinit(&host.draft);
	return ret;
}
