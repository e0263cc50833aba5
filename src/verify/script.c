/* SPDX-License-Identifier: MIT */
/* Schedules as text, written and read. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "verify/schedule.h"

#define HEADING       "mminit schedule 1"
#define MAX_MEMBERS   16 /* workers, allocators, rebuilders, changers: of each kind */
#define MAX_ROUNDS    1000
#define MAX_LINE      512
#define MAX_DECISIONS 100000000

void mmi_script_print(FILE *out, const struct mmi_script *script)
{
	const struct mmi_program *p = &script->program;

	fputs(HEADING "\n", out);
	if (script->machine)
		fprintf(out, "machine %s\n", script->machine);
	if (script->fault)
		fprintf(out, "fault %s\n", script->fault);
	fprintf(out,
		"program workers=%u allocators=%u rebuilders=%u changers=%u rounds=%u batch=%u "
		"early=%u mixed=%u seed=%" PRIu64 "\n",
		p->nr_workers, p->nr_allocators, p->nr_rebuilders, p->nr_changers, p->nr_rounds,
		p->batch, !p->nothing_early, p->mixed, p->seed);
	for (size_t i = 0; i < script->schedule.nr_turns; i++)
		fprintf(out, "at %" PRIu64 " run %u\n", script->schedule.turns[i].decision,
			script->schedule.turns[i].thread);
}

void mmi_script_deinit(struct mmi_script *script)
{
	free(script->machine);
	free(script->fault);
	mmi_schedule_deinit(&script->schedule);
	*script = (struct mmi_script){0};
}

/* A decimal number at *@text, at most @max, which is moved behind it. */
static bool read_number(const char **text, uint64_t max, uint64_t *number)
{
	char *end;

	if (**text < '0' || **text > '9')
		return false;
	errno = 0;
	*number = strtoull(*text, &end, 10);
	*text = end;
	return !errno && *number <= max;
}

/* "NAME=NUMBER" and a space or the end. */
static bool read_field(const char **text, const char *name, uint64_t max, uint64_t *number)
{
	const size_t length = strlen(name);

	if (strncmp(*text, name, length) != 0 || (*text)[length] != '=')
		return false;
	*text += length + 1;
	if (!read_number(text, max, number) || (**text && **text != ' '))
		return false;
	*text += **text == ' ';
	return true;
}

static bool read_program(const char *text, struct mmi_program *program)
{
	uint64_t workers, allocators, rebuilders, changers = 0, rounds, batch, early, mixed;

	if (!read_field(&text, "workers", MAX_MEMBERS, &workers) ||
	    !read_field(&text, "allocators", MAX_MEMBERS, &allocators) ||
	    !read_field(&text, "rebuilders", MAX_MEMBERS, &rebuilders) ||
	    /* Scripts of before there were any do not have it. */
	    (*text == 'c' && !read_field(&text, "changers", MAX_MEMBERS, &changers)) ||
	    !read_field(&text, "rounds", MAX_ROUNDS, &rounds) ||
	    !read_field(&text, "batch", MMI_BATCH_CHUNK, &batch) ||
	    !read_field(&text, "early", 1, &early) || !read_field(&text, "mixed", 1, &mixed) ||
	    !read_field(&text, "seed", UINT64_MAX, &program->seed) || *text || !workers)
		return false;
	program->nr_workers = (unsigned)workers;
	program->nr_allocators = (unsigned)allocators;
	program->nr_rebuilders = (unsigned)rebuilders;
	program->nr_changers = (unsigned)changers;
	program->nr_rounds = (unsigned)rounds;
	program->batch = (enum mmi_batch)batch;
	program->nothing_early = !early;
	program->mixed = mixed;
	return true;
}

/* "at DECISION run THREAD", of a later decision than the last. */
static int read_turn(const char *text, struct mmi_schedule *schedule)
{
	const size_t nr = schedule->nr_turns;
	uint64_t decision, thread;

	if (!read_number(&text, MAX_DECISIONS, &decision) || strncmp(text, " run ", 5) != 0)
		return -EINVAL;
	text += 5;
	if (!read_number(&text, UINT8_MAX, &thread) || *text ||
	    (nr && schedule->turns[nr - 1].decision >= decision))
		return -EINVAL;
	return mmi_schedule_add(schedule, decision, (unsigned)thread);
}

static int keep_text(char **kept, const char *text)
{
	if (*kept || !*text)
		return -EINVAL;
	*kept = strdup(text);
	return *kept ? 0 : -ENOMEM;
}

static int read_line(const char *line, struct mmi_script *script)
{
	if (!*line || *line == '#')
		return 0;
	if (!strncmp(line, "machine ", 8))
		return keep_text(&script->machine, line + 8);
	if (!strncmp(line, "fault ", 6))
		return keep_text(&script->fault, line + 6);
	if (!strncmp(line, "program ", 8) && !script->program.nr_workers)
		return read_program(line + 8, &script->program) ? 0 : -EINVAL;
	if (!strncmp(line, "at ", 3))
		return read_turn(line + 3, &script->schedule);
	return -EINVAL;
}

static int refuse(struct mmi_error *err, int ret, uint32_t number, const char *line)
{
	if (ret == -ENOMEM)
		return mmi_error_set(err, ret, "no memory for a schedule");
	return mmi_error_set_at(err, ret, number, 1, "\"%.*s\": expected %s", 80, line,
				number == 1 ? "\"" HEADING "\""
					    : "a line \"machine\", \"fault\", \"program\" or \"at "
					      "DECISION run THREAD\", decisions rising");
}

int mmi_script_read(const char *text, size_t length, struct mmi_script *script,
		    struct mmi_error *err)
{
	const char *const end = text + length;
	char line[MAX_LINE];
	int ret = 0;

	*script = (struct mmi_script){0};
	for (uint32_t number = 1; !ret && (text < end || number == 1); number++) {
		const char *newline = memchr(text, '\n', (size_t)(end - text));
		const size_t nr = (size_t)((newline ? newline : end) - text);
		const size_t nr_kept = nr < MAX_LINE ? nr : MAX_LINE - 1;
		memcpy(line, text, nr_kept);
		line[nr_kept] = '\0';
		if (strlen(line) != nr || (number == 1 && strcmp(line, HEADING) != 0))
			ret = -EINVAL;
		else if (number > 1)
			ret = read_line(line, script);
		if (ret)
			refuse(err, ret, number, line);
		text += nr + (newline != NULL);
	}
	if (!ret && !script->program.nr_workers)
		ret = mmi_error_set(err, -EINVAL, "no line \"program\": expected one");
	if (ret)
		mmi_script_deinit(script);
	return ret;
}
