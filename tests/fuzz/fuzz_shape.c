/* SPDX-License-Identifier: MIT */
/* Shape strings, by themselves and where the format is still to be found out. */
#include "fuzz/fuzz_machine.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_machine_parse(mmi_input_shape, data, size, NULL);
	fuzz_machine_parse(mmi_input_text, data, size, NULL);
	return 0;
}
