/* SPDX-License-Identifier: MIT */
/* Sizes as people write them: 64G, 100p, 3s. */
#include <errno.h>

#include "input/size.h"

/* The unit at the cursor as a power of two; 0: none that is known, bytes. */
static int scan_unit_shift(struct mmi_scan *scan, const struct mmi_geometry *geometry)
{
	static const struct {
		const char *name;
		int shift;
	} units[] = {{"K", 10}, {"M", 20}, {"G", 30}, {"T", 40}, {"k", 10}},
	  kernel_units[] = {{"m", 20}, {"g", 30}, {"t", 40}, {"P", 50},
			    {"p", 50}, {"E", 60}, {"e", 60}};

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (mmi_scan_word(scan, units[i].name))
			return units[i].shift;
	for (size_t i = 0; !geometry && i < sizeof(kernel_units) / sizeof(kernel_units[0]); i++)
		if (mmi_scan_word(scan, kernel_units[i].name))
			return kernel_units[i].shift;
	if (geometry && mmi_scan_word(scan, "p"))
		return (int)geometry->page_shift;
	if (geometry && mmi_scan_word(scan, "s"))
		return (int)geometry->section_shift;
	return 0;
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

const char *mmi_scan_size(struct mmi_scan *scan, const struct mmi_geometry *geometry,
			  uint64_t *size_bytes)
{
	const char *before = scan->at;
	uint64_t value;
	const bool is_hex =
	    scan->end - scan->at > 2 && before[0] == '0' && (before[1] == 'x' || before[1] == 'X');

	if (is_hex ? !mmi_scan_hex(scan, &value) : !mmi_scan_decimal(scan, &value))
		return "a size: a number with K, M, G, T, p (pages) or s (sections), below 2^64";
	const int shift = scan_unit_shift(scan, geometry);
	if (!mmi_scan_is_done(scan) && is_letter(*scan->at))
		return "K, M, G, T, p (pages) or s (sections), or no unit,";
	if (value > UINT64_MAX >> shift) {
		scan->at = before;
		return "a size below 2^64 bytes";
	}
	*size_bytes = value << shift;
	return NULL;
}

int mmi_input_size(const char *text, size_t length, const struct mmi_geometry *geometry,
		   uint64_t *size_bytes, struct mmi_error *err)
{
	struct mmi_scan scan = {text, text + length};
	uint64_t value = 0;
	const char *expected = mmi_scan_size(&scan, geometry, &value);

	if (!expected && !mmi_scan_is_done(&scan))
		expected = "a size: a number with K, M, G, T, p (pages) or s (sections)";
	if (expected)
		return mmi_error_set_at(err, -EINVAL, 1, (uint32_t)(scan.at - text) + 1,
					"\"%.*s\": %s expected", length < 60 ? (int)length : 60,
					text, expected);
	*size_bytes = value;
	return 0;
}
