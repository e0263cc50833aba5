/* SPDX-License-Identifier: MIT */
/* mminit import: whatever describes a machine, as a file that every command reads. */
#include "tool/out_file.h"
#include "tool/session.h"

static enum mmi_exit write_machine(const struct mmi_session *session)
{
	const struct mmi_options *options = session->options;
	const struct mmi_report_source source = mmi_session_source(session);
	struct mmi_out_file file;
	enum mmi_exit exit = mmi_out_file_open(&file, options->output ? options->output : "-");

	if (exit)
		return exit;
	if (options->json)
		exit = mmi_session_print_json(session, file.stream);
	else
		mmi_report_machine_file(file.stream, &source, options->anonymize);
	if (!exit)
		return mmi_out_file_close(&file);
	mmi_out_file_drop(&file);
	return exit;
}

static enum mmi_exit run(const struct mmi_options *options)
{
	struct mmi_session session;
	enum mmi_exit exit = mmi_session_open(&session, options);

	if (exit)
		return exit;
	exit = write_machine(&session);
	mmi_session_close(&session);
	return exit;
}

const struct mmi_command mmi_command_import = {
    .name = "import",
    .run = run,
    .summary = "a machine as a file of its own",
    .help = "Reads a machine from whatever describes it and writes it as a short text, a line a\n"
	    "range, that every command reads and that can be edited; mminit-machine(5).\n"
	    "\n"
	    "  dmesg | mminit import - -o server.machine\n"
	    "  mminit import boot.log --distances numactl.txt -o server.machine\n"
	    "  mminit import boot.log --anonymize         to be shown to others\n",
    .options = MMI_OPTION_LINUX | MMI_OPTION_TOPOLOGY | MMI_OPTION_OUTPUT | MMI_OPTION_ANONYMIZE,
};
