/* SPDX-License-Identifier: MIT */
/* Teams of the native platform: who runs, where, and what is left of it afterwards. */
#define _GNU_SOURCE /* CPU sets */
#include <errno.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "mminit/platform_native.h"

#define MAX_THREADS 64

static struct mmi_platform *create(enum mmi_native_bind bind)
{
	const struct mmi_native_options options = {.bind = bind};
	struct mmi_platform *platform;

	assert_int_equal(mmi_platform_native_create(&options, &platform, NULL), 0);
	return platform;
}

struct roll_call {
	struct mmi_platform *platform;
	unsigned nr_calls[MAX_THREADS]; /* by thread */
	unsigned nr_wrong_selves;
};

static void answer(void *arg, unsigned thread)
{
	struct roll_call *roll = arg;

	__atomic_add_fetch(&roll->nr_calls[thread], 1, __ATOMIC_RELAXED);
	if (roll->platform->ops->thread_self(roll->platform->ctx) != thread)
		__atomic_add_fetch(&roll->nr_wrong_selves, 1, __ATOMIC_RELAXED);
}

static void call_roll(struct mmi_platform *platform, unsigned nr_threads, const int *nids)
{
	struct roll_call roll = {.platform = platform};

	assert_int_equal(platform->ops->run_team(platform->ctx, nr_threads, nids, answer, &roll),
			 nr_threads);
	for (unsigned i = 0; i < MAX_THREADS; i++)
		assert_int_equal(roll.nr_calls[i], i < nr_threads);
	assert_int_equal(roll.nr_wrong_selves, 0);
	assert_int_equal(platform->ops->thread_self(platform->ctx), 0);
}

static void team_runs_each_thread_once(void **state)
{
	struct mmi_platform *platform = create(MMI_NATIVE_BIND_AUTO);
	int nids[MAX_THREADS] = {0};

	(void)state;
	call_roll(platform, 1, nids);
	call_roll(platform, 2, nids);
	call_roll(platform, 7, NULL);
	call_roll(platform, MAX_THREADS, nids);
	call_roll(platform, 3, nids);
	assert_int_equal(platform->ops->run_team(platform->ctx, 0, nids, answer, NULL), 0);
	mmi_platform_native_destroy(platform);
}

struct meeting {
	uint32_t nr_present;
};

static void wait_for_the_other(void *arg, unsigned thread)
{
	struct meeting *meeting = arg;

	(void)thread;
	__atomic_add_fetch(&meeting->nr_present, 1, __ATOMIC_ACQ_REL);
	while (__atomic_load_n(&meeting->nr_present, __ATOMIC_ACQUIRE) < 2)
		sched_yield();
}

/* One after another they would wait for ever. */
static void threads_of_a_team_run_at_once(void **state)
{
	struct mmi_platform *platform = create(MMI_NATIVE_BIND_NEVER);
	struct meeting meeting = {0};

	(void)state;
	assert_int_equal(
	    platform->ops->run_team(platform->ctx, 2, NULL, wait_for_the_other, &meeting), 2);
	assert_int_equal(meeting.nr_present, 2);
	mmi_platform_native_destroy(platform);
}

static void look_at_cpus(void *arg, unsigned thread)
{
	cpu_set_t *seen = arg;

	(void)thread;
	assert_int_equal(sched_getaffinity(0, sizeof(*seen), seen), 0);
}

