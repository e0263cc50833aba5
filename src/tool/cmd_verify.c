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

#include "tool/changes.h"
#include "tool/failing.h"
#include "tool/interrupt.h"
#include "tool/out_file.h"
#include "tool/schedules.h"
#include "tool/sweep.h"

#define CHECKED_NAME "mminit-checked"

static enum mmi_exit list_faults(void)
{
	const struct mmi_fault_kind *kind;

	for (size_t i = 0; (kind = mmi_fault_kind(i)); i++) {
		printf("%-24s %s; ", kind->name, kind->stands_for);
		if (mmi_fault_call(kind)) {
			puts("reported or made good");
			continue;
		}
		fputs("breaks", stdout);
		for (unsigned number = 1; number <= MMI_NR_INVARIANTS; number++)
			if (kind->invariants >> number & 1)
				printf(" %u", number);
		if (kind->invariants & MMI_FAULT_NEVER_ENDS)
			fputs(" or never ends", stdout);
		puts(mmi_fault_is_scheduled(kind) ? ", in some schedules" : "");
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

/* What was done: runs of the whole machine, controlled schedules, or both. */
struct verification {
	const struct mmi_session *session;
	struct mmi_sweep sweep;
	struct mmi_schedules schedules;
	bool has_explored;
};

static void fill_runs(struct mmi_report_verify *report, const struct mmi_sweep *sweep)
{
	report->nr_runs = sweep->nr_runs;
	report->nr_chunks = sweep->nr_chunks;
	report->nr_pages = sweep->nr_pages;
	report->elapsed_ns = sweep->elapsed_ns;
	report->schedules = sweep->schedules;
	report->nr_faults = sweep->nr_faults;
	report->verdict = &sweep->verdict;
	report->plan = &sweep->system->plan;
	report->reproduce = sweep->reproduce;
	memcpy(report->nr_checks, sweep->nr_checks, sizeof(report->nr_checks));
}

static enum mmi_exit print_report(const struct verification *v)
{
	const struct mmi_session *session = v->session;
	const struct mmi_report_style style = mmi_session_style(session);
	struct mmi_report_verify report = {
	    .source = mmi_session_source(session),
	    .seed = session->options->seed,
	    .fault = session->options->fault,
	    .explored = v->has_explored ? &v->schedules.report : NULL,
	};

	if (v->sweep.nr_runs)
		fill_runs(&report, &v->sweep);
	if (session->options->json)
		return mmi_exit_of_print(mmi_report_verify_json(stdout, &report));
	if (!session->options->quiet) {
		mmi_report_verify_text(stdout, &report, &style);
		return MMI_EXIT_GOOD;
	}
	if (report.verdict)
		mmi_report_broken_text(stdout, report.verdict, report.plan, report.reproduce,
				       &style);
	if (report.explored)
		mmi_report_explored_text(stdout, report.explored, &report.source, &style, true);
	return MMI_EXIT_GOOD;
}

/* MMI_EXIT_USAGE after a message: the fault found no place. */
static enum mmi_exit judge_place(const struct verification *v)
{
	const char *fault = v->session->options->fault;

	if (!fault || v->sweep.nr_faults || v->schedules.result.nr_faults)
		return MMI_EXIT_GOOD;
	return mmi_complain(MMI_EXIT_USAGE,
			    "--inject: this machine has no place where it could strike: %s",
			    v->sweep.no_place.code ? v->sweep.no_place.text : fault);
}

/* A fault that nobody sees is a failure of the checkers. */
static enum mmi_exit judge_fault(const struct verification *v)
{
	const char *fault = v->session->options->fault;

	return fault ? mmi_complain(MMI_EXIT_FAILED,
				    "--inject %s: committed, and no invariant saw it", fault)
		     : MMI_EXIT_GOOD;
}

/* Is what is to be verified a matter of schedules alone?  MMI_EXIT_USAGE after a message. */
static enum mmi_exit choose_ways(const struct mmi_options *options, bool *sweeps, bool *explores)
{
	struct mmi_fault fault = {0};
	struct mmi_error err = {0};

	if (options->fault && mmi_fault_parse(options->fault, &fault, &err))
		return mmi_complain(MMI_EXIT_USAGE, "--inject %s: %s", options->fault, err.text);
	const bool is_scheduled = fault.kind && mmi_fault_is_scheduled(fault.kind);
	*sweeps = !is_scheduled;
	*explores =
	    (!fault.kind || is_scheduled) && (!options->has_schedules || options->nr_schedules);
	return MMI_EXIT_GOOD;
}

static enum mmi_exit verify_all(struct verification *v, const struct mmi_script *replayed)
{
	bool sweeps = false, explores = true;
	enum mmi_exit exit = MMI_EXIT_GOOD;

	if (!replayed)
		exit = choose_ways(v->session->options, &sweeps, &explores);
	if (!exit && sweeps)
		exit = mmi_session_check_memory(v->session);
	if (!exit && sweeps)
		exit = mmi_sweep_run(&v->sweep, v->session);
	if (!exit && explores) {
		exit = mmi_schedules_run(&v->schedules, v->session, replayed);
		v->has_explored = !exit || exit == MMI_EXIT_BROKEN;
	}
	return exit;
}

static enum mmi_exit verify_session(const struct mmi_session *session,
				    const struct mmi_script *replayed)
{
	struct verification v = {.session = session};
	struct mmi_fault fault = {0};

	if (session->options->fault && !mmi_fault_parse(session->options->fault, &fault, NULL)) {
		if (mmi_fault_call(fault.kind))
			return mmi_failing_run(session, &fault);
		if (mmi_fault_is_random(fault.kind))
			return mmi_changes_run(session, &fault);
	}
	enum mmi_exit exit = verify_all(&v, replayed);

	if (!exit && mmi_interrupt_came())
		exit = mmi_complain(MMI_EXIT_INTERRUPTED, "interrupted: what was done is reported");
	if (!exit)
		exit = judge_place(&v);
	if (!exit || exit == MMI_EXIT_BROKEN || exit == MMI_EXIT_INTERRUPTED) {
		const enum mmi_exit printed = print_report(&v);
		exit = printed ? printed : exit;
	}
	if (!exit)
		exit = judge_fault(&v);
	mmi_schedules_deinit(&v.schedules);
	mmi_sweep_deinit(&v.sweep);
	return exit;
}

/* A script names its machine; one on the command line is taken instead. */
static enum mmi_exit verify_machine(const struct mmi_options *options,
				    const struct mmi_script *replayed)
{
	struct mmi_options own = *options;
	struct mmi_session session;

	if (replayed && !own.machine)
		own.machine = replayed->machine;
	mmi_interrupt_catch();
	enum mmi_exit exit = mmi_session_open(&session, &own);
	if (exit)
		return exit;
	exit = verify_session(&session, replayed);
	mmi_session_close(&session);
	return exit;
}

static enum mmi_exit run(const struct mmi_options *options)
{
	struct mmi_script script;

	if (options->list_faults)
		return list_faults();
	if (!mmi_out_file_is_apart(options->save_schedule, options->json))
		return mmi_complain(MMI_EXIT_USAGE,
				    "--save-schedule -: expected a file, --json prints too");
	if (!mmi_verify_is_checked_core())
		return execute_checked(options);
	if (!options->schedule)
		return verify_machine(options, NULL);
	if (options->fault)
		return mmi_complain(MMI_EXIT_USAGE,
				    "--inject: expected without --schedule, which names its own");
	enum mmi_exit exit = mmi_schedules_read(options->schedule, &script);
	if (exit)
		return exit;
	exit = verify_machine(options, &script);
	mmi_script_deinit(&script);
	return exit;
}

const struct mmi_command mmi_command_verify = {
    .name = "verify",
    .run = run,
    .summary = "judge every invariant over many schedules",
    .help =
	"Initialises the machine with every batch, several chunk rules and 1 to --threads\n"
	"threads a node, on the core that records every access of a struct page, and judges each\n"
	"run.  What --batch and --chunk fix is not varied.  Then it runs the machine, or a part "
	"of\n"
	"it, under a scheduler that can switch at every atomic word, lock and struct page, with\n"
	"threads beside the workers that allocate, free, rebuild and have memory come and go.\n"
	"Exits 4 at the first run or schedule that is broken; a schedule is shrunk and printed,\n"
	"for --schedule to run again.\n"
	"\n"
	"  mminit verify boot.log\n"
	"  mminit verify 4n:1G --threads 8\n"
	"  mminit verify 2n:2G --inject skip-range --seed 7\n"
	"  mminit verify 2n:2G,reserved=4K@5G --strategy linux-7.x\n"
	"  mminit verify 1n:64M,arch=ppc64-64k --search exhaustive --preemptions 1 --schedules "
	"100000\n"
	"  mminit verify 1G --inject torn-claim --save-schedule torn.txt\n"
	"  mminit verify --schedule torn.txt\n"
	"  mminit verify --list-faults\n",
    .options = MMI_OPTION_LINUX | MMI_OPTION_TOPOLOGY | MMI_OPTION_CHUNK | MMI_OPTION_THREADS |
	       MMI_OPTION_BATCH | MMI_OPTION_STRATEGY | MMI_OPTION_MEMMAP | MMI_OPTION_FAULT |
	       MMI_OPTION_LIST_FAULTS | MMI_OPTION_SCHEDULES,
};
