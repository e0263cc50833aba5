/* SPDX-License-Identifier: MIT */
/* native only: thousands of replays; same_everywhere.sh holds those of the captures together. */
/*
 * What replay says of the captured boots comes from each log's first part alone:
 *
 *   - every figure of every capture agrees
 *   - without its dumps a log gives the same figures of ours, to the letter
 *   - the machine booted by the engine gives the same as its pages counted
 *   - one stated figure changed makes that figure differ, and no other
 *
 * Of each kind of figure (all "managed", all fallback orders, ...) one of every log is changed, drawn
 * by the seed that is printed; MMINIT_SEED draws the same again, MMINIT_EVERY_STATEMENT changes all.
 */
#include "unit/machine_fixture.h"

#include <ctype.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "mminit/replay.h"

#define MAX_KINDS         256
#define MOST_MEMMAP_BYTES ((uint64_t)1 << 30)

struct text {
	char *bytes; /* terminated */
	size_t size_bytes;
};

static uint64_t random_state;

static uint64_t draw(uint64_t below)
{
	random_state = random_state * 6364136223846793005ull + 1442695040888963407ull;
	return (random_state >> 33) % below;
}

static struct text read_file(const char *path)
{
	FILE *file = fopen(path, "r");
	struct text text = {0};

	assert_non_null(file);
	assert_int_equal(fseek(file, 0, SEEK_END), 0);
	text.size_bytes = (size_t)ftell(file);
	rewind(file);
	text.bytes = calloc(1, text.size_bytes + 1);
	assert_non_null(text.bytes);
	assert_int_equal(fread(text.bytes, 1, text.size_bytes, file), text.size_bytes);
	fclose(file);
	return text;
}

static struct mmi_replay *replay_within(struct mmi_platform *platform, const struct text *text,
					uint64_t memmap_limit_bytes)
{
	const struct mmi_replay_options options = {.memmap_limit_bytes = memmap_limit_bytes};
	struct mmi_replay *replay = NULL;
	struct mmi_error err = {0};

	if (mmi_replay_text(platform, text->bytes, text->size_bytes, &options, &replay, &err))
		fail_msg("line %u: %s", err.line, err.text);
	return replay;
}

/* Counted, which is quick. */
static struct mmi_replay *replay_of(struct mmi_platform *platform, const struct text *text)
{
	return replay_within(platform, text, 0);
}

static void print_different(const char *path, const struct mmi_replay *replay)
{
	for (size_t i = 0; i < replay->nr_figures; i++) {
		const struct mmi_figure *figure = &replay->figures[i];
		if (figure->verdict == MMI_FIGURE_DIFFERS)
			print_error("%s:%u: %s: Linux %s, ours %s\n", path, figure->line,
				    figure->name, figure->linux_value ? figure->linux_value : "-",
				    figure->our_value ? figure->our_value : "-");
	}
}

/* Calls @check with every capture, its replay and a platform. */
static void for_each_capture(struct mmi_platform *platform,
			     void (*check)(struct mmi_platform *platform, const char *path,
					   const struct text *text,
					   const struct mmi_replay *replay))
{
	glob_t found;

	assert_int_equal(glob(MMINIT_SOURCE_DIR "/tests/linux/*.log", 0, NULL, &found), 0);
	assert_int_equal(found.gl_pathc, 20);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		struct text text = read_file(found.gl_pathv[i]);
		struct mmi_replay *replay = replay_of(platform, &text);
		check(platform, found.gl_pathv[i], &text, replay);
		mmi_replay_destroy(replay);
		free(text.bytes);
	}
	globfree(&found);
}

static void check_agreement(struct mmi_platform *platform, const char *path,
			    const struct text *text, const struct mmi_replay *replay)
{
	(void)platform;
	(void)text;
	print_different(path, replay);
	assert_true(mmi_replay_is_good(replay));
	/* Captures state every figure that we have. */
	assert_int_equal(replay->nr_by_verdict[MMI_FIGURE_NOT_STATED], 0);
	assert_true(replay->nr_by_verdict[MMI_FIGURE_SAME] > 80);
}

static void test_every_capture_agrees(void **state)
{
	for_each_capture(*state, check_agreement);
}

static void check_booted(struct mmi_platform *platform, const char *path, const struct text *text,
			 const struct mmi_replay *counted)
{
	struct mmi_replay *booted = replay_within(platform, text, MOST_MEMMAP_BYTES);

	assert_false(counted->booted);
	if (!booted->booted)
		assert_non_null(strstr(path, "big-256g"));
	assert_int_equal(booted->nr_figures, counted->nr_figures);
	for (size_t i = 0; i < counted->nr_figures; i++) {
		assert_string_equal(booted->figures[i].name, counted->figures[i].name);
		assert_string_equal(booted->figures[i].our_value, counted->figures[i].our_value);
	}
	mmi_replay_destroy(booted);
}

static void test_booted_machines_give_what_is_counted(void **state)
{
	for_each_capture(*state, check_booted);
}

