/* SPDX-License-Identifier: MIT */
/* mminit report: results as one page to look at. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tool/out_file.h"
#include "tool/result_load.h"

/* A page of megabytes is no text for a terminal. */
static const char *output_path(const struct mmi_options *options)
{
	if (options->output)
		return options->output;
	return isatty(STDOUT_FILENO) ? NULL : "-";
}

static enum mmi_exit write_page(const char *path, struct mmi_result *const *results, size_t nr)
{
	struct mmi_out_file file;
	const enum mmi_exit exit = mmi_out_file_open(&file, path);

	if (exit)
		return exit;
	if (!mmi_report_html(file.stream, results, nr))
		return mmi_out_file_close(&file);
	mmi_out_file_drop(&file);
	return mmi_complain(MMI_EXIT_RESOURCES, "no memory for the page");
}

/* All are read before anything is written. */
static enum mmi_exit load_all(const struct mmi_options *options, struct mmi_result **results)
{
	enum mmi_exit exit = MMI_EXIT_GOOD;

	for (unsigned i = 0; i < options->nr_operands && !exit; i++)
		exit = mmi_result_load(options->operands[i], &results[i]);
	return exit;
}

static enum mmi_exit run(const struct mmi_options *options)
{
	const char *path = output_path(options);
	struct mmi_result **results;
	enum mmi_exit exit;

	if (!options->nr_operands)
		return mmi_complain(MMI_EXIT_USAGE,
				    "report: expected files that mminit wrote with --json");
	if (!path)
		return mmi_complain(MMI_EXIT_USAGE, "report: expected -o FILE, or a pipe");
	results = calloc(options->nr_operands, sizeof(struct mmi_result *));
	if (!results)
		return mmi_complain(MMI_EXIT_RESOURCES, "no memory for the results");
	exit = load_all(options, results);
	if (!exit)
		exit = write_page(path, results, options->nr_operands);
	for (unsigned i = 0; i < options->nr_operands; i++)
		mmi_result_destroy(results[i]);
	free(results);
	return exit;
}

const struct mmi_command mmi_command_report = {
    .name = "report",
    .operands = "RESULT...",
    .run = run,
    .summary = "a page to look at, made from results",
    .help =
	"Writes one HTML page that holds all it needs and loads nothing: throughput over chunk\n"
	"size with what is recommended, time per node, workers and chunks in time, a map of the\n"
	"PFN space to zoom into, binding, the machine, and a table under every picture.  RESULT "
	"is\n"
	"what run, tune, plan, show --as json, verify, replay, stress, predict, compare or audit\n"
	"printed with --json; run and plan say more with --verbose.\n"
	"\n"
	"  mminit run 2n:16G --json --verbose >run.json; mminit tune 2n:16G --json >tune.json\n"
	"  mminit report run.json tune.json -o report.html\n",
    .options = MMI_OPTION_OUTPUT | MMI_OPTION_RESULTS,
};
