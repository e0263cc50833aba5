/* SPDX-License-Identifier: MIT */
/* mminit stress: allocates and frees on all threads, while the machine is initialised, checking. */
#include <errno.h>
#include <string.h>

#include "tool/interrupt.h"
#include "tool/out_file.h"
#include "tool/progress.h"
#include "tool/session.h"
#include "tool/whole_file.h"

#define DEFAULT_THREADS   2
#define DEFAULT_MAX_ORDER 9
#define DEFAULT_SECONDS   10
#define MAX_GROWTHS       ((size_t)1 << 20) /* events that a trace keeps */
#define CHECK_NS          1000000000ull     /* a check stops all threads for as long as it takes */

#define DEFAULT_STEPS 100 /* at random, beside a number of operations */

static bool is_random(const struct mmi_options *options)
{
	return options->hotplug && !strcmp(options->hotplug, "random");
}

static void print_step(void *user, const struct mmi_stress_step *step)
{
	(void)user;
	mmi_report_step_text(stdout, step);
}

/* What was given, with defaults for the rest. */
static struct mmi_stress_params params_of(const struct mmi_options *options,
					  const struct mmi_machine *machine,
					  const struct mmi_hotplug_script *script)
{
	struct mmi_stress_params params = options->stress;
	const unsigned max_order = machine->geometry.max_page_order;

	params.nr_threads = options->nr_threads ? options->nr_threads : DEFAULT_THREADS;
	params.seed = options->seed;
	params.check_ns = CHECK_NS;
	params.stop = mmi_interrupt_word();
	if (!options->has_nid)
		params.nid = -1;
	if (!options->has_orders)
		params.max_order = max_order < DEFAULT_MAX_ORDER ? max_order : DEFAULT_MAX_ORDER;
	if (!params.nr_operations && !params.duration_ns)
		params.duration_ns = DEFAULT_SECONDS * 1000000000ull;
	params.script = options->hotplug && !is_random(options) ? script : NULL;
	params.random_hotplug = is_random(options);
	if (options->verbose && !options->quiet && !options->json)
		params.watch_step = print_step;
	if (options->hotplug && !options->has_init)
		params.init = MMI_STRESS_BOOTED;
	if (!params.nr_hotplug_steps && params.nr_operations)
		params.nr_hotplug_steps = DEFAULT_STEPS;
	return params;
}

static enum mmi_exit print_result(const struct mmi_session *session,
				  const struct mmi_report_stress *report)
{
	const struct mmi_report_style style = mmi_session_style(session);

	if (session->options->json)
		return mmi_exit_of_print(mmi_report_stress_json(stdout, report));
	if (!session->options->quiet || report->broken)
		mmi_report_stress_text(stdout, report, &style);
	return MMI_EXIT_GOOD;
}

static enum mmi_exit stress_system(const struct mmi_session *session, struct mmi_system *system,
				   const struct mmi_stress_params *params)
{
	struct mmi_stress_result result;
	struct mmi_error err = {0};
	struct mmi_progress progress = {.shown = false};

	if (!params->script || !params->watch_step) /* whose lines it would be drawn into */
		mmi_progress_begin(&progress, session->options, NULL,
				   params->duration_ns / 1000000000);
	const int ret = mmi_stress_run(system, params, &result, &err);
	mmi_progress_end(&progress);
	const struct mmi_report_stress report = {
	    .source = mmi_session_source(session),
	    .params = params,
	    .result = &result,
	    .broken = ret == -EILSEQ ? err.text : NULL,
	};

	if (ret == -EINVAL)
		return mmi_complain(MMI_EXIT_USAGE, "%s", err.text);
	if (ret && ret != -EILSEQ)
		return mmi_session_fail(session, ret, &err);
	const enum mmi_exit printed = print_result(session, &report);
	if (!ret && !printed && mmi_interrupt_came())
		return mmi_complain(MMI_EXIT_INTERRUPTED, "interrupted: what was done is reported");
	return ret ? MMI_EXIT_BROKEN : printed;
}

static enum mmi_exit create_and_stress(const struct mmi_session *session,
				       const struct mmi_stress_params *params,
				       struct mmi_trace *trace, struct mmi_system **system)
{
	struct mmi_system_options options = {.memmap = session->options->memmap};
	enum mmi_exit exit = mmi_session_check_memory(session);

	if (!exit)
		exit = mmi_session_plan_params(session, "auto", &options.plan);
	if (exit)
		return exit;
	options.plan.nr_threads = 0; /* --threads are those that allocate */
	options.plan.nothing_early = params->init == MMI_STRESS_ON_DEMAND;
	if (trace)
		mmi_trace_watch(trace, &options.run);
	exit = mmi_session_create(session, &options, system);
	if (!exit && params->init == MMI_STRESS_BOOTED)
		exit = mmi_session_boot(session, *system);
	return exit ? exit : stress_system(session, *system, params);
}

static enum mmi_exit stress_and_trace(const struct mmi_session *session,
				      const struct mmi_stress_params *params,
				      struct mmi_system **system)
{
	struct mmi_trace *trace = NULL;
	struct mmi_out_file file;
	enum mmi_exit exit = mmi_out_file_open(&file, session->options->trace);

