/* SPDX-License-Identifier: MIT */
/* mminit's own description of a machine; mminit-machine(5). */
#ifndef INPUT_MACHINE_FILE_H
#define INPUT_MACHINE_FILE_H

#include "input/draft.h"

/* Is the first word, behind comments, that of such a file? */
bool mmi_is_machine_file(const char *text, size_t size_bytes);

#endif
