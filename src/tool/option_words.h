/* SPDX-License-Identifier: MIT */
/* Words of the command line that take more than a line to read; see option_table.c. */
#ifndef TOOL_OPTION_WORDS_H
#define TOOL_OPTION_WORDS_H

#include "tool/options.h"

/* A decimal number from @min to @max, and nothing after it. */
bool mmi_option_number(const char *word, uint64_t min, uint64_t max, uint64_t *value);

/* Each takes the option's word; returns NULL, or what was expected instead. */
const char *mmi_option_set_threads(struct mmi_options *options, const char *word);
const char *mmi_option_set_smt(struct mmi_options *options, const char *word);
const char *mmi_option_set_bind(struct mmi_options *options, const char *word);
const char *mmi_option_set_map(struct mmi_options *options, const char *word);
const char *mmi_option_set_mem(struct mmi_options *options, const char *word);

#endif
