/* SPDX-License-Identifier: MIT */
/* Machines to verify: small ones in which every border falls where it hurts. */
#ifndef TESTS_UNIT_VERIFY_FIXTURE_H
#define TESTS_UNIT_VERIFY_FIXTURE_H

#include "machine_fixture.h"

#include "mminit/fault.h"

struct verify_shape {
	const char *name;
	enum mmi_arch arch;
	struct mmi_spec_range memory[8]; /* end 0: the last is before it */
	struct mmi_spec_range reserved[8];
	struct mmi_amount kernelcore;
};

static const struct verify_shape verify_shapes[] = {
    /*
     * DMA, DMA32 and Normal; two nodes meet inside a section; reservations cut blocks.  Above 4G,
     * by sections: 0 and 4 are early, 1 to 3 are node 0's chunks, 5 to 7 node 1's.
     */
    {.name = "two nodes that share a section",
     .arch = MMI_ARCH_X86_64,
     .memory = {{0x1000, 0x9f000, 0, 0, 0},
		{MIB, 96 * MIB + 12 * KIB, 0, 0, 0},
		{4 * GIB, 4 * GIB + 420 * MIB, 0, 0, 0},
		{4 * GIB + 420 * MIB, 4 * GIB + 900 * MIB, 1, 0, 0}},
     .reserved = {{0, MIB, -1, 0, 0},
		  {64 * MIB + 3, 64 * MIB + 9000, -1, 0, 0},
		  {4 * GIB + 300 * MIB, 4 * GIB + 305 * MIB, -1, 0, 0},
		  {4 * GIB + 419 * MIB, 4 * GIB + 421 * MIB, -1, 0, 0}}},
    /* Node 0, node 1, node 0 in one section; a border inside a pageblock; a range never mapped. */
    {.name = "nodes that take turns inside sections",
     .arch = MMI_ARCH_X86_64,
     .memory = {{4 * GIB + 4 * KIB, 4 * GIB + 500 * MIB, 0, 0, 0},
		{4 * GIB + 500 * MIB, 4 * GIB + 501 * MIB, 1, 0, 0},
		{4 * GIB + 501 * MIB, 4 * GIB + 510 * MIB, 0, 0, 0},
		{4 * GIB + 510 * MIB, 4 * GIB + 511 * MIB, 0, MMI_MEM_NOMAP, 0},
		{4 * GIB + 513 * MIB, 4 * GIB + 520 * MIB, 2, 0, 0},
		{4 * GIB + 700 * MIB, 5 * GIB, 1, 0, 0},
		{64 * GIB + MIB, 64 * GIB + 300 * MIB + 20 * KIB, 2, 0, 0}},
     .reserved = {{4 * GIB + 505 * MIB, 4 * GIB + 507 * MIB, -1, 0, 0}}},
    /* A part of each node is ZONE_MOVABLE. */
    {.name = "kernelcore=400M",
     .arch = MMI_ARCH_X86_64,
     .memory = {{MIB, 64 * MIB, 0, 0, 0},
		{4 * GIB, 4 * GIB + 512 * MIB, 0, 0, 0},
		{4 * GIB + 512 * MIB, 5 * GIB - 8 * KIB, 1, 0, 0}},
     .reserved = {{16 * MIB, 48 * MIB, -1, 0, 0}},
     .kernelcore = {MMI_AMOUNT_PAGES, 400 * MIB >> 12}},
    /* Four sections share a huge page of memmap; a max-order block is a section. */
    {.name = "arm64 with pages of 64 KiB",
     .arch = MMI_ARCH_ARM64_64K,
     .memory = {{2 * GIB, 6 * GIB + 640 * KIB, 0, 0, 0},
		{6 * GIB + 640 * KIB, 12 * GIB - 192 * KIB, 1, 0, 0}},
     .reserved = {{3 * GIB, 3 * GIB + 64 * KIB, -1, 0, 0},
		  {8 * GIB, 8 * GIB + 100 * MIB, -1, 0, 0}}},
    /* 128 sections share a huge page of memmap; nothing but ZONE_NORMAL. */
    {.name = "ppc64 with pages of 64 KiB",
     .arch = MMI_ARCH_PPC64_64K,
     .memory = {{0, 3 * GIB, 0, 0, 0},
		{3 * GIB, 3 * GIB + 48 * MIB, 3, 0, 0},
		{4 * GIB, 6 * GIB + 128 * KIB, 3, 0, 0}},
     .reserved = {{0, 32 * MIB, -1, 0, 0}, {5 * GIB + MIB, 5 * GIB + 3 * MIB, -1, 0, 0}}},
};

static inline size_t count_ranges(const struct mmi_spec_range *ranges, size_t capacity)
{
	size_t nr = 0;

	while (nr < capacity && ranges[nr].end)
		nr++;
	return nr;
}

static inline struct mmi_machine *make_shape(struct mmi_platform *platform,
					     const struct verify_shape *shape)
{
	struct mmi_machine_spec spec = {
	    .linux_version = MMI_LINUX_6_1,
	    .memory = shape->memory,
	    .nr_memory = count_ranges(shape->memory, ARRAY_NR(shape->memory)),
	    .reserved = shape->reserved,
	    .nr_reserved = count_ranges(shape->reserved, ARRAY_NR(shape->reserved)),
	    .kernelcore = shape->kernelcore,
	};

	mmi_geometry_init(&spec.geometry, shape->arch);
	return make_machine(platform, &spec);
}

static inline struct mmi_system *create_system(struct mmi_machine *machine,
					       const struct mmi_system_options *options)
{
	struct mmi_system *system = NULL;
	struct mmi_error err = {0};

	if (mmi_system_create(machine, options, &system, &err))
		fail_msg("create: %s", err.text);
	return system;
}

static inline void boot_system(struct mmi_system *system)
{
	struct mmi_error err = {0};

	if (mmi_system_boot(system, &err) || !mmi_system_alloc(system, &err))
		fail_msg("boot: %s", err.text);
}

static inline void verify_system(const struct mmi_system *system, struct mmi_verdict *verdict)
{
	struct mmi_error err = {0};

	if (mmi_verify_system(system, verdict, &err))
		fail_msg("verify: %s", err.text);
}

/* Does this library judge invariant @number? */
static inline bool is_judged(unsigned number)
{
	if (number <= 4)
		return mmi_verify_is_checked_core();
	return number != 12;
}

#endif
