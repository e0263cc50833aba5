/* SPDX-License-Identifier: MIT */
/* /sys/firmware/memmap: a directory for each entry of the firmware's table, with three files. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "input/host_ranges.h"
#include "input/text_file.h"

#define MAX_ENTRIES 65536

int mmi_firmware_memmap_add(struct mmi_host_ranges *ranges, const char *start, const char *end,
			    const char *type, struct mmi_error *err)
{
	struct mmi_scan start_scan = {start, start + strlen(start)};
	struct mmi_scan end_scan = {end, end + strlen(end)};
	struct mmi_scan type_scan = {type, type + strlen(type)};
	struct mmi_byte_span span;
	uint64_t last;

	if (!mmi_scan_hex(&start_scan, &span.start) || !mmi_scan_hex(&end_scan, &last) ||
	    last < span.start)
		return mmi_error_set(err, -EINVAL,
				     "/sys/firmware/memmap: \"%.*s\" to \"%.*s\": a range of "
				     "addresses expected",
				     (int)strcspn(start, "\n"), start, (int)strcspn(end, "\n"),
				     end);
	span.end = last == UINT64_MAX ? last : last + 1;
	if (mmi_scan_word(&type_scan, "System RAM"))
		return mmi_byte_ranges_put(&ranges->memory, span, 0, err);
	if (mmi_scan_word(&type_scan, "Persistent Memory") ||
	    mmi_scan_word(&type_scan, "Soft Reserved"))
		return mmi_byte_ranges_put(&ranges->persistent, span, 0, err);
	return 0;
}

/* A file of entry @index; NULL when there is none. */
static char *read_part(const char *directory, unsigned index, const char *part)
{
	char path[512];
	size_t size_bytes;

	snprintf(path, sizeof(path), "%s/%u/%s", directory, index, part);
	return mmi_text_file_read(path, &size_bytes);
}

/* 1: the entry was read; 0: there is no such entry. */
static int read_entry(struct mmi_host_ranges *ranges, const char *directory, unsigned index,
		      struct mmi_error *err)
{
	char *start = read_part(directory, index, "start");
	char *end = read_part(directory, index, "end");
	char *type = read_part(directory, index, "type");
	int ret = 0;

	if (start && end && type) {
		ret = mmi_firmware_memmap_add(ranges, start, end, type, err);
		if (!ret)
			ret = 1;
	}
	free(start);
	free(end);
	free(type);
	return ret;
}

int mmi_firmware_memmap_read(struct mmi_host_ranges *ranges, const char *directory,
			     struct mmi_error *err)
{
	int ret = 1;

	for (unsigned index = 0; ret == 1 && index < MAX_ENTRIES; index++)
		ret = read_entry(ranges, directory, index, err);
	return ret < 0 ? ret : ranges->memory.nr > 0;
}
