/* SPDX-License-Identifier: MIT */
/* A cursor over a piece of text: words, numbers, ranges of addresses. */
#include <string.h>
#include <strings.h>

#include "input/scan.h"
#include "mminit/machine.h"

static const char bad_nid[] = "a node id of 0 to 1023";
_Static_assert(MMI_MAX_NODES == 1024, "bad_nid says so");

void mmi_scan_blanks(struct mmi_scan *scan)
{
	while (scan->at < scan->end && (*scan->at == ' ' || *scan->at == '\t'))
		scan->at++;
}

bool mmi_scan_word(struct mmi_scan *scan, const char *word)
{
	const size_t length = strlen(word);

	if ((size_t)(scan->end - scan->at) < length || memcmp(scan->at, word, length) != 0)
		return false;
	scan->at += length;
	return true;
}

bool mmi_scan_word_nocase(struct mmi_scan *scan, const char *word)
{
	const size_t length = strlen(word);

	if ((size_t)(scan->end - scan->at) < length || strncasecmp(scan->at, word, length) != 0)
		return false;
	scan->at += length;
	return true;
}

bool mmi_scan_find(struct mmi_scan *scan, const char *word)
{
	const size_t length = strlen(word);
	const char *at = scan->at;

	while ((size_t)(scan->end - at) >= length) {
		at = memchr(at, word[0], (size_t)(scan->end - at) - length + 1);
		if (!at)
			return false;
		if (!memcmp(at, word, length)) {
			scan->at = at + length;
			return true;
		}
		at++;
	}
	return false;
}

static int digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return 16;
}

static bool scan_digits(struct mmi_scan *scan, unsigned base, uint64_t *value)
{
	const char *at = scan->at;
	uint64_t sum = 0;

	for (; at < scan->end; at++) {
		const unsigned digit = (unsigned)digit_value(*at);
		if (digit >= base)
			break;
		if (sum > (UINT64_MAX - digit) / base)
			return false;
		sum = sum * base + digit;
	}
	if (at == scan->at)
		return false;
	scan->at = at;
	*value = sum;
	return true;
}

bool mmi_scan_decimal(struct mmi_scan *scan, uint64_t *value)
{
	return scan_digits(scan, 10, value);
}

bool mmi_scan_hex(struct mmi_scan *scan, uint64_t *value)
{
	const char *before = scan->at;

	mmi_scan_word_nocase(scan, "0x");
	if (scan_digits(scan, 16, value))
		return true;
	scan->at = before;
	return false;
}

const char *mmi_scan_inclusive_range(struct mmi_scan *scan, struct mmi_byte_span *span)
{
	uint64_t start, last;
	const char *end_at;

	if (!mmi_scan_hex(scan, &start))
		return "an address";
	if (!mmi_scan_word(scan, "-"))
		return "\"-\" and the end of the range";
	end_at = scan->at;
	if (!mmi_scan_hex(scan, &last))
		return "the end of the range, an address";
	if (last + 1 < start && last != UINT64_MAX) {
		scan->at = end_at;
		return "an end that is not before the start";
	}
	span->start = start;
	span->end = last == UINT64_MAX && start ? UINT64_MAX : last + 1;
	return NULL;
}

const char *mmi_scan_bracket_range(struct mmi_scan *scan, struct mmi_byte_span *span)
{
	if (!mmi_scan_word(scan, "["))
		return "\"[\" and a range of addresses";
	if (mmi_scan_word(scan, "mem"))
		mmi_scan_blanks(scan);
	const char *expected = mmi_scan_inclusive_range(scan, span);
	if (expected)
		return expected;
	return mmi_scan_word(scan, "]") ? NULL : "\"]\" behind the range";
}

const char *mmi_scan_nid(struct mmi_scan *scan, int *nid)
{
	uint64_t value;

	mmi_scan_blanks(scan);
	const char *before = scan->at;
	if (!mmi_scan_decimal(scan, &value))
		return bad_nid;
	if (value >= MMI_MAX_NODES) {
		scan->at = before;
		return bad_nid;
	}
	*nid = (int)value;
	return NULL;
}
