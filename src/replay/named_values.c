/* SPDX-License-Identifier: MIT */
/* Values by name: a growing array and a hash over it. */
#include "replay/named_values.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct mmi_value_chain *chain_of(const struct mmi_named_values *values, const char *name)
{
	uint64_t hash = 14695981039346656037ull; /* FNV-1a */

	for (; *name; name++)
		hash = (hash ^ (unsigned char)*name) * 1099511628211ull;
	return &values->chains[(hash ^ hash >> 32) & (values->capacity - 1)];
}

void mmi_named_values_deinit(struct mmi_named_values *values)
{
	for (size_t i = 0; i < values->nr; i++) {
		free(values->items[i].name);
		free(values->items[i].value);
	}
	free(values->items);
	free(values->chains);
	*values = (struct mmi_named_values){0};
}

static void link_item(struct mmi_named_values *values, size_t index)
{
	struct mmi_value_chain *chain = chain_of(values, values->items[index].name);
	const uint32_t number = (uint32_t)index + 1;

	values->items[index].next = 0;
	if (chain->last)
		values->items[chain->last - 1].next = number;
	else
		chain->first = number;
	chain->last = number;
}

static bool grow(struct mmi_named_values *values)
{
	const size_t capacity = values->capacity ? values->capacity * 2 : 256;
	struct mmi_value_chain *chains = calloc(capacity, sizeof(*chains));
	struct mmi_named_value *items = NULL;

	if (chains && capacity < UINT32_MAX)
		items = realloc(values->items, capacity * sizeof(*items));
	if (!items) {
		free(chains);
		return false;
	}
	free(values->chains);
	values->chains = chains;
	values->items = items;
	values->capacity = capacity;
	for (size_t i = 0; i < values->nr; i++)
		link_item(values, i);
	return true;
}

static void add(struct mmi_named_values *values, uint32_t line, const char *value,
		const char *name_format, va_list args)
{
	char name[MMI_NAME_BYTES];

	if (values->nr == values->capacity && !grow(values)) {
		values->failed = true;
		return;
	}
	vsnprintf(name, sizeof(name), name_format, args);
	struct mmi_named_value item = {.name = strdup(name), .value = strdup(value), .line = line};
	if (!item.name || !item.value) {
		free(item.name);
		free(item.value);
		values->failed = true;
		return;
	}
	values->items[values->nr++] = item;
	link_item(values, values->nr - 1);
}

void mmi_named_values_add(struct mmi_named_values *values, uint32_t line, const char *value,
			  const char *name_format, ...)
{
	va_list args;

	va_start(args, name_format);
	add(values, line, value, name_format, args);
	va_end(args);
}

void mmi_named_values_add_number(struct mmi_named_values *values, uint32_t line, uint64_t value,
				 const char *name_format, ...)
{
	char text[24];
	va_list args;

	snprintf(text, sizeof(text), "%" PRIu64, value);
	va_start(args, name_format);
	add(values, line, text, name_format, args);
	va_end(args);
}

void mmi_named_values_set_kind(struct mmi_named_values *values, enum mmi_value_kind kind)
{
	if (values->nr)
		values->items[values->nr - 1].kind = kind;
}

size_t mmi_named_values_find(const struct mmi_named_values *values, const char *name, size_t from)
{
	if (!values->nr)
		return 0;
	for (uint32_t next = chain_of(values, name)->first; next;
	     next = values->items[next - 1].next)
		if (next - 1 >= from && !strcmp(values->items[next - 1].name, name))
			return next - 1;
	return values->nr;
}
