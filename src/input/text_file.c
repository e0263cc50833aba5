/* SPDX-License-Identifier: MIT */
/* Reads whole small files. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "input/text_file.h"

#define MAX_TEXT_BYTES (64u << 20)

/* Doubles the buffer where it is full; NULL, and nothing freed, where that is not possible. */
static char *grow(char *text, size_t length, size_t *capacity)
{
	if (length + 1 < *capacity)
		return text;
	if (*capacity >= MAX_TEXT_BYTES) {
		errno = EFBIG;
		return NULL;
	}
	char *larger = realloc(text, *capacity * 2);
	if (larger)
		*capacity *= 2;
	return larger;
}

static char *read_all(FILE *file, size_t *size_bytes)
{
	size_t capacity = 65536, length = 0, nr_read;
	char *text = malloc(capacity);

	if (!text)
		return NULL;
	do {
		char *larger = grow(text, length, &capacity);
		if (!larger) {
			free(text);
			return NULL;
		}
		text = larger;
		nr_read = fread(text + length, 1, capacity - length - 1, file);
		length += nr_read;
	} while (nr_read);
	if (ferror(file)) {
		free(text);
		return NULL;
	}
	text[length] = 0;
	*size_bytes = length;
	return text;
}

char *mmi_text_file_read(const char *path, size_t *size_bytes)
{
	FILE *file = fopen(path, "re");
	char *text;

	if (!file)
		return NULL;
	text = read_all(file, size_bytes);
	const int error = errno;
	fclose(file);
	errno = error;
	return text;
}
