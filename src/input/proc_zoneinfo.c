/* SPDX-License-Identifier: MIT */
/*
 * /proc/zoneinfo:
 *
 *   Node 0, zone    DMA32
 *     ...
 *           spanned  1044480
 *           present  782208
 *           managed  759728
 *     start_pfn:           4096
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "input/host_ranges.h"
#include "input/line_reader.h"

#define MAX_ZONES (MMI_MAX_NODES * MMI_NR_ZONES)

void mmi_zoneinfo_deinit(struct mmi_zoneinfo *zoneinfo)
{
	free(zoneinfo->zones);
	*zoneinfo = (struct mmi_zoneinfo){0};
}

static const char *scan_zone_type(struct mmi_scan *scan, enum mmi_zone_type *type)
{
	const size_t length = (size_t)(scan->end - scan->at);

	for (int z = 0; z < MMI_NR_ZONES; z++) {
		const char *name = mmi_zone_type_name(z);
		if (strlen(name) != length || memcmp(name, scan->at, length) != 0)
			continue;
		*type = z;
		return NULL;
	}
	return "a zone: DMA, DMA32, Normal, Movable or Device";
}

/* Behind "Node ": " 0, zone    DMA32" */
static const char *scan_header(struct mmi_scan *scan, struct mmi_zoneinfo_zone *zone)
{
	const char *expected = mmi_scan_nid(scan, &zone->nid);

	if (expected)
		return expected;
	if (!mmi_scan_word(scan, ", zone"))
		return "\", zone\"";
	mmi_scan_blanks(scan);
	return scan_zone_type(scan, &zone->type);
}

static int add_zone(struct mmi_zoneinfo *zoneinfo, const struct mmi_zoneinfo_zone *zone,
		    struct mmi_error *err)
{
	if (zoneinfo->nr == MAX_ZONES)
		return mmi_error_set(err, -EINVAL, "/proc/zoneinfo: more than %d zones", MAX_ZONES);
	if (zoneinfo->nr == zoneinfo->capacity) {
		const size_t capacity = zoneinfo->capacity ? zoneinfo->capacity * 2 : 16;
		struct mmi_zoneinfo_zone *zones =
		    realloc(zoneinfo->zones, capacity * sizeof(*zones));
		if (!zones)
			return mmi_error_set(err, -ENOMEM, "no memory for %zu zones", capacity);
		zoneinfo->zones = zones;
		zoneinfo->capacity = capacity;
	}
	zoneinfo->zones[zoneinfo->nr++] = *zone;
	return 0;
}

/* A line inside a zone: a figure that is wanted, or anything else. */
static void read_figure(struct mmi_zoneinfo_zone *zone, struct mmi_scan scan)
{
	uint64_t *figure = NULL;

	if (mmi_scan_word(&scan, "spanned "))
		figure = &zone->nr_spanned_pages;
	else if (mmi_scan_word(&scan, "present "))
		figure = &zone->nr_present_pages;
	else if (mmi_scan_word(&scan, "managed "))
		figure = &zone->nr_managed_pages;
	else if (mmi_scan_word(&scan, "start_pfn:"))
		figure = &zone->start_pfn;
	mmi_scan_blanks(&scan);
	if (figure)
		mmi_scan_decimal(&scan, figure);
}

int mmi_zoneinfo_read(struct mmi_zoneinfo *zoneinfo, const char *text, size_t size_bytes,
		      struct mmi_error *err)
{
	struct mmi_line_reader reader;
	struct mmi_line line;
	int ret = mmi_line_reader_init(&reader, text, size_bytes, err);

	while (!ret && mmi_line_reader_next(&reader, &line)) {
		struct mmi_scan scan = {line.text, line.end};
		if (!mmi_scan_word(&scan, "Node ")) {
			if (zoneinfo->nr)
				read_figure(&zoneinfo->zones[zoneinfo->nr - 1], scan);
			continue;
		}
		struct mmi_zoneinfo_zone zone = {0};
		const char *expected = scan_header(&scan, &zone);
		if (expected)
			ret = mmi_error_set_at(err, -EINVAL, line.number,
					       mmi_line_reader_column(&reader, scan.at),
					       "/proc/zoneinfo: %s expected", expected);
		else
			ret = add_zone(zoneinfo, &zone, err);
	}
	if (ret)
		mmi_zoneinfo_deinit(zoneinfo);
	return ret;
}

static int append_zones(const struct mmi_zoneinfo *zoneinfo, unsigned page_shift, bool only_present,
			struct mmi_byte_ranges *out, struct mmi_error *err)
{
	const uint64_t limit_pfn = 1ull << (63 - page_shift);
	int ret = 0;

	for (size_t i = 0; !ret && i < zoneinfo->nr; i++) {
		const struct mmi_zoneinfo_zone *zone = &zoneinfo->zones[i];
		const uint64_t nr_pages =
		    only_present ? zone->nr_present_pages : zone->nr_spanned_pages;
		if (zone->start_pfn >= limit_pfn || nr_pages > limit_pfn - zone->start_pfn)
			continue;
		const struct mmi_byte_range range = {
		    .start = zone->start_pfn << page_shift,
		    .end = (zone->start_pfn + nr_pages) << page_shift,
		    .nid = zone->nid,
		    .kind = 1,
		    .from_kinds = MMI_FROM_NOTHING,
		};
		ret = mmi_byte_ranges_append(out, &range, err);
	}
	return ret;
}

int mmi_zoneinfo_spans(const struct mmi_zoneinfo *zoneinfo, unsigned page_shift,
		       struct mmi_byte_ranges *spans, struct mmi_error *err)
{
	return append_zones(zoneinfo, page_shift, false, spans, err);
}

int mmi_zoneinfo_memory(const struct mmi_zoneinfo *zoneinfo, unsigned page_shift,
			struct mmi_byte_ranges *memory, struct mmi_error *err)
{
	return append_zones(zoneinfo, page_shift, true, memory, err);
}
