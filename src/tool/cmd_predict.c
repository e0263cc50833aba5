/* SPDX-License-Identifier: MIT */
/* mminit predict: times by thread count on a machine that is not at hand. */
#include <errno.h>
#include <stdio.h>

#include "tool/session.h"

/* Thread counts that Linux's authors measured, as shares of a node's CPUs, in thousandths. */
static const unsigned shares[] = {0, 125, 250, 375, 500, 750, 1000};
#define NR_SHARES (sizeof(shares) / sizeof(shares[0]))

#define FITS 1.05 /* times the best time that was given; and what is random */

static unsigned threads_of_share(unsigned nr_cpus, unsigned share)
{
	const unsigned nr_threads = nr_cpus * share / 1000;

	return nr_threads ? nr_threads : 1;
}

static void print_head(const struct mmi_session *session, const struct mmi_predictor *predictor)
{
	printf("%s, node %d: %.2f ns a page on its own, %.2f ns of the memory that all share\n",
	       mmi_session_source(session).name, mmi_predictor_nid(predictor),
	       mmi_predictor_own_ns(predictor), mmi_predictor_shared_ns(predictor));
	printf("%7s  %10s  %-13s  %10s  %-11s  %s\n", "threads", "Linux", "its chunk", "mminit",
	       "its chunk", "saves");
}

/* Whole percents; what the last, random blocks differ by is no loss. */
static int saved_percent(const struct mmi_prediction *p)
{
	const double saved = 100 * (1 - (double)p->engine_ns / (double)p->linux_ns);

	return (int)(saved > 0 ? saved + 0.5 : saved - 0.5);
}

static void print_row(const struct mmi_prediction *p, uint64_t page_bytes)
{
	char linux_time[MMI_REPORT_UNIT_BYTES], engine_time[MMI_REPORT_UNIT_BYTES];
	char linux_chunk[MMI_REPORT_UNIT_BYTES], engine_chunk[MMI_REPORT_UNIT_BYTES];

	printf("%7u  %10s  %-13s  %10s  %-11s  %d%%\n", p->nr_threads,
	       mmi_report_time(linux_time, p->linux_ns),
	       mmi_report_size(linux_chunk, p->linux_chunk_pages * page_bytes),
	       mmi_report_time(engine_time, p->engine_ns),
	       mmi_report_size(engine_chunk, p->engine_chunk_pages * page_bytes), saved_percent(p));
}

/* Fills @rows, of the thread count that was asked for or of all; @nr_rows grows as far as it goes. */
static enum mmi_exit predict_rows(const struct mmi_session *session,
				  const struct mmi_predictor *predictor,
				  struct mmi_prediction rows[NR_SHARES], size_t *nr_rows)
{
	const unsigned nr_cpus = mmi_predictor_params(predictor)->cpus_per_node;
	const unsigned wanted = session->options->nr_threads;

	for (size_t i = 0; i < (wanted ? 1 : NR_SHARES); i++) {
		const unsigned nr_threads = wanted ? wanted : threads_of_share(nr_cpus, shares[i]);
		struct mmi_error err = {0};
		if (*nr_rows && nr_threads == rows[*nr_rows - 1].nr_threads)
			continue;
		const int ret = mmi_predict(predictor, nr_threads, &rows[*nr_rows], &err);
		if (ret)
			return mmi_session_fail(session, ret, &err);
		(*nr_rows)++;
	}
	return MMI_EXIT_GOOD;
}

/* All CPUs are to take the best time; where chunks and locks alone take longer, they do not. */
static void print_misfit(const struct mmi_predictor *predictor, const struct mmi_prediction *last)
{
	const struct mmi_predict_params *params = mmi_predictor_params(predictor);
	char best[MMI_REPORT_UNIT_BYTES], least[MMI_REPORT_UNIT_BYTES];

	if (last->nr_threads == params->cpus_per_node &&
	    (double)last->linux_ns > FITS * (double)params->best_ns)
		printf(
		    "the best time, %s, is not to be had: chunks and locks alone take %s there\n",
		    mmi_report_time(best, params->best_ns), mmi_report_time(least, last->linux_ns));
}

static enum mmi_exit print(const struct mmi_session *session, const struct mmi_predictor *predictor)
{
	const uint64_t page_bytes = 1ull << session->machine->geometry.page_shift;
	const struct mmi_report_source source = mmi_session_source(session);
	struct mmi_prediction rows[NR_SHARES];
	size_t nr_rows = 0;
	const enum mmi_exit exit = predict_rows(session, predictor, rows, &nr_rows);

	if (exit)
		return exit;
	if (session->options->json)
		return mmi_exit_of_print(
		    mmi_predict_print_json(stdout, &source, predictor, rows, nr_rows));
	if (session->options->quiet)
		return exit;
	print_head(session, predictor);
	for (size_t i = 0; i < nr_rows; i++)
		print_row(&rows[i], page_bytes);
	print_misfit(predictor, &rows[nr_rows - 1]);
	if (!mmi_predictor_knows_limit(predictor))
		printf("one thread in every job of Linux tells nothing of memory's limit: mminit's "
		       "times are as if there were none\n");
	if (mmi_predictor_linux_is_serial(predictor))
		printf("rules of Linux %s give a node one thread on %s: what more would take is "
		       "shown, and 6.12 has them (--linux)\n",
		       mmi_linux_version_name(session->machine->linux_version),
		       mmi_arch_name(session->machine->geometry.arch));
	return MMI_EXIT_GOOD;
}

static enum mmi_exit predict(const struct mmi_session *session)
{
	const unsigned wanted = session->options->nr_threads;
	struct mmi_predictor *predictor;
	struct mmi_error err = {0};
	const int ret =
	    mmi_predictor_create(session->machine, &session->options->predict, &predictor, &err);

	if (ret == -EINVAL) /* the times do not go with the machine */
		return mmi_complain(MMI_EXIT_USAGE, "%s", err.text);
	if (ret)
		return mmi_session_fail(session, ret, &err);
	const unsigned nr_cpus = mmi_predictor_params(predictor)->cpus_per_node;
	const enum mmi_exit exit =
	    wanted <= nr_cpus
		? print(session, predictor)
		: mmi_complain(MMI_EXIT_USAGE,
			       "--threads %u: expected at most %u, the CPUs of a node", wanted,
			       nr_cpus);
	mmi_predictor_destroy(predictor);
	return exit;
}

static enum mmi_exit run(const struct mmi_options *options)
{
	struct mmi_session session;

	if (!options->predict.one_thread_ns || !options->predict.best_ns)
		return mmi_complain(MMI_EXIT_USAGE, "predict: expected --one-thread and --best");
	const enum mmi_exit opened = mmi_session_open(&session, options);
	if (opened)
		return opened;
	const enum mmi_exit exit = predict(&session);
	mmi_session_close(&session);
	return exit;
}

const struct mmi_command mmi_command_predict = {
    .name = "predict",
    .run = run,
    .summary = "times by thread count on a machine that is not at hand",
    .help = "From two times of Linux there, with one thread and the best of all, simulates plan,\n"
	    "claims, locks and shared memory for the node with most memory: which chunk Linux's\n"
	    "rule chooses, how long it takes, and what mminit's order of work would save.\n"
	    "\n"
	    "  mminit predict 2n:384G --cpus-per-node 52 --one-thread 1717.7ms --best 138ms\n"
	    "  mminit predict boot.log --one-thread 1.1s --best 126ms --json\n",
    .options = MMI_OPTION_LINUX | MMI_OPTION_TOPOLOGY | MMI_OPTION_PREDICT,
};
