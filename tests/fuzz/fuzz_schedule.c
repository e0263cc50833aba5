/* SPDX-License-Identifier: MIT */
/* Schedules that `verify --schedule` replays: what was read is written and read again, the same. */
#include "fuzz/fuzz_target.h"

#include "mminit/explore.h"

static char *print(const struct mmi_script *script, size_t *length)
{
	char *text = NULL;
	FILE *out = open_memstream(&text, length);

	fuzz_expect(out != NULL);
	mmi_script_print(out, script);
	fclose(out);
	return text;
}

static void expect_same_again(const struct mmi_script *script)
{
	struct mmi_script again = {0};
	size_t length, again_length;
	char *text = print(script, &length);

	fuzz_expect(mmi_script_read(text, length, &again, NULL) == 0);
	char *again_text = print(&again, &again_length);
	fuzz_expect(length == again_length && !memcmp(text, again_text, length));
	mmi_script_deinit(&again);
	free(again_text);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mmi_script script = {0};
	struct mmi_error err = {0};
	const int ret = mmi_script_read((const char *)data, size, &script, &err);

	if (ret) {
		fuzz_expect_error(ret, &err, data, size);
		return 0;
	}
	expect_same_again(&script);
	mmi_script_deinit(&script);
	return 0;
}
