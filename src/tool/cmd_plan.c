/* SPDX-License-Identifier: MIT */
/* mminit plan: what would be done, without doing it. */
#include <stdio.h>

#include "tool/session.h"

static enum mmi_exit print_plan(const struct mmi_session *session, const struct mmi_layout *layout,
				const struct mmi_plan *plan)
{
	const struct mmi_report_plan report = {
	    .source = mmi_session_source(session),
	    .layout = layout,
	    .plan = plan,
	    .memmap_bytes = mmi_memmap_bytes(session->machine, &session->options->memmap),
	    .needed_bytes = mmi_session_needed_bytes(session),
	};
	const struct mmi_report_style style = mmi_session_style(session);

	if (session->options->csv) {
		mmi_report_plan_csv(stdout, &report);
		return MMI_EXIT_GOOD;
	}
	if (session->options->json)
		return mmi_exit_of_print(mmi_report_plan_json(stdout, &report, style.verbose));
	if (!session->options->quiet)
		mmi_report_plan_text(stdout, &report, &style);
	return MMI_EXIT_GOOD;
}

static enum mmi_exit plan_layout(const struct mmi_session *session, const struct mmi_layout *layout,
				 const struct mmi_plan_params *params)
{
	struct mmi_error err = {0};
	struct mmi_plan plan;
	int ret = mmi_plan_init(&plan, layout, params, &err);

	if (ret)
		return mmi_session_fail(session, ret, &err);
	ret = mmi_plan_check(&plan, &err);
	const enum mmi_exit exit =
	    ret ? mmi_session_fail(session, ret, &err) : print_plan(session, layout, &plan);
	mmi_plan_deinit(&plan);
	return exit;
}

static enum mmi_exit run(const struct mmi_options *options)
{
	struct mmi_plan_params params;
	struct mmi_session session;
	struct mmi_layout layout;
	struct mmi_error err = {0};
	enum mmi_exit exit = mmi_session_open(&session, options);

	if (exit)
		return exit;
	exit = mmi_session_plan_params(&session, "auto", &params);
	if (!exit) {
		const int ret = mmi_layout_init(&layout, session.machine, &err);
		exit = ret ? mmi_session_fail(&session, ret, &err)
			   : plan_layout(&session, &layout, &params);
		if (!ret)
			mmi_layout_deinit(&layout);
	}
	mmi_session_close(&session);
	return exit;
}

const struct mmi_command mmi_command_plan = {
    .name = "plan",
    .run = run,
    .summary = "what would be done, without doing it",
    .help = "Prints zones, what is early and deferred by Linux's rule, who owns which chunks, and\n"
	    "the memory that a run needs.  Threads are the machine's own, not this host's.  Takes\n"
	    "machines of any size; --verbose lists every chunk.\n"
	    "\n"
	    "  mminit plan boot.log\n"
	    "  mminit plan 32n:960G,cpus=60 --chunk linux\n"
	    "  dmesg | mminit plan - --json --verbose\n",
    .options = MMI_OPTION_LINUX | MMI_OPTION_TOPOLOGY | MMI_OPTION_CHUNK | MMI_OPTION_TEAM |
	       MMI_OPTION_MEMMAP | MMI_OPTION_CSV,
};
