/* SPDX-License-Identifier: MIT */
/* What an x86-64 CPU says of itself, and which page store that speaks for. */
#ifndef MEMMAP_CPU_X86_H
#define MEMMAP_CPU_X86_H

#include "mminit/memmap.h"

#ifdef __x86_64__

/* The four words of one leaf of cpuid. */
struct mmi_cpuid {
	uint32_t eax, ebx, ecx, edx;
};

/* A CPU to be asked; a test has one of its own making. */
struct mmi_x86_cpu {
	struct mmi_cpuid (*read_cpuid)(uint32_t leaf);
	/*
	 * The register states that the system saves (xgetbv); only asked where cpuid has OSXSAVE.
	 */
	uint32_t (*read_saved_states)(void);
};

/* The one that this runs on. */
extern const struct mmi_x86_cpu mmi_x86_this_cpu;

/* The widest store that the CPU has and whose registers the system saves. */
enum mmi_store mmi_x86_widest_store(const struct mmi_x86_cpu *cpu);

/*
 * AMD's cores fetch a stream of whole-line stores ahead by themselves, and every prefetch costs
 * them a slot; Intel's wait for each line unless they are asked (docs/performance.md).
 */
bool mmi_x86_gains_by_prefetch(const struct mmi_x86_cpu *cpu);

#endif

#endif
