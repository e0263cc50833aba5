/* SPDX-License-Identifier: MIT */
/* Arrays of turns. */
#include "verify/schedule.h"

#include <errno.h>
#include <stdlib.h>

void mmi_schedule_deinit(struct mmi_schedule *schedule)
{
	free(schedule->turns);
	*schedule = (struct mmi_schedule){0};
}

int mmi_schedule_add(struct mmi_schedule *schedule, struct mmi_turn turn)
{
	if (schedule->nr_turns == schedule->capacity) {
		const size_t capacity = schedule->capacity ? schedule->capacity * 2 : 64;
		struct mmi_turn *turns = reallocarray(schedule->turns, capacity, sizeof(*turns));
		if (!turns)
			return -ENOMEM;
		schedule->turns = turns;
		schedule->capacity = capacity;
	}
	schedule->turns[schedule->nr_turns++] = turn;
	return 0;
}

int mmi_schedule_copy(struct mmi_schedule *to, const struct mmi_schedule *from, size_t first,
		      size_t end)
{
	int ret = 0;

	to->nr_turns = 0;
	for (size_t i = 0; !ret && i < from->nr_turns; i++)
		if (i < first || i >= end)
			ret = mmi_schedule_add(to, from->turns[i]);
	return ret;
}
