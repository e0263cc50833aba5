/* SPDX-License-Identifier: MIT */
/* Finds out which CPUs the process was given, before its OpenMP runtime bound the first thread. */
#define _GNU_SOURCE /* CPU sets */
#include "platform/given_cpus.h"

#include <errno.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

#define MAX_CPUS (1u << 20) /* above any kernel's limit */

/* The kernel refuses a set that is smaller than its own; how large that is, it does not say. */
static int read_own_mask(struct mmi_given_cpus *given)
{
	for (unsigned capacity = CPU_SETSIZE; capacity <= MAX_CPUS; capacity *= 2) {
		given->set = CPU_ALLOC(capacity);
		given->set_bytes = CPU_ALLOC_SIZE(capacity);
		if (!given->set)
			return -ENOMEM;
		CPU_ZERO_S(given->set_bytes, given->set);
		if (sched_getaffinity(0, given->set_bytes, given->set) == 0)
			return 0;
		mmi_given_cpus_deinit(given);
		if (errno != EINVAL)
			return -errno;
	}
	return -EINVAL;
}

static unsigned count(const struct mmi_given_cpus *given, const cpu_set_t *set)
{
	return (unsigned)CPU_COUNT_S(given->set_bytes, set);
}

/* All CPUs that the thread could have: what control groups leave, whatever taskset said. */
static bool read_widest_mask(const struct mmi_given_cpus *given, cpu_set_t *widest)
{
	bool known;

	memset(widest, 0xff, given->set_bytes);
	if (sched_setaffinity(0, given->set_bytes, widest) < 0)
		return false;
	known = sched_getaffinity(0, given->set_bytes, widest) == 0;
	return sched_setaffinity(0, given->set_bytes, given->set) == 0 && known;
}

static bool add_places(struct mmi_given_cpus *given)
{
	const size_t nr_cpus = given->set_bytes * 8;

	for (int place = 0; place < omp_get_num_places(); place++) {
		const int nr_ids = omp_get_place_num_procs(place);
		int *ids = calloc((size_t)nr_ids + 1, sizeof(*ids));
		if (!ids)
			return false;
		omp_get_place_proc_ids(place, ids);
		for (int i = 0; i < nr_ids; i++)
			if (ids[i] >= 0 && (size_t)ids[i] < nr_cpus)
				CPU_SET_S((size_t)ids[i], given->set_bytes, given->set);
		free(ids);
	}
	return true;
}

/*
 * The runtime knows how many CPUs there were, and not which.  When that is how many the thread
 * could have at most, it was those; else the places are certain, and the rest is not.
 */
static int widen(struct mmi_given_cpus *given, unsigned nr_given)
{
	cpu_set_t *widest = malloc(given->set_bytes);
	bool found;

	if (!widest)
		return -ENOMEM;
	found = read_widest_mask(given, widest) && count(given, widest) == nr_given;
	if (found)
		memcpy(given->set, widest, given->set_bytes);
	free(widest);
	if (found)
		return 0;
	if (!add_places(given))
		return -ENOMEM;
	given->is_incomplete = count(given, given->set) < nr_given;
	return 0;
}

/* CPUs of the calling thread as it is bound now. */
static int count_now(const struct mmi_given_cpus *given, unsigned *nr_cpus)
{
	cpu_set_t *now = malloc(given->set_bytes);
	int ret = -ENOMEM;

	if (!now)
		return ret;
	ret = sched_getaffinity(0, given->set_bytes, now) == 0 ? 0 : -errno;
	if (!ret)
		*nr_cpus = count(given, now);
	free(now);
	return ret;
}

/*
 * gcc's runtime has bound the first thread before main(), clang's does it at the first call: the
 * mask is read before that, and once more after it.
 */
int mmi_given_cpus_read(struct mmi_given_cpus *given)
{
	unsigned nr_own, nr_given, nr_now = 0;
	int ret;

	memset(given, 0, sizeof(*given));
	ret = read_own_mask(given);
	if (ret < 0)
		return ret;
	nr_own = count(given, given->set);
	nr_given = (unsigned)omp_get_num_procs();
	given->runtime_binds =
	    omp_get_proc_bind() != omp_proc_bind_false && omp_get_num_places() > 0;
	if (given->runtime_binds && nr_given > nr_own)
		ret = widen(given, nr_given);
	if (!ret)
		ret = count_now(given, &nr_now);
	if (ret < 0) {
		mmi_given_cpus_deinit(given);
		return ret;
	}
	given->nr_cpus = count(given, given->set);
	given->runtime_narrowed = given->nr_cpus > nr_now;
	return 0;
}

void mmi_given_cpus_deinit(struct mmi_given_cpus *given)
{
	if (given->set)
		CPU_FREE(given->set);
	given->set = NULL;
}
