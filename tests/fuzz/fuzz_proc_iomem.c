/* SPDX-License-Identifier: MIT */
/* Texts of /proc/iomem. */
#include "fuzz/fuzz_target.h"

#include "input/host_ranges.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mmi_host_ranges ranges = {0};
	struct mmi_error err = {0};
	bool is_hidden = false;
	const int ret = mmi_proc_iomem_read(&ranges, (const char *)data, size, &is_hidden, &err);

	if (ret < 0)
		fuzz_expect_error(ret, &err, data, size);
	else
		fuzz_expect(!ret == !ranges.memory.nr);
	mmi_host_ranges_deinit(&ranges);
	return 0;
}
