/* SPDX-License-Identifier: MIT */
/* Opens a session, and boots systems in it. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tool/interrupt.h"
#include "tool/load.h"
#include "tool/session.h"
#include "tool/style.h"

/* What a run may take beside its memmap: a fiftieth of it, and this. */
#define BESIDE_BYTES ((uint64_t)16 << 20)

/* Beside each struct page the checked core keeps a record of an eighth of its size. */
#define SHADOW_SHIFT 3

/* What --map says, node by node. */
static enum mmi_exit map_given_nodes(struct mmi_session *session)
{
	const struct mmi_options *options = session->options;

	for (int nid = 0; nid < MMI_MAX_NODES; nid++) {
		const int host_nid = options->node_map[nid] - 1;
		if (host_nid < 0)
			continue;
		if (mmi_machine_node_index(session->machine, nid) < 0)
			return mmi_complain(MMI_EXIT_USAGE, "--map %s: %s has no node %d",
					    options->map_name, mmi_machine_name(options), nid);
		if (mmi_native_map_node(session->platform, nid, host_nid))
			return mmi_complain(MMI_EXIT_USAGE,
					    "--map %s: this host has no node %d with memory",
					    options->map_name, host_nid);
	}
	return MMI_EXIT_GOOD;
}

/* The nodes of a described machine stand on the host's in turn; this machine's are the host's. */
static enum mmi_exit map_nodes(struct mmi_session *session)
{
	const struct mmi_machine *machine = session->machine;
	int nids[MMI_MAX_NODES];

	for (size_t i = 0; i < machine->nr_nodes; i++)
		nids[i] = machine->nodes[i].nid;
	const int ret = session->options->machine
			    ? mmi_native_map_nodes(session->platform, nids, machine->nr_nodes)
			    : 0;
	return ret ? mmi_complain(mmi_exit_of(ret), "cannot map the machine's nodes: %s",
				  strerror(-ret))
		   : map_given_nodes(session);
}

/* --threads may name nodes. */
static enum mmi_exit check_node_threads(const struct mmi_session *session)
{
	const struct mmi_options *options = session->options;

	for (int nid = 0; nid < MMI_MAX_NODES; nid++)
		if (options->node_threads[nid] && mmi_machine_node_index(session->machine, nid) < 0)
			return mmi_complain(MMI_EXIT_USAGE, "--threads %s: %s has no node %d",
					    options->threads_name, mmi_machine_name(options), nid);
	return MMI_EXIT_GOOD;
}

enum mmi_exit mmi_session_open(struct mmi_session *session, const struct mmi_options *options)
{
	struct mmi_error err = {0};
	enum mmi_exit exit;

	*session = (struct mmi_session){.options = options};
	const struct mmi_native_options native = {.bind = options->bind,
						  .one_per_core = options->smt_off};
	const int ret = mmi_platform_native_create(&native, &session->platform, &err);
	if (ret)
		return mmi_complain(mmi_exit_of(ret), "%s", err.text);
	exit = mmi_machine_load(session);
	if (!exit)
		exit = map_nodes(session);
	if (!exit)
		exit = check_node_threads(session);
	if (exit)
		mmi_session_close(session);
	else if (!options->quiet && session->info.notes[0])
		mmi_complain(MMI_EXIT_GOOD, "%s: %s", mmi_machine_name(options),
			     session->info.notes);
	return exit;
}

/* Do nodes with memory, several of them, all stand on one of the host's? */
static bool stands_on_one_node(const struct mmi_session *session)
{
	const struct mmi_machine *machine = session->machine;
	int first_nid = -1;
	unsigned nr_with_memory = 0;

	for (size_t i = 0; i < machine->nr_nodes; i++) {
		const int host_nid = mmi_native_host_nid(session->platform, machine->nodes[i].nid);
		if (!machine->nodes[i].nr_present_pages)
			continue;
		if (nr_with_memory++ && host_nid != first_nid)
			return false;
		first_nid = host_nid;
	}
	return nr_with_memory > 1;
}

