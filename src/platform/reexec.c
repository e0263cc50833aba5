/* SPDX-License-Identifier: MIT */
/* Starting again with idle OpenMP threads asleep: the runtime reads that before main(). */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "mminit/platform_native.h"

static bool waiting_is_decided(void)
{
	return getenv("OMP_WAIT_POLICY") || getenv("GOMP_SPINCOUNT") || getenv("KMP_BLOCKTIME");
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
	execv("/proc/self/exe", argv);
	error = errno;
	unsetenv("OMP_WAIT_POLICY");
	return -error;
}
