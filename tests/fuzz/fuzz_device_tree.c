/* SPDX-License-Identifier: MIT */
/* Device-tree blobs. */
#include "fuzz/fuzz_machine.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_machine_parse(mmi_input_device_tree, data, size, NULL);
	return 0;
}
