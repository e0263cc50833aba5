/* SPDX-License-Identifier: MIT */
/* Faults of the command line: which one, and where it is to strike. */
#include <errno.h>
#include <string.h>

#include "tool/session.h"

#define MAX_SEEDED_NUMBER 1024

/* A well-mixed number of @seed and @run (the finaliser of a 64-bit hash). */
static uint64_t mix(uint64_t seed, uint64_t run)
{
	uint64_t x = seed * 0x9e3779b97f4a7c15u + run + 1;

	x = (x ^ x >> 31) * 0xd6e8feb86659fd93u;
	x = (x ^ x >> 32) * 0xd6e8feb86659fd93u;
	return x ^ x >> 32;
}

/* Does the seed say where the fault strikes? */
static bool is_seeded(const struct mmi_options *options)
{
	return options->has_seed && !strchr(options->fault, ':');
}

enum mmi_exit mmi_session_fault(const struct mmi_session *session, uint64_t run,
				struct mmi_fault *fault)
{
	const struct mmi_options *options = session->options;
	struct mmi_error err = {0};

	if (mmi_fault_parse(options->fault, fault, &err))
		return mmi_complain(MMI_EXIT_USAGE, "--inject %s: %s", options->fault, err.text);
	if (is_seeded(options))
		fault->number = mix(options->seed, run) % MAX_SEEDED_NUMBER;
	return MMI_EXIT_GOOD;
}

int mmi_session_arm(const struct mmi_session *session, struct mmi_system *system,
		    struct mmi_fault *fault, struct mmi_error *err)
{
	int ret = mmi_fault_apply(fault, system, err);

	while (ret == -EINVAL && is_seeded(session->options) && fault->number) {
		fault->number /= 2;
		ret = mmi_fault_apply(fault, system, err);
	}
	return ret;
}
