/* SPDX-License-Identifier: MIT */
/* Pieces that the text reports share. */
#ifndef REPORT_TEXT_H
#define REPORT_TEXT_H

#include "mminit/report.h"

/* The lines on the machine with which every report begins. */
void mmi_text_machine(FILE *out, const struct mmi_report_source *source);

/* Where the machine's nodes stand, when not on the host's of the same numbers. */
void mmi_text_node_map(FILE *out, const struct mmi_report_run *report);
/* A line on chunks that were stolen; none where none was. */
void mmi_text_stolen(FILE *out, const struct mmi_deferred_run *run);
/* --show-binding: worker by worker, and node by node where its memmap lies. */
void mmi_text_placement(FILE *out, const struct mmi_report_run *report);

/* The verdict: one line, or with style->verbose one line an invariant; then what is broken. */
void mmi_text_verdict(FILE *out, const struct mmi_verdict *verdict, const char *checked_hint,
		      const struct mmi_report_style *style);

/* @word, coloured when the style says so. */
enum mmi_colour { MMI_COLOUR_GOOD, MMI_COLOUR_BAD };
void mmi_text_coloured(FILE *out, enum mmi_colour colour, const char *word,
		       const struct mmi_report_style *style);

#endif
