/* SPDX-License-Identifier: MIT */
/* What comes out of a parser of machines: a machine that holds its invariants, or an error. */
#ifndef TESTS_FUZZ_FUZZ_MACHINE_H
#define TESTS_FUZZ_FUZZ_MACHINE_H

#include "fuzz/fuzz_target.h"

#include "mminit/input.h"

typedef int fuzz_machine_parser(const struct mmi_platform *platform, const char *text,
				size_t size_bytes, const struct mmi_input_options *options,
				struct mmi_machine **machine, struct mmi_input_info *info,
				struct mmi_error *err);

static inline void fuzz_machine_parse(fuzz_machine_parser *parser, const uint8_t *data, size_t size,
				      const struct mmi_input_options *options)
{
	struct mmi_platform *platform = fuzz_platform();
	struct mmi_machine *machine = NULL;
	struct mmi_input_info info;
	struct mmi_error err = {0};
	const int ret = parser(platform, (const char *)data, size, options, &machine, &info, &err);

	if (ret) {
		fuzz_expect(machine == NULL);
		fuzz_expect_error(ret, &err, data, size);
	} else {
		fuzz_expect(mmi_machine_check(machine, NULL) == 0);
	}
	mmi_machine_destroy(machine);
	mmi_platform_serial_destroy(platform);
}

#endif
