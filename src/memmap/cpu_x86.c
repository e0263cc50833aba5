/* SPDX-License-Identifier: MIT */
/* Asks an x86-64 CPU what it can do. */
#include "memmap/cpu_x86.h"

#ifdef __x86_64__

/* Leaf 1, ecx */
#define OSXSAVE (1u << 27)
/* Leaf 7, ebx */
#define AVX2    (1u << 5)
#define AVX512F (1u << 16)
/* What xgetbv says is saved: the SSE and AVX registers, and those of AVX-512. */
#define AVX_STATES    0x06u
#define AVX512_STATES 0xe6u

static struct mmi_cpuid read_cpuid(uint32_t leaf)
{
	struct mmi_cpuid id;

	__asm__("cpuid"
		: "=a"(id.eax), "=b"(id.ebx), "=c"(id.ecx), "=d"(id.edx)
		: "a"(leaf), "c"(0));
	return id;
}

static uint32_t read_saved_states(void)
{
	uint32_t low, high;

	__asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
	return low;
}

const struct mmi_x86_cpu mmi_x86_this_cpu = {read_cpuid, read_saved_states};

enum mmi_store mmi_x86_widest_store(const struct mmi_x86_cpu *cpu)
{
	/* A leaf that the CPU has not would answer with another one's words. */
	const uint32_t features = cpu->read_cpuid(0).eax >= 7 ? cpu->read_cpuid(7).ebx : 0;
	const uint32_t saved = cpu->read_cpuid(1).ecx & OSXSAVE ? cpu->read_saved_states() : 0;

	if (features & AVX512F && (saved & AVX512_STATES) == AVX512_STATES)
		return MMI_STORE_AVX512;
	if (features & AVX2 && (saved & AVX_STATES) == AVX_STATES)
		return MMI_STORE_AVX2;
	return MMI_STORE_SSE2;
}

bool mmi_x86_gains_by_prefetch(const struct mmi_x86_cpu *cpu)
{
	const uint32_t ebx_of_amd = 0x68747541; /* "Auth" */

	return cpu->read_cpuid(0).ebx != ebx_of_amd;
}

#endif
