/* SPDX-License-Identifier: MIT */
/* mminit run: initialises a machine, says how long it took, and judges what came of it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tool/reproduce.h"
#include "tool/session.h"

/* Everything that one run needs and gives. */
struct run {
	const struct mmi_session *session;
	struct mmi_fault fault;
	struct mmi_system *system;
	struct mmi_verdict verdict;
	struct mmi_report_worker_place *places;
	char *reproduce;
};

/* Must follow the boot at once: the platform remembers its last team only. */
static int read_places(struct run *run)
{
	const unsigned nr_workers = run->system->run.nr_workers;
	struct mmi_native_binding binding;

	run->places = calloc(nr_workers + 1u, sizeof(*run->places));
	if (!run->places)
		return -1;
	for (unsigned i = 0; i < nr_workers; i++) {
		struct mmi_report_worker_place *place = &run->places[i];
		place->host_nid = place->cpu = -1;
		if (mmi_native_binding(run->session->platform, i, &binding))
			continue;
		place->host_nid = binding.host_nid;
		place->cpu = binding.cpu;
		place->bound = binding.bound;
		snprintf(place->cpus, sizeof(place->cpus), "%s", binding.cpus_during);
	}
	return 0;
}

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

static enum mmi_exit boot(struct run *run)
{
	const struct mmi_options *options = run->session->options;
	struct mmi_system_options system = {
	    .memmap = options->memmap,
	    .run = {.batch = options->batch, .record_chunks = true},
	};
	struct mmi_host_facts facts;
	enum mmi_exit exit = mmi_session_plan_params(run->session, "auto", &system.plan);

	if (!exit)
		exit = mmi_session_check_memory(run->session);
	if (exit)
		return exit;
	/* More threads than CPUs would only be in each other's way, unless they are asked for. */
	if (!options->nr_threads && !mmi_host_facts_read(&facts))
		system.plan.max_threads = facts.nr_cpus;
	exit = mmi_session_create(run->session, &system, &run->system);
	if (!exit)
		exit = arm(run);
	if (!exit)
		exit = mmi_session_boot(run->session, run->system);
	if (!exit && read_places(run))
		exit = mmi_complain(MMI_EXIT_RESOURCES, "no memory for the report");
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
	struct mmi_native_usage usage;
	const struct mmi_report_run report = {
	    .source = mmi_session_source(session),
	    .system = run->system,
	    .verdict = &run->verdict,
	    .places = run->places,
	    .threads_state = mmi_native_bind_state(session->platform),
	    .memory_state = mmi_native_memory_state(session->platform),
	    .peak_bytes = mmi_native_usage_read(&usage) ? 0 : usage.peak_bytes,
	    .huge_bytes = huge_bytes(&run->system->mem.map),
	    .fault = session->options->fault,
	    .reproduce = run->reproduce,
	    .checked_hint =
		mmi_verify_is_checked_core() ? NULL : "1 to 4 need the checked core: mminit verify",
	};

	if (session->options->json)
		return mmi_exit_of(mmi_report_run_json(stdout, &report, style.verbose));
	if (session->options->quiet)
		mmi_report_broken_text(stdout, &run->verdict, &run->system->plan, run->reproduce,
				       &style);
	else
		mmi_report_run_text(stdout, &report, &style);
	return MMI_EXIT_GOOD;
}

static enum mmi_exit run_session(const struct mmi_session *session)
{
	struct run run = {.session = session};
	enum mmi_exit exit = boot(&run);

	if (!exit) {
		exit = judge(&run);
		if (!exit || exit == MMI_EXIT_BROKEN) {
			const enum mmi_exit printed = print_report(&run);
			exit = printed ? printed : exit;
		}
	}
	mmi_system_destroy(run.system);
	free(run.places);
	free(run.reproduce);
	return exit;
}

static enum mmi_exit run(const struct mmi_options *options)
{
	struct mmi_session session;
	enum mmi_exit exit = mmi_session_open(&session, options);

	if (exit)
		return exit;
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
	"  mminit run 2n:64G,cpus=8 --backed --json\n",
    .options = MMI_OPTION_LINUX | MMI_OPTION_CHUNK | MMI_OPTION_THREADS | MMI_OPTION_BATCH |
	       MMI_OPTION_MEMMAP | MMI_OPTION_FAULT,
};
