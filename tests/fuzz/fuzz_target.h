/* SPDX-License-Identifier: MIT */
/*
 * What the fuzz targets share.
 *
 * A target is one function over any bytes.  libFuzzer calls it with what it makes up
 * (`./test fuzz`); replay_inputs.c calls it with files, in the default suite.  What a target
 * expects of a parser beyond coming back is stated with fuzz_expect().
 */
#ifndef TESTS_FUZZ_FUZZ_TARGET_H
#define TESTS_FUZZ_FUZZ_TARGET_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mminit/error.h"
#include "mminit/platform_native.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define fuzz_expect(condition) fuzz_expect_at((condition), #condition, __FILE__, __LINE__)

static inline void fuzz_expect_at(bool condition, const char *text, const char *file, int line)
{
	if (condition)
		return;
	fprintf(stderr, "%s:%d: expected: %s\n", file, line, text);
	abort();
}

/* One for each input: what it still holds at the end is a leak. */
static inline struct mmi_platform *fuzz_platform(void)
{
	struct mmi_platform *platform = NULL;

	fuzz_expect(mmi_platform_serial_create(&platform, NULL) == 0);
	return platform;
}

/* A parser that failed says why, in one line, and of a text at a place that is in it. */
static inline void fuzz_expect_error(int ret, const struct mmi_error *err, const uint8_t *data,
				     size_t size)
{
	uint32_t nr_lines = 1;

	for (size_t i = 0; i < size; i++)
		nr_lines += data[i] == '\n';
	fuzz_expect(ret < 0 && err->code == ret);
	fuzz_expect(err->text[0] && memchr(err->text, 0, sizeof(err->text)));
	fuzz_expect(!strchr(err->text, '\n'));
	fuzz_expect(err->line <= nr_lines);
}

/* The input as a terminated text, which the caller frees. */
static inline char *fuzz_terminated(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);

	fuzz_expect(text != NULL);
	memcpy(text, data, size);
	text[size] = 0;
	return text;
}

#endif
