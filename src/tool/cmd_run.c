/* SPDX-License-Identifier: MIT */
/* mminit run: initialises a machine, says how long it took, and judges what came of it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tool/interrupt.h"
#include "tool/out_file.h"
#include "tool/progress.h"
#include "tool/places.h"
#include "tool/reproduce.h"

/* Events of allocators: a run has none of its own. */
#define MAX_GROWTHS 0

/* Larger than any cache, and little beside most machines' memmap. */
#define MOST_BANDWIDTH_BYTES ((uint64_t)256 << 20)

/* Everything that one run needs and gives. */
struct run {
	const struct mmi_session *session;
	struct mmi_fault fault;
	struct mmi_system *system;
	struct mmi_verdict verdict;
	struct mmi_places places;
	char *reproduce;
	struct mmi_trace *trace; /* NULL: none is asked for */
	struct mmi_report_sample *samples;
	size_t nr_samples;
	uint64_t peak_bytes; /* before bandwidth is measured; 0: not known */
	struct mmi_report_bandwidth bandwidth;
};

static enum mmi_exit arm(struct run *run)
{
	struct mmi_error err = {0};

	if (!run->session->options->fault)
		return MMI_EXIT_GOOD;
	const enum mmi_exit exit = mmi_session_fault(run->session, 0, &run->fault);
	if (exit)
		return exit;
	return mmi_session_arm(run->session, run->system, &run->fault, &err)
		   ? mmi_complain(MMI_EXIT_USAGE, "--inject %s: %s", run->session->options->fault,
				  err.text)
		   : MMI_EXIT_GOOD;
}

static enum mmi_steal steal_of(const struct mmi_options *options)
{
	if (options->no_steal)
		return MMI_STEAL_NEVER;
	return options->steal ? MMI_STEAL_ALWAYS : MMI_STEAL_NEAR;
}

static enum mmi_exit boot(struct run *run)
{
	const struct mmi_options *options = run->session->options;
	struct mmi_system_options system = {
	    .memmap = options->memmap,
	    .run = {.batch = options->batch,
		    .record_chunks = true,
		    .steal = steal_of(options),
		    .ops = options->strategy},
	};
	struct mmi_host_facts facts;
	enum mmi_exit exit = mmi_session_plan_params(run->session, "auto", &system.plan);

	if (run->trace)
		mmi_trace_watch(run->trace, &system.run);

	if (!exit)
		exit = mmi_session_check_memory(run->session);
	if (exit)
		return exit;
	/* More threads than CPUs would only be in each other's way, unless they are asked for. */
	if (!options->threads_name && !mmi_host_facts_read(&facts))
		system.plan.max_threads = facts.nr_cpus;
	exit = mmi_session_create(run->session, &system, &run->system);
	if (!exit)
		exit = arm(run);
	if (!exit)
		exit = mmi_session_boot(run->session, run->system);
	if (!exit && (mmi_places_read(&run->places, run->session, run->system) ||
		      (options->show_binding &&
		       mmi_places_read_memmap(&run->places, run->session, run->system))))
		exit = mmi_complain(MMI_EXIT_RESOURCES, "no memory for the report");
	if (!exit)
		exit = mmi_session_alloc(run->session, run->system, &run->fault);
	return exit;
}

static enum mmi_exit judge(struct run *run)
{
	const struct mmi_options *options = run->session->options;
	const struct mmi_reproduction again = {
	    .chunk = options->chunk,
	    .nr_threads = options->nr_threads,
	    .batch = options->batch_name,
	    .fault = run->session->options->fault ? &run->fault : NULL,
	};
	struct mmi_error err = {0};
	const int ret = mmi_verify_system(run->system, &run->verdict, &err);

	if (ret)
		return mmi_session_fail(run->session, ret, &err);
	run->reproduce = mmi_reproduce(options, &again);
	if (!run->reproduce)
		return mmi_complain(MMI_EXIT_RESOURCES, "no memory for the report");
	return mmi_verdict_is_good(&run->verdict) ? MMI_EXIT_GOOD : MMI_EXIT_BROKEN;
}

