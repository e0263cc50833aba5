/* SPDX-License-Identifier: MIT */
/* Texts of /proc/zoneinfo, and the ranges that are concluded from them. */
#include "fuzz/fuzz_target.h"

#include "input/host_ranges.h"

static void conclude(const struct mmi_zoneinfo *zoneinfo, unsigned page_shift)
{
	struct mmi_byte_ranges spans = {0}, memory = {0};

	if (!mmi_zoneinfo_spans(zoneinfo, page_shift, &spans, NULL) &&
	    !mmi_zoneinfo_memory(zoneinfo, page_shift, &memory, NULL)) {
		for (size_t i = 0; i < memory.nr; i++)
			fuzz_expect(memory.items[i].start <= memory.items[i].end);
	}
	mmi_byte_ranges_deinit(&spans);
	mmi_byte_ranges_deinit(&memory);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mmi_zoneinfo zoneinfo = {0};
	struct mmi_error err = {0};
	const int ret = mmi_zoneinfo_read(&zoneinfo, (const char *)data, size, &err);

	if (ret) {
		fuzz_expect_error(ret, &err, data, size);
	} else {
		conclude(&zoneinfo, 12);
		conclude(&zoneinfo, 16);
	}
	mmi_zoneinfo_deinit(&zoneinfo);
	return 0;
}
