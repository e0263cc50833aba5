/* SPDX-License-Identifier: MIT */
/*
 * The CPUs that this process was given, by taskset and control groups.
 *
 * An OpenMP runtime that is told to bind (OMP_PROC_BIND, OMP_PLACES, GOMP_CPU_AFFINITY) binds the
 * first thread to its place before main() begins, or when it is first asked something, so that its
 * affinity mask is no longer what the process was given: that has to be found out.
 */
#ifndef PLATFORM_GIVEN_CPUS_H
#define PLATFORM_GIVEN_CPUS_H

#include <sched.h>
#include <stdbool.h>
#include <stddef.h>

struct mmi_given_cpus {
	cpu_set_t *set;
	size_t set_bytes;
	unsigned nr_cpus;
	bool runtime_binds;    /* the OpenMP runtime binds threads to places */
	bool runtime_narrowed; /* and has left the calling thread fewer CPUs than are in the set */
	bool
	    is_incomplete; /* the set holds those of its places: there were more, not known which */
};

/* Fills @given, which mmi_given_cpus_deinit() frees.  -ENOMEM, or -errno of the system. */
int mmi_given_cpus_read(struct mmi_given_cpus *given);
void mmi_given_cpus_deinit(struct mmi_given_cpus *given); /* a zeroed one is allowed */

#endif
