/* SPDX-License-Identifier: MIT */
/*
 * A script of hotplug steps, in the words that are written to the state files of memory blocks.
 *
 *	# two lines, and several steps in one
 *	online_movable:40-43
 *	offline:41-41; online_kernel:41-41
 *	again:100
 *
 *   script = { line }              line  = [ step { ";" step } ] [ "#" comment ]
 *   step   = state ":" blocks      state = "online" | "online_kernel" | "online_movable" | "offline"
 *          | "add:" blocks [ "/" node ] | "remove:" blocks
 *          | "rebuild"             all zonelists, though nothing has changed
 *          | "again:" count        all steps above, so many times more; the last step
 *   blocks = first [ "-" last ]    numbers of memory blocks, the last one included
 *
 * What is added lies in a hotplug window, or was removed: without "/" node it is of the node whose
 * window it is, or whose memory it was.
 */
#ifndef MMINIT_HOTPLUG_SCRIPT_H
#define MMINIT_HOTPLUG_SCRIPT_H

#include "mminit/machine.h"

MMI_DECLARATIONS_BEGIN

#define MMI_MAX_HOTPLUG_STEPS  (1u << 16)
#define MMI_MAX_STEP_BLOCKS    (1u << 20) /* of one step */
#define MMI_MAX_BLOCK_NUMBER   (1ull << 40)
#define MMI_MAX_SCRIPT_REPEATS 1000000000u

enum mmi_hotplug_word {
	MMI_WORD_ONLINE,
	MMI_WORD_ONLINE_KERNEL,
	MMI_WORD_ONLINE_MOVABLE,
	MMI_WORD_OFFLINE,
	MMI_WORD_ADD,
	MMI_WORD_REMOVE,
	MMI_WORD_REBUILD,
	MMI_NR_HOTPLUG_WORDS
};

/* "online_movable", ...; NULL: no such word. */
const char *mmi_hotplug_word_name(enum mmi_hotplug_word word);

/* first_block <= last_block; both 0 where the word takes none. */
struct mmi_hotplug_step {
	enum mmi_hotplug_word word;
	uint64_t first_block;
	uint64_t last_block;
	int nid; /* -1: by the window */
	uint32_t line;
};

struct mmi_hotplug_script {
	struct mmi_hotplug_step *steps;
	size_t nr_steps;
	size_t capacity;
	uint32_t nr_repeats; /* after the first time */
};

/*
 * Reads @text of @size_bytes.  -EINVAL, @err has line and column; -ENOMEM.  Nothing is left behind
 * on failure; mmi_hotplug_script_release() frees.  Any thread.
 */
int mmi_hotplug_script_parse(struct mmi_hotplug_script *script, const char *text, size_t size_bytes,
			     struct mmi_error *err);
void mmi_hotplug_script_release(struct mmi_hotplug_script *script); /* a zeroed one is allowed */

MMI_DECLARATIONS_END

#endif
