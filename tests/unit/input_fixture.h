/* SPDX-License-Identifier: MIT */
/* What input tests share: reading files of the tree, and texts that must or must not be machines. */
#ifndef TESTS_UNIT_INPUT_FIXTURE_H
#define TESTS_UNIT_INPUT_FIXTURE_H

#include "machine_fixture.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

/* A file below the project's folder, terminated; the caller frees it. */
static inline char *read_source_file(const char *path, size_t *size_bytes)
{
	char name[1024];
	FILE *file;
	long length;
	char *text;

	snprintf(name, sizeof(name), "%s/%s", MMINIT_SOURCE_DIR, path);
	file = fopen(name, "rb");
	if (!file)
		fail_msg("%s cannot be opened", name);
	fseek(file, 0, SEEK_END);
	length = ftell(file);
	rewind(file);
	text = malloc((size_t)length + 1);
	assert_non_null(text);
	assert_int_equal(fread(text, 1, (size_t)length, file), length);
	text[length] = 0;
	fclose(file);
	*size_bytes = (size_t)length;
	return text;
}

/* The machine of @text, which must be one.  The text is a copy without an end, for sanitizers. */
static inline struct mmi_machine *parse_sized(struct mmi_platform *platform, const char *text,
					      size_t size_bytes, struct mmi_input_info *info)
{
	struct mmi_machine *machine = NULL;
	struct mmi_error err = {0};
	char *copy = malloc(size_bytes ? size_bytes : 1);

	assert_non_null(copy);
	memcpy(copy, text, size_bytes);
	if (mmi_input_text(platform, copy, size_bytes, NULL, &machine, info, &err))
		fail_msg("%u:%u: %s\nof: %.200s", err.line, err.column, err.text, text);
	free(copy);
	return machine;
}

static inline struct mmi_machine *parse(struct mmi_platform *platform, const char *text)
{
	return parse_sized(platform, text, strlen(text), NULL);
}

/* @text must be refused at the place, with the words. */
static inline void assert_text_refused_at(struct mmi_platform *platform, const char *text,
					  uint32_t line, uint32_t column, const char *words)
{
	struct mmi_machine *machine = (void *)1;
	struct mmi_error err = {0};
	const size_t size_bytes = strlen(text);
	char *copy = malloc(size_bytes ? size_bytes : 1);

	assert_non_null(copy);
	memcpy(copy, text, size_bytes);
	assert_int_equal(mmi_input_text(platform, copy, size_bytes, NULL, &machine, NULL, &err),
			 -EINVAL);
	assert_null(machine);
	if (!strstr(err.text, words))
		fail_msg("\"%s\" does not say \"%s\"\nof: %s", err.text, words, text);
	if (err.line != line || err.column != column)
		fail_msg("%u:%u: %s\nexpected at %u:%u of: %s", err.line, err.column, err.text,
			 line, column, text);
	free(copy);
}

#endif
