/* SPDX-License-Identifier: MIT */
/* Copies of files of /proc, /sys and debugfs, and lsmem's JSON. */
#include "fuzz/fuzz_machine.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_machine_parse(mmi_input_memory_file, data, size, NULL);
	return 0;
}
