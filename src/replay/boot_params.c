/* SPDX-License-Identifier: MIT */
/* What of the kernel's command line a replay goes by; what shapes the machine is read by input. */
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
	char word[24];

	if (find_param(&scan, "memhp_default_state=") &&
	    mmi_scan_token(&scan, word, sizeof(word)) &&
	    mmi_online_type_read(word, &facts->default_online))
		facts->has_default_online = true;
}

/* Of several "mem=" the last counts; "mem=nopentium" is of another kind. */
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
