/* SPDX-License-Identifier: MIT */
/* Finds out what the word MACHINE means, and reads it. */
#ifndef TOOL_LOAD_H
#define TOOL_LOAD_H

#include "tool/session.h"

/* Fills session->machine and session->info.  A message has been printed on failure. */
enum mmi_exit mmi_machine_load(struct mmi_session *session);

/* The machine's name in reports and messages. */
const char *mmi_machine_name(const struct mmi_options *options);

#endif
