/* SPDX-License-Identifier: MIT */
/* Sizes and times as people read them. */
#include "mminit/report.h"

const char *mmi_report_size(char buffer[MMI_REPORT_UNIT_BYTES], uint64_t size_bytes)
{
	static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
	unsigned unit = 0;

	while (unit < 6 && size_bytes >> (10 * (unit + 1)))
		unit++;
	const uint64_t one = 1ull << (10 * unit);
	if (size_bytes % one == 0)
		snprintf(buffer, MMI_REPORT_UNIT_BYTES, "%llu %s",
			 (unsigned long long)(size_bytes / one), units[unit]);
	else
		snprintf(buffer, MMI_REPORT_UNIT_BYTES, "%.1f %s", (double)size_bytes / (double)one,
			 units[unit]);
	return buffer;
}

const char *mmi_report_time(char buffer[MMI_REPORT_UNIT_BYTES], uint64_t elapsed_ns)
{
	const double ns = (double)elapsed_ns;

	if (elapsed_ns >= 1000000000)
		snprintf(buffer, MMI_REPORT_UNIT_BYTES, "%.2f s", ns / 1e9);
	else if (elapsed_ns >= 1000000)
		snprintf(buffer, MMI_REPORT_UNIT_BYTES, "%.2f ms", ns / 1e6);
	else
		snprintf(buffer, MMI_REPORT_UNIT_BYTES, "%.0f us", ns / 1e3);
	return buffer;
}
