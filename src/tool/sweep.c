/* SPDX-License-Identifier: MIT */
/* Runs one schedule after another and adds up what was checked. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tool/interrupt.h"
#include "tool/progress.h"
#include "tool/reproduce.h"
#include "tool/sweep.h"

#define DEFAULT_THREADS 3

/* One way to run a machine. */
struct schedule {
	const char *chunk;
	const char *batch_name;
	enum mmi_batch batch;
	unsigned nr_threads;
};

static const char *const chunk_rules[] = {"1s", "3s", "linux", "auto"};
static const struct {
	const char *name;
	enum mmi_batch batch;
} batches[] = {
    {"block", MMI_BATCH_BLOCK},
    {"section", MMI_BATCH_SECTION},
    {"chunk", MMI_BATCH_CHUNK},
};

#define NR_CHUNK_RULES (sizeof(chunk_rules) / sizeof(chunk_rules[0]))
#define NR_BATCHES     (sizeof(batches) / sizeof(batches[0]))

/* What the command line fixes is not swept. */
static size_t nr_chunk_rules(const struct mmi_options *options)
{
	return options->chunk ? 1 : NR_CHUNK_RULES;
}

static size_t nr_batches(const struct mmi_options *options)
{
	return options->batch_name ? 1 : NR_BATCHES;
}

static unsigned max_threads(const struct mmi_options *options)
{
	return options->nr_threads ? options->nr_threads : DEFAULT_THREADS;
}

/* Schedule number @i: threads change fastest, then chunk rules, then batches. */
static struct schedule schedule_of(const struct mmi_options *options, uint64_t i)
{
	const uint64_t rule = i / max_threads(options) % nr_chunk_rules(options);
	const uint64_t batch = i / max_threads(options) / nr_chunk_rules(options);

	return (struct schedule){
	    .chunk = options->chunk ? options->chunk : chunk_rules[rule],
	    .batch_name = options->batch_name ? options->batch_name : batches[batch].name,
	    .batch = options->batch_name ? options->batch : batches[batch].batch,
	    .nr_threads = (unsigned)(i % max_threads(options)) + 1,
	};
}

static void describe(struct mmi_sweep *sweep)
{
	const struct mmi_options *options = sweep->session->options;

	snprintf(sweep->schedules, sizeof(sweep->schedules),
		 "batch %s, chunks %s, threads of a node 1 to %u%s",
		 options->batch_name ? options->batch_name : "block section chunk",
		 options->chunk ? options->chunk : "1s 3s linux auto", max_threads(options),
		 sweep->serial ? ", each held against a serial run" : "");
}

static void add_checks(struct mmi_sweep *sweep)
{
	for (unsigned i = 1; i <= MMI_NR_INVARIANTS; i++)
		sweep->nr_checks[i] += sweep->verdict.invariants[i].nr_checks;
	sweep->nr_runs++;
	sweep->nr_chunks += sweep->system->plan.nr_chunks;
	sweep->nr_pages += sweep->system->run.early.nr_init_pages;
	for (unsigned i = 0; i < sweep->system->run.nr_workers; i++)
		sweep->nr_pages += sweep->system->run.workers[i].nr_init_pages;
}

static enum mmi_exit judge(struct mmi_sweep *sweep, const struct schedule *schedule)
{
	const struct mmi_session *session = sweep->session;
	const struct mmi_reproduction again = {
	    .chunk = schedule->chunk,
	    .nr_threads = schedule->nr_threads,
	    .batch = schedule->batch_name,
	    .fault = session->options->fault ? &sweep->fault : NULL,
	};
	struct mmi_error err = {0};
	int ret = mmi_verify_system(sweep->system, &sweep->verdict, &err);

