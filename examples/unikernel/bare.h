/* SPDX-License-Identifier: MIT */
/*
 * A machine without an operating system, as far as the example needs one.
 *
 *   bare_linux.c      the hardware: CPUs, console, clock.  Here Linux's system calls stand in for it;
 *                     in a kernel of your own it is start-up code, a timer and a serial line
 *   bare_memory.c     memory: a heap for metadata, and address space for the memmap
 *   bare_platform.c   both as the one table that mminit asks for, struct mmi_platform_ops
 *   bare_string.c     memcpy() and the like
 *
 * There is no libc below: nothing here calls or is linked with one.
 */
#ifndef BARE_H
#define BARE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mminit/platform.h"

#define BARE_NR_CPUS 4

/* The hardware. */

/* Starts CPU @cpu, 1 or above, which calls @enter(@cpu) and never comes back from it.  Once a CPU. */
bool bare_cpu_start(unsigned cpu, void (*enter)(unsigned cpu));
/* The number of the calling CPU; the one that started the program is 0. */
unsigned bare_cpu_self(void);
/* A CPU with nothing to do calls it again and again. */
void bare_cpu_relax(void);
/* Every CPU has passed a full memory barrier when it returns. */
void bare_cpu_barrier_all(void);
uint64_t bare_clock_ns(void);
void bare_print(const char *text);
_Noreturn void bare_halt(int code);

/* Where the program goes on once there is a stack. */
int bare_main(void);

/* Memory; operations of the platform, which describes them. */
void *bare_alloc(void *ctx, size_t size_bytes);
void bare_free(void *ctx, void *memory, size_t size_bytes);
/* All that was allocated was given back. */
bool bare_heap_is_whole(void);
void *bare_reserve(void *ctx, size_t size_bytes, size_t align);
int bare_commit(void *ctx, void *start, size_t size_bytes, const struct mmi_backing *backing);
void bare_release(void *ctx, void *start, size_t size_bytes);

void bare_lock(void *ctx, struct mmi_lock *lock);
void bare_unlock(void *ctx, struct mmi_lock *lock);

extern const struct mmi_platform bare_platform;
/* Starts all other CPUs; they wait for work. */
void bare_platform_start(void);

#endif
