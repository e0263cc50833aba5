/* SPDX-License-Identifier: MIT */
/* The algorithms that have names. */
#include "mminit/strategy.h"

#include <string.h>

/* Operations are no constants of the language across files: the table holds how to get them. */
static const struct {
	const char *name;
	const char *summary;
	enum mmi_linux_version version; /* of Linux's; MMI_NR_LINUX_VERSIONS: the engine */
} rows[] = {
    {"mminit", "chunks of whole sections, blocks initialised and then freed",
     MMI_NR_LINUX_VERSIONS},
    {"linux-6.1", "a job for each run of free memory, pageblocks freed whole", MMI_LINUX_6_1},
    {"linux-6.12", "the same, max-order blocks freed whole", MMI_LINUX_6_12},
    {"linux-7.x", "one job a node, each piece freed at once", MMI_LINUX_7_X},
};

#define NR_ROWS (sizeof(rows) / sizeof(rows[0]))

bool mmi_strategy(size_t index, struct mmi_strategy *strategy)
{
	if (index >= NR_ROWS)
		return false;
	*strategy = (struct mmi_strategy){
	    .name = rows[index].name,
	    .summary = rows[index].summary,
	    .ops = rows[index].version == MMI_NR_LINUX_VERSIONS
		       ? mmi_deferred_engine()
		       : mmi_linux_strategy(rows[index].version),
	    .version = rows[index].version,
	};
	return true;
}

bool mmi_strategy_find(const char *name, struct mmi_strategy *strategy)
{
	for (size_t i = 0; mmi_strategy(i, strategy); i++)
		if (!strcmp(strategy->name, name))
			return true;
	return false;
}
