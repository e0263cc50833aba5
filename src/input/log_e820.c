/* SPDX-License-Identifier: MIT */
/*
 * The firmware's memory table of x86 in a boot log, and the kernel's edits of it.
 *
 *   BIOS-e820: [mem 0x0000000000100000-0x00000000bffdffff] usable      end inclusive
 *   BIOS-e820: 0000000000100000 - 00000000bffe0000 (usable)            before 3.5, end exclusive
 *   e820: update [mem 0x00000000-0x00000fff] usable ==> reserved
 *   e820: remove [mem 0x000a0000-0x000fffff] usable
 *
 * Newest kernels name the types "System RAM" and "device reserved", and list the gaps too.
 */
#include <string.h>

#include "input/boot_log.h"

static const struct {
	const char *name;
	enum mmi_e820_kind kind;
} types[] = {
    {"usable", MMI_E820_USABLE},
    {"System RAM", MMI_E820_USABLE},
    {"reserved", MMI_E820_RESERVED},
    {"device reserved", MMI_E820_RESERVED},
    {"soft reserved", MMI_E820_SOFT_RESERVED},
    {"ACPI data", MMI_E820_ACPI_DATA},
    {"ACPI NVS", MMI_E820_ACPI_NVS},
    {"unusable", MMI_E820_UNUSABLE},
    {"persistent", MMI_E820_PERSISTENT},
    {"type ", MMI_E820_RESERVED}, /* one that the kernel has no name for */
};

/* The tables, in the order in which the kernel prints them: each replaces the one before. */
static const char *const tables[] = {
    "BIOS-e820:", "Xen:", "user:", "modified:", "extended:", "reserve setup_data:"};

static const char *scan_type(struct mmi_scan *scan, enum mmi_e820_kind *kind)
{
	mmi_scan_blanks(scan);
	const bool in_parentheses = mmi_scan_word(scan, "(");
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if (!mmi_scan_word_nocase(scan, types[i].name))
			continue;
		*kind = types[i].kind;
		if (in_parentheses && !mmi_scan_find(scan, ")"))
			return "\")\" behind the type";
		return NULL;
	}
	return "a type of memory: usable, reserved, ACPI data, ...";
}

/* "[mem A-B]", or of old kernels "A - B" with an exclusive end */
static const char *scan_range(struct mmi_scan *scan, struct mmi_byte_span *span)
{
	if (scan->at < scan->end && *scan->at == '[')
		return mmi_scan_bracket_range(scan, span);
	if (!mmi_scan_hex(scan, &span->start))
		return "\"[mem\" and a range of addresses";
	mmi_scan_blanks(scan);
	if (!mmi_scan_word(scan, "-"))
		return "\"-\" and the end of the range";
	mmi_scan_blanks(scan);
	const char *end_at = scan->at;
	if (!mmi_scan_hex(scan, &span->end))
		return "the end of the range, an address";
	if (span->end >= span->start)
		return NULL;
	scan->at = end_at;
	return "an end that is not before the start";
}

/* A table of another name begins: what stood in the one before no longer counts. */
static int begin_table(struct mmi_log *log, const char *name)
{
	const struct mmi_byte_span everything = {0, UINT64_MAX};

	if (!strncmp(log->e820_table, name, sizeof(log->e820_table) - 1))
		return 0;
	const bool is_first = !log->e820_table[0];
	strncpy(log->e820_table, name, sizeof(log->e820_table) - 1);
	return is_first ? 0 : mmi_byte_ranges_cut(&log->e820, everything, log->err);
}

static int table_line(struct mmi_log *log, const struct mmi_line *line, struct mmi_scan *scan,
		      const char *table)
{
	struct mmi_byte_range entry = {.nid = -1, .line = line->number};
	struct mmi_byte_span span;
	enum mmi_e820_kind kind = MMI_E820_NOTHING;

	mmi_scan_blanks(scan);
	if (mmi_scan_word(scan, "[gap"))
		return 1;
	const char *expected = scan_range(scan, &span);
	if (!expected)
		expected = scan_type(scan, &kind);
	if (expected)
		return mmi_log_bad_line(log, MMI_LOG_E820, line, scan, expected);
	mmi_log_note_line(log, MMI_LOG_E820, line);
	if (!log->arch)
		log->arch = MMI_LOG_ARCH_X86_64;
	const int ret = begin_table(log, table);
	if (ret)
		return ret;
	entry.start = span.start;
	entry.end = span.end;
	entry.kind = (uint8_t)kind;
	entry.from_kinds = (uint8_t)((1u << kind) - 1); /* the stronger type keeps an overlap */
	return mmi_log_taken(mmi_byte_ranges_append(&log->e820, &entry, log->err));
}

/* An edit: ranges of one type become another, or go. */
static int edit_line(struct mmi_log *log, const struct mmi_line *line, struct mmi_scan *scan,
		     bool is_update)
{
	struct mmi_byte_range edit = {.nid = -1, .line = line->number};
	enum mmi_e820_kind from = MMI_E820_NOTHING, to = MMI_E820_NOTHING;
	struct mmi_byte_span span;

	mmi_scan_blanks(scan);
	const char *expected = scan_range(scan, &span);
	if (!expected)
		expected = scan_type(scan, &from);
	if (!expected && is_update) {
		mmi_scan_blanks(scan);
		if (!mmi_scan_find(scan, "==>"))
			expected = "\"==>\" and the new type";
		else
			expected = scan_type(scan, &to);
	}
	if (expected)
		return mmi_log_bad_line(log, MMI_LOG_E820, line, scan, expected);
	mmi_log_note_line(log, MMI_LOG_E820, line);
	edit.start = span.start;
	edit.end = span.end;
	edit.kind = (uint8_t)to;
	edit.from_kinds = (uint8_t)MMI_FROM(from);
	return mmi_log_taken(mmi_byte_ranges_append(&log->e820, &edit, log->err));
}

/* Tables other than the BIOS's have names that other messages may begin with, too. */
static bool is_table_line(const struct mmi_scan *scan)
{
	struct mmi_scan ahead = *scan;
	uint64_t value;

	mmi_scan_blanks(&ahead);
	return mmi_scan_word(&ahead, "[mem") || mmi_scan_word(&ahead, "[gap") ||
	       mmi_scan_hex(&ahead, &value);
}

int mmi_log_e820_line(struct mmi_log *log, const struct mmi_line *line)
{
	struct mmi_scan scan = {line->text, line->end};

	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		if (mmi_scan_word(&scan, tables[i]))
			return i && !is_table_line(&scan) ? 0
							  : table_line(log, line, &scan, tables[i]);
	if (!mmi_scan_word(&scan, "e820"))
		return 0;
	mmi_scan_word(&scan, ":");
	mmi_scan_blanks(&scan);
	const bool is_update = mmi_scan_word(&scan, "update");
	if (!is_update && !mmi_scan_word(&scan, "remove"))
		return 0;
	mmi_scan_blanks(&scan);
	mmi_scan_word(&scan, "range:");
	return edit_line(log, line, &scan, is_update);
}
