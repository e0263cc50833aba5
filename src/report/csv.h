/* SPDX-License-Identifier: MIT */
/* Rows with commas. */
#ifndef REPORT_CSV_H
#define REPORT_CSV_H

#include <stdio.h>

/*
 * @text between quotation marks, those in it doubled; NULL: nothing, which is another thing than
 * "".
 */
void mmi_csv_text(FILE *out, const char *text);

#endif
