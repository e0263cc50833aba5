/* SPDX-License-Identifier: MIT */
/* What a process may use of its host, and how the tool gets idle threads to sleep. */
/* native only: a program that is emulated cannot start itself. */
#define _GNU_SOURCE /* CPU sets */
#include <errno.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "mminit/platform_native.h"
#include "platform/host_facts.h"

#define MIB ((uint64_t)1 << 20)

/* A folder that stands for "/", removed with all that is below it after each test. */
static char root[64];

static int make_root(void **state)
{
	(void)state;
	snprintf(root, sizeof(root), "/tmp/mminit-host-XXXXXX");
	return mkdtemp(root) ? 0 : -1;
}

static int remove_root(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf '%s'", root);
	return system(command);
}

static void make_parents(char *path)
{
	for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		assert_true(mkdir(path, 0700) == 0 || errno == EEXIST);
		*slash = '/';
	}
}

static void put(const char *name, const char *text)
{
	char path[512];
	FILE *file;

	snprintf(path, sizeof(path), "%s%s", root, name);
	make_parents(path);
	file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	assert_int_equal(fclose(file), 0);
}

static void put_meminfo(void)
{
	put("/proc/meminfo", "MemTotal:       8388608 kB\n"
			     "MemFree:         123456 kB\n"
			     "MemAvailable:    4194304 kB\n");
}

static struct mmi_host_facts read_facts(void)
{
	struct mmi_host_facts facts;

	assert_int_equal(mmi_host_facts_read_below(root, &facts), 0);
	return facts;
}

static void without_groups_all_available_memory_counts(void **state)
{
	struct mmi_host_facts facts;

	(void)state;
	put_meminfo();
	facts = read_facts();
	assert_int_equal(facts.memory_available_bytes, 4096 * MIB);
	assert_true(facts.memory_limit_bytes == UINT64_MAX);
}

static void without_meminfo_nothing_is_known(void **state)
{
	struct mmi_host_facts facts;

	(void)state;
	assert_int_equal(mmi_host_facts_read_below(root, &facts), -ENOENT);
}

/*
 * /outer may use 1000 MiB and uses 900, of which 200 are cache: 300 are left.
 * /outer/inner may use 2000 MiB and uses 100: the outer group's limit is the tighter one.
 */
static void tightest_group_of_version_2_counts(void **state)
{
	struct mmi_host_facts facts;

	(void)state;
	put_meminfo();
	put("/proc/self/cgroup", "0::/outer/inner\n");
	put("/sys/fs/cgroup/outer/memory.max", "1048576000\n");
	put("/sys/fs/cgroup/outer/memory.current", "943718400\n");
	put("/sys/fs/cgroup/outer/memory.stat", "anon 5\ninactive_file 209715200\n");
	put("/sys/fs/cgroup/outer/inner/memory.max", "2097152000\n");
	put("/sys/fs/cgroup/outer/inner/memory.current", "104857600\n");
	facts = read_facts();
	assert_int_equal(facts.memory_available_bytes, 300 * MIB);
	assert_int_equal(facts.memory_limit_bytes, 1000 * MIB);
}

static void group_without_limit_changes_nothing(void **state)
{
	struct mmi_host_facts facts;

	(void)state;
	put_meminfo();
	put("/proc/self/cgroup", "12:cpu:/a\n4:memory:/a\n0::/a\n");
	put("/sys/fs/cgroup/a/memory.max", "max\n");
	put("/sys/fs/cgroup/memory/a/memory.limit_in_bytes", "9223372036854771712\n");
	facts = read_facts();
	assert_int_equal(facts.memory_available_bytes, 4096 * MIB);
	assert_true(facts.memory_limit_bytes == UINT64_MAX);
}

/* In a container the group's own path is often not visible: its mount shows the group itself. */
static void limit_at_the_mount_of_version_1_counts(void **state)
{
	struct mmi_host_facts facts;

	(void)state;
	put_meminfo();
	put("/proc/self/cgroup", "4:memory:/docker/0123456789\n");
	put("/sys/fs/cgroup/memory/memory.limit_in_bytes", "536870912\n");
	put("/sys/fs/cgroup/memory/memory.usage_in_bytes", "603979776\n");
	put("/sys/fs/cgroup/memory/memory.stat",
	    "inactive_file 5\ntotal_inactive_file 134217728\n");
	facts = read_facts();
	assert_int_equal(facts.memory_limit_bytes, 512 * MIB);
	assert_int_equal(facts.memory_available_bytes, (512 - (576 - 128)) * MIB);
}

static void group_over_its_limit_has_nothing_left(void **state)
{
	(void)state;
	put_meminfo();
	put("/proc/self/cgroup", "0::/\n");
	put("/sys/fs/cgroup/memory.max", "1048576\n");
	put("/sys/fs/cgroup/memory.current", "2097152\n");
	assert_int_equal(read_facts().memory_available_bytes, 0);
}

