/* SPDX-License-Identifier: MIT */
/* mminit audit: where a kernel's own algorithm would go wrong or slowly on a machine. */
#include <stdio.h>

#include "tool/session.h"

#define DEFAULT_LIMIT 20

/* Of each kind. */
static uint64_t max_places(const struct mmi_options *options)
{
	if (!options->has_limit)
		return DEFAULT_LIMIT;
	return options->limit ? options->limit : UINT64_MAX;
}

static enum mmi_exit print_audit(const struct mmi_session *session, const struct mmi_audit *audit)
{
	const struct mmi_report_source source = mmi_session_source(session);
	const struct mmi_report_style style = mmi_session_style(session);

	if (session->options->json)
		return mmi_exit_of_print(mmi_report_audit_json(stdout, &source, audit));
	if (session->options->csv)
		mmi_report_audit_csv(stdout, audit);
	else if (!session->options->quiet || !mmi_audit_is_clean(audit))
		mmi_report_audit_text(stdout, &source, audit, &style);
	return MMI_EXIT_GOOD;
}

static enum mmi_exit audit_layout(const struct mmi_session *session,
				  const struct mmi_layout *layout)
{
	struct mmi_error err = {0};
	struct mmi_audit audit;
	const int ret = mmi_audit_init(&audit, layout, max_places(session->options), &err);

	if (ret)
		return mmi_session_fail(session, ret, &err);
	enum mmi_exit exit = print_audit(session, &audit);
	if (!exit && !mmi_audit_is_clean(&audit))
		exit = MMI_EXIT_BROKEN;
	mmi_audit_deinit(&audit);
	return exit;
}

static enum mmi_exit run(const struct mmi_options *options)
{
	struct mmi_session session;
	struct mmi_layout layout;
	struct mmi_error err = {0};
	enum mmi_exit exit;

	exit = mmi_session_open(&session, options);
	if (exit)
		return exit;
	const int ret = mmi_layout_init(&layout, session.machine, &err);
	exit = ret ? mmi_session_fail(&session, ret, &err) : audit_layout(&session, &layout);
	if (!ret)
		mmi_layout_deinit(&layout);
	mmi_session_close(&session);
	return exit;
}

const struct mmi_command mmi_command_audit = {
    .name = "audit",
    .run = run,
    .summary = "where a kernel's own algorithm would go wrong on it",
    .help =
	"Lists every place where Linux 6.1, 6.12 or 7.x would free inside a max-order block that\n"
	"is not all initialised, read a struct page that nobody has initialised, leave pageblocks\n"
	"UNMOVABLE, free page by page under the zone's lock, or leave a part of a node's memory\n"
	"to one thread; with the rule that makes it so.  Takes machines of any size.  Exits 4 "
	"when\n"
	"something was found.\n"
	"\n"
	"  mminit audit boot.log\n"
	"  mminit audit boot.log --linux 7.x --limit 0\n"
	"  mminit audit 4n:1T,reserved=4K@16G --linux 6.12 --csv\n",
    .options = MMI_OPTION_LINUX | MMI_OPTION_TOPOLOGY | MMI_OPTION_AUDIT | MMI_OPTION_CSV,
};
