/* SPDX-License-Identifier: MIT */
/* The end of the process over a bug of the caller: a broken precondition of the platform. */
#ifndef PLATFORM_DIE_H
#define PLATFORM_DIE_H

/* Says on stderr what was broken, then aborts. */
_Noreturn void mmi_platform_die(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
