/* SPDX-License-Identifier: MIT */
/* mminit: the command.  Finds the subcommand, runs it, and sees to it that its output arrived. */
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mminit/platform_native.h"
#include "tool/command.h"
#include "tool/completion.h"
#include "tool/out_file.h"

static const struct mmi_command *const commands[] = {
    &mmi_command_run,    &mmi_command_plan,   &mmi_command_show,    &mmi_command_audit,
    &mmi_command_verify, &mmi_command_tune,   &mmi_command_predict, &mmi_command_stress,
    &mmi_command_replay, &mmi_command_report, &mmi_command_compare, &mmi_command_import,
};

#define NR_COMMANDS (sizeof(commands) / sizeof(commands[0]))

static const struct mmi_command *find_command(const char *name)
{
	for (size_t i = 0; i < NR_COMMANDS; i++)
		if (!strcmp(name, commands[i]->name))
			return commands[i];
	return NULL;
}

static const char *operands_of(const struct mmi_command *command)
{
	return command->operands ? command->operands : "[MACHINE]";
}

static void print_commands(FILE *out)
{
	fputs("mminit boots a machine's physical memory in user space, as Linux does it.\n\n", out);
	for (size_t i = 0; i < NR_COMMANDS; i++)
		fprintf(out, "  mminit %-7s %-10s %s\n", commands[i]->name,
			operands_of(commands[i]), commands[i]->summary);
	fputs(
	    "\n"
	    "MACHINE is a file that describes one (a boot log, an hwloc topology, a device tree, "
	    "a\n"
	    "copy of /proc/iomem, what `mminit import` wrote), \"-\" for standard input, a shape\n"
	    "(2n:64G,cpus=8 is two nodes of 64 GiB with 8 CPUs each), or nothing: this machine.\n"
	    "`mminit help COMMAND` has the options and examples; `mminit completion bash` (or "
	    "zsh)\n"
	    "prints what completes them in a shell.\n"
	    "\n"
	    "Exit codes: 0 good, 1 failed, 2 usage, 3 bad input, 4 verification failed,\n"
	    "5 not enough resources, 6 not supported here.\n",
	    out);
}

static enum mmi_exit print_help(const struct mmi_command *command)
{
	printf("mminit %s %s: %s\n\n%s\nOptions:\n", command->name, operands_of(command),
	       command->summary, command->help);
	mmi_options_print_help(stdout, command->options);
	return MMI_EXIT_GOOD;
}

/* mminit help [COMMAND] */
static enum mmi_exit run_help(int argc, char **argv)
{
	const struct mmi_command *command = argc > 0 ? find_command(argv[0]) : NULL;

	if (command)
		return print_help(command);
	if (argc > 0)
		return mmi_complain(MMI_EXIT_USAGE, "%s: unknown command; see mminit --help",
				    argv[0]);
	print_commands(stdout);
	return MMI_EXIT_GOOD;
}

/* mminit completion SHELL */
static enum mmi_exit run_completion(int argc, char **argv)
{
	const struct mmi_completion completion = {stdout, commands, NR_COMMANDS};

	if (argc == 1 && !strcmp(argv[0], "bash"))
		mmi_completion_print_bash(&completion);
	else if (argc == 1 && !strcmp(argv[0], "zsh"))
		mmi_completion_print_zsh(&completion);
	else
		return mmi_complain(MMI_EXIT_USAGE, "completion: expected bash or zsh after it");
	return MMI_EXIT_GOOD;
}

static enum mmi_exit run_command(const struct mmi_command *command, int argc, char **argv)
{
	struct mmi_options options = {.argv = argv, .command = command->name};

	if (mmi_options_parse(&options, command->name, command->options, argc - 1, argv + 1))
		return MMI_EXIT_USAGE;
	return options.help ? print_help(command) : command->run(&options);
}

static enum mmi_exit dispatch(int argc, char **argv)
{
	if (argc < 2) {
		print_commands(stderr);
		return MMI_EXIT_USAGE;
	}
	if (!strcmp(argv[1], "help") || !strcmp(argv[1], "--help") || !strcmp(argv[1], "-h"))
		return run_help(argc - 2, argv + 2);
	if (!strcmp(argv[1], "completion"))
		return run_completion(argc - 2, argv + 2);
	if (!strcmp(argv[1], "version") || !strcmp(argv[1], "--version")) {
		printf("mminit " MMINIT_VERSION "%s\n",
		       mmi_verify_is_checked_core() ? ", checked core" : "");
		return MMI_EXIT_GOOD;
	}
	const struct mmi_command *command = find_command(argv[1]);
	if (!command)
		return mmi_complain(MMI_EXIT_USAGE, "%s: unknown command; see mminit --help",
				    argv[1]);
	return run_command(command, argc, argv);
}

/* What could not be written must not look like success. */
static enum mmi_exit flush_output(enum mmi_exit exit)
{
	return mmi_out_complain(stdout, "standard output") && !exit ? MMI_EXIT_FAILED : exit;
}

static bool has_ended;

/*
 * OpenMP's runtime ends the process, with a line and a code of its own, where it gets no threads.
 */
static void end_with_runtime(void)
{
	if (!has_ended)
		_exit((int)mmi_complain(MMI_EXIT_RESOURCES,
					"not enough memory or threads: OpenMP's runtime gave up"));
}

int main(int argc, char **argv)
{
	/* Were it closed, the next file to be opened would take its place. */
	if (fcntl(STDOUT_FILENO, F_GETFD) < 0)
		return mmi_complain(MMI_EXIT_FAILED, "standard output is closed");
	/*
	 * A reader that goes away, or a limit of files, shows as an error of writing: no silent
	 * death.
	 */
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	const int ret = mmi_native_reexec_passive(argc, argv);
	if (ret)
		mmi_complain(MMI_EXIT_GOOD, "idle threads will spin: cannot start again: %s",
			     strerror(-ret));
	atexit(end_with_runtime);
	const enum mmi_exit exit = flush_output(dispatch(argc, argv));
	has_ended = true;
	return (int)exit;
}
