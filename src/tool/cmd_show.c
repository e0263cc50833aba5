/* SPDX-License-Identifier: MIT */
/* mminit show: a machine in the kernel's own layouts, as emulator options, or as JSON. */
#include <stdio.h>
#include <string.h>

#include "tool/session.h"

/* One layout, printed from the machine alone or from the booted system. */
struct view {
	const char *name;
	enum mmi_exit (*of_machine)(const struct mmi_session *session);
	int (*of_memory)(FILE *out, const struct mmi_mem *mem);
};

static enum mmi_exit show_json(const struct mmi_session *session)
{
	return mmi_session_print_json(session, stdout);
}

static enum mmi_exit show_qemu(const struct mmi_session *session)
{
	struct mmi_error err = {0};
	const int ret = mmi_report_qemu(stdout, session->machine, &err);

	return ret ? mmi_session_fail(session, ret, &err) : MMI_EXIT_GOOD;
}

static const struct view views[] = {
    {"buddyinfo", NULL, mmi_report_buddyinfo},
    {"pagetypeinfo", NULL, mmi_report_pagetypeinfo},
    {"zoneinfo", NULL, mmi_report_zoneinfo},
    {"zonelists", NULL, mmi_report_zonelists},
    {"qemu", show_qemu, NULL},
    {"json", show_json, NULL},
};

#define NR_VIEWS (sizeof(views) / sizeof(views[0]))

static const struct view *find_view(const char *name)
{
	for (size_t i = 0; i < NR_VIEWS; i++)
		if (!strcmp(name, views[i].name))
			return &views[i];
	return NULL;
}

static enum mmi_exit refuse_view(const struct mmi_options *options)
{
	if (!options->as)
		fputs("mminit show: expected --as", stderr);
	else
		fprintf(stderr, "mminit show: --as %s: expected", options->as);
	for (size_t i = 0; i < NR_VIEWS; i++)
		fprintf(stderr, "%s %s", i ? "," : "", views[i].name);
	fputc('\n', stderr);
	return MMI_EXIT_USAGE;
}

static enum mmi_exit show_memory(const struct mmi_session *session, const struct view *view)
{
	struct mmi_system_options options = {.memmap = session->options->memmap};
	struct mmi_system *system;
	struct mmi_host_facts facts;
	enum mmi_exit exit = mmi_session_check_memory(session);

	if (exit)
		return exit;
	if (!mmi_host_facts_read(&facts))
		options.plan.max_threads = facts.nr_cpus;
	exit = mmi_session_create(session, &options, &system);
	if (exit)
		return exit;
	exit = mmi_session_boot(session, system);
	if (!exit)
		exit = mmi_exit_of_print(view->of_memory(stdout, &system->mem));
	mmi_system_destroy(system);
	return exit;
}

static enum mmi_exit run(const struct mmi_options *options)
{
	const char *name = options->json && !options->as ? "json" : options->as;
	const struct view *view = name ? find_view(name) : NULL;
	struct mmi_session session;

	if (!view)
		return refuse_view(options);
	if (options->json && strcmp(name, "json") != 0)
		return mmi_complain(MMI_EXIT_USAGE, "--json: expected --as json, not --as %s",
				    name);
	enum mmi_exit exit = mmi_session_open(&session, options);
	if (exit)
		return exit;
	exit = view->of_machine ? view->of_machine(&session) : show_memory(&session, view);
	mmi_session_close(&session);
	return exit;
}

const struct mmi_command mmi_command_show = {
    .name = "show",
    .run = run,
    .summary = "in the kernel's layouts, as emulator options, as JSON",
    .help =
	"All but qemu and json are of the memory just initialised, nothing of it allocated.\n"
	"qemu prints emulator options for a machine of these nodes, sizes, CPUs and distances.\n"
	"\n"
	"  mminit show boot.log --as buddyinfo\n"
	"  qemu-system-x86_64 $(mminit show 4n:1G,distance=ring --as qemu) ...\n"
	"  mminit show --as json\n",
    .options = MMI_OPTION_LINUX | MMI_OPTION_TOPOLOGY | MMI_OPTION_AS | MMI_OPTION_MEMMAP,
};
