/* SPDX-License-Identifier: MIT */
/* Reads a script of hotplug steps. */
#include "mminit/hotplug_script.h"

#include <errno.h>
#include <stdlib.h>

#include "input/scan.h"

#define MAX_SHOWN 40 /* characters of what was read, in a message */

static const char *const word_names[MMI_NR_HOTPLUG_WORDS] = {
    [MMI_WORD_ONLINE] = "online",
    [MMI_WORD_ONLINE_KERNEL] = "online_kernel",
    [MMI_WORD_ONLINE_MOVABLE] = "online_movable",
    [MMI_WORD_OFFLINE] = "offline",
    [MMI_WORD_ADD] = "add",
    [MMI_WORD_REMOVE] = "remove",
    [MMI_WORD_REBUILD] = "rebuild",
};
static const char again_word[] = "again";
static const char expected_word[] =
    "online, online_kernel, online_movable, offline, add, remove, rebuild or again";

struct script_reader {
	struct mmi_hotplug_script *script;
	struct mmi_scan scan;
	const char *line_start;
	uint32_t line;
	struct mmi_error *err;
};

const char *mmi_hotplug_word_name(enum mmi_hotplug_word word)
{
	return (unsigned)word < MMI_NR_HOTPLUG_WORDS ? word_names[word] : NULL;
}

static bool is_end_of_step(char c)
{
	return c == '\n' || c == ';' || c == '#';
}

static int bad(const struct script_reader *reader, const char *at, const char *expected)
{
	const uint32_t column = (uint32_t)(at - reader->line_start) + 1;
	const char *end = at;

	while (end < reader->scan.end && !is_end_of_step(*end) && *end != '\r' &&
	       end - at < MAX_SHOWN)
		end++;
	if (end == at)
		return mmi_error_set_at(reader->err, -EINVAL, reader->line, column,
					"the step ends here: %s expected", expected);
	return mmi_error_set_at(reader->err, -EINVAL, reader->line, column, "\"%.*s\": %s expected",
				(int)(end - at), at, expected);
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || c == '_';
}

/* Passes @name where it stands as a whole word. */
static bool read_name(struct mmi_scan *scan, const char *name)
{
	struct mmi_scan word = *scan;

	if (!mmi_scan_word(&word, name) || (word.at < word.end && is_letter(*word.at)))
		return false;
	*scan = word;
	return true;
}

static int read_block(struct script_reader *reader, uint64_t *number)
{
	const char *at = reader->scan.at;

	if (mmi_scan_decimal(&reader->scan, number) && *number < MMI_MAX_BLOCK_NUMBER)
		return 0;
	return bad(reader, at, "the number of a memory block, below 2^40,");
}

static int read_blocks(struct script_reader *reader, struct mmi_hotplug_step *step)
{
	if (!mmi_scan_word(&reader->scan, ":"))
		return bad(reader, reader->scan.at, "\":\" and memory blocks");
	int ret = read_block(reader, &step->first_block);
	step->last_block = step->first_block;
	if (ret || !mmi_scan_word(&reader->scan, "-"))
		return ret;
	const char *at = reader->scan.at;
	ret = read_block(reader, &step->last_block);
	if (!ret && step->last_block < step->first_block)
		ret = bad(reader, at, "a block that is not below the first");
	if (!ret && step->last_block - step->first_block >= MMI_MAX_STEP_BLOCKS)
		ret = bad(reader, at, "at most 1048576 blocks in one step");
	return ret;
}

static int read_node(struct script_reader *reader, struct mmi_hotplug_step *step)
{
	if (step->word != MMI_WORD_ADD || !mmi_scan_word(&reader->scan, "/"))
		return 0;
	const char *at = reader->scan.at;
	const char *expected = mmi_scan_nid(&reader->scan, &step->nid);
	return expected ? bad(reader, at, expected) : 0;
}

