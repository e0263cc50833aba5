/* SPDX-License-Identifier: MIT */
/* Machine files, as mminit import writes them. */
#include "fuzz/fuzz_machine.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_machine_parse(mmi_input_machine_file, data, size, NULL);
	return 0;
}
