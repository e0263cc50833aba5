/* SPDX-License-Identifier: MIT */
/*
 * Reads a text line by line.  Lines are places in the text itself; only one that holds terminal
 * escapes is copied, without them.
 */
#include <errno.h>
#include <string.h>

#include "input/line_prefix.h"
#include "input/line_reader.h"

/* Text has no NUL this near its beginning; a serial console may well leave some later on. */
#define BINARY_PROBE_BYTES 8192

#define ESCAPE '\x1b'

static int refuse_binary(const char *text, const char *nul, struct mmi_error *err)
{
	uint32_t line = 1;
	const char *line_start = text;

	for (const char *at = text; at < nul; at++) {
		if (*at != '\n')
			continue;
		line++;
		line_start = at + 1;
	}
	return mmi_error_set_at(err, -EINVAL, line, (uint32_t)(nul - line_start) + 1,
				"a NUL byte: a text was expected, this is binary");
}

int mmi_line_reader_init(struct mmi_line_reader *reader, const char *text, size_t size_bytes,
			 struct mmi_error *err)
{
	const size_t probe = size_bytes < BINARY_PROBE_BYTES ? size_bytes : BINARY_PROBE_BYTES;

	if (!size_bytes)
		return mmi_error_set_at(
		    err, -EINVAL, 1, 1,
		    "nothing, the input is empty: a boot log or a shape was expected");
	if (size_bytes >= UINT32_MAX)
		return mmi_error_set(err, -EINVAL, "a text of %zu bytes: less than 4 GiB expected",
				     size_bytes);
	const char *nul = memchr(text, 0, probe);
	if (nul)
		return refuse_binary(text, nul, err);
	*reader = (struct mmi_line_reader){.next = text, .end = text + size_bytes};
	return 0;
}

/* Bytes of the terminal escape at @at: CSI with its parameters, or two bytes. */
static size_t escape_length(const char *at, const char *end)
{
	const char *p = at + 1;

	if (p < end && *p == '[') {
		p++;
		while (p < end && (unsigned char)*p >= 0x20 && (unsigned char)*p < 0x40)
			p++;
	}
	return (size_t)(p < end ? p + 1 - at : p - at);
}

/* Copies the line without its escapes; returns the end of the copy. */
static const char *clean_line(struct mmi_line_reader *reader)
{
	size_t nr = 0;

	for (const char *at = reader->raw; at < reader->raw_end && nr < sizeof(reader->clean);) {
		if (*at == ESCAPE)
			at += escape_length(at, reader->raw_end);
		else
			reader->clean[nr++] = *at++;
	}
	return reader->clean + nr;
}

/* Finds the next line in the text; returns its length without the blanks and the CR at its end. */
static size_t next_raw_line(struct mmi_line_reader *reader, bool *is_unterminated)
{
	const size_t left = (size_t)(reader->end - reader->next);
	const char *newline = memchr(reader->next, '\n', left);
	size_t length = newline ? (size_t)(newline - reader->next) : left;

	reader->raw = reader->next;
	reader->next = newline ? newline + 1 : reader->end;
	reader->number++;
	*is_unterminated = !newline;
	while (length && (reader->raw[length - 1] == '\r' || reader->raw[length - 1] == ' ' ||
			  reader->raw[length - 1] == '\t'))
		length--;
	reader->raw_end = reader->raw + length;
	return length;
}

bool mmi_line_reader_next(struct mmi_line_reader *reader, struct mmi_line *line)
{
	bool is_unterminated;

	if (reader->next == reader->end)
		return false;
	const size_t length = next_raw_line(reader, &is_unterminated);
	struct mmi_scan scan = {reader->raw, reader->raw_end};

	reader->content = reader->raw;
	if (memchr(reader->raw, ESCAPE, length)) {
		reader->content = reader->clean;
		scan = (struct mmi_scan){reader->clean, clean_line(reader)};
	}
	mmi_line_prefix_skip(&scan);
	*line = (struct mmi_line){.text = scan.at,
				  .end = scan.end,
				  .number = reader->number,
				  .unterminated = is_unterminated};
	return true;
}

uint32_t mmi_line_reader_column(const struct mmi_line_reader *reader, const char *at)
{
	size_t skipped = (size_t)(at - reader->content);

	if (reader->content == reader->raw)
		return (uint32_t)skipped + 1;
	const char *raw = reader->raw;
	while (raw < reader->raw_end && (skipped || *raw == ESCAPE)) {
		if (*raw == ESCAPE) {
			raw += escape_length(raw, reader->raw_end);
		} else {
			raw++;
			skipped--;
		}
	}
	return (uint32_t)(raw - reader->raw) + 1;
}
