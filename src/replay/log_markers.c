/* SPDX-License-Identifier: MIT */
/*
 * Lines that a captured boot has beside the kernel's own: "==STEP", "==FILE", "==ACT", and the
 * emulator's command line "==QEMU", which alone says where memory was plugged in.
 *
 * A step is named by its "==STEP" line.  Where the dumps and that line were taken out, the writes
 * of one word to adjacent blocks make a step, named after them in the same way.
 */
#include <stdio.h>
#include <string.h>

#include "input/size.h"
#include "replay/log_parser.h"

static void open_step(struct mmi_log_parser *parser, const char *name)
{
	struct mmi_log_facts *facts = parser->facts;

	if (!mmi_log_reserve(parser, &facts->steps, sizeof(*facts->steps), facts->nr_steps,
			     &facts->steps_capacity))
		return;
	struct mmi_log_step *step = &facts->steps[facts->nr_steps];
	*step = (struct mmi_log_step){0};
	if (facts->nr_steps)
		snprintf(step->label, sizeof(step->label), "step %zu %s", facts->nr_steps, name);
	else
		snprintf(step->label, sizeof(step->label), "boot");
	memcpy(parser->label, step->label, sizeof(parser->label));
	mmi_log_event_add(parser, MMI_LOG_STEP)->step = facts->nr_steps++;
	parser->file = MMI_DUMP_NONE;
	parser->has_acts = false;
}

/* Ends a run of writes that no "==STEP" line ended. */
static void close_acts(struct mmi_log_parser *parser)
{
	char name[MMI_LABEL_BYTES];

	if (!parser->has_acts)
		return;
	snprintf(name, sizeof(name), "%s:%llu-%llu", mmi_online_type_name(parser->act_type),
		 (unsigned long long)parser->first_block, (unsigned long long)parser->last_block);
	open_step(parser, name);
}

static void take_step(struct mmi_log_parser *parser, struct mmi_scan scan)
{
	char name[64];

	mmi_scan_token(&scan, name, sizeof(name));
	open_step(parser, name);
	parser->facts->says_added = true;
}

static bool scan_act(struct mmi_scan *scan, struct mmi_log_event *event)
{
	char word[24];

	if (!mmi_scan_token(scan, word, sizeof(word)) || !mmi_online_type_read(word, &event->type))
		return false;
	mmi_scan_blanks(scan);
	if (!mmi_scan_word(scan, "memory") || !mmi_scan_decimal(scan, &event->block) ||
	    !mmi_scan_word(scan, "/state"))
		return false;
	mmi_scan_blanks(scan);
	event->ok = mmi_scan_word(scan, "ok");
	return true;
}

static void take_act(struct mmi_log_parser *parser, struct mmi_scan scan)
{
	struct mmi_log_event event = {0};

	if (!scan_act(&scan, &event))
		return;
	if (!parser->facts->nr_steps)
		open_step(parser, "boot");
	if (parser->has_acts &&
	    (parser->act_type != event.type || parser->last_block + 1 != event.block))
		close_acts(parser);
	if (!parser->has_acts)
		parser->first_block = event.block;
	parser->has_acts = true;
	parser->act_type = event.type;
	parser->last_block = event.block;
	parser->file = MMI_DUMP_NONE;

	struct mmi_log_event *added = mmi_log_event_add(parser, MMI_LOG_ACT);
	added->type = event.type;
	added->block = event.block;
	added->ok = event.ok;
	parser->facts->says_added = true;
}

/* "sys/devices/system/node/node1/cpulist" of the boot describes the machine. */
static bool is_cpulist(struct mmi_log_parser *parser, struct mmi_scan scan)
{
	mmi_scan_blanks(&scan);
	return parser->facts->nr_steps <= 1 &&
	       mmi_scan_word(&scan, "sys/devices/system/node/node") &&
	       !mmi_scan_nid(&scan, &parser->nid) && mmi_scan_word(&scan, "/cpulist");
}

