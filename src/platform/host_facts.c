/* SPDX-License-Identifier: MIT */
/*
 * What this process may use of the host: its CPUs, and memory without going to swap or to the
 * limits of its control groups.
 *
 * A limit holds for a group and all below it, so the tightest on the way from the process's own
 * group to the top counts.  Page cache that a group could drop at once is not counted as used.
 * Memory that does not fit is refused before it is touched, because the kernel's answer to the
 * attempt is to kill the process.
 */
#include "platform/host_facts.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "platform/given_cpus.h"

#define PATH_BYTES 4096

/* Version 1 writes "no limit" as the largest multiple of a page; no machine has that much. */
#define NO_LIMIT_BYTES ((uint64_t)1 << 62)

/* Where the two versions of control groups keep the same figures. */
struct cgroup_layout {
	const char *mount;
	const char *limit_file;
	const char *usage_file;
	const char *cache_field; /* of memory.stat: page cache that is easy to drop */
};

static const struct cgroup_layout cgroup_v1 = {
    .mount = "/sys/fs/cgroup/memory",
    .limit_file = "memory.limit_in_bytes",
    .usage_file = "memory.usage_in_bytes",
    .cache_field = "total_inactive_file",
};

static const struct cgroup_layout cgroup_v2 = {
    .mount = "/sys/fs/cgroup",
    .limit_file = "memory.max",
    .usage_file = "memory.current",
    .cache_field = "inactive_file",
};

/* The number behind @field and blanks in a file of "field number" lines; @missing when absent. */
static uint64_t read_field(const char *path, const char *field, uint64_t missing)
{
	FILE *file = fopen(path, "re");
	size_t length = strlen(field);
	uint64_t value = missing;
	char line[256];

	if (!file)
		return missing;
	while (fgets(line, sizeof(line), file)) {
		if (strncmp(line, field, length) != 0)
			continue;
		if (sscanf(line + length, " %" SCNu64, &value) == 1)
			break;
	}
	fclose(file);
	return value;
}

/* One group: its folder is root + mount + group. */
static uint64_t read_group_file(const char *root, const struct cgroup_layout *layout,
				const char *group, const char *name, const char *field,
				uint64_t missing)
{
	char path[PATH_BYTES];
	int length = snprintf(path, sizeof(path), "%s%s%s/%s", root, layout->mount, group, name);

	if (length < 0 || (size_t)length >= sizeof(path))
		return missing;
	return read_field(path, field, missing);
}

static void apply_group(const char *root, const struct cgroup_layout *layout, const char *group,
			struct mmi_host_facts *facts)
{
	uint64_t limit = read_group_file(root, layout, group, layout->limit_file, "", UINT64_MAX);
	uint64_t used = read_group_file(root, layout, group, layout->usage_file, "", 0);
	uint64_t cache =
	    read_group_file(root, layout, group, "memory.stat", layout->cache_field, 0);
	uint64_t room;

	if (limit >= NO_LIMIT_BYTES)
		return;
	used = used > cache ? used - cache : 0;
	room = limit > used ? limit - used : 0;
	if (limit < facts->memory_limit_bytes)
		facts->memory_limit_bytes = limit;
	if (room < facts->memory_available_bytes)
		facts->memory_available_bytes = room;
}

/* @group is cut off from its end: "/a/b", "/a", "". */
static void apply_group_and_parents(const char *root, const struct cgroup_layout *layout,
				    char *group, struct mmi_host_facts *facts)
{
	char *slash;

	while ((slash = strrchr(group, '/')) != NULL) {
		if (slash[1] != '\0')
			apply_group(root, layout, group, facts);
		*slash = '\0';
	}
	apply_group(root, layout, "", facts);
}

/* A line of /proc/self/cgroup: "0::/group" (version 2) or "4:memory:/group" (version 1). */
static void apply_cgroup_line(const char *root, char *line, struct mmi_host_facts *facts)
{
	char *controllers = strchr(line, ':');
	char *group = controllers ? strchr(controllers + 1, ':') : NULL;

	if (!group)
		return;
	*group++ = '\0';
	controllers++;
	group[strcspn(group, "\n")] = '\0';
	if (controllers[0] == '\0')
		apply_group_and_parents(root, &cgroup_v2, group, facts);
	else if (strcmp(controllers, "memory") == 0)
		apply_group_and_parents(root, &cgroup_v1, group, facts);
}

static void apply_cgroups(const char *root, struct mmi_host_facts *facts)
{
	char line[PATH_BYTES];
	FILE *file;

	snprintf(line, sizeof(line), "%s/proc/self/cgroup", root);
	file = fopen(line, "re");
	if (!file)
		return; /* a kernel without control groups sets no limits */
	while (fgets(line, sizeof(line), file))
		apply_cgroup_line(root, line, facts);
	fclose(file);
}

/* Where that is not to be known there is one at least. */
static unsigned count_given_cpus(void)
{
	struct mmi_given_cpus given;
	unsigned nr_cpus = 1;

	if (mmi_given_cpus_read(&given) == 0)
		nr_cpus = given.nr_cpus;
	mmi_given_cpus_deinit(&given);
	return nr_cpus;
}

int mmi_host_facts_read_below(const char *root, struct mmi_host_facts *facts)
{
	char path[PATH_BYTES];
	uint64_t available_kib;

	snprintf(path, sizeof(path), "%s/proc/meminfo", root);
	available_kib = read_field(path, "MemAvailable:", UINT64_MAX);
	if (available_kib == UINT64_MAX)
		return -ENOENT;
	facts->nr_cpus = count_given_cpus();
	facts->memory_available_bytes = available_kib << 10;
	facts->memory_limit_bytes = UINT64_MAX;
	apply_cgroups(root, facts);
	return 0;
}

int mmi_host_facts_read(struct mmi_host_facts *facts)
{
	return mmi_host_facts_read_below("", facts);
}
