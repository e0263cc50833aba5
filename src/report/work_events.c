/* SPDX-License-Identifier: MIT */
/* Finds the beginning of a run. */
#include "report/work_events.h"

static uint64_t earlier(uint64_t origin_ns, uint64_t start_ns)
{
	return start_ns && (!origin_ns || start_ns < origin_ns) ? start_ns : origin_ns;
}

uint64_t mmi_run_origin_ns(const struct mmi_deferred_run *run)
{
	uint64_t origin_ns = run->early.start_ns;

	for (unsigned i = 0; i < run->nr_workers; i++)
		origin_ns = earlier(origin_ns, run->workers[i].start_ns);
	for (uint64_t i = 0; i < run->nr_records; i++)
		origin_ns = earlier(origin_ns, run->records[i].start_ns);
	return origin_ns;
}
