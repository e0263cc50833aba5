/* SPDX-License-Identifier: MIT */
/* Starting again with idle OpenMP threads asleep: the runtime reads that before main(). */
#define _GNU_SOURCE /* CPU sets */
#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <unistd.h>

#include "mminit/platform_native.h"
#include "platform/given_cpus.h"

static bool waiting_is_decided(void)
{
	return getenv("OMP_WAIT_POLICY") || getenv("GOMP_SPINCOUNT") || getenv("KMP_BLOCKTIME");
}

/*
 * The mask of the thread that executes is what the program is given next time; the OpenMP runtime
 * may have bound it to its own place by now.
 */
static void take_all_given_cpus(void)
{
	struct mmi_given_cpus given;

	if (mmi_given_cpus_read(&given) == 0 && given.runtime_narrowed)
		sched_setaffinity(0, given.set_bytes, given.set);
	mmi_given_cpus_deinit(&given);
}

int mmi_native_reexec_passive(int argc, char **argv)
{
	int error;

	if (waiting_is_decided())
		return 0;
	if (argc < 1)
		return -EINVAL;
	if (setenv("OMP_WAIT_POLICY", "passive", 1) < 0)
		return -errno;
	take_all_given_cpus();
	execv("/proc/self/exe", argv);
	error = errno;
	unsetenv("OMP_WAIT_POLICY");
	return -error;
}
