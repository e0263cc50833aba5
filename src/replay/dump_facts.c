/* SPDX-License-Identifier: MIT */
/* Dumps of /proc and /sys at a step: the figures that they state. */
#include <stdio.h>
#include <string.h>

#include "mminit/machine.h"
#include "replay/log_parser.h"

static struct mmi_named_values *statements(struct mmi_log_parser *parser)
{
	return &parser->facts->statements;
}

/* "Node 0, zone    DMA32": whose lines follow, or whose numbers. */
static bool scan_zone(struct mmi_log_parser *parser, struct mmi_scan *scan)
{
	int nid;

	if (!mmi_scan_word(scan, "Node") || mmi_scan_nid(scan, &nid) ||
	    !mmi_scan_word(scan, ", zone"))
		return false;
	parser->nid = nid;
	return mmi_scan_token(scan, parser->zone, sizeof(parser->zone));
}

static void take_zone_field(struct mmi_log_parser *parser, const char *field, struct mmi_scan scan,
			    uint64_t boost_pages)
{
	uint64_t value;

	mmi_scan_blanks(&scan);
	if (mmi_scan_decimal(&scan, &value))
		mmi_named_values_add_number(
		    statements(parser), parser->line, value > boost_pages ? value - boost_pages : 0,
		    MMI_FIGURE_ZONE, parser->label, parser->nid, parser->zone, field);
}

/* "        protection: (0, 2938, 3897, 3897, 3897)" */
static void take_protection(struct mmi_log_parser *parser, struct mmi_scan scan)
{
	char value[128] = "";
	size_t length = 0;
	uint64_t nr_pages;

	mmi_scan_blanks(&scan);
	if (!mmi_scan_word(&scan, "("))
		return;
	while (mmi_scan_decimal(&scan, &nr_pages) && length < sizeof(value) - 24) {
		length += (size_t)snprintf(value + length, sizeof(value) - length, "%s%llu",
					   length ? " " : "", (unsigned long long)nr_pages);
		mmi_scan_word(&scan, ",");
		mmi_scan_blanks(&scan);
	}
	mmi_named_values_add(statements(parser), parser->line, value, MMI_FIGURE_ZONE,
			     parser->label, parser->nid, parser->zone, "protection");
}

/* Fields of one CPU's page lists, with the names that we give them. */
static void take_cpu_field(struct mmi_log_parser *parser, const char *field, struct mmi_scan scan)
{
	uint64_t value;

	mmi_scan_blanks(&scan);
	if (parser->cpu >= 0 && mmi_scan_decimal(&scan, &value))
		mmi_named_values_add_number(statements(parser), parser->line, value, MMI_FIGURE_CPU,
					    parser->label, parser->nid, parser->zone,
					    (unsigned)parser->cpu, field);
}

static void take_cpu(struct mmi_log_parser *parser, struct mmi_scan scan)
{
	uint64_t cpu;

	mmi_scan_blanks(&scan);
	if (mmi_scan_decimal(&scan, &cpu) && cpu <= INT32_MAX)
		parser->cpu = (int64_t)cpu;
}

static void take_boost(struct mmi_log_parser *parser, struct mmi_scan scan)
{
	mmi_scan_blanks(&scan);
	if (!mmi_scan_decimal(&scan, &parser->boost_pages))
		parser->boost_pages = 0;
}

static void take_zoneinfo(struct mmi_log_parser *parser, struct mmi_scan scan)
{
	static const char *const watermarks[] = {"min", "low", "high", "promo"};
	static const char *const counters[] = {"spanned", "present", "managed"};
	static const char *const cpu_fields[] = {"high_min", "high_max", "high", "batch"};
	struct mmi_scan rest = scan;
	char word[32];

	if (scan_zone(parser, &rest)) {
		parser->cpu = -1;
		parser->boost_pages = 0;
		return;
	}
	rest = scan;
	if (mmi_scan_word(&rest, "vm stats threshold:")) {
		take_cpu_field(parser, "stat threshold", rest);
		return;
	}
	if (!parser->zone[0] || !mmi_scan_token(&rest, word, sizeof(word)))
		return;
	if (!strcmp(word, "boost"))
		take_boost(parser, rest);
	else if (!strcmp(word, "protection:"))
		take_protection(parser, rest);
	else if (!strcmp(word, "cpu:"))
		take_cpu(parser, rest);
	else if (!strcmp(word, "start_pfn:"))
		take_zone_field(parser, "start_pfn", rest, 0);
	for (size_t i = 0; i < sizeof(watermarks) / sizeof(watermarks[0]); i++)
		if (!strcmp(word, watermarks[i]))
			take_zone_field(parser, word, rest, parser->boost_pages);
	for (size_t i = 0; i < sizeof(counters) / sizeof(counters[0]); i++)
		if (!strcmp(word, counters[i]))
			take_zone_field(parser, word, rest, 0);
	const size_t length = strlen(word);
	if (length < 2 || word[length - 1] != ':')
		return;
	word[length - 1] = '\0';
	for (size_t i = 0; i < sizeof(cpu_fields) / sizeof(cpu_fields[0]); i++)
		if (!strcmp(word, cpu_fields[i]))
			take_cpu_field(parser, word, rest);
}

