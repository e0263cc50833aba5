/* SPDX-License-Identifier: MIT */
/*
 * One memory block, all of ZONE_MOVABLE of a small node, goes offline and comes back in a loop, while
 * all threads allocate and free on that node and hold more than it has.
 *
 *   node 0   512 MiB, never full         node 1   128 MiB, and the block
 *
 * So there is memory for every request, and none may fail; every page comes back; every list and
 * figure is checked every 1,000th cycle and after.  Pages of 64 KiB: a block is 256 of them.
 */
#ifndef TESTS_STRESS_OFFLINE_LOOP_H
#define TESTS_STRESS_OFFLINE_LOOP_H

#include "unit/machine_fixture.h"

#include "mminit/stress.h"

#define LOOP_THREADS 3
#define LOOP_SLOTS   1600 /* half of them filled: 2,400 pages of the threads, node 1 has 2,304 */

static inline struct mmi_machine *loop_machine(struct mmi_platform *platform)
{
	static const struct mmi_spec_range memory[] = {{0, 512 * MIB, 0, 0, 0},
						       {512 * MIB, 640 * MIB, 1, 0, 0}};
	static const struct mmi_spec_range window[] = {{GIB, GIB + 16 * MIB, 1, 0, 0}};
	static const int cpus[] = {0, 1, 1};
	struct mmi_machine_spec spec = {.linux_version = MMI_LINUX_6_1,
					.memory = memory,
					.nr_memory = ARRAY_NR(memory),
					.windows = window,
					.nr_windows = ARRAY_NR(window),
					.cpu_nids = cpus,
					.nr_cpus = ARRAY_NR(cpus)};

	mmi_geometry_init(&spec.geometry, MMI_ARCH_PPC64_64K);
	return make_machine(platform, &spec);
}

/* Runs a script as often as it says; all that must hold of it but how often something was busy. */
static inline struct mmi_stress_result loop_run(struct mmi_system *system, const char *text,
						uint64_t seed)
{
	struct mmi_hotplug_script script;
	struct mmi_stress_result result;
	struct mmi_error err = {0};

	assert_int_equal(mmi_hotplug_script_parse(&script, text, strlen(text), &err), 0);
	const struct mmi_stress_params params = {.pattern = MMI_STRESS_RANDOM,
						 .init = MMI_STRESS_BOOTED,
						 .nr_threads = LOOP_THREADS,
						 .nr_slots = LOOP_SLOTS,
						 .gfp = MMI_GFP_MOVABLE,
						 .nid = 1,
						 .seed = seed,
						 .script = &script,
						 .check_steps = 2000};
	if (mmi_stress_run(system, &params, &result, &err))
		fail_msg("%s, seed %llu: %s", text, (unsigned long long)seed, err.text);
	mmi_hotplug_script_release(&script);
	assert_int_equal(result.nr_failed, 0);
	assert_int_equal(result.cpus.nr_bad_frees, 0);
	return result;
}

/* @nr_cycles of the block offline and online again: what was busy does not count. */
static inline void loop_offline_and_online(struct mmi_platform *platform, uint64_t nr_cycles)
{
	struct mmi_machine *machine = loop_machine(platform);
	const struct mmi_system_options options = {.plan.nr_threads = 1};
	struct mmi_error err = {0};
	struct mmi_system *system;
	uint64_t nr_done = 0, nr_busy = 0, nr_moved = 0, nr_elsewhere = 0;
	char text[80];

	if (mmi_system_create(machine, &options, &system, &err) || mmi_system_boot(system, &err))
		fail_msg("%s", err.text);
	loop_run(system, "add:64; online_movable:64", 0);
	for (uint64_t seed = 1; nr_done < nr_cycles; seed++) {
		mmi_format(text, sizeof(text), "offline:64; online_movable:64; again:%llu",
			   (unsigned long long)(nr_cycles - nr_done));
		const struct mmi_stress_result result = loop_run(system, text, seed);
		const uint64_t *offline = result.hotplug.nr_blocks[MMI_WORD_OFFLINE];
		const uint64_t *online = result.hotplug.nr_blocks[MMI_WORD_ONLINE_MOVABLE];
		assert_int_equal(offline[MMI_STEP_DONE], online[MMI_STEP_DONE]);
		assert_int_equal(offline[MMI_STEP_REFUSED] + offline[MMI_STEP_NO_MEMORY], 0);
		nr_done += offline[MMI_STEP_DONE];
		nr_busy += offline[MMI_STEP_BUSY];
		nr_moved += result.hotplug.nr_moved_pages;
		nr_elsewhere += result.cpus.nr_foreign;
	}
	assert_true(nr_moved > 0);
	assert_true(nr_elsewhere > 0);
	print_message("%llu cycles, %llu times busy, %llu pages moved, %llu from elsewhere\n",
		      (unsigned long long)nr_done, (unsigned long long)nr_busy,
		      (unsigned long long)nr_moved, (unsigned long long)nr_elsewhere);
	mmi_system_destroy(system);
	mmi_machine_destroy(machine);
}

static inline void loop_test(uint64_t nr_cycles)
{
	struct mmi_platform *platform;

	assert_int_equal(mmi_platform_native_create(NULL, &platform, NULL), 0);
	loop_offline_and_online(platform, nr_cycles);
	mmi_platform_native_destroy(platform);
}

#endif
