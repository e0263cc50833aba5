/* SPDX-License-Identifier: MIT */
/* Sizes of the command line, with pages and sections and without. */
#include "fuzz/fuzz_target.h"

#include "mminit/input.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct mmi_geometry geometry = {.page_shift = 16, .section_shift = 29};
	const struct mmi_geometry *const geometries[] = {NULL, &geometry};

	for (int i = 0; i < 2; i++) {
		uint64_t size_bytes = 0;
		struct mmi_error err = {0};
		const int ret =
		    mmi_input_size((const char *)data, size, geometries[i], &size_bytes, &err);
		if (ret)
			fuzz_expect_error(ret, &err, data, size);
	}
	return 0;
}
