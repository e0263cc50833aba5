/* SPDX-License-Identifier: MIT */
/* What the parsers of a log's parts share: where they stand, and how they say what they found. */
#ifndef REPLAY_LOG_PARSER_H
#define REPLAY_LOG_PARSER_H

#include "input/line_reader.h"
#include "replay/log_facts.h"

enum mmi_dump_file {
	MMI_DUMP_NONE, /* before the first, or one that states nothing for us */
	MMI_DUMP_ZONEINFO,
	MMI_DUMP_PAGETYPEINFO,
	MMI_DUMP_MEMINFO,
	MMI_DUMP_BLOCK_SIZE,
	MMI_DUMP_BLOCKS,
	MMI_DUMP_FRAMES,
	MMI_DUMP_SYSCTL,
	MMI_DUMP_CPULIST, /* of parser->nid */
};

/* The list of lines that a heading began. */
enum mmi_message_list {
	MMI_LIST_NONE,
	MMI_LIST_ZONE_RANGES,
	MMI_LIST_MOVABLE_STARTS,
	MMI_LIST_EARLY_RANGES,
};

#define MMI_ZONE_NAME_BYTES 16

struct mmi_log_parser {
	struct mmi_log_facts *facts;
	uint32_t line; /* number of the current one */
	bool failed;   /* out of memory */

	enum mmi_message_list list;
	size_t nr_early_ranges;
	size_t nr_unavailable;
	size_t nr_builds;
	unsigned nr_memblock_dumps;

	enum mmi_dump_file file;
	char label[MMI_LABEL_BYTES]; /* of the step */
	int nid;
	char zone[MMI_ZONE_NAME_BYTES]; /* "": no zone's lines */
	int64_t cpu;                    /* whose lines; -1: the zone's own */
	uint64_t boost_pages;

	bool has_acts; /* since the last step: writes of one word to blocks first..last */
	enum mmi_online_type act_type;
	uint64_t first_block;
	uint64_t last_block;
};

/* A line of kernel messages. */
void mmi_message_line(struct mmi_log_parser *parser, struct mmi_scan scan);

/* What stands behind "Command line:". */
void mmi_boot_params_line(struct mmi_log_parser *parser, struct mmi_scan scan);

/* "==..." lines: steps, acts, files, the emulator's command line. */
void mmi_marker_line(struct mmi_log_parser *parser, struct mmi_scan scan);
/* The end of the log. */
void mmi_marker_end(struct mmi_log_parser *parser);

/* A line of the dump that is open. */
void mmi_dump_line(struct mmi_log_parser *parser, struct mmi_scan scan);

/* Appends an event of the current line; a scratch one when memory ran out.  Never NULL. */
struct mmi_log_event *mmi_log_event_add(struct mmi_log_parser *parser,
					enum mmi_log_event_kind kind);
void mmi_byte_spans_add(struct mmi_log_parser *parser, struct mmi_byte_spans *spans,
			struct mmi_byte_span span);

/*
 * Makes room for one more of @nr items of @item_bytes in *@items; false, and parser->failed: no
 * memory.
 */
bool mmi_log_reserve(struct mmi_log_parser *parser, void *items, size_t item_bytes, size_t nr,
		     size_t *capacity);

/* Copies what stands up to the next blank or comma, passing it; false when nothing does. */
bool mmi_scan_token(struct mmi_scan *scan, char *token, size_t size_bytes);

#endif
