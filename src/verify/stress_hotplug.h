/* SPDX-License-Identifier: MIT */
/* The thread of a stress run that has memory come and go. */
#ifndef VERIFY_STRESS_HOTPLUG_H
#define VERIFY_STRESS_HOTPLUG_H

#include "verify/stress_thread.h"

struct mmi_stress_changer {
	struct mmi_stress_shared *shared;
	struct mmi_hotplug *hotplug;
	uint64_t random;
	uint64_t *blocks; /* numbers of all that there can be, of pattern random */
	size_t nr_blocks;
	uint64_t nr_steps;
	bool is_watched;
	uint64_t next_check_ns;
	uint64_t nr_checks;
	struct mmi_stress_hotplug result;
};

/* -EINVAL, -ENOMEM; mmi_stress_changer_close() in either case. */
int mmi_stress_changer_open(struct mmi_stress_changer *changer, struct mmi_stress_shared *shared,
			    struct mmi_error *err);
void mmi_stress_changer_close(struct mmi_stress_changer *changer);

/* All steps, as long as there are some, there is time, and nothing has failed. */
void mmi_stress_changer_run(struct mmi_stress_changer *changer);

#endif
