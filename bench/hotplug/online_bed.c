/* SPDX-License-Identifier: MIT */
/* Measured runs of memory that comes online, and of the same memory at boot; memmaps are backed. */
#include "online_bed.h"

#include <stdio.h>

#include "bench_machine.h"

#define LARGEST_SIZE (64 * BENCH_GIB)
#define LEAST_SIZE   (4 * BENCH_GIB)
#define BLOCK_BYTES  (128ull << 20)

uint64_t online_bed_size(void)
{
	uint64_t size_bytes = LARGEST_SIZE;

	while (size_bytes >= LEAST_SIZE && !bench_memory_allows(2 * bench_memmap_bytes(size_bytes)))
		size_bytes /= 2;
	return size_bytes >= LEAST_SIZE ? size_bytes : 0;
}

/* A GiB of boot memory, and a window above it, all of one node with two CPUs. */
static struct mmi_machine *window_machine(struct online_bed *bed, struct mmi_error *err)
{
	const struct mmi_spec_range memory = {.start = 4 * BENCH_GIB, .end = 5 * BENCH_GIB};
	const struct mmi_spec_range window = {.start = 16 * BENCH_GIB,
					      .end = 16 * BENCH_GIB + bed->size_bytes};
	static const int cpu_nids[] = {0, 0};
	struct mmi_machine_spec spec = {.linux_version = MMI_LINUX_6_1,
					.memory = &memory,
					.nr_memory = 1,
					.windows = &window,
					.nr_windows = 1,
					.cpu_nids = cpu_nids,
					.nr_cpus = sizeof(cpu_nids) / sizeof(cpu_nids[0]),
					.memory_block_bytes = BLOCK_BYTES};
	struct mmi_machine *machine = NULL;

	mmi_geometry_init(&spec.geometry, MMI_ARCH_X86_64);
	bed->start_pfn = window.start >> spec.geometry.page_shift;
	bed->end_pfn = window.end >> spec.geometry.page_shift;
	mmi_machine_create(bed->platform, &spec, &machine, err);
	return machine;
}

static bool open_system(struct online_bed *bed, struct mmi_error *err)
{
	const struct mmi_system_options options = {
	    .memmap.populate = true,
	    .plan.nr_threads = 1,
	    .hotplug.nr_threads = bed->nr_threads == 1 ? 1 : 0,
	};

	bed->machine = window_machine(bed, err);
	if (!bed->machine || mmi_system_create(bed->machine, &options, &bed->system, err) ||
	    mmi_system_boot(bed->system, err))
		return false;
	bed->hotplug = mmi_system_hotplug(bed->system, err);
	return bed->hotplug && !mmi_hotplug_add(bed->hotplug, 0, bed->start_pfn, bed->end_pfn, err);
}

bool online_bed_init(struct online_bed *bed, const struct mmi_platform *platform,
		     uint64_t size_bytes, unsigned nr_threads)
{
	const struct mmi_memmap_options options = {.populate = true};
	struct mmi_error err = {0};

	*bed = (struct online_bed){
	    .platform = platform, .nr_threads = nr_threads, .size_bytes = size_bytes};
	bed->boot_machine = bench_machine_create(platform, size_bytes, 0);
	if (bed->boot_machine && !mmi_arena_init(&bed->arena, bed->boot_machine, &options, &err) &&
	    open_system(bed, &err))
		return true;
	fprintf(stderr, "hotplug: %s\n", err.text);
	return false;
}

void online_bed_deinit(struct online_bed *bed)
{
	mmi_system_destroy(bed->system);
	mmi_machine_destroy(bed->machine);
	mmi_arena_deinit(&bed->arena);
	mmi_machine_destroy(bed->boot_machine);
}

/* Onlines all blocks, timed, and takes them offline again. */
static uint64_t online_once(struct online_bed *bed, struct mmi_error *err)
{
	const struct mmi_platform *p = bed->platform;
	const uint64_t start_ns = p->ops->clock_ns(p->ctx);

	if (mmi_hotplug_online(bed->hotplug, bed->start_pfn, bed->end_pfn, MMI_ONLINE_KERNEL, err))
		return 0;
	const uint64_t elapsed_ns = p->ops->clock_ns(p->ctx) - start_ns;
	if (mmi_hotplug_offline(bed->hotplug, bed->start_pfn, bed->end_pfn, err))
		return 0;
	return elapsed_ns;
}

static uint64_t boot_once(struct online_bed *bed, struct mmi_error *err)
{
	const struct mmi_arena_job job = {
	    .plan = {.nr_threads = bed->nr_threads, .nothing_early = true}};
	struct mmi_arena_result result;

	return mmi_arena_run(&bed->arena, &job, &result, err) ? 0 : result.elapsed_ns;
}

static double page_ns(struct online_bed *bed,
		      uint64_t (*run_once)(struct online_bed *bed, struct mmi_error *err))
{
	struct mmi_error err = {0};
	const uint64_t elapsed_ns = run_once(bed, &err);

	if (elapsed_ns)
		return (double)elapsed_ns / (double)(bed->end_pfn - bed->start_pfn);
	fprintf(stderr, "hotplug: %s\n", err.text);
	return -1;
}

double online_call_ns(struct online_bed *bed)
{
	return page_ns(bed, online_once);
}

double online_boot_ns(struct online_bed *bed)
{
	return page_ns(bed, boot_once);
}

bool online_bed_check(struct online_bed *bed)
{
	struct mmi_error err = {0};

	if (!mmi_arena_check(&bed->arena, &err) &&
	    !mmi_hotplug_online(bed->hotplug, bed->start_pfn, bed->end_pfn, MMI_ONLINE_KERNEL,
				&err) &&
	    !mmi_alloc_check(bed->system->alloc, &err) &&
	    !mmi_hotplug_offline(bed->hotplug, bed->start_pfn, bed->end_pfn, &err))
		return true;
	printf("not verified: %s\n", err.text);
	return false;
}
