/* SPDX-License-Identifier: MIT */
/*
 * What stands before a kernel message.
 *
 * Each kind of prefix is a function that passes it, or leaves the cursor alone; they are tried
 * until none fits, so that any order of them is understood.
 */
#include <string.h>

#include "input/line_prefix.h"

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool skip_digits(struct mmi_scan *scan, size_t min, size_t max)
{
	size_t nr = 0;

	while (scan->at + nr < scan->end && nr < max && is_digit(scan->at[nr]))
		nr++;
	if (nr < min)
		return false;
	scan->at += nr;
	return true;
}

static bool skip_char(struct mmi_scan *scan, char c)
{
	if (scan->at == scan->end || *scan->at != c)
		return false;
	scan->at++;
	return true;
}

/* A run without blanks; false when there is none. */
static bool skip_token(struct mmi_scan *scan)
{
	const char *before = scan->at;

	while (scan->at < scan->end && *scan->at != ' ' && *scan->at != '\t')
		scan->at++;
	return scan->at > before;
}

static bool skip_name(struct mmi_scan *scan, const char *const *names, size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		if (mmi_scan_word(scan, names[i]))
			return true;
	return false;
}

/* "> " of a quoted mail, any depth */
static bool skip_quote(struct mmi_scan *scan)
{
	return skip_char(scan, '>');
}

/* "<6>" */
static bool skip_level(struct mmi_scan *scan)
{
	return skip_char(scan, '<') && skip_digits(scan, 1, 3) && skip_char(scan, '>');
}

/* "    0.000000", "  +0.430956", "T1", " C12", "Thu Aug  2 15:45:46 2018": inside brackets */
static bool is_stamp(struct mmi_scan *scan)
{
	static const char *const days[] = {"Mon ", "Tue ", "Wed ", "Thu ", "Fri ", "Sat ", "Sun "};

	mmi_scan_blanks(scan);
	if (skip_name(scan, days, sizeof(days) / sizeof(days[0])))
		return mmi_scan_find(scan, "]");
	if (skip_char(scan, 'T') || skip_char(scan, 'C'))
		return skip_digits(scan, 1, 10) && skip_char(scan, ']');
	if (skip_char(scan, '+') || skip_char(scan, '<'))
		mmi_scan_blanks(scan);
	if (!skip_digits(scan, 1, 12) || !skip_char(scan, '.') || !skip_digits(scan, 1, 9))
		return false;
	skip_char(scan, '>');
	return skip_char(scan, ']');
}

/* "[    0.000000]", "[    T1]" and all that is_stamp() knows */
static bool skip_stamp(struct mmi_scan *scan)
{
	return skip_char(scan, '[') && is_stamp(scan);
}

/* "15:45:46" or "15:45:46.123456" */
static bool skip_clock(struct mmi_scan *scan)
{
	if (!skip_digits(scan, 1, 2) || !skip_char(scan, ':') || !skip_digits(scan, 2, 2) ||
	    !skip_char(scan, ':') || !skip_digits(scan, 2, 2))
		return false;
	if (skip_char(scan, '.') || skip_char(scan, ','))
		skip_digits(scan, 1, 9);
	return true;
}

/* "Jun 30 21:12:14 " of syslog */
static bool skip_syslog_date(struct mmi_scan *scan)
{
	static const char *const months[] = {"Jan ", "Feb ", "Mar ", "Apr ", "May ", "Jun ",
					     "Jul ", "Aug ", "Sep ", "Oct ", "Nov ", "Dec "};

	if (!skip_name(scan, months, sizeof(months) / sizeof(months[0])))
		return false;
	mmi_scan_blanks(scan);
	if (!skip_digits(scan, 1, 2))
		return false;
	mmi_scan_blanks(scan);
	return skip_clock(scan);
}

/* "2015-10-01T18:25:37.33654", "2015-10-01 18:25:37+0200" */
static bool skip_iso_date(struct mmi_scan *scan)
{
	if (!skip_digits(scan, 4, 4) || !skip_char(scan, '-') || !skip_digits(scan, 2, 2) ||
	    !skip_char(scan, '-') || !skip_digits(scan, 2, 2))
		return false;
	if (!skip_char(scan, 'T') && !skip_char(scan, ' '))
		return false;
	if (!skip_clock(scan))
		return false;
	return mmi_scan_is_done(scan) || *scan->at == ' ' || skip_token(scan); /* zone */
}

/* "1680818652.123456 " of journalctl -o short-unix, where a host follows */
static bool skip_unix_time(struct mmi_scan *scan)
{
	return skip_digits(scan, 9, 12) && skip_char(scan, '.') && skip_digits(scan, 3, 9) &&
	       skip_char(scan, ' ');
}

/* "kernel: ", "localhost kernel: ", "host kernel[0]: " */
static bool skip_kernel_tag(struct mmi_scan *scan)
{
	if (!mmi_scan_word(scan, "kernel")) {
		if (!skip_token(scan))
			return false;
		mmi_scan_blanks(scan);
		if (!mmi_scan_word(scan, "kernel"))
			return false;
	}
	if (skip_char(scan, '[') && (!skip_digits(scan, 1, 10) || !skip_char(scan, ']')))
		return false;
	return skip_char(scan, ':') && (mmi_scan_is_done(scan) || *scan->at == ' ');
}

/* "kern  :info  : " of dmesg -x, "kern.info: " */
static bool skip_facility(struct mmi_scan *scan)
{
	static const char *const facilities[] = {"kern", "user", "daemon", "syslog"};
	static const char *const levels[] = {"emerg", "alert",  "crit", "err",
					     "warn",  "notice", "info", "debug"};

	if (!skip_name(scan, facilities, sizeof(facilities) / sizeof(facilities[0])))
		return false;
	mmi_scan_blanks(scan);
	if (!skip_char(scan, ':') && !skip_char(scan, '.'))
		return false;
	if (!skip_name(scan, levels, sizeof(levels) / sizeof(levels[0])))
		return false;
	mmi_scan_blanks(scan);
	return skip_char(scan, ':');
}

void mmi_line_prefix_skip(struct mmi_scan *scan)
{
	static bool (*const skips[])(struct mmi_scan *) = {
	    skip_quote,    skip_level,     skip_stamp,      skip_syslog_date,
	    skip_iso_date, skip_unix_time, skip_kernel_tag, skip_facility,
	};
	const size_t nr_skips = sizeof(skips) / sizeof(skips[0]);

	for (size_t i = 0; i < nr_skips;) {
		struct mmi_scan attempt = *scan;
		mmi_scan_blanks(&attempt);
		*scan = attempt;
		if (!skips[i](&attempt)) {
			i++;
			continue;
		}
		*scan = attempt;
		i = 0;
	}
}