/* A thread that is allowed one CPU only gets all of its node, and that one back. */
static void binding_lasts_as_long_as_the_team(void **state)
{
	struct mmi_platform *platform = create(MMI_NATIVE_BIND_ALWAYS);
	struct mmi_native_binding binding;
	cpu_set_t all, one, during, after;
	const int nid = 0;
	int cpu = 0;

	(void)state;
	assert_int_equal(sched_getaffinity(0, sizeof(all), &all), 0);
	while (!CPU_ISSET(cpu, &all))
		cpu++;
	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	assert_int_equal(sched_setaffinity(0, sizeof(one), &one), 0);
	assert_int_equal(platform->ops->run_team(platform->ctx, 1, &nid, look_at_cpus, &during), 1);
	assert_int_equal(sched_getaffinity(0, sizeof(after), &after), 0);
	assert_int_equal(sched_setaffinity(0, sizeof(all), &all), 0);
	assert_int_equal(mmi_native_binding(platform, 0, &binding), 0);
	print_message("%s: before %s, during %s, on CPU %d\n", mmi_native_bind_state(platform),
		      binding.cpus_before, binding.cpus_during, binding.cpu);

	assert_true(CPU_EQUAL(&after, &one));
	assert_string_equal(mmi_native_bind_state(platform), "bound to the CPUs of their node");
	assert_true(binding.bound);
	assert_int_equal(binding.nid, 0);
	assert_int_equal(binding.host_nid, 0);
	assert_true(CPU_ISSET(binding.cpu, &during));
	assert_int_equal(strtol(binding.cpus_before, NULL, 10), cpu);
	/* The node's CPUs are not those of a thread that nobody has bound. */
	if (CPU_COUNT(&during) > 1)
		assert_string_not_equal(binding.cpus_during, binding.cpus_before);
	mmi_platform_native_destroy(platform);
}

/* A node's CPUs that the process was not given are none of ours, nor is a whole node's worth. */
static void threads_stay_within_the_given_cpus(void **state)
{
	struct mmi_native_binding binding;
	struct mmi_platform *platform;
	cpu_set_t all, one, during;
	const int nid = 0;
	int cpu = CPU_SETSIZE - 1;

	(void)state;
	assert_int_equal(sched_getaffinity(0, sizeof(all), &all), 0);
	while (!CPU_ISSET(cpu, &all))
		cpu--;
	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	assert_int_equal(sched_setaffinity(0, sizeof(one), &one), 0);
	platform = create(MMI_NATIVE_BIND_ALWAYS);
	assert_int_equal(sched_setaffinity(0, sizeof(all), &all), 0);
	assert_int_equal(platform->ops->run_team(platform->ctx, 1, &nid, look_at_cpus, &during), 1);
	assert_int_equal(mmi_native_binding(platform, 0, &binding), 0);
	assert_true(CPU_EQUAL(&during, &one));
	assert_true(binding.bound);
	assert_int_equal(strtol(binding.cpus_during, NULL, 10), cpu);
	assert_string_equal(binding.ran_on, binding.cpus_during);
	if (CPU_COUNT(&all) > 1)
		assert_non_null(strstr(mmi_native_bind_state(platform), "given"));
	mmi_platform_native_destroy(platform);
}

struct look {
	struct mmi_platform *platform;
	int on_node; /* 0, as the thread saw it */
};

static void look_at_node(void *arg, unsigned thread)
{
	struct look *look = arg;

	(void)thread;
	look->on_node = look->platform->ops->on_node(look->platform->ctx, 0);
}

/* On a host of several nodes a thread that no team sent anywhere may run anywhere. */
static void only_threads_sent_to_a_node_are_expected_there(void **state)
{
	struct mmi_platform *platform = create(MMI_NATIVE_BIND_ALWAYS);
	struct look look = {.platform = platform};
	const int nid = 0;

	(void)state;
	look_at_node(&look, 0);
	assert_true(look.on_node < 0);
	assert_int_equal(platform->ops->run_team(platform->ctx, 1, NULL, look_at_node, &look), 1);
	assert_true(look.on_node < 0);
	assert_int_equal(platform->ops->run_team(platform->ctx, 1, &nid, look_at_node, &look), 1);
	assert_true(look.on_node != 0);
	mmi_platform_native_destroy(platform);
}

static void binding_is_known_of_the_last_team_only(void **state)
{
	struct mmi_platform *platform = create(MMI_NATIVE_BIND_NEVER);
	struct mmi_native_binding binding;
	const int nids[2] = {0, -1};

	(void)state;
	assert_int_equal(mmi_native_binding(platform, 0, &binding), -ENOENT);
	call_roll(platform, 4, NULL);
	call_roll(platform, 2, nids);
	assert_int_equal(mmi_native_binding(platform, 2, &binding), -ENOENT);
	assert_int_equal(mmi_native_binding(platform, 1, &binding), 0);
	assert_int_equal(binding.nid, -1);
	assert_int_equal(binding.host_nid, -1);
	assert_false(binding.bound);
	assert_string_equal(binding.cpus_during, binding.cpus_before);
	mmi_platform_native_destroy(platform);
}

