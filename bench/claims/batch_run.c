/* SPDX-License-Identifier: MIT */
/* One thread, all of the memmap in chunks, the free after each block, section or chunk. */
#include "design_claims.h"

#include <stdio.h>

double batch_measure(struct batch_run *run)
{
	const struct mmi_arena_job job = {
	    .plan = {.rule = MMI_CHUNK_FIXED,
		     .chunk_pages = run->chunk_pages,
		     .nr_threads = 1,
		     .nothing_early = true},
	    .run = {.batch = run->batch, .ops = run->ops},
	};
	struct mmi_error err = {0};

	if (!mmi_arena_run(run->arena, &job, &run->result, &err))
		return (double)run->result.elapsed_ns / (double)run->result.nr_init_pages;
	fprintf(stderr, "claims: %s\n", err.text);
	return -1;
}

bool batch_verify(const struct batch_run *run)
{
	const uint64_t nr_expected = run->arena->machine->nr_present_pages;
	struct mmi_error err = {0};

	if (run->result.nr_init_pages != nr_expected) {
		printf("not verified: %llu pages initialised: expected %llu\n",
		       (unsigned long long)run->result.nr_init_pages,
		       (unsigned long long)nr_expected);
		return false;
	}
	if (!mmi_arena_check(run->arena, &err))
		return true;
	printf("not verified: %s\n", err.text);
	return false;
}
