/* SPDX-License-Identifier: MIT */
/*
 * /proc/iomem: "  01000000-022090c7 : Kernel code", two blanks a level.  Who is not privileged
 * reads zeros for all addresses.
 */
#include <errno.h>

#include "input/host_ranges.h"
#include "input/line_reader.h"

/* What lies inside memory and is taken for good. */
static const char *const reserved_names[] = {"Kernel code", "Kernel rodata", "Kernel data",
					     "Kernel bss",  "Crash kernel",  "Reserved",
					     "reserved"};
static const char *const persistent_names[] = {"Persistent Memory", "Soft Reserved"};

void mmi_host_ranges_deinit(struct mmi_host_ranges *ranges)
{
	mmi_byte_ranges_deinit(&ranges->memory);
	mmi_byte_ranges_deinit(&ranges->reserved);
	mmi_byte_ranges_deinit(&ranges->persistent);
}

static bool has_name(struct mmi_scan scan, const char *const *names, size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		if (mmi_scan_word(&scan, names[i]))
			return true;
	return false;
}

/* Memory that a driver gave to the kernel shows as "System RAM (kmem)", inside another range. */
static struct mmi_byte_ranges *list_for(struct mmi_host_ranges *ranges, struct mmi_scan scan)
{
	if (mmi_scan_word(&scan, "System RAM"))
		return &ranges->memory;
	if (has_name(scan, persistent_names, sizeof(persistent_names) / sizeof(*persistent_names)))
		return &ranges->persistent;
	if (has_name(scan, reserved_names, sizeof(reserved_names) / sizeof(*reserved_names)))
		return &ranges->reserved;
	return NULL;
}

static const char *scan_line(struct mmi_scan *scan, struct mmi_byte_span *span)
{
	const char *expected = mmi_scan_inclusive_range(scan, span);

	if (expected)
		return expected;
	return mmi_scan_word(scan, " : ") ? NULL : "\" : \" and the name of a resource";
}

int mmi_proc_iomem_read(struct mmi_host_ranges *ranges, const char *text, size_t size_bytes,
			bool *is_hidden, struct mmi_error *err)
{
	struct mmi_line_reader reader;
	struct mmi_line line;
	uint64_t highest = 0;

	*is_hidden = false;
	int ret = mmi_line_reader_init(&reader, text, size_bytes, err);
	while (!ret && mmi_line_reader_next(&reader, &line)) {
		struct mmi_scan scan = {line.text, line.end};
		struct mmi_byte_span span;
		if (mmi_scan_is_done(&scan))
			continue;
		const char *expected = scan_line(&scan, &span);
		if (expected)
			return mmi_error_set_at(err, -EINVAL, line.number,
						mmi_line_reader_column(&reader, scan.at),
						"/proc/iomem: %s expected", expected);
		struct mmi_byte_ranges *list = list_for(ranges, scan);
		if (list)
			ret = mmi_byte_ranges_put(list, span, line.number, err);
		if (span.end > highest)
			highest = span.end;
	}
	if (ret)
		return ret;
	*is_hidden = reader.number && highest <= 1; /* 0-0 reads as [0, 1) */
	if (*is_hidden)
		mmi_host_ranges_deinit(ranges);
	return ranges->memory.nr > 0;
}
