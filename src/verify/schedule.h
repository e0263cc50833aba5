/* SPDX-License-Identifier: MIT */
/* Schedules: their turns, written down while they happen and looked up when they are run again. */
#ifndef VERIFY_SCHEDULE_H
#define VERIFY_SCHEDULE_H

#include "mminit/explore.h"

/* Appends a turn, behind all others of its thread and kind.  -ENOMEM. */
int mmi_schedule_add(struct mmi_schedule *schedule, struct mmi_turn turn);

/* @to becomes like @from, without the turns [first, end).  -ENOMEM. */
int mmi_schedule_copy(struct mmi_schedule *to, const struct mmi_schedule *from, size_t first,
		      size_t end);

#endif
