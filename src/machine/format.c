/* SPDX-License-Identifier: MIT */
/* Formatted text for a core without stdio: the few conversions that error messages need. */
#include <stdbool.h>
#include <string.h>

#include "mminit/error.h"

struct writer {
	char *buffer;
	size_t size_bytes;
	size_t length;
};

/* One conversion: flags and width as written, and how long its integer is. */
struct conversion {
	bool zero_pad;
	int width;
	int precision; /* -1: none */
	unsigned nr_longs;
	bool is_size;
	char letter;
};

static void put_char(struct writer *w, char c)
{
	if (w->length + 1 < w->size_bytes)
		w->buffer[w->length++] = c;
}

static void put_padding(struct writer *w, int count, char c)
{
	while (count-- > 0)
		put_char(w, c);
}

static void put_string(struct writer *w, const struct conversion *conv, const char *text)
{
	int length = 0;

	if (!text)
		text = "(null)";
	while ((conv->precision < 0 || length < conv->precision) && text[length])
		length++;
	put_padding(w, conv->width - length, ' ');
	for (int i = 0; i < length; i++)
		put_char(w, text[i]);
}

static void put_number(struct writer *w, const struct conversion *conv, uint64_t value,
		       bool negative)
{
	const uint64_t base = conv->letter == 'x' ? 16 : 10;
	char digits[24];
	int nr_digits = 0;

	do {
		digits[nr_digits++] = "0123456789abcdef"[value % base];
		value /= base;
	} while (value);
	const int padding = conv->width - nr_digits - negative;
	if (!conv->zero_pad)
		put_padding(w, padding, ' ');
	if (negative)
		put_char(w, '-');
	if (conv->zero_pad)
		put_padding(w, padding, '0');
	while (nr_digits)
		put_char(w, digits[--nr_digits]);
}

static const char *parse_conversion(const char *format, va_list *args, struct conversion *conv)
{
	*conv = (struct conversion){.precision = -1};
	if (*format == '0') {
		conv->zero_pad = true;
		format++;
	}
	while (*format >= '0' && *format <= '9')
		conv->width = conv->width * 10 + (*format++ - '0');
	if (format[0] == '.' && format[1] == '*') {
		conv->precision = va_arg(*args, int);
		format += 2;
	}
	while (*format == 'l') {
		conv->nr_longs++;
		format++;
	}
	if (*format == 'z') {
		conv->is_size = true;
		format++;
	}
	conv->letter = *format;
	return *format ? format + 1 : format;
}

static uint64_t next_unsigned(const struct conversion *conv, va_list *args)
{
	if (conv->is_size)
		return va_arg(*args, size_t);
	if (conv->nr_longs == 0)
		return va_arg(*args, unsigned);
	return conv->nr_longs == 1 ? va_arg(*args, unsigned long)
				   : va_arg(*args, unsigned long long);
}

static int64_t next_signed(const struct conversion *conv, va_list *args)
{
	if (conv->nr_longs == 0)
		return va_arg(*args, int);
	return conv->nr_longs == 1 ? va_arg(*args, long) : va_arg(*args, long long);
}

static void put_conversion(struct writer *w, const struct conversion *conv, va_list *args)
{
	switch (conv->letter) {
	case 's':
		put_string(w, conv, va_arg(*args, const char *));
		break;
	case 'c':
		put_char(w, (char)va_arg(*args, int));
		break;
	case 'd': {
		const int64_t value = next_signed(conv, args);
		put_number(w, conv, value < 0 ? -(uint64_t)value : (uint64_t)value, value < 0);
		break;
	}
	case 'u':
	case 'x':
		put_number(w, conv, next_unsigned(conv, args), false);
		break;
	default:
		put_char(w, conv->letter);
	}
}

size_t mmi_vformat(char *buffer, size_t size_bytes, const char *format, va_list args)
{
	struct writer w = {.buffer = buffer, .size_bytes = size_bytes};
	va_list rest;

	va_copy(rest, args);
	while (*format) {
		if (*format != '%') {
			put_char(&w, *format++);
			continue;
		}
		struct conversion conv;
		format = parse_conversion(format + 1, &rest, &conv);
		put_conversion(&w, &conv, &rest);
	}
	va_end(rest);
	if (size_bytes)
		buffer[w.length] = '\0';
	return w.length;
}

size_t mmi_format(char *buffer, size_t size_bytes, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	const size_t length = mmi_vformat(buffer, size_bytes, format, args);
	va_end(args);
	return length;
}

/* What was read may hold line ends and terminal escapes; the message is one line. */
static void set_text(struct mmi_error *err, const char *format, va_list args)
{
	mmi_vformat(err->text, sizeof(err->text), format, args);
	for (char *at = err->text; *at; at++)
		if ((unsigned char)*at < ' ' || *at == 0x7f)
			*at = '?';
}

int mmi_error_set(struct mmi_error *err, int code, const char *format, ...)
{
	if (!err)
		return code;
	va_list args;

	va_start(args, format);
	*err = (struct mmi_error){.code = code};
	set_text(err, format, args);
	va_end(args);
	return code;
}

int mmi_error_set_at(struct mmi_error *err, int code, uint32_t line, uint32_t column,
		     const char *format, ...)
{
	if (!err)
		return code;
	va_list args;

	va_start(args, format);
	*err = (struct mmi_error){.code = code, .line = line, .column = column};
	set_text(err, format, args);
	va_end(args);
	return code;
}