static int keep_step(struct script_reader *reader, const struct mmi_hotplug_step *step)
{
	struct mmi_hotplug_script *script = reader->script;

	if (script->nr_steps == MMI_MAX_HOTPLUG_STEPS)
		return mmi_error_set_at(reader->err, -EINVAL, reader->line, 0,
					"more steps: at most %u expected", MMI_MAX_HOTPLUG_STEPS);
	if (script->nr_steps == script->capacity) {
		const size_t capacity = script->capacity ? script->capacity * 2 : 16;
		struct mmi_hotplug_step *steps = realloc(script->steps, capacity * sizeof(*steps));
		if (!steps)
			return mmi_error_set(reader->err, -ENOMEM, "no memory for %zu steps",
					     capacity);
		script->steps = steps;
		script->capacity = capacity;
	}
	script->steps[script->nr_steps++] = *step;
	return 0;
}

static int read_again(struct script_reader *reader, const char *at)
{
	uint64_t nr_repeats;

	if (!reader->script->nr_steps)
		return bad(reader, at, "a step before what is done again");
	if (!mmi_scan_word(&reader->scan, ":"))
		return bad(reader, reader->scan.at, "\":\" and how often");
	at = reader->scan.at;
	if (!mmi_scan_decimal(&reader->scan, &nr_repeats) || !nr_repeats ||
	    nr_repeats > MMI_MAX_SCRIPT_REPEATS)
		return bad(reader, at, "a number from 1 to 1000000000");
	reader->script->nr_repeats = (uint32_t)nr_repeats;
	return 0;
}

static int read_step(struct script_reader *reader)
{
	struct mmi_hotplug_step step = {.nid = -1, .line = reader->line};
	const char *at = reader->scan.at;
	int ret = 0;

	if (reader->script->nr_repeats)
		return bad(reader, at, "nothing behind \"again\"");
	if (read_name(&reader->scan, again_word))
		return read_again(reader, at);
	while (step.word < MMI_NR_HOTPLUG_WORDS && !read_name(&reader->scan, word_names[step.word]))
		step.word++;
	if (step.word == MMI_NR_HOTPLUG_WORDS)
		return bad(reader, at, expected_word);
	if (step.word != MMI_WORD_REBUILD)
		ret = read_blocks(reader, &step);
	if (!ret)
		ret = read_node(reader, &step);
	return ret ? ret : keep_step(reader, &step);
}

static void skip_blanks(struct mmi_scan *scan)
{
	while (scan->at < scan->end && (*scan->at == ' ' || *scan->at == '\t' || *scan->at == '\r'))
		scan->at++;
}

/* What stands between two steps; false, and said why: something else does. */
static bool pass_end_of_step(struct script_reader *reader)
{
	struct mmi_scan *scan = &reader->scan;

	skip_blanks(scan);
	if (scan->at < scan->end && *scan->at == '#')
		while (scan->at < scan->end && *scan->at != '\n')
			scan->at++;
	if (scan->at == scan->end)
		return true;
	if (!is_end_of_step(*scan->at)) {
		bad(reader, scan->at, "\";\", \"#\" or the end of the line");
		return false;
	}
	if (*scan->at++ == '\n') {
		reader->line++;
		reader->line_start = scan->at;
	}
	return true;
}

static int read_script(struct script_reader *reader)
{
	struct mmi_scan *scan = &reader->scan;
	int ret = 0;

	while (!ret && scan->at < scan->end) {
		skip_blanks(scan);
		if (scan->at < scan->end && !is_end_of_step(*scan->at))
			ret = read_step(reader);
		if (!ret && !pass_end_of_step(reader))
			ret = -EINVAL;
	}
	if (!ret && !reader->script->nr_steps)
		ret = mmi_error_set_at(reader->err, -EINVAL, reader->line, 0,
				       "no step: %s expected", expected_word);
	return ret;
}

int mmi_hotplug_script_parse(struct mmi_hotplug_script *script, const char *text, size_t size_bytes,
			     struct mmi_error *err)
{
	struct script_reader reader = {.script = script,
				       .scan = {text, text + size_bytes},
				       .line_start = text,
				       .line = 1,
				       .err = err};

	*script = (struct mmi_hotplug_script){0};
	const int ret = read_script(&reader);
	if (ret)
		mmi_hotplug_script_release(script);
	return ret;
}

void mmi_hotplug_script_release(struct mmi_hotplug_script *script)
{
	free(script->steps);
	*script = (struct mmi_hotplug_script){0};
}
