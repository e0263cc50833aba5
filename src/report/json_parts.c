/* SPDX-License-Identifier: MIT */
/* Pieces of JSON that several reports have. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "report/json_parts.h"

void mmi_json_set(json_t *object, const char *key, json_t *value, bool *failed)
{
	/* json_object_set_new() drops the value when it fails, and takes NULL for a failure. */
	if (json_object_set_new(object, key, value))
		*failed = true;
}

void mmi_json_append(json_t *array, json_t *value, bool *failed)
{
	if (json_array_append_new(array, value))
		*failed = true;
}

json_t *mmi_json_done(json_t *value, bool failed)
{
	if (!failed)
		return value;
	json_decref(value);
	return NULL;
}

json_t *mmi_json_count(uint64_t value)
{
	return json_integer((json_int_t)value);
}

/* JSON is UTF-8; the name of a file may be anything. */
static json_t *ascii_text(const char *text)
{
	char *copy = strdup(text);

	if (!copy)
		return NULL;
	for (char *c = copy; *c; c++)
		if ((unsigned char)*c >= 0x80)
			*c = '?';
	json_t *value = json_string(copy);
	free(copy);
	return value;
}

json_t *mmi_json_text(const char *text)
{
	if (!text)
		return json_null();
	json_t *value = json_string(text);
	return value ? value : ascii_text(text);
}

json_t *mmi_json_source(const struct mmi_report_source *source)
{
	const struct mmi_machine *machine = source->machine;
	json_t *object = json_object();
	bool failed = !object;

	mmi_json_set(object, "name", mmi_json_text(source->name), &failed);
	mmi_json_set(object, "format", mmi_json_text(source->info->format_name), &failed);
	mmi_json_set(object, "sources", mmi_json_text(source->info->sources), &failed);
	mmi_json_set(object, "notes", mmi_json_text(source->info->notes), &failed);
	mmi_json_set(object, "arch", mmi_json_text(mmi_arch_name(machine->geometry.arch)), &failed);
	mmi_json_set(object, "linux", mmi_json_text(mmi_linux_version_name(machine->linux_version)),
		     &failed);
	mmi_json_set(object, "page_bytes", mmi_json_count(1ull << machine->geometry.page_shift),
		     &failed);
	mmi_json_set(object, "nr_nodes", mmi_json_count(machine->nr_nodes), &failed);
	mmi_json_set(object, "nr_cpus", mmi_json_count(machine->nr_cpus), &failed);
	mmi_json_set(object, "nr_present_pages", mmi_json_count(machine->nr_present_pages),
		     &failed);
	return mmi_json_done(object, failed);
}

static json_t *zone_json(const struct mmi_node_layout *node, int type)
{
	const struct mmi_zone_span *span = &node->zones[type];

	return json_pack("{s:i, s:s, s:I, s:I, s:I, s:I}", "nid", node->nid, "zone",
			 mmi_zone_type_name(type), "start_pfn", (json_int_t)span->start_pfn,
			 "end_pfn", (json_int_t)span->end_pfn, "spanned",
			 (json_int_t)(span->end_pfn - span->start_pfn), "present",
			 (json_int_t)span->nr_present_pages);
}

json_t *mmi_json_zones(const struct mmi_layout *layout)
{
	json_t *zones = json_array();
	bool failed = !zones;

	for (size_t i = 0; i < layout->machine->nr_nodes; i++)
		for (int z = 0; z < MMI_NR_ZONES; z++)
			if (layout->nodes[i].zones[z].nr_present_pages)
				mmi_json_append(zones, zone_json(&layout->nodes[i], z), &failed);
	return mmi_json_done(zones, failed);
}

static json_t *split_json(const struct mmi_node_split *split, uint64_t nr_present_pages)
{
	json_t *first =
	    split->has_deferred ? mmi_json_count(split->first_deferred_pfn) : json_null();

	return json_pack("{s:i, s:I, s:I, s:I, s:o, s:I}", "nid", split->nid, "present",
			 (json_int_t)nr_present_pages, "early", (json_int_t)split->nr_early_pages,
			 "deferred", (json_int_t)split->nr_deferred_pages, "first_deferred_pfn",
			 first, "held_back", (json_int_t)split->nr_held_back_pages);
}

json_t *mmi_json_splits(const struct mmi_plan *plan)
{
	const struct mmi_machine *machine = plan->layout->machine;
	json_t *splits = json_array();
	bool failed = !splits;

	for (size_t i = 0; i < machine->nr_nodes; i++)
		mmi_json_append(splits,
				split_json(&plan->splits[i], machine->nodes[i].nr_present_pages),
				&failed);
	return mmi_json_done(splits, failed);
}

int mmi_json_finish(FILE *out, json_t *document, bool failed)
{
	char *text = NULL;

	if (!failed)
		text = json_dumps(document, JSON_INDENT(2));
	json_decref(document);
	if (!text)
		return -ENOMEM;
	fputs(text, out);
	fputc('\n', out);
	free(text);
	return 0;
}
