/* SPDX-License-Identifier: MIT */
/* mminit tune: which chunk, threads, batch, store and backing are fastest here, and how sure. */
#include <errno.h>
#include <stdio.h>

#include "tool/interrupt.h"
#include "tool/progress.h"
#include "tool/session.h"

/* The memmap, a second one that is not backed, and the system's own needs have to fit. */
#define SHARE_OF_MEMORY 4
#define MOST_BYTES      ((uint64_t)1 << 30)

static bool go_on(void *user, uint64_t nr_runs, uint64_t max_runs)
{
	mmi_progress_plan(user, max_runs);
	mmi_progress_set(user, nr_runs);
	return !mmi_interrupt_came();
}

static int read_backing(void *user, const void *start, size_t size_bytes, uint64_t *resident_bytes,
			uint64_t *huge_bytes)
{
	struct mmi_native_backing backing = {0};
	const int ret = mmi_native_backing_read(start, size_bytes, &backing);

	(void)user;
	*resident_bytes = backing.resident_bytes;
	*huge_bytes = backing.huge_bytes;
	return ret;
}

static uint64_t most_memmap_bytes(void)
{
	struct mmi_host_facts facts;

	if (mmi_host_facts_read(&facts))
		return MOST_BYTES;
	const uint64_t share = facts.memory_available_bytes / SHARE_OF_MEMORY;
	return share < MOST_BYTES ? share : MOST_BYTES;
}

static enum mmi_exit print(const struct mmi_session *session, const struct mmi_tune_report *report)
{
	const struct mmi_report_source source = mmi_session_source(session);
	const struct mmi_report_context context = mmi_session_context();

	if (session->options->json)
		return mmi_exit_of_print(mmi_tune_print_json(stdout, report, &source, &context));
	if (session->options->csv)
		mmi_tune_print_csv(stdout, report);
	else if (!session->options->quiet)
		mmi_tune_print_text(stdout, report);
	return MMI_EXIT_GOOD;
}

/* Of each node: those of all nodes with memory work at once, and share the host's CPUs. */
static unsigned threads_of_node(const struct mmi_session *session)
{
	const struct mmi_machine *machine = session->machine;
	struct mmi_host_facts facts;
	unsigned nr_nodes = 0;

	if (session->options->nr_threads)
		return session->options->nr_threads;
	for (size_t i = 0; i < machine->nr_nodes; i++)
		nr_nodes += machine->nodes[i].nr_present_pages > 0;
	return mmi_host_facts_read(&facts) || facts.nr_cpus < nr_nodes ? 1
								       : facts.nr_cpus / nr_nodes;
}

static enum mmi_exit tune(const struct mmi_session *session)
{
	static struct mmi_tune_report report;
	struct mmi_progress progress;
	const struct mmi_tune_params params = {
	    .max_rounds = session->options->nr_rounds,
	    .nr_threads = threads_of_node(session),
	    .max_memmap_bytes = most_memmap_bytes(),
	    .go_on = go_on,
	    .read_backing = read_backing,
	    .user = &progress,
	};
	struct mmi_error err = {0};

	mmi_progress_begin(&progress, session->options, "run", 0);
	mmi_interrupt_catch();
	const int ret = mmi_tune(session->machine, &params, &report, &err);
	mmi_progress_end(&progress);
	if (ret)
		return mmi_session_fail(session, ret, &err);
	const enum mmi_exit printed = print(session, &report);
	if (!printed && report.failed.code)
		return mmi_session_fail(session, report.failed.code, &report.failed);
	return !printed && report.interrupted ? MMI_EXIT_INTERRUPTED : printed;
}

static enum mmi_exit run(const struct mmi_options *options)
{
	struct mmi_session session;

	const enum mmi_exit opened = mmi_session_open(&session, options);
	if (opened)
		return opened;
	mmi_session_warn(&session);
	const enum mmi_exit exit = tune(&session);
	mmi_session_close(&session);
	return exit;
}

const struct mmi_command mmi_command_tune = {
    .name = "tune",
    .run = run,
    .summary = "which chunk, threads, batch, store and backing are fastest here",
    .help = "Runs the machine's initialisation many times, one choice varied at a time, and says\n"
	    "what is fastest, what another choice costs, and how sure that is.  A machine too\n"
	    "large for this host is measured in a smaller size of the same shape.  Ctrl-C ends\n"
	    "the measuring and prints what there is.\n"
	    "\n"
	    "  mminit tune\n"
	    "  mminit tune 2n:64G --rounds 40 --csv\n"
	    "  mminit tune boot.log --json\n",
    .options = MMI_OPTION_LINUX | MMI_OPTION_TOPOLOGY | MMI_OPTION_THREADS | MMI_OPTION_BIND |
	       MMI_OPTION_TUNE | MMI_OPTION_CSV,
};
