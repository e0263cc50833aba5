/* SPDX-License-Identifier: MIT */
/*
 * Comparison: two results of the same machine on the same host, and whether one is slower.
 *
 * Each row that both results have is judged by the Mann-Whitney U test on its samples (every boot
 * of `run --repeat`, every round of `tune`), two-sided: exact where there are few samples and no
 * ties, else by the normal approximation with corrections for ties and continuity.  It asks nothing
 * of how times are distributed.  A difference counts when its p is below 5%, divided by the number
 * of rows, so that many rows make no false alarm more likely.
 *
 * Results whose context differs (machine, host, build, threads ...) are refused: then something
 * else would be compared than what was meant.  What was chosen (chunk, batch, store ...) may
 * differ; that is what one compares.
 */
#ifndef MMINIT_COMPARE_H
#define MMINIT_COMPARE_H

#include <stdbool.h>

#include "mminit/report.h"
#include "mminit/result.h"

MMI_DECLARATIONS_BEGIN

enum mmi_compare_judgement {
	MMI_COMPARE_NOISE, /* the difference may well be chance */
	MMI_COMPARE_FASTER,
	MMI_COMPARE_SLOWER,
	MMI_COMPARE_TOO_FEW, /* so few samples that no difference could be told from chance */
};

/* The samples of one row of one result: nanoseconds a page. */
struct mmi_compare_side {
	size_t nr;
	double median;
	double low, high; /* quartiles */
};

/* Invariant: ratio = b.median / a.median. */
struct mmi_compare_row {
	char name[64];
	struct mmi_compare_side a, b;
	double ratio;
	double p; /* that chance alone makes as large a difference */
	enum mmi_compare_judgement judgement;
};

#define MMI_COMPARE_MAX_CHOICES 16

/* A choice in which the two differ, in words. */
struct mmi_compare_choice {
	char name[24];
	char a[48], b[48];
};

struct mmi_comparison {
	const char *a_name, *b_name; /* of the files; as long as the results */
	struct mmi_compare_row *rows;
	size_t nr_rows;
	double level; /* that p has to be below */
	struct mmi_compare_choice choices[MMI_COMPARE_MAX_CHOICES];
	size_t nr_choices;
	const struct mmi_result *a;
};

/*
 * Compares @b with @a, both of `run` or both of `tune`.  @allowed names the parts of the context
 * that may differ, with commas between them (NULL: none may).  -EINVAL: they cannot be compared,
 * and @err says why; -ENOMEM.  mmi_comparison_destroy() frees; the results must live as long.
 */
int mmi_compare(const struct mmi_result *a, const struct mmi_result *b, const char *allowed,
		struct mmi_comparison **comparison, struct mmi_error *err);
void mmi_comparison_destroy(struct mmi_comparison *comparison); /* NULL is allowed */

/*
 * The first row of @b that is slower, beyond noise and by more than @share (0.05 is 5%); NULL:
 * none.
 */
const struct mmi_compare_row *mmi_comparison_slower(const struct mmi_comparison *comparison,
						    double share);
/* The first row with too few samples to be judged; NULL: none. */
const struct mmi_compare_row *mmi_comparison_too_few(const struct mmi_comparison *comparison);

/* For people, and as CSV with a line of names first. */
void mmi_compare_text(FILE *out, const struct mmi_comparison *comparison,
		      const struct mmi_report_style *style);
void mmi_compare_csv(FILE *out, const struct mmi_comparison *comparison);
/* One JSON document and a newline.  -ENOMEM, having written nothing. */
int mmi_compare_json(FILE *out, const struct mmi_comparison *comparison);

MMI_DECLARATIONS_END

#endif
