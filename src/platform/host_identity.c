/* SPDX-License-Identifier: MIT */
/* What this host is called: its CPU model and its kernel. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#include "mminit/platform_native.h"

/* The value behind the colon of a line of /proc/cpuinfo, without its end of line. */
static void copy_value(char *target, size_t size_bytes, const char *line)
{
	const char *value = strchr(line, ':');

	value += 1 + strspn(value + 1, " \t");
	snprintf(target, size_bytes, "%.*s", (int)strcspn(value, "\n"), value);
}

/* Each architecture has words of its own for it; arm64 has none. */
static void read_cpu_model(struct mmi_host_identity *identity)
{
	static const char *const fields[] = {"model name", "cpu\t", "uarch"};
	FILE *file = fopen("/proc/cpuinfo", "re");
	char line[512];

	if (!file)
		return;
	while (!identity->cpu_model[0] && fgets(line, sizeof(line), file))
		for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
			if (!strncmp(line, fields[i], strlen(fields[i])) && strchr(line, ':'))
				copy_value(identity->cpu_model, sizeof(identity->cpu_model), line);
	fclose(file);
}

int mmi_host_identity_read(struct mmi_host_identity *identity)
{
	struct utsname names;

	*identity = (struct mmi_host_identity){0};
	if (uname(&names) < 0)
		return -errno;
	snprintf(identity->kernel, sizeof(identity->kernel), "%s %s %s", names.sysname,
		 names.release, names.machine);
	read_cpu_model(identity);
	return 0;
}