static bool starts_with(const char *line, const char *word)
{
	return !strncmp(line, word, strlen(word));
}

static bool describes_hardware(const char *line)
{
	const char *end = strchr(line, '\n');
	char path[128];

	snprintf(path, sizeof(path), "%.*s", (int)(end - line), line);
	return strstr(path, "/cpulist") || strstr(path, "/distance");
}

/*
 * The log without its dumps, but for distances and CPUs of the boot step; without "==STEP" lines
 * too, when @keep_steps is false.  Kernel messages between the dumps stay.
 */
static struct text without_dumps(const struct text *text, bool keep_steps)
{
	struct text kept = {.bytes = calloc(1, text->size_bytes + 1)};
	bool in_dump = false;
	int nr_steps = 0;

	assert_non_null(kept.bytes);
	for (const char *line = text->bytes; *line; line = strchr(line, '\n') + 1) {
		const size_t length = (size_t)(strchr(line, '\n') + 1 - line);
		bool keep = true;
		if (starts_with(line, "==STEP")) {
			nr_steps++;
			keep = keep_steps;
		}
		if (starts_with(line, "==") || line[0] == '[')
			in_dump = false;
		if (starts_with(line, "==FILE")) {
			in_dump = nr_steps > 1 || !describes_hardware(line);
			keep = !in_dump;
		}
		if (!keep || in_dump)
			continue;
		memcpy(kept.bytes + kept.size_bytes, line, length);
		kept.size_bytes += length;
	}
	return kept;
}

static void assert_same_figures(const char *path, const struct mmi_replay *replay,
				const struct mmi_replay *without)
{
	print_different(path, without);
	assert_true(mmi_replay_is_good(without));
	assert_true(without->nr_by_verdict[MMI_FIGURE_NOT_STATED] > 0);
	for (size_t i = 0; i < replay->nr_figures && i < without->nr_figures; i++) {
		if (strcmp(replay->figures[i].name, without->figures[i].name) != 0 ||
		    strcmp(replay->figures[i].our_value, without->figures[i].our_value) != 0)
			fail_msg("%s: %s %s, without dumps %s %s", path, replay->figures[i].name,
				 replay->figures[i].our_value, without->figures[i].name,
				 without->figures[i].our_value);
	}
	assert_int_equal(without->nr_figures, replay->nr_figures);
}

static void check_without_dumps(struct mmi_platform *platform, const char *path,
				const struct text *text, const struct mmi_replay *replay)
{
	for (int keep_steps = 0; keep_steps < 2; keep_steps++) {
		struct text kept = without_dumps(text, keep_steps);
		struct mmi_replay *without = replay_of(platform, &kept);
		assert_same_figures(path, replay, without);
		mmi_replay_destroy(without);
		free(kept.bytes);
	}
}

static void test_dumps_have_no_influence_on_our_figures(void **state)
{
	for_each_capture(*state, check_without_dumps);
}

static char *line_start(const struct text *text, uint32_t number)
{
	char *line = text->bytes;

	for (uint32_t i = 1; i < number; i++)
		line = strchr(line, '\n') + 1;
	return line;
}

/* The last decimal digit before @end, in the line: another one after this. */
static bool change_digit_before(char *line, char *end)
{
	while (end > line && !isdigit((unsigned char)end[-1]))
		end--;
	if (end == line)
		return false;
	end[-1] = end[-1] == '9' ? '8' : (char)(end[-1] + 1);
	return true;
}

/* The last letter before @end: another one. */
static bool change_letter_before(char *line, char *end)
{
	while (end > line && !isalpha((unsigned char)end[-1]))
		end--;
	if (end == line)
		return false;
	end[-1] = end[-1] == 'x' ? 'y' : 'x';
	return true;
}

/* Where the number or word of a figure ends, when it does not stand last in its line. */
static const struct {
	const char *name; /* in the figure's name */
	const char *behind;
	bool is_word;
} places[] = {
    {"zonelists built", " zonelists", false},
    {"mobility grouping", ".  Total pages", true},
    {"memory line, available", "K/", false},
    {"memory line, present", "K available", false},
    {"memory line, reserved", "K reserved", false},
    {"memory line, cma-reserved", "K cma-reserved", false},
    {"unavailable range", " pages in", false},
    {"deferred pages on node", " pages initialised", true},
    {"policy zone", "\n", true},
};

/* Changes what @figure states in its line; false: it states nothing that could be another number. */
static bool change_statement(const struct text *text, const struct mmi_figure *figure)
{
	char *line = line_start(text, figure->line);
	char *end = strchr(line, '\n');

	for (size_t i = 0; i < ARRAY_NR(places); i++) {
		if (!strstr(figure->name, places[i].name))
			continue;
		char *behind = strstr(line, places[i].behind);
		assert_true(behind && behind <= end);
		return places[i].is_word ? change_letter_before(line, behind)
					 : change_digit_before(line, behind);
	}
	if (starts_with(figure->name, "write ")) {
		memcpy(end - strlen("failed"), "ok    ", strlen("failed"));
		return true;
	}
	return change_digit_before(line, end);
}

