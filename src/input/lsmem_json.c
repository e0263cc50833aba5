/* SPDX-License-Identifier: MIT */
/*
 * lsmem --json: {"memory": [{"range": "0x0000000000000000-0x000000007fffffff", "size": "2G",
 * "state": "online", "removable": true, "block": "0-15", "node": 0}, ...]}
 *
 * Which members there are is up to who ran it; "size" is rounded, so the range counts.
 */
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "input/memory_file.h"

static int bad(struct mmi_error *err, size_t index, const char *expected)
{
	return mmi_error_set(err, -EINVAL, "lsmem: entry %zu of \"memory\": %s expected", index,
			     expected);
}

/* A member that is a number, or a number in a string; -1: it is not there. */
static int64_t number_of(const json_t *entry, const char *name)
{
	const json_t *value = json_object_get(entry, name);
	const char *text = json_string_value(value);

	if (json_is_integer(value))
		return json_integer_value(value);
	return text && text[0] >= '0' && text[0] <= '9' ? strtoll(text, NULL, 10) : -1;
}

/* "0-15" or "7": how many memory blocks; 0: not said. */
static uint64_t nr_blocks_of(const json_t *entry)
{
	const char *text = json_string_value(json_object_get(entry, "block"));
	uint64_t first, last;

	if (!text)
		return 0;
	struct mmi_scan scan = {text, text + strlen(text)};
	if (!mmi_scan_decimal(&scan, &first))
		return 0;
	last = first;
	if (mmi_scan_word(&scan, "-") && !mmi_scan_decimal(&scan, &last))
		return 0;
	return last >= first && last - first < UINT32_MAX ? last - first + 1 : 0;
}

static void take_block_size(struct mmi_draft *draft, const json_t *entry, uint64_t size_bytes)
{
	const uint64_t nr_blocks = nr_blocks_of(entry);

	if (nr_blocks && size_bytes % nr_blocks == 0)
		draft->spec.memory_block_bytes = size_bytes / nr_blocks;
}

static int take_entry(struct mmi_draft *draft, struct mmi_byte_ranges *memory, const json_t *entry,
		      size_t index, struct mmi_error *err)
{
	const char *text = json_string_value(json_object_get(entry, "range"));
	const char *state = json_string_value(json_object_get(entry, "state"));
	const int64_t nid = number_of(entry, "node");
	struct mmi_byte_span span;

	if (!text)
		return bad(err, index, "\"range\", a string,");
	struct mmi_scan scan = {text, text + strlen(text)};
	if (mmi_scan_inclusive_range(&scan, &span) || !mmi_scan_is_done(&scan) ||
	    span.start >= span.end)
		return bad(err, index, "\"range\" as \"0x0-0x7fffffff\"");
	if (nid >= MMI_MAX_NODES)
		return bad(err, index, "\"node\" below 1024");
	const bool is_offline = state && !strcmp(state, "offline");
	const struct mmi_byte_range range = {.start = span.start,
					     .end = span.end,
					     .nid = nid < 0 ? 0 : (int)nid,
					     .kind = 1,
					     .from_kinds = MMI_FROM_ANY};
	take_block_size(draft, entry, span.end - span.start);
	return mmi_byte_ranges_append(is_offline ? &draft->windows : memory, &range, err);
}

int mmi_lsmem_read(struct mmi_draft *draft, struct mmi_byte_ranges *memory, const char *text,
		   size_t size_bytes, struct mmi_error *err)
{
	json_error_t json_err;
	json_t *document = json_loadb(text, size_bytes, 0, &json_err);
	const json_t *entries = json_object_get(document, "memory");
	int ret = 0;

	if (!document)
		return mmi_error_set_at(err, -EINVAL, (uint32_t)json_err.line,
					(uint32_t)json_err.column, "lsmem: %s", json_err.text);
	if (!json_array_size(entries))
		ret = mmi_error_set_at(err, -EINVAL, 1, 1,
				       "JSON without \"memory\", an array: what `lsmem --json` "
				       "prints was expected");
	for (size_t i = 0; !ret && i < json_array_size(entries); i++)
		ret = take_entry(draft, memory, json_array_get(entries, i), i, err);
	json_decref(document);
	return ret;
}
