/* SPDX-License-Identifier: MIT */
/* Boots the machine of a log and reads frames off its memmap. */
#include "replay/booted.h"

int mmi_booted_create(const struct mmi_machine *machine, struct mmi_system **system,
		      struct mmi_error *err)
{
	const struct mmi_system_options options = {.memmap.placement = MMI_PLACE_ANYWHERE,
						   .plan.rule = MMI_CHUNK_AUTO,
						   .plan.nr_threads = 1};
	int ret = mmi_system_create(machine, &options, system, err);

	if (!ret)
		ret = mmi_system_boot(*system, err);
	if (ret) {
		mmi_system_destroy(*system);
		*system = NULL;
	}
	return ret;
}

static enum mmi_frame_state state_of(const struct mmi_memmap *map, uint64_t pfn)
{
	if (!mmi_pfn_valid(map, pfn))
		return MMI_FRAME_NONE;
	return mmi_pfn_page(map, pfn)->flags & MMI_PG_RESERVED ? MMI_FRAME_RESERVED
							       : MMI_FRAME_PAGE;
}

enum mmi_frame_state mmi_booted_frame_state(const struct mmi_system *system, uint64_t pfn,
					    uint64_t *end_pfn)
{
	const struct mmi_memmap *map = &system->mem.map;
	const enum mmi_frame_state state = state_of(map, pfn);
	uint64_t end = pfn + 1;

	while (end < *end_pfn && state_of(map, end) == state)
		end++;
	*end_pfn = end;
	return state;
}
