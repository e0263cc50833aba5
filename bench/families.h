/* SPDX-License-Identifier: MIT */
/* The families of benchmarks, a file each, and what they share. */
#ifndef BENCH_FAMILIES_H
#define BENCH_FAMILIES_H

#include "bench_machine.h"
#include "harness.h"
#include "tune/arena.h"

void bench_register_init(const struct mmi_platform *platform);
void bench_register_baselines(const struct mmi_platform *platform);
void bench_register_stream(const struct mmi_platform *platform);
void bench_register_free(const struct mmi_platform *platform);
void bench_register_plan(const struct mmi_platform *platform);
void bench_register_buddy(const struct mmi_platform *platform);
void bench_register_zonelists(const struct mmi_platform *platform);

/*
 * An arena over a whole machine of @size_bytes; says why and skips when memory does not allow it,
 * or the CPU has no such store.  bench_close_arena() gives all back.
 */
bool bench_open_arena(struct bench_state *state, const struct mmi_platform *platform,
		      uint64_t size_bytes, const struct mmi_memmap_options *options,
		      struct mmi_arena *arena);
void bench_close_arena(struct mmi_arena *arena);

/* Rounds of @job over @arena, timed, judged and counted. */
void bench_run_job(struct bench_state *state, struct mmi_arena *arena,
		   const struct mmi_arena_job *job, bool cold);

#endif
