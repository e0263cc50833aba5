/* SPDX-License-Identifier: MIT */
/* What --inject takes. */
#include "fuzz/fuzz_target.h"

#include "mminit/fault.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_terminated(data, size);
	struct mmi_fault fault = {0};
	struct mmi_error err = {0};
	const int ret = mmi_fault_parse(text, &fault, &err);

	if (ret)
		fuzz_expect(ret == err.code && err.text[0]);
	else
		fuzz_expect(!strncmp(text, fault.kind->name, strlen(fault.kind->name)));
	free(text);
	return 0;
}
