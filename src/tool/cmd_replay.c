/* SPDX-License-Identifier: MIT */
/* mminit replay: boots what a real log describes, and holds its figures against ours. */
#include <stdio.h>
#include <string.h>

#include "mminit/platform_native.h"
#include "mminit/replay.h"
#include "tool/command.h"
#include "tool/load.h"

static const char *log_name(const struct mmi_options *options)
{
	return strcmp(options->machine, "-") ? options->machine : "<stdin>";
}

static enum mmi_exit print_replay(const struct mmi_options *options,
				  const struct mmi_replay *replay)
{
	const struct mmi_replay_style style = {.name = log_name(options),
					       .only_different = options->quiet};
	int ret = 0;

	if (!options->quiet && replay->info.notes[0])
		mmi_complain(MMI_EXIT_GOOD, "%s: %s", log_name(options), replay->info.notes);
	if (options->csv)
		mmi_replay_print_csv(stdout, replay);
	else if (options->json)
		ret = mmi_replay_print_json(stdout, replay, &style);
	else
		mmi_replay_print(stdout, replay, &style);
	if (ret)
		return mmi_exit_of_print(ret);
	return mmi_replay_is_good(replay) ? MMI_EXIT_GOOD : MMI_EXIT_BROKEN;
}

/* A replay leaves half of the memory that is free to others. */
static uint64_t memmap_limit(void)
{
	struct mmi_host_facts facts;

	return mmi_host_facts_read(&facts) ? 0 : facts.memory_available_bytes / 2;
}

static enum mmi_exit replay_log(const struct mmi_options *options, const struct mmi_text *log,
				const struct mmi_input_files *files)
{
	struct mmi_error err = {0};
	const struct mmi_replay_options replay_options = {.input = files->input,
							  .memmap_limit_bytes = memmap_limit()};
	struct mmi_platform *platform = NULL;
	struct mmi_replay *replay = NULL;
	enum mmi_exit exit;
	int ret = mmi_platform_serial_create(&platform, &err);

	if (!ret)
		ret = mmi_replay_text(platform, log->bytes, log->size_bytes, &replay_options,
				      &replay, &err);
	if (ret)
		exit = mmi_input_complain(options, files, &err);
	else
		exit = print_replay(options, replay);
	mmi_replay_destroy(replay);
	mmi_platform_serial_destroy(platform);
	return exit;
}

static enum mmi_exit run(const struct mmi_options *options)
{
	struct mmi_input_files files;
	struct mmi_text log = {0};
	struct mmi_error err = {0};
	enum mmi_exit exit;

	if (!options->machine)
		return mmi_complain(MMI_EXIT_USAGE,
				    "replay: expected a file with a boot log, or \"-\"");
	if (mmi_text_read(&log, options->machine, &err))
		return mmi_complain_at(log_name(options), &err);
	exit = mmi_input_files_open(&files, options);
	if (!exit)
		exit = replay_log(options, &log, &files);
	mmi_input_files_close(&files);
	mmi_text_release(&log);
	return exit;
}

const struct mmi_command mmi_command_replay = {
    .name = "replay",
    .run = run,
    .summary = "a boot log's figures against ours",
    .help =
	"Boots what the log's first part describes, computes every figure that Linux counts, and\n"
	"prints one line a figure: line of the log, name, Linux's, ours, same or DIFFERS.  Ends\n"
	"with 0 only when none differs, else with 4.  What cannot be known is listed with "
	"reasons.\n"
	"\n"
	"  mminit replay boot.log\n"
	"  mminit replay boot.log --quiet            only what differs\n"
	"  mminit replay boot.log --linux 5.16       by the rules of another kernel\n"
	"  numactl -H >far; dmesg | mminit replay - --distances far\n",
    .options = MMI_OPTION_LINUX | MMI_OPTION_CSV,
};
