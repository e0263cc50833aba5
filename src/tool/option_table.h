/* SPDX-License-Identifier: MIT */
/* The table of options, from which the command line is read and the help printed. */
#ifndef TOOL_OPTION_TABLE_H
#define TOOL_OPTION_TABLE_H

#include <stddef.h>

#include "tool/options.h"

enum mmi_option_kind {
	MMI_OPTION_WORD, /* set() reads its word */
	MMI_OPTION_TEXT, /* its word is kept in a `const char *` */
	MMI_OPTION_FLAG, /* takes no word and raises a bool */
};

struct mmi_option_spec {
	const char *name;
	char letter;          /* 0: none */
	const char *argument; /* NULL: takes none */
	unsigned bit;
	enum mmi_option_kind kind;
	/* Takes the option's word; returns NULL, or what was expected instead. */
	const char *(*set)(struct mmi_options *options, const char *word);
	size_t member; /* offset in struct mmi_options */
	const char *help;
};

#define MMI_MAX_OPTION_SPECS 128

extern const struct mmi_option_spec mmi_option_specs[];
extern const size_t mmi_nr_option_specs; /* at most MMI_MAX_OPTION_SPECS */

#endif
