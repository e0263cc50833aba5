/* SPDX-License-Identifier: MIT */
/*
 * A signal at the worst moment.  Loaded in front of a program's libraries (LD_PRELOAD); MMINIT_RAISE
 * says before which call that changes a file the signal comes, once: "TERM write" or "INT rename".
 * Files take ten bytes at a time then, so that the first write is not the last.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_WRITE_BYTES 10

static int signal_of(const char *name)
{
	return !strcmp(name, "INT") ? SIGINT : !strcmp(name, "HUP") ? SIGHUP : SIGTERM;
}

static void raise_before(const char *call)
{
	const char *moment = getenv("MMINIT_RAISE");
	char name[8], when[8];

	if (!moment || sscanf(moment, "%7s %7s", name, when) != 2 || strcmp(when, call))
		return;
	unsetenv("MMINIT_RAISE");
	fputs("raised\n", stderr);
	raise(signal_of(name));
}

static int is_regular(int fd)
{
	struct stat status;

	return !fstat(fd, &status) && S_ISREG(status.st_mode);
}

/* ISO C has no way from dlsym()'s pointer to a function, POSIX has. */
ssize_t write(int fd, const void *bytes, size_t size_bytes)
{
	ssize_t (*real)(int, const void *, size_t);

	*(void **)&real = dlsym(RTLD_NEXT, "write");
	if (fd > STDERR_FILENO && is_regular(fd)) {
		raise_before("write");
		if (size_bytes > MAX_WRITE_BYTES)
			size_bytes = MAX_WRITE_BYTES;
	}
	return real(fd, bytes, size_bytes);
}

int rename(const char *from, const char *to)
{
	int (*real)(const char *, const char *);

	*(void **)&real = dlsym(RTLD_NEXT, "rename");
	raise_before("rename");
	return real(from, to);
}
