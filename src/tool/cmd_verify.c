/* SPDX-License-Identifier: MIT */
/*
 * mminit verify: every invariant, over many schedules, on the checked core.
 *
 * The checked core is another binary, made from the same sources, that stands beside this one:
 * `mminit verify` executes it with the same words.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tool/sweep.h"

#define CHECKED_NAME "mminit-checked"

static enum mmi_exit list_faults(void)
{
	const struct mmi_fault_kind *kind;

	for (size_t i = 0; (kind = mmi_fault_kind(i)); i++) {
		printf("%-24s %s; breaks", kind->name, kind->stands_for);
		for (unsigned number = 1; number <= MMI_NR_INVARIANTS; number++)
			if (kind->invariants >> number & 1)
				printf(" %u", number);
		putchar('\n');
	}
	return MMI_EXIT_GOOD;
}

/* The path of the checked binary, in the folder of this one. */
static bool find_checked(char path[PATH_MAX])
{
	const ssize_t length = readlink("/proc/self/exe", path, PATH_MAX - 1);

	if (length < 0)
		return false;
	path[length] = '\0';
	char *slash = strrchr(path, '/');
	const size_t room = PATH_MAX - (size_t)(slash + 1 - path);
	return slash && (size_t)snprintf(slash + 1, room, CHECKED_NAME) < room;
}

/* Only returns when it failed. */
static enum mmi_exit execute_checked(const struct mmi_options *options)
{
	char path[PATH_MAX];

	if (!find_checked(path))
		return mmi_complain(MMI_EXIT_FAILED, "cannot tell where this program stands: %s",
				    strerror(errno));
	options->argv[0] = path;
	execv(path, options->argv);
	return mmi_complain(MMI_EXIT_FAILED,
			    "%s: %s: expected the checked core there, which judges what this one "
			    "cannot",
			    path, strerror(errno));
}

static enum mmi_exit print_report(const struct mmi_sweep *sweep)
{
	const struct mmi_session *session = sweep->session;
	const struct mmi_report_style style = mmi_session_style(session);
	struct mmi_report_verify report = {
	    .source = mmi_session_source(session),
	    .nr_runs = sweep->nr_runs,
	    .nr_chunks = sweep->nr_chunks,
	    .nr_pages = sweep->nr_pages,
	    .seed = session->options->seed,
	    .elapsed_ns = sweep->elapsed_ns,
	    .schedules = sweep->schedules,
	    .fault = session->options->fault,
	    .nr_faults = sweep->nr_faults,
	    .verdict = &sweep->verdict,
	    .plan = &sweep->system->plan,
	    .reproduce = sweep->reproduce,
	};

	memcpy(report.nr_checks, sweep->nr_checks, sizeof(report.nr_checks));
	if (session->options->json)
		return mmi_exit_of(mmi_report_verify_json(stdout, &report));
	if (session->options->quiet)
		mmi_report_broken_text(stdout, report.verdict, report.plan, report.reproduce,
				       &style);
	else
		mmi_report_verify_text(stdout, &report, &style);
	return MMI_EXIT_GOOD;
}

/* A fault that nobody sees is a failure of the checkers, or it found no place. */
static enum mmi_exit judge_fault(const struct mmi_sweep *sweep)
{
	const char *fault = sweep->session->options->fault;

	if (!fault)
		return MMI_EXIT_GOOD;
	if (!sweep->nr_faults)
		return mmi_complain(MMI_EXIT_USAGE,
				    "--inject %s: this machine has no place where it could strike",
				    fault);
	return mmi_complain(MMI_EXIT_FAILED, "--inject %s: committed, and no invariant saw it",
			    fault);
}

static enum mmi_exit verify_session(const struct mmi_session *session)
{
	struct mmi_sweep sweep = {0};
	enum mmi_exit exit = mmi_session_check_memory(session);

	if (exit)
		return exit;
	exit = mmi_sweep_run(&sweep, session);
	if (!exit || exit == MMI_EXIT_BROKEN) {
		const enum mmi_exit printed = print_report(&sweep);
		exit = printed ? printed : exit;
	}
	if (!exit)
		exit = judge_fault(&sweep);
	mmi_sweep_deinit(&sweep);
	return exit;
}

static enum mmi_exit run(const struct mmi_options *options)
{
	struct mmi_session session;

	if (options->list_faults)
		return list_faults();
	if (!mmi_verify_is_checked_core())
		return execute_checked(options);
	enum mmi_exit exit = mmi_session_open(&session, options);
	if (exit)
		return exit;
	exit = verify_session(&session);
	mmi_session_close(&session);
	return exit;
}

const struct mmi_command mmi_command_verify = {
    .name = "verify",
    .run = run,
    .summary = "judge every invariant over many schedules",
    .help =
	"Initialises the machine with every batch, several chunk rules and 1 to --threads\n"
	"threads a node, on the core that records every access of a struct page, and judges each\n"
	"run.  What --batch and --chunk fix is not varied.  Exits 4 at the first broken one.\n"
	"\n"
	"  mminit verify boot.log\n"
	"  mminit verify 4n:1G --threads 8\n"
	"  mminit verify 2n:2G --inject skip-range --seed 7\n"
	"  mminit verify 2n:2G,reserved=4K@5G --strategy linux-7.x\n"
	"  mminit verify --list-faults\n",
    .options = MMI_OPTION_LINUX | MMI_OPTION_TOPOLOGY | MMI_OPTION_CHUNK | MMI_OPTION_THREADS |
	       MMI_OPTION_BATCH | MMI_OPTION_STRATEGY | MMI_OPTION_MEMMAP | MMI_OPTION_FAULT |
	       MMI_OPTION_LIST_FAULTS,
};
