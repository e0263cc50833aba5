/* SPDX-License-Identifier: MIT */
/* Entries of /sys/firmware/memmap: the texts of start, end and type, a line each. */
#include "fuzz/fuzz_target.h"

#include "input/host_ranges.h"

/* The line at *@text, which then is the next; "" behind the last. */
static char *cut_line(char **text)
{
	char *line = *text;
	char *end = line + strcspn(line, "\n");

	*text = *end ? end + 1 : end;
	*end = 0;
	return line;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_terminated(data, size);
	char *rest = text;
	struct mmi_host_ranges ranges = {0};
	int ret = 0;

	while (!ret && *rest) {
		const char *start = cut_line(&rest);
		const char *end = cut_line(&rest);
		struct mmi_error err = {0};
		ret = mmi_firmware_memmap_add(&ranges, start, end, cut_line(&rest), &err);
		if (ret)
			fuzz_expect_error(ret, &err, data, size);
	}
	mmi_host_ranges_deinit(&ranges);
	free(text);
	return 0;
}
