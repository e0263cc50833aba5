/* SPDX-License-Identifier: MIT */
/* Machines so small that a schedule takes a fraction of a millisecond. */
#ifndef TESTS_UNIT_EXPLORE_FIXTURE_H
#define TESTS_UNIT_EXPLORE_FIXTURE_H

#include "machine_fixture.h"

#include "mminit/explore.h"

/* ppc64: a section is 16 MiB, 256 pages, one max-order block. */
static const struct mmi_spec_range tiny_memory[] = {{0, 64 * MIB, 0, 0, 0},
						    {64 * MIB, 100 * MIB, 1, 0, 0}};
static const struct mmi_spec_range tiny_reserved[] = {{20 * MIB, 21 * MIB, -1, 0, 0}};

/* Where one more section may come. */
static const struct mmi_spec_range tiny_windows[] = {{128 * MIB, 144 * MIB, 0, 0, 0}};

/* The first is one node of two sections, the second one of four, and the third has another node. */
static inline struct mmi_machine *tiny_machine(struct mmi_platform *platform, unsigned size)
{
	static const struct mmi_spec_range tiniest = {0, 32 * MIB, 0, 0, 0};
	static const int cpus[] = {0, 0, 1};
	struct mmi_machine_spec spec = {
	    .linux_version = MMI_LINUX_6_1,
	    .memory = size ? tiny_memory : &tiniest,
	    .nr_memory = size ? size : 1,
	    .reserved = tiny_reserved,
	    .nr_reserved = 1,
	    .windows = tiny_windows,
	    .nr_windows = ARRAY_NR(tiny_windows),
	    .cpu_nids = cpus,
	    .nr_cpus = size == 2 ? 3 : 2,
	};

	mmi_geometry_init(&spec.geometry, MMI_ARCH_PPC64_64K);
	return make_machine(platform, &spec);
}

static inline struct mmi_explore_result explore(const struct mmi_machine *machine,
						const struct mmi_explore_params *params)
{
	struct mmi_explore_result result;
	struct mmi_error err = {0};

	if (mmi_explore(machine, params, &result, &err))
		fail_msg("explore: %s", err.text);
	print_message("%s, seed %llu: %llu schedules, %llu decisions, %llu switches\n",
		      mmi_search_name(params->search), (unsigned long long)params->seed,
		      (unsigned long long)result.nr_schedules,
		      (unsigned long long)result.nr_decisions,
		      (unsigned long long)result.nr_switches);
	if (result.is_broken)
		print_message("broken: invariant %u: %s; %zu turns, of %zu\n", result.invariant,
			      result.why, result.schedule.nr_turns, result.nr_turns_found);
	return result;
}

#endif
