/* SPDX-License-Identifier: MIT */
/*
 * The firmware's memory map in a boot log of an EFI machine: the last resort, where a log has
 * neither memblock nor node ranges nor an e820 table.
 *
 *   efi: mem47: [Conventional Memory|   |...|WB|WT|WC|UC] range=[0x...-0x...) (784383MB)
 *   efi: mem16: type=4, attr=0xf, range=[0x...-0x...) (1MB)              oldest
 *   efi:   0x000000001000-0x000000307fff [Conventional Memory|...]       arm
 *
 * An end before ")" is exclusive, one before "]" inclusive.
 */
#include "input/boot_log.h"

/* Types that are ordinary memory once the boot services are gone. */
static const char *const usable_names[] = {"Conventional Memory", "Loader Code", "Loader Data",
					   "Boot Code", "Boot Data"};
enum { EFI_LOADER_CODE = 1, EFI_BOOT_DATA = 4, EFI_CONVENTIONAL = 7, EFI_PERSISTENT = 14 };

static uint8_t kind_of_name(struct mmi_scan scan)
{
	for (size_t i = 0; i < sizeof(usable_names) / sizeof(usable_names[0]); i++)
		if (mmi_scan_word(&scan, usable_names[i]))
			return MMI_E820_USABLE;
	return mmi_scan_word(&scan, "Persistent") ? MMI_E820_PERSISTENT : MMI_E820_RESERVED;
}

static uint8_t kind_of_number(uint64_t type)
{
	if ((type >= EFI_LOADER_CODE && type <= EFI_BOOT_DATA) || type == EFI_CONVENTIONAL)
		return MMI_E820_USABLE;
	return type == EFI_PERSISTENT ? MMI_E820_PERSISTENT : MMI_E820_RESERVED;
}

/* "[0xA-0xB)" or "[0xA-0xB]" */
static const char *scan_range(struct mmi_scan *scan, struct mmi_byte_span *span)
{
	if (!mmi_scan_word(scan, "["))
		return "\"[\" and a range of addresses";
	if (!mmi_scan_hex(scan, &span->start) || !mmi_scan_word(scan, "-"))
		return "a range of addresses";
	const char *end_at = scan->at;
	if (!mmi_scan_hex(scan, &span->end))
		return "the end of the range, an address";
	const bool is_inclusive = mmi_scan_word(scan, "]");
	if (!is_inclusive && !mmi_scan_word(scan, ")"))
		return "\")\" or \"]\" behind the range";
	if (is_inclusive && span->end != UINT64_MAX)
		span->end++;
	if (span->end >= span->start)
		return NULL;
	scan->at = end_at;
	return "an end that is not before the start";
}

/* What stands behind "mem47: " */
static const char *scan_x86(struct mmi_scan *scan, struct mmi_byte_span *span, uint8_t *kind)
{
	uint64_t type;

	if (mmi_scan_word(scan, "type=")) {
		if (!mmi_scan_decimal(scan, &type))
			return "a type of memory, a number";
		*kind = kind_of_number(type);
	} else if (mmi_scan_word(scan, "[")) {
		*kind = kind_of_name(*scan);
	} else {
		return "\"[\" and a type of memory";
	}
	return mmi_scan_find(scan, "range=") ? scan_range(scan, span)
					     : "\"range=\" and a range of addresses";
}

/* "0xA-0xB [Conventional Memory|" */
static const char *scan_arm(struct mmi_scan *scan, struct mmi_byte_span *span, uint8_t *kind)
{
	const char *expected = mmi_scan_inclusive_range(scan, span);

	if (expected)
		return expected;
	mmi_scan_blanks(scan);
	if (!mmi_scan_word(scan, "["))
		return "\"[\" and a type of memory";
	*kind = kind_of_name(*scan);
	return NULL;
}

int mmi_log_efi_line(struct mmi_log *log, const struct mmi_line *line)
{
	struct mmi_scan scan = {line->text, line->end};
	struct mmi_byte_range range = {.nid = -1, .line = line->number, .from_kinds = MMI_FROM_ANY};
	const char *expected;
	struct mmi_byte_span span;
	uint64_t index;

	if (!mmi_scan_word(&scan, "efi:"))
		return 0;
	mmi_scan_blanks(&scan);
	if (mmi_scan_word(&scan, "mem")) {
		if (!mmi_scan_decimal(&scan, &index) || !mmi_scan_word(&scan, ":"))
			return 0;
		mmi_scan_blanks(&scan);
		expected = scan_x86(&scan, &span, &range.kind);
	} else if (scan.end - scan.at > 2 && scan.at[0] == '0' && scan.at[1] == 'x') {
		expected = scan_arm(&scan, &span, &range.kind);
	} else {
		return 0;
	}
	if (expected)
		return mmi_log_bad_line(log, MMI_LOG_EFI, line, &scan, expected);
	mmi_log_note_line(log, MMI_LOG_EFI, line);
	range.start = span.start;
	range.end = span.end;
	return mmi_log_taken(mmi_byte_ranges_append(&log->efi, &range, log->err));
}
