/* SPDX-License-Identifier: MIT */
/* The two halves of a conclusion from a boot log: what memory there is, and what nodes. */
#ifndef INPUT_LOG_MACHINE_H
#define INPUT_LOG_MACHINE_H

#include "input/boot_log.h"

/* Fills memory, reserved, windows and persistent of @draft, whose geometry stands. */
int mmi_log_conclude_memory(struct mmi_log *log, struct mmi_draft *draft,
			    struct mmi_input_info *info);

/* Fills nodes, CPUs and distances of @draft, whose memory stands. */
int mmi_log_conclude_nodes(struct mmi_log *log, const struct mmi_input_options *options,
			   struct mmi_draft *draft, struct mmi_input_info *info);

#endif
