/* SPDX-License-Identifier: MIT */
/* Scripts of hotplug steps: every word, and what is refused at which place. */
#include "machine_fixture.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "mminit/hotplug_script.h"

/* The text is a copy without an end, for sanitizers. */
static int parse_copy(struct mmi_hotplug_script *script, const char *text, struct mmi_error *err)
{
	const size_t size_bytes = strlen(text);
	char *copy = malloc(size_bytes ? size_bytes : 1);

	memcpy(copy, text, size_bytes);
	const int ret = mmi_hotplug_script_parse(script, copy, size_bytes, err);
	free(copy);
	return ret;
}

/* Steps as text, a line each: "offline 41-41 @3" */
static void assert_steps(const char *text, const char *expected, uint32_t nr_repeats)
{
	struct mmi_hotplug_script script;
	struct mmi_error err = {0};
	char found[512] = "";
	size_t length = 0;

	if (parse_copy(&script, text, &err))
		fail_msg("%u:%u: %s\nof: %s", err.line, err.column, err.text, text);
	for (size_t i = 0; i < script.nr_steps && length < sizeof(found); i++) {
		const struct mmi_hotplug_step *step = &script.steps[i];
		length += (size_t)snprintf(
		    found + length, sizeof(found) - length, "%u %s %llu-%llu @%d\n", step->line,
		    mmi_hotplug_word_name(step->word), (unsigned long long)step->first_block,
		    (unsigned long long)step->last_block, step->nid);
	}
	assert_string_equal(found, expected);
	assert_int_equal(script.nr_repeats, nr_repeats);
	mmi_hotplug_script_release(&script);
}

static void assert_refused(const char *text, uint32_t line, uint32_t column, const char *words)
{
	struct mmi_hotplug_script script = {.nr_steps = 1};
	struct mmi_error err = {0};

	assert_int_equal(parse_copy(&script, text, &err), -EINVAL);
	if (!strstr(err.text, words))
		fail_msg("\"%s\" does not say \"%s\"\nof: %s", err.text, words, text);
	if (err.line != line || err.column != column)
		fail_msg("%u:%u: %s\nexpected at %u:%u of: %s", err.line, err.column, err.text,
			 line, column, text);
	assert_null(script.steps);
	assert_int_equal(script.nr_steps, 0);
}

static void test_every_word(void **state)
{
	(void)state;
	assert_steps("online:1-2", "1 online 1-2 @-1\n", 0);
	assert_steps("online_kernel:44-47", "1 online_kernel 44-47 @-1\n", 0);
	assert_steps("online_movable:40-43", "1 online_movable 40-43 @-1\n", 0);
	assert_steps("offline:7", "1 offline 7-7 @-1\n", 0);
	assert_steps("add:48-55", "1 add 48-55 @-1\n", 0);
	assert_steps("add:48/1023", "1 add 48-48 @1023\n", 0);
	assert_steps("remove:48-55", "1 remove 48-55 @-1\n", 0);
	assert_steps("rebuild", "1 rebuild 0-0 @-1\n", 0);
	assert_steps("rebuild;again:1000000000", "1 rebuild 0-0 @-1\n", 1000000000);
	assert_steps("offline:1099511627775", "1 offline 1099511627775-1099511627775 @-1\n", 0);
	assert_steps("offline:0-1048575", "1 offline 0-1048575 @-1\n", 0);
	assert_null(mmi_hotplug_word_name(MMI_NR_HOTPLUG_WORDS));
}

/* As the captured boots have it in one line, and as people write it. */
static void test_lines_comments_and_blanks(void **state)
{
	(void)state;
	assert_steps("online_movable:40-43;offline:41-41;online_movable:41-41;offline:40-43",
		     "1 online_movable 40-43 @-1\n1 offline 41-41 @-1\n"
		     "1 online_movable 41-41 @-1\n1 offline 40-43 @-1\n",
		     0);
	assert_steps(
	    "# first\n\n  online:1-2 # why\r\n\toffline:1 ; offline:2;\n;again:3 # so often\n",
	    "3 online 1-2 @-1\n4 offline 1-1 @-1\n4 offline 2-2 @-1\n", 3);
}

