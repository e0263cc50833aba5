/* SPDX-License-Identifier: MIT */
/* Reads results, and refuses what is none. */
#include "report/result_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "report/json_parts.h"

static const struct mmi_result_kind kinds[] = {
    {"run", 1, {"omachine", "anodes", "ototal", "otimes", "overdict"}},
    {"tune", 1, {"arows", "nrounds", "nthreads"}},
    {"plan", 1, {"omachine", "anodes", "agroups", "azones"}},
    {"machine", 1, {"omachine", "anodes", "amemory", "azones"}},
    {"verify", 1, {"omachine", "achecks", "overdict"}},
    {"replay", 1, {"omachine", "ocounts", "afigures"}},
    {"stress", 1, {"omachine", "ocounts", "alatency"}},
    {"predict", 1, {"arows"}},
    {"compare", 1, {"arows"}},
    {"audit", 1, {"omachine"}},
};

#define SHOWN_BYTES 40 /* of what a file says of itself */
#define NR_KINDS    (sizeof(kinds) / sizeof(kinds[0]))

static const char expected_schemas[] =
    "expected what `mminit run`, tune, plan, show --as json, verify, replay, stress, predict, "
    "compare or audit prints with --json";

/* What a document calls itself is printed, but not without an end. */
static int refuse_schema(const char *schema, struct mmi_error *err)
{
	return schema ? mmi_error_set(err, -EINVAL, "schema \"%.*s\": %s", SHOWN_BYTES, schema,
				      expected_schemas)
		      : mmi_error_set(err, -EINVAL, "no schema: %s", expected_schemas);
}

static int find_kind(const char *schema, const struct mmi_result_kind **kind, struct mmi_error *err)
{
	char known[32];

	for (size_t i = 0; schema && i < NR_KINDS; i++) {
		snprintf(known, sizeof(known), "mminit-%s/", kinds[i].name);
		if (strncmp(schema, known, strlen(known)) != 0)
			continue;
		if (strtol(schema + strlen(known), NULL, 10) != kinds[i].version)
			return mmi_error_set(err, -EINVAL, "schema \"%.*s\": expected %s%d",
					     SHOWN_BYTES, schema, known, kinds[i].version);
		*kind = &kinds[i];
		return 0;
	}
	return refuse_schema(schema, err);
}

static bool is_of_type(const json_t *value, char type)
{
	switch (type) {
	case 'o':
		return json_is_object(value);
	case 'a':
		return json_is_array(value);
	default:
		return json_is_number(value);
	}
}

static int check_members(const struct mmi_result *result, struct mmi_error *err)
{
	static const char *const names[] = {
	    ['a'] = "a list", ['n'] = "a number", ['o'] = "an object"};

	for (const char *const *member = result->kind->members; *member; member++) {
		const char type = (*member)[0];
		if (!is_of_type(json_object_get(result->document, *member + 1), type))
			return mmi_error_set(err, -EINVAL,
					     "mminit-%s/%d without \"%s\": expected %s",
					     result->kind->name, result->kind->version, *member + 1,
					     names[(unsigned char)type]);
	}
	return 0;
}

static int read_document(struct mmi_result *result, const char *text, size_t size_bytes,
			 struct mmi_error *err)
{
	json_error_t error = {0};

	result->document = json_loadb(text, size_bytes, JSON_REJECT_DUPLICATES, &error);
	if (!result->document) {
		const uint32_t line = error.line > 0 ? (uint32_t)error.line : 0;
		const uint32_t column = error.column > 0 ? (uint32_t)error.column : 0;
		return mmi_error_set_at(err, -EINVAL, line, column, "no JSON document (%.*s): %s",
					2 * SHOWN_BYTES, error.text, expected_schemas);
	}
	const int ret = find_kind(json_string_value(json_object_get(result->document, "schema")),
				  &result->kind, err);
	return ret ? ret : check_members(result, err);
}

int mmi_result_parse(const char *name, const char *text, size_t size_bytes,
		     struct mmi_result **result, struct mmi_error *err)
{
	struct mmi_result *made = calloc(1, sizeof(*made));
	int ret = -ENOMEM;

	*result = NULL;
	if (made)
		made->name = mmi_json_text(name);
	if (!made || !made->name)
		mmi_error_set(err, -ENOMEM, "no memory for a result");
	else
		ret = read_document(made, text, size_bytes, err);
	if (ret)
		mmi_result_destroy(made);
	else
		*result = made;
	return ret;
}

void mmi_result_destroy(struct mmi_result *result)
{
	if (!result)
		return;
	json_decref(result->name);
	json_decref(result->document);
	free(result);
}
