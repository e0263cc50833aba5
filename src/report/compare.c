/* SPDX-License-Identifier: MIT */
/* Compares two results: their contexts first, then the samples of every row that both have. */
#include "mminit/compare.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/rank_test.h"
#include "report/result_file.h"

#define LEVEL       0.05
#define MAX_SAMPLES 4096

/* A part of the context, or a choice: where it stands in the document, and what it is called. */
struct field {
	const char *object; /* NULL: the document itself */
	const char *member;
	const char *name;
};

/* What has to be the same. */
static const struct field context_fields[] = {
    {NULL, "schema", "command"},
    {"machine", "arch", "arch"},
    {"machine", "linux", "linux"},
    {"machine", "page_bytes", "page-size"},
    {"machine", "nr_nodes", "nodes"},
    {"machine", "nr_cpus", "cpus"},
    {"machine", "nr_present_pages", "pages"},
    {"context", "build", "build"},
    {"context", "compiler", "compiler"},
    {"context", "core", "core"},
    {"context", "cpu_model", "cpu-model"},
    {"context", "kernel", "kernel"},
    {"context", "host_cpus", "host-cpus"},
    {"settings", "backed", "backed"},
    {"total", "nr_started", "threads"},
    {NULL, "threads", "threads"},
    {NULL, "threads_state", "binding"},
    {NULL, "memmap_bytes", "memmap"},
    {NULL, "fault", "fault"},
};

/* What one may want to compare. */
static const struct field choice_fields[] = {
    {"context", "version", "version"},
    {"settings", "chunk", "chunk"},
    {"settings", "chunk_pages", "chunk pages"},
    {"settings", "batch", "batch"},
    {"settings", "store", "store"},
    {"settings", "placement", "placement"},
    {"settings", "huge_pages", "huge pages"},
    {"settings", "by_subsection", "by subsection"},
};

#define NR(array) (sizeof(array) / sizeof((array)[0]))

static const json_t *value_of(const struct mmi_result *result, const struct field *field)
{
	const json_t *object =
	    field->object ? json_object_get(result->document, field->object) : result->document;

	return json_object_get(object, field->member);
}

/* Missing on both sides is alike. */
static bool is_alike(const json_t *a, const json_t *b)
{
	return a && b ? json_equal(a, b) : !a && !b;
}

/* The value in words, cut when it is long. */
static void describe(const json_t *value, char *text, size_t size_bytes)
{
	if (json_is_string(value)) {
		snprintf(text, size_bytes, "%s", json_string_value(value));
	} else if (json_is_integer(value)) {
		snprintf(text, size_bytes, "%lld", (long long)json_integer_value(value));
	} else if (json_is_real(value)) {
		snprintf(text, size_bytes, "%g", json_real_value(value));
	} else if (json_is_boolean(value)) {
		snprintf(text, size_bytes, "%s", json_is_true(value) ? "yes" : "no");
	} else {
		snprintf(text, size_bytes, "-");
	}
}

/* Is @name one of the words of @list, between commas? */
static bool is_named(const char *list, const char *name)
{
	const size_t length = strlen(name);

	while (list && *list) {
		const size_t word = strcspn(list, ",");
		if (word == length && !strncmp(list, name, length))
			return true;
		list += word + (list[word] == ',');
	}
	return false;
}

static int check_allowed(const char *allowed, struct mmi_error *err)
{
	while (allowed && *allowed) {
		const size_t word = strcspn(allowed, ",");
		bool known = false;
		for (size_t i = 0; i < NR(context_fields); i++)
			known |= strlen(context_fields[i].name) == word &&
				 !strncmp(context_fields[i].name, allowed, word);
		if (!known)
			return mmi_error_set(
			    err, -EINVAL,
			    "%.*s: no part of the context: expected arch, linux, "
			    "page-size, nodes, cpus, pages, build, compiler, core, "
			    "cpu-model, kernel, host-cpus, backed, threads, "
			    "binding, memmap or fault",
			    (int)(word < 40 ? word : 40), allowed);
		allowed += word + (allowed[word] == ',');
	}
	return 0;
}

