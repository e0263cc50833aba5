/* SPDX-License-Identifier: MIT */
/* A loop of stores on every CPU. */
#define _GNU_SOURCE
#include "calm.h"

#include <pthread.h>
#include <sched.h>
#include <time.h>

#include "platform/host_ops.h"

#define LINE_BYTES     64
#define NR_LINES       64 /* within every first-level cache */
#define NR_ROUNDS      2000
#define NR_FIRST_LOOKS 200
#define WAIT_NS        5000000
#define MOST_SLOWDOWN  1.2

static void *time_stores(void *user)
{
	_Alignas(LINE_BYTES) unsigned lines[NR_LINES * LINE_BYTES / sizeof(unsigned)];
	double *store_ns = user;
	const uint64_t start_ns = mmi_host_clock_ns(NULL);

	for (unsigned round = 0; round < NR_ROUNDS; round++)
		for (unsigned i = 0; i < NR_LINES; i++)
			*(volatile unsigned *)&lines[i * LINE_BYTES / sizeof(unsigned)] = round;
	*store_ns = (double)(mmi_host_clock_ns(NULL) - start_ns) / (NR_ROUNDS * NR_LINES);
	return NULL;
}

/* On a CPU that is not to be had nothing is found out. */
static double store_ns_on(int cpu)
{
	double store_ns = 0;
	pthread_attr_t attributes;
	pthread_t thread;
	cpu_set_t only;

	CPU_ZERO(&only);
	CPU_SET(cpu, &only);
	if (pthread_attr_init(&attributes))
		return 0;
	if (!pthread_attr_setaffinity_np(&attributes, sizeof(only), &only) &&
	    !pthread_create(&thread, &attributes, time_stores, &store_ns))
		pthread_join(thread, NULL);
	pthread_attr_destroy(&attributes);
	return store_ns;
}

bool bench_calm_look(struct bench_calm *calm)
{
	bool is_calm = true;

	for (unsigned i = 0; i < calm->nr_cpus; i++) {
		const double ns = store_ns_on(calm->cpus[i]);
		if (ns > 0 && (calm->fastest_ns[i] == 0 || ns < calm->fastest_ns[i]))
			calm->fastest_ns[i] = ns;
		is_calm = is_calm && ns <= MOST_SLOWDOWN * calm->fastest_ns[i];
	}
	return is_calm;
}

bool bench_calm_wait(struct bench_calm *calm, uint64_t most_ns)
{
	const struct timespec pause = {.tv_nsec = WAIT_NS};
	const uint64_t start_ns = mmi_host_clock_ns(NULL);

	while (!bench_calm_look(calm)) {
		if (mmi_host_clock_ns(NULL) - start_ns >= most_ns)
			return false;
		nanosleep(&pause, NULL);
	}
	return true;
}

void bench_calm_init(struct bench_calm *calm)
{
	cpu_set_t allowed;

	*calm = (struct bench_calm){0};
	if (sched_getaffinity(0, sizeof(allowed), &allowed))
		return;
	for (int cpu = 0; cpu < CPU_SETSIZE && calm->nr_cpus < BENCH_CALM_MAX_CPUS; cpu++)
		if (CPU_ISSET(cpu, &allowed))
			calm->cpus[calm->nr_cpus++] = cpu;
	for (int i = 0; i < NR_FIRST_LOOKS; i++)
		bench_calm_look(calm);
}
