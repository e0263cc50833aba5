/* SPDX-License-Identifier: MIT */
/* Filling struct mmi_input_info: lists of words that are cut where they no longer fit. */
#ifndef INPUT_INFO_H
#define INPUT_INFO_H

#include "mminit/input.h"

/* @info may be NULL, here and below. */
void mmi_info_init(struct mmi_input_info *info, enum mmi_input_format format);

/* Add an item to `sources` or `notes`, with a separator. */
void mmi_info_add_source(struct mmi_input_info *info, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void mmi_info_add_note(struct mmi_input_info *info, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
