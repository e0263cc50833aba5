/* SPDX-License-Identifier: MIT */
/* Replays a log: reads what Linux states, computes the same, and holds one against the other. */
#include "mminit/replay.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "replay/booted.h"
#include "replay/our_figures.h"

/* A replay and what its figures point into; freed together. */
struct replay_store {
	struct mmi_replay replay; /* first: what callers hold */
	struct mmi_log_facts facts;
	struct mmi_our_figures ours;
	size_t figures_capacity;
};

static int add_figure(struct replay_store *store, const struct mmi_figure *figure)
{
	struct mmi_replay *replay = &store->replay;

	if (replay->nr_figures == store->figures_capacity) {
		const size_t capacity = store->figures_capacity ? store->figures_capacity * 2 : 256;
		struct mmi_figure *grown = realloc(replay->figures, capacity * sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		replay->figures = grown;
		store->figures_capacity = capacity;
	}
	replay->figures[replay->nr_figures++] = *figure;
	replay->nr_by_verdict[figure->verdict]++;
	return 0;
}

static bool is_number_at_most(const char *value, const char *limit)
{
	const size_t length = strlen(value), limit_length = strlen(limit);

	if (!length || strspn(value, "0123456789") != length)
		return false;
	return length < limit_length || (length == limit_length && strcmp(value, limit) <= 0);
}

static enum mmi_figure_verdict judge(const struct mmi_named_value *ours, const char *stated)
{
	bool agrees = false;

	switch (ours->kind) {
	case MMI_VALUE_EXACT:
		agrees = !strcmp(ours->value, stated);
		break;
	case MMI_VALUE_AT_MOST:
		agrees = is_number_at_most(stated, ours->value);
		break;
	case MMI_VALUE_UNKNOWN:
		return MMI_FIGURE_NOT_KNOWN;
	}
	return agrees ? MMI_FIGURE_SAME : MMI_FIGURE_DIFFERS;
}

/* One of ours, against every statement of its name. */
static int add_ours(struct replay_store *store, const struct mmi_named_value *ours)
{
	const struct mmi_named_values *statements = &store->facts.statements;
	struct mmi_figure figure = {
	    .name = ours->name, .our_value = ours->value, .verdict = MMI_FIGURE_NOT_STATED};
	size_t i = mmi_named_values_find(statements, ours->name, 0);
	int ret = 0;

	if (i == statements->nr)
		return add_figure(store, &figure);
	for (; !ret && i < statements->nr;
	     i = mmi_named_values_find(statements, ours->name, i + 1)) {
		const struct mmi_named_value *stated = &statements->items[i];
		figure.linux_value = stated->value;
		figure.line = stated->line;
		figure.verdict = judge(ours, stated->value);
		ret = add_figure(store, &figure);
	}
	return ret;
}

static int compare(struct replay_store *store)
{
	const struct mmi_named_values *ours = &store->ours.values;
	const struct mmi_named_values *statements = &store->facts.statements;
	int ret = 0;

	for (size_t i = 0; !ret && i < ours->nr; i++)
		ret = add_ours(store, &ours->items[i]);
	for (size_t i = 0; !ret && i < statements->nr; i++) {
		const struct mmi_named_value *stated = &statements->items[i];
		const struct mmi_figure figure = {.name = stated->name,
						  .linux_value = stated->value,
						  .line = stated->line,
						  .verdict = MMI_FIGURE_DIFFERS};
		if (mmi_named_values_find(ours, stated->name, 0) == ours->nr)
			ret = add_figure(store, &figure);
	}
	return ret;
}

/* Where the log goes on past the place of a message, that it is not there says something too. */
static void state_absences(struct replay_store *store, const struct mmi_machine *machine)
{
	struct mmi_log_facts *facts = &store->facts;
	char label[MMI_LABEL_BYTES], name[MMI_NAME_BYTES];

	for (size_t i = 0; facts->says_deferred && i < machine->nr_nodes; i++) {
		mmi_format(name, sizeof(name), MMI_FIGURE_DEFERRED, machine->nodes[i].nid);
		if (machine->nodes[i].nr_present_pages &&
		    mmi_named_values_find(&facts->statements, name, 0) == facts->statements.nr)
			mmi_named_values_add(&facts->statements, 0, "no", MMI_FIGURE_DEFERRED,
					     machine->nodes[i].nid);
	}
	const bool says_builds = facts->nr_builds && facts->says_added;
	for (size_t i = facts->nr_builds; says_builds && i < store->ours.nr_builds; i++) {
		mmi_build_label(label, i);
		mmi_named_values_add(&facts->statements, 0, "none", MMI_FIGURE_ZONELISTS, label);
	}
}

/* The machine booted, where its memmap may; else NULL. */
static int boot(struct replay_store *store, const struct mmi_machine *machine,
		uint64_t memmap_limit_bytes, struct mmi_system **system, struct mmi_error *err)
{
	const struct mmi_memmap_options memmap = {0};

	*system = NULL;
	if (mmi_memmap_bytes(machine, &memmap) > memmap_limit_bytes)
		return 0;
	store->replay.booted = true;
	return mmi_booted_create(machine, system, err);
}

static int run_model(struct replay_store *store, uint64_t memmap_limit_bytes, struct mmi_error *err)
{
	const struct mmi_machine *machine = store->replay.machine;
	struct mmi_our_figures *ours = &store->ours;
	const struct mmi_boot_model_ops ops = {.built = mmi_our_built,
					       .memory_line = mmi_our_memory_line,
					       .refused = mmi_our_refused,
					       .step = mmi_our_step,
					       .user = ours};
	struct mmi_boot_model model;
	struct mmi_system *booted;
	int ret = boot(store, machine, memmap_limit_bytes, &booted, err);

	if (ret)
		return ret;
	store->replay.unknown =
	    mmi_unknown_figures(machine->linux_version, &store->replay.nr_unknown);
	ours->statements = &store->facts.statements;
	ret = mmi_boot_model_init(&model, machine, &store->facts, &ops, err);
	model.booted = booted;
	if (!ret) {
		mmi_our_layout_figures(ours, &model);
		ret = mmi_boot_model_run(&model, err);
	}
	mmi_boot_model_deinit(&model);
	mmi_system_destroy(booted);
	if (ret)
		return ret;
	state_absences(store, machine);
	if (ours->values.failed || store->facts.statements.failed || compare(store))
		return mmi_error_set(err, -ENOMEM, "no memory for the figures of a log");
	return 0;
}

int mmi_replay_text(const struct mmi_platform *platform, const char *text, size_t size_bytes,
		    const struct mmi_replay_options *options, struct mmi_replay **replay,
		    struct mmi_error *err)
{
	struct replay_store *store = calloc(1, sizeof(*store));
	struct mmi_input_options input = {0};
	int ret;

	if (options)
		input = options->input;
	input.by_rules = true;
	*replay = NULL;
	if (!store)
		return mmi_error_set(err, -ENOMEM, "no memory for a replay");
	ret = mmi_input_boot_log(platform, text, size_bytes, &input, &store->replay.machine,
				 &store->replay.info, err);
	if (!ret)
		ret = mmi_log_facts_init(&store->facts, text, size_bytes, err);
	if (!ret)
		ret = run_model(store, options ? options->memmap_limit_bytes : 0, err);
	if (ret) {
		mmi_replay_destroy(&store->replay);
		return ret;
	}
	*replay = &store->replay;
	return 0;
}

void mmi_replay_destroy(struct mmi_replay *replay)
{
	struct replay_store *store = (struct replay_store *)replay;

	if (!store)
		return;
	free(replay->figures);
	mmi_named_values_deinit(&store->ours.values);
	mmi_log_facts_deinit(&store->facts);
	mmi_machine_destroy(replay->machine);
	free(store);
}

bool mmi_replay_is_good(const struct mmi_replay *replay)
{
	return replay->nr_by_verdict[MMI_FIGURE_DIFFERS] == 0;
}

const char *mmi_figure_verdict_name(enum mmi_figure_verdict verdict)
{
	static const char *const names[MMI_NR_FIGURE_VERDICTS] = {
	    [MMI_FIGURE_SAME] = "same",
	    [MMI_FIGURE_DIFFERS] = "DIFFERS",
	    [MMI_FIGURE_NOT_STATED] = "not stated",
	    [MMI_FIGURE_NOT_KNOWN] = "not known",
	};

	return names[verdict];
}
