/* SPDX-License-Identifier: MIT */
/* The core's formatting agrees with libc's on every conversion that it promises. */
#include "machine_fixture.h"

#include <errno.h>
#include <stdio.h>

static void assert_like_libc(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void assert_like_libc(const char *format, ...)
{
	char ours[128], libcs[128];
	va_list a, b;

	va_start(a, format);
	va_copy(b, a);
	mmi_vformat(ours, sizeof(ours), format, a);
	vsnprintf(libcs, sizeof(libcs), format, b);
	va_end(b);
	va_end(a);
	assert_string_equal(ours, libcs);
}

static void test_conversions_agree_with_libc(void **state)
{
	(void)state;
	assert_like_libc("%s|%5s|%.*s|%c|%%", "abc", "x", 2, "wxyz", 'q');
	assert_like_libc("%d %d %ld %lld", -7, 2147483647, -1L, -9223372036854775807LL - 1);
	assert_like_libc("%u %lu %llu %zu", 4294967295u, 18446744073709551615ul, 0ull, (size_t)42);
	assert_like_libc("%x %lx %llx %08x %016llx", 255u, 4096ul, ~0ull, 7u, 0xabcull);
	assert_like_libc("%5d|%05d", 42, -42);
}

static void test_text_that_does_not_fit_is_cut(void **state)
{
	char buffer[5] = "zzzz";

	(void)state;
	assert_int_equal(mmi_format(buffer, sizeof(buffer), "%s", "abcdefgh"), 4);
	assert_string_equal(buffer, "abcd");
}

static void test_an_error_keeps_code_and_place(void **state)
{
	struct mmi_error err = {0};

	(void)state;
	assert_int_equal(mmi_error_set_at(&err, -EINVAL, 12, 3, "%s: a %s expected", "x", "y"),
			 -EINVAL);
	assert_int_equal(err.code, -EINVAL);
	assert_int_equal(err.line, 12);
	assert_int_equal(err.column, 3);
	assert_string_equal(err.text, "x: a y expected");
	assert_int_equal(mmi_error_set(NULL, -ENOMEM, "nobody reads this"), -ENOMEM);
}

static void test_an_error_is_one_line_whatever_was_read(void **state)
{
	struct mmi_error err = {0};

	(void)state;
	mmi_error_set(&err, -EINVAL, "\"%s\" was read", "16\n\t\033[1mT\177");
	assert_string_equal(err.text, "\"16???[1mT?\" was read");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_conversions_agree_with_libc),
	    cmocka_unit_test(test_text_that_does_not_fit_is_cut),
	    cmocka_unit_test(test_an_error_keeps_code_and_place),
	    cmocka_unit_test(test_an_error_is_one_line_whatever_was_read),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
