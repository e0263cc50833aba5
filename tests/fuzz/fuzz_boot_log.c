/* SPDX-License-Identifier: MIT */
/*
 * Boot logs as machines: every line parser (e820, EFI, SRAT, memblock, nodes, CPUs, kernel, sysfs)
 * through the reader of whole logs, which takes prefixes and escapes off first.
 */
#include "fuzz/fuzz_machine.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct mmi_input_options by_rules = {.by_rules = true};

	fuzz_machine_parse(mmi_input_boot_log, data, size, NULL);
	fuzz_machine_parse(mmi_input_boot_log, data, size, &by_rules);
	return 0;
}
