/* SPDX-License-Identifier: MIT */
/* A comparison as text, CSV and JSON: "mminit-compare/1". */
#include "mminit/compare.h"

#include <string.h>

#include "report/json_parts.h"
#include "report/result_file.h"

static const char test_name[] = "Mann-Whitney U, two-sided";

static const char *const judgement_names[] = {
    [MMI_COMPARE_NOISE] = "noise",
    [MMI_COMPARE_FASTER] = "faster",
    [MMI_COMPARE_SLOWER] = "slower",
    [MMI_COMPARE_TOO_FEW] = "too few",
};

static const char *colour_of(enum mmi_compare_judgement judgement)
{
	switch (judgement) {
	case MMI_COMPARE_SLOWER:
		return "\033[31m";
	case MMI_COMPARE_FASTER:
		return "\033[32m";
	default:
		return "";
	}
}

/* The median, and how far apart the quartiles are, against it. */
static void print_side(FILE *out, const struct mmi_compare_side *side)
{
	const double spread = side->median > 0 ? (side->high - side->low) / side->median : 0;

	fprintf(out, " %9.3f %4.0f%%", side->median, 100 * spread);
}

static int widest_name(const struct mmi_comparison *comparison)
{
	size_t widest = strlen("ns a page");

	for (size_t i = 0; i < comparison->nr_rows; i++)
		if (strlen(comparison->rows[i].name) > widest)
			widest = strlen(comparison->rows[i].name);
	return (int)widest;
}

static void print_row(FILE *out, const struct mmi_compare_row *row, int width,
		      const struct mmi_report_style *style)
{
	const char *colour = style->colour ? colour_of(row->judgement) : "";

	fprintf(out, "%-*s", width, row->name);
	print_side(out, &row->a);
	print_side(out, &row->b);
	fprintf(out, " %+7.1f%% %7.2g %s%s%s\n", 100 * (row->ratio - 1), row->p, colour,
		judgement_names[row->judgement], colour[0] ? "\033[0m" : "");
}

void mmi_compare_text(FILE *out, const struct mmi_comparison *comparison,
		      const struct mmi_report_style *style)
{
	fprintf(out, "A         %s\nB         %s\n", comparison->a_name, comparison->b_name);
	for (size_t i = 0; i < comparison->nr_choices; i++)
		fprintf(out, "differs   %s: A %s, B %s\n", comparison->choices[i].name,
			comparison->choices[i].a, comparison->choices[i].b);
	const int width = widest_name(comparison);
	fprintf(out, "\n%-*s %9s %5s %9s %5s %8s %7s %s\n", width, "ns a page", "A", "iqr", "B",
		"iqr", "B vs A", "p", "judged");
	for (size_t i = 0; i < comparison->nr_rows; i++)
		print_row(out, &comparison->rows[i], width, style);
	fprintf(out,
		"\nMedians; iqr: quartiles apart.  %s:\na difference counts with p below %.2g (5%% "
		"over %zu row%s)\n",
		test_name, comparison->level, comparison->nr_rows,
		comparison->nr_rows == 1 ? "" : "s");
	if (mmi_comparison_too_few(comparison))
		fprintf(out, "too few samples: more with run --repeat or tune --rounds\n");
}

void mmi_compare_csv(FILE *out, const struct mmi_comparison *comparison)
{
	fputs("name,a_samples,a_median,a_low,a_high,b_samples,b_median,b_low,b_high,ratio,p,"
	      "judgement\n",
	      out);
	for (size_t i = 0; i < comparison->nr_rows; i++) {
		const struct mmi_compare_row *row = &comparison->rows[i];
		fprintf(out, "\"%s\",%zu,%.4f,%.4f,%.4f,%zu,%.4f,%.4f,%.4f,%.5f,%.6g,%s\n",
			row->name, row->a.nr, row->a.median, row->a.low, row->a.high, row->b.nr,
			row->b.median, row->b.low, row->b.high, row->ratio, row->p,
			judgement_names[row->judgement]);
	}
}

static json_t *row_json(const struct mmi_compare_row *row)
{
	json_t *object = json_object();
	bool failed = !object;

	mmi_json_set(object, "name", mmi_json_text(row->name), &failed);
	mmi_json_set(object, "a_samples", mmi_json_count(row->a.nr), &failed);
	mmi_json_set(object, "a_median", json_real(row->a.median), &failed);
	mmi_json_set(object, "a_low", json_real(row->a.low), &failed);
	mmi_json_set(object, "a_high", json_real(row->a.high), &failed);
	mmi_json_set(object, "b_samples", mmi_json_count(row->b.nr), &failed);
	mmi_json_set(object, "b_median", json_real(row->b.median), &failed);
	mmi_json_set(object, "b_low", json_real(row->b.low), &failed);
	mmi_json_set(object, "b_high", json_real(row->b.high), &failed);
	mmi_json_set(object, "ratio", json_real(row->ratio), &failed);
	mmi_json_set(object, "p", json_real(row->p), &failed);
	mmi_json_set(object, "judgement", json_string(judgement_names[row->judgement]), &failed);
	return mmi_json_done(object, failed);
}

static json_t *rows_json(const struct mmi_comparison *comparison)
{
	json_t *array = json_array();
	bool failed = !array;

	for (size_t i = 0; i < comparison->nr_rows; i++)
		mmi_json_append(array, row_json(&comparison->rows[i]), &failed);
	return mmi_json_done(array, failed);
}

static json_t *choices_json(const struct mmi_comparison *comparison)
{
	json_t *array = json_array();
	bool failed = !array;

	for (size_t i = 0; i < comparison->nr_choices; i++) {
		const struct mmi_compare_choice *choice = &comparison->choices[i];
		json_t *object = json_object();
		mmi_json_set(object, "name", mmi_json_text(choice->name), &failed);
		mmi_json_set(object, "a", mmi_json_text(choice->a), &failed);
		mmi_json_set(object, "b", mmi_json_text(choice->b), &failed);
		mmi_json_append(array, object, &failed);
	}
	return mmi_json_done(array, failed);
}

int mmi_compare_json(FILE *out, const struct mmi_comparison *comparison)
{
	json_t *machine = json_object_get(comparison->a->document, "machine");
	json_t *document = json_object();
	bool failed = !document;

	mmi_json_set(document, "schema", json_string("mminit-compare/1"), &failed);
	if (machine)
		mmi_json_set(document, "machine", json_incref(machine), &failed);
	mmi_json_set(document, "a", mmi_json_text(comparison->a_name), &failed);
	mmi_json_set(document, "b", mmi_json_text(comparison->b_name), &failed);
	mmi_json_set(document, "differs", choices_json(comparison), &failed);
	mmi_json_set(document, "test", json_string(test_name), &failed);
	mmi_json_set(document, "level", json_real(comparison->level), &failed);
	mmi_json_set(document, "rows", rows_json(comparison), &failed);
	return mmi_json_finish(out, document, failed);
}
