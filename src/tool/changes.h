/* SPDX-License-Identifier: MIT */
/* --inject random:COUNT: so many runs, each with one random change, and how many are seen. */
#ifndef TOOL_CHANGES_H
#define TOOL_CHANGES_H

#include "tool/session.h"

/* MMI_EXIT_BROKEN where some are seen, MMI_EXIT_FAILED where none is. */
enum mmi_exit mmi_changes_run(const struct mmi_session *session, const struct mmi_fault *fault);

#endif
