/* SPDX-License-Identifier: MIT */
/* Reads a boot log line by line and hands each to the parser of its kind. */
#include "replay/log_facts.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mminit/machine.h"
#include "replay/log_parser.h"

bool mmi_log_reserve(struct mmi_log_parser *parser, void *items, size_t item_bytes, size_t nr,
		     size_t *capacity)
{
	void **array = items;

	if (nr < *capacity)
		return true;
	const size_t wanted = *capacity ? *capacity * 2 : 16;
	void *grown = wanted <= SIZE_MAX / item_bytes ? realloc(*array, wanted * item_bytes) : NULL;
	if (!grown) {
		parser->failed = true;
		return false;
	}
	*array = grown;
	*capacity = wanted;
	return true;
}

struct mmi_log_event *mmi_log_event_add(struct mmi_log_parser *parser, enum mmi_log_event_kind kind)
{
	struct mmi_log_facts *facts = parser->facts;

	/* Without memory the last event is overwritten: nobody will look at it. */
	if (!mmi_log_reserve(parser, &facts->events, sizeof(*facts->events), facts->nr_events + 1,
			     &facts->events_capacity) &&
	    facts->nr_events)
		facts->nr_events--;
	struct mmi_log_event *event = &facts->events[facts->nr_events++];
	*event = (struct mmi_log_event){.kind = kind, .line = parser->line};
	return event;
}

void mmi_byte_spans_add(struct mmi_log_parser *parser, struct mmi_byte_spans *spans,
			struct mmi_byte_span span)
{
	if (mmi_log_reserve(parser, &spans->items, sizeof(*spans->items), spans->nr,
			    &spans->capacity))
		spans->items[spans->nr++] = span;
}

bool mmi_scan_token(struct mmi_scan *scan, char *token, size_t size_bytes)
{
	size_t length = 0;

	mmi_scan_blanks(scan);
	while (!mmi_scan_is_done(scan) && *scan->at != ' ' && *scan->at != '\t' &&
	       *scan->at != ',') {
		/* It may come to be printed. */
		if (length + 1 < size_bytes)
			token[length++] = *scan->at > ' ' && *scan->at < 0x7f ? *scan->at : '?';
		scan->at++;
	}
	token[length] = '\0';
	return length > 0;
}

void mmi_build_label(char label[MMI_LABEL_BYTES], size_t build)
{
	if (build)
		snprintf(label, MMI_LABEL_BYTES, "rebuild %zu", build);
	else
		snprintf(label, MMI_LABEL_BYTES, "boot");
}

/* One event beforehand, so that there is always one to write to. */
static int reserve_first_event(struct mmi_log_parser *parser, struct mmi_error *err)
{
	struct mmi_log_facts *facts = parser->facts;

	if (mmi_log_reserve(parser, &facts->events, sizeof(*facts->events), 0,
			    &facts->events_capacity))
		return 0;
	return mmi_error_set(err, -ENOMEM, "no memory for the events of a log");
}

/* A file may hold several boots, one after the other: the last one counts. */
static bool begins_next_boot(const struct mmi_log_parser *parser, struct mmi_scan scan)
{
	return parser->nr_builds && !parser->facts->nr_steps &&
	       mmi_scan_word(&scan, "Linux version ");
}

/* Forgets all but the emulator's command line, which stands before the first boot. */
static int begin_next_boot(struct mmi_log_parser *parser, struct mmi_error *err)
{
	struct mmi_log_facts *facts = parser->facts;
	const struct mmi_log_facts emulator = {.dimms = facts->dimms,
					       .nr_dimms = facts->nr_dimms,
					       .dimms_capacity = facts->dimms_capacity};

	facts->dimms = NULL;
	mmi_log_facts_deinit(facts);
	*facts = emulator;
	*parser = (struct mmi_log_parser){
	    .facts = facts, .cpu = -1, .line = parser->line, .failed = parser->failed};
	return reserve_first_event(parser, err);
}

int mmi_log_facts_init(struct mmi_log_facts *facts, const char *text, size_t size_bytes,
		       struct mmi_error *err)
{
	struct mmi_log_parser parser = {.facts = facts, .cpu = -1};
	struct mmi_line_reader reader;
	struct mmi_line line;
	int ret;

	*facts = (struct mmi_log_facts){0};
	ret = mmi_line_reader_init(&reader, text, size_bytes, err);
	if (!ret)
		ret = reserve_first_event(&parser, err);
	while (!ret && mmi_line_reader_next(&reader, &line)) {
		const struct mmi_scan scan = {line.text, line.end};
		struct mmi_scan marker = scan;

		parser.line = line.number;
		if (mmi_scan_word(&marker, "==")) {
			mmi_marker_line(&parser, marker);
			continue;
		}
		if (begins_next_boot(&parser, scan))
			ret = begin_next_boot(&parser, err);
		if (parser.file != MMI_DUMP_NONE)
			mmi_dump_line(&parser, scan);
		mmi_message_line(&parser, scan);
	}
	if (ret)
		return ret;
	mmi_marker_end(&parser);
	facts->nr_builds = parser.nr_builds;
	if (parser.failed || facts->statements.failed)
		return mmi_error_set(err, -ENOMEM, "no memory for the figures of %u lines",
				     reader.number);
	return 0;
}

int mmi_log_pxm_nid(const struct mmi_log_facts *facts, uint64_t pxm)
{
	for (size_t i = 0; i < facts->nr_pxms; i++)
		if (facts->pxms[i].pxm == pxm)
			return facts->pxms[i].nid;
	return -1;
}

void mmi_log_facts_deinit(struct mmi_log_facts *facts)
{
	for (size_t i = 0; i < facts->nr_steps; i++)
		free(facts->steps[i].runs);
	free(facts->steps);
	free(facts->events);
	free(facts->dimms);
	free(facts->node_cpus);
	free(facts->pxms);
	free(facts->cma.items);
	free(facts->first_reserved.items);
	mmi_named_values_deinit(&facts->statements);
	*facts = (struct mmi_log_facts){0};
}
