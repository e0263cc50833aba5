/* SPDX-License-Identifier: MIT */
/*
 * A system that does not let programs bind, or not strictly.  Loaded in front of a program's
 * libraries (LD_PRELOAD); MMINIT_DENY says what is denied: "bind" or "strict".
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <hwloc.h>
#include <sched.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static bool is_denied(const char *what)
{
	const char *denied = getenv("MMINIT_DENY");

	return denied && !strcmp(denied, what);
}

/* ISO C has no way from dlsym()'s pointer to a function, POSIX has. */
int sched_setaffinity(pid_t tid, size_t size_bytes, const cpu_set_t *cpus)
{
	int (*real)(pid_t, size_t, const cpu_set_t *);

	if (is_denied("bind")) {
		errno = EPERM;
		return -1;
	}
	*(void **)&real = dlsym(RTLD_NEXT, "sched_setaffinity");
	return real(tid, size_bytes, cpus);
}

int hwloc_set_cpubind(hwloc_topology_t topology, hwloc_const_cpuset_t cpus, int flags)
{
	int (*real)(hwloc_topology_t, hwloc_const_cpuset_t, int);

	if (is_denied("strict") && flags & HWLOC_CPUBIND_STRICT) {
		errno = ENOSYS;
		return -1;
	}
	*(void **)&real = dlsym(RTLD_NEXT, "hwloc_set_cpubind");
	return real(topology, cpus, flags);
}
