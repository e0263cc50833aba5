/* SPDX-License-Identifier: MIT */
/* Words of the command line that take more than a line to read; see option_table.c. */
#ifndef TOOL_OPTION_WORDS_H
#define TOOL_OPTION_WORDS_H

#include "tool/options.h"

/* A decimal number from @min to @max, and nothing after it. */
bool mmi_option_number(const char *word, uint64_t min, uint64_t max, uint64_t *value);

/*
 * The decimal number that @word begins with, with a fraction or without; only sizes and addresses
 * are hexadecimal, too.  Returns what stands behind it, where a unit may be and a caller that finds
 * anything else refuses the word; NULL: @word does not begin with a digit.
 */
const char *mmi_option_decimal(const char *word, double *value);

/* Each takes the option's word; returns NULL, or what was expected instead. */
const char *mmi_option_set_threads(struct mmi_options *options, const char *word);
const char *mmi_option_set_smt(struct mmi_options *options, const char *word);
const char *mmi_option_set_bind(struct mmi_options *options, const char *word);
const char *mmi_option_set_map(struct mmi_options *options, const char *word);
const char *mmi_option_set_mem(struct mmi_options *options, const char *word);

#endif
