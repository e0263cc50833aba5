/* SPDX-License-Identifier: MIT */
/*
 * The error object: what went wrong, and where in the input.
 *
 * The convention of the whole library: a function that can fail returns 0 or a
 * negative errno value (or NULL where it returns a pointer), and, when it takes
 * a `struct mmi_error *`, also says in words what it met and what it expected.
 * NULL is allowed wherever an error object is taken.  Nothing is half done on
 * failure.  Asserts are for our own bugs, never for input.
 */
#ifndef MMINIT_ERROR_H
#define MMINIT_ERROR_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "mminit/export.h"

MMI_DECLARATIONS_BEGIN

#define MMI_ERROR_TEXT_BYTES 320

struct mmi_error {
	int code;                        /* negative errno; 0: no error */
	uint32_t line;                   /* line of the input, from 1; 0: not about a line */
	uint32_t column;                 /* column in bytes, from 1; 0: not known */
	char text[MMI_ERROR_TEXT_BYTES]; /* "what was read: what was expected", one line */
};

/*
 * Fills @err (when not NULL) and returns @code.  @format knows a subset of printf:
 * %s %.*s %c %d %u %x %lu %lx %llu %llx %zu %%, with 0 and a width.  Text that does not fit
 * is cut, and control characters become '?'.  Any thread, no allocation.
 */
int mmi_error_set(struct mmi_error *err, int code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The same, with a place in the input. */
int mmi_error_set_at(struct mmi_error *err, int code, uint32_t line, uint32_t column,
		     const char *format, ...) __attribute__((format(printf, 5, 6)));

/*
 * Writes @format into @buffer of @size_bytes, always terminated when the size is not 0.
 * Returns the number of bytes written, without the terminator.  Any thread.
 */
size_t mmi_format(char *buffer, size_t size_bytes, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
size_t mmi_vformat(char *buffer, size_t size_bytes, const char *format, va_list args);

MMI_DECLARATIONS_END

#endif
