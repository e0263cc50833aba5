/* SPDX-License-Identifier: MIT */
/* How fast this host writes struct pages of a machine's shape, without anything else. */
#include "mminit/tune.h"
#include "tune/sample.h"
#include "tune/scaled.h"
#include "tune/write_team.h"

#define NR_RUNS 7 /* of each; their median counts */

static double median_ns_per_page(struct mmi_arena *arena, unsigned nr_threads,
				 enum mmi_write_kind kind)
{
	struct mmi_sample sample = {0};

	for (int i = 0; i < NR_RUNS; i++)
		mmi_sample_add(&sample, (double)mmi_write_team_ns(arena, nr_threads, kind) /
					    (double)mmi_write_team_pages(arena));
	return mmi_sample_estimate(&sample).median;
}

int mmi_bandwidth_measure(const struct mmi_machine *machine, unsigned nr_threads,
			  uint64_t max_memmap_bytes, struct mmi_report_bandwidth *bandwidth,
			  struct mmi_error *err)
{
	const struct mmi_memmap_options options = {.populate = true};
	const uint64_t whole_bytes = mmi_memmap_bytes(machine, &options);
	const double scale =
	    whole_bytes > max_memmap_bytes ? (double)max_memmap_bytes / (double)whole_bytes : 1;
	struct mmi_machine *scaled = NULL;
	struct mmi_arena arena = {0};
	int ret = mmi_machine_scale(machine, scale, &scaled, err);

	*bandwidth = (struct mmi_report_bandwidth){.nr_threads = nr_threads};
	if (!ret)
		ret = mmi_arena_init(&arena, scaled, &options, err);
	if (!ret) {
		bandwidth->memmap_bytes = mmi_memmap_bytes(scaled, &options);
		bandwidth->memset_ns = median_ns_per_page(&arena, nr_threads, MMI_WRITE_MEMSET);
		bandwidth->loop_ns = median_ns_per_page(&arena, nr_threads, MMI_WRITE_PAGES);
	}
	mmi_arena_deinit(&arena);
	mmi_machine_destroy(scaled);
	return ret;
}