static uint64_t huge_bytes(const struct mmi_memmap *map)
{
	struct mmi_native_backing backing;

	return mmi_native_backing_read(map->pages, map->pages_bytes, &backing) ? UINT64_MAX
									       : backing.huge_bytes;
}

static enum mmi_exit print_report(const struct run *run)
{
	const struct mmi_session *session = run->session;
	const struct mmi_report_style style = mmi_session_style(session);
	const struct mmi_report_context context = mmi_session_context();
	const struct mmi_report_placement placement = {
	    .bind = session->options->bind_name ? session->options->bind_name : "auto",
	    .mem = session->options->mem_name ? session->options->mem_name : "local",
	    .warning = mmi_session_placement_warning(session),
	    .host_nids = run->places.host_nids,
	    .workers = run->places.workers,
	    .memmap = run->places.memmap,
	    .nr_memmap = run->places.nr_memmap,
	    .shown = session->options->show_binding,
	};
	const struct mmi_report_run report = {
	    .source = mmi_session_source(session),
	    .context = &context,
	    .samples = run->samples,
	    .nr_samples = run->nr_samples,
	    .system = run->system,
	    .verdict = &run->verdict,
	    .placement = &placement,
	    .threads_state = mmi_native_bind_state(session->platform),
	    .memory_state = mmi_native_memory_state(session->platform),
	    .peak_bytes = run->peak_bytes,
	    .huge_bytes = huge_bytes(&run->system->mem.map),
	    .fault = session->options->fault,
	    .reproduce = run->reproduce,
	    .bandwidth = session->options->bandwidth ? &run->bandwidth : NULL,
	    .checked_hint =
		mmi_verify_is_checked_core() ? NULL : "1 to 4 need the checked core: mminit verify",
	};

	if (session->options->csv) {
		mmi_report_run_csv(stdout, &report);
		return MMI_EXIT_GOOD;
	}
	if (session->options->json)
		return mmi_exit_of_print(mmi_report_run_json(stdout, &report, style.verbose));
	if (session->options->quiet)
		mmi_report_broken_text(stdout, &run->verdict, &run->system->plan, run->reproduce,
				       &style);
	else
		mmi_report_run_text(stdout, &report, &style);
	return MMI_EXIT_GOOD;
}

/* Takes the last boot apart, so that the next has the same memory to itself. */
static void forget_boot(struct run *run)
{
	mmi_system_destroy(run->system);
	run->system = NULL;
	mmi_places_deinit(&run->places);
	free(run->reproduce);
	run->reproduce = NULL;
}

static enum mmi_exit boot_once(struct run *run)
{
	const enum mmi_exit exit = boot(run);

	if (exit)
		return exit;
	run->samples[run->nr_samples++] = (struct mmi_report_sample){
	    .early_ns = run->system->run.early_ns,
	    .deferred_ns = run->system->run.deferred_ns,
	};
	return judge(run);
}

/* Boots and judges as often as asked for, until something is wrong; the last boot stays. */
static enum mmi_exit boot_and_judge(struct run *run)
{
	struct mmi_progress progress;
	const unsigned nr_repeats =
	    run->session->options->nr_repeats ? run->session->options->nr_repeats : 1;
	enum mmi_exit exit = MMI_EXIT_GOOD;

	run->samples = calloc(nr_repeats, sizeof(*run->samples));
	if (!run->samples)
		return mmi_complain(MMI_EXIT_RESOURCES, "no memory for the report");
	mmi_progress_begin(&progress, run->session->options, nr_repeats > 1 ? "boot" : NULL,
			   nr_repeats > 1 ? nr_repeats : 0);
	while (run->nr_samples < nr_repeats && !exit) {
		forget_boot(run);
		exit = boot_once(run);
		mmi_progress_set(&progress, run->nr_samples);
	}
	mmi_progress_end(&progress);
	return exit;
}

/* The host at its best, if asked for: as many threads, beside what the run left in memory. */
static enum mmi_exit measure_bandwidth(struct run *run)
{
	const struct mmi_session *session = run->session;
	const unsigned nr_started = run->system->run.nr_started;
	struct mmi_native_usage usage;
	struct mmi_host_facts facts;
	struct mmi_error err = {0};

