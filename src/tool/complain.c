/* SPDX-License-Identifier: MIT */
/* Messages on stderr, and the exit codes that go with them. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "tool/command.h"

enum mmi_exit mmi_exit_of(int error)
{
	switch (error) {
	case 0:
		return MMI_EXIT_GOOD;
	case -ENOMEM:
	case -EAGAIN: /* threads, or their stacks */
		return MMI_EXIT_RESOURCES;
	case -ENOSYS:
	case -ENOTSUP:
		return MMI_EXIT_UNSUPPORTED;
	case -EINTR:
		return MMI_EXIT_INTERRUPTED;
	default:
		return MMI_EXIT_FAILED;
	}
}

enum mmi_exit mmi_exit_of_print(int error)
{
	if (!error)
		return MMI_EXIT_GOOD;
	return mmi_complain(mmi_exit_of(error), "%s",
			    error == -ENOMEM ? "no memory for what is to be printed"
					     : strerror(-error));
}

enum mmi_exit mmi_complain_at(const char *file, const struct mmi_error *err)
{
	fputs(file, stderr);
	if (err->line)
		fprintf(stderr, ":%u", err->line);
	if (err->line && err->column)
		fprintf(stderr, ":%u", err->column);
	fprintf(stderr, ": %s\n", err->text);
	return err->code == -ENOMEM ? MMI_EXIT_RESOURCES : MMI_EXIT_INPUT;
}

enum mmi_exit mmi_complain(enum mmi_exit exit, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fputs("mminit: ", stderr);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	va_end(args);
	return exit;
}
