/* SPDX-License-Identifier: MIT */
/*
 * What a unikernel does with mminit: it knows its memory map, brings a platform of its own, boots
 * the core with all its CPUs and allocates from it.  Built freestanding and linked with the core
 * alone, without a libc.
 *
 * prints: booted 786432 pages, managed 786143, free 786143, CPUs that worked: [1-4]; PFN 0x[0-9a-f]+ and back; all given back
 */
#include "bare.h"
#include "mminit/system.h"

/* As firmware would say it: 3 GiB, with the kernel's image and the first MiB taken. */
static const struct mmi_spec_range memory[] = {
    {.start = 0, .end = 2ull << 30, .nid = 0},
    {.start = 4ull << 30, .end = 5ull << 30, .nid = 0},
};
static const struct mmi_spec_range reserved[] = {
    {.start = 0, .end = 1 << 20, .nid = -1},
    {.start = 16 << 20, .end = (16 << 20) + 0x21000, .nid = -1},
};
static const int cpu_nids[BARE_NR_CPUS]; /* all on node 0 */

static int describe(struct mmi_machine **machine, struct mmi_error *err)
{
	struct mmi_machine_spec spec = {
	    .linux_version = MMI_LINUX_6_1,
	    .memory = memory,
	    .nr_memory = sizeof(memory) / sizeof(memory[0]),
	    .reserved = reserved,
	    .nr_reserved = sizeof(reserved) / sizeof(reserved[0]),
	    .cpu_nids = cpu_nids,
	    .nr_cpus = BARE_NR_CPUS,
	};

	mmi_geometry_init(&spec.geometry, MMI_ARCH_X86_64);
	return mmi_machine_create(&bare_platform, &spec, machine, err);
}

static void print_counts(struct mmi_system *system)
{
	uint64_t nr_managed = 0;
	uint64_t nr_free = 0;
	unsigned nr_workers = 0;
	char text[160];

	for (int type = 0; type < MMI_NR_ZONES; type++) {
		const struct mmi_zone *zone =
		    mmi_mem_zone(&system->mem, 0, (enum mmi_zone_type)type);
		nr_managed += zone->nr_managed_pages;
		nr_free += zone->nr_free_pages;
	}
	for (unsigned i = 0; i < system->run.nr_workers; i++)
		nr_workers += system->run.workers[i].nr_chunks > 0;
	mmi_format(text, sizeof(text),
		   "booted %llu pages, managed %llu, free %llu, CPUs that worked: %u; ",
		   (unsigned long long)system->mem.machine->nr_present_pages,
		   (unsigned long long)nr_managed, (unsigned long long)nr_free, nr_workers);
	bare_print(text);
}

static int allocate_one(struct mmi_system *system, struct mmi_error *err)
{
	struct mmi_alloc *alloc = mmi_system_alloc(system, err);
	struct mmi_cpu *cpu;
	struct mmi_page *page;
	char text[64];

	if (!alloc)
		return err->code;
	if (mmi_cpu_create(alloc, 0, &cpu, err))
		return err->code;
	page = mmi_alloc_pages(cpu, MMI_GFP_KERNEL, 0, -1, NULL);
	if (page) {
		mmi_format(text, sizeof(text), "PFN 0x%llx and back; ",
			   (unsigned long long)(page - system->mem.map.pages) +
			       system->mem.map.start_pfn);
		bare_print(text);
		mmi_free_pages(cpu, page, 0);
	}
	mmi_cpu_destroy(cpu);
	return page ? 0 : mmi_error_set(err, -1, "no page");
}

static int boot(const struct mmi_machine *machine, struct mmi_error *err)
{
	const struct mmi_system_options options = {0};
	struct mmi_system *system = NULL;
	int ret;

	ret = mmi_system_create(machine, &options, &system, err);
	if (!ret)
		ret = mmi_system_boot(system, err);
	if (!ret) {
		print_counts(system);
		ret = allocate_one(system, err);
	}
	mmi_system_destroy(system);
	return ret;
}

int bare_main(void)
{
	struct mmi_machine *machine = NULL;
	struct mmi_error err = {0};

	bare_platform_start();
	if (!describe(&machine, &err))
		boot(machine, &err);
	mmi_machine_destroy(machine);
	bare_print(err.code               ? err.text
		   : bare_heap_is_whole() ? "all given back"
					  : "heap in pieces");
	bare_print("\n");
	return err.code ? 1 : 0;
}
