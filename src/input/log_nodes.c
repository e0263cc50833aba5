/* SPDX-License-Identifier: MIT */
/*
 * Ranges of nodes and zones in a boot log, as the page allocator is set up with them.
 *
 *   Zone ranges:
 *     DMA32    [mem 0x0000000001000000-0x00000000ffffffff]        or "empty"
 *   Early memory node ranges
 *     node   0: [mem 0x0000000000001000-0x000000000009efff]
 *   Initmem setup node 1 [mem 0x...-0x...]
 *   Initmem setup node 4 as memoryless
 *   Could not find start_pfn for node 1                          older: an online node
 */
#include "input/boot_log.h"

static const struct {
	const char *name;
	enum mmi_zone_type type;
} zone_words[] = {
    {"DMA32 ", MMI_ZONE_DMA32},     {"DMA ", MMI_ZONE_DMA},       {"Normal ", MMI_ZONE_NORMAL},
    {"Movable ", MMI_ZONE_MOVABLE}, {"Device ", MMI_ZONE_DEVICE},
};

static int zone_line(struct mmi_log *log, const struct mmi_line *line, struct mmi_scan *scan,
		     enum mmi_zone_type type)
{
	struct mmi_byte_span span = {0, 0};

	mmi_scan_blanks(scan);
	if (!mmi_scan_word(scan, "empty")) {
		const char *expected = mmi_scan_bracket_range(scan, &span);
		if (expected)
			return mmi_log_bad_line(log, MMI_LOG_ZONES, line, scan, expected);
	}
	mmi_log_note_line(log, MMI_LOG_ZONES, line);
	log->zones[type] = (struct mmi_log_zone){.is_listed = true, .span = span};
	return 1;
}

/* "  0: [mem A-B]" behind "node" */
static int early_line(struct mmi_log *log, const struct mmi_line *line, struct mmi_scan *scan)
{
	struct mmi_byte_range range = {.line = line->number, .kind = 1, .from_kinds = MMI_FROM_ANY};
	struct mmi_byte_span span;

	const char *expected = mmi_scan_nid(scan, &range.nid);
	if (!expected && !mmi_scan_word(scan, ": "))
		return mmi_scan_is_done(scan) && line->unterminated
			   ? mmi_log_bad_line(log, MMI_LOG_EARLY_NODES, line, scan,
					      "\":\" and a range of addresses")
			   : 0;
	if (!expected)
		expected = mmi_scan_bracket_range(scan, &span);
	if (expected)
		return mmi_log_bad_line(log, MMI_LOG_EARLY_NODES, line, scan, expected);
	mmi_log_note_line(log, MMI_LOG_EARLY_NODES, line);
	log->is_possible[range.nid] = true;
	range.start = span.start;
	range.end = span.end;
	return mmi_log_taken(mmi_byte_ranges_append(&log->early_nodes, &range, log->err));
}

/* What stands behind "Initmem setup node": ranges are known already, nodes may be new. */
static int setup_line(struct mmi_log *log, const struct mmi_line *line, struct mmi_scan *scan)
{
	int nid;

	const char *expected = mmi_scan_nid(scan, &nid);
	if (expected)
		return mmi_log_bad_line(log, MMI_LOG_EARLY_NODES, line, scan, expected);
	log->is_possible[nid] = true;
	/* Kernels that say "as memoryless" say it of offline nodes too; older ones skip those. */
	if (mmi_scan_find(scan, "[mem"))
		log->is_online[nid] = true;
	return 1;
}

static int no_start_line(struct mmi_log *log, const struct mmi_line *line, struct mmi_scan *scan)
{
	int nid;

	const char *expected = mmi_scan_nid(scan, &nid);
	if (expected)
		return mmi_log_bad_line(log, MMI_LOG_EARLY_NODES, line, scan, expected);
	log->is_possible[nid] = true;
	log->is_online[nid] = true;
	return 1;
}

int mmi_log_nodes_line(struct mmi_log *log, const struct mmi_line *line)
{
	struct mmi_scan scan = {line->text, line->end};

	if (log->is_handed_over)
		return 0;
	if (mmi_scan_word(&scan, "Zone ranges:")) {
		log->in_zone_list = true;
		return 1;
	}
	if (mmi_scan_word(&scan, "Movable zone start")) {
		log->in_zone_list = false;
		return 1;
	}
	for (size_t i = 0; log->in_zone_list && i < sizeof(zone_words) / sizeof(zone_words[0]); i++)
		if (mmi_scan_word(&scan, zone_words[i].name))
			return zone_line(log, line, &scan, zone_words[i].type);
	if (mmi_scan_word(&scan, "node "))
		return early_line(log, line, &scan);
	if (mmi_scan_word(&scan, "Initmem setup node"))
		return setup_line(log, line, &scan);
	if (mmi_scan_word(&scan, "Could not find start_pfn for node"))
		return no_start_line(log, line, &scan);
	return 0;
}