const char *mmi_session_placement_warning(const struct mmi_session *session)
{
	const char *warning = mmi_native_warning(session->platform);

	if (warning[0])
		return warning;
	return stands_on_one_node(session)
		   ? "all nodes stand on one node of this host: nothing is remote here"
		   : NULL;
}

void mmi_session_warn(const struct mmi_session *session)
{
	const char *warning = mmi_session_placement_warning(session);

	if (warning && !session->options->quiet)
		mmi_complain(MMI_EXIT_GOOD, "%s", warning);
}

void mmi_session_close(struct mmi_session *session)
{
	mmi_machine_destroy(session->machine);
	mmi_platform_native_destroy(session->platform);
	*session = (struct mmi_session){0};
}

struct mmi_report_source mmi_session_source(const struct mmi_session *session)
{
	return (struct mmi_report_source){
	    .name = mmi_machine_name(session->options),
	    .info = &session->info,
	    .machine = session->machine,
	};
}

struct mmi_report_context mmi_session_context(void)
{
	struct mmi_report_context context = {.version = MMINIT_VERSION};
	struct mmi_host_identity identity;
	struct mmi_host_facts facts;

	if (!mmi_host_identity_read(&identity)) {
		snprintf(context.cpu_model, sizeof(context.cpu_model), "%s", identity.cpu_model);
		snprintf(context.kernel, sizeof(context.kernel), "%s", identity.kernel);
	}
	if (!mmi_host_facts_read(&facts))
		context.nr_cpus = facts.nr_cpus;
	return context;
}

struct mmi_report_style mmi_session_style(const struct mmi_session *session)
{
	return mmi_tool_style(session->options);
}

enum mmi_exit mmi_session_plan_params(const struct mmi_session *session, const char *chunk,
				      struct mmi_plan_params *params)
{
	const struct mmi_options *options = session->options;
	const struct mmi_geometry *g = &session->machine->geometry;
	const uint64_t section_bytes = 1ull << g->section_shift;
	const char *word = options->chunk ? options->chunk : chunk;
	struct mmi_error err = {0};
	uint64_t size_bytes;

	*params = (struct mmi_plan_params){
	    .nr_threads = options->nr_threads,
	    .node_threads = options->node_threads,
	    .one_per_core = options->smt_off,
	    .no_huge_pages = options->memmap.no_huge_pages,
	};
	if (!strcmp(word, "auto"))
		params->rule = MMI_CHUNK_AUTO;
	else if (!strcmp(word, "linux"))
		params->rule = MMI_CHUNK_LINUX;
	else if (mmi_input_size(word, strlen(word), g, &size_bytes, &err))
		return mmi_complain(MMI_EXIT_USAGE, "--chunk %s: %s", word, err.text);
	else if (!size_bytes || size_bytes % section_bytes)
		return mmi_complain(MMI_EXIT_USAGE,
				    "--chunk %s: expected sections of %llu MiB, at least one", word,
				    (unsigned long long)(section_bytes >> 20));
	else {
		params->rule = MMI_CHUNK_FIXED;
		params->chunk_pages = size_bytes >> g->page_shift;
	}
	return MMI_EXIT_GOOD;
}

uint64_t mmi_session_needed_bytes(const struct mmi_session *session)
{
	const uint64_t memmap_bytes = mmi_memmap_bytes(session->machine, &session->options->memmap);
	const uint64_t shadow_bytes =
	    mmi_verify_is_checked_core() ? memmap_bytes >> SHADOW_SHIFT : 0;

	return memmap_bytes + memmap_bytes / 50 + shadow_bytes + BESIDE_BYTES;
}

