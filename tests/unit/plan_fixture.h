/* SPDX-License-Identifier: MIT */
/* One plan at a time, and the layout that it is of. */
#ifndef TESTS_UNIT_PLAN_FIXTURE_H
#define TESTS_UNIT_PLAN_FIXTURE_H

#include "machine_fixture.h"

#define SECTION_PAGES 0x8000ull

static struct mmi_layout layout;
static struct mmi_plan plan;

static inline void make_plan(struct mmi_machine *machine, const struct mmi_plan_params *params)
{
	struct mmi_error err = {0};

	if (mmi_layout_init(&layout, machine, &err) ||
	    mmi_plan_init(&plan, &layout, params, &err) || mmi_plan_check(&plan, &err))
		fail_msg("plan: %s", err.text);
}

static inline void drop_plan(struct mmi_machine *machine)
{
	mmi_plan_deinit(&plan);
	mmi_layout_deinit(&layout);
	mmi_machine_destroy(machine);
}

#endif
