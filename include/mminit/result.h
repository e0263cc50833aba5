/* SPDX-License-Identifier: MIT */
/*
 * Results: the JSON documents that mminit's commands print, read back.
 *
 *	mmi_result_parse("run.json", text, size_bytes, &result, &err);
 *	mmi_report_html(stdout, &result, 1);
 *	mmi_result_destroy(result);
 */
#ifndef MMINIT_RESULT_H
#define MMINIT_RESULT_H

#include <stddef.h>
#include <stdio.h>

#include "mminit/error.h"

MMI_DECLARATIONS_BEGIN

struct mmi_result;

/*
 * Reads the document in @text, which came from the file @name; nothing of either is kept by
 * reference.  The caller owns *@result.  -EINVAL: no JSON, or no document of ours, or one without
 * what its schema promises; @err says where and what was expected.  -ENOMEM.  Any thread.
 */
int mmi_result_parse(const char *name, const char *text, size_t size_bytes,
		     struct mmi_result **result, struct mmi_error *err);
void mmi_result_destroy(struct mmi_result *result); /* NULL is allowed */

/*
 * One page that shows @results, in their order: HTML that holds all it needs and loads nothing.
 * -ENOMEM; the page is then not whole.  Leaves errors of @out to the caller.
 */
int mmi_report_html(FILE *out, struct mmi_result *const *results, size_t nr_results);

MMI_DECLARATIONS_END

#endif