	if (!ret && sweep->serial)
		ret = mmi_verify_serial(sweep->system, sweep->serial, &sweep->verdict, &err);
	if (ret)
		return mmi_session_fail(session, ret, &err);
	add_checks(sweep);
	free(sweep->reproduce);
	sweep->reproduce = mmi_reproduce(session->options, &again);
	if (!sweep->reproduce)
		return mmi_complain(MMI_EXIT_RESOURCES, "no memory for the report");
	return mmi_verdict_is_good(&sweep->verdict) ? MMI_EXIT_GOOD : MMI_EXIT_BROKEN;
}

/* Not every schedule of every machine has a place where the fault can strike. */
static enum mmi_exit arm(struct mmi_sweep *sweep)
{
	const struct mmi_session *session = sweep->session;
	struct mmi_error err = {0};

	if (!session->options->fault)
		return MMI_EXIT_GOOD;
	const enum mmi_exit exit = mmi_session_fault(session, sweep->nr_runs, &sweep->fault);
	if (exit)
		return exit;
	const int ret = mmi_session_arm(session, sweep->system, &sweep->fault, &err);
	if (ret && ret != -EINVAL)
		return mmi_session_fail(session, ret, &err);
	if (ret)
		sweep->no_place = err;
	sweep->nr_faults += !ret;
	return MMI_EXIT_GOOD;
}

static enum mmi_exit run_schedule(struct mmi_sweep *sweep, const struct schedule *schedule)
{
	const struct mmi_session *session = sweep->session;
	struct mmi_system_options options = {
	    .memmap = session->options->memmap,
	    .run = {.batch = schedule->batch,
		    .record_chunks = true,
		    .ops = session->options->strategy},
	};
	enum mmi_exit exit = mmi_session_plan_params(session, schedule->chunk, &options.plan);

	if (exit)
		return exit;
	options.plan.nr_threads = schedule->nr_threads;
	mmi_system_destroy(sweep->system);
	exit = mmi_session_create(session, &options, &sweep->system);
	if (!exit)
		exit = arm(sweep);
	if (!exit)
		exit = mmi_session_boot(session, sweep->system);
	if (!exit)
		exit = mmi_session_alloc(session, sweep->system, &sweep->fault);
	return exit ? exit : judge(sweep, schedule);
}

/* A second memmap, made by one thread, is compared with the first where there is room for it. */
static void create_serial(struct mmi_sweep *sweep)
{
	struct mmi_host_facts facts;

	if (!mmi_host_facts_read(&facts) &&
	    facts.memory_available_bytes / 2 < mmi_session_needed_bytes(sweep->session))
		return;
	mmi_platform_serial_create(&sweep->serial, NULL);
}

enum mmi_exit mmi_sweep_run(struct mmi_sweep *sweep, const struct mmi_session *session)
{
	const struct mmi_platform *clock = session->platform;
	const uint64_t start_ns = clock->ops->clock_ns(clock->ctx);
	enum mmi_exit exit = MMI_EXIT_GOOD;
	struct mmi_progress progress;

	*sweep = (struct mmi_sweep){.session = session};
	create_serial(sweep);
	describe(sweep);
	sweep->nr_planned = (uint64_t)nr_batches(session->options) *
			    nr_chunk_rules(session->options) * max_threads(session->options);
	mmi_progress_begin(&progress, session->options, "run", sweep->nr_planned);
	for (uint64_t i = 0; i < sweep->nr_planned && !exit && !mmi_interrupt_came(); i++) {
		const struct schedule schedule = schedule_of(session->options, i);
		exit = run_schedule(sweep, &schedule);
		sweep->elapsed_ns = clock->ops->clock_ns(clock->ctx) - start_ns;
		mmi_progress_set(&progress, sweep->nr_runs);
	}
	mmi_progress_end(&progress);
	return exit;
}

void mmi_sweep_deinit(struct mmi_sweep *sweep)
{
	mmi_system_destroy(sweep->system);
	mmi_platform_serial_destroy(sweep->serial);
	free(sweep->reproduce);
	*sweep = (struct mmi_sweep){0};
}
