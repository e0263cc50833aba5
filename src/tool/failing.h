/* SPDX-License-Identifier: MIT */
/* A run on a platform of which one call fails. */
#ifndef TOOL_FAILING_H
#define TOOL_FAILING_H

#include "tool/session.h"

/*
 * Makes, boots and judges a system on it.  Ends as the failure is reported; MMI_EXIT_GOOD after a
 * line where it was made good; MMI_EXIT_FAILED where something is left; MMI_EXIT_USAGE where there
 * is no such call.
 */
enum mmi_exit mmi_failing_run(const struct mmi_session *session, const struct mmi_fault *fault);

#endif
