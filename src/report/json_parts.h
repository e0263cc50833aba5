/* SPDX-License-Identifier: MIT */
/*
 * Pieces that the JSON reports share.
 *
 * Functions that make a value return NULL when there is no memory.  mmi_json_set() steals its
 * value and takes NULL for one, so that a chain of them fails as a whole and leaks nothing.
 */
#ifndef REPORT_JSON_PARTS_H
#define REPORT_JSON_PARTS_H

#include <jansson.h>

#include "mminit/report.h"

/* Sets @key of @object; remembers a failure in *@failed. */
void mmi_json_set(json_t *object, const char *key, json_t *value, bool *failed);
/* Appends @value, which it steals, to @array; the same. */
void mmi_json_append(json_t *array, json_t *value, bool *failed);

/* @value; or NULL, having dropped it, when @failed. */
json_t *mmi_json_done(json_t *value, bool failed);

json_t *mmi_json_count(uint64_t value);
json_t *mmi_json_text(const char *text); /* NULL: null; bytes that are no UTF-8 become '?' */

/* "machine": name, format, sources, notes and counts. */
json_t *mmi_json_source(const struct mmi_report_source *source);
json_t *mmi_json_zones(const struct mmi_layout *layout);
json_t *mmi_json_splits(const struct mmi_plan *plan);
json_t *mmi_json_verdict(const struct mmi_verdict *verdict, const struct mmi_plan *plan);

/* "explored": null where @report is NULL. */
json_t *mmi_json_explored(const struct mmi_report_explored *report);

/* "context": what results have to have in common to be compared. */
json_t *mmi_json_context(const struct mmi_report_context *context);

json_t *mmi_json_mem_ranges(const struct mmi_mem_range *ranges, size_t nr);
json_t *mmi_json_pfn_ranges(const struct mmi_pfn_range *ranges, size_t nr);
/* Where the memory lies, for pictures: ranges of memory, and what is initialised early. */
json_t *mmi_json_memory(const struct mmi_machine *machine);
json_t *mmi_json_early(const struct mmi_plan *plan);

/*
 * Writes @document and a newline, and drops it.  -ENOMEM when @failed or @document is NULL,
 * having written nothing.
 */
int mmi_json_finish(FILE *out, json_t *document, bool failed);

#endif
