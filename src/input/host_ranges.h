/* SPDX-License-Identifier: MIT */
/*
 * The memory of the machine that this process runs on, as files of /proc and /sys tell it.
 *
 *   proc_iomem         /proc/iomem: all that exists now, and where the kernel lies; root only
 *   firmware_memmap    /sys/firmware/memmap: what the firmware told the kernel
 *   proc_zoneinfo      /proc/zoneinfo: the span of each zone, and how much of it is memory
 *
 * The parsers take text, so that a test can feed them.
 */
#ifndef INPUT_HOST_RANGES_H
#define INPUT_HOST_RANGES_H

#include "input/byte_ranges.h"

/* Zeroed: nothing known.  Memory is without nodes, but for what proc_zoneinfo finds. */
struct mmi_host_ranges {
	struct mmi_byte_ranges memory;
	struct mmi_byte_ranges reserved;
	struct mmi_byte_ranges persistent;
};

void mmi_host_ranges_deinit(struct mmi_host_ranges *ranges);

/*
 * Reads a text of /proc/iomem.  1: ranges were found; 0: the text has none, or hides them from
 * who is not privileged (@is_hidden); -EINVAL, -ENOMEM.
 */
int mmi_proc_iomem_read(struct mmi_host_ranges *ranges, const char *text, size_t size_bytes,
			bool *is_hidden, struct mmi_error *err);

/* Adds one entry: the texts of its files start, end and type.  0, -EINVAL, -ENOMEM. */
int mmi_firmware_memmap_add(struct mmi_host_ranges *ranges, const char *start, const char *end,
			    const char *type, struct mmi_error *err);
/* Reads the directory.  1: memory was found; 0: it is not there or has none; -EINVAL, -ENOMEM. */
int mmi_firmware_memmap_read(struct mmi_host_ranges *ranges, const char *directory,
			     struct mmi_error *err);

/* One zone of /proc/zoneinfo. */
struct mmi_zoneinfo_zone {
	int nid;
	enum mmi_zone_type type;
	uint64_t start_pfn;
	uint64_t nr_spanned_pages;
	uint64_t nr_present_pages;
	uint64_t nr_managed_pages;
};

struct mmi_zoneinfo {
	struct mmi_zoneinfo_zone *zones;
	size_t nr;
	size_t capacity;
};

void mmi_zoneinfo_deinit(struct mmi_zoneinfo *zoneinfo);
/* Reads a text of /proc/zoneinfo into @zoneinfo (zeroed).  -EINVAL, -ENOMEM. */
int mmi_zoneinfo_read(struct mmi_zoneinfo *zoneinfo, const char *text, size_t size_bytes,
		      struct mmi_error *err);
/* The spans of the zones as ranges with nodes.  -ENOMEM. */
int mmi_zoneinfo_spans(const struct mmi_zoneinfo *zoneinfo, unsigned page_shift,
		       struct mmi_byte_ranges *spans, struct mmi_error *err);
/* The same, each cut to the number of its present pages: a guess of where they lie. */
int mmi_zoneinfo_memory(const struct mmi_zoneinfo *zoneinfo, unsigned page_shift,
			struct mmi_byte_ranges *memory, struct mmi_error *err);

#endif
