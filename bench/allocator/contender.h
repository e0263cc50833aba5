/* SPDX-License-Identifier: MIT */
/*
 * Contenders: allocators of 4 KiB objects, ours and those that a user would pick instead.
 *
 *   repeat   one object taken and given back, again and again
 *   bulk     64 taken, 64 given back
 *   random   of many objects held, one drawn at random is given back and another one taken
 */
#ifndef BENCH_CONTENDER_H
#define BENCH_CONTENDER_H

#include <stdbool.h>
#include <stdint.h>

#define CONTENDER_BULK      64
#define CONTENDER_NR_HELD   (1u << 14) /* objects held by `random`: 64 MiB of them */
#define CONTENDER_WHY_BYTES 160

enum pattern { PATTERN_REPEAT, PATTERN_BULK, PATTERN_RANDOM, NR_PATTERNS };

struct contender {
	const char *name;
	/* Makes it usable; false: why not is said in @why.  Once, by the main thread. */
	bool (*open)(struct contender *contender, char why[CONTENDER_WHY_BYTES]);
	void (*close)(struct contender *contender);
	/* Nanoseconds of @nr_objects taken and given back; 0: something was wrong.  Main thread. */
	uint64_t (*run[NR_PATTERNS])(struct contender *contender, uint64_t nr_objects);
	char version[64];
	void *state; /* its own */
};

struct contender contender_dpdk(void);
struct contender contender_jemalloc(void);
struct contender contender_mimalloc(void);
struct contender contender_malloc(void);

#endif
