/* SPDX-License-Identifier: MIT */
/* The end of the process over a bug of the caller. */
#include "platform/die.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

_Noreturn void mmi_platform_die(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fputs("mminit: platform: ", stderr);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	va_end(args);
	abort();
}
