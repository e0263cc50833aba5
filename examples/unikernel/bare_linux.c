/* SPDX-License-Identifier: MIT */
/*
 * The hardware of the example: x86-64 Linux's system calls in the place of CPUs, clock and console.
 *
 * A CPU is a thread made by clone(2) on a stack of its own.  Which CPU one is follows from where its
 * stack lies, as kernels find their per-CPU data: no thread-local storage is needed.
 */
#include "bare.h"

#define STACK_BYTES (256u << 10)

enum {
	SYS_WRITE = 1,
	SYS_SCHED_YIELD = 24,
	SYS_CLONE = 56,
	SYS_CLOCK_GETTIME = 228,
	SYS_EXIT_GROUP = 231,
	SYS_MEMBARRIER = 324,
};

/* The same memory, files and signal handlers; a thread of the same process. */
#define CLONE_FLAGS                                                                                \
	(0x100 /* VM */ | 0x200 /* FS */ | 0x400 /* FILES */ | 0x800 /* SIGHAND */ |               \
	 0x10000 /* THREAD */ | 0x40000 /* SYSVSEM */)

#define CLOCK_MONOTONIC                       1
#define MEMBARRIER_PRIVATE_EXPEDITED          8
#define MEMBARRIER_REGISTER_PRIVATE_EXPEDITED 16

static _Alignas(4096) unsigned char stacks[BARE_NR_CPUS][STACK_BYTES]; /* [0] is not used */

static long system_call(long number, long a, long b, long c)
{
	long result;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(number), "D"(a), "S"(b), "d"(c)
			 : "rcx", "r11", "memory");
	return result;
}

/* The first instructions: an aligned stack, then C. */
__asm__(".globl _start\n"
	"_start:\n"
	"	xor %ebp, %ebp\n"
	"	and $-16, %rsp\n"
	"	call bare_main\n"
	"	mov %eax, %edi\n"
	"	call bare_halt\n");

/* clone() comes back twice; on the new stack it goes on with what lies there: CPU and function. */
bool bare_cpu_start(unsigned cpu, void (*enter)(unsigned cpu))
{
	uint64_t *stack = (uint64_t *)(void *)(stacks[cpu] + STACK_BYTES);
	register long unused_tls __asm__("r8") = 0;
	register long unused_tid __asm__("r10") = 0;
	long result;

	if (cpu == 1)
		system_call(SYS_MEMBARRIER, MEMBARRIER_REGISTER_PRIVATE_EXPEDITED, 0, 0);
	*--stack = (uint64_t)enter;
	*--stack = cpu;
	__asm__ volatile("syscall\n"
			 "	test %%rax, %%rax\n"
			 "	jnz 1f\n"
			 "	xor %%ebp, %%ebp\n"
			 "	pop %%rdi\n"
			 "	pop %%rax\n"
			 "	call *%%rax\n"
			 "	ud2\n"
			 "1:\n"
			 : "=a"(result)
			 : "a"((long)SYS_CLONE), "D"((long)CLONE_FLAGS), "S"(stack), "d"(0l),
			   "r"(unused_tid), "r"(unused_tls)
			 : "rcx", "r11", "memory");
	return result > 0;
}

unsigned bare_cpu_self(void)
{
	const uintptr_t here = (uintptr_t)__builtin_frame_address(0);
	const uintptr_t first = (uintptr_t)stacks;

	return here - first < sizeof(stacks) ? (unsigned)((here - first) / STACK_BYTES) : 0;
}

void bare_cpu_relax(void)
{
	system_call(SYS_SCHED_YIELD, 0, 0, 0);
}

void bare_cpu_barrier_all(void)
{
	system_call(SYS_MEMBARRIER, MEMBARRIER_PRIVATE_EXPEDITED, 0, 0);
}

uint64_t bare_clock_ns(void)
{
	int64_t now[2] = {0, 0}; /* seconds, nanoseconds */

	system_call(SYS_CLOCK_GETTIME, CLOCK_MONOTONIC, (long)now, 0);
	return (uint64_t)now[0] * 1000000000u + (uint64_t)now[1];
}

void bare_print(const char *text)
{
	size_t nr = 0;

	while (text[nr])
		nr++;
	system_call(SYS_WRITE, 1, (long)text, (long)nr);
}

_Noreturn void bare_halt(int code)
{
	for (;;)
		system_call(SYS_EXIT_GROUP, code, 0, 0);
}
