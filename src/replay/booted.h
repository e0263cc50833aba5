/* SPDX-License-Identifier: MIT */
/*
 * The machine of a log, booted by the engine: what its zones and struct pages say at hand-over.
 *
 * One thread, and memory without placement: a replay wants the result, not the speed.
 */
#ifndef REPLAY_BOOTED_H
#define REPLAY_BOOTED_H

#include "mminit/system.h"
#include "replay/log_facts.h"

/* Boots @machine, which must outlive the system; mmi_system_destroy().  As mmi_system_create(). */
int mmi_booted_create(const struct mmi_machine *machine, struct mmi_system **system,
		      struct mmi_error *err);

/*
 * State of @pfn by its struct page; *@end_pfn, above @pfn, is lowered to where the state ends.
 */
enum mmi_frame_state mmi_booted_frame_state(const struct mmi_system *system, uint64_t pfn,
					    uint64_t *end_pfn);

#endif
