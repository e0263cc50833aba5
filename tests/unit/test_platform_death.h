/* SPDX-License-Identifier: MIT */
/* Runs a function that must end its process, in a child, and says how it ended. */
#ifndef TEST_PLATFORM_DEATH_H
#define TEST_PLATFORM_DEATH_H

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* A sanitizer catches signals and exits instead; what is to be seen here is the signal. */
static inline void take_signals_as_they_come(void)
{
	signal(SIGABRT, SIG_DFL);
	signal(SIGSEGV, SIG_DFL);
}

/*
 * Returns the signal that ended @function(@arg), 0 when it returned, and what it wrote to stderr
 * in @said.
 */
static inline int signal_that_ends(void (*function)(void *arg), void *arg, char *said,
				   size_t said_bytes)
{
	size_t length = 0;
	ssize_t got;
	int ends[2], status;
	pid_t child;

	if (pipe(ends) < 0)
		return -1;
	child = fork();
	if (child == 0) {
		dup2(ends[1], STDERR_FILENO);
		take_signals_as_they_come();
		function(arg);
		_exit(0);
	}
	close(ends[1]);
	while (length + 1 < said_bytes &&
	       (got = read(ends[0], said + length, said_bytes - 1 - length)) > 0)
		length += (size_t)got;
	said[length] = '\0';
	close(ends[0]);
	if (child < 0 || waitpid(child, &status, 0) != child)
		return -1;
	return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

#endif