	run->peak_bytes = mmi_native_usage_read(&usage) ? 0 : usage.peak_bytes;
	if (!session->options->bandwidth)
		return MMI_EXIT_GOOD;
	uint64_t most_bytes = MOST_BANDWIDTH_BYTES;
	if (!mmi_host_facts_read(&facts) && facts.memory_available_bytes / 4 < most_bytes)
		most_bytes = facts.memory_available_bytes / 4;
	const int ret = mmi_bandwidth_measure(session->machine, nr_started ? nr_started : 1,
					      most_bytes, &run->bandwidth, &err);
	return ret ? mmi_session_fail(session, ret, &err) : MMI_EXIT_GOOD;
}

static enum mmi_exit run_and_print(struct run *run)
{
	const enum mmi_exit exit = boot_and_judge(run);

	if (exit && exit != MMI_EXIT_BROKEN)
		return exit;
	const enum mmi_exit measured = measure_bandwidth(run);
	if (measured)
		return measured;
	const enum mmi_exit printed = print_report(run);
	return printed ? printed : exit;
}

static enum mmi_exit run_and_trace(struct run *run, const char *path)
{
	struct mmi_out_file file;
	enum mmi_exit exit = mmi_out_file_open(&file, path);

	if (exit)
		return exit;
	if (mmi_trace_create(MAX_GROWTHS, &run->trace))
		exit = mmi_complain(MMI_EXIT_RESOURCES, "no memory for a trace");
	else
		exit = run_and_print(run);
	if (exit && exit != MMI_EXIT_BROKEN) {
		mmi_out_file_drop(&file);
		return exit;
	}
	mmi_trace_write(file.stream, run->trace, run->system);
	const enum mmi_exit written = mmi_out_file_close(&file);
	return written ? written : exit;
}

static enum mmi_exit run_session(const struct mmi_session *session)
{
	const char *trace = session->options->trace;
	struct run run = {.session = session};
	const enum mmi_exit exit = trace ? run_and_trace(&run, trace) : run_and_print(&run);

	forget_boot(&run);
	mmi_trace_destroy(run.trace);
	free(run.samples);
	return exit;
}

static enum mmi_exit run(const struct mmi_options *options)
{
	struct mmi_session session;
	enum mmi_exit exit;

	if (options->trace && options->json && !strcmp(options->trace, "-"))
		return mmi_complain(MMI_EXIT_USAGE,
				    "--trace -: expected a file, --json prints too");
	mmi_interrupt_catch();
	exit = mmi_session_open(&session, options);
	if (exit)
		return exit;
	mmi_session_warn(&session);
	exit = run_session(&session);
	mmi_session_close(&session);
	return exit;
}

const struct mmi_command mmi_command_run = {
    .name = "run",
    .run = run,
    .summary = "initialise its memory, measure and judge it",
    .help =
	"Lays out, backs and initialises the memmap of the machine; prints pages, chunks,\n"
	"threads, times and speeds of each node, and which invariants hold.  Exits 4 when one is\n"
	"broken.  Without --threads it starts at most as many threads as this host has CPUs.\n"
	"\n"
	"  mminit run\n"
	"  mminit run boot.log --chunk linux --threads 2\n"
	"  mminit run 2n:64G,cpus=8 --backed --bandwidth --json\n"
	"  mminit run 4n:16G --trace run.trace --repeat 10\n"
	"  mminit run --mem remote --show-binding\n",
    .options = MMI_OPTION_LINUX | MMI_OPTION_TOPOLOGY | MMI_OPTION_CHUNK | MMI_OPTION_TEAM |
	       MMI_OPTION_BATCH | MMI_OPTION_STRATEGY | MMI_OPTION_MEMMAP | MMI_OPTION_BIND |
	       MMI_OPTION_BINDING | MMI_OPTION_BANDWIDTH | MMI_OPTION_FAULT | MMI_OPTION_TRACE |
	       MMI_OPTION_REPEAT | MMI_OPTION_CSV,
};