	if (exit)
		return exit;
	if (mmi_trace_create(MAX_GROWTHS, &trace))
		exit = mmi_complain(MMI_EXIT_RESOURCES, "no memory for a trace");
	else
		exit = create_and_stress(session, params, trace, system);
	if (!exit || exit == MMI_EXIT_BROKEN) {
		mmi_trace_write(file.stream, trace, *system);
		const enum mmi_exit written = mmi_out_file_close(&file);
		exit = written ? written : exit;
	}
	mmi_out_file_drop(&file);
	mmi_trace_destroy(trace);
	return exit;
}

static enum mmi_exit stress_session(const struct mmi_session *session,
				    const struct mmi_stress_params *params)
{
	struct mmi_system *system = NULL;
	const enum mmi_exit exit = session->options->trace
				       ? stress_and_trace(session, params, &system)
				       : create_and_stress(session, params, NULL, &system);

	mmi_system_destroy(system);
	return exit;
}

/* Reads the steps of --hotplug, if they are in a file. */
static enum mmi_exit read_script(const struct mmi_options *options,
				 struct mmi_hotplug_script *script)
{
	struct mmi_text text;
	struct mmi_error err = {0};

	if (!options->hotplug || is_random(options))
		return MMI_EXIT_GOOD;
	int ret = mmi_text_read(&text, options->hotplug, &err);
	if (!ret) {
		ret = mmi_hotplug_script_parse(script, text.bytes, text.size_bytes, &err);
		mmi_text_release(&text);
	}
	if (!ret)
		return MMI_EXIT_GOOD;
	return mmi_complain_at(strcmp(options->hotplug, "-") ? options->hotplug : "<stdin>", &err);
}

static enum mmi_exit run_script(const struct mmi_options *options,
				const struct mmi_hotplug_script *script)
{
	struct mmi_session session;

	mmi_interrupt_catch();
	enum mmi_exit exit = mmi_session_open(&session, options);

	if (exit)
		return exit;
	const struct mmi_stress_params params = params_of(options, session.machine, script);
	mmi_session_warn(&session);
	exit = stress_session(&session, &params);
	mmi_session_close(&session);
	return exit;
}

/* What cannot be asked for together; NULL: all can. */
static const char *contradiction(const struct mmi_options *options)
{
	if (!mmi_out_file_is_apart(options->trace, options->json))
		return "--trace -: expected a file, --json prints too";
	if (options->stress.nr_hotplug_steps && !is_random(options))
		return "--steps: expected --hotplug random, a script has its own";
	if (!options->hotplug)
		return NULL;
	if (options->has_init && options->stress.init != MMI_STRESS_BOOTED)
		return "--hotplug: expected --init before, memory changes when all is initialised";
	if (options->machine && !strcmp(options->machine, "-") && !strcmp(options->hotplug, "-"))
		return "--hotplug -: expected a file, the machine is read from standard input";
	return NULL;
}

static enum mmi_exit run(const struct mmi_options *options)
{
	const char *contradicts = contradiction(options);
	struct mmi_hotplug_script script = {0};

	if (contradicts)
		return mmi_complain(MMI_EXIT_USAGE, "%s", contradicts);
	enum mmi_exit exit = read_script(options, &script);
	if (!exit)
		exit = run_script(options, &script);
	mmi_hotplug_script_release(&script);
	return exit;
}

const struct mmi_command mmi_command_stress = {
    .name = "stress",
    .run = run,
    .summary = "allocate and free on many threads, checking",
    .help =
	"Threads take and give back pages while workers initialise the machine (--init beside),\n"
	"when they have (before), or with nobody but themselves to initialise it (on-demand).\n"
	"With --hotplug memory blocks come and go meanwhile, at random or by a script of steps\n"
	"such as online_movable:40-43, offline:41-41, add:48-49, remove:48-49, rebuild, again:9.\n"
	"Everything is checked once a second and at the end; every page must come back.  A seed\n"
	"fixes what each thread asks for.  Exits 4 when an invariant is broken.\n"
	"\n"
	"  mminit stress 2n:2G --pattern random --gfp mix --seconds 60 --seed 7\n"
	"  mminit stress 1T --init on-demand --pattern repeat --orders 0 --operations 1000\n"
	"  mminit stress 2n:1G --pattern frag --node 1 --threads 8\n"
	"  mminit stress 1n:8G --init on-demand --trace stress.trace\n"
	"  mminit stress 2n:2G,movablecore=2G --gfp movable --hotplug random --seconds 5 --seed 1\n"
	"  echo 'offline:9-9; online_movable:9-9; again:99' | mminit stress 2G --hotplug -\n",
    .options = MMI_OPTION_LINUX | MMI_OPTION_TOPOLOGY | MMI_OPTION_CHUNK | MMI_OPTION_MEMMAP |
	       MMI_OPTION_BIND | MMI_OPTION_STRESS | MMI_OPTION_TRACE,
};
