/* SPDX-License-Identifier: MIT */
/*
 * The engine does what captured guests did: their machines are booted with all their struct pages, the
 * same blocks are added and written to in the same order, and after each step spans, present and
 * managed pages and the blocks' valid zones are what Linux showed.
 */
#include "hotplug_fixture.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "replay/figure_names.h"

struct capture {
	struct hotplug_fixture f;
	struct mmi_replay *replay; /* read for what Linux states, no more */
	struct mmi_mem_counts counts;
	char *text;
	size_t size_bytes;
	char label[MMI_LABEL_BYTES];
	size_t nr_steps;
	size_t nr_compared;
};

static void read_file(struct capture *c, const char *path)
{
	FILE *file = fopen(path, "rb");
	size_t capacity = 8 * MIB;

	assert_non_null(file);
	c->text = malloc(capacity);
	assert_non_null(c->text);
	c->size_bytes = fread(c->text, 1, capacity - 1, file);
	assert_true(feof(file));
	c->text[c->size_bytes] = '\0';
	fclose(file);
}

/* What Linux states under a name; NULL: nothing. */
static const char *stated(const struct capture *c, const char *name)
{
	for (size_t i = 0; i < c->replay->nr_figures; i++)
		if (!strcmp(c->replay->figures[i].name, name))
			return c->replay->figures[i].linux_value;
	return NULL;
}

static void compare(struct capture *c, const char *name, const char *ours)
{
	const char *linux_value = stated(c, name);

	if (!linux_value)
		return;
	c->nr_compared++;
	if (strcmp(linux_value, ours) != 0)
		fail_msg("%s: Linux %s, engine %s", name, linux_value, ours);
}

static void compare_field(struct capture *c, int nid, enum mmi_zone_type type, const char *field,
			  uint64_t ours)
{
	char name[160], value[32];

	snprintf(name, sizeof(name), MMI_FIGURE_ZONE, c->label, nid, mmi_zone_type_name(type),
		 field);
	snprintf(value, sizeof(value), "%llu", (unsigned long long)ours);
	compare(c, name, value);
}

/* Boot memory's managed pages depend on messages that have nothing to do with hotplug. */
static void compare_zones(struct capture *c)
{
	const struct mmi_machine *machine = c->f.a.machine;

	mmi_hotplug_counts(c->f.hotplug, &c->counts);
	for (size_t i = 0; i < c->counts.nr_nodes; i++) {
		for (int z = 0; z < MMI_NR_ZONES; z++) {
			const struct mmi_zone_counts *zone = &c->counts.nodes[i].zones[z];
			const int nid = machine->nodes[i].nid;
			compare_field(c, nid, z, "spanned", zone->nr_spanned_pages);
			compare_field(c, nid, z, "present", zone->nr_present_pages);
			compare_field(c, nid, z, "start_pfn", zone->start_pfn);
			if (!machine->nodes[i].nr_present_pages)
				compare_field(c, nid, z, "managed", zone->nr_managed_pages);
		}
	}
}

static void compare_blocks(struct capture *c)
{
	struct mmi_block_view view;
	char name[160];

	for (uint64_t number = 0; mmi_hotplug_next_block(c->f.hotplug, number, &view);
	     number = view.number + 1) {
		snprintf(name, sizeof(name), MMI_FIGURE_BLOCK, c->label,
			 (unsigned long long)view.number);
		compare(c, name, block_text(&c->f, view.number));
	}
}

/* The DIMMs: blocks that Linux has and the machine has not; some kernels bring them online at once. */
static void add_dimms(struct capture *c)
{
	struct mmi_block_view view;

	for (size_t i = 0; i < c->replay->nr_figures; i++) {
		const struct mmi_figure *figure = &c->replay->figures[i];
		unsigned long long number;
		int nid;
		if (sscanf(figure->name, "boot: memory block %llu", &number) != 1 ||
		    mmi_hotplug_block(c->f.hotplug, number, &view))
			continue;
		assert_int_equal(sscanf(figure->linux_value, "%*s node%d", &nid), 1);
		add_blocks(&c->f, nid, number, 1);
		if (!strncmp(figure->linux_value, "online", 6))
			write_states(&c->f, number, 1, MMI_ONLINE, 0);
	}
}

/* What Linux refused is refused, unless it was because of what was allocated there. */
static void act(struct capture *c, const char *word, uint64_t number, bool ok)
{
	enum mmi_online_type type;

	assert_true(mmi_online_type_read(word, &type));
	if (ok)
		write_states(&c->f, number, 1, type, 0);
	else if (type != MMI_OFFLINE)
		write_states(&c->f, number, 1, type, -EINVAL);
}

static void step(struct capture *c, const char *name)
{
	if (c->nr_steps)
		snprintf(c->label, sizeof(c->label), "step %zu %s", c->nr_steps, name);
	else
		snprintf(c->label, sizeof(c->label), "boot");
	if (!c->nr_steps++)
		add_dimms(c);
	const size_t nr_before = c->nr_compared;
	compare_zones(c);
	compare_blocks(c);
	assert_true(c->nr_compared > nr_before + 40);
	hotplug_check_sound(&c->f);
}

static void follow(struct capture *c)
{
	char word[32], result[16], name[64];
	unsigned long long number;

	for (char *line = strtok(c->text, "\r\n"); line; line = strtok(NULL, "\r\n")) {
		if (sscanf(line, "==ACT %31s memory%llu/state %15s", word, &number, result) == 3)
			act(c, word, number, !strcmp(result, "ok"));
		else if (sscanf(line, "==STEP %63s", name) == 1)
			step(c, name);
	}
}

static void open_capture(struct capture *c, const struct mmi_platform *platform)
{
	const struct mmi_system_options options = {.plan.nr_threads = 1};
	struct mmi_error err = {0};

	if (mmi_replay_text(platform, c->text, c->size_bytes, NULL, &c->replay, &err))
		fail_msg("%s", err.text);
	c->f.a.machine = c->replay->machine;
	if (mmi_system_create(c->f.a.machine, &options, &c->f.a.system, &err) ||
	    mmi_system_boot(c->f.a.system, &err) ||
	    !(c->f.hotplug = mmi_system_hotplug(c->f.a.system, &err)))
		fail_msg("%s", err.text);
	c->f.a.alloc = mmi_system_alloc(c->f.a.system, &err);
	c->counts.nodes = calloc(c->f.a.machine->nr_nodes, sizeof(*c->counts.nodes));
	assert_non_null(c->counts.nodes);
}

static void follow_capture(struct mmi_platform *platform, const char *path)
{
	struct capture c = {.nr_steps = 0};

	read_file(&c, path);
	open_capture(&c, platform);
	follow(&c);
	assert_true(c.nr_steps > 4);
	printf("report: %zu figures of %zu steps\n", c.nr_compared, c.nr_steps);
	mmi_system_destroy(c.f.a.system);
	mmi_replay_destroy(c.replay);
	free(c.counts.nodes);
	free(c.text);
}

static void test_engine_follows_linux_6_1(void **state)
{
	follow_capture(*state, MMINIT_SOURCE_DIR "/tests/linux/hotplug-movable.log");
}

static void test_engine_follows_linux_6_12(void **state)
{
	follow_capture(*state, MMINIT_SOURCE_DIR "/tests/linux/v612-hotplug-movable.log");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    serial_test(test_engine_follows_linux_6_1),
	    serial_test(test_engine_follows_linux_6_12),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
