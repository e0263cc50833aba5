/* SPDX-License-Identifier: MIT */
/* The serial platform: one after another on the caller; no deadlock and no piece of memory is missed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "mminit/platform_native.h"
#include "platform/lock_rank.h"
#include "unit/test_platform_death.h"

static struct mmi_platform *platform;

static int make_platform(void **state)
{
	(void)state;
	return mmi_platform_serial_create(&platform, NULL);
}

static int destroy_platform(void **state)
{
	(void)state;
	mmi_platform_serial_destroy(platform);
	return 0;
}

struct visits {
	unsigned order[8];
	unsigned nr;
	unsigned nr_wrong_selves;
};

static void visit(void *arg, unsigned thread)
{
	struct visits *visits = arg;

	visits->order[visits->nr++] = thread;
	if (platform->ops->thread_self(platform->ctx) != thread)
		visits->nr_wrong_selves++;
}

static void team_runs_in_order(void **state)
{
	static const int nids[5] = {0, 1, 0, -1, 900};
	struct visits visits = {.nr = 0};

	(void)state;
	assert_int_equal(platform->ops->run_team(platform->ctx, 5, nids, visit, &visits), 5);
	assert_int_equal(visits.nr, 5);
	for (unsigned i = 0; i < 5; i++)
		assert_int_equal(visits.order[i], i);
	assert_int_equal(visits.nr_wrong_selves, 0);
	assert_int_equal(platform->ops->thread_self(platform->ctx), 0);
}

static void lock_twice(void *arg)
{
	platform->ops->lock(platform->ctx, arg);
	platform->ops->lock(platform->ctx, arg);
}

static void unlock(void *arg)
{
	platform->ops->unlock(platform->ctx, arg);
}

static void lock_of_a_held_lock_aborts(void **state)
{
	struct mmi_lock lock = {.rank = MMI_LOCK_ZONE};
	char said[512];

	(void)state;
	platform->ops->lock(platform->ctx, &lock);
	platform->ops->unlock(platform->ctx, &lock);
	assert_int_equal(lock.word, 0);
	assert_int_equal(signal_that_ends(lock_twice, &lock, said, sizeof(said)), SIGABRT);
	assert_non_null(strstr(said, "held"));
	assert_int_equal(signal_that_ends(unlock, &lock, said, sizeof(said)), SIGABRT);
	assert_non_null(strstr(said, "given back"));
}

static struct mmi_lock hotplug_lock = {.rank = MMI_LOCK_HOTPLUG};
static struct mmi_lock zone_lock = {.rank = MMI_LOCK_ZONE};

static void lock_falling(void *arg)
{
	(void)arg;
	platform->ops->lock(platform->ctx, &zone_lock);
	platform->ops->lock(platform->ctx, &hotplug_lock);
}

static void checked_flavour_enforces_ranks(void **state)
{
	char said[512];
	int expected = mmi_lock_rank_enforced ? SIGABRT : 0;

	(void)state;
	assert_int_equal(signal_that_ends(lock_falling, NULL, said, sizeof(said)), expected);
}

static void wait_for_an_unchanged_word(void *arg)
{
	platform->ops->wait(platform->ctx, arg, 3);
}

static void wait_that_nobody_can_end_aborts(void **state)
{
	uint32_t word = 3;
	char said[512];

	(void)state;
	assert_int_equal(signal_that_ends(wait_for_an_unchanged_word, &word, said, sizeof(said)),
			 SIGABRT);
	assert_non_null(strstr(said, "nobody else can change"));
	word = 4;
	assert_int_equal(signal_that_ends(wait_for_an_unchanged_word, &word, said, sizeof(said)),
			 0);
}

static void free_with_another_size(void *arg)
{
	(void)arg;
	platform->ops->free(platform->ctx, platform->ops->alloc(platform->ctx, 100), 101);
}

static void write_past_the_end(void *arg)
{
	char *memory = platform->ops->alloc(platform->ctx, 100);

	(void)arg;
	memory[100] = 1;
	platform->ops->free(platform->ctx, memory, 100);
}

static void release_in_part(void *arg)
{
	(void)arg;
	platform->ops->release(platform->ctx, platform->ops->reserve(platform->ctx, 1 << 20, 4096),
			       1 << 16);
}

static void keep_memory(void *arg)
{
	(void)arg;
	platform->ops->alloc(platform->ctx, 100);
	mmi_platform_serial_destroy(platform);
}

static void keep_address_space(void *arg)
{
	(void)arg;
	platform->ops->reserve(platform->ctx, 1 << 20, 4096);
	mmi_platform_serial_destroy(platform);
}

static void assert_ends(void (*function)(void *arg), const char *word)
{
	char said[4096];

	/* A sanitizer may be the first to see it, and exits. */
	assert_int_not_equal(signal_that_ends(function, NULL, said, sizeof(said)), -1);
	if (!strstr(said, word) && !strstr(said, "AddressSanitizer"))
		fail_msg("\"%s\" expected, said was: %s", word, said);
}

static void memory_is_given_back_as_it_was_taken(void **state)
{
	(void)state;
	platform->ops->free(platform->ctx, NULL, 7);
	assert_ends(free_with_another_size, "asked for as 100 bytes is given back as 101");
	assert_ends(write_past_the_end, "past its end");
	assert_ends(release_in_part, "65536 bytes of address space are given back, 1048576 res");
	assert_ends(keep_memory, "1 pieces of memory were never given back");
	assert_ends(keep_address_space, "1048576 bytes of address space were never given back");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(team_runs_in_order),
	    cmocka_unit_test(lock_of_a_held_lock_aborts),
	    cmocka_unit_test(checked_flavour_enforces_ranks),
	    cmocka_unit_test(wait_that_nobody_can_end_aborts),
	    cmocka_unit_test(memory_is_given_back_as_it_was_taken),
	};

	return cmocka_run_group_tests(tests, make_platform, destroy_platform);
}