static int check_context(const struct mmi_result *a, const struct mmi_result *b,
			 const char *allowed, struct mmi_error *err)
{
	char a_text[64], b_text[64];

	for (size_t i = 0; i < NR(context_fields); i++) {
		const struct field *field = &context_fields[i];
		const json_t *a_value = value_of(a, field), *b_value = value_of(b, field);
		if (is_alike(a_value, b_value) || is_named(allowed, field->name))
			continue;
		describe(a_value, a_text, sizeof(a_text));
		describe(b_value, b_text, sizeof(b_text));
		return mmi_error_set(err, -EINVAL,
				     "different %s: %s, and %s: expected results of one context",
				     field->name, a_text, b_text);
	}
	return 0;
}

static void find_choices(struct mmi_comparison *comparison, const struct mmi_result *a,
			 const struct mmi_result *b)
{
	for (size_t i = 0; i < NR(choice_fields); i++) {
		const struct field *field = &choice_fields[i];
		const json_t *a_value = value_of(a, field), *b_value = value_of(b, field);
		struct mmi_compare_choice *choice = &comparison->choices[comparison->nr_choices];
		if (is_alike(a_value, b_value))
			continue;
		snprintf(choice->name, sizeof(choice->name), "%s", field->name);
		describe(a_value, choice->a, sizeof(choice->a));
		describe(b_value, choice->b, sizeof(choice->b));
		comparison->nr_choices++;
	}
}

/*
 * Takes numbers out of @array, or @member of the objects in it; how many.  What is no time is none.
 */
static size_t read_samples(const json_t *array, const char *member, double values[MAX_SAMPLES])
{
	size_t nr = 0;

	for (size_t i = 0; i < json_array_size(array) && nr < MAX_SAMPLES; i++) {
		const json_t *item = json_array_get(array, i);
		const json_t *value = member ? json_object_get(item, member) : item;
		if (json_is_number(value) && json_number_value(value) > 0)
			values[nr++] = json_number_value(value);
	}
	return nr;
}

static struct mmi_compare_side side_of(const double *sorted, size_t nr)
{
	return (struct mmi_compare_side){
	    .nr = nr,
	    .median = mmi_quantile(sorted, nr, 0.5),
	    .low = mmi_quantile(sorted, nr, 0.25),
	    .high = mmi_quantile(sorted, nr, 0.75),
	};
}

/* Room for the samples of both sides of a row. */
struct workspace {
	double a[MAX_SAMPLES];
	double b[MAX_SAMPLES];
};

static int fill_row(struct mmi_compare_row *row, struct workspace *space, const json_t *a_samples,
		    const json_t *b_samples, const char *member)
{
	const size_t nr_a = read_samples(a_samples, member, space->a);
	const size_t nr_b = read_samples(b_samples, member, space->b);

	row->p = mmi_rank_test(space->a, nr_a, space->b, nr_b);
	if (row->p < 0)
		return -ENOMEM;
	row->a = side_of(space->a, nr_a);
	row->b = side_of(space->b, nr_b);
	row->ratio = row->a.median > 0 ? row->b.median / row->a.median : 0;
	return 0;
}

static bool is_same_row(const json_t *a, const json_t *b)
{
	return json_equal(json_object_get(a, "choice"), json_object_get(b, "choice")) &&
	       json_equal(json_object_get(a, "value"), json_object_get(b, "value")) &&
	       json_equal(json_object_get(a, "threads"), json_object_get(b, "threads"));
}

static const json_t *find_row(const json_t *rows, const json_t *wanted)
{
	for (size_t i = 0; i < json_array_size(rows); i++)
		if (is_same_row(json_array_get(rows, i), wanted))
			return json_array_get(rows, i);
	return NULL;
}

static const char *text_of(const json_t *object, const char *member)
{
	const char *text = json_string_value(json_object_get(object, member));

	return text ? text : "?";
}

static int fill_tune_rows(struct mmi_comparison *comparison, struct workspace *space,
			  const json_t *a_rows, const json_t *b_rows)
{
	for (size_t i = 0; i < json_array_size(a_rows); i++) {
		const json_t *a = json_array_get(a_rows, i), *b = find_row(b_rows, a);
		struct mmi_compare_row *row = &comparison->rows[comparison->nr_rows];
		if (!b)
			continue;
		snprintf(row->name, sizeof(row->name), "%.20s %.24s, threads %lld",
			 text_of(a, "choice"), text_of(a, "value"),
			 (long long)json_integer_value(json_object_get(a, "threads")));
		if (fill_row(row, space, json_object_get(a, "samples"),
			     json_object_get(b, "samples"), NULL))
			return -ENOMEM;
		comparison->nr_rows++;
	}
	return 0;
}

