/* SPDX-License-Identifier: MIT */
/* mminit compare: is one result slower than another, or is it noise? */
#include <errno.h>
#include <stdio.h>

#include "mminit/compare.h"
#include "tool/result_load.h"
#include "tool/style.h"

static enum mmi_exit print(const struct mmi_options *options,
			   const struct mmi_comparison *comparison)
{
	const struct mmi_report_style style = mmi_tool_style(options);

	if (options->json)
		return mmi_exit_of_print(mmi_compare_json(stdout, comparison));
	if (options->csv)
		mmi_compare_csv(stdout, comparison);
	else if (!options->quiet)
		mmi_compare_text(stdout, comparison, &style);
	return MMI_EXIT_GOOD;
}

/* --fail-above: slower by more than that, and more than noise. */
static enum mmi_exit judge(const struct mmi_options *options,
			   const struct mmi_comparison *comparison)
{
	const struct mmi_compare_row *few = mmi_comparison_too_few(comparison);
	const struct mmi_compare_row *slower;

	if (!options->has_fail_above)
		return MMI_EXIT_GOOD;
	slower = mmi_comparison_slower(comparison, options->fail_above);
	if (slower)
		return mmi_complain(MMI_EXIT_BROKEN, "%s: %s: slower by %.1f%% (p %.2g)",
				    comparison->b_name, slower->name, 100 * (slower->ratio - 1),
				    slower->p);
	if (few)
		return mmi_complain(MMI_EXIT_INPUT,
				    "%s: %zu and %zu samples: expected more, to judge by",
				    few->name, few->a.nr, few->b.nr);
	return MMI_EXIT_GOOD;
}

static enum mmi_exit compare(const struct mmi_options *options, const struct mmi_result *a,
			     const struct mmi_result *b)
{
	struct mmi_comparison *comparison;
	struct mmi_error err = {0};
	const int ret = mmi_compare(a, b, options->allow, &comparison, &err);

	if (ret)
		return mmi_complain(ret == -ENOMEM ? MMI_EXIT_RESOURCES : MMI_EXIT_INPUT,
				    "%s, %s: %s", options->operands[0], options->operands[1],
				    err.text);
	enum mmi_exit exit = print(options, comparison);
	if (!exit)
		exit = judge(options, comparison);
	mmi_comparison_destroy(comparison);
	return exit;
}

static enum mmi_exit run(const struct mmi_options *options)
{
	struct mmi_result *a = NULL, *b = NULL;
	enum mmi_exit exit;

	if (options->nr_operands != 2)
		return mmi_complain(MMI_EXIT_USAGE, "compare: expected two results, A and B");
	exit = mmi_result_load(options->operands[0], &a);
	if (!exit)
		exit = mmi_result_load(options->operands[1], &b);
	if (!exit)
		exit = compare(options, a, b);
	mmi_result_destroy(a);
	mmi_result_destroy(b);
	return exit;
}

const struct mmi_command mmi_command_compare = {
    .name = "compare",
    .operands = "A B",
    .run = run,
    .summary = "is one result slower than another, or is it noise",
    .help =
	"Medians, quartiles and ratio of two results of run --repeat or of tune, row by row, and\n"
	"whether they differ by more than noise (Mann-Whitney U test, 5% over all rows).  Results "
	"of\n"
	"different machines, hosts, builds or threads are refused.\n"
	"\n"
	"  mminit run 2n:8G --repeat 20 --json >a.json\n"
	"  mminit run 2n:8G --repeat 20 --chunk linux --json >b.json\n"
	"  mminit compare a.json b.json --fail-above 5%\n",
    .options = MMI_OPTION_RESULTS | MMI_OPTION_COMPARE | MMI_OPTION_CSV,
};
