/* SPDX-License-Identifier: MIT */
/* A result as it was read: its document, whose schema and required members have been checked. */
#ifndef REPORT_RESULT_FILE_H
#define REPORT_RESULT_FILE_H

#include <jansson.h>

#include "mminit/result.h"

/* A kind of document: "run" has the schema "mminit-run/1". */
struct mmi_result_kind {
	const char *name;
	int version;
	/*
	 * Members that pages and comparisons rely on: "o" object, "a" array, "n" number, then name.
	 */
	const char *members[8];
};

struct mmi_result {
	json_t *name; /* of the file, as a JSON string */
	const struct mmi_result_kind *kind;
	json_t *document;
};

#endif
