/* SPDX-License-Identifier: MIT */
/* The parameters of a kernel's command line that decide how memory is laid out. */
#ifndef INPUT_KERNEL_PARAMS_H
#define INPUT_KERNEL_PARAMS_H

#include "input/scan.h"
#include "mminit/machine.h"

struct mmi_kernel_params {
	struct mmi_amount kernelcore; /* unit PAGES: in bytes, until the page size is known */
	struct mmi_amount movablecore;
	bool kernelcore_is_mirror;
	bool movable_node;   /* neither of the two counts */
	bool has_fake_nodes; /* numa=fake= */
};

/* Reads a command line; what is not named above is passed.  NULL, or what was expected. */
const char *mmi_kernel_params_scan(struct mmi_scan *scan, struct mmi_kernel_params *params);

/* Puts both amounts into @spec, whose geometry stands. */
void mmi_kernel_params_apply(const struct mmi_kernel_params *params, struct mmi_machine_spec *spec);

#endif