static void binding_of_the_user_is_left_alone(void **state)
{
	struct mmi_platform *platform;
	struct mmi_native_binding binding;
	const int nid = 0;

	(void)state;
	setenv("OMP_PLACES", "cores", 1);
	platform = create(MMI_NATIVE_BIND_AUTO);
	call_roll(platform, 1, &nid);
	assert_int_equal(mmi_native_binding(platform, 0, &binding), 0);
	assert_false(binding.bound);
	assert_non_null(strstr(mmi_native_bind_state(platform), "OMP_PLACES"));
	mmi_platform_native_destroy(platform);

	platform = create(MMI_NATIVE_BIND_ALWAYS);
	call_roll(platform, 1, &nid);
	assert_int_equal(mmi_native_binding(platform, 0, &binding), 0);
	assert_true(binding.bound);
	mmi_platform_native_destroy(platform);
	unsetenv("OMP_PLACES");
}

static int host_nid_of(struct mmi_platform *platform, int nid)
{
	struct mmi_native_binding binding;

	call_roll(platform, 1, &nid);
	assert_int_equal(mmi_native_binding(platform, 0, &binding), 0);
	assert_int_equal(binding.nid, nid);
	/* It only looks like a machine: nothing is bound there, though hwloc would say so. */
	assert_false(binding.bound);
	return binding.host_nid;
}

static void nodes_of_a_machine_go_round_the_nodes_of_the_host(void **state)
{
	static const int nids[] = {1, 3, 5, 1023, 0};
	static const int bad_nids[] = {0, 1024};
	static const int expected[] = {0, 1, 2, 0, 1};
	struct mmi_platform *platform;

	(void)state;
	setenv("HWLOC_SYNTHETIC", "node:3 core:2 pu:1", 1);
	platform = create(MMI_NATIVE_BIND_ALWAYS);
	unsetenv("HWLOC_SYNTHETIC");
	assert_non_null(strstr(mmi_native_bind_state(platform), "not this system's"));

	assert_int_equal(host_nid_of(platform, 2), 2);
	assert_int_equal(host_nid_of(platform, 3), -1);
	assert_int_equal(mmi_native_map_nodes(platform, bad_nids, 2), -EINVAL);
	assert_int_equal(host_nid_of(platform, 2), 2);
	assert_int_equal(mmi_native_map_nodes(platform, nids, 5), 0);
	for (int i = 0; i < 5; i++)
		assert_int_equal(host_nid_of(platform, nids[i]), expected[i]);
	assert_int_equal(host_nid_of(platform, 2), -1);
	assert_int_equal(mmi_native_map_node(platform, 1024, 0), -EINVAL);
	assert_int_equal(mmi_native_map_node(platform, 3, 3), -ENOENT);
	assert_int_equal(mmi_native_map_node(platform, 3, 0), 0);
	assert_int_equal(host_nid_of(platform, 3), 0);
	assert_int_equal(host_nid_of(platform, 5), 2);
	mmi_platform_native_destroy(platform);
}

static void clock_does_not_go_back(void **state)
{
	struct mmi_platform *platform = create(MMI_NATIVE_BIND_NEVER);
	uint64_t last_ns = platform->ops->clock_ns(platform->ctx);

	(void)state;
	assert_true(last_ns > 0);
	for (int i = 0; i < 1000; i++) {
		uint64_t now_ns = platform->ops->clock_ns(platform->ctx);

		assert_true(now_ns >= last_ns);
		last_ns = now_ns;
	}
	mmi_platform_native_destroy(platform);
	mmi_platform_native_destroy(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(team_runs_each_thread_once),
	    cmocka_unit_test(threads_of_a_team_run_at_once),
	    cmocka_unit_test(binding_lasts_as_long_as_the_team),
	    cmocka_unit_test(threads_stay_within_the_given_cpus),
	    cmocka_unit_test(only_threads_sent_to_a_node_are_expected_there),
	    cmocka_unit_test(binding_is_known_of_the_last_team_only),
	    cmocka_unit_test(binding_of_the_user_is_left_alone),
	    cmocka_unit_test(nodes_of_a_machine_go_round_the_nodes_of_the_host),
	    cmocka_unit_test(clock_does_not_go_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