static void take_file(struct mmi_log_parser *parser, struct mmi_scan scan)
{
	static const struct {
		const char *path;
		enum mmi_dump_file file;
	} files[] = {
	    {"proc/zoneinfo", MMI_DUMP_ZONEINFO},
	    {"proc/pagetypeinfo", MMI_DUMP_PAGETYPEINFO},
	    {"proc/meminfo", MMI_DUMP_MEMINFO},
	    {"sys/devices/system/memory/block_size_bytes", MMI_DUMP_BLOCK_SIZE},
	    {"memory-blocks", MMI_DUMP_BLOCKS},
	    {"page-frames", MMI_DUMP_FRAMES},
	    {"proc/sys/vm", MMI_DUMP_SYSCTL},
	};
	char path[80];

	parser->file = MMI_DUMP_NONE;
	parser->zone[0] = '\0';
	if (is_cpulist(parser, scan)) {
		parser->file = MMI_DUMP_CPULIST;
		return;
	}
	if (!mmi_scan_token(&scan, path, sizeof(path)) || !parser->facts->nr_steps)
		return;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		if (!strcmp(path, files[i].path))
			parser->file = files[i].file;
}

/* The value of "key=" in a comma-separated list of an emulator option; false: none that fits. */
static bool option_value(struct mmi_scan list, const char *key, char *value, size_t size_bytes)
{
	char word[160];

	while (!mmi_scan_is_done(&list) && mmi_scan_token(&list, word, sizeof(word))) {
		const size_t length = strlen(key);
		if (!strncmp(word, key, length) && word[length] == '=') {
			const size_t value_bytes = strlen(word + length + 1) + 1;
			if (value_bytes > size_bytes)
				return false;
			memcpy(value, word + length + 1, value_bytes);
			return true;
		}
		mmi_scan_word(&list, ",");
	}
	return false;
}

/* The size of the memory object @id. */
static bool backend_size(struct mmi_scan command, const char *id, uint64_t *size_bytes)
{
	char text[64];

	while (mmi_scan_find(&command, "-object memory-backend-")) {
		struct mmi_scan list = command;
		while (!mmi_scan_is_done(&command) && *command.at != ' ')
			command.at++;
		list.end = command.at;
		if (!option_value(list, "id", text, sizeof(text)) || strcmp(text, id) != 0)
			continue;
		if (!option_value(list, "size", text, sizeof(text)))
			return false;
		struct mmi_scan size = {text, text + strlen(text)};
		return !mmi_scan_size(&size, NULL, size_bytes);
	}
	return false;
}

static void take_dimm(struct mmi_log_parser *parser, struct mmi_scan command, struct mmi_scan list)
{
	struct mmi_log_facts *facts = parser->facts;
	struct mmi_log_dimm dimm = {0};
	char text[64];

	if (!option_value(list, "memdev", text, sizeof(text)) ||
	    !backend_size(command, text, &dimm.size_bytes))
		return;
	if (option_value(list, "node", text, sizeof(text))) {
		struct mmi_scan scan = {text, text + strlen(text)};
		if (!mmi_scan_decimal(&scan, &dimm.pxm))
			return;
	}
	if (option_value(list, "addr", text, sizeof(text))) {
		struct mmi_scan scan = {text, text + strlen(text)};
		dimm.has_address = mmi_scan_hex(&scan, &dimm.address);
	}
	if (facts->nr_dimms < MMI_MAX_LOG_DIMMS &&
	    mmi_log_reserve(parser, &facts->dimms, sizeof(dimm), facts->nr_dimms,
			    &facts->dimms_capacity))
		facts->dimms[facts->nr_dimms++] = dimm;
}

static void take_emulator(struct mmi_log_parser *parser, struct mmi_scan scan)
{
	const struct mmi_scan command = scan;

	while (mmi_scan_find(&scan, "-device pc-dimm")) {
		struct mmi_scan list = scan;
		while (!mmi_scan_is_done(&scan) && *scan.at != ' ')
			scan.at++;
		list.end = scan.at;
		mmi_scan_word(&list, ",");
		take_dimm(parser, command, list);
	}
}

void mmi_marker_line(struct mmi_log_parser *parser, struct mmi_scan scan)
{
	if (mmi_scan_word(&scan, "STEP "))
		take_step(parser, scan);
	else if (mmi_scan_word(&scan, "FILE "))
		take_file(parser, scan);
	else if (mmi_scan_word(&scan, "ACT "))
		take_act(parser, scan);
	else if (mmi_scan_word(&scan, "QEMU "))
		take_emulator(parser, scan);
	else
		parser->file = MMI_DUMP_NONE;
}

void mmi_marker_end(struct mmi_log_parser *parser)
{
	if (!parser->facts->nr_steps)
		open_step(parser, "boot");
	close_acts(parser);
}
