/* SPDX-License-Identifier: MIT */
/* Lines of logs: every prefix that is seen in the wild, line ends, escapes, and what is no text. */
#include "input_fixture.h"

#include "input/line_reader.h"

static void assert_message(const char *raw, const char *message)
{
	struct mmi_line_reader reader;
	struct mmi_line line;

	assert_int_equal(mmi_line_reader_init(&reader, raw, strlen(raw), NULL), 0);
	assert_true(mmi_line_reader_next(&reader, &line));
	if ((size_t)(line.end - line.text) != strlen(message) ||
	    memcmp(line.text, message, strlen(message)) != 0)
		fail_msg("\"%s\" read as \"%.*s\"", raw, (int)(line.end - line.text), line.text);
}

static void test_every_prefix_is_taken_off(void **state)
{
	static const char *const prefixes[] = {
	    "",
	    "[    0.000000] ",
	    "[    4.917591][    T1] ",
	    "<6>[    0.006565] [    T1] ",
	    "[  +0.430956] ",
	    "[Thu Aug  2 15:45:46 2018] ",
	    "kern  :info  : [Fri Apr  7 00:04:12 2023] ",
	    "Jun 30 21:12:14 localhost kernel: ",
	    "Aug 24 21:45:19.744267 host kernel: ",
	    "[    0.000000] localhost kernel: ",
	    "2015-10-01T18:25:37.33654 kern.info: [    0.000000] ",
	    "2023-04-07T00:04:12+0200 host kernel: ",
	    "2023-04-07 00:04:12 host kernel: [    0.000000] ",
	    "1680818652.123456 host kernel: ",
	    "> ",
	    ">> > [    0.000000] ",
	    "\x1b[0m\x1b[32m[    0.000000] \x1b[0m",
	    "\t",
	    "<6>",
	    "[    1.000000] [   C12] ",
	};
	char raw[256];

	(void)state;
	for (size_t i = 0; i < ARRAY_NR(prefixes); i++) {
		snprintf(raw, sizeof(raw), "%sBIOS-e820: [mem 0x0-0xfff] usable\r\n", prefixes[i]);
		assert_message(raw, "BIOS-e820: [mem 0x0-0xfff] usable");
		snprintf(raw, sizeof(raw), "%s memory.cnt  = 0x4", prefixes[i]);
		assert_message(raw, "memory.cnt  = 0x4");
	}
}

static void test_what_only_looks_like_a_prefix_stays(void **state)
{
	(void)state;
	assert_message("[mem 0xc0000000-0xfffbffff] available for PCI devices",
		       "[mem 0xc0000000-0xfffbffff] available for PCI devices");
	assert_message("Memory: 1K/2K available", "Memory: 1K/2K available");
	assert_message("Normal   empty", "Normal   empty");
	assert_message("00001000-0009fbff : System RAM", "00001000-0009fbff : System RAM");
}

static void test_escapes_are_taken_out_and_columns_stay_those_of_the_text(void **state)
{
	const char *raw = "\x1b[32m[    0.000000] \x1b[0mBIOS-\x1b[33me820\x1b[0m: usable";
	struct mmi_line_reader reader;
	struct mmi_line line;

	(void)state;
	assert_message(raw, "BIOS-e820: usable");
	assert_int_equal(mmi_line_reader_init(&reader, raw, strlen(raw), NULL), 0);
	assert_true(mmi_line_reader_next(&reader, &line));
	assert_int_equal(mmi_line_reader_column(&reader, line.text), strchr(raw, 'B') - raw + 1);
	assert_int_equal(mmi_line_reader_column(&reader, line.text + strlen("BIOS-e820: ")),
			 strstr(raw, "usable") - raw + 1);
}

static void test_lines_are_numbered_and_the_last_is_known_to_be_cut(void **state)
{
	const char *raw = "a\n\r\n\nb";
	struct mmi_line_reader reader;
	struct mmi_line line;

	(void)state;
	assert_int_equal(mmi_line_reader_init(&reader, raw, strlen(raw), NULL), 0);
	for (uint32_t number = 1; number <= 4; number++) {
		assert_true(mmi_line_reader_next(&reader, &line));
		assert_int_equal(line.number, number);
		assert_int_equal(line.unterminated, number == 4);
	}
	assert_false(mmi_line_reader_next(&reader, &line));
}

static void test_empty_and_binary_texts_are_refused(void **state)
{
	struct mmi_line_reader reader;
	struct mmi_error err = {0};

	(void)state;
	assert_int_equal(mmi_line_reader_init(&reader, "", 0, &err), -EINVAL);
	assert_non_null(strstr(err.text, "empty"));
	assert_int_equal(mmi_line_reader_init(&reader, "ab\ncd\0e", 7, &err), -EINVAL);
	assert_non_null(strstr(err.text, "binary"));
	assert_int_equal(err.line, 2);
	assert_int_equal(err.column, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_every_prefix_is_taken_off),
	    cmocka_unit_test(test_what_only_looks_like_a_prefix_stays),
	    cmocka_unit_test(test_escapes_are_taken_out_and_columns_stay_those_of_the_text),
	    cmocka_unit_test(test_lines_are_numbered_and_the_last_is_known_to_be_cut),
	    cmocka_unit_test(test_empty_and_binary_texts_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
