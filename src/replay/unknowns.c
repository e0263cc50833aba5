/* SPDX-License-Identifier: MIT */
/* What no log determines: a closed list, each entry with its reason. */
#include "mminit/replay.h"

/* In the order of the versions from which on an entry holds. */
static const struct mmi_unknown_figure unknowns[] = {
    {"free pages: /proc/buddyinfo, the free counts of /proc/zoneinfo and /proc/pagetypeinfo",
     "they change with every allocation between the messages and the dump"},
    {"the migratetypes of pageblocks (their sum is known)",
     "an allocation that falls back converts the pageblock it takes from"},
    {"which frames of the kernel image were given back (their number is known)",
     "\"Freeing ... memory\" lines give sizes, not addresses"},
    {"which memory blocks refuse to go offline",
     "it depends on what is allocated in them; the log's result of the write is taken"},
    {"where hot-added memory lies, without the emulator's command line",
     "no message says it; DIMMs without an address fill the lowest window from below"},
    {"CPUs and distances of nodes, without sysfs files or SRAT lines",
     "no other message has them; then one CPU is assumed, and distances 10 and 20"},
    {"times, fill of CPU lists, all other counters of /proc/zoneinfo and /proc/meminfo",
     "they depend on what has run"},
    {"X of \"Memory: X/Y available\" (it is at most Y - Z)",
     "printed after the deferred part and start-up allocations, which no message counts"},
    {"the current \"high\" of a CPU's page lists",
     "it tunes itself between two bounds, by how pages are allocated and freed"},
};

#define NR_UNKNOWNS           (sizeof(unknowns) / sizeof(unknowns[0]))
#define NR_UNKNOWN_SINCE_6_12 2

const struct mmi_unknown_figure *mmi_unknown_figures(enum mmi_linux_version version, size_t *nr)
{
	*nr = version >= MMI_LINUX_6_12 ? NR_UNKNOWNS : NR_UNKNOWNS - NR_UNKNOWN_SINCE_6_12;
	return unknowns;
}