/* A figure whose statement is not a number of its line: nothing, the sum of many, or a bound. */
static bool is_changeable(const struct mmi_figure *figure)
{
	return figure->verdict == MMI_FIGURE_SAME && figure->line &&
	       strcmp(figure->linux_value, figure->our_value) == 0 &&
	       strcmp(figure->linux_value, "empty") != 0 &&
	       strcmp(figure->linux_value, "none") != 0 && strcmp(figure->linux_value, "no") != 0 &&
	       !strstr(figure->name, "given back") && !strstr(figure->name, " and up");
}

/* "boot: node 0 DMA32 cpu 1 batch" is of the kind "node  DMA cpu  batch". */
static void print_kind(char *kind, size_t size_bytes, const char *name)
{
	const char *colon = strstr(name, ": ");
	size_t length = 0;

	for (const char *c = colon ? colon + 2 : name; *c && length + 1 < size_bytes; c++) {
		if (starts_with(c, "0x"))
			break;
		if (!isdigit((unsigned char)*c))
			kind[length++] = *c;
	}
	kind[length] = '\0';
}

struct kinds {
	char names[MAX_KINDS][64];
	size_t chosen[MAX_KINDS]; /* number of a figure */
	uint64_t nr_met[MAX_KINDS];
	size_t nr;
};

/* Chooses one figure of each kind, each with the same probability. */
static void choose_figures(struct kinds *kinds, const struct mmi_replay *replay)
{
	for (size_t i = 0; i < replay->nr_figures; i++) {
		char kind[64];
		size_t k = 0;
		if (!is_changeable(&replay->figures[i]))
			continue;
		print_kind(kind, sizeof(kind), replay->figures[i].name);
		while (k < kinds->nr && strcmp(kind, kinds->names[k]) != 0)
			k++;
		if (k == kinds->nr) {
			assert_true(kinds->nr < MAX_KINDS);
			memcpy(kinds->names[kinds->nr++], kind, sizeof(kind));
		}
		if (!draw(++kinds->nr_met[k]))
			kinds->chosen[k] = i;
	}
}

static void assert_only_this_differs(const char *path, const struct mmi_figure *changed,
				     const struct mmi_replay *replay)
{
	size_t nr_others = 0;
	bool found = false;

	for (size_t i = 0; i < replay->nr_figures; i++) {
		const struct mmi_figure *figure = &replay->figures[i];
		if (figure->verdict != MMI_FIGURE_DIFFERS)
			continue;
		if (!strcmp(figure->name, changed->name))
			found = true;
		else
			nr_others++;
	}
	if (found && !nr_others)
		return;
	print_different(path, replay);
	fail_msg("%s:%u: %s was changed: it differs: %d, others: %zu", path, changed->line,
		 changed->name, found, nr_others);
}

static void check_change(struct mmi_platform *platform, const char *path, const struct text *text,
			 const struct mmi_figure *figure)
{
	struct text changed = {.bytes = calloc(1, text->size_bytes + 1),
			       .size_bytes = text->size_bytes};

	assert_non_null(changed.bytes);
	memcpy(changed.bytes, text->bytes, text->size_bytes);
	if (!change_statement(&changed, figure))
		fail_msg("%s:%u: %s: nothing to change", path, figure->line, figure->name);
	struct mmi_replay *again = replay_of(platform, &changed);
	assert_only_this_differs(path, figure, again);
	mmi_replay_destroy(again);
	free(changed.bytes);
}

static void check_every_change(struct mmi_platform *platform, const char *path,
			       const struct text *text, const struct mmi_replay *replay)
{
	for (size_t i = 0; i < replay->nr_figures; i++)
		if (is_changeable(&replay->figures[i]))
			check_change(platform, path, text, &replay->figures[i]);
}

static void check_a_change_of_each_kind(struct mmi_platform *platform, const char *path,
					const struct text *text, const struct mmi_replay *replay)
{
	struct kinds kinds = {.nr = 0};

	choose_figures(&kinds, replay);
	assert_true(kinds.nr > 30);
	for (size_t k = 0; k < kinds.nr; k++)
		check_change(platform, path, text, &replay->figures[kinds.chosen[k]]);
}

static void test_one_changed_statement_is_one_difference(void **state)
{
	for_each_capture(*state, getenv("MMINIT_EVERY_STATEMENT") ? check_every_change
								  : check_a_change_of_each_kind);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    serial_test(test_every_capture_agrees),
	    serial_test(test_dumps_have_no_influence_on_our_figures),
	    serial_test(test_booted_machines_give_what_is_counted),
	    serial_test(test_one_changed_statement_is_one_difference),
	};
	const char *seed = getenv("MMINIT_SEED");

	random_state = seed ? strtoull(seed, NULL, 10) : (uint64_t)time(NULL);
	printf("report: seed %llu\n", (unsigned long long)random_state);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