static void test_what_is_no_step_is_refused_at_its_place(void **state)
{
	(void)state;
	assert_refused("", 1, 0, "no step: online, online_kernel");
	assert_refused("# nothing\n \n", 3, 0, "no step");
	assert_refused("offline:1\n onlin:2", 2, 2,
		       "\"onlin:2\": online, online_kernel, online_movable, offline, add, remove");
	assert_refused("ONLINE:1", 1, 1, "\"ONLINE:1\": online");
	assert_refused("onliner:1", 1, 1, "\"onliner:1\": online");
	assert_refused("offline", 1, 8, "the step ends here: \":\" and memory blocks expected");
	assert_refused("offline 1", 1, 8, "\" 1\": \":\" and memory blocks");
	assert_refused("offline:", 1, 9, "the step ends here: the number of a memory block");
	assert_refused("offline:x", 1, 9, "\"x\": the number of a memory block");
	assert_refused("offline:-1", 1, 9, "\"-1\": the number of a memory block");
	assert_refused("offline:3-", 1, 11, "the number of a memory block");
	assert_refused("offline:3-2", 1, 11, "\"2\": a block that is not below the first");
	assert_refused("offline:1099511627776", 1, 9, "below 2^40");
	assert_refused("offline:99999999999999999999", 1, 9, "below 2^40");
	assert_refused("offline:1-1048577", 1, 11, "at most 1048576 blocks");
	assert_refused("offline:1/0", 1, 10, "\"/0\": \";\", \"#\" or the end of the line");
	assert_refused("add:1/", 1, 7, "the step ends here");
	assert_refused("add:1/1024", 1, 7, "\"1024\": ");
	assert_refused("offline:1 offline:2", 1, 11, "\"offline:2\": \";\"");
	assert_refused("rebuild:1", 1, 8, "\":1\": \";\"");
}

static void test_again_is_the_last_step_and_not_the_first(void **state)
{
	(void)state;
	assert_refused("again:3", 1, 1, "a step before what is done again");
	assert_refused("rebuild;again:0", 1, 15, "\"0\": a number from 1 to 1000000000");
	assert_refused("rebuild;again:1000000001", 1, 15, "a number from 1 to 1000000000");
	assert_refused("rebuild;again", 1, 14, "\":\" and how often");
	assert_refused("rebuild\nagain:3\nrebuild", 3, 1, "\"rebuild\": nothing behind \"again\"");
}

static void test_steps_are_bounded(void **state)
{
	const size_t nr_steps = MMI_MAX_HOTPLUG_STEPS + 1;
	char *text = malloc(nr_steps * 8);
	struct mmi_hotplug_script script;
	struct mmi_error err = {0};

	(void)state;
	for (size_t i = 0; i < nr_steps; i++)
		memcpy(text + i * 8, "rebuild\n", 8);
	assert_int_equal(mmi_hotplug_script_parse(&script, text, (nr_steps - 1) * 8, &err), 0);
	assert_int_equal(script.nr_steps, MMI_MAX_HOTPLUG_STEPS);
	mmi_hotplug_script_release(&script);
	assert_int_equal(mmi_hotplug_script_parse(&script, text, nr_steps * 8, &err), -EINVAL);
	assert_int_equal(err.line, nr_steps);
	assert_non_null(strstr(err.text, "at most 65536"));
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_every_word),
	    cmocka_unit_test(test_lines_comments_and_blanks),
	    cmocka_unit_test(test_what_is_no_step_is_refused_at_its_place),
	    cmocka_unit_test(test_again_is_the_last_step_and_not_the_first),
	    cmocka_unit_test(test_steps_are_bounded),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