enum mmi_exit mmi_session_check_memory(const struct mmi_session *session)
{
	const uint64_t needed_bytes = mmi_session_needed_bytes(session);
	const uint64_t page_bytes = 1ull << session->machine->geometry.page_shift;
	char needed[MMI_REPORT_UNIT_BYTES], available[MMI_REPORT_UNIT_BYTES];
	char fitting[MMI_REPORT_UNIT_BYTES];
	struct mmi_host_facts facts;

	if (mmi_host_facts_read(&facts) || needed_bytes <= facts.memory_available_bytes)
		return MMI_EXIT_GOOD;
	/* What fits, in the proportion of this machine's needs to its size. */
	const double share = (double)facts.memory_available_bytes / (double)needed_bytes;
	const double present_bytes =
	    (double)session->machine->nr_present_pages * (double)page_bytes;
	return mmi_complain(MMI_EXIT_RESOURCES,
			    "%s: its memmap needs %s, and %s is available: expected a machine of "
			    "at most about %s (`mminit plan` answers for any size)",
			    mmi_machine_name(session->options),
			    mmi_report_size(needed, needed_bytes),
			    mmi_report_size(available, facts.memory_available_bytes),
			    mmi_report_size(fitting, (uint64_t)(share * present_bytes)));
}

enum mmi_exit mmi_session_print_json(const struct mmi_session *session, FILE *out)
{
	const struct mmi_report_source source = mmi_session_source(session);
	struct mmi_layout layout;
	struct mmi_error err = {0};
	int ret = mmi_layout_init(&layout, session->machine, &err);

	if (ret)
		return mmi_session_fail(session, ret, &err);
	ret = mmi_report_machine_json(out, &source, &layout);
	mmi_layout_deinit(&layout);
	return mmi_exit_of_print(ret);
}

enum mmi_exit mmi_session_fail(const struct mmi_session *session, int error,
			       const struct mmi_error *err)
{
	return mmi_complain(mmi_exit_of(error), "%s: %s", mmi_machine_name(session->options),
			    err->text);
}

static enum mmi_exit check_team(const struct mmi_session *session, const struct mmi_plan *plan)
{
	uint64_t nr_threads = 0;

	for (size_t i = 0; i < plan->nr_groups; i++)
		nr_threads += plan->groups[i].nr_threads;
	if (nr_threads <= MMI_TOOL_MAX_THREADS)
		return MMI_EXIT_GOOD;
	return mmi_complain(MMI_EXIT_RESOURCES,
			    "%s: %llu threads for %zu nodes: expected at most %d in all",
			    mmi_machine_name(session->options), (unsigned long long)nr_threads,
			    plan->nr_groups, MMI_TOOL_MAX_THREADS);
}

enum mmi_exit mmi_session_create(const struct mmi_session *session,
				 const struct mmi_system_options *options,
				 struct mmi_system **system)
{
	struct mmi_system_options stoppable = *options;
	struct mmi_error err = {0};

	stoppable.run.stop = mmi_interrupt_word();
	const int ret = mmi_system_create(session->machine, &stoppable, system, &err);

	if (ret)
		return mmi_session_fail(session, ret, &err);
	const enum mmi_exit exit = check_team(session, &(*system)->plan);
	if (exit) {
		mmi_system_destroy(*system);
		*system = NULL;
	}
	return exit;
}

enum mmi_exit mmi_session_boot(const struct mmi_session *session, struct mmi_system *system)
{
	struct mmi_error err = {0};
	const int ret = mmi_system_boot(system, &err);

	return ret ? mmi_session_fail(session, ret, &err) : MMI_EXIT_GOOD;
}

enum mmi_exit mmi_session_alloc(const struct mmi_session *session, struct mmi_system *system,
				const struct mmi_fault *fault)
{
	struct mmi_error err = {0};

	if (!mmi_system_alloc(system, &err))
		return mmi_session_fail(session, err.code, &err);
	mmi_fault_strike_alloc(fault, system);
	return MMI_EXIT_GOOD;
}
