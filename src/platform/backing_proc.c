/* SPDX-License-Identifier: MIT */
/* How memory is really backed: what the system says in /proc/self, not what was asked for. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mminit/platform_native.h"

static uint64_t overlap_bytes(uint64_t start, uint64_t end, uint64_t range_start,
			      uint64_t range_end)
{
	uint64_t low = start > range_start ? start : range_start;
	uint64_t high = end < range_end ? end : range_end;

	return low < high ? high - low : 0;
}

/* "Rss:    12 kB" of field "Rss": 12288, and true. */
static bool parse_kib(const char *line, const char *field, uint64_t *bytes)
{
	size_t length = strlen(field);
	uint64_t kib;

	if (strncmp(line, field, length) != 0 || line[length] != ':' ||
	    sscanf(line + length + 1, "%" SCNu64, &kib) != 1)
		return false;
	*bytes = kib << 10;
	return true;
}

static bool has_flag(const char *line, const char *flag)
{
	return strncmp(line, "VmFlags:", 8) == 0 && strstr(line, flag);
}

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static void count_line(const char *line, uint64_t inside_bytes, struct mmi_native_backing *backing)
{
	uint64_t bytes;

	if (parse_kib(line, "Rss", &bytes))
		backing->resident_bytes += least(bytes, inside_bytes);
	else if (parse_kib(line, "AnonHugePages", &bytes))
		backing->huge_bytes += least(bytes, inside_bytes);
	else if (has_flag(line, " hg"))
		backing->advised_bytes += inside_bytes;
}

int mmi_native_backing_read(const void *start, size_t size_bytes,
			    struct mmi_native_backing *backing)
{
	uint64_t range_start = (uintptr_t)start;
	uint64_t map_start, map_end, inside_bytes = 0;
	FILE *file = fopen("/proc/self/smaps", "re");
	char *line = NULL;
	size_t capacity = 0;

	if (!file)
		return -errno;
	memset(backing, 0, sizeof(*backing));
	while (getline(&line, &capacity, file) >= 0) {
		/* A mapping's first line, "7f12...-7f34... rw-p ...", starts its figures. */
		if (sscanf(line, "%" SCNx64 "-%" SCNx64 " ", &map_start, &map_end) == 2)
			inside_bytes = overlap_bytes(map_start, map_end, range_start,
						     range_start + size_bytes);
		else if (inside_bytes)
			count_line(line, inside_bytes, backing);
	}
	free(line);
	fclose(file);
	return 0;
}

int mmi_native_usage_read(struct mmi_native_usage *usage)
{
	FILE *file = fopen("/proc/self/status", "re");
	char line[256];

	if (!file)
		return -errno;
	memset(usage, 0, sizeof(*usage));
	while (fgets(line, sizeof(line), file)) {
		if (!parse_kib(line, "VmHWM", &usage->peak_bytes))
			parse_kib(line, "VmRSS", &usage->resident_bytes);
	}
	fclose(file);
	return 0;
}