/* "Node 0, zone   Normal           45          465            2 ...": blocks of each type */
static void take_pagetypeinfo(struct mmi_log_parser *parser, struct mmi_scan scan)
{
	uint64_t nr_blocks, sum = 0;

	if (!scan_zone(parser, &scan))
		return;
	mmi_scan_blanks(&scan);
	if (mmi_scan_is_done(&scan) || *scan.at == ',')
		return;
	while (mmi_scan_decimal(&scan, &nr_blocks)) {
		sum += nr_blocks;
		mmi_scan_blanks(&scan);
	}
	mmi_named_values_add_number(statements(parser), parser->line, sum, MMI_FIGURE_PAGEBLOCKS,
				    parser->label, parser->nid, parser->zone);
}

static void take_meminfo(struct mmi_log_parser *parser, struct mmi_scan scan)
{
	uint64_t kib;

	if (!mmi_scan_word(&scan, "MemTotal:"))
		return;
	mmi_scan_blanks(&scan);
	if (mmi_scan_decimal(&scan, &kib))
		mmi_named_values_add_number(statements(parser), parser->line, kib,
					    MMI_FIGURE_MEM_TOTAL, parser->label);
}

static void take_block_bytes(struct mmi_log_parser *parser, struct mmi_scan scan)
{
	uint64_t size_bytes;

	if (!mmi_scan_hex(&scan, &size_bytes))
		return;
	mmi_named_values_add_number(statements(parser), parser->line, size_bytes,
				    MMI_FIGURE_BLOCK_SIZE, parser->label);
	parser->file = MMI_DUMP_NONE; /* one line */
}

/* "memory41 offline node1 Movable Normal" */
static void take_block(struct mmi_log_parser *parser, struct mmi_scan scan)
{
	char value[128] = "", word[32];
	uint64_t number;

	if (!mmi_scan_word(&scan, "memory") || !mmi_scan_decimal(&scan, &number))
		return;
	for (size_t length = 0; mmi_scan_token(&scan, word, sizeof(word)); length = strlen(value))
		snprintf(value + length, sizeof(value) - length, "%s%s", length ? " " : "", word);
	mmi_named_values_add(statements(parser), parser->line, value, MMI_FIGURE_BLOCK,
			     parser->label, (unsigned long long)number);
}

/* "1000-1e02 reserved" */
static void take_frames(struct mmi_log_parser *parser, struct mmi_scan scan)
{
	static const char *const states[] = {
	    [MMI_FRAME_PAGE] = "page",
	    [MMI_FRAME_RESERVED] = "reserved",
	    [MMI_FRAME_NONE] = "nopage",
	};
	struct mmi_log_step *step = &parser->facts->steps[parser->facts->nr_steps - 1];
	struct mmi_frame_run run = {.line = parser->line};
	char word[16];

	if (!mmi_scan_hex(&scan, &run.start_pfn) || !mmi_scan_word(&scan, "-") ||
	    !mmi_scan_hex(&scan, &run.end_pfn) || run.end_pfn < run.start_pfn ||
	    !mmi_scan_token(&scan, word, sizeof(word)))
		return;
	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
		if (strcmp(word, states[i]) != 0)
			continue;
		run.state = (enum mmi_frame_state)i;
		if (mmi_log_reserve(parser, &step->runs, sizeof(run), step->nr_runs,
				    &step->runs_capacity))
			step->runs[step->nr_runs++] = run;
	}
}

static void take_sysctl(struct mmi_log_parser *parser, struct mmi_scan scan)
{
	uint64_t kbytes;

	if (!mmi_scan_word(&scan, "min_free_kbytes"))
		return;
	mmi_scan_blanks(&scan);
	if (mmi_scan_decimal(&scan, &kbytes))
		mmi_named_values_add_number(statements(parser), parser->line, kbytes,
					    MMI_FIGURE_MIN_FREE, parser->label);
}

/* "0-3,8" */
static void take_cpulist(struct mmi_log_parser *parser, struct mmi_scan scan)
{
	struct mmi_log_facts *facts = parser->facts;
	struct mmi_log_node_cpus cpus = {.nid = parser->nid};
	uint64_t first, last;

	parser->file = MMI_DUMP_NONE; /* one line */
	while (mmi_scan_decimal(&scan, &first)) {
		last = first;
		if (mmi_scan_word(&scan, "-") && !mmi_scan_decimal(&scan, &last))
			return;
		if (last < first || last - first > INT16_MAX)
			return;
		cpus.nr_cpus += (unsigned)(last - first) + 1;
		mmi_scan_word(&scan, ",");
	}
	if (mmi_log_reserve(parser, &facts->node_cpus, sizeof(cpus), facts->nr_node_cpus,
			    &facts->node_cpus_capacity))
		facts->node_cpus[facts->nr_node_cpus++] = cpus;
}

void mmi_dump_line(struct mmi_log_parser *parser, struct mmi_scan scan)
{
	switch (parser->file) {
	case MMI_DUMP_ZONEINFO:
		take_zoneinfo(parser, scan);
		break;
	case MMI_DUMP_PAGETYPEINFO:
		take_pagetypeinfo(parser, scan);
		break;
	case MMI_DUMP_MEMINFO:
		take_meminfo(parser, scan);
		break;
	case MMI_DUMP_BLOCK_SIZE:
		take_block_bytes(parser, scan);
		break;
	case MMI_DUMP_BLOCKS:
		take_block(parser, scan);
		break;
	case MMI_DUMP_FRAMES:
		take_frames(parser, scan);
		break;
	case MMI_DUMP_SYSCTL:
		take_sysctl(parser, scan);
		break;
	case MMI_DUMP_CPULIST:
		take_cpulist(parser, scan);
		break;
	case MMI_DUMP_NONE:
		break;
	}
}
