/* SPDX-License-Identifier: MIT */
/* The geometry of each architecture, as Debian's kernels are configured, and names for it all. */
#include "mminit/machine.h"

#define ZONE_BIT(type) (1u << MMI_ZONE_##type)
#define GIB            (1ull << 30)

struct arch_row {
	const char *name;
	struct mmi_geometry geometry;
};

static const struct arch_row arch_rows[MMI_NR_ARCHS] = {
    [MMI_ARCH_X86_64] = {"x86_64",
			 {.page_shift = 12,
			  .section_shift = 27,
			  .max_page_order = 10,
			  .pageblock_order = 9,
			  .max_physmem_bits = 52, /* 5-level page tables */
			  .zone_mask = ZONE_BIT(DMA) | ZONE_BIT(DMA32) | ZONE_BIT(NORMAL) |
				       ZONE_BIT(MOVABLE) | ZONE_BIT(DEVICE),
			  .dma_end_pfn = 4096,
			  .dma32_end_pfn = 1 << 20}},
    [MMI_ARCH_ARM64_4K] = {"arm64-4k",
			   {.page_shift = 12,
			    .section_shift = 27,
			    .max_page_order = 10,
			    .pageblock_order = 9,
			    .max_physmem_bits = 48,
			    .zone_mask = ZONE_BIT(DMA) | ZONE_BIT(DMA32) | ZONE_BIT(NORMAL) |
					 ZONE_BIT(MOVABLE),
			    .dma_end_pfn = 4 * GIB >> 12,
			    .dma32_end_pfn = 4 * GIB >> 12}},
    [MMI_ARCH_ARM64_16K] = {"arm64-16k",
			    {.page_shift = 14,
			     .section_shift = 27,
			     .max_page_order = 11,
			     .pageblock_order = 11,
			     .max_physmem_bits = 48,
			     .zone_mask = ZONE_BIT(DMA) | ZONE_BIT(DMA32) | ZONE_BIT(NORMAL) |
					  ZONE_BIT(MOVABLE),
			     .dma_end_pfn = 4 * GIB >> 14,
			     .dma32_end_pfn = 4 * GIB >> 14}},
    [MMI_ARCH_ARM64_64K] = {"arm64-64k",
			    {.page_shift = 16,
			     .section_shift = 29,
			     .max_page_order = 13,
			     .pageblock_order = 13,
			     .max_physmem_bits = 52,
			     .zone_mask = ZONE_BIT(DMA) | ZONE_BIT(DMA32) | ZONE_BIT(NORMAL) |
					  ZONE_BIT(MOVABLE),
			     .dma_end_pfn = 4 * GIB >> 16,
			     .dma32_end_pfn = 4 * GIB >> 16}},
    [MMI_ARCH_PPC64_64K] = {"ppc64-64k",
			    {.page_shift = 16,
			     .section_shift = 24,
			     .max_page_order = 8,
			     .pageblock_order = 5, /* radix: 2 MiB huge pages */
			     .max_physmem_bits = 51,
			     .zone_mask = ZONE_BIT(NORMAL) | ZONE_BIT(MOVABLE)}},
};

static const char *const version_names[MMI_NR_LINUX_VERSIONS] = {
    [MMI_LINUX_4_13] = "4.13", [MMI_LINUX_5_16] = "5.16", [MMI_LINUX_6_1] = "6.1",
    [MMI_LINUX_6_12] = "6.12", [MMI_LINUX_7_X] = "7.x",
};

static const char *const zone_names[MMI_NR_ZONES] = {
    [MMI_ZONE_DMA] = "DMA",         [MMI_ZONE_DMA32] = "DMA32",   [MMI_ZONE_NORMAL] = "Normal",
    [MMI_ZONE_MOVABLE] = "Movable", [MMI_ZONE_DEVICE] = "Device",
};

void mmi_geometry_init(struct mmi_geometry *geometry, enum mmi_arch arch)
{
	*geometry = arch_rows[arch].geometry;
	geometry->arch = arch;
	geometry->subsection_shift = 21; /* 2 MiB everywhere */
}

const char *mmi_arch_name(enum mmi_arch arch)
{
	return arch_rows[arch].name;
}

const char *mmi_linux_version_name(enum mmi_linux_version version)
{
	return version_names[version];
}

const char *mmi_zone_type_name(enum mmi_zone_type type)
{
	return zone_names[type];
}

enum mmi_linux_version mmi_linux_version_of(unsigned major, unsigned minor)
{
	if (major >= 7)
		return MMI_LINUX_7_X;
	if (major == 6)
		return minor >= 12 ? MMI_LINUX_6_12 : minor >= 1 ? MMI_LINUX_6_1 : MMI_LINUX_5_16;
	return major == 5 && minor >= 16 ? MMI_LINUX_5_16 : MMI_LINUX_4_13;
}
