/* SPDX-License-Identifier: MIT */
/* Schedules as text, written and read. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "verify/schedule.h"

#define HEADING       "mminit schedule 2"
#define FIRST_HEADING "mminit schedule 1"
#define MAIN          "main"
#define MAX_MEMBERS   16 /* workers, allocators, rebuilders, changers: of each kind */
#define MAX_ROUNDS    1000
#define MAX_LINE      512
#define MAX_POINTS    100000000 /* of a thread and kind */
#define MAX_THREADS   64        /* that a line may name; what runs has fewer */

const char *mmi_yield_name(enum mmi_yield where)
{
	static const char *const names[MMI_NR_YIELDS] = {
	    [MMI_YIELD_ATOMIC] = "atomic", [MMI_YIELD_CAS32] = "cas32",
	    [MMI_YIELD_CAS64] = "cas64",   [MMI_YIELD_PAGE] = "page",
	    [MMI_YIELD_CHUNK] = "chunk",   [MMI_YIELD_LOCK] = "lock",
	    [MMI_YIELD_UNLOCK] = "unlock", [MMI_YIELD_UPDATE] = "update",
	    [MMI_YIELD_STOP] = "stop",
	};

	return where < MMI_NR_YIELDS ? names[where] : NULL;
}

static void print_turn(FILE *out, const struct mmi_turn *turn)
{
	if (turn->thread == MMI_TURN_OF_MAIN)
		fputs("at " MAIN, out);
	else
		fprintf(out, "at %d", turn->thread);
	fprintf(out, " %s %" PRIu64 " run %u\n", mmi_yield_name(turn->where), turn->nth,
		turn->next);
}

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
		print_turn(out, &script->schedule.turns[i]);
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

static bool skip(const char **text, const char *word)
{
	const size_t length = strlen(word);
	const bool is_there = !strncmp(*text, word, length);

	*text += is_there ? length : 0;
	return is_there;
}

/* "THREAD " */
static bool read_thread(const char **text, int *thread)
{
	uint64_t number;

	*thread = MMI_TURN_OF_MAIN;
	if (skip(text, MAIN " "))
		return true;
	if (!read_number(text, MAX_THREADS - 1, &number) || !skip(text, " "))
		return false;
	*thread = (int)number;
	return true;
}

/* "KIND " */
static bool read_kind(const char **text, enum mmi_yield *where)
{
	for (int i = 0; i < MMI_NR_YIELDS; i++) {
		*where = (enum mmi_yield)i;
		if (skip(text, mmi_yield_name(*where)))
			return skip(text, " ");
	}
	return false;
}

/* The turn is behind all others of its thread and kind. */
static bool is_last(const struct mmi_schedule *schedule, const struct mmi_turn *turn)
{
	for (size_t i = schedule->nr_turns; i-- > 0;)
		if (schedule->turns[i].thread == turn->thread &&
		    schedule->turns[i].where == turn->where)
			return schedule->turns[i].nth < turn->nth;
	return true;
}

/* "at THREAD KIND NTH run NEXT" */
static int read_turn(const char *text, struct mmi_schedule *schedule)
{
	struct mmi_turn turn = {0};
	uint64_t next;

	if (!skip(&text, "at ") || !read_thread(&text, &turn.thread) ||
	    !read_kind(&text, &turn.where) || !read_number(&text, MAX_POINTS, &turn.nth) ||
	    !skip(&text, " run ") || !read_number(&text, MAX_THREADS - 1, &next) || *text ||
	    !turn.nth || !is_last(schedule, &turn))
		return -EINVAL;
	turn.next = (unsigned)next;
	return mmi_schedule_add(schedule, turn);
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
		return read_turn(line, &script->schedule);
	return -EINVAL;
}

static int refuse(struct mmi_error *err, int ret, uint32_t number, const char *line)
{
	if (ret == -ENOMEM)
		return mmi_error_set(err, ret, "no memory for a schedule");
	if (number == 1)
		return mmi_error_set_at(
		    err, ret, number, 1, "\"%.*s\": expected \"" HEADING "\"%s", 80, line,
		    strcmp(line, FIRST_HEADING) ? ""
						: ", whose turns are named by what "
						  "their threads do: explore again");
	return mmi_error_set_at(
	    err, ret, number, 1,
	    "\"%.*s\": expected a line \"machine\", \"fault\", \"program\" or "
	    "\"at THREAD KIND NTH run NEXT\", NTH of each THREAD and KIND rising",
	    80, line);
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