static int fill_rows(struct mmi_comparison *comparison, struct workspace *space,
		     const struct mmi_result *a, const struct mmi_result *b)
{
	const json_t *rows = json_object_get(a->document, "rows");
	const size_t most = rows ? json_array_size(rows) : 1;

	comparison->rows = calloc(most ? most : 1, sizeof(*comparison->rows));
	if (!comparison->rows)
		return -ENOMEM;
	if (rows)
		return fill_tune_rows(comparison, space, rows,
				      json_object_get(b->document, "rows"));
	comparison->nr_rows = 1;
	snprintf(comparison->rows[0].name, sizeof(comparison->rows[0].name), "init");
	return fill_row(&comparison->rows[0], space, json_object_get(a->document, "samples"),
			json_object_get(b->document, "samples"), "ns_per_page");
}

static void judge(struct mmi_comparison *comparison)
{
	comparison->level = LEVEL / (double)(comparison->nr_rows ? comparison->nr_rows : 1);
	for (size_t i = 0; i < comparison->nr_rows; i++) {
		struct mmi_compare_row *row = &comparison->rows[i];
		if (mmi_rank_test_least(row->a.nr, row->b.nr) >= comparison->level)
			row->judgement = MMI_COMPARE_TOO_FEW;
		else if (row->p >= comparison->level)
			row->judgement = MMI_COMPARE_NOISE;
		else
			row->judgement = row->ratio > 1 ? MMI_COMPARE_SLOWER : MMI_COMPARE_FASTER;
	}
}

static int make(struct mmi_comparison *comparison, const struct mmi_result *a,
		const struct mmi_result *b, struct mmi_error *err)
{
	struct workspace *space = malloc(sizeof(*space));
	const int ret = space ? fill_rows(comparison, space, a, b) : -ENOMEM;

	free(space);
	if (ret)
		return mmi_error_set(err, ret, "no memory for a comparison");
	if (!comparison->nr_rows)
		return mmi_error_set(err, -EINVAL, "no row in both: expected some");
	comparison->a_name = json_string_value(a->name);
	comparison->b_name = json_string_value(b->name);
	comparison->a = a;
	find_choices(comparison, a, b);
	judge(comparison);
	return 0;
}

static bool has_samples(const struct mmi_result *result)
{
	return !strcmp(result->kind->name, "run") || !strcmp(result->kind->name, "tune");
}

int mmi_compare(const struct mmi_result *a, const struct mmi_result *b, const char *allowed,
		struct mmi_comparison **comparison, struct mmi_error *err)
{
	int ret = check_allowed(allowed, err);

	*comparison = NULL;
	if (ret)
		return ret;
	if (!has_samples(a) || !has_samples(b))
		return mmi_error_set(err, -EINVAL,
				     "a result of %s: expected results of run or tune",
				     has_samples(a) ? b->kind->name : a->kind->name);
	ret = check_context(a, b, allowed, err);
	if (ret)
		return ret;
	*comparison = calloc(1, sizeof(**comparison));
	if (!*comparison)
		return mmi_error_set(err, -ENOMEM, "no memory for a comparison");
	ret = make(*comparison, a, b, err);
	if (ret) {
		mmi_comparison_destroy(*comparison);
		*comparison = NULL;
	}
	return ret;
}

void mmi_comparison_destroy(struct mmi_comparison *comparison)
{
	if (!comparison)
		return;
	free(comparison->rows);
	free(comparison);
}

const struct mmi_compare_row *mmi_comparison_slower(const struct mmi_comparison *comparison,
						    double share)
{
	for (size_t i = 0; i < comparison->nr_rows; i++)
		if (comparison->rows[i].judgement == MMI_COMPARE_SLOWER &&
		    comparison->rows[i].ratio > 1 + share)
			return &comparison->rows[i];
	return NULL;
}

const struct mmi_compare_row *mmi_comparison_too_few(const struct mmi_comparison *comparison)
{
	for (size_t i = 0; i < comparison->nr_rows; i++)
		if (comparison->rows[i].judgement == MMI_COMPARE_TOO_FEW)
			return &comparison->rows[i];
	return NULL;
}
