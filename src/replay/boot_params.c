/* SPDX-License-Identifier: MIT */
/* The kernel's command line: what memory that comes and goes is counted by. */
#include "input/size.h"
#include "replay/log_parser.h"

/* Goes behind the next parameter that begins with @name; false, and at the end: there is none. */
static bool find_param(struct mmi_scan *scan, const char *name)
{
	do {
		mmi_scan_blanks(scan);
		if (mmi_scan_word(scan, name))
			return true;
	} while (mmi_scan_find(scan, " "));
	return false;
}

static void take_default_online(struct mmi_log_facts *facts, struct mmi_scan scan)
{
	static const struct {
		const char *word;
		enum mmi_online_type type;
	} states[] = {
	    {"online_kernel", MMI_ONLINE_KERNEL},
	    {"online_movable", MMI_ONLINE_MOVABLE},
	    {"online", MMI_ONLINE},
	    {"offline", MMI_OFFLINE},
	};

	if (!find_param(&scan, "memhp_default_state="))
		return;
	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
		if (mmi_scan_word(&scan, states[i].word)) {
			facts->has_default_online = true;
			facts->default_online = states[i].type;
			return;
		}
	}
}

/* Of several the last one counts; "mem=nopentium" is none. */
static void take_memory_limit(struct mmi_log_facts *facts, struct mmi_scan scan)
{
	uint64_t limit;

	while (find_param(&scan, "mem="))
		if (!mmi_scan_size(&scan, NULL, &limit))
			facts->memory_limit = limit;
}

void mmi_boot_params_line(struct mmi_log_parser *parser, struct mmi_scan scan)
{
	struct mmi_log_facts *facts = parser->facts;
	struct mmi_scan rest = scan;

	if (find_param(&rest, "transparent_hugepage=never"))
		facts->huge_pages_never = true;
	rest = scan;
	if (find_param(&rest, "movable_node"))
		facts->movable_node = true;
	take_default_online(facts, scan);
	take_memory_limit(facts, scan);
}