static void cpus_are_those_of_the_affinity_mask(void **state)
{
	struct mmi_host_facts facts;
	cpu_set_t all, one;
	int cpu = 0;

	(void)state;
	assert_int_equal(sched_getaffinity(0, sizeof(all), &all), 0);
	assert_int_equal(mmi_host_facts_read(&facts), 0);
	assert_int_equal(facts.nr_cpus, CPU_COUNT(&all));
	assert_true(facts.memory_available_bytes > 0);

	while (!CPU_ISSET(cpu, &all))
		cpu++;
	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	assert_int_equal(sched_setaffinity(0, sizeof(one), &one), 0);
	assert_int_equal(mmi_host_facts_read(&facts), 0);
	assert_int_equal(sched_setaffinity(0, sizeof(all), &all), 0);
	assert_int_equal(facts.nr_cpus, 1);
}

/* Runs this program as a child, told @what to do; what it prints goes to @text. */
static void run_child(const char *what, const char *policy, char *text, size_t text_bytes)
{
	char command[256];
	FILE *child;
	size_t length;

	snprintf(command, sizeof(command),
		 "env -u OMP_WAIT_POLICY -u GOMP_SPINCOUNT -u KMP_BLOCKTIME %s /proc/%d/exe %s",
		 policy, (int)getpid(), what);
	child = popen(command, "r");
	assert_non_null(child);
	length = fread(text, 1, text_bytes - 1, child);
	text[length] = '\0';
	assert_int_equal(pclose(child), 0);
}

static int reexec_child(int argc, char **argv)
{
	const char *policy;
	int ret;

	printf("started with %d arguments\n", argc);
	fflush(stdout);
	ret = mmi_native_reexec_passive(argc, argv);
	policy = getenv("OMP_WAIT_POLICY");
	printf("returned %d, policy %s\n", ret, policy ? policy : "unset");
	return 0;
}

static void program_starts_again_once_with_passive_waiting(void **state)
{
	char text[256];

	(void)state;
	run_child("reexec", "", text, sizeof(text));
	assert_string_equal(text, "started with 2 arguments\n"
				  "started with 2 arguments\n"
				  "returned 0, policy passive\n");
}

static void program_does_not_start_again_when_waiting_is_decided(void **state)
{
	char text[256];

	(void)state;
	run_child("reexec", "OMP_WAIT_POLICY=active", text, sizeof(text));
	assert_string_equal(text, "started with 2 arguments\nreturned 0, policy active\n");
	run_child("reexec", "GOMP_SPINCOUNT=5", text, sizeof(text));
	assert_string_equal(text, "started with 2 arguments\nreturned 0, policy unset\n");
}

/* How many CPUs the process was given, as it finds after it has started again. */
static int cpus_child(int argc, char **argv)
{
	struct mmi_host_facts facts;

	mmi_native_reexec_passive(argc, argv);
	if (mmi_host_facts_read(&facts))
		return 1;
	printf("%u", facts.nr_cpus);
	return 0;
}

/* The OpenMP runtime has bound the first thread to its place by then, twice. */
static void binding_by_the_runtime_does_not_lose_cpus(void **state)
{
	char expected[16], text[256];
	cpu_set_t all;

	(void)state;
	assert_int_equal(sched_getaffinity(0, sizeof(all), &all), 0);
	snprintf(expected, sizeof(expected), "%d", CPU_COUNT(&all));
	run_child("cpus", "OMP_PROC_BIND=true", text, sizeof(text));
	assert_string_equal(text, expected);
	run_child("cpus", "OMP_PLACES=cores", text, sizeof(text));
	assert_string_equal(text, expected);
	run_child("cpus", "", text, sizeof(text));
	assert_string_equal(text, expected);
}

int main(int argc, char **argv)
{
#define BELOW_ROOT(test) cmocka_unit_test_setup_teardown(test, make_root, remove_root)
	const struct CMUnitTest tests[] = {
	    BELOW_ROOT(without_groups_all_available_memory_counts),
	    BELOW_ROOT(without_meminfo_nothing_is_known),
	    BELOW_ROOT(tightest_group_of_version_2_counts),
	    BELOW_ROOT(group_without_limit_changes_nothing),
	    BELOW_ROOT(limit_at_the_mount_of_version_1_counts),
	    BELOW_ROOT(group_over_its_limit_has_nothing_left),
	    cmocka_unit_test(cpus_are_those_of_the_affinity_mask),
	    cmocka_unit_test(program_starts_again_once_with_passive_waiting),
	    cmocka_unit_test(program_does_not_start_again_when_waiting_is_decided),
	    cmocka_unit_test(binding_by_the_runtime_does_not_lose_cpus),
	};

	if (argc == 2 && strcmp(argv[1], "reexec") == 0)
		return reexec_child(argc, argv);
	if (argc == 2 && strcmp(argv[1], "cpus") == 0)
		return cpus_child(argc, argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
