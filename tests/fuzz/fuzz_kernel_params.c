/* SPDX-License-Identifier: MIT */
/* Kernel command lines. */
#include "fuzz/fuzz_target.h"

#include "input/kernel_params.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	struct mmi_scan scan = {text, text + size};
	struct mmi_kernel_params params = {0};
	const char *expected = mmi_kernel_params_scan(&scan, &params);

	fuzz_expect(scan.at >= text && scan.at <= text + size);
	fuzz_expect(expected || scan.at == text + size);
	return 0;
}
